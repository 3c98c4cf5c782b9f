"""The messenger's own rules; its doors are in test_messenger_doors.py, whole servers in tests/province."""

import asyncio
import contextlib
import socket
from pathlib import Path

import aiohttp
import pytest

from kit.db import Tx
from kit.problem import Invalid, Problem
from kit.signin.web import SIGNIN
from node.federation import store as federation_store
from node.federation.inbound import HeldCursors
from node.messenger import store
from node.messenger.bot.hearing import Hearing, question_of
from node.messenger.bot.line import BotLine
from node.messenger.clients_web import ACCOUNTS, ALLOWING
from node.messenger.doors.inner import Admitted, InnerDoors, SignedIn, SignInTried
from node.messenger.doors.push import gateway_of, leads_to
from node.messenger.model import (
    SPACE,
    STAFF,
    BotQuestion,
    Member,
    NoAccount,
    RoomLine,
    WrongRedirect,
    is_called,
    localpart_for,
    rooms_for,
)
from node.messenger.portal.contents import file_of, unquoted
from node.messenger.portal.events import is_shown, names_in, servers_in, take_over
from node.messenger.province import affair
from node.messenger.synapse.homeserver import own_secrets
from node.messenger.synapse.matrix import Matrix
from node.messenger.web import MESSENGER
from node.people.web import PEOPLE
from protocol.directory import Cursor, SchoolEntry
from protocol.identity import SchoolId, SchoolKind
from protocol.sync import Down, MatrixAllowList, MatrixServer, Standing
from tests.node.conftest import School

OWN, FRIEND, STRANGER = "own.madang.test", "friend.madang.test", "stranger.example"
PASSWORD = "오래가는-비밀번호-2026"


def member(person_id: str, department: str = "", *, locked: bool = False) -> Member:
    return Member(person_id, person_id, person_id, "교사", department, person_id, locked)


# A school without it ----------------------------------------------------------------------------


async def test_where_no_messenger_runs_who_can_turn_it_on_reads_how_and_others_whom_to_ask(
    school: School,
) -> None:
    teacher, administrator = [await school.client_as(name) for name in ("박서연", "정민호")]
    asked = (await teacher.get("/messenger")).text
    assert "우리 학교의 마당 관리자에게 요청해 주세요" in asked
    told = (await administrator.get("/messenger")).text
    assert "messenger = true" in told
    assert "관리자에게 요청" not in told


# Words ----------------------------------------------------------------------------------------


def test_a_login_becomes_the_matrix_name_where_it_can_and_nobody_elses() -> None:
    assert localpart_for("hb-park", "f00", set()) == "hb-park"
    assert localpart_for("hb-park", "f00", {"hb-park"}) == "pf00"
    for login in ("박서연", "park@school.kr", "Hb", "x", "madang", "madang-node"):
        assert localpart_for(login, "f00", set()) == "pf00"


def test_everybody_is_in_the_space_and_the_staff_room_and_their_own_department() -> None:
    people = [member("a", "3학년부"), member("b", "행정실"), member("c", "3학년부", locked=True)]
    rooms = rooms_for("한빛초등학교", people)
    assert rooms[SPACE] == ("한빛초등학교", {"a", "b", "c"})
    assert rooms[STAFF][1] == {"a", "b", "c"}  # who is locked is not put out
    assert rooms["department:3학년부"] == ("3학년부", {"a", "c"})
    assert set(rooms) == {SPACE, STAFF, "department:3학년부", "department:행정실"}


def test_a_colleague_is_found_by_syllables_and_by_initial_consonants() -> None:
    assert is_called("김하늘", "하늘")
    assert is_called("김하늘", "ㄱㅎ")
    assert not is_called("김하늘", "ㅎㄱ")
    assert not is_called("김하늘", "하눌")


def test_the_bot_knows_when_it_is_spoken_to() -> None:
    bot = f"@madang:{OWN}"

    def heard(body: str, **more: object) -> tuple[str, bool]:
        found = question_of("$e", "!r", "@a:b", {"body": body, **more}, bot)
        return found.text, found.spoken_to

    assert heard("급식비는요?") == ("급식비는요?", False)
    assert heard("마당 도우미: 급식비는요?") == ("급식비는요?", True)
    assert heard("급식비는요?", **{"m.mentions": {"user_ids": [bot]}}) == ("급식비는요?", True)
    assert heard(f"{bot} 급식비는요?") == ("급식비는요?", True)


