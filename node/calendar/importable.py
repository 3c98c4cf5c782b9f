"""What files can bring of the school schedule: 학사일정 of 나이스, and tables that have a day and what is on.

A table's rows are read by NEIS's own rules (node.calendar.neis) once its columns are known, and an import is
one change that can be taken back (node.calendar.importing).
"""

from collections.abc import Iterator, Sequence
from datetime import date, timedelta

from kit import audit
from kit.clock import Clock
from kit.columns import WantedColumn
from kit.db import Tx
from kit.i18n import _
from kit.tables import day as day_of
from kit.tables import plain
from node.calendar import changes, neis
from node.calendar.access import KEEPERS
from node.calendar.importing import NeisPlan, plan_of
from node.calendar.model import CalendarAct, CalendarEntry, EntryChange
from node.people.access import require_role
from node.people.audience import classes
from node.people.model import Asker
from node.ports.importable import FileRow, Importable, ImportEffect, OddRow

LONGEST_SPAN = 400  # days of one row
SAMPLES = 5

_DAY, _LAST, _TITLE, _COUNTS_AS = _("날짜"), _("종료일"), _("일정"), _("수업공제일")
_GRADE_LABELS = (_("1학년"), _("2학년"), _("3학년"), _("4학년"), _("5학년"), _("6학년"))
_MARKS = frozenset({"y", "o", "ㅇ", "○", "◯", "●", "v", "✓", "1", "예", "해당"})
"""What marks a grade in a table."""


def _flags(word: str) -> Iterator[str]:
    """How NEIS heads the column of a grade."""
    for one in dict.fromkeys((word, neis.SPELT_OUT.get(word, word))):
        yield f"{one.lower()}_grade_event_yn"


COLUMNS = (
    WantedColumn(
        "AA_YMD",
        _DAY,
        ("aa_ymd", "학사일자", "일자", "날짜", "시작일", "시작일자"),
        is_needed=True,
    ),
    WantedColumn("last", _LAST, ("종료일", "종료일자", "끝나는날")),
    WantedColumn(
        "EVENT_NM",
        _TITLE,
        ("event_nm", "행사명", "학사일정명", "학사일정", "일정명", "일정", "행사"),
        is_needed=True,
    ),
    WantedColumn("EVENT_CNTNT", _("설명"), ("event_cntnt", "행사내용", "내용", "설명", "비고")),
    WantedColumn("SBTR_DD_SC_NM", _COUNTS_AS, ("sbtr_dd_sc_nm", "수업공제일명", "수업공제일")),
    *(
        WantedColumn(
            f"{word}_GRADE_EVENT_YN",
            _GRADE_LABELS[grade - 1],
            (*_flags(word), f"{grade}학년행사여부", f"{grade}학년"),
        )
        for grade, word in enumerate(neis.GRADES, start=1)
    ),
)


def importable(clock: Clock, school: str) -> Importable:
    """`school`: the key of this school, office and code as NEIS has them."""

    def require(asker: Asker) -> None:
        require_role(asker, *KEEPERS)

    def weigh(tx: Tx, rows: Sequence[FileRow]) -> ImportEffect:
        return _weigh(tx, rows, school)

    def take(tx: Tx, asker: Asker, plan: NeisPlan) -> None:
        if plan.changed:
            made = changes.apply(tx, asker.id, clock.now(), EntryChange.IMPORT, plan.changed)
            audit.record(tx, clock, asker, CalendarAct.IMPORT, made)

    return Importable(
        about="calendar",
        title=_("학사일정"),
        hint=_("엑셀(.xlsx)·CSV 파일, 또는 나이스 교육정보 개방 포털의 학사일정(JSON)"),
        href="/calendar",
        services=(neis.SERVICE,),
        columns=COLUMNS,
        require=require,
        weigh=weigh,
        take=take,
    )


def _weigh(tx: Tx, rows: Sequence[FileRow], school: str) -> ImportEffect:
    """What rows come to: the months that they span, as these rows have them."""
    grades = frozenset(room.grade for room in classes(tx))
    days: list[dict[str, str]] = []
    lines: list[int] = []
    odd: list[OddRow] = []
    for row in rows:
        spanned = list(_days(row))
        if not spanned:
            reason = _("‘%(value)s’: 종료일을 읽을 수 없습니다.")
            odd.append(OddRow(row.line, _LAST, reason, {"value": row.values["last"][:40]}))
        days += spanned
        lines += [row.line] * len(spanned)
    found = neis.of_rows(days, school, grades)
    for one in found.odd:
        line = lines[one.row - 1]
        if all(line != named.line for named in odd):
            odd.append(OddRow(line, _TITLE, one.reason))
    plan = plan_of(tx, found.entries)
    counts = (
        (_("추가되는 일정 %(count)s건"), len(plan.added)),
        (_("이 기간에서 삭제되는 일정 %(count)s건"), len(plan.removed)),
        (_("변경 없는 일정 %(count)s건"), plan.unchanged),
        (_("직접 수정하여 유지되는 일정 %(count)s건"), len(plan.stays)),
        (_("이미 있는 주말과 공휴일 %(count)s건"), found.passed),
    )
    return ImportEffect(
        plan,
        tuple(sorted(odd, key=lambda one: one.line)),
        tuple((text, count) for text, count in counts if count),
        tuple(map(_sample, found.entries[:SAMPLES])),
        len(plan.added),
        len(plan.removed),
    )


def _days(row: FileRow) -> Iterator[dict[str, str]]:
    """A row for each of its days, as NEIS has them; nothing where its last day is none."""
    values = {field: value for field, value in row.values.items() if field != "last"}
    for word in neis.GRADES:
        field = f"{word}_GRADE_EVENT_YN"
        if plain(values.get(field, "")).lower() in _MARKS:
            values[field] = "Y"
    first = day_of(row.values["AA_YMD"])
    typed = row.values.get("last", "")
    last = day_of(typed) if typed else first
    if first is None:
        yield values
    elif last is not None and timedelta(0) <= last - first <= timedelta(LONGEST_SPAN):
        for at in range((last - first).days + 1):
            yield values | {"AA_YMD": f"{first + timedelta(at):%Y%m%d}"}


def _sample(entry: CalendarEntry) -> tuple[str, str]:
    when = _said(entry.first_on)
    if entry.last_on != entry.first_on:
        when += f" – {_said(entry.last_on)}"
    return when, entry.title


def _said(day: date) -> str:
    return f"{day.year}. {day.month}. {day.day}."
