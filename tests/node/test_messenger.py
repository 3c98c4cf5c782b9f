"""The messenger's own rules and doors; whole servers talk in tests/province/test_messenger.py."""

import asyncio
import secrets
import ssl
from collections.abc import AsyncIterator
from pathlib import Path

import aiohttp
import pytest
from aiohttp import web
from aiohttp.test_utils import TestServer
from cryptography import x509
from yarl import URL

from hub.schools.authority import make_authority
from kit.clock import ManualClock
from kit.db import Tx
from kit.signin.service import SignIn
from kit.signin.web import SIGNIN
from node.federation import store as federation_store
from node.messenger import passage, store
from node.messenger.bot import Bot, question_of
from node.messenger.events import is_shown, names_in, servers_in
from node.messenger.gate import Gate
from node.messenger.homeserver import own_secrets
from node.messenger.inner import Admitted, Credentials, InnerDoors
from node.messenger.matrix import Matrix
from node.messenger.model import (
    SPACE,
    STAFF,
    Member,
    NoAccount,
    Question,
    WrongRedirect,
    is_called,
    localpart_for,
    rooms_for,
)
from node.messenger.relay import BLOCK, Relay
from node.messenger.tunnel import Tunnel
from node.messenger.web import MESSENGER
from node.people.web import PEOPLE
from protocol.directory import Cursor, SchoolEntry
from protocol.identity import SchoolId, SchoolKind
from protocol.sync import MatrixAllowList, MatrixServer
from tests.conftest import raw_server
from tests.node.conftest import School

OWN, FRIEND, STRANGER = "own.madang.test", "friend.madang.test", "stranger.example"
PASSWORD = "오래가는-비밀번호-2026"


def member(person_id: str, department: str = "", *, locked: bool = False) -> Member:
    return Member(person_id, person_id, person_id, "교사", department, person_id, locked)


# Words ----------------------------------------------------------------------------------------


def test_a_login_becomes_the_matrix_name_where_it_can_and_nobody_elses() -> None:
    assert localpart_for("hb-park", "f00", set()) == "hb-park"
    assert localpart_for("hb-park", "f00", {"hb-park"}) == "pf00"
    for login in ("박서연", "park@school.kr", "Hb", "x", "madang", "madang-node"):
        assert localpart_for(login, "f00", set()) == "pf00"


def test_everybody_is_in_the_space_and_the_staff_room_and_their_own_department() -> None:
    people = [member("a", "3학년부"), member("b", "행정실"), member("c", "3학년부", locked=True)]
    rooms = rooms_for("한빛초등학교", people)
    assert rooms[SPACE] == ("한빛초등학교", {"a", "b"})
    assert rooms[STAFF][1] == {"a", "b"}
    assert rooms["department:3학년부"] == ("3학년부", {"a"})
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


# The gate, the tunnel and the passage ------------------------------------------------------------


class Behind:
    """A server on a socket that tells what reached it, as it came."""

    def __init__(self, place: Path) -> None:
        self.place = place
        self.seen: list[str] = []

    async def start(self) -> None:
        app = web.Application()
        app.router.add_route("*", "/{path:.*}", self._answer)
        self._runner = web.AppRunner(app, access_log=None)
        await self._runner.setup()
        await web.UnixSite(self._runner, str(self.place)).start()

    async def stop(self) -> None:
        await self._runner.cleanup()

    async def _answer(self, request: web.Request) -> web.Response:
        self.seen.append(f"{request.method} {request.raw_path}")
        body = await request.read()
        if request.path.endswith("/mirror"):  # as Synapse answers: in chunks, not told how long
            mirrored = web.Response(body=body, headers={"X-Length": str(len(body))})
            mirrored.enable_chunked_encoding()
            return mirrored
        return web.json_response({"got": body.decode(), "by": request.headers["X-Forwarded-For"]})


@pytest.fixture
async def behind(tmp_path: Path) -> AsyncIterator[Behind]:
    server = Behind(tmp_path / "s")
    await server.start()
    yield server
    await server.stop()


@pytest.fixture
async def gate(behind: Behind, tmp_path: Path, clock: ManualClock) -> AsyncIterator[str]:
    """The gate of `own`, which knows `friend`; its address."""
    authority = make_authority(tmp_path / "ca", "시험", ("localhost",), clock)
    assert isinstance(authority.tls, x509.Certificate)
    both = tmp_path / "ca" / "tls.pem"  # certificate and key
    relay = Relay(behind.place)
    opened = Gate(OWN, relay, {FRIEND: "127.0.0.1:1"}.__contains__)
    port = await opened.start("127.0.0.1", 0, both, both)
    yield f"https://localhost:{port}"
    await opened.stop()
    await relay.close()


