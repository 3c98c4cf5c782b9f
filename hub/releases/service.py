"""Releases: publish to the pilot ring, then to all; stop, go back, withdraw; keep their files in order.

What a school should have follows from its ring: of each kind the newest release that went so far and
was not stopped. Schools never go back to a lower version: to return to an older content, it is
published again under a new number.
"""

import asyncio
import functools
import logging
from collections.abc import Callable, Sequence
from pathlib import Path

from hub.officers.access import ACTING, require_acting, require_role, with_role
from hub.officers.model import Officer, Role
from hub.releases import store
from hub.releases.model import (
    LONGEST_NOTE,
    RINGS,
    NotOffered,
    ReasonNeeded,
    Release,
    ReleaseAct,
    ReleaseNews,
    ReleaseNotStored,
    ReleasePublished,
    ReleaseUnusable,
    RepositoryUnusable,
)
from hub.releases.progress import known
from hub.releases.repository import ChunkLost, Repository, RepositoryBroken, moved
from hub.releases.work import WorkReport, Workshop
from hub.schools.model import Ring
from kit import audit
from kit.clock import Clock
from kit.db import Database, Tx
from kit.outbox import publish
from kit.schema import get_meta
from kit.typed import one_line
from models.release import BadRelease
from protocol.chunks import KINDS, Manifest, ReleaseKind

log = logging.getLogger(__name__)

KEPT = 5  # newest releases of each kind whose chunks stay, besides those that schools use


Follower = Callable[[Tx, ReleaseKind, Release | None], None]
"""Called in the unit that makes another release of a kind the newest of those offered."""


