"""What the portal shows of rooms and talks, with a real Synapse behind it."""

import asyncio
import base64
import io
from collections.abc import AsyncIterator

import aiohttp
import pytest

from node.messenger.messages_web import FILES
from node.messenger.model import SPACE, STAFF, Post, Quote, RoomLine, Timeline
from node.messenger.portal import searching
from node.messenger.synapse import keeper as keeping
from node.messenger.synapse.homeserver import JOINING, KEEPER
from node.messenger.synapse.matrix import MatrixRefused, path_of
from node.people.model import Asker
from tests.node.conftest import STAFF as CAST
from tests.node.talking_school import OWN, TalkingSchool, send, talking_school, until
from tests.waiting import PATIENCE_S

PICTURE = base64.b64decode(
    "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg=="
)


@pytest.fixture(scope="module")
async def talking(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[TalkingSchool]:
    async for one in talking_school(tmp_path_factory.mktemp("talking")):
        yield one


async def line(talking: TalkingSchool, asker: Asker, room_id: str) -> RoomLine:
    return await talking.portal.room(asker, room_id)


def words(timeline: Timeline) -> list[str]:
    return [message.text for message in timeline.messages]


async def talk(talking: TalkingSchool, *names: str) -> str:
    """A fresh room of these people of the staff."""
    call = await talking.client(names[0], "OWN")
    others = [talking.server.keeper.id_of(await talking.localpart(name)) for name in names[1:]]
    made = await call("POST", path_of("createRoom"), {"invite": others, "name": "모임"})
    for name in names[1:]:
        await talking.portal.join(await talking.asker(name), made["room_id"])
    return str(made["room_id"])


async def test_who_is_there_when_a_room_is_made_comes_in_with_all_others(
    talking: TalkingSchool,
) -> None:
    staff, call = await talking.room(STAFF), await talking.client("박서연", "OWN")
    path = path_of("rooms", staff, "messages")
    events = (await call("GET", path, None, {"dir": "f", "limit": "100"}))["chunk"]
    keeper, bot = talking.server.keeper.id_of(KEEPER), talking.server.keeper.bot_id
    members = [one for one in events if one["type"] == "m.room.member"]
    first, *came = [(one["state_key"], one["sender"], one["content"]) for one in members]
    assert first[0] == keeper
    people = sorted([bot, *[await talking.user_id(name) for name, *_post in CAST]])
    assert [(who, by, content["membership"]) for who, by, content in came] == [
        (one, one, "join") for one in people
    ]
    assert {content["join_authorised_via_users_server"] for _who, _by, content in came} == {keeper}
    assert {content["displayname"] for _who, _by, content in came} >= {"박서연 교사", "최은영 교장"}
    places = [number for number, one in enumerate(events) if one in members[1:]]
    assert places == list(range(places[0], places[0] + len(came)))  # nothing happened between
    # Who moderates was said as the room was made.
    assert [one["type"] for one in events].count("m.room.power_levels") == 1
    path = path_of("rooms", staff, "state", "m.room.power_levels", "")
    levels = await talking.server.keeper.call("GET", path)
    moderators = {await talking.user_id(one): 50 for one in ("최은영", "윤태식")}
    assert levels["users"] == {keeper: 100} | moderators


async def test_new_rooms_are_of_a_version_that_the_clients_people_have_can_read(
    talking: TalkingSchool,
) -> None:
    own = await talk(talking, "박서연", "한지민")
    for room in (await talking.room(SPACE), await talking.room(STAFF), own):
        assert room.endswith(f":{OWN}")  # of version 12 the id names no server
        created = await talking.server.keeper.admin("GET", "v1", "rooms", room)
        assert created["version"] == "11", room


async def test_nobody_comes_by_themselves_into_a_room_of_the_school(
    talking: TalkingSchool,
) -> None:
    """Neither being in the space nor saying that the node vouches for one opens it."""
    keeper, call = talking.server.keeper, await talking.client("박서연", "OWN")
    office, park = await talking.room("department:행정실"), await talking.user_id("박서연")
    vouched = {"membership": "join", "join_authorised_via_users_server": keeper.id_of(KEEPER)}
    for method, path, body in (
        ("POST", path_of("join", office), {}),
        ("POST", path_of("rooms", office, "join"), vouched),
        ("PUT", path_of("rooms", office, "state", "m.room.member", park), vouched),
    ):
        with pytest.raises(MatrixRefused) as refused:
            await call(method, path, body)
        assert refused.value.status == 403
    assert park not in await keeper.members_of(office)


async def test_a_room_of_an_earlier_build_lets_people_in_as_a_new_one(
    talking: TalkingSchool,
) -> None:
    """Such a room let in whoever was invited."""
    keeper = talking.server.keeper
    made = await keeper.call("POST", path_of("createRoom"), {"preset": "private_chat"})
    room, rules = str(made["room_id"]), "m.room.join_rules"
    path = path_of("rooms", room, "state", rules, "")
    assert await keeper.call("GET", path) == {"join_rule": "invite"}
    for name in ("박서연", "한지민"):
        await keeper.bring_in(room, [await talking.localpart(name)])
        assert await talking.user_id(name) in await keeper.members_of(room)
    assert await keeper.call("GET", path) == {"join_rule": "restricted", "allow": []}
    call = await talking.client("최은영", "OWN")
    with pytest.raises(MatrixRefused):
        await call("POST", path_of("join", room), {})


async def test_people_come_into_a_room_at_once_whoever_is_there_or_invited_already(
    talking: TalkingSchool,
) -> None:
    keeper = talking.server.keeper
    made = await keeper.call("POST", path_of("createRoom"), {"preset": "private_chat"})
    room = str(made["room_id"])
    there, invited, fresh = [await talking.localpart(one) for one in ("박서연", "한지민", "최은영")]
    await keeper.bring_in(room, [there])
    invitation = {"user_id": keeper.id_of(invited)}
    await keeper.call("POST", path_of("rooms", room, "invite"), invitation)
    await keeper.bring_in(room, [there, invited, fresh])
    assert await keeper.members_of(room) == {
        keeper.id_of(one) for one in (KEEPER, there, invited, fresh)
    }
    await keeper.put_out(room, keeper.id_of(fresh))
    await keeper.bring_in(room, [fresh])
    assert keeper.id_of(fresh) in await keeper.members_of(room)


async def test_who_has_no_account_here_is_passed_over_and_all_others_come_in(
    talking: TalkingSchool,
) -> None:
    keeper, office = talking.server.keeper, await talking.room("department:행정실")
    made = await keeper.call("POST", path_of("createRoom"), {"preset": "private_chat"})
    room, park = str(made["room_id"]), await talking.user_id("박서연")
    strangers = [f"@seo:friend.{OWN}", f"@nobody:{OWN}"]
    asked = {"room_id": room, "user_ids": [strangers[0], park, strangers[1]]}
    assert await keeper.call("POST", JOINING, asked) == {"unknown": strangers}
    assert await keeper.members_of(room) == {keeper.id_of(KEEPER), park}
    before = await keeper.members_of(office)
    assert await keeper.bring_in(office, ["nobody"]) == {"nobody"}
    assert await keeper.members_of(office) == before


async def test_of_a_large_staff_those_stay_who_came_in_before_something_failed(
    talking: TalkingSchool, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(keeping, "BROUGHT_IN_AT_ONCE", 2)
    keeper, names = talking.server.keeper, ("박서연", "한지민", "최은영", "윤태식")
    people = sorted([await talking.localpart(name) for name in names])
    made = await keeper.call("POST", path_of("createRoom"), {"preset": "private_chat"})
    room, last = str(made["room_id"]), {"user_id": keeper.id_of(people[-1])}
    await keeper.call("POST", path_of("rooms", room, "ban"), last)
    with pytest.raises(MatrixRefused):
        await keeper.bring_in(room, people)
    own = keeper.id_of(KEEPER)
    assert await keeper.members_of(room) == {own, *map(keeper.id_of, people[:2])}
    await keeper.call("POST", path_of("rooms", room, "unban"), last)
    assert await keeper.bring_in(room, people) == set()
    assert await keeper.members_of(room) == {own, *map(keeper.id_of, people)}


async def test_nobody_but_the_node_brings_anybody_into_a_room(talking: TalkingSchool) -> None:
    keeper, call = talking.server.keeper, await talking.client("박서연", "OWN")
    park, yun = await talking.user_id("박서연"), await talking.user_id("윤태식")
    office, own = await talking.room("department:행정실"), await talk(talking, "박서연", "한지민")
    for room, who in ((office, park), (own, yun)):
        with pytest.raises(MatrixRefused) as refused:
            await call("POST", JOINING, {"room_id": room, "user_ids": [who]})
        assert (refused.value.status, refused.value.code) == (403, "M_FORBIDDEN")
        assert who not in await keeper.members_of(room)
    with pytest.raises(MatrixRefused) as unknown:
        await talking.server.matrix.call(
            "POST", JOINING, "", {"room_id": office, "user_ids": [park]}
        )
    assert unknown.value.status == 401
    with pytest.raises(MatrixRefused):  # not even the node, into a talk it is not in
        await keeper.bring_in(own, [await talking.localpart("윤태식")])
    # And no door of the node's leads there.
    browser = await talking.school.client_as("정민호")
    assert (await browser.post(JOINING, {})).status == 404


async def test_the_badge_goes_when_the_room_was_opened(talking: TalkingSchool) -> None:
    han, room = await talking.asker("한지민"), await talk(talking, "박서연", "한지민")
    await talking.portal.rooms(han)
    await talking.say("박서연", room, "안녕하세요")
    assert (await line(talking, han, room)).unread == 1
    await talking.portal.latest(han, room)
    assert (await line(talking, han, room)).unread == 0
    await talking.say("박서연", room, "계신가요?")
    since = (await talking.portal.latest(han, room)).since
    await talking.say("박서연", room, "여기요")
    said = (await talking.portal.news(han, room, since, "")).messages[-1]
    assert said.text == "여기요"
    assert (await line(talking, han, room)).unread == 1  # nobody showed it yet
    await talking.portal.news(han, room, since, said.event_id)
    assert (await line(talking, han, room)).unread == 0


async def test_what_the_school_announces_is_counted_as_unread(talking: TalkingSchool) -> None:
    han, staff = await talking.asker("한지민"), await talking.room(STAFF)
    before = (await line(talking, han, staff)).unread
    post = Post("official-1", STAFF, "[공문 알림] 급식 점검", "<b>[공문 알림]</b> 급식 점검")
    await talking.school.db.write(lambda tx: talking.posts.add(tx, post))

    async def is_told() -> bool:
        return (await line(talking, han, staff)).unread > before

    await until(is_told)
    found = await line(talking, han, staff)
    assert (found.unread, found.last_text) == (before + 1, "[공문 알림] 급식 점검")


async def test_whoever_writes_sees_it_on_the_next_page(talking: TalkingSchool) -> None:
    park, room = await talking.asker("박서연"), await talk(talking, "박서연", "한지민")
    await talking.portal.latest(park, room)
    for number in range(3):
        await talking.portal.say(park, room, f"말 {number}", f"next-{number}")
        assert words(await talking.portal.latest(park, room))[-1] == f"말 {number}"


async def test_words_are_not_pushed_out_by_what_is_none(talking: TalkingSchool) -> None:
    han, room = await talking.asker("한지민"), await talk(talking, "박서연", "한지민")
    said = await talking.say("박서연", room, "체험학습 사진입니다")
    call = await talking.client("박서연", "OWN")
    for number in range(60):
        await send(call, room, "", "m.reaction", **annotates(said, str(number)))
        topic = {"topic": f"{number}"}
        await call("PUT", path_of("rooms", room, "state", "m.room.topic", ""), topic)
    assert words(await talking.portal.latest(han, room)) == ["체험학습 사진입니다"]
    found = await line(talking, han, room)
    assert (found.name, found.last_text) == ("모임", "체험학습 사진입니다")
    await call("PUT", path_of("rooms", room, "state", "m.room.name", ""), {"name": "사진 모임"})
    assert (await line(talking, han, room)).name == "사진 모임"


def annotates(event_id: str, key: str) -> dict[str, object]:
    return {"m.relates_to": {"rel_type": "m.annotation", "event_id": event_id, "key": key}}


def corrects(event_id: str, text: str) -> dict[str, object]:
    return {
        "m.new_content": {"msgtype": "m.text", "body": text},
        "m.relates_to": {"rel_type": "m.replace", "event_id": event_id},
    }


async def test_the_last_wording_is_shown_of_whoever_said_it(talking: TalkingSchool) -> None:
    han, room = await talking.asker("한지민"), await talk(talking, "박서연", "한지민", "최은영")
    said = await talking.say("박서연", room, "회의는 3시")
    opened = await talking.portal.latest(han, room)
    assert words(opened) == ["회의는 3시"]
    await talking.say("박서연", room, "* 회의는 4시", **corrects(said, "회의는 4시"))
    news = (await talking.portal.news(han, room, opened.since, "")).messages[-1]
    assert (news.event_id, news.text, news.is_edited, news.is_late) == (
        said, "회의는 4시", True, True,
    )  # fmt: skip
    assert (await line(talking, han, room)).last_text == "회의는 4시"
    # Somebody else's "correction" is none.
    await talking.say("최은영", room, "* 회의 없음", **corrects(said, "회의 없음"))
    assert words(await talking.portal.latest(han, room)) == ["회의는 4시"]
    assert (await line(talking, han, room)).last_text == "회의는 4시"


async def test_nobody_writes_under_another_name(talking: TalkingSchool) -> None:
    han, room = await talking.asker("한지민"), await talk(talking, "박서연", "한지민")
    call = await talking.client("박서연", "OWN")
    own = talking.server.keeper.id_of(await talking.localpart("박서연"))
    posing = {"membership": "join", "displayname": "최은영 교장"}
    await call("PUT", path_of("rooms", room, "state", "m.room.member", own), posing)
    await talking.say("박서연", room, "내일은 재량휴업입니다")
    assert (await talking.portal.latest(han, room)).messages[-1].sender == "박서연 교사"


async def test_an_accepted_invitation_is_the_talk_of_these_two(talking: TalkingSchool) -> None:
    park, choi = await talking.asker("박서연"), await talking.asker("최은영")
    ids = {
        one.id: talking.server.keeper.id_of(await talking.localpart(one.name))
        for one in (park, choi)
    }
    room = await talking.portal.talk_to(park, ids[choi.id])
    assert (await line(talking, choi, room)).is_invitation
    await talking.portal.join(choi, room)
    assert await talking.portal.talk_to(choi, ids[park.id]) == room
    assert await talking.portal.talk_to(park, ids[choi.id]) == room


async def test_open_pages_slow_nothing_down(talking: TalkingSchool) -> None:
    han, room = await talking.asker("한지민"), await talk(talking, "박서연", "한지민")
    since = (await talking.portal.latest(han, room)).since

    async def listens() -> list[str]:
        place = since
        while True:
            news = await talking.portal.news(han, room, place, "")
            if news.messages:
                return words(news)
            place = news.since

    async with asyncio.TaskGroup() as group:
        pages = [group.create_task(listens()) for _page in range(80)]
        await asyncio.sleep(1)
        async with asyncio.timeout(15):
            assert (await line(talking, han, room)).room_id == room
        await talking.say("박서연", room, "모두 보이나요?")
    for page in pages:
        assert page.result() == ["모두 보이나요?"]


async def test_what_was_deleted_is_gone(talking: TalkingSchool) -> None:
    han, room = await talking.asker("한지민"), await talk(talking, "박서연", "한지민")
    said = await talking.say("박서연", room, "잘못 보낸 말")
    opened = await talking.portal.latest(han, room)
    assert (await line(talking, han, room)).last_text == "잘못 보낸 말"
    call = await talking.client("박서연", "OWN")
    await call("PUT", path_of("rooms", room, "redact", said, "delete-1"), {})
    news = (await talking.portal.news(han, room, opened.since, "")).messages[-1]
    assert (news.event_id, news.text, news.is_deleted, news.is_late) == (said, "", True, True)
    left = [(one.text, one.is_deleted) for one in (await talking.portal.latest(han, room)).messages]
    assert left == [("", True)]
    assert (await line(talking, han, room)).last_text == ""


async def test_earlier_words_are_found_back_to_the_first(talking: TalkingSchool) -> None:
    han, room = await talking.asker("한지민"), await talk(talking, "박서연", "한지민")
    call = await talking.client("박서연", "OWN")
    for number in range(70):
        await send(call, room, f"{number}")
    page = await talking.portal.latest(han, room)
    assert words(page) == [str(number) for number in range(20, 70)]
    before = await talking.portal.earlier(han, room, page.earlier)
    assert words(before) == [str(number) for number in range(20)]
    assert {message.sender for message in before.messages} == {"박서연 교사"}
    assert before.earlier == ""


# Names ----------------------------------------------------------------------------------------


async def test_a_partner_who_left_and_a_room_that_was_replaced_are_never_told_by_ids(
    talking: TalkingSchool,
) -> None:
    oh, yun = await talking.asker("오정숙"), await talking.asker("윤태식")
    room = await talking.portal.talk_to(oh, await talking.user_id("윤태식"))
    await talking.portal.join(yun, room)
    await talking.say("윤태식", room, "먼저 갑니다")
    await talking.portal.leave(yun, room)
    talking.portal._desks.pop(oh.id)  # the node was started anew
    await talking.portal.rooms(oh)  # Synapse answers the first look from memory
    assert (await line(talking, oh, room)).name == "윤태식 교감"
    said = (await talking.portal.latest(oh, room)).messages[-1]
    assert said.sender == "윤태식 교감"

    group = await talk(talking, "오정숙", "한지민")
    call = await talking.client("오정숙", "OWN")
    upgraded = await call("POST", path_of("rooms", group, "upgrade"), {"new_version": "11"})
    after = str(upgraded["replacement_room"])
    listed = {one.room_id: one.name for one in await talking.portal.rooms(oh)}
    assert group not in listed
    assert listed[after] == "모임"
    page = (await (await talking.school.client_as("오정숙")).get(f"/messenger/rooms/{group}")).text
    assert f"/messenger/rooms/{after}" in page


async def test_the_successor_of_a_talk_of_two_is_where_it_goes_on(talking: TalkingSchool) -> None:
    oh, choi = await talking.asker("오정숙"), await talking.asker("최은영")
    partner = await talking.user_id("최은영")
    room = await talking.portal.talk_to(oh, partner)
    await talking.portal.join(choi, room)
    call = await talking.client("오정숙", "OWN")
    path = path_of("rooms", room, "upgrade")
    after = str((await call("POST", path, {"new_version": "11"}))["replacement_room"])
    await call("POST", path_of("rooms", after, "invite"), {"user_id": partner})
    assert await talking.portal.talk_to(oh, partner) == after


# More than words ------------------------------------------------------------------------------


async def test_an_answer_shows_what_it_quotes_under_a_name_and_its_own_words_alone(
    talking: TalkingSchool,
) -> None:
    han, room = await talking.asker("한지민"), await talk(talking, "박서연", "한지민")
    asked = await talking.say("박서연", room, "회의는 언제인가요?")
    user = await talking.user_id("박서연")
    replied = {"m.relates_to": {"m.in_reply_to": {"event_id": asked}}}
    await talking.say("한지민", room, f"> <{user}> 회의는 언제인가요?\n\n3시입니다", **replied)
    found = (await talking.portal.latest(han, room)).messages[-1]
    assert found.text == "3시입니다"
    assert found.quote == Quote(asked, "박서연 교사", "회의는 언제인가요?")
    browser = await talking.school.client_as("한지민")
    page = (await browser.get(f"/messenger/rooms/{room}")).text
    assert user not in page
    call = await talking.client("박서연", "OWN")
    await call("PUT", path_of("rooms", room, "redact", asked, "quoted-1"), {})
    found = (await talking.portal.latest(han, room)).messages[-1]
    assert found.quote == Quote(asked, is_deleted=True)


async def test_pictures_are_drawn_and_files_opened_by_who_is_in_the_room_alone(
    talking: TalkingSchool,
) -> None:
    han, room = await talking.school.client_as("한지민"), await talk(talking, "박서연", "한지민")
    park = await talking.asker("박서연")
    files = talking.school.app[FILES]
    await files.send(park, room, "운동장.png", PICTURE, "가을 운동장", "picture-1")
    await files.send(park, room, "<계획>.html", b"<script>alert(1)</script>", "", "page-1")
    picture, paper = (await talking.portal.latest(park, room)).messages[-2:]
    assert (picture.text, paper.text) == ("가을 운동장", "")
    page = (await han.get(f"/messenger/rooms/{room}")).text
    doors = [f"/messenger/rooms/{room}/messages/{one.event_id}/file" for one in (picture, paper)]
    assert f'<img src="{doors[0]}?preview=1" alt="운동장.png"' in page
    assert "가을 운동장" in page
    assert "&lt;계획&gt;.html" in page
    drawn = await han.get(doors[0])
    assert drawn.body == PICTURE
    assert drawn.headers["Content-Type"] == "image/png"
    assert (await han.get(f"{doors[0]}?preview=1")).headers["Content-Type"] == "image/png"
    kept = await han.get(doors[1])
    assert kept.body == b"<script>alert(1)</script>"
    assert kept.headers["Content-Type"] == "application/octet-stream"
    assert kept.headers["Content-Disposition"].startswith("attachment")
    stranger = await talking.school.client_as("오정숙")
    assert (await stranger.get(doors[0])).status == 404
    listed = (await han.get("/messenger")).text
    assert "파일 · &lt;계획&gt;.html" in listed


async def test_a_file_is_sent_from_the_page_with_words_and_one_too_large_is_told_to_be(
    talking: TalkingSchool,
) -> None:
    room = await talk(talking, "박서연", "한지민")
    browser = await talking.school.client_as("박서연")
    form = aiohttp.FormData(quote_fields=False)
    form.add_field("words", "오늘 사진")
    form.add_field("file", PICTURE, filename="사진.png", content_type="image/png")
    assert (await browser.post(f"/messenger/rooms/{room}/files", form)).status == 303
    sent = (await talking.portal.latest(await talking.asker("한지민"), room)).messages[-1]
    assert sent.file is not None
    assert (sent.text, sent.file.name, sent.file.is_drawn) == ("오늘 사진", "사진.png", True)
    large = aiohttp.FormData(quote_fields=False)
    large.add_field("file", io.BytesIO(b"x" * 11 * 1024 * 1024), filename="큰.zip")
    assert (await browser.post(f"/messenger/rooms/{room}/files", large)).status == 413


async def test_signs_are_set_and_taken_back_and_words_corrected_by_whose_they_are(
    talking: TalkingSchool,
) -> None:
    room = await talk(talking, "박서연", "한지민")
    park, han = [await talking.school.client_as(name) for name in ("박서연", "한지민")]
    said = await talking.say("박서연", room, "내일 회의는 3시")
    door = f"/messenger/rooms/{room}/messages/{said}"
    since = (await talking.portal.latest(await talking.asker("박서연"), room)).since
    assert (await han.post(f"{door}/react", {"sign": "👍"})).status == 303
    assert (await han.post(f"{door}/react", {"sign": "아무 말"})).status == 422
    reader = await talking.asker("박서연")
    news = (await talking.portal.news(reader, room, since, "")).messages[-1]
    assert [(one.key, one.count) for one in news.reactions] == [("👍", 1)]
    assert "👍 1" in (await park.get(f"/messenger/rooms/{room}")).text
    await han.post(f"{door}/react", {"sign": "👍"})
    assert (await talking.portal.latest(reader, room)).messages[-1].reactions == ()
    assert (await han.post(f"{door}/correct", {"text": "4시"})).status == 403
    assert (await park.post(f"{door}/correct", {"text": "내일 회의는 4시"})).status == 303
    assert words(await talking.portal.latest(reader, room)) == ["내일 회의는 4시"]
    assert (await han.post(f"{door}/answer", {"text": "알겠습니다"})).status == 303
    answer = (await talking.portal.latest(reader, room)).messages[-1]
    assert answer.quote == Quote(said, "박서연 교사", "내일 회의는 4시")
    call = await talking.client("박서연", "OWN")
    event = await call("GET", path_of("rooms", room, "event", answer.event_id))
    assert event["content"]["m.mentions"] == {"user_ids": [await talking.user_id("박서연")]}


async def test_a_poll_is_seen_with_its_votes_and_counted_as_clients_count_it(
    talking: TalkingSchool,
) -> None:
    han, room = await talking.asker("한지민"), await talk(talking, "박서연", "한지민")
    await talking.portal.latest(han, room)
    asked = {
        "org.matrix.msc3381.poll.start": {
            "question": {"org.matrix.msc1767.text": "점심은?"},
            "answers": [
                {"id": "a", "org.matrix.msc1767.text": "비빔밥"},
                {"id": "b", "org.matrix.msc1767.text": "국수"},
            ],
        },
        "org.matrix.msc1767.text": "점심은? 비빔밥 국수",
    }
    call = await talking.client("박서연", "OWN")
    poll = await send(call, room, "", "org.matrix.msc3381.poll.start", **asked)
    found = await line(talking, han, room)
    assert (found.last_text, found.last_kind) == ("점심은?", "poll")
    sync = await (await talking.client("한지민", "OWN"))("GET", path_of("sync"))
    counted = sync["rooms"]["join"][room]["unread_notifications"]["notification_count"]
    assert found.unread == counted
    vote = {
        "m.relates_to": {"rel_type": "m.reference", "event_id": poll},
        "org.matrix.msc3381.poll.response": {"answers": ["b"]},
    }
    own = await talking.client("한지민", "OWN")
    await send(own, room, "", "org.matrix.msc3381.poll.response", **vote)
    shown = (await talking.portal.latest(han, room)).messages[-1].poll
    assert shown is not None
    assert [(one.text, one.count) for one in shown.answers] == [("비빔밥", 0), ("국수", 1)]


async def test_the_list_of_rooms_hears_by_itself_what_is_said(talking: TalkingSchool) -> None:
    han, room = await talking.school.client_as("한지민"), await talk(talking, "박서연", "한지민")
    await han.get("/messenger")
    hearing = asyncio.create_task(han.get("/messenger/list"))
    await asyncio.sleep(0)
    await talking.say("박서연", room, "목록에 보이나요?")
    async with asyncio.timeout(PATIENCE_S):
        while "목록에 보이나요?" not in (await hearing).text:
            hearing = asyncio.create_task(han.get("/messenger/list"))


async def test_who_is_named_in_words_is_told_and_sees_it(talking: TalkingSchool) -> None:
    han, room = await talking.asker("한지민"), await talk(talking, "박서연", "한지민", "최은영")
    await talking.portal.latest(han, room)
    browser = await talking.school.client_as("박서연")
    await browser.post(f"/messenger/rooms/{room}", {"text": "@한지민 선생님, 명단 부탁드립니다"})
    assert (await line(talking, han, room)).mentions == 1
    assert (await line(talking, await talking.asker("최은영"), room)).mentions == 0
    found = (await talking.portal.latest(han, room)).messages[-1]
    assert found.names_reader
    call = await talking.client("한지민", "OWN")
    event = await call("GET", path_of("rooms", room, "event", found.event_id))
    assert event["content"]["m.mentions"] == {"user_ids": [await talking.user_id("한지민")]}


async def test_whoever_wrote_sees_who_has_read_it_and_who_has_not(talking: TalkingSchool) -> None:
    room = await talk(talking, "박서연", "한지민", "최은영")
    park, han = [await talking.school.client_as(name) for name in ("박서연", "한지민")]
    first = await talking.say("박서연", room, "내일 9시에 모입니다")
    await talking.portal.latest(await talking.asker("한지민"), room)
    second = await talking.say("박서연", room, "우산도 챙겨 주세요")
    page = (await park.get(f"/messenger/rooms/{room}")).text
    assert page.count("명 읽음") == 1
    door = f"/messenger/rooms/{room}/messages/"
    told = (await park.get(door + first)).text
    assert told.index("한지민 교사") < told.index("아직 읽지 않음") < told.index("최은영 교장")
    told = (await park.get(door + second)).text
    assert told.index("아직 읽지 않음") < told.index("최은영 교장")
    assert told.index("아직 읽지 않음") < told.index("한지민 교사")
    assert "읽은 사람" not in (await han.get(door + first)).text  # whose words they are sees it


async def test_a_rooms_words_are_found_by_a_part_of_a_word_by_who_is_in_it(
    talking: TalkingSchool, monkeypatch: pytest.MonkeyPatch
) -> None:
    room = await talk(talking, "박서연", "한지민")
    said = await talking.say("박서연", room, "체험학습을 다녀온 뒤 보고서를 냅니다")
    gone = await talking.say("박서연", room, "체험학습 취소 <오보>")
    call = await talking.client("박서연", "OWN")
    await call("PUT", path_of("rooms", room, "redact", gone, "sought-1"), {})
    for number in range(120):
        await talking.say("박서연", room, f"{number}번째 말")
    han, stranger = [await talking.school.client_as(name) for name in ("한지민", "오정숙")]
    page = (await han.get(f"/messenger/rooms/{room}/search?q=험학")).text
    assert f"/messages/{said}" in page
    assert "체험학습을 다녀온 뒤" in page
    assert gone not in page
    assert "더 오래된 메시지는 찾지 않았습니다" not in page
    assert (
        "검색 결과가 없습니다" in (await han.get(f"/messenger/rooms/{room}/search?q=없는말")).text
    )
    assert (await han.get(f"/messenger/rooms/{room}/search")).status == 200
    assert (await stranger.get(f"/messenger/rooms/{room}/search?q=험학")).status == 404
    monkeypatch.setattr(searching, "MOST_PIECES", 1)
    page = (await han.get(f"/messenger/rooms/{room}/search?q=험학")).text
    assert "최근 메시지 100개에서 찾았습니다. 더 오래된 메시지는 찾지 않았습니다." in page
