"""Those who write the calendar: what they put in, change, take out, and take back."""

import re
from collections.abc import Sequence
from datetime import date

import msgspec

from kit import audit
from kit.clock import Clock, school_year
from kit.db import Database, Tx
from kit.i18n import _
from kit.ids import new_id
from kit.problem import Forbidden, Invalid, NotFound
from kit.seen import check_seen
from kit.typed import one_line, whole
from node.calendar import changes, places, store
from node.calendar.access import KEEPERS, may_add, require_write
from node.calendar.holidays import public_holidays
from node.calendar.model import (
    CHANGES_KEPT,
    CLOSING,
    FIRST_DAY,
    LAST_DAY,
    LONGEST_PLACE,
    LONGEST_TEXT,
    LONGEST_TITLE,
    OPENING,
    STAFF,
    WEEKDAYS,
    CalendarAct,
    CalendarEntry,
    Changed,
    ChangeLine,
    EntryChange,
    EntrySource,
    places_of,
)
from node.people.access import names_of, of_now, require_role, require_staff, with_role
from node.people.audience import classes
from node.people.model import Asker

HOUR = re.compile(r"([01]\d|2[0-3]):[0-5]\d")
SHOWN = 50  # changes on the page of them
BATCH = 100  # changes that one unit forgets


class CalendarOffice:
    """Writes entries, each change with what was before, so that it can be taken back."""

    def __init__(self, db: Database, clock: Clock) -> None:
        self._db = db
        self._clock = clock

    async def add(self, asker: Asker, entry: CalendarEntry) -> str:
        """Put something into the calendar; its id (the one it comes with counts for nothing). Raises
        NotFound, Forbidden, Invalid; publishes CalendarChanged."""
        entry = msgspec.structs.replace(checked(entry), id=new_id())

        def unit(tx: Tx, now: Asker) -> str:
            require_write(now, entry)
            _check_places(tx, entry)
            self._apply(tx, now, EntryChange.ADD, CalendarAct.ADD, Changed(None, entry))
            return entry.id

        return await self._db.write(of_now(asker, unit))

    async def change(self, asker: Asker, entry: CalendarEntry, seen: str) -> None:
        """Let an entry be as given; `seen`: the version it was written from (kit.seen). Raises NotFound,
        Forbidden, Invalid, ChangedMeanwhile; publishes CalendarChanged."""
        entry = checked(entry)

        def unit(tx: Tx, now: Asker) -> None:
            before = _stored(tx, now, entry.id)
            after = msgspec.structs.replace(entry, source=EntrySource.HAND, origin=before.origin)
            require_write(now, before, after)
            check_seen(seen, before)
            _check_places(tx, after, before.keys)
            if after != msgspec.structs.replace(before, source=EntrySource.HAND):
                self._apply(tx, now, EntryChange.CHANGE, CalendarAct.CHANGE, Changed(before, after))

        await self._db.write(of_now(asker, unit))

    async def remove(self, asker: Asker, entry_id: str) -> str:
        """Take an entry out; the id of the change, by which it comes back. Raises NotFound, Forbidden;
        publishes CalendarChanged."""

        def unit(tx: Tx, now: Asker) -> str:
            before = _stored(tx, now, entry_id)
            require_write(now, before)
            return self._apply(
                tx, now, EntryChange.REMOVE, CalendarAct.REMOVE, Changed(before, None)
            )

        return await self._db.write(of_now(asker, unit))

    async def undo(self, asker: Asker, change_id: str) -> None:
        """Take a change back. Raises NotFound, Forbidden, ChangedSince; publishes CalendarChanged."""

        def unit(tx: Tx, now: Asker) -> None:
            found = changes.of(tx, change_id)
            if not found:
                raise NotFound()
            require_write(now, *(one.entry for one in found))
            back = [Changed(one.after, one.before) for one in found]
            self._apply(tx, now, EntryChange.UNDO, CalendarAct.UNDO, *back)
            changes.forget(tx, change_id)

        await self._db.write(of_now(asker, unit))

    async def latest(self, asker: Asker) -> list[ChangeLine]:
        """What was changed last, with who did it, for those who keep the calendar. Raises NotFound,
        Forbidden."""
        require_role(asker, *KEEPERS)

        def unit(tx: Tx) -> list[ChangeLine]:
            found = changes.latest(tx, SHOWN)
            names = names_of(tx, [one.by_id for one in found])
            return [msgspec.structs.replace(one, by=names.get(one.by_id, "")) for one in found]

        return await self._db.read(unit)

    async def offered(self, asker: Asker) -> dict[str, str]:
        """Whom the asker may write for (node.calendar.places). Raises NotFound, Forbidden."""
        require_staff(asker)
        if not may_add(asker):
            raise Forbidden()
        return await self._db.read(lambda tx: places.offered(tx, asker))

    async def strike(self, asker: Asker, day: date, *, kept: bool) -> None:
        """The school keeps a public holiday, or does not. Raises NotFound, Forbidden."""

        def unit(tx: Tx, now: Asker) -> None:
            if day not in public_holidays():
                raise NotFound()
            if kept:
                store.keep(tx, day)
            else:
                store.strike(tx, [day])
            act = CalendarAct.KEEP if kept else CalendarAct.STRIKE
            audit.record(tx, self._clock, now, act, day.isoformat())

        await self._db.write(with_role(asker, KEEPERS, unit))

    async def forget(self) -> int:
        """Changes older than CHANGES_KEPT go, in portions; how many."""
        before, gone = self._clock.now() - CHANGES_KEPT, 0

        def unit(tx: Tx) -> int:
            found = changes.outdated(tx, before, BATCH)
            for change_id in found:
                changes.forget(tx, change_id)
            return len(found)

        while portion := await self._db.write(unit):
            gone += portion
        return gone

    def _apply(
        self, tx: Tx, asker: Asker, what: EntryChange, act: CalendarAct, *changed: Changed
    ) -> str:
        at = self._clock.now()
        audit.record(tx, self._clock, asker, act, changed[0].entry.id)
        return changes.apply(tx, asker.id, at, what, changed)