class Releases:
    """What officers and administrators do with the province's releases."""

    def __init__(self, db: Database, clock: Clock, repository: Repository) -> None:
        self._db = db
        self._clock = clock
        self.repository = repository
        self.workshop = Workshop(db, clock)
        self._turn = asyncio.Lock()
        self._followers: list[Follower] = []

    async def start(self) -> None:
        """Open the repository for this life of the database; mark what was interrupted.

        A repository that cannot be opened leaves everything else working: the log, the job and the
        doctor say what is wrong.
        """
        life = await self._db.read(lambda tx: get_meta(tx, "epoch") or "")
        try:
            await asyncio.to_thread(self.repository.open, life)
        except (RepositoryBroken, OSError) as error:
            log.error("releases cannot be signed", extra={"why": str(error)})
        await self.workshop.start()

    async def stop(self) -> None:
        await self.workshop.stop()

    def follow(self, follower: Follower) -> None:
        """Have this called from now on."""
        self._followers.append(follower)

    def _tell_followers(self, tx: Tx, kind: ReleaseKind) -> None:
        newest = store.newest(tx, kind)
        for follower in self._followers:
            follower(tx, kind, newest)

    # Publishing -------------------------------------------------------------------------------

    async def publish(
        self,
        officer: Officer,
        kind: ReleaseKind,
        folder: Path,
        *,
        note: str = "",
        report: WorkReport | None = None,
        also: Callable[[Tx, int], None] | None = None,
    ) -> Release:
        """Publish a release directory to the pilot ring; `also` joins the unit of its row, with
        its version.

        Raises ReleaseUnusable, ReleaseNotStored, RepositoryUnusable; then nothing is published.
        """
        require_acting(officer)
        report = report or WorkReport()
        async with self._turn:
            before = await self._before(officer, kind)
            work = functools.partial(
                self.repository.publish, kind, folder, above=before, progress=report.cutting
            )
            manifest = await self._signed(work)
            return await self._announce(
                officer, ReleaseAct.PUBLISH, manifest, before, note=note, also=also
            )

    async def publish_again(
        self, officer: Officer, kind: ReleaseKind, version: int, note: str = ""
    ) -> Release:
        """The content of an earlier release as a new one, at once for the rings that had it.

        Raises NotFound, NotOffered (withdrawn), ReleaseUnusable (no longer kept).
        """
        require_acting(officer)
        async with self._turn:
            origin = await self._db.read(lambda tx: known(tx, kind, version))
            if origin.withdrawn_at is not None:
                raise NotOffered()
            before = await self._before(officer, kind)
            work = functools.partial(self.repository.publish_again, kind, version, above=before)
            manifest = await self._signed(work)
            return await self._announce(
                officer, ReleaseAct.AGAIN, manifest, before, note=note, origin=origin
            )

    async def _before(self, officer: Officer, kind: ReleaseKind) -> int:
        """The highest version so far, for who may still publish one: it was long in the making."""

        def unit(tx: Tx, _officer: Officer) -> int:
            return store.latest(tx, kind)

        return await self._db.read(with_role(officer, ACTING, unit))

    async def _signed(self, work: functools.partial[Manifest]) -> Manifest:
        try:
            return await asyncio.to_thread(work)
        except (BadRelease, ChunkLost) as error:
            raise ReleaseUnusable(reason=str(error)) from error
        except RepositoryBroken as error:
            log.error("releases cannot be signed", extra={"why": str(error)})
            raise RepositoryUnusable() from error
        except OSError as error:
            log.error("a release cannot be stored", extra={"why": str(error)})
            raise ReleaseNotStored(reason=error.strerror or str(error)) from error

    async def _announce(
        self,
        officer: Officer,
        act: ReleaseAct,
        manifest: Manifest,
        before: int,
        *,
        note: str,
        origin: Release | None = None,
        also: Callable[[Tx, int], None] | None = None,
    ) -> Release:
        """The rows of a publication, and its news."""
        now = self._clock.now()
        again_to_all = origin is not None and origin.to_all_at is not None
        release = Release(
            kind=manifest.kind,
            version=manifest.version,
            name=manifest.name,
            note=" ".join(note.split()),
            size=manifest.size,
            moved=await asyncio.to_thread(self._moved, manifest, before),
            origin_version=origin.version if origin else None,
            created_at=now,
            created_by_name=officer.name,
            to_all_at=now if again_to_all else None,
            to_all_by_name=officer.name if again_to_all else "",
            stopped_at=None,
            stopped_by_name="",
            stop_reason="",
            withdrawn_at=None,
        )

        def unit(tx: Tx, officer: Officer) -> None:
            store.add(tx, release, officer.id)
            rings = RINGS if again_to_all else (Ring.PILOT,)
            self._changed(tx, officer, act, release, rings)
            if also is not None:
                also(tx, release.version)
            self._tell_followers(tx, release.kind)

        await self._db.write(with_role(officer, ACTING, unit))
        return release

    def _moved(self, manifest: Manifest, before: int) -> int:
        try:
            return moved(manifest, self.repository.manifest(manifest.kind, before))
        except BadRelease:
            return moved(manifest, None)

    def _changed(
        self,
        tx: Tx,
        officer: Officer,
        act: ReleaseAct,
        release: Release,
        rings: Sequence[Ring],
        **detail: object,
    ) -> None:
        """Count the rings on, tell their schools, the pages and the audit log."""
        store.advance(tx, rings)
        tx.signal(ReleaseNews(frozenset(store.schools_in(tx, rings))))
        publish(tx, ReleasePublished(release.kind, release.version), self._clock.now())
        audit.record(
            tx,
            self._clock,
            officer,
            act,
            f"{release.kind}/{release.version}",
            name=release.name,
            **detail,
        )

    async def note_file(self, officer: Officer, act: ReleaseAct, name: str) -> None:
        """Audit what is done with a model file. Raises as `with_role`: then it is not done."""

        def unit(tx: Tx, officer: Officer) -> None:
            audit.record(tx, self._clock, officer, act, name)

        await self._db.write(with_role(officer, ACTING, unit))

    async def to_all(self, officer: Officer, kind: ReleaseKind, version: int) -> None:
        """Offer a release to every school. Raises NotFound, NotOffered."""

        def unit(tx: Tx, officer: Officer) -> None:
            found = known(tx, kind, version)
            if not found.offered or found.to_all_at is not None:
                raise NotOffered()
            store.set_to_all(tx, kind, version, self._clock.now(), officer.name)
            self._changed(tx, officer, ReleaseAct.TO_ALL, found, (Ring.ALL,))

        await self._db.write(with_role(officer, ACTING, unit))

    async def stop_offering(
        self, officer: Officer, kind: ReleaseKind, version: int, reason: str
    ) -> None:
        """Offer a release to nobody any more; schools that have it keep it.

        Raises NotFound, NotOffered, ReasonNeeded.
        """
        await self._end(officer, ACTING, ReleaseAct.STOP, kind, version, reason)

    async def withdraw(
        self, officer: Officer, kind: ReleaseKind, version: int, reason: str
    ) -> None:
        """Stop a release, sign that it is not to be had any more and remove what only it holds.
        Schools that use it go on until another is offered. Raises NotFound, NotOffered,
        ReasonNeeded."""
        roles = (Role.ADMINISTRATOR,)
        await self._end(officer, roles, ReleaseAct.WITHDRAW, kind, version, reason)
        await self.tidy()  # killed before this, the nightly tidying does it

    async def withdrew(self, kind: ReleaseKind) -> bool:
        """Whether a release of a kind was withdrawn since the last one was made."""
        return await self._db.read(lambda tx: store.withdrew(tx, kind))

    async def _end(
        self,
        officer: Officer,
        roles: Sequence[Role],
        act: ReleaseAct,
        kind: ReleaseKind,
        version: int,
        reason: str,
    ) -> None:
        require_role(officer, *roles)
        reason = one_line("reason", reason, LONGEST_NOTE)
        if not reason:
            raise ReasonNeeded()
        withdrawn = act is ReleaseAct.WITHDRAW

        def unit(tx: Tx, officer: Officer) -> None:
            found = known(tx, kind, version)
            if found.withdrawn_at is not None or (not found.offered and not withdrawn):
                raise NotOffered()
            now = self._clock.now()
            store.set_stopped(tx, kind, version, now, officer.name, reason, withdrawn)
            self._tell_followers(tx, kind)
            self._changed(tx, officer, act, found, RINGS, reason=reason)

        await self._db.write(with_role(officer, roles, unit))

    # Keeping order ----------------------------------------------------------------------------

    async def renew(self) -> None:
        """Sign anew what comes near its end. Raises RepositoryBroken."""
        async with self._turn:
            await asyncio.to_thread(self.repository.renew)

    async def tidy(self) -> int:
        """Remove what no school needs any more; how many files went."""

        def needed(tx: Tx) -> set[tuple[ReleaseKind, int]]:
            keep: set[tuple[ReleaseKind, int]] = set()
            for kind in KINDS:
                kept = [one for one in store.releases(tx, kind, 1000) if not one.withdrawn_at]
                wanted = {one.version for one in kept[:KEPT]} | store.in_use(tx, kind)
                wanted |= {p.version for ring in RINGS for p in store.pointers(tx, ring)}
                keep |= {(kind, one.version) for one in kept if one.version in wanted}
            return keep

        async with self._turn:
            keep = await self._db.read(needed)
            return await asyncio.to_thread(self.repository.keep_only, keep)
