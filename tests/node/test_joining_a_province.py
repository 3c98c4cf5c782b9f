"""A school joins its province: a real node and a real hub, on loopback ports, over TLS.

By which invitation, and what stops it.
"""

from collections.abc import Awaitable, Callable
from pathlib import Path

import msgspec
import pytest
from aiohttp import web

from hub.app import build as build_hub
from hub.setup import found_hub
from kit.clock import DAY, HOUR, ManualClock
from protocol.enrolment import ENROL_PATH, Invitation, format_code, to_qr_text
from protocol.identity import SchoolKind
from tests.conftest import free_port
from tests.hub.conftest import HANBIT, PASSWORD, SAESOL, Province, config_of
from tests.hub.test_enrolment import NOTHING, ONE, left_behind
from tests.node.conftest import School
from tests.node.in_a_province import PAGE, join, joined, membership, page, sync
from tests.node.test_forms import sql


async def outsider(school: School, province: Province) -> None:
    """A refused attempt leaves both sides as they were."""
    assert await membership(school) == []
    assert await left_behind(province) == NOTHING
    assert await sql(school, "SELECT 1 FROM kit_audit WHERE action LIKE 'federation%'") == []


async def test_a_school_joins_by_the_text_of_its_qr_code(
    school: School, province: Province
) -> None:
    assert "가입하기" in await page(school)
    done = await join(school, to_qr_text(await province.invite()))
    assert (done.status, done.location) == (303, PAGE)
    shown = await page(school)
    assert "시험 도교육청 허브" in shown
    assert "가입하기" not in shown
    assert await membership(school) == [("active",)]
    assert await left_behind(province) == ONE
    assert await sql(
        school, "SELECT actor_name, subject FROM kit_audit WHERE action = 'federation:hub:join'"
    ) == [("정민호", "시험 도교육청 허브")]


async def test_a_school_joins_by_the_code_somebody_typed(
    school: School, province: Province
) -> None:
    invitation = await province.invite()
    alone = await join(school, invitation.code)
    assert alone.status == 422
    assert "허브 주소도 필요합니다" in alone.text
    assert invitation.code in alone.text  # what was typed is still there
    await outsider(school, province)
    typed = invitation.code.lower().replace("-", " ")
    assert (await join(school, typed, invitation.hub_urls[0])).status == 303
    assert await left_behind(province) == ONE


async def test_only_the_administrator_joins(school: School, province: Province) -> None:
    text = to_qr_text(await province.invite())
    for name, status in (("최은영", 403), ("한지민", 403), ("김하늘", 404)):
        client = await school.client_as(name)
        assert (await client.post(f"{PAGE}/join", {"invitation": text})).status == status
    await outsider(school, province)


async def test_a_mistyped_group_is_named_before_anything_is_sent(
    school: School, province: Province
) -> None:
    code = (await province.invite()).code
    groups = code.split("-")
    groups[2] = ("Z" if groups[2][0] != "Z" else "Y") + groups[2][1:]
    refused = await join(school, "-".join(groups), f"https://127.0.0.1:{free_port()}")
    assert refused.status == 422
    assert "번째 부분이 잘못 입력되었습니다" in refused.text
    await outsider(school, province)


async def test_a_code_nobody_gave_out_is_refused(school: School, province: Province) -> None:
    invitation = await province.invite()
    refused = await join(school, format_code(b"\x07" * 13), invitation.hub_urls[0])
    assert refused.status == 409
    assert "허브가 가입을 거절했습니다" in refused.text
    await outsider(school, province)
    assert (await join(school, to_qr_text(invitation))).status == 303


async def test_the_invitation_of_another_school_is_refused_here(
    school: School, province: Province
) -> None:
    other = await province.invite(SAESOL, "새솔중학교", SchoolKind.MIDDLE)
    refused = await join(school, to_qr_text(other))
    assert refused.status == 409
    assert SAESOL in refused.text
    assert HANBIT in refused.text
    typed = await join(school, other.code, other.hub_urls[0])  # only the hub can know whose it is
    assert typed.status == 409
    await outsider(school, province)


