"""Releases of a school: pointed to by the province, fetched, verified, used, given back.

    releases.offered(tx, page)            # federation, in the unit that moves its cursor
    releases.reports(tx)                  # federation: what the province is told
    await releases.in_use("model")        # what to open
    await releases.activated(kind, version)       # by whoever opened it after ReleaseReady
    await releases.refused(kind, version, why)    # or could not

A school never goes back to a lower version by itself or because the province says so; an
administrator may, by one press, and then the version left behind stays unused until a newer comes.
"""

import asyncio
import functools
import logging
from collections.abc import Sequence
from pathlib import Path

from kit import audit
from kit.card import Card, Weight
from kit.clock import Clock
from kit.db import Database, Tx
from kit.i18n import _
from kit.outbox import publish
from node.people.access import require_role, with_role
from node.people.model import Asker, Role
from node.releases import store
from node.releases.fetching.line import AnswerTooLong, FileLine
from node.releases.fetching.trust import tls_of
from node.releases.model import (
    FINAL,
    GOOD,
    AskProvince,
    Away,
    Code,
    NothingBefore,
    Overview,
    Release,
    ReleaseAct,
    ReleaseActivated,
    ReleaseReady,
    ReleaseRefused,
    ReleasesOffered,
    report_of,
)
from node.releases.stock import Stock
from protocol.chunks import KINDS, ReleaseKind
from protocol.sync import ReleasePage, ReleaseReport, ReleaseStep

log = logging.getLogger(__name__)


class Releases:
    """The slice's face. `kinds`: what somebody here uses; the rest is neither fetched nor reported."""

    def __init__(
        self,
        db: Database,
        clock: Clock,
        stock: Stock,
        kinds: Sequence[ReleaseKind],
        where_from: AskProvince,
    ) -> None:
        self._db = db
        self._clock = clock
        self._stock = stock
        self._where_from = where_from
        self.kinds = kinds

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

    # For those who use releases -----------------------------------------------------------------

    async def in_use(self, kind: ReleaseKind) -> Release | None:
        """The release to open: what arrived and waits, else what is in use."""

        def look(tx: Tx) -> Release | None:
            return store.at_step(tx, kind, ReleaseStep.READY) or store.at_step(
                tx, kind, ReleaseStep.ACTIVE
            )

        found = await self._db.read(look)
        return found if found is not None and found.path else None

    async def beside(self, path: str, limit: int) -> bytes:
        """A file of at most `limit` bytes that lies where releases come from, beside them; whoever asks
        verifies it. Raises Away, with `status` 404 where there is none."""
        province = await self._where_from()
        if province is None:
            raise Away("no province")

        def get() -> bytes:
            line = FileLine(province.url, tls_of(province))
            try:
                return bytes(line.get(path, limit))
            except AnswerTooLong as error:
                raise Away(str(error)) from error
            finally:
                line.close()

        return await asyncio.to_thread(get)

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
            await self._stock.tidy()

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
                self._stock.shelf.is_right, kind, found.version
            ):
                await self._withdraw(kind, found.version, Code.CORRUPTED, "changed on this disk")
                await self._db.write(lambda tx: tx.signal(ReleasesOffered()))

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
            await self._stock.tidy()

    # For administrators -------------------------------------------------------------------------

    async def overview(self, asker: Asker) -> list[Overview]:
        """Both kinds. Raises NotFound, Forbidden."""
        require_role(asker, Role.ADMINISTRATOR)
        return await self._db.read(lambda tx: [_overview(tx, kind) for kind in KINDS])

    async def roll_back(self, asker: Asker, kind: ReleaseKind) -> None:
        """Use the release before the one in use. Raises NotFound, Forbidden, NothingBefore."""

        def look(tx: Tx, _asker: Asker) -> Release | None:
            return store.at_step(tx, kind, GOOD)

        good = await self._db.read(with_role(asker, (Role.ADMINISTRATOR,), look))
        if good is None or not await asyncio.to_thread(
            self._stock.shelf.is_right, kind, good.version
        ):
            raise NothingBefore()
        version, now = good.version, self._clock.now()

        def unit(tx: Tx, asker: Asker) -> None:
            active = store.at_step(tx, kind, ReleaseStep.ACTIVE)
            found = store.release(tx, kind, version)
            if active is None or found is None or found.step != GOOD:
                raise NothingBefore()
            store.set_step(tx, kind, active.version, ReleaseStep.ROLLED_BACK, now)
            self._bring_back(tx, found, now)
            audit.record(tx, self._clock, asker, ReleaseAct.BACK, kind, version=version)

        await self._db.write(with_role(asker, (Role.ADMINISTRATOR,), unit))

    def _bring_back(self, tx: Tx, good: Release, now: int) -> None:
        """The last good release is in use again; whoever uses it hears so and opens it."""
        store.set_step(tx, good.kind, good.version, ReleaseStep.ACTIVE, now)
        ready = ReleaseReady(kind=good.kind, version=good.version, path=good.path)
        publish(tx, ready, now)
        publish(tx, ReleaseActivated(kind=good.kind, version=good.version), now)

    async def try_again(self, asker: Asker, kind: ReleaseKind) -> None:
        """Take what the province points to after all. Raises NotFound, Forbidden."""
        now = self._clock.now()

        def unit(tx: Tx, asker: Asker) -> None:
            wanted = next((one for one in store.wanted(tx) if one.kind == kind), None)
            if wanted is None:
                return
            version = wanted.version
            found = store.release(tx, kind, version)
            if found is not None and found.step == ReleaseStep.ROLLED_BACK and found.path:
                store.set_step(tx, kind, version, ReleaseStep.READY, now)
                publish(tx, ReleaseReady(kind=kind, version=version, path=found.path), now)
            elif found is not None and found.step in (ReleaseStep.REFUSED, ReleaseStep.ROLLED_BACK):
                store.set_step(tx, kind, version, ReleaseStep.FETCHING, now)
            store.untried(tx, kind)
            store.forget_time(tx)
            tx.signal(ReleasesOffered())
            audit.record(tx, self._clock, asker, ReleaseAct.RETRY, kind, version=version)

        await self._db.write(with_role(asker, (Role.ADMINISTRATOR,), unit))

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
                title=_("배포받은 자료"),
                icon="download",
                href="/admin/releases",
                weight=Weight.URGENT,
                text=_("교육청 자료를 적용하지 못했습니다."),
                action=_("이유 보기"),
            )
        ]


def _active(tx: Tx, kind: ReleaseKind) -> Release | None:
    return store.at_step(tx, kind, ReleaseStep.ACTIVE)


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
