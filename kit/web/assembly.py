"""Puts a server together from its slices (kit.slice), in floor order.

assembly = Assembly(ground, slices)
assembly.install(app, is_behind_proxy=True)

async with assembly.opened(): ...     # the database, up to date, for a command that does not serve
"""

import contextlib
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence

from aiohttp import web

from kit import audit
from kit.acts import Acts
from kit.card import Place
from kit.ground import Ground
from kit.schema import migrate
from kit.slice import Kept, Slice
from kit.software import VERSION
from kit.web import live, page, problems, proxy, setup
from kit.web.keys import ACTS, CLOCK, DB, MOVES
from kit.web.stages import Stage

BASE = ("kit", "kit.signin")
"""The packages below every slice."""


def packages(slices: Sequence[Slice]) -> tuple[str, ...]:
    """Whose migrations make the database, in their order."""
    return (*BASE, *(one.package for one in slices))


class Assembly:
    """A server's slices, put together. Raises ValueError where two claim one name."""

    def __init__(self, ground: Ground, slices: Sequence[Slice]) -> None:
        self._ground = ground
        self.slices = tuple(slices)
        self.packages = packages(slices)
        self.places: tuple[Place, ...] = tuple(
            sorted((place for one in slices for place in one.nav), key=lambda place: place.rank)
        )
        for one in slices:
            if one.hears:
                ground.outbox.subscribe(one.name, one.hears, one.since)
            for job in one.works:
                ground.jobs.add(job)
            for move in one.moves:
                ground.moves.add(move)

    def install(self, app: web.Application, *, is_behind_proxy: bool) -> None:
        """Make this the application with the slices' pages, and its life the server's."""
        ground = self._ground
        app[MOVES] = ground.moves
        app[ASSEMBLY] = self
        app[ACTS] = Acts(self.slices)
        app[page.PLACES] = self.places
        app[live.HEARD_BY] = live.HeardBy(self.slices)
        stages = [(stage, one) for part in self.slices for stage, one in part.middlewares]
        stages += [(Stage.PROTOCOL, one) for one in setup.MIDDLEWARES]
        if is_behind_proxy:
            stages.append((Stage.PROXY, proxy.middleware))
        app.middlewares.extend(one for _stage, one in sorted(stages, key=lambda pair: pair[0]))
        setup.install(
            app,
            shell=ground.shell,
            db=ground.db,
            clock=ground.clock,
            outbox=ground.outbox,
            jobs=ground.jobs,
            signin=ground.signin,
            title=ground.title,
            version=VERSION,
        )
        for one in self.slices:
            _keep(app, one.keep)
            app.add_routes(one.routes)
        app.cleanup_ctx.append(self._running)

    def install_api(self, app: web.Application) -> None:
        """Make this the listener without sessions, cookies or pages: errors, health, description."""
        app[page.SHELL] = self._ground.shell
        app[DB] = self._ground.db
        app[CLOCK] = self._ground.clock
        app[setup.VERSION] = VERSION
        app[setup.TITLE] = self._ground.title
        app.middlewares.append(problems.middleware)
        app.router.add_get("/healthz", setup.healthz)
        app.router.add_get("/api/openapi.json", setup.openapi)
        for one in self.slices:
            _keep(app, one.keep)
            app.add_routes(one.api)
            app.on_shutdown.extend(_shutting_down(let_go) for let_go in one.lets_go)

    @contextlib.asynccontextmanager
    async def opened(self) -> AsyncIterator[None]:
        """The database open and up to date, nothing else running; safe beside a running server."""
        ground = self._ground
        await ground.db.open()
        try:
            await migrate(ground.db, self.packages, ground.clock)
            await audit.begin(ground.db, ground.clock)
            await ground.outbox.register()
            for one in self.slices:
                for settle in one.settles:
                    await settle()
            yield
        finally:
            await ground.db.close()
            ground.signin.close()

    async def _running(self, _app: web.Application) -> AsyncIterator[None]:
        """Cleanup context: the database, those who hear of events, what the slices run, then the
        schedule, for a missed job may run as soon as all it needs is there; ends in reverse."""
        ground = self._ground
        async with contextlib.AsyncExitStack() as stack:
            await stack.enter_async_context(self.opened())
            for part in (ground.outbox, ground.moves):
                await part.start()
                stack.push_async_callback(part.stop)
            for one in self.slices:
                for live in one.lives:
                    begun = live()
                    await begun.__aenter__()
                    # It ends as it would alone, whatever fails above it.
                    stack.push_async_callback(begun.__aexit__, None, None, None)
            await ground.jobs.start()
            stack.push_async_callback(ground.jobs.stop)
            yield


ASSEMBLY = web.AppKey("assembly", Assembly)


def _shutting_down(let_go: Callable[[], None]) -> Callable[[web.Application], Awaitable[None]]:
    async def signal(_app: web.Application) -> None:
        let_go()

    return signal


def _keep(app: web.Application, kept: Sequence[Kept]) -> None:
    for one in kept:
        app[one.key] = one.value
