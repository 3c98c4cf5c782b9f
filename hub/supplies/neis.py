"""Files as 나이스 gives them, of many schools: read, checked row by row, and put apart by school and month.

JSON of the open API (`{"mealServiceDietInfo": [{"head": …}, {"row": [{"SD_SCHUL_CODE": …}]}]}`), workbooks and
CSV with the same headings or their Korean names. A file is taken whole or not at all; odd rows are named.
What says only which school it is, or when it was made, is left out: a school knows.
"""

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import msgspec

from kit.i18n import _
from kit.tables import LARGEST, TITLES, NoTable, as_heading, block, day, plain, table
from protocol.parcels import Parcel
from protocol.supplies import SupplyKind

MOST_NAMED = 20
"""Odd rows that are named; of more it is said how many there are."""
SCHOOL = ("sd_schul_code", "행정표준코드", "표준학교코드", "학교코드")
LEFT_OUT = frozenset(
    (
        *SCHOOL,
        "atpt_ofcdc_sc_code", "atpt_ofcdc_sc_nm", "schul_nm", "schul_crse_sc_nm", "dght_crse_sc_nm",
        "mlsv_fgr", "mlsv_from_ymd", "mlsv_to_ymd", "load_dtm", "시도교육청코드", "시도교육청명",
        "학교명", "수정일자", "적재일시",
    )
)  # fmt: skip


class NeisForm(msgspec.Struct, frozen=True):
    """What a kind of file looks like: how the open API names it, headings of the day, and those without
    which a row says nothing."""

    services: tuple[str, ...]
    day: tuple[str, ...]
    needed: tuple[tuple[str, ...], ...]


FORMS = {
    SupplyKind.CALENDAR: NeisForm(
        ("SchoolSchedule",),
        ("aa_ymd", "학사일자", "일자", "날짜"),
        (("event_nm", "행사명", "학사일정명"),),
    ),
    SupplyKind.MEALS: NeisForm(
        ("mealServiceDietInfo",),
        ("mlsv_ymd", "급식일자", "일자", "날짜"),
        (("ddish_nm", "요리명", "식단명", "메뉴"),),
    ),
    SupplyKind.TIMETABLE: NeisForm(
        ("elsTimetable", "misTimetable", "hisTimetable"),
        ("all_ti_ymd", "시간표일자", "일자", "날짜"),
        (
            ("grade", "학년"),
            ("class_nm", "학급명", "반"),
            ("perio", "교시"),
            ("itrt_cntnt", "수업내용", "과목"),
        ),
    ),
}


class NeisFileOdd(msgspec.Struct, frozen=True):
    """Something in a file that cannot be taken. `line`: 0 for the file as a whole; `reason`: a msgid."""

    file: str
    line: int
    reason: str
    params: dict[str, object] = {}


class NeisApart(msgspec.Struct, frozen=True):
    """What files come to: by month the parcels of the schools, or what is odd about them."""

    months: Mapping[str, Mapping[str, Parcel]]
    odd: tuple[NeisFileOdd, ...]


Row = tuple[int, dict[str, str]]
"""(line, values by heading)"""


def apart(kind: SupplyKind, files: Sequence[tuple[str, bytes]]) -> NeisApart:
    """The rows of files together, by month and school. Work for a thread."""
    form, odd = FORMS[kind], list[NeisFileOdd]()
    found: dict[str, dict[str, list[dict[str, str]]]] = defaultdict(lambda: defaultdict(list))
    pages: dict[tuple[str, int], int] = defaultdict(int)
    for name, content in files:
        try:
            rows, total = _rows(form, content)
        except NoTable as none:
            odd.append(NeisFileOdd(name, 0, none.reason, none.params))
            continue
        code_of = _first(rows[0][1], SCHOOL) if rows else ""
        if total:
            pages[code_of, total] += len(rows)
        for line, values in rows:
            fault = _fault(form, values)
            if fault:
                odd.append(NeisFileOdd(name, line, fault))
                continue
            on = day(_first(values, form.day))
            assert on is not None  # _fault has looked
            school = plain(_first(values, SCHOOL)).zfill(7)
            found[f"{on:%Y-%m}"][school].append(values)
    for (_school, total), count in pages.items():
        if count < total:
            reason = _(
                "나이스에 있는 %(total)s줄 가운데 %(count)s줄만 들어 있습니다. 나머지 쪽도 함께 올려 주세요."
            )
            odd.append(NeisFileOdd("", 0, reason, {"total": total, "count": count}))
    months = {
        month: {school: _parcel(kind, month, school, rows) for school, rows in sorted(of.items())}
        for month, of in sorted(found.items())
    }
    return NeisApart(months, tuple(odd))


