"""What the office keeps (업무분장, 부재), and the list of what waits for nobody.

A deputy decides what the holder may. So nobody but approvers and administrators gives a seat to
themselves, or says who deputises for the school's heads.
"""

from datetime import date, timedelta

import msgspec
from msgspec.structs import replace

from kit import audit
from kit.clock import Clock, local_date
from kit.db import Database, Tx
from kit.i18n import _
from kit.ids import new_id
from kit.naming import composed
from kit.outbox import publish
from kit.problem import Forbidden, Invalid, NotFound
from kit.seen import check_seen
from node.approval import line_store, seat_store
from node.approval.absence import Absence, NotOwnStandIn
from node.approval.access import EDITORS, RULERS, is_ruler
from node.approval.duties import HEADS, Duty, DutyTable, StaffPlace
from node.approval.line import OF_DUTY, OF_PERSON, DecidedFor, Ownerless
from node.approval.lines import Lines
from node.approval.model import ApprovalAct, Matter, SeatsChanged
from node.approval.routing import GRADE_HEAD
from node.people.access import of_now, require_role, require_staff, with_role
from node.people.model import Asker, NotOneself

DUTIES = "approval.duties"  # the subject of acts on the table
SHOWN = 200
LONGEST = timedelta(days=3 * 366)
ABSENCES_KEPT = timedelta(days=366)


class DutiesView(msgspec.Struct, frozen=True):
    """The table as a page shows it. `names`: by `person:` with an id and by row, who or what it is (of
    rows a msgid); `version`: of the table, for `kit.seen`."""

    table: DutyTable
    held: dict[str, tuple[str, ...]]
    names: dict[str, str]
    staff: list[StaffPlace]
    version: int
    may_edit: bool
    may_say_for_heads: bool


class AbsencesView(msgspec.Struct, frozen=True):
    """`own`: the asker's; `others`: of colleagues, that are not over; `decided`: for the asker, by deputies;
    `may_enter`: for others too."""

    own: list[Absence]
    others: list[Absence]
    decided: list[DecidedFor]
    staff: list[StaffPlace]
    today: str
    may_enter: bool
    may_name: bool


class Duties:
    """The table of duties. Every verb takes the asker first and runs as one unit."""

    def __init__(self, db: Database, clock: Clock) -> None:
        self._db = db
        self._clock = clock

    async def view(self, asker: Asker) -> DutiesView:
        """Raises NotFound for who is not staff."""
        require_staff(asker)

        def unit(tx: Tx) -> DutiesView:
            table, people = seat_store.table(tx), seat_store.staff(tx)
            seats = seat_store.seats(tx, self._clock.now())
            names = {OF_PERSON + one.person_id: one.name for one in people}
            names |= {one.by: one.title for one in table.duties} | {GRADE_HEAD: _("학년부장")}
            return DutiesView(
                table,
                {one.by: seats.holders.get(one.by, ()) for one in table.duties},
                names,
                people,
                seat_store.table_version(tx),
                not asker.roles.isdisjoint(EDITORS),
                is_ruler(asker),
            )

        return await self._db.read(unit)

    async def row(self, asker: Asker, duty_id: str) -> tuple[DutiesView, Duty]:
        """A row, for who may change the table. Raises NotFound, Forbidden."""
        require_role(asker, *EDITORS)
        view = await self.view(asker)
        row = view.table.of(duty_id)
        if row is None:
            raise NotFound()
        return view, row

    async def set_row(self, asker: Asker, changed: Duty, seen: str) -> None:
        """Change a row: who has the duty, who deputises, in which order. Raises NotFound, Forbidden,
        NotOneself, Invalid, ChangedMeanwhile."""

        def unit(tx: Tx, asker: Asker) -> None:
            table = self._table(tx, seen)
            before = table.of(changed.id)
            if before is None:
                raise NotFound()
            row = _fit(tx, table, before, changed)
            _require_may_set(asker, before, row)
            self._keep(tx, asker, table.with_row(row), row.title)

        await self._db.write(with_role(asker, EDITORS, unit))

    async def add(self, asker: Asker, title: str) -> str:
        """Add a duty that nobody has yet; its id. Raises NotFound, Forbidden, Invalid."""

        def unit(tx: Tx, asker: Asker) -> str:
            duty = Duty(OF_DUTY + new_id(), _title(title))
            self._keep(tx, asker, seat_store.table(tx).with_row(duty), duty.title)
            return duty.id

        return await self._db.write(with_role(asker, EDITORS, unit))

    async def remove(self, asker: Asker, duty_id: str, seen: str) -> None:
        """Take a duty off the table; what waits for it finds its deputies no more. Raises NotFound,
        Forbidden, ChangedMeanwhile."""

        def unit(tx: Tx, asker: Asker) -> None:
            table = self._table(tx, seen)
            row = table.of(duty_id)
            if row is None or row.is_held_by_list:
                raise NotFound()
            self._keep(tx, asker, table.without(duty_id), row.title)

        await self._db.write(with_role(asker, EDITORS, unit))

    async def undo(self, asker: Asker, seen: str) -> None:
        """Go back to the table before the last change; for approvers and administrators, and for
        whoever made that change. Raises NotFound, Forbidden, ChangedMeanwhile."""

        def unit(tx: Tx, asker: Asker) -> None:
            self._table(tx, seen)
            version = seat_store.table_version(tx)
            if not version:
                raise NotFound()
            if not is_ruler(asker) and seat_store.changed_by(tx, version) != asker.id:
                raise Forbidden()
            seat_store.drop_table(tx, version)
            self._changed(tx, asker, ApprovalAct.UNDO)

        await self._db.write(with_role(asker, EDITORS, unit))

    def _table(self, tx: Tx, seen: str) -> DutyTable:
        check_seen(seen, seat_store.table_version(tx))
        return seat_store.table(tx)

    def _keep(self, tx: Tx, asker: Asker, table: DutyTable, title: str) -> None:
        seat_store.add_table(tx, table, asker, self._clock.now())
        self._changed(tx, asker, ApprovalAct.DUTY, duty=title)

    def _changed(self, tx: Tx, asker: Asker, act: ApprovalAct, **details: str) -> None:
        publish(tx, SeatsChanged(), self._clock.now())
        audit.record(tx, self._clock, asker, act, DUTIES, **details)


