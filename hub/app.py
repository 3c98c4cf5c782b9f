"""The one place where the hub is wired: `build(config)`, top to bottom in floor order.

Two applications in one process: `api` (TLS, schools' nodes) and `console` (officers' browsers, behind
the province's reverse proxy). They share the database and services; the console's life is the hub's.

To add a slice: its package in MIGRATIONS (floor order), its service and routes in `_slices`, its
`nav` in `_navigation`.
"""

import asyncio
import contextlib
import logging
import ssl
from collections.abc import AsyncIterator, Callable
from importlib.metadata import version
from pathlib import Path

from aiohttp import web

from hub.backup import BackUp
from hub.broadcasts import jobs as broadcasts_jobs
from hub.broadcasts import web as broadcasts_web
from hub.broadcasts.service import Broadcasts
from hub.config import HubConfig
from hub.console import web as console_web
from hub.console.service import Console
from hub.directory import jobs as directory_jobs
from hub.directory import web as directory_web
from hub.directory.service import Directory
from hub.keys import hub_keys
from hub.knowledge import web as knowledge_web
from hub.knowledge.service import Knowledge
from hub.messenger import jobs as messenger_jobs
from hub.messenger.service import Messengers
from hub.officers import session
from hub.officers import web as officers_web
from hub.officers.model import Officer
from hub.officers.service import Officers
from hub.releases import jobs as releases_jobs
from hub.releases import serving as releases_serving
from hub.releases import web as releases_web
from hub.releases.incoming import Incoming
from hub.releases.making import Making
from hub.releases.repository import Repository
from hub.releases.service import Releases
from hub.schools import enrol_web
from hub.schools import jobs as schools_jobs
from hub.schools import web as schools_web
from hub.schools.authority import Authority
from hub.schools.enrolment import Enrolment, Origins
from hub.schools.rotation import Rotations
from hub.schools.service import Province, Schools
from hub.shown_once import ShownOnce
from hub.sync import jobs as sync_jobs
from hub.sync import pages as sync_pages
from hub.sync import web as sync_web
from hub.sync.service import Sync
from kit import audit, damage, runtime
from kit.blobs import Blobs
from kit.card import NavItem
from kit.clock import MINUTE, SECOND, Clock, SystemClock
from kit.db import Database, connect
from kit.i18n import _
from kit.jobs import Jobs
from kit.lan import HUB_SERVICE, announced, reachable_on
from kit.moves import Moves
from kit.outbox import Outbox
from kit.problem import Problem
from kit.schema import migrate
from kit.signin.service import SignIn
from kit.web import page, problems, proxy, setup
from kit.web.keys import CLOCK, DB, MOVES, Visitor
from kit.web.live import LISTENER
from protocol.enrolment import HubIdentity
from protocol.identity import KeyPair

log = logging.getLogger(__name__)

ROOM = Path(__file__).parent
SCHEMA_VERSION = 3
SCHEMA_COMPAT = 3
LARGEST_REQUEST = 40 * 1024 * 1024  # bytes: an attachment of 30 MB and its form
LARGEST_SYNC = 8 * 1024 * 1024

# Each slice's migrations, in floor order.
MIGRATIONS = (
    "kit",
    "kit.signin",
    "hub.officers",
    "hub.schools",
    "hub.knowledge",
    "hub.directory",
    "hub.broadcasts",
    "hub.messenger",
    "hub.releases",
    "hub.sync",
)


