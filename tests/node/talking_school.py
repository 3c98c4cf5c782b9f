"""A school whose messenger runs: a real Synapse by the node's own settings, in a province of one.

async for talking in talking_school(folder):
    await talking.portal.say(await talking.asker("박서연"), room, "안녕하세요", "1")
"""

import asyncio
import contextlib
import copy
import json
import os
import signal
from collections.abc import AsyncIterator, Awaitable, Callable
from pathlib import Path
from typing import Any, TypeVar, cast
from unittest.mock import patch

import msgspec
from aiohttp import web
from nio import AsyncClient

from hub.schools.authority import make_authority
from kit.clock import ManualClock, SystemClock
from kit.db import Tx
from node import app
from node.assistant.web import ASSISTANT
from node.calendar.service import Calendar
from node.contacts.service import Contacts
from node.drive.web import DRIVE
from node.federation.province import Province
from node.ground import Ground
from node.home import slice as home_slice
from node.keys import TLS
from node.messenger import slice as messenger_slice
from node.messenger import store
from node.messenger.bot.posts import Posts
from node.messenger.bot.speaking import Answer
from node.messenger.clients_web import ACCOUNTS, DEVICES
from node.messenger.model import Identity, ServerState
from node.messenger.server import Server
from node.messenger.synapse.matrix import path_of
from node.messenger.upkeep import Upkeep
from node.messenger.web import MESSENGER, PORTAL
from node.people.model import Asker
from node.slice import Slice
from tests.conftest import NOW
from tests.node.conftest import School, running_school

OWN = "own.madang.test"
PATIENCE_S = 180
T = TypeVar("T")


class TalkingSchool:
    """The school, its messenger, and the pages' view of it."""

    def __init__(self, folder: Path, school: School, failures: list[Exception]) -> None:
        self.folder = folder
        self.school = school
        self.failures = failures
        """What goes wrong, one after the other, when the node asks who it is."""
        self.messenger = school.app[MESSENGER]
        self.portal = school.app[PORTAL]
        self.posts = Posts(school.clock, (), is_on=True)
        self.accounts = school.app[ACCOUNTS]
        self.devices = school.app[DEVICES]
        self._tokens: dict[tuple[str, str], str] = {}
        self.phones: list[AsyncClient] = []

    async def close(self) -> None:
        for phone in self.phones:
            await phone.close()

    @property
    def server(self) -> Server:
        return self.messenger.ready()

    @property
    def upkeep(self) -> Upkeep:
        assert self.messenger.life.upkeep is not None
        return self.messenger.life.upkeep

    async def asker(self, name: str) -> Asker:
        return await self.school.asker(name)

    async def localpart(self, name: str) -> str:
        return await self.messenger.localpart(await self.asker(name))

    async def room(self, key: str) -> str:
        """The id of a room that the node keeps."""
        return (await self.school.db.read(store.rooms))[key].room_id

    async def client(self, name: str, device: str) -> Callable[..., Awaitable[dict[str, Any]]]:
        """Calls of a client of somebody's own: (method, path, body, parameters)."""
        if (name, device) not in self._tokens:  # who signs in often is made to wait
            keeper, localpart = self.server.keeper, await self.localpart(name)
            self._tokens[name, device] = (await keeper.sign_in(localpart, device))[0]
            no_limit = {"messages_per_second": 0, "burst_count": 0}
            user = keeper.id_of(localpart)
            await keeper.admin("POST", "v1", "users", user, "override_ratelimit", body=no_limit)
        token = self._tokens[name, device]

        async def call(
            method: str,
            path: str,
            body: dict[str, Any] | None = None,
            params: dict[str, str] | None = None,
        ) -> dict[str, Any]:
            return await self.server.matrix.call(method, path, token, body, params)

        return call

    async def phone(self, name: str, device: str = "PHONE") -> AsyncClient:
        """A client of somebody's own (matrix-nio), at the school's door for clients."""
        await self.client(name, device)
        user = await self.user_id(name)
        phone = AsyncClient(self.school.url, user)
        phone.restore_login(user, device, self._tokens[name, device])
        self.phones.append(phone)
        return phone

    async def user_id(self, name: str) -> str:
        return self.server.keeper.id_of(await self.localpart(name))

    async def say(self, name: str, room_id: str, text: str, **more: Any) -> str:
        """Somebody writes with a client of their own; the event's id."""
        call = await self.client(name, "OWN")
        return await send(call, room_id, text, **more)

    def settings_of_synapse(self) -> dict[str, Any]:
        return dict(json.loads((self.folder / "messenger" / "homeserver.yaml").read_bytes()))

    async def through_the_tunnel(
        self, name: str
    ) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
        """A way to another school, or to a push gateway (host:port), as Synapse asks for one."""
        host, port = str(self.settings_of_synapse()["https_proxy"])[len("http://") :].split(":")
        reader, writer = await asyncio.open_connection(host, int(port))
        target = name if ":" in name else f"{name}:8448"
        writer.write(f"CONNECT {target} HTTP/1.1\r\n\r\n".encode())
        return reader, writer

    async def is_settled(self) -> bool:
        """Whether the server runs, everybody has their account, and all are in their rooms."""
        is_ready = self.messenger.standing().state is ServerState.READY
        if not is_ready or not await self.school.db.read(_settled):
            return False
        rooms = (await self.school.db.read(store.rooms)).values()
        present = [await self.server.keeper.members_of(room.room_id) for room in rooms]
        # The keeper and the bot besides, but no bot in the space; each is of one department.
        return sum(map(len, present)) == (6 + 1) + (6 + 2) + 6 * (1 + 2)

    async def kill_synapse(self) -> None:
        """As a lack of memory does; return when it answers again."""
        running = self.server._supervisor.running[0]
        assert running.process is not None
        before = running.restarts
        os.kill(running.process.pid, signal.SIGKILL)

        async def restarted() -> bool:
            return running.restarts > before

        await until(restarted)
        await until(self.server.matrix.is_healthy)


