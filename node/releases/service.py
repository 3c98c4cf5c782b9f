"""The school's releases: wanted, fetched, ready, active, given back.

releases.offered(tx, page)            the province points to something
event ReleaseReady(kind, version, path)   it is there, verified: who uses it opens it, and says
releases.activated(kind, version)         … that it works, or
releases.refused(kind, version, code)     … that it does not; the former one stays
"""

import asyncio
import contextlib
import functools
import logging
import random
import shutil
from collections.abc import Awaitable, Callable, Sequence
from pathlib import Path

from kit import audit
from kit.clock import DAY, MINUTE, SECOND, Clock
from kit.db import Database, Tx
from kit.outbox import publish
from models.release import BadRelease, check
from node.people.access import require_role
from node.people.model import Asker, Role
from node.releases import store
from node.releases.fetching import Assembly, Shelf
from node.releases.model import (
    GOOD,
    KINDS,
    Code,
    NothingBefore,
    Overview,
    Province,
    Refused,
    ReleaseAct,
    ReleaseActivated,
    ReleaseReady,
    ReleaseRefused,
    ReleasesOffered,
    Wanted,
)
from node.releases.sources import AT_ONCE, WAIT_S, Neighbour, Sources
from node.releases.trust import Away, manifest
from protocol.chunks import Chunk, ReleaseKind
from protocol.sync import ReleasePage, ReleaseReport, ReleaseStep

log = logging.getLogger(__name__)

LOOK_EVERY_S = 30.0
FIRST_PAUSE = 5 * SECOND
LONGEST_PAUSE = 30 * MINUTE
TOLD_EVERY = 16  # chunks between two words of progress
FOLDER = "releases"

WhereFrom = Callable[[], Awaitable[Province | None]]
"""The province to fetch from; None: the school belongs to none, or does not stand well with it."""