def test_people_of_other_schools_carry_their_schools_name_whatever_they_call_themselves() -> None:
    def joined(user: str, name: str) -> dict[str, object]:
        content = {"membership": "join", "displayname": name}
        return {"type": "m.room.member", "state_key": user, "content": content}

    events = [
        joined(f"@park:{OWN}", "박서연 교사"),
        joined(f"@seo:{FRIEND}", "최은영 교장"),
        joined(f"@x:{STRANGER}", "최은영 교장"),
    ]
    assert servers_in(events) == {OWN, FRIEND, STRANGER}
    assert list(names_in(events, {OWN: "", FRIEND: "새솔초등학교"}).values()) == [
        "박서연 교사",
        "최은영 교장 (새솔초등학교)",
        f"최은영 교장 ({STRANGER})",
    ]


def test_a_gateway_is_a_name_and_a_pusher_leads_to_one_over_https() -> None:
    assert gateway_of(" https://Matrix.org/ ") == "matrix.org:443"
    assert gateway_of("push.example:8443") == "push.example:8443"
    for wrong in ("", "10.0.0.1", "[::1]", "a b", "push.example/x", "x.example:0", "x.example:-1"):
        with pytest.raises(Invalid):
            gateway_of(wrong)
    assert leads_to("https://Matrix.org/_matrix/push/v1/notify") == "matrix.org:443"
    assert leads_to("https://matrix.org:8443/x") == "matrix.org:8443"
    assert leads_to("https://matrix.org@evil.example/") == "evil.example:443"
    for odd in ("http://matrix.org/", "matrix.org", "https://[x/", None, 5):
        assert leads_to(odd) == ""


async def test_a_school_is_called_as_the_directory_has_it(school: School) -> None:
    def fill(tx: Tx) -> None:
        known = MatrixServer(school_id=SchoolId("J107530202"), server_name=FRIEND, address="a:1")
        store.replace_servers(tx, [known])
        entry = SchoolEntry(
            id=SchoolId("J107530202"), name="새솔초등학교", school_kind=SchoolKind.ELEMENTARY
        )
        federation_store.keep_entry(tx, "J107530202", entry)

    await school.db.write(fill)
    found = await school.app[MESSENGER].schools_of({FRIEND, STRANGER})
    assert found == {FRIEND: "새솔초등학교", STRANGER: STRANGER}


async def test_odd_events_hold_up_nothing_that_follows_them(school: School, tmp_path: Path) -> None:
    """Anybody in a room may send anything that is JSON."""
    matrix = Matrix(tmp_path / "nobody")
    secrets = own_secrets(tmp_path)
    line = BotLine(matrix, secrets, OWN)
    good: dict[str, object] = {
        "type": "m.room.message",
        "event_id": "$good",
        "room_id": "!r",
        "sender": f"@park:{OWN}",
        "content": {"msgtype": "m.text", "body": "급식비는요?"},
    }
    odd: tuple[dict[str, object], ...] = (
        {},
        {"type": "m.room.member", "state_key": line.id, "content": "invite"},
        {"type": "m.room.message", "content": {"msgtype": "m.text", "body": 5}},
        good | {"event_id": "$a", "content": {"msgtype": "m.text", "m.mentions": {"user_ids": 5}}},
        good | {"event_id": "$b", "content": {"msgtype": "m.text", "m.relates_to": []}},
    )
    await Hearing(school.db, school.clock, line).deliver((*odd, good))
    kept = {one.event_id: one.text for one in await school.db.read(_questions)}
    assert kept["$good"] == "급식비는요?"
    await matrix.close()


def _questions(tx: Tx) -> list[BotQuestion]:
    return store.open_questions(tx, 10)


async def test_mail_that_is_no_json_is_put_aside_and_a_stranger_brings_none(
    tmp_path: Path,
) -> None:
    heard: list[object] = []

    async def admit(credentials: SignInTried) -> Admitted:
        return Admitted()

    async def deliver(events: tuple[dict[str, object], ...]) -> None:
        heard.extend(events)

    async def remember(signed_in: SignedIn) -> None: ...

    secrets = own_secrets(tmp_path)
    doors = InnerDoors(secrets, admit, remember, deliver)
    url = f"{await doors.start()}/_matrix/app/v1/transactions/1"
    async with aiohttp.ClientSession() as session:
        async with session.put(url, data=b'{"events":[{}]}') as answer:
            assert answer.status == 403
        ours = {"Authorization": f"Bearer {secrets.hs_token}"}
        async with session.put(url, data=b'{"events":[{"a":"\\ud800"}', headers=ours) as answer:
            assert answer.status == 200
        assert heard == []
        async with session.put(url, data=b'{"events":[{"a":1}]}', headers=ours) as answer:
            assert answer.status == 200
    assert heard == [{"a": 1}]
    await doors.stop()


