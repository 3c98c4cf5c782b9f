"""The one place where the hub is wired: every slice joins, from the bottom floor to the top.

Two applications in one process: `api` (TLS, schools' nodes) and `console` (officers' browsers, behind
the province's reverse proxy). They share the database and services; the console's life is the hub's.
How to add a slice: docs/how-to/add-a-slice.md.
"""

import asyncio
import contextlib
import logging
import ssl
from collections.abc import AsyncIterator, Callable

from aiohttp import web

from hub.broadcasts import slice as broadcasts_slice
from hub.config import HubConfig
from hub.console import slice as console_slice
from hub.directory import slice as directory_slice
from hub.ground import Ground
from hub.knowledge import slice as knowledge_slice
from hub.messenger import slice as messenger_slice
from hub.officers import slice as officers_slice
from hub.releases import slice as releases_slice
from hub.releases.repository import Repository
from hub.schools import slice as schools_slice
from hub.schools.authority import Authority
from hub.statistics import slice as statistics_slice
from hub.supplies import slice as supplies_slice
from hub.sync import slice as sync_slice
from hub.sync.service import Carried
from kit import runtime
from kit.clock import Clock, SystemClock
from kit.i18n import _
from kit.lan import HUB_SERVICE, announced, reachable_on
from kit.problem import Problem
from kit.slice import Joined, Slice
from kit.web import page
from kit.web.assembly import Assembly

log = logging.getLogger(__name__)

LARGEST_REQUEST = 40 * 1024 * 1024  # bytes: an attachment of 30 MB and its form
LARGEST_SYNC = 8 * 1024 * 1024


class Hub:
    """The slices, joined in floor order, and the two applications."""

    def __init__(self, config: HubConfig, clock: Clock) -> None:
        """Raises FileNotFoundError, InvalidKey."""
        ground = self.ground = Ground(config, clock)
        self.config = config
        self.clock = clock
        self.db = ground.db
        self.signin = ground.signin
        self.authority = Authority(config.keys, clock)
        repository = Repository(config.releases, config.keys, clock)
        joined: Joined[Slice] = Joined()
        self.officers = joined.take(officers_slice.join(ground))
        self.schools, self.standings, self.invitations = joined.take(
            schools_slice.join(ground, self.authority, lambda: repository.first_root)
        )
        self.knowledge, self.intake, self.handbook = joined.take(knowledge_slice.join(ground))
        self.supplies = joined.take(supplies_slice.join(ground))
        self.directory = joined.take(directory_slice.join(ground))
        self.statistics = joined.take(statistics_slice.join(ground))
        self.drafts, self.broadcasts, self.notice_stream = joined.take(
            broadcasts_slice.join(ground, self.schools)
        )
        self.messengers = joined.take(messenger_slice.join(ground))
        self.releases, self.release_stream = joined.take(
            releases_slice.join(ground, repository, self.handbook, self.supplies)
        )
        self.waiting, self.lookout, self.evidence = joined.take(
            sync_slice.join(
                ground,
                self.schools,
                Carried(
                    self.directory,
                    self.notice_stream,
                    self.messengers,
                    self.release_stream,
                    self.statistics,
                ),
            )
        )
        joined.take(console_slice.join(ground, self.schools, joined.slices))
        self.assembly = Assembly(ground, joined.slices)
        self.console = web.Application(client_max_size=LARGEST_REQUEST)
        self.api = web.Application(client_max_size=LARGEST_SYNC)
        self.assembly.install(self.console, is_behind_proxy=config.behind_proxy)
        self.assembly.install_api(self.api)
        if config.lan_announce:
            self.api.cleanup_ctx.append(_announcing(config))


def build(config: HubConfig, clock: Clock | None = None) -> Hub:
    """The hub, wired. Nothing is opened before its console application starts."""
    return Hub(config, clock or SystemClock())


@contextlib.asynccontextmanager
async def open_database(hub: Hub) -> AsyncIterator[None]:
    """The database open and up to date, nothing else running: for `madang-hub`, beside a server."""
    async with hub.assembly.opened():
        yield


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
        async with page.preparing(hub.console[page.SHELL], hub.config):
            await stop.wait()
    finally:
        await serving.stop()
