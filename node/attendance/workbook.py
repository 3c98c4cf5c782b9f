"""A month of a class as a table, for entry into 나이스: a line for each child, a column for each day of school."""

from collections.abc import Iterator, Sequence

from kit import sheets
from node.attendance.model import (
    AWAY,
    WRITTEN,
    Cause,
    ChildMonth,
    ClassMonth,
    Mark,
    Presence,
)

_WEEKDAYS = "월화수목금토일"
_PRESENCES = {
    Presence.PRESENT: "출석",
    Presence.ABSENT: "결석",
    Presence.LATE: "지각",
    Presence.LEFT_EARLY: "조퇴",
    Presence.MISSED: "결과",
}
_CAUSES = {
    Cause.UNKNOWN: "사유 미확인",
    Cause.SICK: "질병",
    Cause.UNAPPROVED: "미인정",
    Cause.OTHER: "기타",
    Cause.APPROVED: "출석인정",
}
"""As 나이스 prints them, whoever downloads."""


def words(mark: Mark) -> str:
    """A mark as 나이스 names it: 질병결석."""
    if not mark.is_away:
        return ""
    if mark.cause is Cause.UNKNOWN:
        return f"{_PRESENCES[mark.presence]}({_CAUSES[mark.cause]})"
    return _CAUSES[mark.cause] + _PRESENCES[mark.presence]


def rows(found: ClassMonth) -> Iterator[Sequence[sheets.Cell]]:
    """Headings, then a line for each child: days, sums, and what was noted."""
    yield [
        "번호",
        "이름",
        *(f"{day.day}({_WEEKDAYS[day.weekday()]})" for day in found.days),
        "수업일수",
        "출석",
        *(f"{_CAUSES[cause]}{_PRESENCES[one]}" for one in AWAY for cause in WRITTEN),
        "사유 미확인",
        "특기사항",
    ]
    for child in found.children:
        yield [
            child.number,
            child.name,
            *(words(child.marks[day]) if day in child.marks else "" for day in found.days),
            child.tally.school_days,
            child.tally.attended,
            *(child.tally.of(one, cause) for one in AWAY for cause in WRITTEN),
            child.tally.unknown,
            _notes(child),
        ]


def _notes(child: ChildMonth) -> str:
    noted = ((day, mark) for day, mark in sorted(child.marks.items()) if mark.reason)
    return ", ".join(f"{mark.reason}({day.month}.{day.day}.)" for day, mark in noted)


def xlsx(found: ClassMonth) -> bytes:
    """Work for a thread."""
    return sheets.xlsx(f"{found.month} 출결", rows(found), frozen="C2", widths={"A": 6, "B": 12})


def csv(found: ClassMonth) -> bytes:
    """Work for a thread."""
    return sheets.csv(rows(found))
