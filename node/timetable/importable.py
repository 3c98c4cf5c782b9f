"""What files can bring of timetables: 시간표 of 나이스 (초·중·고), and tables of grade, class, period, subject.

Rows of dates become a week and what is otherwise on single days: of each class and weekday the subject
that most of its dates have. Of the weekdays and days that a file speaks of it replaces what files brought
before; what hands wrote stays.
"""

import re
from collections import Counter
from collections.abc import Callable, Sequence
from datetime import date, timedelta

from kit.columns import WantedColumn
from kit.db import Tx
from kit.i18n import _
from kit.tables import day as day_of
from kit.tables import plain
from node.people import audience
from node.people.access import PLANNERS, require_role
from node.people.model import Asker, ClassChoice
from node.ports.importable import FileRow, Importable, ImportEffect, OddRow
from node.timetable import store
from node.timetable.model import (
    LONGEST_SUBJECT,
    MOST_PERIODS,
    WEEKDAYS,
    Layers,
    Lessons,
    TimetableAct,
)

LONGEST_SPAN = 400  # days of one file
SAMPLES = 6
NOTHING = Layers({}, {})

Changed = Callable[[Tx, Asker, TimetableAct, tuple[str, ...]], None]
"""`node.timetable.service.Timetable.changed`."""
Weeks = dict[tuple[str, int], Lessons]
Days = dict[tuple[str, str], Lessons]

_GRADE, _CLASS, _PERIOD, _SUBJECT = _("학년"), _("반"), _("교시"), _("과목")
_DAY, _WEEKDAY = _("날짜"), _("요일")
COLUMNS = (
    WantedColumn("grade", _GRADE, ("grade", "학년"), is_needed=True),
    WantedColumn("class", _CLASS, ("class_nm", "학급명", "학급", "반"), is_needed=True),
    WantedColumn("period", _PERIOD, ("perio", "교시"), is_needed=True),
    WantedColumn(
        "subject", _SUBJECT, ("itrt_cntnt", "수업내용", "과목", "과목명", "교과"), is_needed=True
    ),
    WantedColumn("day", _DAY, ("all_ti_ymd", "시간표일자", "일자", "날짜")),
    WantedColumn("weekday", _WEEKDAY, ("요일", "weekday")),
)
_NAMES = "월화수목금토"


def importable(changed: Changed) -> Importable:
    def require(asker: Asker) -> None:
        require_role(asker, *PLANNERS)

    def take(tx: Tx, asker: Asker, what: tuple[Weeks, Days]) -> None:
        weeks, days = what
        store.bring_weeks(tx, [(*key, lessons) for key, lessons in weeks.items()])
        if days:
            store.bring_days(tx, [(*key, lessons) for key, lessons in days.items()])
        changed(tx, asker, TimetableAct.IMPORT, tuple(sorted({one for one, _at in weeks})))

    return Importable(
        about="timetable",
        title=_("시간표"),
        hint=_("나이스 교육정보 개방 포털의 시간표(JSON)나 엑셀(.xlsx)·CSV 파일"),
        href="/timetable",
        services=("elsTimetable", "misTimetable", "hisTimetable"),
        columns=COLUMNS,
        require=require,
        weigh=weigh,
        take=take,
    )


def weigh(tx: Tx, rows: Sequence[FileRow]) -> ImportEffect:
    """What rows come to."""
    rooms = {(one.grade, str(one.number)): one for one in audience.classes(tx)}
    weeks: Weeks = {}
    dated: Days = {}
    odd: list[OddRow] = []
    for row in rows:
        read = _row(row, rooms)
        if isinstance(read, OddRow):
            odd.append(read)
            continue
        class_id, when, period, subject = read
        held = (
            weeks.setdefault((class_id, when), {})
            if isinstance(when, int)
            else dated.setdefault((class_id, when), {})
        )
        if held.setdefault(period, subject) != subject:
            reason = _("같은 반 같은 교시가 앞줄에 다른 과목으로 있습니다. 하나만 남겨 주세요.")
            odd.append(OddRow(row.line, _PERIOD, reason))
    days = _apart(weeks, dated)
    classes = sorted({class_id for class_id, _when in weeks})
    if dated:
        days = _outdated(tx, classes, dated) | days
    stored = store.weeks(tx, classes)
    kept = sum(len(layers.written) for grid in stored.values() for layers in grid.values())
    counts = (
        (_("시간표를 가져오는 학급 %(count)s개"), len(classes)),
        (_("그 학급들의 요일 %(count)s개"), len(weeks)),
        (_("평소와 다른 날 %(count)s일"), sum(map(bool, days.values()))),
        (_("직접 수정하여 유지되는 칸 %(count)s개"), kept),
    )
    names = {one.id: one.name for one in rooms.values()}
    samples = tuple(
        (f"{names[class_id]} {WEEKDAYS[weekday]}", _told(lessons))
        for (class_id, weekday), lessons in sorted(weeks.items())[:SAMPLES]
    )
    shown = tuple((text, count) for text, count in counts if count)
    compared: list[tuple[Lessons, Lessons]] = [
        (lessons, stored[class_id].get(weekday, NOTHING).brought)
        for (class_id, weekday), lessons in weeks.items()
    ]
    of_days = store.days(tx, classes, sorted({day for _class, day in days}))
    compared += [(lessons, of_days.get(key, NOTHING).brought) for key, lessons in days.items()]
    adds = sum(not before for after, before in compared if after != before)
    alters = sum(bool(before) for after, before in compared if after != before)
    return ImportEffect((weeks, days), tuple(odd), shown, samples, adds, alters)


