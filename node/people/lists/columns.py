"""Which lists a school brings, and by which headings their columns are known."""

import enum
from collections.abc import Iterable, Mapping

import msgspec
from msgspec.structs import replace

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


_TELEPHONE = (
    *("전화", "전화번호", "휴대전화", "휴대전화번호", "휴대폰", "휴대폰번호", "핸드폰"),
    "연락처",
)
_PHONE = (*_TELEPHONE, "phone")
_NAME = ("이름", "성명", "name")
_STUDENT_KEY = ("학생관리번호", "학생번호", "학생개인번호", "개인번호", "student_id")
_STAFF_KEY = ("교직원번호", "개인번호", "교원번호", "사번", "staff_id")
_GRADE = ("학년", "grade")
_CLASS = ("반", "학급", "class")
_EMAIL_AT = ("이메일", "전자우편", "전자우편주소", "이메일주소", "email")

COLUMNS: dict[Kind, tuple[Column, ...]] = {
    Kind.CLASSES: (
        Column("grade", _GRADE, required=True, number=True),
        Column("class_number", _CLASS, required=True, number=True),
        Column("homeroom", ("담임교직원번호", "담임교사번호", "담임", "homeroom")),
    ),
    Kind.STAFF: (
        Column("key", _STAFF_KEY, required=True),
        Column("name", _NAME, required=True),
        Column("position", ("직위", "직급", "직위(직급)", "position"), required=True),
        Column("department", ("부서", "부서명", "소속부서", "department"), required=True),
        Column("duty", ("업무", "담당업무", "duty")),
        Column("extension", ("내선", "내선번호", "extension")),
        Column("phone", _PHONE),
        Column("email", _EMAIL_AT),
        Column("roles", ("역할", "roles")),
    ),
    Kind.STUDENTS: (
        Column("key", _STUDENT_KEY, required=True),
        Column("name", ("이름", "성명", "학생이름", "학생성명", "name"), required=True),
        Column("grade", _GRADE, required=True, number=True),
        Column("class_number", _CLASS, required=True, number=True),
        Column("number", ("번호", "출석번호", "number"), required=True, number=True),
        Column("phone", (*(f"학생{heading}" for heading in _TELEPHONE), *_PHONE)),
        Column("status", ("학적상태", "학적", "학적구분", "status")),
    ),
    Kind.GUARDIANS: (
        Column("student", _STUDENT_KEY, required=True),
        Column("name", ("보호자이름", "보호자성명", "보호자명", "보호자", *_NAME), required=True),
        Column("relation", ("관계", "보호자관계", "학생과의관계", "relation"), required=True),
        Column("phone", (*(f"보호자{heading}" for heading in _TELEPHONE), *_PHONE)),
        Column("email", ("보호자이메일", *_EMAIL_AT)),
        Column("key", ("보호자번호", "guardian_id")),
        Column("may_read", ("열람", "may_read")),
        Column("may_sign", ("서명", "동의", "may_sign")),
    ),
}


Headings = dict[Kind, dict[str, str]]
"""Of each list: documented heading → what its file calls that column."""


class Fault(msgspec.Struct, frozen=True):
    """What is wrong with a row. `line` counts as the spreadsheet does (1 = headings); `column` is the
    documented heading until `as_in_files` puts the file's own; `reason` is a msgid with `params`."""

    list: Kind
    line: int
    column: str
    reason: str
    params: dict[str, object] = {}


def as_in_files(faults: Iterable[Fault], headings: Mapping[Kind, Mapping[str, str]]) -> list[Fault]:
    """The faults, with their columns called as whoever mends them sees them in the file."""
    return [
        replace(one, column=headings.get(one.list, {}).get(one.column, one.column))
        for one in faults
    ]


class Row(msgspec.Struct, frozen=True):
    """A row whose cells fit their columns. `values` by field, numbers as text of digits."""

    line: int
    values: dict[str, str]

    def number(self, field: str) -> int:
        return int(self.values[field])
