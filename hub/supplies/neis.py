"""Files as 나이스 gives them, of many schools: read, checked row by row, and put apart by school and month.

JSON of the open API, workbooks and CSV with the same headings, with their Korean names, or with others that
somebody has explained (`kit.neis`, `kit.columns`). A file is taken whole or not at all; odd rows are named.
What says only which school it is, or when it was made, is left out: a school knows. A column that somebody
had to explain travels under the name that the open API has for it, which every school knows.
"""

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence

import msgspec

from kit import columns, neis
from kit.columns import FileTable, WantedColumn
from kit.i18n import _
from kit.tables import Line, NoTable, as_heading, day, plain
from protocol.parcels import Parcel
from protocol.supplies import SupplyKind

LONGEST_VALUE = 40  # characters of what stands in a row, as it is told
SCHOOL = "SD_SCHUL_CODE"
_CODE = _("학교 코드(행정표준코드)")
_SCHOOL = WantedColumn(
    SCHOOL,
    _CODE,
    ("sd_schul_code", "행정표준코드", "표준학교코드", "학교코드"),
    is_needed=True,
)
LEFT_OUT = frozenset(
    (
        *_SCHOOL.headings,
        "atpt_ofcdc_sc_code", "atpt_ofcdc_sc_nm", "schul_nm", "schul_crse_sc_nm", "dght_crse_sc_nm",
        "mlsv_fgr", "mlsv_from_ymd", "mlsv_to_ymd", "load_dtm", "시도교육청코드", "시도교육청명",
        "학교명", "수정일자", "적재일시",
    )
)  # fmt: skip


class NeisForm(msgspec.Struct, frozen=True):
    """What a kind of file looks like: how the open API names it, which column has the day, and all that it
    may have. A column's field is the heading under which schools know it."""

    services: tuple[str, ...]
    day: str
    columns: tuple[WantedColumn, ...]


_DAY = _("날짜")
FORMS = {
    SupplyKind.CALENDAR: NeisForm(
        ("SchoolSchedule",),
        "AA_YMD",
        (
            _SCHOOL,
            WantedColumn(
                "AA_YMD", _DAY, ("aa_ymd", "학사일자", "일자", "날짜", "시작일"), is_needed=True
            ),
            WantedColumn(
                "EVENT_NM", _("행사명"), ("event_nm", "행사명", "학사일정명"), is_needed=True
            ),
            WantedColumn("종료일", _("마지막 날"), ("종료일", "종료일자", "끝나는날")),
            WantedColumn("EVENT_CNTNT", _("설명"), ("event_cntnt", "행사내용")),
            WantedColumn("SBTR_DD_SC_NM", _("수업공제일"), ("sbtr_dd_sc_nm", "수업공제일명")),
            *(
                WantedColumn(
                    f"{name}_GRADE_EVENT_YN",
                    label,
                    (f"{name.lower()}_grade_event_yn", f"{grade}학년행사여부", f"{grade}학년"),
                )
                for grade, (name, label) in enumerate(
                    (
                        ("ONE", _("1학년 해당")),
                        ("TW", _("2학년 해당")),
                        ("THREE", _("3학년 해당")),
                        ("FR", _("4학년 해당")),
                        ("FIV", _("5학년 해당")),
                        ("SIX", _("6학년 해당")),
                    ),
                    start=1,
                )
            ),
        ),
    ),
    SupplyKind.MEALS: NeisForm(
        ("mealServiceDietInfo",),
        "MLSV_YMD",
        (
            _SCHOOL,
            WantedColumn(
                "MLSV_YMD", _DAY, ("mlsv_ymd", "급식일자", "일자", "날짜"), is_needed=True
            ),
            WantedColumn(
                "DDISH_NM",
                _("음식(알레르기 번호)"),
                ("ddish_nm", "요리명", "식단명", "메뉴"),
                is_needed=True,
            ),
            WantedColumn("MMEAL_SC_CODE", _("조식·중식·석식"), ("mmeal_sc_code", "식사코드")),
            WantedColumn("CAL_INFO", _("열량"), ("cal_info", "칼로리정보", "열량")),
            WantedColumn("NTR_INFO", _("영양 정보"), ("ntr_info", "영양정보")),
            WantedColumn("ORPLC_INFO", _("원산지"), ("orplc_info", "원산지정보", "원산지")),
        ),
    ),
    SupplyKind.TIMETABLE: NeisForm(
        ("elsTimetable", "misTimetable", "hisTimetable"),
        "ALL_TI_YMD",
        (
            _SCHOOL,
            WantedColumn(
                "ALL_TI_YMD", _DAY, ("all_ti_ymd", "시간표일자", "일자", "날짜"), is_needed=True
            ),
            WantedColumn("GRADE", _("학년"), ("grade", "학년"), is_needed=True),
            WantedColumn("CLASS_NM", _("반"), ("class_nm", "학급명", "반"), is_needed=True),
            WantedColumn("PERIO", _("교시"), ("perio", "교시"), is_needed=True),
            WantedColumn(
                "ITRT_CNTNT", _("과목"), ("itrt_cntnt", "수업내용", "과목"), is_needed=True
            ),
        ),
    ),
}


class NeisFileOdd(msgspec.Struct, frozen=True):
    """Something in a file that cannot be taken. `line`: 0 for the file as a whole; `reason`: a msgid; `value`:
    what stands there, where that says more."""

    file: str
    line: int
    reason: str
    params: dict[str, object] = {}
    value: str = ""