def _rows(form: NeisForm, content: bytes) -> tuple[list[Row], int]:
    """(rows, how many the open API says there are altogether). Raises NoTable."""
    text = content.removeprefix(b"\xef\xbb\xbf").lstrip()
    if not text.startswith(b"{"):
        return list(_of_table(form, content)), 0
    if len(text) > LARGEST:
        raise NoTable(_("파일이 너무 큽니다(8 MB까지). 나누어 올려 주세요."))
    try:
        answer = msgspec.json.decode(text, type=dict[str, Any])
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        raise NoTable(_("JSON 파일이 끝까지 저장되지 않았습니다. 다시 내려받아 주세요.")) from error
    parts = next((answer[one] for one in form.services if one in answer), None)
    if not isinstance(parts, list):
        raise NoTable(_("고른 종류의 나이스 자료가 아닙니다. 종류를 확인해 주세요."))
    total, rows = 0, list[Row]()
    for part in parts:
        of = part if isinstance(part, dict) else {}
        for head in _dicts(of.get("head")):
            said = head.get("list_total_count")
            total = said if isinstance(said, int) else total
        for row in _dicts(of.get("row")):
            values = {str(name): block(_written(value)) for name, value in row.items()}
            rows.append((len(rows) + 1, values))
    if not rows:
        raise NoTable(_("나이스 파일에 자료가 없습니다. 기간과 학교를 확인해 주세요."))
    return rows, total


def _dicts(sent: object) -> list[dict[str, Any]]:
    return [one for one in sent if isinstance(one, dict)] if isinstance(sent, list) else []


def _written(value: object) -> str:
    return "" if value is None else str(value)


def _of_table(form: NeisForm, content: bytes) -> Iterator[Row]:
    known = {one for names in (SCHOOL, form.day, *form.needed) for one in names}

    def named(values: Sequence[str]) -> int:
        return len({as_heading(value) for value in values} & known)

    lines = table(content, named, block)
    top = max(range(min(TITLES, len(lines))), key=lambda at: named(lines[at][1]))
    headings = [" ".join(one.split()) for one in lines[top][1]]
    if len(lines) == top + 1:
        raise NoTable(_("제목 줄 아래에 내용이 없습니다."))
    for line, cells in lines[top + 1 :]:
        yield line, dict(zip(headings, [*cells, *[""] * len(headings)], strict=False))


def _first(values: Mapping[str, str], names: Sequence[str]) -> str:
    """What stands under the first of these headings that is there."""
    by_name = {as_heading(name): value for name, value in values.items()}
    return next((by_name[one] for one in names if by_name.get(one)), "")


def _fault(form: NeisForm, values: Mapping[str, str]) -> str:
    """Why a row cannot be taken (a msgid); empty where it can."""
    code = plain(_first(values, SCHOOL))
    if not (code.isascii() and code.isdecimal() and len(code) <= 7):
        return _("학교 코드(SD_SCHUL_CODE)가 없거나 숫자 일곱 자리가 아닙니다.")
    if day(_first(values, form.day)) is None:
        return _("날짜를 읽을 수 없습니다.")
    if any(not _first(values, names) for names in form.needed):
        return _("내용이 비어 있습니다.")
    if any("\x00" in value for value in values.values()):
        return _("쓸 수 없는 글자가 있습니다.")
    return ""


def _parcel(kind: SupplyKind, month: str, school: str, rows: Sequence[Mapping[str, str]]) -> Parcel:
    """Rows of a school as they came, in their order, without the columns that say nothing to it."""
    names = dict.fromkeys(name for row in rows for name in row)
    headings = tuple(
        name
        for name in names
        if name and as_heading(name) not in LEFT_OUT and any(row.get(name) for row in rows)
    )
    said = dict.fromkeys(tuple(row.get(name, "") for name in headings) for row in rows)
    return Parcel(school=school, kind=kind, key=month, headings=headings, rows=tuple(said))