def test_a_message_of_any_shape_can_be_shown() -> None:
    for content in ({"body": 5}, {"body": "x", "m.relates_to": "y"}, {"m.relates_to": 5}, {}):
        event = {"type": "m.room.message", "content": content}
        assert is_shown(event) is ("body" in content)


@pytest.mark.parametrize(
    "url", ["mxc://../config", "mxc://a/..", "mxc://a/b/c", "mxc://a", "https://a/b", 5, None]
)
def test_a_file_lies_at_an_address_of_synapses_store_or_nowhere(url: object) -> None:
    content = {"msgtype": "m.file", "body": "a.pdf", "url": url}
    assert file_of({"type": "m.room.message", "content": content}) is None
    found = file_of({"type": "m.room.message", "content": content | {"url": f"mxc://{OWN}/a_B-1"}})
    assert found is not None
    assert (found.server, found.media_id, found.name) == (OWN, "a_B-1", "a.pdf")


def test_a_room_that_another_school_made_under_our_name_is_shown_with_theirs() -> None:
    created = {"type": "m.room.create", "sender": f"@x:{FRIEND}", "content": {}}
    named = {"type": "m.room.name", "sender": f"@x:{FRIEND}", "content": {"name": "한빛초등학교"}}
    joined = {"state": {"events": [created, named]}}
    invited = {"invite_state": {"events": [created, named]}}
    found = {"rooms": {"join": {"!a": joined}, "invite": {"!b": invited}}}
    rooms: dict[str, RoomLine] = {}
    take_over(rooms, found, {OWN: "", FRIEND: "새솔초등학교"}, {})
    assert [one.name for one in rooms.values()] == ["한빛초등학교 (새솔초등학교)"] * 2


def test_of_an_answer_only_its_own_words_are_shown() -> None:
    assert unquoted("> <@a:b> 질문\n> 둘째 줄\n\n답") == "답"
    assert unquoted("그냥 말\n> 인용 아님") == "그냥 말\n> 인용 아님"


# Passwords and accounts --------------------------------------------------------------------------


async def _has_account(school: School, name: str, login: str) -> None:
    """What the messenger makes of a member of staff, without its server."""

    def work(tx: Tx) -> None:
        store.set_own(tx, OWN, "127.0.0.1:1")
        known = next(one for one in store.members(tx) if one.person_id == school.id(name))
        store.add_account(tx, known, 0)

    hashed = await school.app[SIGNIN].hash_password(PASSWORD)
    await school.db.write(
        lambda tx: school.app[SIGNIN].accounts.reset_password(tx, school.id(name), hashed)
    )
    await school.db.write(work)


async def _comes_in(school: School, user: str, password: str) -> str:
    """As whom a client comes in; empty: not at all."""
    entrance = school.app[MESSENGER].entrance
    try:
        ticket = await entrance.admit(user, password, "192.0.2.7")
    except Problem:
        return ""
    handed = SignInTried(ticket.admitted.user_id, ticket.secret)
    return (await entrance.inside(handed)).user_id


async def test_a_client_comes_in_by_the_nodes_password_or_an_apps_and_by_nothing_else(
    school: School,
) -> None:
    await _has_account(school, "박서연", "person0")
    accounts = school.app[ACCOUNTS]
    asker = await school.asker("박서연")

    async def enters(password: str) -> bool:
        return bool(await _comes_in(school, "person0", password))

    assert await enters(PASSWORD)
    assert not await enters("falsch-falsch-falsch")
    secret = await accounts.make_app_password(asker, "전화")
    assert await enters(secret)
    (listed,) = await accounts.app_passwords(asker)
    assert listed.used_at is not None
    await accounts.remove_app_password(asker, listed.id)
    assert not await enters(secret)
    assert await _comes_in(school, "person6", PASSWORD) == ""


async def test_with_a_second_factor_the_password_alone_opens_no_client(school: School) -> None:
    await _has_account(school, "박서연", "person0")
    assert await _comes_in(school, "person0", PASSWORD)
    await school.db.write(
        lambda tx: tx.execute("UPDATE signin_account SET totp_secret = 'JBSWY3DPEHPK3PXP'")
    )
    assert not await _comes_in(school, "person0", PASSWORD)


