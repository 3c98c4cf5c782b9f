"""What the portal shows of rooms and talks, with a real Synapse behind it."""

import asyncio
from collections.abc import AsyncIterator

import pytest
import pytest_asyncio

from node.messenger.model import STAFF, Post, RoomLine, Timeline
from node.messenger.synapse import keeper as keeping
from node.messenger.synapse.homeserver import JOINING, KEEPER
from node.messenger.synapse.matrix import MatrixRefused, path_of
from node.people.model import Asker
from tests.node.conftest import STAFF as CAST
from tests.node.talking_school import OWN, TalkingSchool, send, talking_school, until

pytestmark = pytest.mark.asyncio(loop_scope="module")


@pytest_asyncio.fixture(scope="module", loop_scope="module")
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
    assert levels["users"] == {await talking.user_id(one): 50 for one in ("최은영", "윤태식")}


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