_sent = iter(range(1, 1_000_000))


async def send(
    call: Callable[..., Awaitable[dict[str, Any]]],
    room_id: str,
    text: str,
    kind: str = "m.room.message",
    **more: Any,
) -> str:
    path = path_of("rooms", room_id, "send", kind, f"t{next(_sent)}")
    content = {"msgtype": "m.text", "body": text} if kind == "m.room.message" else {}
    return str((await call("PUT", path, {**content, **more}))["event_id"])


async def until(holds: Callable[[], Awaitable[bool]]) -> None:
    async with asyncio.timeout(PATIENCE_S):
        while not await holds():  # noqa: ASYNC110 — what is waited for happens elsewhere
            await asyncio.sleep(0.05)


def _settled(tx: Tx) -> bool:
    opened = [room for room in store.rooms(tx).values() if not room.closed]
    return all(one.told for one in store.members(tx)) and len(opened) >= 2 + 6


def kept_in(slices: list[Slice], key: web.AppKey[T]) -> T:
    """What one of the slices keeps under a key."""
    (found,) = [kept.value for one in slices for kept in one.keep if kept.key is key]
    return cast(T, found)


class Alone(Province):
    """The school is the only one of its province, and `failures` go wrong one after the other when it
    is asked who it is."""

    def __init__(self, ground: Ground, identity: Identity) -> None:
        super().__init__(ground.db, "")
        self.failures: list[Exception] = []
        self._identity = identity

    async def identity(self) -> Identity:
        if self.failures:
            raise self.failures.pop()
        return self._identity


async def talking_school(
    folder: Path, answer: Answer | None = None
) -> AsyncIterator[TalkingSchool]:
    """With the cast's staff in their rooms; the bot answers by `answer`. Its pages and its door for
    clients are the school's own."""
    clock = SystemClock()  # Synapse knows no other
    authority = folder / "ca"
    make_authority(authority, "시험", (OWN,), clock)
    both = (authority / "tls.pem").read_text()  # certificate and key
    identity = Identity(OWN, both, ((authority / "ca.pem").read_text(),))
    provinces: list[Alone] = []

    def join(ground: Ground) -> list[Slice]:
        """Those of every school, but for a messenger whose clock runs."""
        (ground.config.keys / TLS).write_text(both)
        beside = copy.copy(ground)
        beside.clock = clock
        beside.config = msgspec.structs.replace(
            ground.config,
            messenger=True,
            messenger_host="127.0.0.1",
            messenger_port=0,
            messenger_upload_mb=10,
            messenger_clients="client.example",
            public_url="https://school.example",
        )
        province = Alone(ground, identity)
        provinces.append(province)
        slices = app.join(ground)
        assistant, drive = kept_in(slices, ASSISTANT), kept_in(slices, DRIVE)
        with contextlib.ExitStack() as otherwise:
            if answer is not None:
                answering = patch.object(messenger_slice, "BotAnswers", lambda *_parts: answer)
                otherwise.enter_context(answering)
            _messenger, talking = messenger_slice.join(beside, province, assistant, slices)
        contacts = Contacts(ground.db, ground.clock)
        below = [talking if one.name == talking.name else one for one in slices[:-1]]
        _home, home = home_slice.join(
            ground, Calendar(), contacts, drive, below
        )  # its doctor asks them all
        return [*below, home]

    async for school in running_school(_made(folder / "school"), ManualClock(NOW), join=join):
        talking = TalkingSchool(folder / "school", school, provinces[0].failures)
        try:
            await until(talking.is_settled)
            yield talking
        finally:
            await talking.close()


def _made(folder: Path) -> Path:
    folder.mkdir(parents=True)
    return folder