class Hub:
    """The parts everything stands on, and the two applications."""

    def __init__(self, config: HubConfig, clock: Clock) -> None:
        self.config = config
        self.clock = clock
        self.keys: KeyPair = hub_keys(config.keys)
        self.authority = Authority(config.keys, clock)
        self.db: Database = connect(config.database, readers=4)
        self.outbox = Outbox(self.db, clock)
        self.jobs = Jobs(self.db, clock)
        self.moves = Moves(self.db, clock)
        self.blobs = Blobs(config.blobs)
        self.signin = SignIn(
            self.db,
            clock,
            public_url=config.console_url,
            site_name=config.name,
            require_totp=True,
            idle_days=config.session_idle_hours / 24,
            absolute_days=30,
        )
        site = page.Site(name=config.name, kind="province", telephone=config.telephone)
        self.shell = page.Shell(site, [ROOM], _navigation)
        self.officers = Officers(self.db, clock, self.signin)
        self.schools = Schools(self.db, clock, province_of(config), self.identity)
        self.directory = Directory(self.db, clock)
        self.broadcasts = Broadcasts(self.db, clock, self.blobs, self.schools)
        self.messengers = Messengers(config.domain)
        repository = Repository(config.releases, config.keys, clock)
        self.releases = Releases(self.db, clock, repository)
        self.knowledge = Knowledge(self.db, clock, self.blobs)
        self.making = Making(self.releases, self.knowledge, Incoming(config.incoming))
        self.sync = Sync(
            db=self.db,
            clock=clock,
            keys=self.keys,
            schools=self.schools,
            directory=self.directory,
            broadcasts=self.broadcasts,
            messengers=self.messengers,
            releases=self.releases,
        )
        self.console = web.Application(client_max_size=LARGEST_REQUEST)
        self.api = web.Application(client_max_size=LARGEST_SYNC)

    def identity(self) -> HubIdentity:
        """Who this hub is at this moment."""
        return HubIdentity(
            name=self.config.name,
            keys=self.keys.public,
            urls=self.config.origins,
            tls_fingerprint=self.authority.tls_fingerprint,
            ca_chain_pem=self.authority.chain_pem,
        )

    async def check_audit(self) -> None:
        """The daily check of the audit log. Raises audit.AuditBroken."""
        async with self.db.apart() as apart:
            audit.require_whole(await audit.check(apart))

    async def check_database(self) -> None:
        """The daily check of the database's pages. Raises damage.DatabaseDamaged."""
        await damage.check_now(self.db, MIGRATIONS)


def province_of(config: HubConfig) -> Province:
    """What the schools' slice needs of the settings."""
    return Province(
        name=config.name,
        province=config.province,
        telephone=config.telephone,
        domain=config.domain,
        sync_interval_ms=config.sync_interval_s * SECOND,
        invitation_days=config.invitation_days,
        silent_after=config.silent_after_minutes * MINUTE,
        low_percent=config.disk_low_percent,
    )


def build(config: HubConfig, clock: Clock | None = None) -> Hub:
    """The hub, wired. Nothing is opened before its console application starts."""
    hub = Hub(config, clock or SystemClock())
    title = f"Madang hub · {config.name}"
    setup.install(
        hub.console,
        shell=hub.shell,
        db=hub.db,
        clock=hub.clock,
        outbox=hub.outbox,
        jobs=hub.jobs,
        signin=hub.signin,
        title=title,
        version=version("madang"),
    )
    if config.behind_proxy:
        hub.console.middlewares.insert(0, proxy.middleware)
    _install_api(hub, title)
    _slices(hub)
    _nights(hub)
    hub.console.cleanup_ctx.append(_running(hub))
    if config.lan_announce:
        hub.api.cleanup_ctx.append(_announcing(config))
    return hub


def _install_api(hub: Hub, title: str) -> None:
    """The api listener has no sessions, cookies or pages: errors, health, description."""
    api = hub.api
    api[page.SHELL] = hub.shell
    api[DB] = hub.db
    api[CLOCK] = hub.clock
    api[setup.VERSION] = version("madang")
    api[setup.TITLE] = title
    api.middlewares.append(problems.middleware)
    api.router.add_get("/healthz", setup.healthz)
    api.router.add_get("/api/openapi.json", setup.openapi)


