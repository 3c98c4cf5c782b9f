"""Releases of a school: pointed to by the province, fetched, verified, used, given back.

    releases.offered(tx, page)            # federation, in the unit that moves its cursor
    releases.reports(tx)                  # federation: what the province is told
    await releases.run()                  # for ever: fetch what is due
    await releases.in_use("model")        # what to open
    await releases.activated(kind, version)       # by whoever opened it after ReleaseReady
    await releases.refused(kind, version, why)    # or could not

A school never goes back to a lower version by itself or because the province says so; an
administrator may, by one press, and then the version left behind stays unused until a newer comes.
"""

import asyncio
import contextlib
import functools
import logging
import random
from collections.abc import Awaitable, Callable
from pathlib import Path

from kit import audit
from kit.card import Card, Weight
from kit.clock import HOUR, MINUTE, SECOND, Clock
from kit.db import Database, StorageFailed, Tx
from kit.i18n import _
from kit.outbox import publish
from node.people.access import require_role
from node.people.model import Asker, Role
from node.releases import store
from node.releases.fetching import Fetching, Patience
from node.releases.lan import Finder, alone
from node.releases.line import Away, HubLine
from node.releases.model import (
    FINAL,
    GOOD,
    Code,
    NothingBefore,
    Overview,
    Province,
    Refused,
    Release,
    ReleaseAct,
    ReleaseActivated,
    ReleaseReady,
    ReleaseRefused,
    ReleasesOffered,
    Wanted,
    report_of,
)
from node.releases.sharing import Sharing
from node.releases.shelf import RESERVE, Part, Shelf, disk_full
from node.releases.trust import Trust, tls_of
from protocol.chunks import KINDS, Manifest, ReleaseKind
from protocol.sync import ReleasePage, ReleaseReport, ReleaseStep

log = logging.getLogger(__name__)

FIRST_PAUSE_MS = 5 * SECOND
REFUSED_PAUSE_MS = MINUTE
LONGEST_PAUSE_MS = HOUR
FOLDER = "releases"
LOOK_EVERY_S = 30.0
WATCH_EVERY_S = 1.0
MANIFEST_WITHIN_S = 300.0  # with all metadata before it: a hub that takes longer is away
KEPT = (ReleaseStep.READY, ReleaseStep.ACTIVE, ReleaseStep.ROLLED_BACK, GOOD)

AskProvince = Callable[[], Awaitable[Province | None]]
"""The province this school belongs to; None while it belongs to none or is suspended."""


class Superseded(Exception):
    """The province points elsewhere meanwhile, or this school no longer belongs to it."""


