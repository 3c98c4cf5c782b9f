"""NEIS's school schedule (학사일정) as its open data gives it: service SchoolSchedule, JSON.

The rows are days: what takes several days stands in a row for each, and is put together here. A row that
cannot be read is named with its place in the files; what the calendar knows by itself (weekends, public
holidays) is passed over.
"""

from collections.abc import Mapping, Sequence
from datetime import date, timedelta
from typing import Any

import msgspec

from kit.i18n import _
from kit.naming import composed
from node.calendar.holidays import public_holidays
from node.calendar.model import (
    FIRST_DAY,
    LAST_DAY,
    LONGEST_TEXT,
    LONGEST_TITLE,
    SCHOOL,
    CalendarEntry,
    EntryKind,
    EntrySource,
    keys_of,
)

SERVICE = "SchoolSchedule"
FOUND, NOTHING_FOUND = "INFO-000", "INFO-200"
MOST_ROWS = 5_000
GRADES = ("ONE", "TW", "THREE", "FR", "FIV", "SIX")
"""NEIS's words for the grades, in `…_GRADE_EVENT_YN`; some answers spell TWO, FOUR and FIVE out."""
SPELT_OUT = {"TW": "TWO", "FR": "FOUR", "FIV": "FIVE"}
OPEN, HOLIDAY, CLOSED = "해당없음", "공휴일", "휴업일"
"""Of SBTR_DD_SC_NM, what a day counts as."""


class Oddity(msgspec.Struct, frozen=True):
    """A row that cannot be taken over. `row`: from 1, over all files; `what`: what it says of itself;
    `reason`: a msgid."""

    row: int
    what: str
    reason: str


class NeisRead(msgspec.Struct, frozen=True):
    """What files hold. `refused`: a msgid, why they are not read at all, with `params`; `passed`: rows
    that the calendar knows by itself."""

    entries: tuple[CalendarEntry, ...] = ()
    odd: tuple[Oddity, ...] = ()
    rows: int = 0
    passed: int = 0
    refused: str = ""
    params: Mapping[str, Any] = {}


class _Row(msgspec.Struct, frozen=True):
    day: date
    title: str
    text: str
    kind: EntryKind
    keys: tuple[str, ...]


def read(files: Sequence[bytes], school: str, grades: frozenset[int]) -> NeisRead:
    """The entries of these files together, for a school of this code (`J107530101`: office and school) and
    these grades."""
    rows: list[Any] = []
    total = 0
    for content in files:
        found = _rows(content)
        if isinstance(found, NeisRead):
            return found
        of_file, said = found
        rows += of_file
        total = max(total, said)
    if len(rows) > MOST_ROWS:
        return NeisRead(
            refused=_("한 번에 %(most)s줄까지 가져올 수 있습니다."), params={"most": MOST_ROWS}
        )
    if len(rows) < total:
        return NeisRead(
            refused=_(
                "전체 %(total)s줄 가운데 %(rows)s줄만 들어 있습니다. 나머지 파일도 함께 올려 주세요."
            ),
            params={"total": total, "rows": len(rows)},
        )
    return of_rows(rows, school, grades)


def of_rows(rows: Sequence[Any], school: str, grades: frozenset[int]) -> NeisRead:
    """The entries of rows that stand for a day each, with NEIS's names of their columns."""
    read: list[_Row] = []
    odd: list[Oddity] = []
    passed = 0
    for at, row in enumerate(rows, start=1):
        one = _row(row, school, grades)
        if isinstance(one, _Row):
            read.append(one)
        elif one:
            odd.append(Oddity(at, _said(row), one))
        else:
            passed += 1
    return NeisRead(tuple(_joined(read)), tuple(odd), len(rows), passed)


def _rows(content: bytes) -> tuple[list[Any], int] | NeisRead:
    """The rows of one file, and how many the answer has in all its pages."""
    try:
        sent = msgspec.json.decode(content.removeprefix(b"\xef\xbb\xbf"))
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        return NeisRead(
            refused=_(
                "JSON 파일이 아닙니다. 나이스 교육정보 개방 포털에서 JSON으로 내려받아 주세요."
            )
        )
    if not isinstance(sent, dict):
        return NeisRead(refused=_NO_SCHEDULE)
    if "RESULT" in sent:
        return NeisRead(**_refusal(sent["RESULT"]))
    parts = sent.get(SERVICE)
    if not isinstance(parts, list):
        return NeisRead(refused=_NO_SCHEDULE)
    total, rows = 0, []
    for part in parts:
        if not isinstance(part, dict):
            continue
        for head in _list(part.get("head")):
            result = head.get("RESULT") if isinstance(head, dict) else None
            if isinstance(result, dict) and result.get("CODE") != FOUND:
                return NeisRead(**_refusal(result))
            said = head.get("list_total_count") if isinstance(head, dict) else None
            total = said if isinstance(said, int) else total
        rows += _list(part.get("row"))
    return rows, total


def _list(sent: Any) -> list[Any]:
    return sent if isinstance(sent, list) else []


_NO_SCHEDULE = _(
    "학사일정(SchoolSchedule) 파일이 아닙니다. 다른 자료를 받은 것이 아닌지 확인해 주세요."
)