class NeisTable(msgspec.Struct, frozen=True):
    """A file as it was read. `places`: field → column; `left`: columns that somebody said not to read."""

    file: str
    table: FileTable
    places: dict[str, int]
    left: frozenset[int] = frozenset()


class NeisApart(msgspec.Struct, frozen=True):
    """What files come to: by month the parcels of the schools, or what is odd about them."""

    months: Mapping[str, Mapping[str, Parcel]]
    odd: tuple[NeisFileOdd, ...]

    @property
    def schools(self) -> int:
        return len({school for parcels in self.months.values() for school in parcels})


def read(
    kind: SupplyKind, files: Sequence[tuple[str, bytes]], remembered: Mapping[str, str]
) -> tuple[tuple[NeisTable, ...], tuple[NeisFileOdd, ...]]:
    """Files as tables, and those that are none. `remembered`: heading → field, as somebody has said. Work
    for a thread."""
    form, found, odd = FORMS[kind], list[NeisTable](), list[NeisFileOdd]()
    for name, content in files:
        try:
            table = neis.read(form.services, form.columns, content, remembered)
        except NoTable as none:
            odd.append(NeisFileOdd(name, 0, none.reason, none.params))
            continue
        if not table.lines:
            odd.append(NeisFileOdd(name, 0, _("제목 줄 아래에 내용이 없습니다.")))
            continue
        found.append(placed(kind, name, table, remembered))
    return tuple(found), tuple(odd)


def placed(
    kind: SupplyKind, name: str, table: FileTable, remembered: Mapping[str, str]
) -> NeisTable:
    """A table with what its columns are."""
    left = {at for at, one in enumerate(table.headings) if remembered.get(as_heading(one)) == ""}
    places = columns.places(table.headings, FORMS[kind].columns, remembered)
    return NeisTable(name, table, places, frozenset(left))


def missing(kind: SupplyKind, one: NeisTable) -> tuple[WantedColumn, ...]:
    """Needed columns that nobody has found in a file yet."""
    return columns.missing(FORMS[kind].columns, one.places)


Row = dict[str, str]
"""Values by heading."""


def apart(kind: SupplyKind, tables: Sequence[NeisTable]) -> NeisApart:
    """The rows of files together, by month and school. Work for a thread."""
    form, odd = FORMS[kind], list[NeisFileOdd]()
    found: dict[str, dict[str, list[Row]]] = defaultdict(lambda: defaultdict(list))
    pages: dict[tuple[str, int], int] = defaultdict(int)
    for one in tables:
        names = list(_names(form, one))
        if one.table.total:
            first = columns.values_of(one.table.lines[0], one.places)
            pages[first.get(SCHOOL, ""), one.table.total] += len(one.table.lines)
        for line in one.table.lines:
            values = columns.values_of(line, one.places)
            fault = _fault(form, one.file, line, values)
            if fault:
                odd.append(fault)
                continue
            on = day(values[form.day])
            assert on is not None  # _fault has looked
            school = plain(values[SCHOOL]).zfill(7)
            row = {name: cell for name, cell in zip(names, line[1], strict=False) if name}
            found[f"{on:%Y-%m}"][school].append(row)
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


def _names(form: NeisForm, one: NeisTable) -> Iterator[str]:
    """What each column is called for schools; "" where it says nothing to them, or where another column
    has the name."""
    known = {column.field: column.headings for column in form.columns}
    by_place = {at: field for field, at in one.places.items()}
    taken = {as_heading(field) for field in one.places}
    for at, heading in enumerate(one.table.headings):
        name, field = as_heading(heading), by_place.get(at)
        if field == SCHOOL:
            yield ""
        elif field is not None:
            taken.add(name)
            yield heading if name in known[field] else field
        elif at in one.left or name in LEFT_OUT or name in taken or "\x00" in heading:
            yield ""
        else:
            taken.add(name)
            yield heading


def _fault(form: NeisForm, file: str, line: Line, values: Mapping[str, str]) -> NeisFileOdd | None:
    """Why a row cannot be taken; None where it can."""

    def odd(reason: str, field: str) -> NeisFileOdd:
        return NeisFileOdd(file, line[0], reason, value=values.get(field, "")[:LONGEST_VALUE])

    code = plain(values.get(SCHOOL, ""))
    if not (code.isascii() and code.isdecimal() and len(code) <= 7):
        return odd(_("학교 코드(SD_SCHUL_CODE)가 없거나 숫자 일곱 자리가 아닙니다."), SCHOOL)
    if day(values.get(form.day, "")) is None:
        return odd(_("날짜를 읽을 수 없습니다."), form.day)
    if any(one.is_needed and not values.get(one.field) for one in form.columns):
        return odd(_("내용이 비어 있습니다."), "")
    if any("\x00" in cell for cell in line[1]):
        return odd(_("쓸 수 없는 글자가 있습니다."), "")
    return None


def _parcel(kind: SupplyKind, month: str, school: str, rows: Sequence[Row]) -> Parcel:
    """Rows of a school as they came, in their order, without the columns that are empty for it."""
    names = dict.fromkeys(name for row in rows for name in row)
    headings = tuple(name for name in names if any(row.get(name) for row in rows))
    said = dict.fromkeys(tuple(row.get(name, "") for name in headings) for row in rows)
    return Parcel(school=school, kind=kind, key=month, headings=headings, rows=tuple(said))