class Releases:
    """The slice's face."""

    def __init__(
        self,
        db: Database,
        clock: Clock,
        folder: Path,
        *,
        own_id: str,
        province: AskProvince,
        kinds: tuple[ReleaseKind, ...] = KINDS,
        finder: Finder = alone,
        port: int = 0,
        patience: Patience | None = None,
        reserve: int = RESERVE,
    ) -> None:
        self.shelf = Shelf(folder, reserve)
        self.sharing = Sharing(self.shelf)
        self._db = db
        self._clock = clock
        self._folder = folder
        self._own_id = own_id
        self._province = province
        self.kinds = kinds  # what somebody here uses; the rest is neither fetched nor reported
        self._finder = finder
        self._port = port
        self._patience = patience
        self._wakes = {kind: asyncio.Event() for kind in KINDS}
        self._refreshing = asyncio.Lock()
        # Whoever tidies sees either both a release's name and its row, or neither.
        self._moving = asyncio.Lock()
        db.on_commit(self._committed)

    # From and to the province -------------------------------------------------------------------

    def offered(self, tx: Tx, page: ReleasePage) -> bool:
        """Take over what the province points to; whether anything of it is new."""
        new = store.point_to(tx, page.items)
        if new:
            tx.signal(ReleasesOffered())
        return new

    def reports(self, tx: Tx) -> tuple[ReleaseReport, ...]:
        """What the province is told of each kind."""
        wanted = {one.kind: one.version for one in store.wanted(tx)}
        found = [
            report_of(kind, store.releases(tx, kind), wanted.get(kind))
            if kind in self.kinds
            else ReleaseReport(kind=kind, step=ReleaseStep.ACTIVE, own=True)
            for kind in KINDS
        ]
        return tuple(one for one in found if one is not None)

    def _committed(self, signals: list[object]) -> None:
        if any(isinstance(signal, ReleasesOffered) for signal in signals):
            for wake in self._wakes.values():
                wake.set()

    # Fetching -----------------------------------------------------------------------------------

    async def run(self) -> None:
        """Fetch what is due, for ever; a large model holds up no handbook."""
        await asyncio.to_thread(self.sharing.look)
        async with asyncio.TaskGroup() as group:
            for kind in self.kinds:
                group.create_task(self._run(kind), name=f"releases {kind}")

    async def _run(self, kind: ReleaseKind) -> None:
        while True:
            self._wakes[kind].clear()
            try:
                pause = await self._turn(kind)
            except (StorageFailed, OSError) as error:
                log.error("releases cannot be kept", extra={"reason": str(error)})
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

    async def _wanted(self, kind: ReleaseKind) -> Wanted | None:
        found = await self._db.read(store.wanted)
        return next((one for one in found if one.kind == kind), None)

    async def _take(self, wanted: Wanted) -> None:
        kind, version = wanted.kind, wanted.version
        province = await self._province()
        if province is None or not await self._db.read(lambda tx: _is_open(tx, kind, version)):
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
            if not disk_full(error):
                raise
            await self._refuse(wanted, Code.DISK_FULL, str(error))

    async def _bring(self, wanted: Wanted, province: Province) -> None:
        """One release from its manifest to its directory."""
        kind, version = wanted.kind, wanted.version
        active = await self._db.read(lambda tx: store.at_step(tx, kind, ReleaseStep.ACTIVE))
        if active is not None and version < active.version:
            raise Refused(Code.OLDER, f"version {active.version} is in use")
        line = HubLine(province.url, tls_of(province))
        try:
            manifest, raw = await self._manifest(line, province, kind, version)
            now = self._clock.now()
            await self._db.write(
                lambda tx: store.begin(tx, kind, version, manifest.name, manifest.size, now)
            )
            if not await self._there(kind, version):
                part = await asyncio.to_thread(self.shelf.begin, manifest, raw)
                await asyncio.to_thread(part.reuse, self.shelf)
                await self._fetch(part, line)
                await asyncio.to_thread(part.settle)
                async with self._moving:
                    await asyncio.to_thread(self.shelf.finish, part)
                    await self._arrived(kind, version)
            await self._tidy()
        finally:
            # Only now: whoever asked while it got its name was told to ask again.
            self.sharing.end(kind, version)
            line.close()

    async def _there(self, kind: ReleaseKind, version: int) -> bool:
        """Whether it got its name in a former life, which ended before that was noted."""
        async with self._moving:
            whole = (kind, version) in self.shelf.whole()
            if whole:
                await self._arrived(kind, version)
        return whole

    async def _manifest(
        self, line: HubLine, province: Province, kind: ReleaseKind, version: int
    ) -> tuple[Manifest, bytes]:
        now = self._clock.now()
        latest = await self._db.write(lambda tx: store.latest_time(tx, now))
        trust = Trust(self._folder / "tuf", province, line)
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

    async def _fetch(self, part: Part, line: HubLine) -> None:
        """All missing chunks, while they are wanted."""
        if not part.missing():
            return
        kind, version = part.manifest.kind, part.manifest.version
        async with self._finder() as found:
            fetching = Fetching(
                part,
                line,
                own_id=self._own_id,
                own_port=self._port,
                found=found,
                patience=self._patience,
            )
            self.sharing.begin(fetching)
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
        if (room := await asyncio.to_thread(self.shelf.room)) < 0:
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

    async def _arrived(self, kind: ReleaseKind, version: int) -> None:
        now = self._clock.now()
        home = self.shelf.home(kind, version)

        def unit(tx: Tx) -> None:
            store.arrived(tx, kind, version, str(home), now)
            publish(tx, ReleaseReady(kind=kind, version=version, path=str(home)), now)

        await self._db.write(unit)
        log.info("release ready", extra={"kind": kind, "version": version})

    async def _refuse(self, wanted: Wanted, code: Code, why: str) -> None:
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
            await self._tidy()

    async def _put_off(self, wanted: Wanted, before: Release | None, why: str) -> None:
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

    async def _tidy(self) -> None:
        """Remove the files of releases that nobody goes back to."""

        def unit(tx: Tx) -> tuple[list[tuple[ReleaseKind, int]], list[tuple[ReleaseKind, int]]]:
            keep: list[tuple[ReleaseKind, int]] = []
            for kind in KINDS:
                for one in store.releases(tx, kind):
                    if one.step in KEPT and one.path:
                        keep.append((kind, one.version))
                    elif one.path:
                        store.gone(tx, kind, one.version)
            ways = [
                (one.kind, one.version)
                for one in store.wanted(tx)
                if _is_open(tx, one.kind, one.version)
            ]
            return keep, ways

        async with self._moving:
            keep, ways = await self._db.write(unit)
            await asyncio.to_thread(self.shelf.remove_all_but, keep, ways)
            await asyncio.to_thread(self.sharing.look)

    # For those who use releases -----------------------------------------------------------------

    async def in_use(self, kind: ReleaseKind) -> Release | None:
        """The release to open: what arrived and waits, else what is in use."""

        def look(tx: Tx) -> Release | None:
            return store.at_step(tx, kind, ReleaseStep.READY) or store.at_step(
                tx, kind, ReleaseStep.ACTIVE
            )

        found = await self._db.read(look)
        return found if found is not None and found.path else None

    async def active(self, kind: ReleaseKind) -> Path | None:
        """The directory of the release in use."""
        return await self._path(kind, ReleaseStep.ACTIVE)

    async def ready(self, kind: ReleaseKind) -> Path | None:
        """The directory of a release that waits to be opened."""
        return await self._path(kind, ReleaseStep.READY)

    async def _path(self, kind: ReleaseKind, step: str) -> Path | None:
        found = await self._db.read(lambda tx: store.at_step(tx, kind, step))
        return Path(found.path) if found is not None and found.path else None

    async def activated(self, kind: ReleaseKind, version: int) -> None:
        """A release is in use from now on; the one before is kept to go back to."""
        now = self._clock.now()

        def unit(tx: Tx) -> bool:
            found = store.release(tx, kind, version)
            if found is None or found.step != ReleaseStep.READY:
                return False
            store.step_down(tx, kind, version)
            store.set_step(tx, kind, version, ReleaseStep.ACTIVE, now)
            publish(tx, ReleaseActivated(kind=kind, version=version), now)
            return True

        if await self._db.write(unit):
            await self._tidy()

    async def refused(
        self, kind: ReleaseKind, version: int, why: str, code: Code = Code.UNUSABLE
    ) -> None:
        """Whoever should use a release cannot, and says why. The one in use stays; if it is that
        one, which worked before, the last good one takes its place. `code`: one of FINAL."""
        await self._withdraw(kind, version, code, why)

    async def check(self) -> None:
        """See whether what is in use is still what was signed: disks forget. What is not gives way
        to the last good one and is fetched again."""
        for kind in KINDS:
            found = await self._db.read(functools.partial(_active, kind=kind))
            if found is not None and not await asyncio.to_thread(
                self.shelf.is_right, kind, found.version
            ):
                await self._withdraw(kind, found.version, Code.CORRUPTED, "changed on this disk")
                self._wakes[kind].set()

    async def _withdraw(self, kind: ReleaseKind, version: int, code: Code, why: str) -> None:
        log.error("release cannot be used", extra={"kind": kind, "version": version, "why": why})
        now = self._clock.now()

        def unit(tx: Tx) -> bool:
            found = store.release(tx, kind, version)
            if found is None or found.step not in (ReleaseStep.READY, ReleaseStep.ACTIVE):
                return False
            error = f"{code}:{why}" if code in FINAL else code.value
            store.set_step(tx, kind, version, ReleaseStep.REFUSED, now, error)
            store.tried(tx, kind, why, now)
            publish(tx, ReleaseRefused(kind=kind, version=version, code=code), now)
            good = store.at_step(tx, kind, GOOD)
            if found.is_active and good is not None:
                self._bring_back(tx, good, now)
            return True

        if await self._db.write(unit):
            await self._tidy()

    # For administrators -------------------------------------------------------------------------

    async def overview(self, asker: Asker) -> list[Overview]:
        """Both kinds. Raises NotFound, Forbidden."""
        require_role(asker, Role.ADMINISTRATOR)
        return await self._db.read(lambda tx: [_overview(tx, kind) for kind in KINDS])

    async def roll_back(self, asker: Asker, kind: ReleaseKind) -> None:
        """Use the release before the one in use. Raises NotFound, Forbidden, NothingBefore."""
        require_role(asker, Role.ADMINISTRATOR)
        good = await self._db.read(lambda tx: store.at_step(tx, kind, GOOD))
        if good is None or not await asyncio.to_thread(self.shelf.is_right, kind, good.version):
            raise NothingBefore()
        version, now = good.version, self._clock.now()

        def unit(tx: Tx) -> None:
            active = store.at_step(tx, kind, ReleaseStep.ACTIVE)
            found = store.release(tx, kind, version)
            if active is None or found is None or found.step != GOOD:
                raise NothingBefore()
            store.set_step(tx, kind, active.version, ReleaseStep.ROLLED_BACK, now)
            self._bring_back(tx, found, now)
            self._note(tx, asker, ReleaseAct.BACK, kind, version)

        await self._db.write(unit)

    def _bring_back(self, tx: Tx, good: Release, now: int) -> None:
        """The last good release is in use again; whoever uses it hears so and opens it."""
        store.set_step(tx, good.kind, good.version, ReleaseStep.ACTIVE, now)
        ready = ReleaseReady(kind=good.kind, version=good.version, path=good.path)
        publish(tx, ready, now)
        publish(tx, ReleaseActivated(kind=good.kind, version=good.version), now)

    async def try_again(self, asker: Asker, kind: ReleaseKind) -> None:
        """Take what the province points to after all. Raises NotFound, Forbidden."""
        require_role(asker, Role.ADMINISTRATOR)
        now = self._clock.now()

        def unit(tx: Tx) -> None:
            wanted = next((one for one in store.wanted(tx) if one.kind == kind), None)
            if wanted is None:
                return
            version = wanted.version
            found = store.release(tx, kind, version)
            if found is not None and found.step == ReleaseStep.ROLLED_BACK and found.path:
                store.set_step(tx, kind, version, ReleaseStep.READY, now)
                publish(tx, ReleaseReady(kind=kind, version=version, path=found.path), now)
            elif found is not None and found.step == ReleaseStep.REFUSED:
                store.set_step(tx, kind, version, ReleaseStep.FETCHING, now)
            store.untried(tx, kind)
            store.forget_time(tx)
            tx.signal(ReleasesOffered())
            self._note(tx, asker, ReleaseAct.RETRY, kind, version)

        await self._db.write(unit)

    def cards(self, tx: Tx, asker: Asker, now: int) -> list[Card]:
        """For the administrator: only when something was refused."""
        if not asker.is_administrator:
            return []
        found = [store.release(tx, one.kind, one.version) for one in store.wanted(tx)]
        if not any(one is not None and one.step == ReleaseStep.REFUSED for one in found):
            return []
        return [
            Card(
                name="releases",
                title=_("배포 받은 자료"),
                icon="download",
                href="/admin/releases",
                weight=Weight.URGENT,
                text=_("도교육청이 배포한 자료를 받지 않았습니다. 이유를 확인해 주세요."),
                action=_("확인하기"),
            )
        ]

    def _note(self, tx: Tx, asker: Asker, act: ReleaseAct, kind: ReleaseKind, version: int) -> None:
        audit.record(
            tx,
            self._clock,
            actor=asker.id,
            actor_name=asker.name,
            action=act,
            subject=kind,
            detail={"version": version},
        )


