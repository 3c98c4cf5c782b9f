"""Who lost a right while their form was on its way changes nothing with it.

Each verb is called as somebody who had the right when the request began: the role, the post or the
place at the school ended between that and the unit that writes.
"""

from collections.abc import Awaitable, Callable

import pytest

from kit.db import Tx
from kit.problem import Forbidden, NotFound
from node.drive.web import DRIVE
from node.messenger.accounts_web import GATEWAYS
from node.messenger.clients_web import ACCOUNTS
from node.newsletters.model import Content, Sort
from node.newsletters.web import NEWSLETTERS
from node.people.model import Asker, NotAtSchool
from node.releases.web import RELEASES
from node.settings.web import SETTINGS
from tests.node.conftest import School

ADMINISTRATOR, TEACHER = "정민호", "박서연"
ADMINISTRATORS: dict[str, Callable[[School, Asker], Awaitable[object]]] = {
    "take a release back": lambda s, a: s.app[RELEASES].roll_back(a, "model"),
    "take a release after all": lambda s, a: s.app[RELEASES].try_again(a, "model"),
    "lock an account of the messenger": lambda s, a: s.app[ACCOUNTS].lock(
        a, s.id(TEACHER), locked=True
    ),
    "let telephones be woken": lambda s, a: s.app[GATEWAYS].add(a, "matrix.org"),
    "let telephones be woken no more": lambda s, a: s.app[GATEWAYS].remove(a, "matrix.org:443"),
    "try the mail server": lambda s, a: s.app[SETTINGS].try_mail(a, "school@madang.test"),
}
STAFF: dict[str, Callable[[School, Asker], Awaitable[object]]] = {
    "make a password for an app": lambda s, a: s.app[ACCOUNTS].make_app_password(a, "Element"),
    "begin a letter": lambda s, a: s.app[NEWSLETTERS].desk.create(a, Sort.NEWSLETTER),
    "begin a letter with words": lambda s, a: s.app[NEWSLETTERS].desk.create(
        a, Sort.NEWSLETTER, Content("현장체험학습", "", ())
    ),
    "open their part of the drive": lambda s, a: s.app[DRIVE].areas(a),
}


async def without_roles(school: School, name: str) -> None:
    """Another administrator took all roles from them."""
    await school.db.write(lambda tx: school.people.roster.set_roles(tx, school.id(name), []))


async def gone(school: School, name: str) -> None:
    """The office closed their account: nothing ties them to the school any more."""
    await school.db.write(lambda tx: school.people.roster.close(tx, school.id(name)))


async def written(school: School) -> dict[str, int]:
    """How many rows there are of what such a form would have left."""
    tables = (
        "kit_audit", "signin_app_password", "messenger_push_gateway", "newsletters_newsletter", "drive_item"
    )  # fmt: skip

    def count(tx: Tx) -> dict[str, int]:
        return {table: int(tx.value("SELECT count(*) FROM " + table)) for table in tables}

    return await school.db.read(count)


@pytest.mark.parametrize("verb", ADMINISTRATORS)
async def test_who_administers_no_more_does_nothing_that_administrators_do(
    school: School, verb: str
) -> None:
    sender = await school.asker(ADMINISTRATOR)
    await without_roles(school, ADMINISTRATOR)
    before = await written(school)
    with pytest.raises(Forbidden):
        await ADMINISTRATORS[verb](school, sender)
    assert await written(school) == before


@pytest.mark.parametrize("verb", STAFF)
async def test_who_left_the_school_does_nothing_that_staff_do(school: School, verb: str) -> None:
    sender = await school.asker(TEACHER)
    await gone(school, TEACHER)
    before = await written(school)
    with pytest.raises((NotAtSchool, NotFound)):
        await STAFF[verb](school, sender)
    assert await written(school) == before