async def test_who_leaves_is_out_and_who_lost_everything_begins_anew(school: School) -> None:
    await _has_account(school, "박서연", "person0")
    messenger, accounts = school.app[MESSENGER], school.app[ACCOUNTS]
    park, admin = await school.asker("박서연"), await school.asker("정민호")
    secret = await accounts.make_app_password(park, "전화")
    await school.app[PEOPLE].roles.reset_sign_in(admin, park.id)
    await school.settled()
    assert await accounts.app_passwords(park) == []
    assert not await _comes_in(school, "person0", secret)
    (one,) = [m for m in await school.db.read(store.members) if m.person_id == park.id]
    assert one.logout_wanted
    await school.db.write(lambda tx: store.set_told(tx, park.id, "active:박서연 교사"))
    await school.app[PEOPLE].roles.close(admin, park.id)
    await school.settled()
    assert [one.person_id for one in await school.db.read(store.former)] == [park.id]
    with pytest.raises(NoAccount):
        await messenger.localpart(park)


async def test_a_changed_password_ends_what_came_in_by_the_old_one(school: School) -> None:
    await _has_account(school, "박서연", "person0")
    accounts, signin = school.app[ACCOUNTS], school.app[SIGNIN]
    park = await school.asker("박서연")

    async def is_out() -> bool:
        await school.settled()
        (one,) = [m for m in await school.db.read(store.members) if m.person_id == park.id]
        return one.logout_wanted and await accounts.app_passwords(park) == []

    await accounts.make_app_password(park, "전화")
    here = await signin.sign_in("person0", PASSWORD, None, device="x", address="1")
    assert not await is_out()
    await signin.own.change_password(here.session, PASSWORD, "하나-둘-셋-넷-2027")
    assert await is_out()
    await school.db.write(lambda tx: store.logged_out(tx, park.id))
    await accounts.make_app_password(park, "전화")
    await signin.own.end_other_sessions(here.session)
    assert await is_out()


async def test_a_whole_matrix_id_is_a_login_of_this_school_only(school: School) -> None:
    await _has_account(school, "박서연", "person0")

    async def comes_in_as(user: str) -> str:
        return await _comes_in(school, user, PASSWORD)

    own = f"@person0:{OWN}"
    assert [await comes_in_as(user) for user in ("person0", own, own.upper())] == [own] * 3
    for user in (f"@person0:{FRIEND}", "@person0", f"@:{OWN}", f"@person6:{OWN}"):
        assert await comes_in_as(user) == ""


async def test_a_client_is_led_back_to_an_address_only(school: School) -> None:
    asker = await school.asker("박서연")
    for redirect in (
        "javascript:alert(1)",
        "data:text/html,x",
        "",
        "//evil.example",
        "http://[",
        "http:client.example",
        "https://evil.example\\@client.example/",
        "https://client.example@evil.example/",
        "https://client.example\t.evil.example/",
    ):
        with pytest.raises(WrongRedirect):
            await school.app[ALLOWING].allow(asker, redirect, "client.example")
        page = await (await school.client_as("박서연")).get(
            "/messenger/allow", params={"redirectUrl": redirect}
        )
        assert page.status == 400


async def test_a_site_that_is_no_client_of_the_schools_own_is_confirmed_by_its_name(
    school: School,
) -> None:
    await _has_account(school, "박서연", "person0")  # and the messenger is away
    park = await school.client_as("박서연")

    async def asked_for(redirect: str) -> bool:
        shown = await park.get("/messenger/allow", params={"redirectUrl": redirect})
        return 'name="name"' in shown.text

    async def allowed(redirect: str, name: str = "") -> int:
        return (await park.post("/messenger/allow", {"redirect": redirect, "name": name})).status

    stranger = "https://stranger.example/#/?a=1"
    assert await asked_for(stranger)
    for name in ("", "client.example", "stranger"):
        assert await allowed(stranger, name) == 422
    assert await allowed(stranger, " Stranger.example ") == 503  # the messenger is away
    known = ("http://127.0.0.1:8400/", "io.element.android://back", school.url + "/element")
    for redirect in known:
        assert not await asked_for(redirect)
        assert await allowed(redirect) == 503


