"""The school every story takes place in: a real node over a real database on a loopback port.

    async def test_a_guardian_sees(school: School) -> None:
        haneul = await school.client_as("김하늘")
        answer = await haneul.get("/")
        assert answer.status == 200 and "이지우" in answer.text

The cast: 김하늘 (guardian of 이지우 in 3-2 and 이지호 in 5-1), 이준혁 (their father, reads but may not
sign), 이도윤 (guardian of 최하린 in 6-1), 박서연 (homeroom 3-2), 한지민 (teacher without a class), 최은영
(principal), 윤태식 (vice principal), 정민호 (node administrator), 오정숙 (office), 이지우 (student with a
login).
"""

from collections.abc import AsyncGenerator, AsyncIterator, Callable
from pathlib import Path
from typing import Any

import aiohttp
import pytest
from aiohttp import web
from aiohttp.test_utils import TestServer

from hub.app import build as build_hub
from hub.setup import found_hub
from kit.clock import ManualClock
from kit.db import Database, Tx
from kit.web.keys import DB, OUTBOX
from node.app import join, made_of
from node.config import NodeConfig
from node.ground import Ground
from node.keys import make_keys
from node.people.access import load_asker
from node.people.model import Asker, NewPerson, Role
from node.people.service import People
from node.people.web import PEOPLE
from node.slice import Slice
from tests.hub.conftest import PASSWORD, Province, config_of

NO_PASSWORD = "!"
STAFF = (
    ("박서연", "교사", "3학년부", (Role.TEACHER,)),
    ("한지민", "교사", "연구부", (Role.TEACHER,)),
    ("최은영", "교장", "교장실", (Role.PRINCIPAL,)),
    ("윤태식", "교감", "교무실", (Role.VICE_PRINCIPAL,)),
    ("정민호", "정보부장", "정보부", (Role.ADMINISTRATOR, Role.TEACHER)),
    ("오정숙", "행정실장", "행정실", (Role.OFFICE,)),
)
STUDENTS = (("이지우", "3-2", 7), ("박하준", "3-2", 8), ("이지호", "5-1", 12), ("최하린", "6-1", 3))
GUARDIANS = (
    ("김하늘", "이지우", "모", True),
    ("김하늘", "이지호", "모", True),
    ("이준혁", "이지우", "부", False),
    ("이도윤", "최하린", "부", True),
)


class Answer:
    """What came back: read whole, redirects not followed."""

    def __init__(self, response: aiohttp.ClientResponse, body: bytes) -> None:
        self.status = response.status
        self.headers = response.headers
        self.body = body

    @property
    def text(self) -> str:
        """As it is read: what keeps a line together is a space, or nothing."""
        return self.body.decode().replace("\u00a0", " ").replace("\u2060", "")

    @property
    def location(self) -> str:
        return self.headers.get("Location", "")

    def json(self) -> Any:
        import json

        return json.loads(self.body)


class Client:
    """A browser at the school's pages, with its own cookies."""

    def __init__(self, base: str, cookies: dict[str, str], name: str = "") -> None:
        self.base = base.rstrip("/")
        self.name = name
        self.session = aiohttp.ClientSession(
            cookie_jar=aiohttp.CookieJar(unsafe=True),
            cookies=cookies,
            headers={"Accept": "text/html", "Sec-Fetch-Site": "same-origin"},
        )

    async def request(self, method: str, path: str, **how: Any) -> Answer:
        how.setdefault("allow_redirects", False)
        async with self.session.request(method, self.base + path, **how) as response:
            return Answer(response, await response.read())

    async def get(self, path: str, **how: Any) -> Answer:
        return await self.request("GET", path, **how)

    async def post(self, path: str, data: Any = None, **how: Any) -> Answer:
        return await self.request("POST", path, data=data, **how)


