"""A node's releases alone: a real database and disk, a province to point at, no pages.

async with node_at(tmp_path, server, simulator) as node:
    await node.offer(("knowledge", 3))
    await node.arrivals.turn()
    assert node.step("knowledge", 3) == "ready"
"""

import contextlib
import functools
import hashlib
import tempfile
from collections.abc import AsyncIterator
from pathlib import Path

from aiohttp import web
from aiohttp.test_utils import TestServer, unused_port
from aiohttp.typedefs import Handler

from kit.clock import Clock, ManualClock, moment
from kit.db import Database, connect
from kit.problem import Problem
from kit.schema import migrate
from kit.web.assembly import ASSEMBLY
from node.app import build
from node.releases import store
from node.releases.arrivals import Arrivals
from node.releases.fetching.chunks import Neighbourhood, NeighbourPatience
from node.releases.fetching.lan import Finder, Found, Peer, alone
from node.releases.model import Release, ReleaseSource
from node.releases.service import Releases
from node.releases.shelf import ReleaseShelf
from node.releases.stock import Stock
from node.releases.web import GIVING, RELEASES, ROUTES
from protocol.chunks import KINDS, ReleaseKind
from protocol.directory import Cursor
from protocol.sync import ReleasePage, ReleasePointer, ReleaseReport
from tests.node.conftest import school_config

START = moment(2026, 11, 24, 9)
HASTY = NeighbourPatience(wait=0.4, answer=0.4, question=0.5, nothing=2.0, away=0.2)


def lump(seed: str, size: int) -> bytes:
    """Bytes that nothing makes smaller, the same for the same seed."""
    return hashlib.shake_256(seed.encode()).digest(size)


@functools.cache
def packages() -> tuple[str, ...]:
    """Whose migrations a school's database is made of."""
    with tempfile.TemporaryDirectory() as folder:
        return build(school_config(Path(folder)))[ASSEMBLY].packages


class Node:
    """Releases of one school."""

    def __init__(
        self, db: Database, releases: Releases, arrivals: Arrivals, stock: Stock, folder: Path
    ) -> None:
        self.db = db
        self.releases = releases
        self.arrivals = arrivals
        self.stock = stock
        self.folder = folder
        self.province: ReleaseSource | None = None
        self.url = ""
        self._cursor = 0

    async def offer(self, *pointers: tuple[ReleaseKind, int]) -> bool:
        """The province points to these."""
        self._cursor += 1
        page = ReleasePage(
            cursor=Cursor(epoch="a", seq=self._cursor),
            items=tuple(ReleasePointer(kind=k, version=v, size=0) for k, v in pointers),
        )
        return await self.db.write(lambda tx: self.releases.offered(tx, page))

    async def release(self, kind: ReleaseKind, version: int) -> Release | None:
        return await self.db.read(lambda tx: store.release(tx, kind, version))

    async def step(self, kind: ReleaseKind, version: int) -> tuple[str, str]:
        """(step, error) of a release; ('', '') while nothing is known."""
        found = await self.release(kind, version)
        return (found.step, found.error) if found is not None else ("", "")

    async def reports(self) -> tuple[ReleaseReport, ...]:
        return await self.db.read(self.releases.reports)

    async def take(self, *pointers: tuple[ReleaseKind, int]) -> None:
        """Offer, fetch, and use at once."""
        await self.offer(*pointers)
        await self.due()
        await self.arrivals.turn()
        for kind, version in pointers:
            await self.releases.activated(kind, version)

    async def due(self) -> None:
        """All pauses are over."""
        await self.db.write(lambda tx: tx.execute("UPDATE releases_wanted SET next_try_at = 0"))

    def files(self, kind: str, version: int) -> dict[str, bytes]:
        """What lies in a whole release; empty when there is none."""
        home = self.folder / kind / str(version)
        return {
            str(path.relative_to(home)): path.read_bytes()
            for path in home.rglob("*")
            if path.is_file()
        }


@web.middleware
async def _plain_problems(request: web.Request, handler: Handler) -> web.StreamResponse:
    try:
        return await handler(request)
    except Problem as problem:
        return web.Response(status=problem.status)


@contextlib.asynccontextmanager
async def node_at(
    folder: Path,
    province: ReleaseSource | None,
    *,
    clock: Clock | None = None,
    own_id: str = "own",
    finder: Finder = alone,
    patience: NeighbourPatience = HASTY,
) -> AsyncIterator[Node]:
    """A node over a data directory: a new one, or one that lived before."""
    folder.mkdir(parents=True, exist_ok=True)
    clock = clock or ManualClock(START)
    db = connect(f"sqlite:{folder / 'madang.sqlite3'}")
    await db.open()
    try:
        await migrate(db, packages(), clock)

        async def where() -> ReleaseSource | None:
            return node.province

        app = web.Application(middlewares=[_plain_problems])
        port = unused_port()
        server = TestServer(app, host="127.0.0.1", port=port)
        stock = Stock(db, clock, ReleaseShelf(folder / "releases", reserve=0))
        neighbourhood = Neighbourhood(own_id, port, finder, patience)
        arrivals = Arrivals(db, clock, stock, where, KINDS, neighbourhood)
        releases = Releases(db, clock, stock, KINDS, where)
        await stock.settle()
        node = Node(db, releases, arrivals, stock, folder / "releases")
        node.province = province
        app[RELEASES] = releases
        app[GIVING] = stock.giving
        app.add_routes(ROUTES)
        await server.start_server()
        node.url = str(server.make_url("")).rstrip("/")
        stock.giving.look()
        try:
            yield node
        finally:
            await server.close()
    finally:
        await db.close()


def neighbours(*peers: Peer) -> Finder:
    """A network on which these are found; the list may grow."""
    return all_of(list(peers))


def all_of(peers: list[Peer]) -> Finder:
    @contextlib.asynccontextmanager
    async def finder() -> AsyncIterator[Found]:
        yield lambda: peers

    return finder
