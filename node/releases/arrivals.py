"""What the province points to is brought here: one release of each kind at a time, from its manifest
to its directory, tried again after every pause that a failure asks for."""

import asyncio
import contextlib
import logging
import random
from collections.abc import Sequence

from kit.clock import HOUR, MINUTE, SECOND, Clock
from kit.db import Database, StorageFailed, Tx
from kit.disk import is_full
from kit.outbox import publish
from node.releases import store
from node.releases.fetching.chunks import Fetching, Neighbourhood
from node.releases.fetching.line import FileLine
from node.releases.fetching.trust import Trust, tls_of
from node.releases.model import (
    FINAL,
    AskProvince,
    Away,
    Code,
    Refused,
    Release,
    ReleaseRefused,
    ReleasesOffered,
    ReleaseSource,
    WantedRelease,
)
from node.releases.shelf import PartialRelease
from node.releases.stock import Stock, is_open
from protocol.chunks import KINDS, Manifest, ReleaseKind
from protocol.sync import ReleaseStep

log = logging.getLogger(__name__)

FIRST_PAUSE_MS = 5 * SECOND
REFUSED_PAUSE_MS = MINUTE
LONGEST_PAUSE_MS = HOUR
LOOK_EVERY_S = 30.0
WATCH_EVERY_S = 1.0
MANIFEST_WITHIN_S = 300.0  # with all metadata before it: a hub that takes longer is away


class Superseded(Exception):
    """The province points elsewhere meanwhile, or this school no longer belongs to it."""