class School:
    """A running node and the people in it."""

    def __init__(self, app: web.Application, server: TestServer, clock: ManualClock) -> None:
        self.app = app
        self.clock = clock
        self.url = str(server.make_url("/")).rstrip("/")
        self.people_ids: dict[str, str] = {}
        self.classes: dict[str, str] = {}
        self.clients: list[Client] = []

    @property
    def db(self) -> Database:
        return self.app[DB]

    @property
    def people(self) -> People:
        return self.app[PEOPLE]

    def id(self, name: str) -> str:
        """The id of somebody in the cast."""
        return self.people_ids[name]

    def class_id(self, name: str) -> str:
        """The id of a class: `3-2`."""
        return self.classes[name]

    async def asker(self, name: str) -> Asker:
        """The asker behind somebody in the cast, as the database has them now."""
        return await self.db.read(lambda tx: load_asker(tx, self.id(name)))

    async def client_as(self, name: str) -> Client:
        """A browser in which somebody is signed in; their session is made without a password."""
        return self._client({"session": await self.token_of(name)}, name)

    async def token_of(self, name: str) -> str:
        """What names a new session of somebody in the cast."""
        signin = self.people.roster.signin
        started = await self.db.write(
            lambda tx: signin.accounts.start_session(
                tx, self.id(name), device="test", address="127.0.0.1"
            )
        )
        return started.token

    async def later(self, milliseconds: int, name: str) -> Client:
        """Time passes; then somebody signs in once more, as who acts must (kit.signin.fresh)."""
        self.clock.advance(milliseconds)
        return await self.client_as(name)

    async def anonymous(self) -> Client:
        """A browser in which nobody is signed in."""
        return self._client({})

    async def settled(self) -> None:
        """Wait until every subscriber has seen all events."""
        await self.app[OUTBOX].drained()

    def _client(self, cookies: dict[str, str], name: str = "") -> Client:
        client = Client(self.url, cookies, name)
        self.clients.append(client)
        return client

    def fill(self, tx: Tx) -> None:
        """Put the cast into the school."""
        roster = self.people.roster
        roster.open_year(tx, 2026)
        for name, position, department, roles in STAFF:
            self.people_ids[name] = roster.add_staff(
                tx, NewPerson(name=name), position, department, roles=roles, since_on="2026-03-01"
            )
        for name in ("3-1", "3-2", "5-1", "6-1"):
            grade, number = (int(part) for part in name.split("-"))
            homeroom = self.id("박서연") if name == "3-2" else None
            self.classes[name] = roster.add_class(tx, 2026, grade, number, homeroom)
        for name, room, number in STUDENTS:
            self.people_ids[name] = roster.add_student(
                tx, NewPerson(name=name), self.classes[room], number, "2026-03-02"
            )
        for name, child, relation, may_sign in GUARDIANS:
            if name not in self.people_ids:
                self.people_ids[name] = roster.add_person(
                    tx, NewPerson(name=name, phone="010-0000-0000")
                )
            roster.add_guardianship(tx, self.id(name), self.id(child), relation, may_sign=may_sign)
        for at, name in enumerate(self.people_ids):
            if name not in ("박하준", "이지호", "최하린"):
                roster.add_account(tx, self.id(name), f"person{at}", NO_PASSWORD)
        roster.families_changed(tx, "cast")


def school_config(folder: Path, **settings: Any) -> NodeConfig:
    """The settings of a school in a fresh folder, with its keys made."""
    make_keys(folder / "keys")
    for name in ("blobs", "backups"):
        (folder / name).mkdir()
    usual = {
        "school_id": "J107530101",
        "school_name": "한빛초등학교",
        "telephone": "031-000-0101",
        "public_url": "http://hanbit.localhost:8711",
    }
    return NodeConfig(
        data_dir=str(folder),
        port=0,
        lan_announce=False,
        **usual | settings,
    )


def _as_built(app: web.Application) -> None: ...


async def running_school(
    folder: Path,
    clock: ManualClock,
    wire: Callable[[web.Application], None] = _as_built,
    join: Callable[[Ground], list[Slice]] = join,
    **settings: Any,
) -> AsyncGenerator[School]:
    """A school with its cast, served on a loopback port until the generator ends. `join` says what it
    is made of; `wire` may change the built application before it starts."""
    ground = Ground(school_config(folder, **settings), clock)
    app = made_of(ground, join(ground))
    wire(app)
    server = TestServer(app, host="127.0.0.1")
    await server.start_server()
    school = School(app, server, clock)
    await school.db.write(school.fill)
    await school.settled()
    try:
        yield school
    finally:
        for client in school.clients:
            await client.session.close()
        await server.close()


@pytest.fixture
async def school(tmp_path: Path, clock: ManualClock) -> AsyncIterator[School]:
    """한빛초등학교 with its cast."""
    folder = tmp_path / "school"
    folder.mkdir()
    async for one in running_school(folder, clock):
        yield one


@pytest.fixture
async def province(tmp_path: Path, clock: ManualClock) -> AsyncIterator[Province]:
    """A hub made by `init` and served."""
    made = await found_hub(tmp_path / "hub", config_of(""), "first", "최팀장", PASSWORD, clock)
    running = Province(build_hub(made.config, clock), clock)
    await running.start()
    yield running
    await running.stop()