@pytest.fixture
async def outside() -> AsyncIterator[aiohttp.ClientSession]:
    trusting = ssl.create_default_context()
    trusting.check_hostname = False
    trusting.verify_mode = ssl.CERT_NONE
    connector = aiohttp.TCPConnector(ssl=trusting)
    async with aiohttp.ClientSession(connector=connector) as session:
        yield session


def signed_by(origin: str, destination: str = OWN) -> dict[str, str]:
    return {
        "Authorization": f'X-Matrix origin="{origin}",key="ed25519:a",sig="x",destination="{destination}"'
    }


async def test_the_gate_lets_schools_of_the_province_in_and_nobody_else(
    gate: str, behind: Behind, outside: aiohttp.ClientSession
) -> None:
    path = "/_matrix/federation/v1/send/12%2F3?x=%20y"
    for headers in (
        {},
        signed_by(STRANGER),
        signed_by(FRIEND, "other.madang.test"),
        {"Authorization": f"Bearer {FRIEND}"},
        {"Authorization": f'X-Matrix key="a",sig="origin={FRIEND}"'},
    ):
        async with outside.put(gate + path, headers=headers, data=b"{}") as answer:
            assert answer.status == 403
    assert behind.seen == []
    url = URL(gate + path, encoded=True)
    async with outside.put(url, headers=signed_by(FRIEND), data=b'{"a":1}') as answer:
        assert (await answer.json())["got"] == '{"a":1}'
    assert behind.seen == [f"PUT {path}"]  # byte for byte


@pytest.mark.parametrize(
    "more",
    [
        f',x=y origin="{FRIEND}"',
        f',origin="{FRIEND}"',
        f", origin={FRIEND}",
        f',x="y,origin={FRIEND}"',
        f',x="y\\"origin={FRIEND}"',
        f';origin="{FRIEND}"',
    ],
)
async def test_a_header_that_could_be_read_as_two_signers_is_of_none(
    gate: str, behind: Behind, outside: aiohttp.ClientSession, more: str
) -> None:
    """A revoked school signs; Synapse would take its name, a careless reader another."""
    path = "/_matrix/federation/v1/event/x"
    for first, second in ((STRANGER, FRIEND), (FRIEND, STRANGER)):
        signed = signed_by(first)["Authorization"] + more.replace(FRIEND, second)
        async with outside.get(gate + path, headers={"Authorization": signed}) as answer:
            assert answer.status == 403, signed
    assert behind.seen == []


async def test_two_signers_of_which_one_is_a_stranger_are_not_let_in(
    gate: str, behind: Behind, outside: aiohttp.ClientSession
) -> None:
    from multidict import CIMultiDict

    headers = CIMultiDict([*signed_by(FRIEND).items(), *signed_by(STRANGER).items()])
    async with outside.get(f"{gate}/_matrix/federation/v1/event/x", headers=headers) as answer:
        assert answer.status == 403
    assert behind.seen == []


async def test_the_gate_leads_to_federation_only(
    gate: str, behind: Behind, outside: aiohttp.ClientSession
) -> None:
    for path in ("/_matrix/client/v3/login", "/_synapse/admin/v1/register", "/health", "/"):
        async with outside.get(gate + path, headers=signed_by(FRIEND)) as answer:
            assert answer.status == 404
    async with outside.get(f"{gate}/_matrix/key/v2/server") as answer:
        assert answer.status == 200  # public keys: needed before anything can be verified
    async with outside.get(f"{gate}/.well-known/matrix/server") as answer:
        assert await answer.json() == {"m.server": f"{OWN}:8448"}
    assert behind.seen == ["GET /_matrix/key/v2/server"]