def _active(tx: Tx, kind: ReleaseKind) -> Release | None:
    return store.at_step(tx, kind, ReleaseStep.ACTIVE)


def _is_open(tx: Tx, kind: ReleaseKind, version: int) -> bool:
    """Whether a release is still to be fetched."""
    found = store.release(tx, kind, version)
    if found is None or found.step == ReleaseStep.FETCHING:
        return True
    return found.step == ReleaseStep.REFUSED and found.code not in FINAL


def _overview(tx: Tx, kind: ReleaseKind) -> Overview:
    wanted = next((one for one in store.wanted(tx) if one.kind == kind), None)
    found = store.releases(tx, kind)[:6]
    steps = {one.step for one in found}
    pointed = next((one for one in found if wanted and one.version == wanted.version), None)
    can_try = wanted is not None and (
        (pointed is None and wanted.tries > 0)
        or (pointed is not None and pointed.step == ReleaseStep.FETCHING and wanted.tries > 0)
        or (
            pointed is not None
            and pointed.step in (ReleaseStep.REFUSED, ReleaseStep.ROLLED_BACK)
            and pointed.code != Code.OLDER
        )
    )
    back = GOOD in steps and ReleaseStep.ACTIVE in steps
    return Overview(kind, wanted, tuple(found), back, can_try)


def _pause(first_ms: int, tries: int) -> int:
    """Full jitter: anything up to a ceiling that doubles with each try."""
    ceiling = min(LONGEST_PAUSE_MS, first_ms * 2 ** min(tries, 12))
    return random.randint(SECOND, max(SECOND, ceiling))