def _stored(tx: Tx, asker: Asker, entry_id: str) -> CalendarEntry:
    """An entry that the asker may read. Raises NotFound."""
    found = store.readable(tx, asker, entry_id)
    if found is None:
        raise NotFound()
    return found


def checked(entry: CalendarEntry) -> CalendarEntry:
    """The entry with its texts in order. Raises Invalid."""
    wrong = {}
    title = one_line("title", entry.title, LONGEST_TITLE)
    if not title:
        wrong["title"] = _("일정 이름을 입력해 주세요.")
    if not FIRST_DAY <= entry.first_on <= LAST_DAY:
        wrong["first_on"] = _("2015년 3월부터 2100년 2월까지의 날짜를 선택해 주세요.")
    elif entry.last_on < entry.first_on:
        wrong["last_on"] = _("종료일이 시작일보다 빠릅니다.")
    elif school_year(entry.last_on) != entry.year:
        wrong["last_on"] = _(
            "일정은 한 학년도 안에서만 등록할 수 있습니다. 3월부터의 일정은 따로 추가해 주세요."
        )
    wrong |= _hours(entry)
    wrong |= _weekday(entry)
    if not entry.keys:
        wrong["places"] = _("일정 대상을 선택해 주세요.")
    elif entry.kind in (*CLOSING, *OPENING) and not _of_school_or_grades(entry.keys):
        wrong["places"] = _("휴업일, 방학과 수업일은 학교 전체나 학년에만 정할 수 있습니다.")
    if wrong:
        raise Invalid(wrong)
    return msgspec.structs.replace(
        entry,
        title=title,
        text=whole("text", entry.text, LONGEST_TEXT),
        place=one_line("place", entry.place, LONGEST_PLACE),
        ends="" if entry.ends == entry.starts else entry.ends,
        keys=tuple(sorted(set(entry.keys))),
    )


def _weekday(entry: CalendarEntry) -> dict[str, str]:
    if entry.weekday == 0:
        return {}
    if entry.weekday not in WEEKDAYS or entry.kind not in OPENING:
        return {"weekday": _("다른 요일의 시간표는 구분이 ‘수업일’인 일정에만 정할 수 있습니다.")}
    if entry.first_on != entry.last_on:
        return {"weekday": _("다른 요일의 시간표는 하루씩 정해 주세요.")}
    return {}


def _hours(entry: CalendarEntry) -> dict[str, str]:
    for field, hour in (("starts", entry.starts), ("ends", entry.ends)):
        if hour and not HOUR.fullmatch(hour):
            return {field: _("시각은 09:30처럼 입력해 주세요.")}
    if entry.ends and not entry.starts:
        return {"starts": _("시작 시각도 입력해 주세요.")}
    if entry.starts and entry.first_on != entry.last_on:
        return {"starts": _("시각은 하루 일정에만 입력할 수 있습니다.")}
    if entry.ends and entry.ends < entry.starts:
        return {"ends": _("종료 시각이 시작 시각보다 빠릅니다.")}
    return {}


def _of_school_or_grades(keys: Sequence[str]) -> bool:
    return all(place != STAFF and not place.startswith("class:") for place in places_of(keys))


def _check_places(tx: Tx, entry: CalendarEntry, before: Sequence[str] = ()) -> None:
    """Raises Invalid for a grade or class that the school has not. `before`: the keys it had."""
    rooms = classes(tx)
    known = {f"class:{room.id}" for room in rooms} | {f"grade:{room.grade}" for room in rooms}
    known.update(places_of(before))
    unknown = {place for place in places_of(entry.keys) if ":" in place} - known
    if unknown:
        raise Invalid({"places": _("없는 학년이나 학급이 포함되어 있습니다. 다시 선택해 주세요.")})