async def test_the_tunnel_leads_to_schools_that_are_known_and_is_cut_when_they_are_no_more() -> (
    None
):
    async def echo(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        while block := await reader.read(100):
            writer.write(block)

    async with raw_server(echo) as there:
        known = {FRIEND: there}
        tunnel = Tunnel(known.get)
        host, port = (await tunnel.start()).removeprefix("http://").split(":")

        async def ask(name: str) -> tuple[bytes, asyncio.StreamReader, asyncio.StreamWriter]:
            reader, writer = await asyncio.open_connection(host, int(port))
            writer.write(f"CONNECT {name} HTTP/1.1\r\nHost: {name}\r\n\r\n".encode())
            return await reader.readline(), reader, writer

        for refused in (f"{STRANGER}:8448", "127.0.0.1:22"):
            said, _reader, writer = await ask(refused)
            assert b" 403 " in said
            writer.close()
            await writer.wait_closed()
        said, reader, writer = await ask(f"{FRIEND}:8448")
        assert b" 200 " in said
        await reader.readline()
        writer.write(b"hello")
        assert await reader.read(5) == b"hello"
        known.clear()
        await tunnel.cut_off_strangers()
        assert await reader.read() == b""
        writer.close()
        await writer.wait_closed()
        await tunnel.stop()


class Away:
    """A messenger whose Synapse is not there."""

    relay: Relay | None = None
    public_url = "https://school.example/"


async def test_clients_learn_where_they_are_while_the_server_starts() -> None:
    app = web.Application(middlewares=[passage.middleware(Away())])
    async with TestServer(app, host="127.0.0.1") as server, aiohttp.ClientSession() as client:
        async with client.get(server.make_url(passage.WELL_KNOWN)) as answer:
            found = await answer.json()
        assert found == {"m.homeserver": {"base_url": "https://school.example"}}
        async with client.get(server.make_url("/_matrix/client/versions")) as answer:
            assert answer.status == 503
            assert (await answer.json())["errcode"] == "M_UNKNOWN"
        async with client.get(server.make_url("/_matrix/federation/v1/version")) as answer:
            assert answer.status == 404


class There(Away):
    """A messenger whose Synapse is `behind`."""

    def __init__(self, relay: Relay) -> None:
        self.relay = relay


@pytest.fixture
async def passing(behind: Behind) -> AsyncIterator[str]:
    """Where Matrix clients come in."""
    relay = Relay(behind.place)
    app = web.Application(middlewares=[passage.middleware(There(relay))])
    async with TestServer(app, host="127.0.0.1") as server:
        yield str(server.make_url("")).rstrip("/")
    await relay.close()


async def test_clients_sign_in_by_the_open_ways_only_under_every_name_of_the_door(
    passing: str, behind: Behind
) -> None:
    async with aiohttp.ClientSession() as client:
        for version in ("v3", "r0", "api/v1", "unstable"):
            login = f"{passing}/_matrix/client/{version}/login"
            for kind in ("org.matrix.login.jwt", "m.login.application_service"):
                async with client.post(login, json={"type": kind}) as answer:
                    assert answer.status == 403, version
            async with client.post(f"{login}/get_token", json={}) as answer:
                assert (await answer.json())["errcode"] == "M_FORBIDDEN", version
        assert behind.seen == []
        password = {"type": "m.login.password"}
        async with client.post(f"{passing}/_matrix/client/v3/login", json=password) as answer:
            assert answer.status == 200
    assert behind.seen == ["POST /_matrix/client/v3/login"]


@pytest.mark.parametrize("size", [0, 1, BLOCK, BLOCK + 1, 900_000])
async def test_what_clients_send_and_get_passes_as_it_is_however_long(
    passing: str, size: int
) -> None:
    content = secrets.token_bytes(size)

    async def in_pieces() -> AsyncIterator[bytes]:
        for start in range(0, size, 40_000):
            yield content[start : start + 40_000]

    url = f"{passing}/_matrix/media/v3/mirror"
    async with aiohttp.ClientSession() as client:
        for sent in (content, in_pieces()):
            async with client.put(url, data=sent) as answer:
                assert await answer.read() == content
        async with client.head(url) as answer:
            assert (answer.status, answer.headers["X-Length"]) == (200, "0")
        async with client.get(url) as answer:
            assert await answer.read() == b""


async def test_half_an_answer_is_never_taken_for_a_whole_one(tmp_path: Path) -> None:
    async def breaks_off(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\r\n\r\n")
        writer.write(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n")
        writer.close()

    server = await asyncio.start_unix_server(breaks_off, tmp_path / "s")
    relay = Relay(tmp_path / "s")
    app = web.Application(middlewares=[passage.middleware(There(relay))])
    async with TestServer(app, host="127.0.0.1") as front, aiohttp.ClientSession() as client:
        with pytest.raises(aiohttp.ClientError):
            async with client.get(front.make_url("/_matrix/client/versions")) as answer:
                await answer.read()
    await relay.close()
    server.close()
    await server.wait_closed()


async def test_single_sign_on_leads_back_to_just_where_the_client_asked(passing: str) -> None:
    asked = "?redirectUrl=https%3A%2F%2Fapp.example%2F%3Fa%3D1%26b%3D2%2523x"
    url = URL(f"{passing}/_matrix/client/v3/login/sso/redirect{asked}", encoded=True)
    async with (
        aiohttp.ClientSession() as client,
        client.get(url, allow_redirects=False) as answer,
    ):
        led = URL(answer.headers["Location"])
    assert led.path == passage.SSO_PAGE
    assert dict(led.query) == {"redirectUrl": "https://app.example/?a=1&b=2%23x"}


async def test_odd_events_hold_up_nothing_that_follows_them(school: School, tmp_path: Path) -> None:
    """Anybody in a room may send anything that is JSON."""
    matrix = Matrix(tmp_path / "nobody")
    secrets = own_secrets(tmp_path)
    bot = Bot(school.db, school.clock, matrix, secrets, OWN)
    good: dict[str, object] = {
        "type": "m.room.message",
        "event_id": "$good",
        "room_id": "!r",
        "sender": f"@park:{OWN}",
        "content": {"msgtype": "m.text", "body": "급식비는요?"},
    }
    odd: tuple[dict[str, object], ...] = (
        {},
        {"type": "m.room.member", "state_key": bot.id, "content": "invite"},
        {"type": "m.room.message", "content": {"msgtype": "m.text", "body": 5}},
        good | {"event_id": "$a", "content": {"msgtype": "m.text", "m.mentions": {"user_ids": 5}}},
        good | {"event_id": "$b", "content": {"msgtype": "m.text", "m.relates_to": []}},
    )
    await bot.deliver((*odd, good))
    kept = {one.event_id: one.text for one in await school.db.read(_questions)}
    assert kept["$good"] == "급식비는요?"
    await matrix.close()


def _questions(tx: Tx) -> list[Question]:
    return store.open_questions(tx, 10)


async def test_mail_that_is_no_json_is_put_aside_and_a_stranger_brings_none(
    tmp_path: Path,
) -> None:
    heard: list[object] = []

    async def admit(credentials: Credentials) -> Admitted:
        return Admitted()

    async def deliver(events: tuple[dict[str, object], ...]) -> None:
        heard.extend(events)

    secrets = own_secrets(tmp_path)
    doors = InnerDoors(secrets, admit, deliver)
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


# Passwords and accounts --------------------------------------------------------------------------


async def _has_account(school: School, name: str, login: str) -> None:
    """What the messenger makes of a member of staff, without its server."""

    def work(tx: Tx) -> None:
        store.set_own(tx, OWN, "127.0.0.1:1")
        known = next(one for one in store.members(tx) if one.person_id == school.id(name))
        store.add_account(tx, known, 0)

    hashed = await school.app[SIGNIN].hash_password(PASSWORD)
    await school.db.write(lambda tx: school.app[SIGNIN].set_password(tx, school.id(name), hashed))
    await school.db.write(work)


async def test_a_client_comes_in_by_the_nodes_password_or_an_apps_and_by_nothing_else(
    school: School,
) -> None:
    await _has_account(school, "박서연", "person0")
    messenger = school.app[MESSENGER]
    asker = await school.asker("박서연")

    async def enters(password: str) -> bool:
        return bool((await messenger._admit(Credentials("person0", password))).user_id)

    assert await enters(PASSWORD)
    assert not await enters("falsch-falsch-falsch")
    secret = await messenger.make_app_password(asker, "전화")
    assert await enters(secret)
    (listed,) = await messenger.app_passwords(asker)
    assert listed.used_at is not None
    await messenger.remove_app_password(asker, listed.id)
    assert not await enters(secret)
    families = await messenger._admit(Credentials("person6", PASSWORD))
    assert families.user_id == ""


async def test_with_a_second_factor_the_password_alone_opens_no_client(school: School) -> None:
    await _has_account(school, "박서연", "person0")
    signin: SignIn = school.app[SIGNIN]
    assert await signin.password_fits("person0", PASSWORD)
    await school.db.write(
        lambda tx: tx.execute("UPDATE signin_account SET totp_secret = 'JBSWY3DPEHPK3PXP'")
    )
    assert not await signin.password_fits("person0", PASSWORD)


async def test_who_leaves_is_out_and_who_lost_everything_begins_anew(school: School) -> None:
    await _has_account(school, "박서연", "person0")
    messenger = school.app[MESSENGER]
    park, admin = await school.asker("박서연"), await school.asker("정민호")
    secret = await messenger.make_app_password(park, "전화")
    await school.app[PEOPLE].reset_sign_in(admin, park.id)
    await school.settled()
    assert await messenger.app_passwords(park) == []
    assert not (await messenger._admit(Credentials("person0", secret))).user_id
    (one,) = [m for m in await school.db.read(store.members) if m.person_id == park.id]
    assert one.logout_wanted
    await school.db.write(lambda tx: store.set_told(tx, park.id, "active:박서연 교사"))
    await school.app[PEOPLE].close(admin, park.id)
    await school.settled()
    assert [one.person_id for one in await school.db.read(store.former)] == [park.id]
    with pytest.raises(NoAccount):
        await messenger.localpart(park)


async def test_a_changed_password_ends_what_came_in_by_the_old_one(school: School) -> None:
    await _has_account(school, "박서연", "person0")
    messenger, signin = school.app[MESSENGER], school.app[SIGNIN]
    park = await school.asker("박서연")

    async def is_out() -> bool:
        await school.settled()
        (one,) = [m for m in await school.db.read(store.members) if m.person_id == park.id]
        return one.logout_wanted and await messenger.app_passwords(park) == []

    await messenger.make_app_password(park, "전화")
    here = await signin.sign_in("person0", PASSWORD, None, device="x", address="1")
    assert not await is_out()
    await signin.change_password(here.session, PASSWORD, "하나-둘-셋-넷-2027")
    assert await is_out()
    await school.db.write(lambda tx: store.logged_out(tx, park.id))
    await messenger.make_app_password(park, "전화")
    await signin.end_other_sessions(here.session)
    assert await is_out()


async def test_a_whole_matrix_id_is_a_login_of_this_school_only(school: School) -> None:
    await _has_account(school, "박서연", "person0")
    messenger = school.app[MESSENGER]

    async def comes_in_as(user: str) -> str:
        return (await messenger._admit(Credentials(user, PASSWORD))).user_id

    own = f"@person0:{OWN}"
    assert [await comes_in_as(user) for user in ("person0", own, own.upper())] == [own] * 3
    for user in (f"@person0:{FRIEND}", "@person0", f"@:{OWN}", f"@person6:{OWN}"):
        assert await comes_in_as(user) == ""


async def test_a_client_is_led_back_to_an_address_only(school: School) -> None:
    asker = await school.asker("박서연")
    for redirect in ("javascript:alert(1)", "data:text/html,x", "", "//evil.example", "http://["):
        with pytest.raises(WrongRedirect):
            await school.app[MESSENGER].allow_client(asker, redirect)
        page = await (await school.client_as("박서연")).get(
            "/messenger/allow", params={"redirectUrl": redirect}
        )
        assert page.status == 400


async def test_no_app_password_is_made_that_could_not_be_shown(school: School) -> None:
    await _has_account(school, "박서연", "person0")  # and the messenger is away
    park = await school.client_as("박서연")
    made = await park.post("/messenger/app-passwords", {"name": "전화"})
    assert made.status == 503
    assert await school.app[MESSENGER].app_passwords(await school.asker("박서연")) == []


async def test_the_provinces_list_replaces_the_one_before_and_leaves_oneself_out(
    school: School,
) -> None:
    messenger = school.app[MESSENGER]

    def listed(*ids: str) -> MatrixAllowList:
        return MatrixAllowList(
            cursor=Cursor(epoch="1", seq=1),
            servers=tuple(
                MatrixServer(school_id=SchoolId(one), server_name=f"{one}.Test", address="a:1")
                for one in ids
            ),
        )

    await school.db.write(
        lambda tx: messenger.allow(tx, listed("J107530101", "J107530202", "J107530303"))
    )
    assert set(await school.db.read(store.servers)) == {"j107530202.test", "j107530303.test"}
    await school.db.write(lambda tx: messenger.allow(tx, listed("J107530303")))
    assert set(await school.db.read(store.servers)) == {"j107530303.test"}
    await school.db.write(messenger.allow_nobody)
    assert await school.db.read(store.servers) == {}
