"""Schools: who speaks with a key, what a node says of itself, what officers see of it."""

from collections.abc import Sequence
from datetime import timedelta
from functools import partial
from typing import Protocol

import msgspec

from hub.officers.access import require_acting
from hub.officers.model import Officer
from hub.schools import spoken, store
from hub.schools.model import (
    TROUBLE_CHIPS,
    TROUBLE_LABELS,
    Addressee,
    Limits,
    School,
    SchoolFilter,
    SchoolKey,
    SchoolLine,
    SchoolPage,
    SchoolReported,
    SchoolTotals,
    State,
)
from kit import audit
from kit.card import Card, Entry, Weight
from kit.clock import DAY, MINUTE, Clock, local_date
from kit.db import Database, Tx
from kit.i18n import _
from kit.problem import NotFound
from protocol.enrolment import HubIdentity
from protocol.sync import NodeState

PER_PAGE = 50
OLD_BACKUP = 3 * DAY
CHART_DAYS = 30
PORTION = 200  # schools in one unit of the night's work
KEPT_DAYS = 400


class Province(msgspec.Struct, frozen=True):
    """What schools are told about the hub, and from when on a school needs attention."""

    name: str
    province: str
    telephone: str
    domain: str
    sync_interval_ms: int
    invitation_days: int
    silent_after: int = 15 * MINUTE
    low_percent: int = 10


class Identity(Protocol):
    """Who the hub is at this moment."""

    def __call__(self) -> HubIdentity: ...


def known(tx: Tx, school_id: str) -> School:
    """A school that was invited once. Raises NotFound."""
    found = store.school(tx, school_id)
    if found is None:
        raise NotFound()
    return found


class Schools:
    """The province's schools: what is known of each, and which need attention."""

    def __init__(self, db: Database, clock: Clock, province: Province) -> None:
        self._db = db
        self._clock = clock
        self.province = province

    # For hub/sync -----------------------------------------------------------------------------

    def school_of(self, tx: Tx, key_id: str) -> SchoolKey | None:
        """Whose key signs, and how the school stands at this moment; None: a key never seen.

        Ask inside the unit of each request: a suspension holds from the next one on.
        """
        return store.school_of(tx, key_id)

    def record_state(self, tx: Tx, school_id: str, state: NodeState, at: int | None = None) -> None:
        """What a node says of itself; call it at least every five minutes while it speaks."""
        now = self._clock.now() if at is None else at
        store.save_state(tx, school_id, state, now, local_date(now).isoformat())
        tx.signal(SchoolReported(school_id))

    def addressable(self, tx: Tx) -> list[Addressee]:
        """Schools that joined once (revoked ones too), with what notices choose them by."""
        return store.addressable(tx)

    # Looking ----------------------------------------------------------------------------------

    async def names(self, officer: Officer, ids: Sequence[str]) -> dict[str, str]:
        """What the schools among the ids are called."""
        require_acting(officer)
        return await self._db.read(lambda tx: store.names_of(tx, ids))

    async def lines(self, officer: Officer, wanted: SchoolFilter) -> tuple[list[SchoolLine], bool]:
        """A page of schools, and whether there are more."""
        offset = PER_PAGE * (max(1, wanted.page) - 1)
        limits = self._limits(self._clock.now())
        found = await self._db.read(
            lambda tx: store.lines(tx, wanted, limits, PER_PAGE + 1, offset)
        )
        return [self._with_presence(line) for line in found[:PER_PAGE]], len(found) > PER_PAGE

    async def districts(self, officer: Officer) -> list[str]:
        return await self._db.read(store.districts)

    async def totals(self, officer: Officer) -> SchoolTotals:
        return await self._db.read(self._totals)

    async def activity(self, officer: Officer) -> list[tuple[str, int]]:
        """(day, schools that spoke) of the last month; none while earlier days are still counted."""
        since = local_date(self._clock.now()) - timedelta(days=CHART_DAYS)
        return await self._db.read(lambda tx: spoken.by_day(tx, since.isoformat()))

    async def school(self, officer: Officer, school_id: str) -> SchoolPage:
        """Everything about a school. Raises NotFound."""

        def look(tx: Tx) -> SchoolPage:
            school = known(tx, school_id)
            report = store.report(tx, school_id)
            return SchoolPage(
                school=school,
                report=report,
                online=self._is_online(report.heard_at if report else None),
                days=tuple(store.days(tx, school_id, CHART_DAYS)),
                invitations=tuple(store.invitations_of(tx, school_id)),
                certificates=tuple(store.certificates(tx, school_id)),
                keys=tuple(store.keys_of(tx, school_id)),
            )

        return await self._db.read(look)

    async def history(self, officer: Officer, school_id: str) -> list[audit.AuditEntry]:
        """What was done with a school, the newest first."""
        return await self._db.read(lambda tx: audit.about(tx, school_id, 50))

    # For the overview -------------------------------------------------------------------------

    def cards(self, tx: Tx, officer: Officer, now: int) -> list[Card]:
        """Schools that need attention, the longest silent first."""
        limits = self._limits(now)
        lines, count = store.needing_attention(tx, limits, 5)
        entries = tuple(_entry(line, limits) for line in lines)
        return [
            Card(
                name="schools",
                title=_("확인이 필요한 학교"),
                icon="school",
                href="/schools?trouble=any",
                weight=Weight.TASK if entries else Weight.QUIET,
                count=count,
                counted=_("%(count)s개교"),
                empty=_("모든 학교가 정상입니다.")
                if store.any_active(tx)
                else _("아직 가입한 학교가 없습니다."),
                entries=entries,
                live="schools.reported schools.enrolled schools.standing",
            )
        ]

    # Inside -----------------------------------------------------------------------------------

    def _limits(self, now: int) -> Limits:
        province = self.province
        return Limits(now - province.silent_after, now - OLD_BACKUP, province.low_percent)

    def _totals(self, tx: Tx) -> SchoolTotals:
        now = self._clock.now()
        return store.totals(tx, now, self._limits(now))

    def _is_online(self, heard_at: int | None) -> bool:
        return heard_at is not None and heard_at >= self._limits(self._clock.now()).silent_before

    def _with_presence(self, line: SchoolLine) -> SchoolLine:
        online = line.state is State.ACTIVE and self._is_online(line.heard_at)
        return msgspec.structs.replace(line, online=online)

    # Periodic ---------------------------------------------------------------------------------

    async def forget_days(self) -> None:
        """Days of the charts older than a year, some schools in a unit."""
        before_on = (local_date(self._clock.now()) - timedelta(days=KEPT_DAYS)).isoformat()
        after: str | None = ""
        while after is not None:
            forget = partial(store.forget_days, before_on=before_on, after=after, limit=PORTION)
            after = await self._db.write(forget)


def _entry(line: SchoolLine, limits: Limits) -> Entry:
    trouble = line.trouble(limits)
    return Entry(
        title=line.name,
        href=f"/schools/{line.school_id}",
        note=line.district,
        chip=TROUBLE_LABELS[trouble],
        chip_kind=TROUBLE_CHIPS[trouble],
        at=line.heard_at,
    )
