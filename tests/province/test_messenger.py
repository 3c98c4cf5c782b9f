"""Two schools, two Synapse servers, clients of the staff's own: as the province runs it."""

import asyncio
import os
import signal
from collections.abc import Callable
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import aiohttp
import pytest
from nio import LoginError, LoginResponse, RoomMessage, RoomSendResponse
from playwright.async_api import Browser, expect

from scripts.demo_content.cast import PASSWORD
from tests.province.conftest import DESK, PHONE, Province, visit
from tests.province.talking import ENCRYPTION, Talker, says, talkers

HANBIT_BOT = "@madang:j107530101.madang.internal"
PARK = "@hb-park:j107530101.madang.internal"
REPORT = "교외체험학습 결과보고서는 마친 뒤 며칠 이내에 내나요?"


@pytest.fixture(scope="module", autouse=True)
async def messengers(province: Province) -> None:
    """Both schools' messengers serve, and know each other."""
    await province.messengers()


def answers(asked: str) -> Callable[[RoomMessage], bool]:
    """The bot's answer to this event."""
    return lambda one: one.sender == HANBIT_BOT and asked in str(one.source)


def processes(province: Province, slug: str, module: bytes) -> list[int]:
    """Processes of a school that run this module."""
    folder = str(province.root / slug).encode()
    found = []
    for place in Path("/proc").glob("[0-9]*/cmdline"):
        try:
            words = place.read_bytes()
        except OSError:
            continue  # it ended meanwhile
        if module in words and folder in words:
            found.append(int(place.parent.name))
    return found


async def test_colleagues_of_two_schools_talk_in_plain_and_in_secret(
    province: Province, tmp_path: Path
) -> None:
    here, there = province.loopback("hanbit"), province.loopback("saesol")
    async with talkers(tmp_path, (here, "hb-park"), (there, "ss-seo")) as (park, seo):
        for encrypted in (False, True):
            room = await park.room_with(seo.user_id, encrypted=encrypted)
            await park.everybody_in(room, seo)
            await park.says(room, f"공동 수업 이야기 {encrypted}")
            heard = await seo.hears(says(f"공동 수업 이야기 {encrypted}"))
            assert heard.decrypted is encrypted
            await seo.says(room, f"좋습니다 {encrypted}")
            answered = await park.hears(says(f"좋습니다 {encrypted}"))
            assert answered.sender == seo.user_id


async def test_only_staff_with_the_right_password_come_in(
    province: Province, tmp_path: Path
) -> None:
    for login, password in (("hb-park", "wrong-password-1"), ("haneul", PASSWORD), ("root", "x")):
        stranger = Talker(province.loopback("hanbit"), login, tmp_path / login)
        assert isinstance(await stranger.sign_in(password), LoginError)
        await stranger.client.close()


async def test_nothing_of_the_inside_can_be_reached_from_outside(province: Province) -> None:
    base = province.loopback("hanbit")
    async with aiohttp.ClientSession() as session:
        for path in (
            "/_synapse/admin/v1/register",
            "/_matrix/federation/v1/version",
            "/_matrix/app",
        ):
            async with session.get(base + path) as answer:
                assert answer.status == 404
        login = f"{base}/_matrix/client/v3/login"
        async with session.get(login) as answer:
            flows = {flow["type"] for flow in (await answer.json())["flows"]}
        assert flows == {"m.login.password", "m.login.sso", "m.login.token"}
        for kind in ("org.matrix.login.jwt", "m.login.application_service"):
            async with session.post(login, json={"type": kind, "token": "x"}) as answer:
                assert answer.status == 403
        register = f"{base}/_matrix/client/v3/register"
        async with session.post(register, json={"username": "x", "password": "y"}) as answer:
            assert answer.status == 403


async def test_rooms_follow_the_people_of_the_school(province: Province, tmp_path: Path) -> None:
    here = province.loopback("hanbit")
    async with talkers(tmp_path, (here, "hb-park"), (here, "hb-office")) as (park, office):
        async with asyncio.timeout(90):
            while not {"전체 교직원", "3학년부"} <= {r.name for r in park.client.rooms.values()}:
                await park.look(500, full=True)
        assert "행정실" not in {room.name for room in park.client.rooms.values()}
        staff = park.room_named("전체 교직원")
        await park.says(staff, "도서관 정리 도와주실 분")
        await office.hears(says("도서관 정리"))
        # The province's notices of the demo's first day were told there.
        async with asyncio.timeout(90):
            while not any("[공문 알림]" in said for said in await office.history(staff)):
                await office.look(500)


