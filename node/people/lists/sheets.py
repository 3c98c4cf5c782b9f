"""The lists a school brings: CSV files as Excel and NEIS export them, read into rows with faults.

UTF-8 (with or without a mark), UTF-16 and CP949; comma, semicolon or tab; columns in any order by
their Korean or English heading, with titles above them. What a keyboard, a Mac or a web page put into
a cell besides its letters is taken off (`_cell`). Nothing here knows the database.
"""

import csv
import enum
import io
import itertools
import re
import unicodedata
from collections.abc import Iterator

import msgspec

from kit import cleaning
from kit.db import outside_units
from kit.i18n import _
from node.people.lists.telephone import phone


class Kind(enum.StrEnum):
    """Which list a file is, in the order in which they are read."""

    CLASSES = "classes"
    STAFF = "staff"
    STUDENTS = "students"
    GUARDIANS = "guardians"


LABELS = {
    Kind.CLASSES: _("학급"),
    Kind.STAFF: _("교직원"),
    Kind.STUDENTS: _("학생"),
    Kind.GUARDIANS: _("보호자"),
}


class Column(msgspec.Struct, frozen=True):
    """A column: its field, its headings (the first is the documented one), whether it is needed."""

    field: str
    headings: tuple[str, ...]
    required: bool = False
    number: bool = False


_PHONE = ("전화", "전화번호", "휴대전화", "휴대전화번호", "휴대폰", "연락처", "phone")

COLUMNS: dict[Kind, tuple[Column, ...]] = {
    Kind.CLASSES: (
        Column("grade", ("학년", "grade"), required=True, number=True),
        Column("class_number", ("반", "class"), required=True, number=True),
        Column("homeroom", ("담임교직원번호", "담임", "homeroom")),
    ),
    Kind.STAFF: (
        Column("key", ("교직원번호", "staff_id"), required=True),
        Column("name", ("이름", "성명", "name"), required=True),
        Column("position", ("직위", "직급", "position"), required=True),
        Column("department", ("부서", "department"), required=True),
        Column("duty", ("업무", "담당업무", "duty")),
        Column("extension", ("내선", "내선번호", "extension")),
        Column("phone", _PHONE),
        Column("email", ("이메일", "전자우편", "email")),
        Column("roles", ("역할", "roles")),
    ),
    Kind.STUDENTS: (
        Column("key", ("학생관리번호", "학생번호", "student_id"), required=True),
        Column("name", ("이름", "성명", "name"), required=True),
        Column("grade", ("학년", "grade"), required=True, number=True),
        Column("class_number", ("반", "class"), required=True, number=True),
        Column("number", ("번호", "number"), required=True, number=True),
        Column("phone", _PHONE),
    ),
    Kind.GUARDIANS: (
        Column("student", ("학생관리번호", "학생번호", "student_id"), required=True),
        Column("name", ("보호자이름", "이름", "성명", "name"), required=True),
        Column("relation", ("관계", "relation"), required=True),
        Column("phone", _PHONE),
        Column("email", ("이메일", "전자우편", "email")),
        Column("key", ("보호자번호", "guardian_id")),
        Column("may_read", ("열람", "may_read")),
        Column("may_sign", ("서명", "동의", "may_sign")),
    ),
}

YES = frozenset({"", "y", "yes", "o", "예", "가능", "1", "true"})
NO = frozenset({"n", "no", "x", "아니오", "불가", "제한", "0", "false"})
LARGEST = 8 * 1024 * 1024  # bytes of one list
MOST_ROWS = 20_000
TITLES = 20  # rows that may stand above the headings
_KEYS = ("key", "student", "homeroom")
_RESIDENT_NUMBER = re.compile(
    r"(?<!\d)\d{2}(?:0[1-9]|1[0-2])(?:0[1-9]|[12]\d|3[01])\s?[-–—‐]?\s?[1-8]\d{6}(?!\d)"
)
_SHORTENED = re.compile(r"\d(?:\.\d+)?E\+\d+", re.IGNORECASE)  # 2.02601E+12
_EMAIL = re.compile(r"[^@\s]+@[^@\s]+\.[^@\s]+")
_UNSEEN = re.compile("[\u00ad\u200b-\u200f\u202a-\u202e\u2060-\u2069\ufeff]")
_BLANK = re.compile("[\\s\u3164\uffa0]+")  # the last two are Hangul letters without a shape
_NOTHING = frozenset({"-", "–", "—", "ㅡ"})


class Fault(msgspec.Struct, frozen=True):
    """What is wrong with a row. `line` counts as the spreadsheet does (1 = headings); `reason` is
    a msgid with `params`."""

    list: Kind
    line: int
    column: str
    reason: str
    params: dict[str, object] = {}


class Row(msgspec.Struct, frozen=True):
    """A row whose cells fit their columns. `values` by field, numbers as text of digits."""

    line: int
    values: dict[str, str]

    def number(self, field: str) -> int:
        return int(self.values[field])