async def test_an_expired_invitation_says_so(school: School, province: Province) -> None:
    invitation = await province.invite(days=3)
    school.clock.advance(4 * DAY)
    refused = await join(school, to_qr_text(invitation))
    assert refused.status == 409
    assert "2026. 11. 26." in refused.text
    await outsider(school, province)


async def test_an_invitation_that_somebody_else_used_is_refused(
    school: School, province: Province
) -> None:
    invitation = await province.invite()
    await province.node().join(invitation)
    refused = await join(school, to_qr_text(invitation))
    assert refused.status == 409
    assert "2026. 11. 23. 09:00" in refused.text
    assert await membership(school) == []
    assert await left_behind(province) == ONE


async def test_a_hub_out_of_reach_is_said_and_the_invitation_stays_good(
    school: School, province: Province
) -> None:
    invitation = await province.invite()
    nowhere = f"https://127.0.0.1:{free_port()}"
    lost = msgspec.structs.replace(invitation, hub_urls=(nowhere,))
    refused = await join(school, to_qr_text(lost))
    assert refused.status == 502
    assert nowhere in refused.text
    await outsider(school, province)
    assert (await join(school, to_qr_text(invitation))).status == 303


@pytest.mark.parametrize("field", ["tls_fingerprint", "hub_fingerprint"])
async def test_a_server_that_is_not_the_invited_hub_gets_nothing(
    school: School, province: Province, field: str
) -> None:
    invitation = await province.invite()
    value = str(getattr(invitation, field))
    other = value[:-1] + ("0" if value[-1] != "0" else "1")
    forged = msgspec.structs.replace(invitation, **{field: other})
    refused = await join(school, to_qr_text(forged))
    assert refused.status == 409
    assert "초대장에 적힌 허브가 아닙니다" in refused.text
    await outsider(school, province)


async def test_who_has_joined_does_not_join_again(school: School, province: Province) -> None:
    await joined(school, province)
    before = await membership(school)
    other = Invitation(
        code=format_code(b"\x07" * 13),
        school_id=(await province.invite(SAESOL, "새솔중학교", SchoolKind.MIDDLE)).school_id,
        expires_at=school.clock.now() + DAY,
        hub_urls=(province.hub.config.origins[0],),
    )
    again = msgspec.structs.replace(other, school_id=HANBIT)
    refused = await join(school, to_qr_text(again))
    assert refused.status == 409
    assert "이미 시험 도교육청 허브에 가입되어 있습니다" in refused.text
    assert await membership(school) == before


class CutOnce:
    """Lets the hub do its work once, and cuts the line before its answer goes out."""

    def __init__(self) -> None:
        self.cuts = 0

    def install(self, app: web.Application) -> None:
        @web.middleware
        async def cut(
            request: web.Request, handler: Callable[[web.Request], Awaitable[web.StreamResponse]]
        ) -> web.StreamResponse:
            done = await handler(request)
            if request.path == ENROL_PATH and not self.cuts:
                self.cuts += 1
                assert request.transport is not None
                request.transport.abort()
            return done

        app.middlewares.insert(0, cut)


async def test_a_line_that_broke_after_the_grant_is_joined_by_asking_again(
    school: School, tmp_path: Path, clock: ManualClock
) -> None:
    made = await found_hub(tmp_path / "hub", config_of(""), "first", "최팀장", PASSWORD, clock)
    hub = build_hub(made.config, clock)
    line = CutOnce()
    line.install(hub.api)
    province = Province(hub, clock)
    await province.start()
    try:
        text = to_qr_text(await province.invite())
        broken = await join(school, text)
        assert (broken.status, line.cuts) == (502, 1)
        assert await membership(school) == []
        assert await left_behind(province) == ONE  # the hub has taken the school in
        school.clock.advance(HOUR)
        assert (await join(school, text)).status == 303
        assert await membership(school) == [("active",)]
        assert await left_behind(province) == ONE
        await sync(school)
    finally:
        await province.stop()