async def test_the_bot_answers_in_a_talk_of_two_plain_and_encrypted_and_where_it_is_named(
    province: Province, tmp_path: Path
) -> None:
    async with talkers(tmp_path, (province.loopback("hanbit"), "hb-park")) as (park,):
        for encrypted in (False, True):
            room = await park.room_with(HANBIT_BOT, encrypted=encrypted)
            await park.everybody_in(room, HANBIT_BOT)
            asked = await park.says(room, REPORT)
            said = await park.hears(answers(asked))
            assert "7일" in said.body
            assert "출처" in said.body
            assert said.decrypted is encrypted
        staff = park.room_named("전체 교직원")
        await park.says(staff, "오늘 점심 뭐죠")
        mention = {"m.mentions": {"user_ids": [HANBIT_BOT]}}
        asked = await park.says(staff, f"마당 도우미: {REPORT}", **mention)
        said = await park.hears(answers(asked))
        assert "7일" in said.body
        assert not [
            one for one in park.heard if "점심" in str(one.source) and one.sender == HANBIT_BOT
        ]


async def test_an_app_password_opens_until_it_is_removed(
    province: Province, browser: Browser, tmp_path: Path
) -> None:
    here = province.loopback("hanbit")
    teacher = await visit(browser, province.address("hanbit"), "hb-health", PHONE)
    await teacher.go("/messenger/connect")
    await teacher.page.fill("[name=name]", "내 휴대전화")
    await teacher.press("앱 암호 만들기")
    secret = await teacher.page.inner_text("code.secret")
    app = Talker(here, "hb-health", tmp_path / "app")
    assert isinstance(await app.sign_in(secret), LoginResponse)
    await teacher.go("/messenger/connect")
    await teacher.see("시험")  # the device
    await teacher.press("삭제")
    again = Talker(here, "hb-health", tmp_path / "again")
    assert isinstance(await again.sign_in(secret), LoginError)
    async with asyncio.timeout(90):
        while await app.look():
            pass
    await app.client.close()
    await again.client.close()
    await teacher.close()


async def test_a_client_signs_in_through_the_portal_once(
    province: Province, browser: Browser, tmp_path: Path
) -> None:
    here = province.loopback("hanbit")
    teacher = await visit(browser, province.address("hanbit"), "hb-park", DESK)
    await teacher.page.route("http://client.example/**", lambda route: route.fulfill(body="돌아옴"))
    back = "http%3A%2F%2Fclient.example%2Fdone"
    await teacher.go(f"/_matrix/client/v3/login/sso/redirect?redirectUrl={back}")
    await teacher.see("client.example")
    await teacher.page.fill("[name=name]", "client.example")
    await teacher.press("로그인 허용")
    await teacher.page.wait_for_url("http://client.example/**")
    token = parse_qs(urlsplit(teacher.page.url).query)["loginToken"][0]
    client = Talker(here, "hb-park", tmp_path / "sso")
    answer = await client.sign_in(token=token)
    assert isinstance(answer, LoginResponse)
    assert client.user_id == "@hb-park:j107530101.madang.internal"
    second = Talker(here, "hb-park", tmp_path / "second")
    assert isinstance(await second.sign_in(token=token), LoginError)
    await client.client.close()
    await second.client.close()
    await teacher.close()


async def test_a_locked_account_is_out_at_once_and_comes_back(
    province: Province, browser: Browser, tmp_path: Path
) -> None:
    here = province.address("hanbit")
    admin = await visit(browser, here, "hb-admin", DESK)
    async with talkers(tmp_path, (province.loopback("hanbit"), "hb-nutrition")) as (nutrition,):
        line = admin.page.locator("li.entry", has_text="hb-nutrition")
        await admin.go("/admin/messenger")
        await line.get_by_role("button", name="잠그기", exact=True).click()
        await admin.see("계정을 잠갔습니다")
        async with asyncio.timeout(90):
            while await nutrition.look(100):
                pass
        theirs = await visit(browser, here, "hb-nutrition", PHONE)
        assert await theirs.go("/messenger") == 403
        await theirs.see("학교 관리자에게 문의해 주세요")
        await theirs.close()
        await admin.go("/admin/messenger")
        await line.get_by_role("button", name="잠금 해제").click()
        await admin.see("계정 잠금을 해제했습니다")
        async with asyncio.timeout(90):
            while not isinstance(await nutrition.sign_in(), LoginResponse):
                await nutrition.look(500)
    await admin.close()


