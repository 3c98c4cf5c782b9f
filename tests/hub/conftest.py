"""A real hub on loopback ports, on both databases, and officers who are signed in."""

import contextlib
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import aiohttp
import msgspec
import pyotp
import pytest

from hub.app import Hub, Serving, build
from hub.config import HubConfig, read_config
from hub.keys import make_keys
from hub.officers.model import CONSOLE, Officer, Role
from hub.schools.authority import make_authority
from hub.schools.model import NewInvitation
from hub.setup import found_hub
from kit.clock import ManualClock
from protocol.enrolment import Invitation
from protocol.identity import SchoolKind
from tests.conftest import free_port, postgres_database
from tests.hub.node_simulator import NodeSimulator

PASSWORD = "느티나무-아래-마당-7"
HANBIT, SAESOL = "J107530101", "J107530202"


class Province:
    """A running hub, with what tests do again and again."""

    def __init__(self, hub: Hub, clock: ManualClock) -> None:
        self.hub = hub
        self.clock = clock
        self._serving = Serving(hub)
        self._sessions: list[aiohttp.ClientSession] = []

    @property
    def folder(self) -> Path:
        return self.hub.config.root

    @property
    def url(self) -> str:
        return self.hub.config.console_url

    async def start(self) -> None:
        await self._serving.start()

    async def stop(self) -> None:
        for session in self._sessions:
            await session.close()
        await self._serving.stop()

    async def restart(self) -> None:
        """As after a power cut that was no crash: the same folder, a new process."""
        await self._serving.stop()
        self.hub = build(read_config(self.folder, {}), self.clock)
        self._serving = Serving(self.hub)
        await self._serving.start()

    async def invite(
        self,
        school_id: str = HANBIT,
        name: str = "한빛초등학교",
        kind: SchoolKind = SchoolKind.ELEMENTARY,
        days: int = 14,
    ) -> Invitation:
        wanted = NewInvitation(school_id=school_id, name=name, kind=kind, days=days)
        return (await self.hub.invitations.invite(CONSOLE, wanted)).invitation

    def node(
        self,
        school_id: str = HANBIT,
        name: str = "한빛초등학교",
        kind: SchoolKind = SchoolKind.ELEMENTARY,
    ) -> NodeSimulator:
        return NodeSimulator(school_id, name, kind, self.clock)

    async def joined(self) -> NodeSimulator:
        """한빛초등학교, invited and enrolled."""
        node = self.node()
        await node.join(await self.invite())
        return node

    async def officer(self, role: Role, login: str = "") -> Officer:
        """An account with a lasting password."""
        login = login or role.value
        made, _password = await self.hub.officers.add(CONSOLE, login, "김주무관", role, PASSWORD)
        return Officer(made, "김주무관", role)

    def browser(self) -> aiohttp.ClientSession:
        """Somebody's browser at the console, not signed in."""
        session = aiohttp.ClientSession(
            self.url,
            cookie_jar=aiohttp.CookieJar(unsafe=True),
            headers={"Accept": "text/html", "Sec-Fetch-Site": "same-origin"},
        )
        self._sessions.append(session)
        return session

    async def signed_in(self, role: Role, login: str = "") -> aiohttp.ClientSession:
        """A browser with a session of its second factor, enrolled as people do it."""
        login = login or role.value
        await self.officer(role, login)
        browser = self.browser()
        await sign_in(browser, login)
        page = await browser.get("/account/totp")
        assert page.status == 200
        secret = await self.hub.db.read(
            lambda tx: tx.value("SELECT totp_pending FROM signin_account WHERE login = ?", (login,))
        )
        code = pyotp.TOTP(secret).at(self.clock.now() // 1000)
        done = await browser.post("/account/totp", data={"code": code})
        assert done.status == 200, await done.text()
        return browser


async def sign_in(browser: aiohttp.ClientSession, login: str) -> aiohttp.ClientResponse:
    """Login and password; where a code is needed the page asks for it."""
    return await browser.post(
        "/sign-in", data={"login": login, "password": PASSWORD}, allow_redirects=False
    )


def config_of(database_url: str) -> HubConfig:
    """Settings of a hub of its own on free ports."""
    api, console = free_port(), free_port()
    return HubConfig(
        name="시험 도교육청 허브",
        province="시험 도교육청",
        domain="madang.test",
        database_url=database_url,
        api_port=api,
        console_port=console,
        console_url=f"http://127.0.0.1:{console}",
        lan_announce=False,
    )


def hub_in(folder: Path, database_url: str, clock: ManualClock) -> Hub:
    """The hub of a folder, wired; a new one gets keys and a CA, but no officer."""
    config = msgspec.structs.replace(config_of(database_url), data_dir=str(folder))
    if not config.keys.exists():
        make_keys(config.keys)
        make_authority(config.keys, config.province, config.api_names, clock)
    return build(config, clock)


@contextlib.asynccontextmanager
async def awake(hub: Hub, *names: str) -> AsyncIterator[None]:
    """The database open, and what the slices of these names do while a server runs; the others, the
    schedule and those who hear of events rest."""
    async with contextlib.AsyncExitStack() as stack:
        await stack.enter_async_context(hub.assembly.opened())
        for one in hub.assembly.slices:
            for live in one.lives if one.name in names else ():
                await stack.enter_async_context(live())
        yield


@pytest.fixture(params=["sqlite", "postgresql"])
def database_url(request: pytest.FixtureRequest) -> Iterator[str]:
    """What the settings of a hub say of its database, once of each kind."""
    if request.param == "sqlite":
        yield ""
        return
    with postgres_database(request.getfixturevalue("postgres_server")) as url:
        yield url


@pytest.fixture
def another_database(database_url: str) -> Iterator[str]:
    """One more of the same kind, for what is restored."""
    if not database_url:
        yield ""
        return
    with postgres_database(database_url.rpartition("/")[0]) as url:
        yield url


@pytest.fixture
async def province(
    database_url: str, tmp_path: Path, clock: ManualClock
) -> AsyncIterator[Province]:
    """A hub made by `init` and served, once on each database."""
    settings = config_of(database_url)
    made = await found_hub(tmp_path / "hub", settings, "first", "최팀장", PASSWORD, clock)
    running = Province(build(made.config, clock), clock)
    await running.start()
    yield running
    await running.stop()
