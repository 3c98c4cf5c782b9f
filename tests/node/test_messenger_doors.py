"""The messenger's doors: the gate for schools, the tunnel to them, the passage of clients."""

import asyncio
import secrets
import ssl
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import aiohttp
import pytest
from aiohttp import web
from aiohttp.test_utils import TestServer
from cryptography import x509
from yarl import URL

from hub.schools.authority import make_authority
from kit.clock import ManualClock
from kit.db import Database, SQLite
from kit.signin.service import SignIn
from node.messenger.doors import passage
from node.messenger.doors.entrance import Entrance
from node.messenger.doors.gate import Gate
from node.messenger.doors.relay import BLOCK, Relay
from node.messenger.doors.tunnel import Tunnel
from node.messenger.model import Colleague, MessengerNotReady
from tests.conftest import raw_server
from tests.waiting import PATIENCE_S

OWN, FRIEND, STRANGER = "own.madang.test", "friend.madang.test", "stranger.example"


class Behind:
    """A server on a socket that tells what reached it, as it came."""

    def __init__(self, place: Path) -> None:
        self.place = place
        self.seen: list[str] = []
        self.there_is_news = asyncio.Event()
        """Until then a sync is held."""

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
        if request.path.endswith("/sync"):
            await self.there_is_news.wait()
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
    relay = Relay(behind.place, 10)
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
        known = {f"{FRIEND}:8448": there}
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
    gateways: frozenset[str] = frozenset()

    def __init__(self, entrance: Entrance) -> None:
        self.entrance = entrance

    async def found_for(self, token: str, text: str) -> list[Colleague]:
        raise MessengerNotReady()


@pytest.fixture
def entrance(tmp_path: Path, clock: ManualClock) -> Iterator[Entrance]:
    """Where nobody comes in: how they do is in test_messenger_entrance.py."""
    nowhere = Database(SQLite(tmp_path / "nowhere"))
    signin = SignIn(nowhere, clock, public_url="https://school.example", site_name="시험 학교")
    yield Entrance(nowhere, clock, signin)
    signin.close()


async def test_clients_learn_where_they_are_while_the_server_starts(entrance: Entrance) -> None:
    app = web.Application(middlewares=[passage.middleware(Away(entrance))])
    async with TestServer(app, host="127.0.0.1") as server, aiohttp.ClientSession() as client:
        async with client.get(server.make_url(passage.WELL_KNOWN)) as answer:
            found = await answer.json()
        assert found["m.homeserver"] == {"base_url": "https://school.example"}
        assert found["io.element.e2ee"] == {"default": False}  # the portal reads nothing encrypted
        async with client.get(server.make_url("/_matrix/client/versions")) as answer:
            assert answer.status == 503
            assert (await answer.json())["errcode"] == "M_UNKNOWN"
        async with client.get(server.make_url("/_matrix/federation/v1/version")) as answer:
            assert answer.status == 404


class There(Away):
    """A messenger whose Synapse is `behind`."""

    def __init__(self, relay: Relay, entrance: Entrance) -> None:
        super().__init__(entrance)
        self.relay = relay


@pytest.fixture
async def passing(behind: Behind, entrance: Entrance) -> AsyncIterator[str]:
    """Where Matrix clients come in."""
    relay = Relay(behind.place, 10)
    app = web.Application(middlewares=[passage.middleware(There(relay, entrance))])
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


@pytest.mark.parametrize("said", [b"5\r\nhello\r\n", b""])
async def test_half_an_answer_is_never_taken_for_a_whole_one(
    tmp_path: Path, entrance: Entrance, said: bytes
) -> None:
    async def breaks_off(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\r\n\r\n")
        writer.write(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n" + said)
        writer.close()

    server = await asyncio.start_unix_server(breaks_off, tmp_path / "s")
    relay = Relay(tmp_path / "s", 10)
    app = web.Application(middlewares=[passage.middleware(There(relay, entrance))])
    async with TestServer(app, host="127.0.0.1") as front, aiohttp.ClientSession() as client:
        url = front.make_url("/_matrix/client/versions")
        try:
            async with client.get(url) as answer:  # in words while nothing has been answered yet
                assert (answer.status, (await answer.json())["errcode"]) == (503, "M_UNKNOWN")
        except aiohttp.ClientPayloadError:
            assert said
    await relay.close()
    server.close()
    await server.wait_closed()


async def test_a_client_that_drops_a_held_sync_leaves_one_line_and_no_trace(
    behind: Behind, entrance: Entrance, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level("INFO")
    relay = Relay(behind.place, 10)
    app = web.Application(middlewares=[passage.middleware(There(relay, entrance))])
    runner = web.AppRunner(app)  # as a node serves: a handler goes on when its client is gone
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    host, port = runner.addresses[0]
    for path in ("/_matrix/client/v3/sync", "/_matrix/client/v3/sync?timeout=30000"):
        _reader, writer = await asyncio.open_connection(host, port)
        writer.write(f"GET {path} HTTP/1.1\r\nHost: x\r\n\r\n".encode())
        while f"GET {path}" not in behind.seen:  # noqa: ASYNC110 — what is waited for happens elsewhere
            await asyncio.sleep(0.01)
        writer.transport.abort()

    def left() -> list[str]:
        return [one.levelname for one in caplog.records if "left before" in one.message]

    assert runner.server is not None
    lines = (
        runner.server.connections
    )  # listed until their handlers end; without a transport once lost
    while any(one.transport is not None for one in lines):  # noqa: ASYNC110 — as above
        await asyncio.sleep(0.01)
    behind.there_is_news.set()
    async with asyncio.timeout(PATIENCE_S):
        while len(left()) < 2:  # noqa: ASYNC110 — as above
            await asyncio.sleep(0.01)
    assert left() == ["INFO", "INFO"]
    await runner.cleanup()
    await relay.close()
    of_the_door = [one for one in caplog.records if one.name.startswith(("aiohttp", "node"))]
    assert [one for one in of_the_door if one.exc_info or one.levelname == "ERROR"] == []


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