class Arrivals:
    """Of the `kinds` that somebody here uses; the rest is not fetched."""

    def __init__(
        self,
        db: Database,
        clock: Clock,
        stock: Stock,
        province: AskProvince,
        kinds: Sequence[ReleaseKind],
        neighbourhood: Neighbourhood,
    ) -> None:
        self._db = db
        self._clock = clock
        self._stock = stock
        self._province = province
        self._kinds = kinds
        self._neighbourhood = neighbourhood
        self._wakes = {kind: asyncio.Event() for kind in KINDS}
        self._refreshing = asyncio.Lock()
        db.on_commit(self._committed)

    def _committed(self, signals: list[object]) -> None:
        if any(isinstance(signal, ReleasesOffered) for signal in signals):
            for wake in self._wakes.values():
                wake.set()

    async def run(self) -> None:
        """Fetch what is due, for ever; a large model holds up no handbook."""
        await asyncio.to_thread(self._stock.giving.look)
        async with asyncio.TaskGroup() as group:
            for kind in self._kinds:
                group.create_task(self._run(kind), name=f"releases {kind}")

    async def _run(self, kind: ReleaseKind) -> None:
        while True:
            self._wakes[kind].clear()
            try:
                pause = await self._turn(kind)
            except (StorageFailed, OSError) as error:
                log.error("releases cannot be kept", extra={"reason": str(error)})
                pause = LOOK_EVERY_S
            except Exception:  # what ends one kind would end the other with it
                log.exception("releases cannot be fetched", extra={"kind": kind})
                pause = LOOK_EVERY_S
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(pause):
                    await self._wakes[kind].wait()

    async def turn(self) -> float:
        """Take what is due of each kind; the seconds until something is."""
        return min([await self._turn(kind) for kind in KINDS])

    async def _turn(self, kind: ReleaseKind) -> float:
        wanted = await self._wanted(kind)
        now = self._clock.now()
        # A pause longer than any we make: the clock was set back meanwhile.
        if wanted and not now < wanted.next_try_at <= now + LONGEST_PAUSE_MS:
            await self._take(wanted)
            wanted = await self._wanted(kind)
            now = self._clock.now()
        if wanted is None or wanted.next_try_at <= now:
            return LOOK_EVERY_S
        return min(LOOK_EVERY_S, (wanted.next_try_at - now) / 1000)

    async def _wanted(self, kind: ReleaseKind) -> WantedRelease | None:
        found = await self._db.read(store.wanted)
        return next((one for one in found if one.kind == kind), None)

    async def _take(self, wanted: WantedRelease) -> None:
        kind, version = wanted.kind, wanted.version
        province = await self._province()
        if province is None or not await self._db.read(lambda tx: is_open(tx, kind, version)):
            return
        before = await self._db.read(lambda tx: store.release(tx, kind, version))
        try:
            await self._bring(wanted, province)
        except Superseded:
            log.info("release no longer wanted", extra={"kind": kind, "version": version})
        except Refused as error:
            await self._refuse(wanted, error.code, str(error))
        except Away as error:
            await self._put_off(wanted, before, str(error))
        except OSError as error:
            if not is_full(error):
                raise
            await self._refuse(wanted, Code.DISK_FULL, str(error))

    async def _bring(self, wanted: WantedRelease, province: ReleaseSource) -> None:
        """One release from its manifest to its directory."""
        kind, version = wanted.kind, wanted.version
        active = await self._db.read(lambda tx: store.at_step(tx, kind, ReleaseStep.ACTIVE))
        if active is not None and version < active.version:
            raise Refused(Code.OLDER, f"version {active.version} is in use")
        line = FileLine(province.url, tls_of(province))
        try:
            manifest, raw = await self._manifest(line, province, kind, version)
            now = self._clock.now()
            await self._db.write(
                lambda tx: store.begin(tx, kind, version, manifest.name, manifest.size, now)
            )
            if not await self._stock.has(kind, version):
                part = await asyncio.to_thread(self._stock.shelf.begin, manifest, raw)
                await asyncio.to_thread(part.reuse, self._stock.shelf)
                await self._fetch(part, line)
                await asyncio.to_thread(part.settle)
                await self._stock.take_in(part)
            await self._stock.tidy()
        finally:
            # Only now: whoever asked while it got its name was told to ask again.
            self._stock.giving.end(kind, version)
            line.close()

    async def _manifest(
        self, line: FileLine, province: ReleaseSource, kind: ReleaseKind, version: int
    ) -> tuple[Manifest, bytes]:
        now = self._clock.now()
        latest = await self._db.write(lambda tx: store.latest_time(tx, now))
        trust = Trust(self._stock.shelf.folder / "tuf", province, line)
        try:
            async with self._refreshing:  # python-tuf is for one at a time
                loop = asyncio.get_running_loop()
                closing = loop.call_later(MANIFEST_WITHIN_S, line.close)
                try:
                    return await asyncio.to_thread(trust.manifest, kind, version, latest)
                finally:
                    closing.cancel()
        except Refused as error:
            if error.code is Code.EXPIRED and latest > now + HOUR:
                raise Refused(Code.CLOCK, f"{error}; the clock was set back") from error
            raise

    async def _fetch(self, part: PartialRelease, line: FileLine) -> None:
        """All missing chunks, while they are wanted."""
        if not part.missing():
            return
        kind, version = part.manifest.kind, part.manifest.version
        async with self._neighbourhood.finder() as found:
            fetching = Fetching(part, line, self._neighbourhood, found)
            self._stock.giving.begin(fetching)
            work = asyncio.create_task(fetching.run(), name=f"release {kind} {version}")
            try:
                while not (await asyncio.wait({work}, timeout=WATCH_EVERY_S))[0]:
                    await self._watch(fetching)
                await work
            finally:
                work.cancel()
                await asyncio.gather(work, return_exceptions=True)
                await self._note_progress(fetching)

    async def _watch(self, fetching: Fetching) -> None:
        """Keep how far it is. Raises Superseded, Refused (others fill the disk meanwhile)."""
        await self._note_progress(fetching)
        if (room := await asyncio.to_thread(self._stock.shelf.room)) < 0:
            raise Refused(Code.DISK_FULL, f"{-room} bytes must be free besides")
        manifest = fetching.part.manifest
        pointed = await self._db.read(store.wanted)
        wanted = any(
            (one.kind, one.version) == (manifest.kind, manifest.version) for one in pointed
        )
        if not wanted or await self._province() is None:
            raise Superseded()

    async def _note_progress(self, fetching: Fetching) -> None:
        part = fetching.part
        kind, version = part.manifest.kind, part.manifest.version
        await self._db.write(
            lambda tx: store.progress(
                tx, kind, version, part.permille, fetching.from_peers, fetching.from_hub
            )
        )

    async def _refuse(self, wanted: WantedRelease, code: Code, why: str) -> None:
        """Note why, for the province and the administrator; most is tried again later."""
        kind, version = wanted.kind, wanted.version
        log.warning("release refused", extra={"kind": kind, "code": code.value, "reason": why})
        now = self._clock.now()
        pause = _pause(REFUSED_PAUSE_MS, wanted.tries)

        def unit(tx: Tx) -> None:
            before = store.release(tx, kind, version)
            store.set_step(tx, kind, version, ReleaseStep.REFUSED, now, code.value)
            store.tried(tx, kind, why, now + pause)
            if before is None or before.code != code:
                publish(tx, ReleaseRefused(kind=kind, version=version, code=code.value), now)

        await self._db.write(unit)
        if code in FINAL:
            await self._stock.tidy()

    async def _put_off(self, wanted: WantedRelease, before: Release | None, why: str) -> None:
        """The network failed: back off with full jitter, from the beginning where it got on."""
        log.warning("release put off", extra={"kind": wanted.kind, "reason": why})
        now = self._clock.now()

        def unit(tx: Tx) -> None:
            found = store.release(tx, wanted.kind, wanted.version)
            got_on = found is not None and found.permille > (before.permille if before else 0)
            if got_on:
                store.untried(tx, wanted.kind)
            pause = _pause(FIRST_PAUSE_MS, 0 if got_on else wanted.tries)
            store.tried(tx, wanted.kind, why, now + pause)

        await self._db.write(unit)


def _pause(first_ms: int, tries: int) -> int:
    """Full jitter: anything up to a ceiling that doubles with each try."""
    ceiling = min(LONGEST_PAUSE_MS, first_ms * 2 ** min(tries, 12))
    return random.randint(SECOND, max(SECOND, ceiling))