class Releases:
    """The slice's face."""

    def __init__(
        self,
        db: Database,
        clock: Clock,
        folder: Path,
        own_id: str,
        where_from: WhereFrom,
        neighbours: Callable[[], Sequence[Neighbour]],
    ) -> None:
        self._db = db
        self._clock = clock
        self._folder = folder
        self._own_id = own_id
        self._where_from = where_from
        self._neighbours = neighbours
        self._wake = asyncio.Event()
        self._living: asyncio.Task[None] | None = None
        self._shelf = Shelf()
        self._assembly: Assembly | None = None
        self._more = asyncio.Condition()
        db.on_commit(self._committed)

    def _committed(self, signals: list[object]) -> None:
        if any(isinstance(signal, ReleasesOffered) for signal in signals):
            self._wake.set()

    # Life -------------------------------------------------------------------------------------

    async def start(self) -> None:
        await self._fill_shelf()
        self._living = asyncio.create_task(self._live(), name="releases")

    async def stop(self) -> None:
        if self._living is not None:
            self._living.cancel()
            await asyncio.gather(self._living, return_exceptions=True)

    async def _fill_shelf(self) -> None:
        paths = await self._db.read(store.paths)
        await asyncio.to_thread(self._shelf.fill, [Path(path) for path in paths])

    async def _live(self) -> None:
        while True:
            self._wake.clear()
            for one in await self._db.read(store.wanted):
                if await self._is_due(one):
                    await self._try(one)
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(self._wake.wait(), LOOK_EVERY_S)

    async def _is_due(self, one: Wanted) -> bool:
        known = await self._db.read(lambda tx: store.release(tx, one.kind, one.version))
        done = known is not None and known.step not in (ReleaseStep.FETCHING, ReleaseStep.REFUSED)
        if known is not None and known.error.startswith(Code.UNUSABLE):
            done = True
        return not done and one.next_try_at <= self._clock.now()

    async def _try(self, one: Wanted) -> None:
        """Fetch one release; what goes wrong is kept, told, and tried again in its time."""
        try:
            province = await self._where_from()
            if province is None:
                return
            await self._fetch(province, one)
        except Away as error:
            log.warning("a release cannot be fetched now", extra={"why": str(error)})
            await self._again_later(one, str(error))
        except Refused as error:
            log.error("a release is refused", extra={"code": error.code, "why": str(error)})
            await self.refused(one.kind, one.version, error.code)
            await self._again_later(one, str(error))
        except OSError as error:
            log.exception("a release cannot be kept")
            await self.refused(one.kind, one.version, Code.DISK_FULL)
            await self._again_later(one, str(error))

    async def _again_later(self, one: Wanted, error: str) -> None:
        ceiling = min(LONGEST_PAUSE, FIRST_PAUSE * 2 ** min(one.tries, 12))
        at = self._clock.now() + random.randint(ceiling // 2, ceiling)
        await self._db.write(lambda tx: store.tried(tx, one.kind, error, at))

    # Fetching ---------------------------------------------------------------------------------

    async def _fetch(self, province: Province, one: Wanted) -> None:
        """Raises Away, Refused, OSError."""
        await self._check_clock()
        found, content = await asyncio.to_thread(
            manifest, province, self._folder / "tuf", one.kind, one.version
        )
        now = self._clock.now()
        await self._db.write(
            lambda tx: store.begin(tx, one.kind, one.version, found.name, found.size, now)
        )
        folder = self._folder / one.kind
        assembly = Assembly(found, content, folder / f"{one.version}.part")
        held = [Path(path) for path in await self._db.read(store.paths)]
        await asyncio.to_thread(assembly.open)
        await asyncio.to_thread(assembly.take_from, held)
        self._assembly = assembly
        try:
            await self._fill(province, assembly)
            directory = folder / str(one.version)
            await asyncio.to_thread(assembly.finish, directory)
        finally:
            self._assembly = None
        try:
            await asyncio.to_thread(check, directory, one.kind)
        except BadRelease as error:
            shutil.rmtree(directory, ignore_errors=True)
            raise Refused(Code.UNUSABLE, str(error)) from error
        await self._ready(one.kind, one.version, directory)

    async def _check_clock(self) -> None:
        now = self._clock.now()
        latest = await self._db.write(lambda tx: store.latest_time(tx, now))
        if now < latest - DAY:
            raise Refused(Code.CLOCK, "the clock stands before what was seen already")

    async def _fill(self, province: Province, assembly: Assembly) -> None:
        """Fetch what is missing, several at a time."""
        sources = Sources(province, self._own_id, self._neighbours)
        queue = iter(assembly.missing())
        done = 0

        async def work() -> None:
            nonlocal done
            for chunk in queue:
                await self._one(sources, assembly, chunk)
                done += 1
                if done % TOLD_EVERY == 0:
                    await self._tell(assembly, sources)

        workers = [asyncio.create_task(work()) for _number in range(2 * AT_ONCE)]
        try:
            await asyncio.gather(*workers)
            await self._tell(assembly, sources)
        finally:
            for worker in workers:
                worker.cancel()
            await asyncio.gather(*workers, return_exceptions=True)
            await sources.close()

    async def _one(self, sources: Sources, assembly: Assembly, chunk: Chunk) -> None:
        content = await sources.fetch(chunk)
        await asyncio.to_thread(assembly.put, chunk, content)
        async with self._more:
            self._more.notify_all()

    async def _tell(self, assembly: Assembly, sources: Sources) -> None:
        kind, version = assembly.manifest.kind, assembly.manifest.version
        await self._db.write(
            lambda tx: store.progress(
                tx, kind, version, assembly.permille, sources.from_peers, sources.from_hub
            )
        )

    async def _ready(self, kind: ReleaseKind, version: int, directory: Path) -> None:
        now = self._clock.now()

        def arrived(tx: Tx) -> None:
            store.arrived(tx, kind, version, str(directory), now)
            publish(tx, ReleaseReady(kind, version, str(directory)), now)

        await self._db.write(arrived)
        await self._fill_shelf()

    # For neighbours ---------------------------------------------------------------------------

    async def chunk(self, sha256: str, wait_s: float = WAIT_S) -> bytes | None:
        """A chunk for a neighbour, waited for while it is on its way here.

        None: it is still on its way. Raises KeyError: no release here has it.
        """
        if sha256 in self._shelf:
            found = await asyncio.to_thread(self._shelf.read, sha256)
            if found is not None:
                return found
        loop = asyncio.get_running_loop()
        until = loop.time() + min(wait_s, WAIT_S)
        while True:
            assembly = self._assembly
            if assembly is not None and assembly.has(sha256):
                return await asyncio.to_thread(assembly.read, sha256)
            if sha256 in self._shelf:
                return await asyncio.to_thread(self._shelf.read, sha256)
            left = until - loop.time()
            if left <= 0:
                if assembly is not None and assembly.wants(sha256):
                    return None
                raise KeyError(sha256)
            async with self._more:
                with contextlib.suppress(TimeoutError):
                    await asyncio.wait_for(self._more.wait(), min(left, 0.5))

    # The province -----------------------------------------------------------------------------

    def offered(self, tx: Tx, page: ReleasePage) -> bool:
        """Take over what the province points to; whether it is news."""
        new = store.point_to(tx, page.items)
        if new:
            tx.signal(ReleasesOffered())
        return new

    def reports(self, tx: Tx) -> tuple[ReleaseReport, ...]:
        """What became of it, for the next word to the province."""
        found = []
        for one in store.wanted(tx):
            active = store.at_step(tx, one.kind, ReleaseStep.ACTIVE)
            known = store.release(tx, one.kind, one.version)
            step = known.step if known is not None else ReleaseStep.FETCHING
            if step in (GOOD, "left"):
                step = ReleaseStep.ROLLED_BACK
            found.append(
                ReleaseReport(
                    kind=one.kind,
                    active=active.version if active is not None else 0,
                    version=one.version,
                    step=ReleaseStep(step),
                    permille=known.permille if known is not None else 0,
                    error=known.error if known is not None else "",
                )
            )
        return tuple(found)

    # For who uses them ------------------------------------------------------------------------

    async def in_use(self, kind: ReleaseKind) -> tuple[int, Path] | None:
        """(version, directory) to open: what arrived last, or the active one."""

        def look(tx: Tx) -> tuple[int, Path] | None:
            found = store.at_step(tx, kind, ReleaseStep.READY) or store.at_step(
                tx, kind, ReleaseStep.ACTIVE
            )
            return None if found is None else (found.version, Path(found.path))

        return await self._db.read(look)

    async def activated(self, kind: ReleaseKind, version: int) -> None:
        """It works: the former one stays as the one to go back to, older ones go."""
        now = self._clock.now()

        def work(tx: Tx) -> None:
            known = store.release(tx, kind, version)
            if known is None or known.is_active:
                return
            active = store.at_step(tx, kind, ReleaseStep.ACTIVE)
            if active is not None:
                store.step_down(tx, kind)
            store.set_step(tx, kind, version, ReleaseStep.ACTIVE, now)
            publish(tx, ReleaseActivated(kind, version), now)

        await self._db.write(work)
        await self._remove_old(kind)

    async def refused(self, kind: ReleaseKind, version: int, code: str) -> None:
        """It is not taken, or does not work."""
        now = self._clock.now()

        def work(tx: Tx) -> None:
            known = store.release(tx, kind, version)
            was_active = known is not None and known.is_active
            same = known is not None and known.error == code
            store.set_step(tx, kind, version, ReleaseStep.REFUSED, now, code)
            if not same:
                publish(tx, ReleaseRefused(kind, version, code), now)
            if was_active:  # what worked yesterday does not open today: the last good one does
                self._bring_back(tx, kind, now)

        await self._db.write(work)

    def _bring_back(self, tx: Tx, kind: ReleaseKind, now: int) -> bool:
        good = store.at_step(tx, kind, GOOD)
        if good is None:
            return False
        store.set_step(tx, kind, good.version, ReleaseStep.READY, now)
        publish(tx, ReleaseReady(kind, good.version, good.path), now)
        return True

    async def _remove_old(self, kind: ReleaseKind) -> None:
        keep = (ReleaseStep.ACTIVE, ReleaseStep.READY, GOOD)
        for old in await self._db.read(lambda tx: store.releases(tx, kind)):
            if old.path and old.step not in keep:
                await asyncio.to_thread(shutil.rmtree, old.path, ignore_errors=True)
                await self._db.write(functools.partial(store.gone, kind=kind, version=old.version))
        await self._fill_shelf()

    # For the administrator --------------------------------------------------------------------

    async def overview(self, asker: Asker) -> list[Overview]:
        require_role(asker, Role.ADMINISTRATOR)

        def look(tx: Tx) -> list[Overview]:
            wanted = {one.kind: one for one in store.wanted(tx)}
            return [
                Overview(
                    kind=kind,
                    wanted=wanted.get(kind),
                    releases=tuple(store.releases(tx, kind)[:5]),
                    can_go_back=store.at_step(tx, kind, GOOD) is not None,
                )
                for kind in ("knowledge", "model")
            ]

        return await self._db.read(look)

    async def roll_back(self, asker: Asker, kind: ReleaseKind) -> None:
        """Go back to the release before, until a newer one comes. Raises NothingBefore."""
        require_role(asker, Role.ADMINISTRATOR)
        now = self._clock.now()

        def work(tx: Tx) -> None:
            active = store.at_step(tx, kind, ReleaseStep.ACTIVE)
            if store.at_step(tx, kind, GOOD) is None:
                raise NothingBefore()
            if active is not None:
                store.set_step(tx, kind, active.version, ReleaseStep.ROLLED_BACK, now)
            self._bring_back(tx, kind, now)
            self._note(tx, asker, ReleaseAct.BACK, kind)

        await self._db.write(work)

    async def try_again(self, asker: Asker, kind: ReleaseKind) -> None:
        """Fetch now what was refused or could not be reached."""
        require_role(asker, Role.ADMINISTRATOR)

        def work(tx: Tx) -> None:
            store.try_again(tx, kind)
            self._note(tx, asker, ReleaseAct.RETRY, kind)
            tx.signal(ReleasesOffered())

        await self._db.write(work)

    def _note(self, tx: Tx, asker: Asker, action: ReleaseAct, kind: str) -> None:
        audit.record(
            tx,
            self._clock,
            actor=asker.id,
            actor_name=asker.name,
            action=action,
            subject=KINDS[kind],
        )