def _told(lessons: Lessons) -> str:
    return " · ".join(f"{period} {name}" for period, name in sorted(lessons.items()))


def _row(
    row: FileRow, rooms: dict[tuple[int, str], ClassChoice]
) -> tuple[str, int | str, int, str] | OddRow:
    """(class, weekday or day, period, subject) of a row."""
    value = {field: plain(text) for field, text in row.values.items()}
    grade, name = _number(value["grade"], "학년"), _number(value["class"], "반")
    room = None if grade is None else rooms.get((grade, str(name)))
    if room is None:
        reason = _("%(grade)s학년 %(name)s반은 학교에 없는 반입니다.")
        params: dict[str, object] = {"grade": value["grade"][:20], "name": value["class"][:20]}
        return OddRow(row.line, _CLASS, reason, params)
    period = _number(value["period"], "교시")
    if period is None or not 1 <= period <= MOST_PERIODS:
        return _odd(
            row, "period", _PERIOD, _("‘%(value)s’: 교시를 읽을 수 없습니다. 숫자로 입력해 주세요.")
        )
    subject = " ".join(re.sub(r"^[-*·\s]+", "", value["subject"]).split())
    if not subject or len(subject) > LONGEST_SUBJECT:
        return _odd(row, "subject", _SUBJECT, _("‘%(value)s’: 과목이 비었거나 너무 깁니다."))
    if value.get("day"):
        day = day_of(value["day"])
        if day is None or day.isoweekday() not in WEEKDAYS:
            return _odd(row, "day", _DAY, _("‘%(value)s’: 수업일이나 요일을 읽을 수 없습니다."))
        return room.id, day.isoformat(), period, subject
    weekday = _NAMES.find(value.get("weekday", "")[:1]) + 1 if value.get("weekday") else 0
    if not weekday:
        return _odd(row, "weekday", _WEEKDAY, _("‘%(value)s’: 날짜나 요일이 있어야 합니다."))
    return room.id, weekday, period, subject


def _odd(row: FileRow, field: str, label: str, reason: str) -> OddRow:
    return OddRow(row.line, label, reason, {"value": row.values.get(field, "")[:40]})


def _number(text: str, unit: str) -> int | None:
    found = re.fullmatch(rf"0*(\d{{1,2}})\s?(?:{unit})?", text)
    return None if found is None else int(found[1])


def _apart(weeks: Weeks, dated: Days) -> Days:
    """Days apart from the week that most of them make up; the week is put into `weeks`."""
    of_weekday: dict[tuple[str, int], dict[str, Lessons]] = {}
    for (class_id, day), lessons in dated.items():
        weekday = date.fromisoformat(day).isoweekday()
        of_weekday.setdefault((class_id, weekday), {})[day] = lessons
    days: Days = {}
    for (class_id, weekday), found in of_weekday.items():
        periods = {period for lessons in found.values() for period in lessons}
        usual = {
            period: Counter(one.get(period, "") for one in found.values()).most_common(1)[0][0]
            for period in sorted(periods)
        }
        weeks[class_id, weekday] = {period: name for period, name in usual.items() if name}
        for day, lessons in found.items():
            days[class_id, day] = {
                period: lessons.get(period, "")
                for period, name in usual.items()
                if lessons.get(period, "") != name
            }
    return {key: lessons for key, lessons in days.items() if lessons}


def _outdated(tx: Tx, classes: Sequence[str], dated: Days) -> Days:
    """Days between the first and the last of a file of which files said something before."""
    named = sorted(day for _class, day in dated)
    first, last = date.fromisoformat(named[0]), date.fromisoformat(named[-1])
    span = min((last - first).days, LONGEST_SPAN)
    between = [(first + timedelta(days=at)).isoformat() for at in range(span + 1)]
    stored = store.days(tx, classes, between)
    return {key: {} for key, layers in stored.items() if layers.brought}
