"""A school that joins its province and talks to it, as its administrator has it do."""

from typing import Any

from node.app import CONFIG
from node.federation.web import FEDERATION
from protocol.enrolment import to_qr_text
from tests.hub.conftest import Province
from tests.node.conftest import Answer, School
from tests.node.test_forms import sql

PAGE = "/admin/province"


async def join(school: School, invitation: str, hub_url: str = "") -> Answer:
    """What the administrator does with an invitation."""
    administrator = await school.client_as("정민호")
    return await administrator.post(f"{PAGE}/join", {"invitation": invitation, "hub_url": hub_url})


async def joined(school: School, province: Province) -> None:
    invitation = await province.invite(school.app[CONFIG].school_id)
    done = await join(school, to_qr_text(invitation))
    assert done.status == 303, done.text


async def sync(school: School) -> None:
    """One exchange, until neither side has more to say."""
    federation = school.app[FEDERATION]
    for _turn in range(10):
        if not await federation.sync_now():
            return
    raise AssertionError("the school and its hub never come to rest")


async def page(school: School) -> str:
    """The administrator's page on the province, without its frame."""
    administrator = await school.client_as("정민호")
    return (await administrator.get(PAGE)).text.partition("<main")[2]


async def membership(school: School) -> list[tuple[Any, ...]]:
    return await sql(school, "SELECT standing FROM federation_membership")