def _refusal(result: Any) -> dict[str, Any]:
    """NEIS's own refusal, in words."""
    code = str(result.get("CODE", "")) if isinstance(result, dict) else ""
    if code == NOTHING_FOUND:
        return {
            "refused": _(
                "나이스에 이 기간의 학사일정이 없습니다. 기간과 학교를 확인하고 다시 내려받아 주세요."
            )
        }
    return {
        "refused": _("나이스에서 자료를 받지 못한 파일입니다(%(code)s). 다시 내려받아 주세요."),
        "params": {"code": code[:20]},
    }


def _said(row: Any) -> str:
    """What an odd row says of itself, short."""
    if not isinstance(row, dict):
        return ""
    return f"{row.get('AA_YMD') or ''} {row.get('EVENT_NM') or ''}".strip()[:60]


def _row(row: Any, school: str, grades: frozenset[int]) -> _Row | str:
    """A row that can be taken over; why it cannot (a msgid); empty where the calendar knows it."""
    if not isinstance(row, dict):
        return _("형식이 맞지 않는 줄입니다.")
    if _school(row) not in ("", school):
        return _("다른 학교의 일정입니다.")
    day = _day(row.get("AA_YMD"))
    if day is None:
        return _("날짜(AA_YMD)를 읽을 수 없습니다.")
    title = _text(row.get("EVENT_NM"))
    text = _text(row.get("EVENT_CNTNT"))
    if not title:
        return _("일정 이름(EVENT_NM)이 없습니다.")
    if len(title) > LONGEST_TITLE or len(text) > LONGEST_TEXT:
        return _("이름이나 내용이 너무 깁니다.")
    counts_as = _text(row.get("SBTR_DD_SC_NM")) or OPEN
    if counts_as not in (OPEN, HOLIDAY, CLOSED):
        return _("수업공제일(SBTR_DD_SC_NM)을 알 수 없습니다.")
    if _is_known(day, title, counts_as):
        return ""
    return _Row(day, title, text, _kind(title, counts_as), keys_of(_places(row, grades)))


def _school(row: Mapping[str, Any]) -> str:
    """The key of the school that a row names; empty where it names none."""
    office, code = _text(row.get("ATPT_OFCDC_SC_CODE")), _text(row.get("SD_SCHUL_CODE"))
    return office + code if code else ""


def _day(sent: Any) -> date | None:
    text = _text(sent)
    if len(text) != 8 or not (text.isascii() and text.isdecimal()):
        return None
    try:
        day = date(int(text[:4]), int(text[4:6]), int(text[6:]))
    except ValueError:
        return None
    return day if FIRST_DAY <= day <= LAST_DAY else None


def _text(sent: Any) -> str:
    text = str(sent).replace("\x00", "") if isinstance(sent, str | int) else ""
    return composed(" ".join(text.split())) if text.strip() else ""


def _is_known(day: date, title: str, counts_as: str) -> bool:
    is_weekend = day.weekday() >= 5 and "휴업일" in title
    return is_weekend or (counts_as == HOLIDAY and day in public_holidays())


def _kind(title: str, counts_as: str) -> EntryKind:
    if counts_as == OPEN:
        return EntryKind.EVENT
    if "방학" in title:
        return EntryKind.VACATION
    return EntryKind.HOLIDAY if counts_as == HOLIDAY else EntryKind.DAY_OFF


def _places(row: Mapping[str, Any], grades: frozenset[int]) -> list[str]:
    """Whom a row is for: the grades it marks; all of them, or none, is the whole school."""
    marked = {
        grade
        for grade, word in enumerate(GRADES, start=1)
        if "Y" in (_flag(row, word), _flag(row, SPELT_OUT.get(word, word)))
    } & grades
    return (
        [f"grade:{grade}" for grade in sorted(marked)] if marked and marked < grades else [SCHOOL]
    )


def _flag(row: Mapping[str, Any], word: str) -> str:
    return _text(row.get(f"{word}_GRADE_EVENT_YN")).upper()


def _joined(rows: Sequence[_Row]) -> list[CalendarEntry]:
    """Rows of the same thing on days that follow one another, within one school year, as one entry each."""
    runs: dict[tuple[str, str, EntryKind, tuple[str, ...]], list[list[date]]] = {}
    for row in sorted(dict.fromkeys(rows), key=lambda row: row.day):
        of_thing = runs.setdefault((row.title, row.text, row.kind, row.keys), [])
        follows = of_thing and row.day - of_thing[-1][-1] == timedelta(1)
        if follows and (row.day.month, row.day.day) != (3, 1):
            of_thing[-1].append(row.day)
        else:
            of_thing.append([row.day])
    entries = [
        CalendarEntry(
            id="",
            first_on=run[0],
            last_on=run[-1],
            kind=kind,
            title=title,
            text=text,
            keys=keys,
            source=EntrySource.NEIS,
            origin=f"{SERVICE}:{run[0]:%Y%m%d}:{title}:{'+'.join(keys)}",
        )
        for (title, text, kind, keys), of_thing in runs.items()
        for run in of_thing
    ]
    return sorted(entries, key=lambda entry: (entry.first_on, entry.title))