class Sheet(msgspec.Struct, frozen=True):
    """A list as it was read: rows that fit, the faults of those that do not, and the headings of
    columns that nobody reads."""

    kind: Kind
    rows: list[Row]
    faults: list[Fault]
    unread: tuple[str, ...] = ()


@outside_units
def read(kind: Kind, content: bytes) -> Sheet:
    """A file as a sheet. A file that is no list at all is one fault of line 1."""

    def refused(reason: str, **params: object) -> Sheet:
        return Sheet(kind, [], [Fault(kind, 1, "", reason, params)])

    if len(content) > LARGEST:
        return refused(_("파일이 너무 큽니다(8 MB까지)."))
    if content[:4] == b"PK\x03\x04" or content[:4] == b"\xd0\xcf\x11\xe0":
        return refused(_("엑셀 파일입니다. 엑셀에서 ‘CSV UTF-8(쉼표로 분리)’로 저장해 주세요."))
    text = _text(content)
    if text is None:
        return refused(_("글자를 읽을 수 없습니다. UTF-8 또는 CP949로 저장한 CSV여야 합니다."))
    if re.match(r"\s*<(!doctype|html|table|\?xml)", text, re.IGNORECASE):
        return refused(_("엑셀 파일입니다. 엑셀에서 ‘CSV UTF-8(쉼표로 분리)’로 저장해 주세요."))
    text, delimiters = _told_delimiter(text)
    try:
        delimiter = _delimiter(kind, text, delimiters)
        # Row by row: in between others have their turn.
        table = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter, strict=True)
        lines = [
            (at, cells)
            for at, row in enumerate(table, 1)
            if any(cells := [_cell(value) for value in row])
        ]
    except csv.Error:
        return refused(_("따옴표가 닫히지 않았거나 CSV 형식이 아닙니다."))
    if not lines:
        return refused(_("내용이 없습니다."))
    if len(lines) > MOST_ROWS:
        return refused(_("한 번에 %(rows)s줄까지 올릴 수 있습니다."), rows=MOST_ROWS)
    return _sheet(kind, lines)


def _sheet(kind: Kind, lines: list[tuple[int, list[str]]]) -> Sheet:
    top = _headings_at(kind, [cells for _line, cells in lines[:TITLES]])
    heading_line, headings = lines[top]
    places, faults = _places(kind, heading_line, headings)
    if faults:
        return Sheet(kind, [], faults)
    rows = []
    for line, cells in lines[top + 1 :]:
        row, wrong = _row(kind, line, cells, places)
        if len(cells) > len(headings) and any(cells[len(headings) :]):
            reason = _("칸이 제목보다 많습니다. 쉼표가 든 칸은 따옴표로 묶어야 합니다.")
            wrong = [Fault(kind, line, "", reason), *wrong]
        faults += wrong
        if not wrong:
            rows.append(row)
    read_places = set(places.values())
    unread = tuple(
        heading for at, heading in enumerate(headings) if heading and at not in read_places
    )
    return Sheet(kind, rows, faults, unread)


def _text(content: bytes) -> str | None:
    """The file's text, composed: a Mac writes 한글 in single letters."""
    encodings = ["utf-8-sig", "cp949"]
    if content[:2] in (b"\xff\xfe", b"\xfe\xff"):
        encodings = ["utf-16"]
    for encoding in encodings:
        try:
            text = content.decode(encoding)
        except UnicodeDecodeError:
            continue
        return None if "\x00" in text else unicodedata.normalize("NFC", text)
    return None


def _cell(value: str) -> str:
    """A cell without what is not seen in it: spaces of every width, line breaks, marks of no width,
    Excel's and our own ways to say that it is text."""
    value = _BLANK.sub(" ", _UNSEEN.sub("", value)).strip()
    if value.startswith('="') and value.endswith('"'):  # Excel's way to keep a leading zero
        value = value[2:-1].strip()
    if re.match(r"'\d", value):
        return value[1:]
    return cleaning.typed(value)


def _plain(value: str) -> str:
    """A number, code or heading as it is meant: full-width letters are the same letters."""
    return unicodedata.normalize("NFKC", value).strip()


# Where the headings are ---------------------------------------------------------------------------


def _told_delimiter(text: str) -> tuple[str, tuple[str, ...]]:
    """The text and its possible delimiters; a line `sep=;` above all is Excel's, which hides it."""
    told = re.match(r"\ufeff?\"?sep=(.)\"?\r?\n", text, re.IGNORECASE)
    return (text[told.end() :], (told.group(1),)) if told else (text, (",", "\t", ";"))


def _delimiter(kind: Kind, text: str, delimiters: tuple[str, ...]) -> str:
    """The delimiter by which most headings of the list are found."""

    def headings(delimiter: str) -> int:
        rows = itertools.islice(_parsed(text, delimiter), TITLES)
        return max((_known(kind, [_cell(value) for value in row]) for row in rows), default=0)

    return max(delimiters, key=headings)


