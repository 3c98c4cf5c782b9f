"""What the portal does with rooms it cannot show, and with words taken back, with a real Synapse."""

import asyncio
from collections.abc import AsyncIterator

import pytest

from kit import audit
from node.messenger.model import DEPARTMENT, STAFF
from node.messenger.portal.line import PORTAL_DEVICE
from node.messenger.synapse.matrix import MatrixRefused, path_of
from tests.node.conftest import Client
from tests.node.talking_school import TalkingSchool, send, talking_school
from tests.planted import Page, planted

ENCRYPTION = {"algorithm": "m.megolm.v1.aes-sha2"}
SEALED = {"algorithm": "m.megolm.v1.aes-sha2", "ciphertext": "x", "session_id": "x"}


@pytest.fixture(scope="module")
async def talking(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[TalkingSchool]:
    async for one in talking_school(tmp_path_factory.mktemp("talking")):
        yield one


async def app_talk(talking: TalkingSchool, name: str, *others: str, encrypted: bool) -> str:
    """A room that somebody opens in their app: with one other person, a talk of these two."""
    call = await talking.client(name, "OWN")
    sealing = {"type": "m.room.encryption", "state_key": "", "content": ENCRYPTION}
    room = {
        "invite": [await talking.user_id(other) for other in others],
        "is_direct": len(others) == 1,
        "preset": "trusted_private_chat",
        "initial_state": [sealing] if encrypted else [],
    }
    return str((await call("POST", path_of("createRoom"), room))["room_id"])


async def encrypt(talking: TalkingSchool, name: str, room: str) -> None:
    call = await talking.client(name, "OWN")
    await call("PUT", path_of("rooms", room, "state", "m.room.encryption", ""), ENCRYPTION)


def page_of(room: str) -> str:
    return f"/messenger/rooms/{room}"


async def opens_talk(talking: TalkingSchool, browser: Client, name: str) -> str:
    """Press 대화하기; the page it leads to."""
    chosen = {"user_id": await talking.user_id(name)}
    return (await browser.post("/messenger/people", chosen)).location


# Encrypted rooms ------------------------------------------------------------------------------


async def test_an_encrypted_talk_begun_in_an_app_cuts_nobody_off_in_the_portal(
    talking: TalkingSchool,
) -> None:
    browser, other = await talking.school.client_as("한지민"), await talking.asker("박서연")
    room = await app_talk(talking, "박서연", "한지민", encrypted=True)
    assert "암호화된 대화방입니다" in (await browser.get(page_of(room))).text
    await browser.post(page_of(room) + "/join")
    led_to = await opens_talk(talking, browser, "박서연")
    assert led_to != page_of(room)
    await browser.post(led_to, {"text": "포털에서 씁니다"})
    opened = led_to.removeprefix("/messenger/rooms/")
    await talking.portal.join(other, opened)
    said = await talking.portal.latest(other, opened)
    assert [one.text for one in said.messages] == ["포털에서 씁니다"]
    assert await opens_talk(talking, browser, "박서연") == led_to
    # The one in which it was accepted: from the other side, too.
    assert await talking.portal.talk_to(other, await talking.user_id("한지민")) == opened


async def test_a_talk_encrypted_later_or_left_by_the_other_is_opened_anew(
    talking: TalkingSchool,
) -> None:
    browser, yun = await talking.school.client_as("최은영"), await talking.asker("윤태식")
    first = await opens_talk(talking, browser, "윤태식")
    room = first.removeprefix("/messenger/rooms/")
    await talking.portal.join(yun, room)
    await encrypt(talking, "윤태식", room)
    second = await opens_talk(talking, browser, "윤태식")
    assert second != first
    room = second.removeprefix("/messenger/rooms/")
    await talking.portal.join(yun, room)
    assert await opens_talk(talking, browser, "윤태식") == second
    await talking.portal.leave(yun, room)
    assert await opens_talk(talking, browser, "윤태식") not in (first, second)


async def test_nothing_is_written_in_plain_into_a_room_encrypted_while_its_page_was_open(
    talking: TalkingSchool,
) -> None:
    browser, asker = await talking.school.client_as("오정숙"), await talking.asker("오정숙")
    room = await app_talk(talking, "박서연", "오정숙", encrypted=False)
    await talking.portal.join(asker, room)
    opened = await browser.get(page_of(room))
    assert 'id="write"' in opened.text
    since = (await talking.portal.latest(asker, room)).since
    await encrypt(talking, "박서연", room)
    news = await browser.get(f"{page_of(room)}/news", params={"since": since})
    assert news.headers["X-Encrypted"] == "1"
    words = {"text": "비밀번호는 1234입니다"}
    by_script = await browser.post(page_of(room), words, headers={"X-Requested-With": "fetch"})
    assert by_script.status == 409
    by_form = await browser.post(
        page_of(room), words, headers={"Referer": talking.school.url + page_of(room)}
    )
    back = await browser.get(by_form.location)
    assert "메시지를 보내지 않았으니 내 앱에서 계속해 주세요" in back.text
    assert "비밀번호는 1234입니다" in back.text  # not lost
    assert 'id="write"' not in back.text
    call = await talking.client("박서연", "OWN")
    found = await call("GET", path_of("rooms", room, "messages"), None, {"dir": "b"})
    assert not [one for one in found["chunk"] if one["type"] == "m.room.message"]


async def test_what_the_portal_cannot_show_stays_unread(talking: TalkingSchool) -> None:
    browser, han = await talking.school.client_as("한지민"), await talking.asker("한지민")
    room = await app_talk(talking, "오정숙", "한지민", encrypted=True)
    await talking.portal.join(han, room)
    call = await talking.client("오정숙", "OWN")
    said = await send(call, room, "", "m.room.encrypted", **SEALED)
    assert (await talking.portal.room(han, room)).unread == 1
    assert "내 앱에서 읽어 주세요" in (await browser.get(page_of(room))).text
    since = (await talking.portal.latest(han, room)).since
    await send(call, room, "", "m.room.encrypted", **SEALED)
    await browser.get(f"{page_of(room)}/news", params={"since": since, "read": said})
    assert (await talking.portal.room(han, room)).unread == 2


# Taking back ----------------------------------------------------------------------------------


def message_of(room: str, event_id: str) -> str:
    return f"{page_of(room)}/messages/{event_id}"


async def test_everybody_takes_back_what_they_said_and_nobody_elses_words(
    talking: TalkingSchool,
) -> None:
    park, han = [await talking.school.client_as(name) for name in ("박서연", "한지민")]
    staff = await talking.room(STAFF)
    said = await talking.say("박서연", staff, "잘못 올린 성적표")
    assert message_of(staff, said) in (await park.get(page_of(staff))).text
    assert "이 메시지 삭제" not in (await han.get(message_of(staff, said))).text
    refused = await han.post(message_of(staff, said) + "/take-back", {"reason": "싫어서"})
    assert refused.status == 403
    since = (await talking.portal.latest(await talking.asker("한지민"), staff)).since
    assert (await park.post(message_of(staff, said) + "/take-back")).status == 303
    for browser in (park, han):
        page = (await browser.get(page_of(staff))).text
        assert "잘못 올린 성적표" not in page
        assert "삭제된 메시지" in page
        assert "삭제된 메시지" in (await browser.get("/messenger")).text
    assert "삭제된 메시지" in (await han.get(f"{page_of(staff)}/news?since={since}")).text
    assert (await park.get(message_of(staff, said))).status == 404  # nothing more to do with it


async def test_an_administrator_takes_back_anybodys_words_in_a_room_of_the_school_with_a_reason(
    talking: TalkingSchool,
) -> None:
    admin, han = [await talking.school.client_as(name) for name in ("정민호", "한지민")]
    staff = await talking.room(STAFF)
    said = await talking.say("박서연", staff, "학생의 주민등록번호입니다")
    door = message_of(staff, said) + "/take-back"
    assert (await admin.post(door, {"reason": " "})).status == 422
    assert "주민등록번호" in (await han.get(page_of(staff))).text
    assert (await admin.post(door, {"reason": "개인정보가 들어 있음"})).status == 303
    page = (await han.get(page_of(staff))).text
    assert "주민등록번호" not in page
    assert "삭제된 메시지 · 개인정보가 들어 있음" in page
    (entry,) = await talking.school.db.read(lambda tx: audit.about(tx, said))
    assert (entry.action, entry.actor_name) == ("messenger:message:take_back", "정민호")
    assert "개인정보가 들어 있음" in entry.detail
    assert "박서연" in entry.detail
    assert "주민등록번호" not in entry.detail


async def test_a_talk_of_peoples_own_is_not_the_administrators(talking: TalkingSchool) -> None:
    room = await app_talk(talking, "박서연", "정민호", "한지민", encrypted=False)
    await talking.portal.join(await talking.asker("정민호"), room)
    said = await talking.say("박서연", room, "점심 뭐 먹죠")
    admin = await talking.school.client_as("정민호")
    assert (await admin.post(message_of(room, said) + "/take-back", {"reason": "x"})).status == 403
    outsider = await talking.school.client_as("오정숙")
    assert (await outsider.get(message_of(room, said))).status == 404


# Pinning --------------------------------------------------------------------------------------


async def test_heads_pin_what_all_shall_see_and_others_do_not(talking: TalkingSchool) -> None:
    principal, park = [await talking.school.client_as(name) for name in ("최은영", "박서연")]
    staff = await talking.room(STAFF)
    said = await talking.say("박서연", staff, "학부모 상담 주간: 12월 7일부터")
    door = message_of(staff, said) + "/pin"
    assert (await park.post(door, {"pinned": "true"})).status == 403
    assert (await principal.post(door, {"pinned": "true"})).status == 303
    for number in range(60):  # it is long past the page's beginning
        await talking.say("한지민", staff, f"말 {number}")
    page = (await park.get(page_of(staff))).text
    assert "고정한 메시지" in page
    assert "학부모 상담 주간" in page
    app = await talking.client("최은영", "OWN")  # their app may, too
    path = path_of("rooms", staff, "state", "m.room.pinned_events", "")
    assert (await app("GET", path))["pinned"] == [said]
    await app("PUT", path, {"pinned": [said, "$unknown", 5]})
    assert "학부모 상담 주간" in (await park.get(page_of(staff))).text
    assert "고정 해제" in (await principal.get(message_of(staff, said))).text
    assert (await principal.post(door, {"pinned": "false"})).status == 303
    assert "학부모 상담 주간" not in (await park.get(page_of(staff))).text


async def test_who_moderates_a_room_follows_the_people_data_and_changes_nothing_else(
    talking: TalkingSchool,
) -> None:
    department = await talking.room(DEPARTMENT + "교무실")
    levels = path_of("rooms", department, "state", "m.room.power_levels", "")
    call = await talking.client("윤태식", "OWN")
    users = (await call("GET", levels))["users"]
    assert {user: level for user, level in users.items() if level < 100} == {
        await talking.user_id("윤태식"): 50
    }
    for kind, content in (
        ("m.room.name", {"name": "다른 이름"}),
        ("m.room.join_rules", {"join_rule": "public"}),
        ("m.room.power_levels", {"users": {}}),
        ("m.room.encryption", ENCRYPTION),
    ):
        with pytest.raises(MatrixRefused):
            await call("PUT", path_of("rooms", department, "state", kind, ""), content)


# What people type -----------------------------------------------------------------------------


async def test_markup_in_a_message_or_in_the_name_of_a_room_or_device_is_text(
    talking: TalkingSchool,
) -> None:
    browser = await talking.school.client_as("한지민")
    room = await app_talk(talking, "박서연", "한지민", "최은영", encrypted=False)
    call = await talking.client("박서연", "OWN")
    await call("PUT", path_of("rooms", room, "state", "m.room.name", ""), {"name": planted(1)})
    own = await talking.client("한지민", "OWN")
    await own("PUT", path_of("devices", "OWN"), {"display_name": planted(2)})
    await browser.post(page_of(room) + "/join")
    since = (await talking.portal.latest(await talking.asker("한지민"), room)).since
    formatted = {"format": "org.matrix.custom.html", "formatted_body": planted(3)}
    said = await talking.say("박서연", room, planted(4), **formatted)
    await browser.post(page_of(room), {"text": planted(5)})
    shown = {
        "/messenger": {1},
        page_of(room): {1, 4, 5},
        message_of(room, said): {4},
        f"{page_of(room)}/news?since={since}": {4, 5},
        "/messenger/connect": {2},
    }
    for path, numbers in shown.items():
        page = Page((await browser.get(path)).text)
        assert page.faults == []
        assert [number for number in numbers if planted(number) not in page.text] == [], path


# Members --------------------------------------------------------------------------------------


async def test_a_room_for_several_is_named_filled_and_seen_with_all_its_members(
    talking: TalkingSchool,
) -> None:
    park, han = [await talking.school.client_as(name) for name in ("박서연", "한지민")]
    assert (await park.post("/messenger/groups", {"name": " "})).status == 422
    made = await park.post("/messenger/groups", {"name": "체육대회 준비"})
    here = made.headers["Location"]
    again = await park.post("/messenger/groups", {"name": "체육대회 준비"})
    assert again.headers["Location"] == here  # asked for twice, made once
    found = (await park.get(f"{here}?q=한지민")).text
    assert "초대하기" in found
    invitation = {"user_id": await talking.user_id("한지민")}
    for _twice in range(2):
        assert (await park.post(here, invitation)).status == 303
    seen = (await park.get(here)).text
    assert seen.index("박서연 교사") < seen.index("한지민 교사") < seen.index("초대됨")
    assert "검색 결과가 없습니다" in (await park.get(f"{here}?q=한지민")).text
    room = here.removesuffix("/members")
    await han.post(f"{room}/join", {})
    assert "초대됨" not in (await han.get(here)).text
    assert "이름 바꾸기" not in (await han.get(here)).text
    assert (await han.post(f"{room}/name", {"name": "딴 이름"})).status == 404
    await park.post(f"{room}/name", {"name": "체육대회 준비 모임"})
    assert "체육대회 준비 모임" in (await han.get(room)).text


async def test_members_are_known_to_those_in_the_room_alone_and_the_school_fills_its_own_rooms(
    talking: TalkingSchool,
) -> None:
    room = await app_talk(talking, "박서연", "한지민", encrypted=False)
    stranger = await talking.school.client_as("오정숙")
    assert (await stranger.get(f"/messenger/rooms/{room}/members")).status == 404
    staff = f"/messenger/rooms/{await talking.room(STAFF)}"
    page = (await stranger.get(f"{staff}/members")).text
    assert "마당 도우미" in page
    assert "최은영 교장" in page
    for absent in ("학교 메신저", "초대하기", "이름 바꾸기"):
        assert absent not in page
    assert "7명" in (await stranger.get(staff)).text  # six and the bot
    refused = await stranger.post(f"{staff}/members", {"user_id": "@somebody:elsewhere.test"})
    assert refused.status == 404


# Signed out at Synapse ------------------------------------------------------------------------


async def test_who_was_signed_out_meanwhile_is_signed_in_once_for_all_that_is_asked(
    talking: TalkingSchool,
) -> None:
    """Pages of one person ask at the same moment; signing in twice would end the first sign-in."""
    han = await talking.asker("한지민")
    portal, user = talking.portal, await talking.user_id("한지민")
    await portal.rooms(han)
    keeper = talking.messenger.ready().keeper
    for _time in range(3):
        await keeper.admin("DELETE", "v2", "users", user, "devices", PORTAL_DEVICE)
        asked = (portal.call(han, "GET", path_of("account", "whoami")) for _page in range(12))
        assert {str(one["user_id"]) for one in await asyncio.gather(*asked)} == {user}
