"""Cells of lists: of what does not fit its column a reader is told what is wrong and how to mend it."""

import re

from kit.i18n import _
from kit.tables import plain
from node.people.lists.columns import COLUMNS, Column, Fault, Kind, Row
from node.people.telephone import phone, why_not

YES = frozenset({"", "y", "yes", "o", "예", "가능", "1", "true"})
NO = frozenset({"n", "no", "x", "아니오", "불가", "제한", "0", "false"})
ATTENDING = ("재학", "복학", "전입", "재입학", "편입", "입학", "신입", "진급")
"""How a NEIS list begins to say that a student is at the school."""
KEYS = ("key", "student", "homeroom")
_RESIDENT_NUMBER = re.compile(
    r"(?<!\d)\d{2}(?:0[1-9]|1[0-2])(?:0[1-9]|[12]\d|3[01])\s?[-–—‐]?\s?[1-8]\d{6}(?!\d)"
)
_SHORTENED = re.compile(r"\d(?:\.\d+)?E\+\d+", re.IGNORECASE)  # 2.02601E+12
_MISTAKEN = re.compile(r"#(?:N/A|REF!|VALUE!|NAME\?|DIV/0!|NUM!|NULL!|#+)")  # what a formula says
_DATED = re.compile(r"\d{4}-\d\d-\d\d|\d+월\s?\d+일|\d+-[A-Z][a-z]{2}")  # 3-1, to a spreadsheet
_EMAIL = re.compile(r"[^@\s]+@[^@\s]+\.[^@\s]+")
_NOTHING = frozenset({"-", "–", "—", "ㅡ"})


def row(kind: Kind, line: int, cells: list[str], places: dict[str, int]) -> tuple[Row, list[Fault]]:
    """A line whose fields stand at `places`, and what is wrong with it. A resident number is refused
    wherever it stands, and never repeated."""
    values: dict[str, str] = {}
    faults: list[Fault] = []
    for column in COLUMNS[kind]:
        at = places.get(column.field)
        value = cells[at] if at is not None and at < len(cells) else ""
        reason: str | None
        if _RESIDENT_NUMBER.search(plain(value)):
            value, reason = "", _RESIDENT
        else:
            value, reason = _fit(column, value)
        if reason is not None:
            faults.append(Fault(kind, line, column.headings[0], reason, {"value": value}))
        values[column.field] = value
    told = {fault.reason for fault in faults}
    if _RESIDENT not in told and any(_RESIDENT_NUMBER.search(plain(one)) for one in cells):
        faults.append(Fault(kind, line, "", _RESIDENT))  # in a column that nobody reads
    return Row(line, values), faults


_RESIDENT = _("주민등록번호로 보입니다. 주민등록번호는 올릴 수 없으니 지우고 다시 올려 주세요.")


def _fit(column: Column, value: str) -> tuple[str, str | None]:
    """A cell's value as its column wants it, or as it is and what is wrong with it."""
    if not column.required and value in _NOTHING:
        value = ""
    if column.required and not value:
        return value, _("비어 있습니다. 입력해 주세요.")
    if len(value) > 200 or not value.isprintable():
        return value[:40], _("너무 길거나 사용할 수 없는 글자가 있습니다. 다시 입력해 주세요.")
    if not value:
        return value, None
    if _MISTAKEN.fullmatch(value):
        return value, _("‘%(value)s’: 수식이 잘못되었습니다. 값만 남겨 다시 저장해 주세요.")
    if column.number:
        return _fit_number(value)
    if column.field in (*KEYS, "phone") and _SHORTENED.fullmatch(plain(value)):
        return value, _(
            "‘%(value)s’: 엑셀이 숫자를 줄여 적어 뒷자리를 알 수 없습니다. 열의 서식을 ‘텍스트’로"
            " 바꾸어 다시 저장해 주세요."
        )
    if column.field in KEYS:
        return re.sub(r"^(\d+)\.0+$", r"\1", plain(value)), None
    return _fit_form(column.field, value)


def _fit_number(value: str) -> tuple[str, str | None]:
    number = re.fullmatch(r"0*(\d{1,3})(?:\.0+)?\s?(?:학년|반|번)?", plain(value))
    if number is not None:
        return number.group(1), None
    if _DATED.fullmatch(plain(value)):
        return value, _(
            "‘%(value)s’: 엑셀이 날짜로 바꾸었습니다. 열의 서식을 ‘텍스트’로 바꾸어 다시 "
            "입력해 주세요."
        )
    return value, _("‘%(value)s’: 숫자로 입력해 주세요.")


def _fit_form(field: str, value: str) -> tuple[str, str | None]:
    """Fields that have a form of their own."""
    if field == "phone":
        number = phone(value)
        return (value, why_not(value)) if number is None else (number, None)
    if field == "email":
        value = plain(value)
        fits = _EMAIL.fullmatch(value)
        return value, None if fits else _("‘%(value)s’: 이메일 주소 형식이 아닙니다.")
    if field in ("may_read", "may_sign"):
        value = plain(value)
        fits_answer = value.lower() in YES | NO
        return value, None if fits_answer else _("‘%(value)s’: Y 또는 N으로 입력해 주세요.")
    if field == "status" and not value.startswith(ATTENDING):
        return value, _(
            "‘%(value)s’: 재학 중인 학생만 올릴 수 있습니다. 학교를 떠난 학생은 구성원 화면에서"
            " 처리해 주세요."
        )
    return value, None


def is_yes(text: str) -> bool:
    return text.lower() in YES