async def test_no_app_password_is_made_that_could_not_be_shown(school: School) -> None:
    await _has_account(school, "박서연", "person0")  # and the messenger is away
    park = await school.client_as("박서연")
    made = await park.post("/messenger/app-passwords", {"name": "전화"})
    assert made.status == 503
    assert await school.app[ACCOUNTS].app_passwords(await school.asker("박서연")) == []


async def test_the_provinces_list_replaces_the_one_before_and_leaves_oneself_out(
    school: School,
) -> None:
    addresses = school.app[MESSENGER].addresses

    def listed(*ids: str) -> MatrixAllowList:
        return MatrixAllowList(
            cursor=Cursor(epoch="1", seq=1),
            servers=tuple(
                MatrixServer(school_id=SchoolId(one), server_name=f"{one}.Test", address="a:1")
                for one in ids
            ),
        )

    await school.db.write(
        lambda tx: addresses.allow(tx, listed("J107530101", "J107530202", "J107530303"))
    )
    assert set(await school.db.read(store.servers)) == {"j107530202.test", "j107530303.test"}
    await school.db.write(lambda tx: addresses.allow(tx, listed("J107530303")))
    assert set(await school.db.read(store.servers)) == {"j107530303.test"}
    await school.db.write(addresses.allow_nobody)
    assert await school.db.read(store.servers) == {}


async def test_changes_of_the_provinces_list_leave_the_rest_as_it_is(school: School) -> None:
    addresses = school.app[MESSENGER].addresses

    def server(one: str, address: str) -> MatrixServer:
        return MatrixServer(school_id=SchoolId(one), server_name=f"{one}.Test", address=address)

    whole = MatrixAllowList(
        cursor=Cursor(epoch="1", seq=1),
        servers=tuple(server(one, "a:1") for one in ("J107530202", "J107530303", "J107530404")),
    )
    changes = MatrixAllowList(
        cursor=Cursor(epoch="1", seq=2),
        servers=(server("J107530303", "b:1"), server("J107530505", "b:1")),
        since=Cursor(epoch="1", seq=1),
        gone=("J107530404.Test",),
    )
    await school.db.write(lambda tx: addresses.allow(tx, whole))
    await school.db.write(lambda tx: addresses.allow(tx, changes))
    wanted = {"j107530202.test": "a:1", "j107530303.test": "b:1", "j107530505.test": "b:1"}
    assert await school.db.read(store.servers) == wanted


async def test_changes_of_another_list_than_the_one_held_are_asked_for_again(
    school: School,
) -> None:
    messenger, own = school.app[MESSENGER], SchoolId("J107530101")
    other = MatrixServer(school_id=SchoolId("J107530202"), server_name=FRIEND, address="a:1")
    held, unknown = Cursor(epoch="1", seq=3), Cursor(epoch="1", seq=5)
    for since, wanted in ((unknown, {}), (held, {FRIEND: "a:1"})):
        given = MatrixAllowList(
            cursor=Cursor(epoch="1", seq=6), servers=(other,), since=since, gone=()
        )

        def take(tx: Tx, given: MatrixAllowList = given) -> None:
            federation_store.save_cursor(tx, "matrix", held)
            down = Down(sent_at=0, standing=Standing.ACTIVE, matrix=given)
            affair(messenger, own).take(tx, down, HeldCursors(tx))

        await school.db.write(take)
        assert await school.db.read(store.servers) == wanted


async def test_who_comes_while_the_homeservers_queue_is_full_is_answered_later(
    tmp_path: Path,
) -> None:
    """Eighty open pages come back at once after a restart of Synapse."""

    async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with contextlib.suppress(asyncio.IncompleteReadError):
            await reader.readuntil(b"\r\n\r\n")
            writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\nConnection: close\r\n\r\n{}")
            await writer.drain()
        writer.close()

    place = tmp_path / "socket"
    with socket.socket(socket.AF_UNIX) as listener, contextlib.ExitStack() as before:
        listener.setblocking(False)
        listener.bind(str(place))
        listener.listen(0)
        with contextlib.suppress(BlockingIOError):
            while True:  # until the queue is full
                one = before.enter_context(socket.socket(socket.AF_UNIX))
                one.setblocking(False)
                one.connect(str(place))
        async with Matrix(place) as matrix:
            asked = asyncio.create_task(matrix.call("GET", "/_matrix/client/versions"))
            await asyncio.sleep(0.02)
            before.close()
            async with await asyncio.start_unix_server(answer, sock=listener):
                assert await asked == {}
