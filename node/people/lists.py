"""The lists a school brings: CSV files as Excel and NEIS export them, read into rows with faults.

UTF-8 (with or without a mark) and CP949; comma, semicolon or tab; columns in any order by their
Korean or English heading. Nothing here knows the database.
"""

import csv
import enum
import io
import re
import unicodedata

import msgspec

from kit.db import outside_units
from kit.i18n import _


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
        Column("phone", ("전화", "전화번호", "phone")),
        Column("email", ("이메일", "전자우편", "email")),
        Column("roles", ("역할", "roles")),
    ),
    Kind.STUDENTS: (
        Column("key", ("학생관리번호", "학생번호", "student_id"), required=True),
        Column("name", ("이름", "성명", "name"), required=True),
        Column("grade", ("학년", "grade"), required=True, number=True),
        Column("class_number", ("반", "class"), required=True, number=True),
        Column("number", ("번호", "number"), required=True, number=True),
        Column("phone", ("전화", "전화번호", "phone")),
    ),
    Kind.GUARDIANS: (
        Column("student", ("학생관리번호", "학생번호", "student_id"), required=True),
        Column("name", ("보호자이름", "이름", "성명", "name"), required=True),
        Column("relation", ("관계", "relation"), required=True),
        Column("phone", ("전화", "전화번호", "phone")),
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
_RESIDENT_NUMBER = re.compile(r"\b\d{2}(?:0[1-9]|1[0-2])(?:0[1-9]|[12]\d|3[01])-?[1-8]\d{6}\b")
_EMAIL = re.compile(r"[^@\s]+@[^@\s]+\.[^@\s]+")


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
    """A list as it was read: rows that fit and the faults of those that do not."""

    kind: Kind
    rows: list[Row]
    faults: list[Fault]


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
    try:
        table = list(csv.reader(io.StringIO(text, newline=""), delimiter=_delimiter(text)))
    except csv.Error:
        return refused(_("따옴표가 닫히지 않았거나 CSV 형식이 아닙니다."))
    lines = [
        (at, cells) for at, cells in enumerate(table, 1) if any(cell.strip() for cell in cells)
    ]
    if not lines:
        return refused(_("내용이 없습니다."))
    if len(lines) > MOST_ROWS:
        return refused(_("한 번에 %(rows)s줄까지 올릴 수 있습니다."), rows=MOST_ROWS)
    places, faults = _places(kind, lines[0][1])
    if faults:
        return Sheet(kind, [], faults)
    rows = []
    for line, cells in lines[1:]:
        row, wrong = _row(kind, line, cells, places)
        faults += wrong
        if not wrong:
            rows.append(row)
    return Sheet(kind, rows, faults)


def _text(content: bytes) -> str | None:
    for encoding in ("utf-8-sig", "cp949"):
        try:
            text = content.decode(encoding)
        except UnicodeDecodeError:
            continue
        return None if "\x00" in text else unicodedata.normalize("NFC", text)
    return None


def _delimiter(text: str) -> str:
    first = text.lstrip().split("\n", 1)[0]
    return max((",", "\t", ";"), key=first.count)


def _places(kind: Kind, headings: list[str]) -> tuple[dict[str, int], list[Fault]]:
    """Where each field stands, and the needed columns that are missing."""
    known = {"".join(heading.split()).lower(): at for at, heading in enumerate(headings)}
    places = {}
    faults = []
    for column in COLUMNS[kind]:
        at = next((known[name] for name in column.headings if name in known), None)
        if at is not None:
            places[column.field] = at
        elif column.required:
            reason = _("‘%(heading)s’ 열이 없습니다.")
            faults.append(
                Fault(kind, 1, column.headings[0], reason, {"heading": column.headings[0]})
            )
    return places, faults


def _row(
    kind: Kind, line: int, cells: list[str], places: dict[str, int]
) -> tuple[Row, list[Fault]]:
    values: dict[str, str] = {}
    faults: list[Fault] = []

    def fault(column: Column, reason: str, **params: object) -> None:
        faults.append(Fault(kind, line, column.headings[0], reason, params))

    for column in COLUMNS[kind]:
        at = places.get(column.field)
        value = cells[at].strip() if at is not None and at < len(cells) else ""
        if value.startswith('="') and value.endswith('"'):  # Excel's way to keep a leading zero
            value = value[2:-1]
        if column.required and not value:
            fault(column, _("비어 있습니다."))
        elif _RESIDENT_NUMBER.search(value):
            fault(column, _("주민등록번호로 보입니다. 주민등록번호는 올릴 수 없습니다."))
            value = ""
        elif len(value) > 200 or not value.isprintable():
            fault(column, _("너무 길거나 쓸 수 없는 글자가 있습니다."))
        elif column.number and value:
            plain = re.fullmatch(r"0*(\d{1,3})(?:\.0)?(?:학년|반|번)?", value)
            if plain is None:
                fault(column, _("‘%(value)s’은(는) 숫자가 아닙니다."), value=value)
            else:
                value = plain.group(1)
        elif column.field == "phone" and value:
            number = phone(value)
            if number is None:
                fault(column, _("‘%(value)s’은(는) 전화번호가 아닙니다."), value=value)
            else:
                value = number
        elif column.field == "email" and value and not _EMAIL.fullmatch(value):
            fault(column, _("‘%(value)s’은(는) 전자우편 주소가 아닙니다."), value=value)
        elif column.field in ("may_read", "may_sign") and value.lower() not in YES | NO:
            fault(column, _("‘%(value)s’: Y 또는 N으로 적어 주세요."), value=value)
        values[column.field] = value
    return Row(line, values), faults


def phone(text: str) -> str | None:
    """A Korean number with hyphens. Excel drops leading zeros: 10… is read as 010…"""
    digits = re.sub(r"[\s().-]", "", text)
    if digits.startswith("+82"):
        digits = "0" + digits[3:]
    elif digits.startswith("82") and len(digits) >= 11:
        digits = "0" + digits[2:]
    elif digits and digits[0] != "0":
        digits = "0" + digits
    if not re.fullmatch(r"0\d{8,11}", digits):
        return None
    head = 2 if digits.startswith("02") else 3
    return f"{digits[:head]}-{digits[head:-4]}-{digits[-4:]}"


def is_yes(text: str) -> bool:
    return text.lower() in YES
