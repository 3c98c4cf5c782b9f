"""Holidays that the province sets (임시공휴일): how each stands to the school's calendar, and into it."""

from datetime import date

from kit.clock import Clock
from kit.db import Tx
from kit.i18n import _
from kit.ids import new_id
from kit.problem import Invalid
from node.calendar import changes, school_days, store
from node.calendar.access import require_write
from node.calendar.holidays import public_holidays
from node.calendar.model import SCHOOL, CalendarEntry, Changed, EntryChange, EntryKind, keys_of
from node.calendar.office import checked
from node.people.model import Asker
from node.ports.supplied import ComparedPart, Supplied, SupplyStanding, WeighedSupply
from protocol.supplies import SupplyKind


def supplied(clock: Clock) -> Supplied:
    def take(tx: Tx, asker: Asker, key: str, name: str, _content: str, _what: object) -> None:
        entry = checked(_entry(date.fromisoformat(key), name))
        require_write(asker, entry)
        changes.apply(tx, asker.id, clock.now(), EntryChange.ADD, [Changed(None, entry)])

    return Supplied(
        kind=SupplyKind.HOLIDAY,
        title=_("공휴일"),
        explained=_("학사일정에 휴업일로 표시되고 수업일수에서 제외됩니다."),
        taken=_("공휴일을 학사일정에 추가했습니다."),
        seen_at="/calendar/changes",
        weigh=weigh,
        take=take,
    )


def _entry(day: date, name: str) -> CalendarEntry:
    return CalendarEntry(
        id=new_id(),
        first_on=day,
        last_on=day,
        kind=EntryKind.HOLIDAY,
        title=name,
        keys=keys_of([SCHOOL]),
    )


def weigh(tx: Tx, key: str, name: str, _content: str) -> WeighedSupply:
    """Whether the school is closed on that day already. A holiday that the school chose not to keep
    stays as it chose."""
    try:
        day = date.fromisoformat(key)
        checked(_entry(day, name))
    except (ValueError, Invalid):
        return WeighedSupply(SupplyStanding.UNFIT, fault=_("날짜나 이름을 읽을 수 없습니다."))
    if day in public_holidays() or day in store.struck(tx, day, day):
        return WeighedSupply(SupplyStanding.SAME, _said(name, public_holidays().get(day, "")))
    closed = school_days.closed(tx, day, day, None).get(day)
    if closed is None or not closed.title:
        return WeighedSupply(SupplyStanding.NEW, _said(name, ""))
    return WeighedSupply(SupplyStanding.SAME, _said(name, closed.title))


def _said(theirs: str, ours: str) -> tuple[ComparedPart, ...]:
    return (ComparedPart(_("공휴일"), (ours,) if ours else (), (theirs,)),)