class Absences:
    """Who is away. Every verb takes the asker first and runs as one unit."""

    def __init__(self, db: Database, clock: Clock) -> None:
        self._db = db
        self._clock = clock

    async def view(self, asker: Asker) -> AbsencesView:
        """Raises NotFound for who is not staff."""
        require_staff(asker)
        today = local_date(self._clock.now()).isoformat()

        def unit(tx: Tx) -> AbsencesView:
            all_of_them = seat_store.absences(tx, today, SHOWN)
            return AbsencesView(
                [one for one in all_of_them if one.person_id == asker.id],
                [one for one in all_of_them if one.person_id != asker.id],
                line_store.decided_for(tx, asker.id, 20),
                seat_store.staff(tx),
                today,
                not asker.roles.isdisjoint(EDITORS),
                is_ruler(asker),
            )

        return await self._db.read(unit)

    async def enter(self, asker: Asker, one: Absence) -> None:
        """Say that somebody is away: everybody on the staff for themselves, the office for others. Who
        stands in is theirs to say, or the heads'. Raises NotFound, Forbidden, Invalid, NotOwnStandIn."""
        _check_days(one, local_date(self._clock.now()))

        def unit(tx: Tx, asker: Asker) -> None:
            require_staff(asker)
            staff = {each.person_id for each in seat_store.staff(tx)}
            if one.person_id != asker.id:
                if asker.roles.isdisjoint(EDITORS):
                    raise Forbidden()
                if one.stand_in_id and not is_ruler(asker):
                    raise NotOwnStandIn()
            if one.person_id not in staff:
                raise Invalid({"person_id": _("교직원을 선택해 주세요.")})
            if one.stand_in_id and one.stand_in_id not in staff - {one.person_id}:
                raise Invalid({"stand_in_id": _("다른 교직원을 선택해 주세요.")})
            entered = replace(one, id=new_id())
            seat_store.add_absence(tx, entered, asker, self._clock.now())
            self._changed(tx, asker, ApprovalAct.ABSENCE, entered)

        await self._db.write(of_now(asker, unit))

    async def end(self, asker: Asker, absence_id: str) -> None:
        """Strike an absence: they are back, or stay. Raises NotFound."""

        def unit(tx: Tx, asker: Asker) -> None:
            require_staff(asker)
            one = seat_store.absence(tx, absence_id)
            if one is None or (one.person_id != asker.id and asker.roles.isdisjoint(EDITORS)):
                raise NotFound()
            seat_store.remove_absence(tx, absence_id)
            self._changed(tx, asker, ApprovalAct.PRESENT, one)

        await self._db.write(of_now(asker, unit))

    def _changed(self, tx: Tx, asker: Asker, act: ApprovalAct, one: Absence) -> None:
        publish(tx, SeatsChanged(), self._clock.now())
        days = {"from_on": one.from_on, "until_on": one.until_on}
        audit.record(tx, self._clock, asker, act, one.person_id, **days)

    async def forget(self) -> None:
        """Daily: what was over a year ago says nothing to anybody."""
        before = (local_date(self._clock.now()) - ABSENCES_KEPT).isoformat()
        await self._db.write(lambda tx: seat_store.forget_absences(tx, before))