def _parsed(text: str, delimiter: str) -> Iterator[list[str]]:
    """Rows as far as they can be read with a delimiter that may be the wrong one."""
    try:
        yield from csv.reader(io.StringIO(text, newline=""), delimiter=delimiter)
    except csv.Error:
        return


def _heading(value: str) -> str:
    return "".join(_plain(value).split()).lower()


def _known(kind: Kind, cells: list[str]) -> int:
    """How many columns of the list a row names."""
    names = {_heading(cell) for cell in cells}
    return sum(not names.isdisjoint(column.headings) for column in COLUMNS[kind])


def _headings_at(kind: Kind, rows: list[list[str]]) -> int:
    """Which row holds the headings: the first that names most columns. What stands above it is a
    title; where no row names any, the first one is told to be wrong."""
    counts = [_known(kind, cells) for cells in rows]
    return counts.index(max(counts))


def _places(kind: Kind, line: int, headings: list[str]) -> tuple[dict[str, int], list[Fault]]:
    """Where each field stands, and the needed columns that are missing or there twice."""
    names = [_heading(heading) for heading in headings]
    places = {}
    faults = []

    def fault(reason: str, heading: str) -> None:
        faults.append(Fault(kind, line, heading, reason, {"heading": heading}))

    for column in COLUMNS[kind]:
        name = next((name for name in column.headings if name in names), None)
        if name is None:
            if column.required:
                fault(_("‘%(heading)s’ 열이 없습니다."), column.headings[0])
        elif names.count(name) > 1:
            fault(_("‘%(heading)s’ 열이 두 번 있습니다."), name)
        else:
            places[column.field] = names.index(name)
    return places, faults


# Cells --------------------------------------------------------------------------------------------


def _row(
    kind: Kind, line: int, cells: list[str], places: dict[str, int]
) -> tuple[Row, list[Fault]]:
    values: dict[str, str] = {}
    faults: list[Fault] = []
    for column in COLUMNS[kind]:
        at = places.get(column.field)
        value = cells[at] if at is not None and at < len(cells) else ""
        reason: str | None
        if _RESIDENT_NUMBER.search(_plain(value)):
            value, reason = "", _RESIDENT
        else:
            value, reason = _fit(column, value)
        if reason is not None:
            faults.append(Fault(kind, line, column.headings[0], reason, {"value": value}))
        values[column.field] = value
    told = {fault.reason for fault in faults}
    if _RESIDENT not in told and any(_RESIDENT_NUMBER.search(_plain(cell)) for cell in cells):
        faults.append(Fault(kind, line, "", _RESIDENT))  # in a column that nobody reads
    return Row(line, values), faults


_RESIDENT = _("주민등록번호로 보입니다. 주민등록번호는 올릴 수 없습니다.")


def _fit(column: Column, value: str) -> tuple[str, str | None]:
    """A cell's value as its column wants it, or as it is and what is wrong with it."""
    if not column.required and value in _NOTHING:
        value = ""
    if column.required and not value:
        return value, _("비어 있습니다.")
    if len(value) > 200 or not value.isprintable():
        return value[:40], _("너무 길거나 쓸 수 없는 글자가 있습니다.")
    if not value:
        return value, None
    if column.number:
        plain = re.fullmatch(r"0*(\d{1,3})(?:\.0+)?\s?(?:학년|반|번)?", _plain(value))
        if plain is None:
            return value, _("‘%(value)s’은(는) 숫자가 아닙니다.")
        return plain.group(1), None
    if column.field in (*_KEYS, "phone") and _SHORTENED.fullmatch(_plain(value)):
        return value, _(
            "‘%(value)s’: 엑셀이 숫자를 줄여 적어 뒷자리를 알 수 없습니다. 열의 서식을 ‘텍스트’로"
            " 바꾸어 다시 저장해 주세요."
        )
    if column.field in _KEYS:
        return re.sub(r"^(\d+)\.0+$", r"\1", _plain(value)), None
    return _fit_form(column.field, value)


def _fit_form(field: str, value: str) -> tuple[str, str | None]:
    """Fields that have a form of their own."""
    if field == "phone":
        number = phone(value)
        return (
            (value, _("‘%(value)s’은(는) 전화번호가 아닙니다."))
            if number is None
            else (number, None)
        )
    if field == "email":
        value = _plain(value)
        fits = _EMAIL.fullmatch(value)
        return value, None if fits else _("‘%(value)s’은(는) 전자우편 주소가 아닙니다.")
    if field in ("may_read", "may_sign"):
        value = _plain(value)
        fits_answer = value.lower() in YES | NO
        return value, None if fits_answer else _("‘%(value)s’: Y 또는 N으로 적어 주세요.")
    return value, None


def is_yes(text: str) -> bool:
    return text.lower() in YES