async def test_the_portal_shows_rooms_and_writes_and_finds_colleagues_elsewhere(
    province: Province, browser: Browser, tmp_path: Path
) -> None:
    here, there = province.address("hanbit"), province.loopback("saesol")
    teacher = await visit(browser, here, "hb-park", PHONE)
    async with talkers(tmp_path, (there, "ss-office")) as (office,):
        async with asyncio.timeout(90):  # the directory's news come with a sync
            while True:
                await teacher.go("/messenger/people?q=남궁현")
                if await teacher.page.get_by_role("button", name="대화하기").count():
                    break
                await asyncio.sleep(0.5)
        await teacher.press("대화하기")
        async with asyncio.timeout(90):
            while not (rooms := [r for r in office.client.rooms.values() if PARK in r.users]):
                await office.look(500, full=True)
        await teacher.page.fill("[name=text]", "스쿨버스 시간표 보내 주실 수 있나요?")
        await teacher.touch("보내기")
        heard = await office.hears(says("스쿨버스"))
        assert heard.sender == PARK
        room = rooms[0].room_id
        said = await office.says(room, "네, 오후에 보내겠습니다.")
        await teacher.see("오후에 보내겠습니다")  # by itself, the page is still open
        better = {"msgtype": "m.text", "body": "네, 내일 보내겠습니다."}
        relation = {"rel_type": "m.replace", "event_id": said}
        await office.says(room, "*", **{"m.new_content": better, "m.relates_to": relation})
        await teacher.see("내일 보내겠습니다")
        assert not await teacher.page.get_by_text("오후에").count()
        await office.client.room_redact(room, said)
        await teacher.see("삭제된 메시지")
        assert not await teacher.page.get_by_text("내일 보내겠습니다").count()
        await teacher.go("/messenger")
        await office.says(room, "보냈습니다.")
        line = teacher.page.locator("main li.entry", has_text="남궁현")
        async with asyncio.timeout(90):
            while not await line.locator(".messenger-badge", has_text="1").count():
                await teacher.go("/messenger")
        await line.locator("a").click()
        await teacher.see("보냈습니다.")
        await teacher.page.fill("[name=text]", "아직 보내지 않은 말")
        await office.client.room_put_state(room, ENCRYPTION["type"], ENCRYPTION["content"])
        await teacher.see("방금 이 대화방이 암호화되었습니다")  # and the open form goes nowhere
        assert await teacher.page.get_attribute("[name=text]", "readonly") is not None
        assert await teacher.page.input_value("[name=text]") == "아직 보내지 않은 말"
        await teacher.go("/messenger")
        assert not await line.locator(".messenger-badge").count()
    assert teacher.complaints == []
    await teacher.close()


async def test_who_was_signed_out_meanwhile_is_not_told_that_their_words_were_sent(
    province: Province, browser: Browser
) -> None:
    teacher = await visit(browser, province.address("hanbit"), "hb-park", PHONE)
    await teacher.go("/messenger")
    await teacher.press("도우미와 대화하기")
    await teacher.page.fill("[name=text]", "먼저 한 말입니다")
    await teacher.touch("보내기")
    await teacher.see("먼저 한 말입니다")
    await expect(teacher.page.locator("[name=text]")).to_have_value("")
    await teacher.context.clear_cookies()
    await teacher.page.fill("[name=text]", "나간 뒤에 한 말입니다")
    await teacher.touch("보내기")
    await teacher.page.wait_for_url("**/sign-in**")
    assert teacher.complaints == []
    await teacher.close()


async def test_killed_servers_come_back_and_lose_nothing_they_took(
    province: Province, tmp_path: Path
) -> None:
    here, there = province.loopback("hanbit"), province.loopback("saesol")
    async with talkers(tmp_path, (here, "hb-park"), (there, "ss-seo")) as (park, seo):
        room = await park.room_with(seo.user_id)
        await park.everybody_in(room, seo)
        taken: list[str] = []

        async def chatter() -> None:
            for number in range(60):
                text = f"말 {number}."
                # As every client does: the same words under the same number until they are taken.
                for _attempt in range(200):
                    answer = await park.say(room, text, transaction=f"kill-{number}")
                    if isinstance(answer, RoomSendResponse):
                        taken.append(text)
                        break
                    await asyncio.sleep(0.2)

        talking = asyncio.create_task(chatter())
        for module in (b"synapse.app.homeserver", b"node.cli"):
            await asyncio.sleep(1)
            victims = processes(province, "hanbit", module)
            assert victims
            for pid in victims:
                os.kill(pid, signal.SIGKILL)
        async with asyncio.timeout(120):
            await talking
        assert len(taken) == 60
        await seo.hears(says("말 59."), patience_s=60)
        said = await seo.history(room)
        assert sorted(text for text in said if text.startswith("말 ")) == sorted(taken)


async def test_what_was_missed_comes_soon_after_the_return(
    province: Province, tmp_path: Path
) -> None:
    here, there = province.loopback("hanbit"), province.loopback("saesol")
    async with talkers(tmp_path, (here, "hb-park"), (there, "ss-seo")) as (park, seo):
        room = await park.room_with(seo.user_id)
        await park.everybody_in(room, seo)
        school = province.supervisor.child("saesol")
        await school.stop()
        for number in range(100):
            await park.says(room, f"그동안 {number}.")
        await school.start()
        await seo.hears(says("그동안 99."), patience_s=90)
        said = await seo.history(room)
        assert [text for text in said if text.startswith("그동안")] == [
            f"그동안 {number}." for number in range(100)
        ]