def _slices(hub: Hub) -> None:
    console, api, clock = hub.console, hub.api, hub.clock

    # officers
    console[MOVES] = hub.moves
    console[session.KNOWN] = session.Known(hub.db, clock, hub.officers)
    console.middlewares.append(session.middleware)
    console[officers_web.OFFICERS] = hub.officers
    console[officers_web.PASSWORDS] = ShownOnce(clock)
    console.add_routes(officers_web.ROUTES)

    # schools
    console[schools_web.SCHOOLS] = hub.schools
    console[schools_web.CODES] = ShownOnce(clock)
    console.add_routes(schools_web.ROUTES)
    api[enrol_web.DOOR] = enrol_web.Door(
        enrolment=Enrolment(
            hub.db,
            clock,
            hub.keys,
            hub.authority,
            hub.schools.province,
            hub.identity,
            hub.releases.first_root,
        ),
        rotations=Rotations(hub.db, clock, hub.keys, hub.authority, hub.schools.province),
        identity=hub.identity,
        origins=Origins(hub.config.origins),
        keys=hub.keys,
        clock=clock,
    )
    api.add_routes(enrol_web.ROUTES)
    schools_jobs.schedule(hub.jobs, hub.moves, hub.schools, hub.authority, hub.config.api_names)

    # directory and official notices
    console[directory_web.DIRECTORY] = hub.directory
    console.add_routes(directory_web.ROUTES)
    hub.outbox.subscribe("directory", directory_jobs.subscriptions(hub.directory))
    console[broadcasts_web.BROADCASTS] = hub.broadcasts
    console.add_routes(broadcasts_web.ROUTES)
    broadcasts_jobs.schedule(hub.jobs, hub.moves, hub.broadcasts)

    # the schools' messengers
    hub.outbox.subscribe("messenger", messenger_jobs.subscriptions(hub.messengers))

    # handbook and releases
    console[knowledge_web.KNOWLEDGE] = hub.knowledge
    console.add_routes(knowledge_web.ROUTES)
    console[releases_web.RELEASES] = hub.releases
    console[releases_web.MAKING] = hub.making
    console[releases_web.HANDBOOK] = hub.knowledge
    console.add_routes(releases_web.ROUTES)
    hub.outbox.subscribe("releases", releases_jobs.subscriptions(hub.releases))
    releases_jobs.schedule(hub.jobs, hub.releases)
    api[releases_serving.REPOSITORY] = hub.releases.repository
    api.add_routes(releases_serving.ROUTES)

    # the conversation with the nodes
    api[sync_web.FACE] = sync_web.Face(hub.sync, hub.blobs, clock, hub.keys, hub.config.origins)
    api.add_routes(sync_web.ROUTES)
    sync_jobs.attach(api, hub.db, hub.sync)
    console[sync_pages.SYNC] = hub.sync
    console.add_routes(sync_pages.ROUTES)

    # console
    front = console[console_web.CONSOLE] = Console(hub.db, clock, hub.jobs, hub.moves)
    console[console_web.OVERVIEW] = hub.schools
    console[LISTENER] = console_web.listener
    console.add_routes(console_web.ROUTES)
    front.offer(hub.schools)
    front.offer(hub.sync)
    front.offer(hub.broadcasts)
    front.offer(hub.releases)


def _nights(hub: Hub) -> None:
    """What the hub does for itself at night."""
    back_up = BackUp(hub.config, hub.clock)
    hub.jobs.daily("hub.backup", _("허브 백업"), hub.config.backup_hour, 10, back_up.make)
    hub.jobs.daily("database.check", _("데이터베이스 점검"), 4, 5, hub.check_database)
    hub.jobs.daily("audit.check", _("감사 기록 점검"), 4, 20, hub.check_audit)
    hub.jobs.daily("signin.expired", _("지난 로그인 정리"), 4, 10, hub.signin.forget_expired)
    hub.jobs.daily("events.forget", _("처리가 끝난 지난 소식 정리"), 3, 50, hub.outbox.forget)