class OwnerlessList:
    """What waits for nobody, for approvers and administrators."""

    def __init__(self, db: Database, clock: Clock, lines: Lines) -> None:
        self._db = db
        self._clock = clock
        self._lines = lines

    async def view(self, asker: Asker) -> tuple[list[Ownerless], list[StaffPlace]]:
        """What waits, and who could take it. Raises NotFound, Forbidden."""

        def unit(tx: Tx, _asker: Asker) -> tuple[list[Ownerless], list[StaffPlace]]:
            return line_store.ownerless(tx, SHOWN), seat_store.staff(tx)

        return await self._db.read(with_role(asker, RULERS, unit))

    async def entrust(self, asker: Asker, matter: Matter, person_id: str) -> None:
        """Let somebody decide on it. Raises NotFound, Forbidden, NotAsked, Invalid where they cannot."""

        def unit(tx: Tx, asker: Asker) -> None:
            if self._lines.entrust(tx, matter, person_id) != person_id:
                raise Invalid(
                    {
                        "person_id": _(
                            "부재 중이거나 직접 올린 문서입니다. 다른 사람을 선택해 주세요."
                        )
                    }
                )
            about = f"{matter.kind}/{matter.id}"
            audit.record(tx, self._clock, asker, ApprovalAct.ENTRUST, about, entrusted=person_id)

        await self._db.write(with_role(asker, RULERS, unit))


def _title(title: str) -> str:
    if not composed(title) or len(title) > 40:
        raise Invalid({"title": _("업무 이름을 40자까지 입력해 주세요.")})
    return composed(title)


def _fit(tx: Tx, table: DutyTable, before: Duty, changed: Duty) -> Duty:
    """The row as it may stand: people of the staff, other rows, each once. Raises Invalid."""
    staff = {one.person_id for one in seat_store.staff(tx)}
    known = {OF_PERSON + one for one in staff} | {one.by for one in table.duties} | {GRADE_HEAD}
    if not staff.issuperset(changed.holders) or not known.issuperset(changed.deputies):
        raise Invalid({"holders": _("교직원을 선택해 주세요.")})
    return Duty(
        before.by,
        before.title if before.is_held_by_list else _title(changed.title),
        () if before.is_held_by_list else tuple(dict.fromkeys(changed.holders)),
        tuple(by for by in dict.fromkeys(changed.deputies) if by != before.by),
    )


def _require_may_set(asker: Asker, before: Duty, row: Duty) -> None:
    """Raises Forbidden, NotOneself."""
    if is_ruler(asker):
        return
    if row.by in HEADS:
        raise Forbidden()
    new = {*row.holders, *row.deputies} - {*before.holders, *before.deputies}
    if {asker.id, OF_PERSON + asker.id} & new:
        raise NotOneself()


def _check_days(one: Absence, today: date) -> None:
    """Raises Invalid."""
    try:
        first, last = date.fromisoformat(one.from_on), date.fromisoformat(one.until_on)
    except ValueError as wrong:
        raise Invalid({"from_on": _("날짜를 확인해 주세요.")}) from wrong
    if last < first or last < today:
        raise Invalid({"until_on": _("종료일은 오늘이나 시작일보다 빠를 수 없습니다.")})
    if last - first > LONGEST:
        raise Invalid({"until_on": _("기간이 너무 깁니다. 3년까지 입력할 수 있습니다.")})