def _navigation(request: web.Request, visitor: Visitor) -> list[NavItem]:
    """What stands in the navigation of this officer, slices in the order people look for them."""
    if not isinstance(visitor, Officer):
        return []
    return [
        NavItem("/", _("현황"), "home"),
        *schools_web.nav(visitor),
        *directory_web.nav(visitor),
        *broadcasts_web.nav(visitor),
        *knowledge_web.nav(visitor),
        *releases_web.nav(visitor),
        *sync_pages.nav(visitor),
        *officers_web.nav(visitor),
        *console_web.nav(visitor),
    ]


@contextlib.asynccontextmanager
async def open_database(hub: Hub) -> AsyncIterator[None]:
    """The database open and up to date, nothing else running: for `madang-hub`, beside a server."""
    await hub.db.open()
    try:
        await migrate(hub.db, MIGRATIONS, hub.clock, SCHEMA_VERSION, SCHEMA_COMPAT)
        await audit.begin(hub.db, hub.clock)
        yield
    finally:
        await hub.db.close()
        hub.signin.close()


def _running(hub: Hub) -> Callable[[web.Application], AsyncIterator[None]]:
    """The database, then what runs by itself; ends in reverse."""

    async def running(app: web.Application) -> AsyncIterator[None]:
        async with open_database(hub):
            try:
                await hub.making.start()
                await hub.releases.start()
                await hub.knowledge.finder.start()
                await hub.outbox.start()
                await hub.moves.start()
                await hub.jobs.start()
                yield
            finally:
                await hub.releases.stop()
                await hub.jobs.stop()
                await hub.moves.stop()
                await hub.outbox.stop()
                await hub.knowledge.finder.stop()

    return running


def _announcing(config: HubConfig) -> Callable[[web.Application], AsyncIterator[None]]:
    """The hub announces its api on its network, so that `join` can find it."""

    async def announcing(app: web.Application) -> AsyncIterator[None]:
        interface = reachable_on(config.api_host)
        facts = {"url": config.origins[0]}
        async with announced(HUB_SERVICE, config.name, config.api_port, facts, interface):
            yield

    return announcing


class CannotListen(Problem):
    """An address of the settings is not this machine's, or its port is taken."""

    code = "cannot-listen"
    status = 500
    text = _("%(host)s:%(port)s 에서 접속을 받을 수 없습니다 (%(reason)s).")


async def _listen(
    runner: web.AppRunner, host: str, port: int, tls: ssl.SSLContext | None = None
) -> None:
    try:
        await web.TCPSite(runner, host, port, ssl_context=tls).start()
    except OSError as error:
        raise CannotListen(host=host, port=port, reason=error.strerror or error) from error


class Serving:
    """Both listeners, started and stopped in order: nodes come last and go first."""

    def __init__(self, hub: Hub) -> None:
        self._hub = hub
        self._runners: list[web.AppRunner] = []

    async def start(self) -> None:
        """Raises CannotListen when a port is taken, StorageFailed without a database."""
        config = self._hub.config
        try:
            console = await self._runner(self._hub.console)
            api = await self._runner(self._hub.api)
            await _listen(console, config.console_host, config.console_port)
            tls = self._hub.authority.tls_context()
            await _listen(api, config.api_host, config.api_port, tls)
        except BaseException:
            await self.stop()
            raise
        log.info(
            "hub serves",
            extra={"api": config.origins[0], "console": config.console_url},
        )

    async def _runner(self, app: web.Application) -> web.AppRunner:
        runner = web.AppRunner(app, access_log=None, shutdown_timeout=5)
        self._runners.append(runner)
        await runner.setup()
        return runner

    async def stop(self) -> None:
        while self._runners:
            await self._runners.pop().cleanup()


async def serve(hub: Hub, stop: asyncio.Event, started: Callable[[], None]) -> None:
    """Serve until `stop` is set."""
    runtime.prepare()
    serving = Serving(hub)
    await serving.start()
    runtime.settled()
    started()
    try:
        async with page.compiling(hub.console[page.SHELL]):
            await stop.wait()
    finally:
        await serving.stop()
