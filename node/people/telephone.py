"""Telephone numbers as people give them, in one form: Korean ones with hyphens, foreign ones with +.

phone("1012345678")         # 010-1234-5678: Excel drops a leading zero
phone("+82 10-1234-5678")   # 010-1234-5678
phone("+84 90 123 4567")    # stays
phone("010-1234-567")       # None: a digit is missing, as why_not says
"""

import re
import unicodedata

from kit.i18n import _
from kit.problem import Invalid

_HYPHENS = re.compile("[\u2010-\u2015\u2212\ufe58\ufe63\uff0d\u00b7]")
_PUNCTUATION = re.compile(r"[\s().-]")
# Numbers of the Korean plan (전기통신번호관리세칙) by their head, with all digits.
_PLAN = (
    re.compile(r"(02)(\d{3,4})(\d{4})"),
    re.compile(r"(010|070)(\d{4})(\d{4})"),
    re.compile(r"(0[35]0\d)(\d{3,4})(\d{4})"),
    re.compile(r"(0(?:1[126-9]|3[1-3]|4[1-4]|5[1-5]|6[0-4]|8\d))(\d{3,4})(\d{4})"),
)
_NATIONWIDE = re.compile(r"(1[568]\d{2})(\d{4})")  # 1588-1234: it has no zero
_FOREIGN = re.compile(r"\+[1-9][\d ]{6,20}")  # E.164 has at most 15 digits


def phone(text: str) -> str | None:
    """A telephone number in its one form; None when it is none."""
    plain = _plain(text)
    digits = _PUNCTUATION.sub("", plain)
    if digits.startswith("+") and not digits.startswith("+82"):
        return _foreign(plain)
    return _korean(digits)


def checked(text: str) -> str:
    """What somebody typed into a page's field, in its one form; nothing stays nothing. Raises
    Invalid."""
    number = phone(text) if text else ""
    if number is None:
        raise Invalid({"phone": why_not(text)}, value=text[:40])
    return number


def why_not(text: str) -> str:
    """A msgid with `value`: why a text is no telephone number, and what would make it one."""
    digits = _PUNCTUATION.sub("", _plain(text))
    if _korean(digits + "0") is not None:
        return _("‘%(value)s’: 전화번호 형식이 아닙니다. 숫자가 한 자리 부족합니다.")
    if _korean(digits[:-1]) is not None:
        return _("‘%(value)s’: 전화번호 형식이 아닙니다. 숫자가 한 자리 많습니다.")
    return _(
        "‘%(value)s’: 전화번호 형식이 아닙니다. 010-1234-5678처럼 한 칸에 하나만, 외국 "
        "번호는 +부터 입력해 주세요."
    )


def _plain(text: str) -> str:
    plain = _HYPHENS.sub("-", unicodedata.normalize("NFKC", text)).strip()
    return re.sub(r"^(\d+)\.0+$", r"\1", plain)  # a number as some programs write it


def _korean(digits: str) -> str | None:
    if not re.fullmatch(r"(?:\+82)?\d{8,14}", digits, re.ASCII):
        return None
    nationwide = _NATIONWIDE.fullmatch(digits.removeprefix("+82"))
    if nationwide is not None:
        return "-".join(nationwide.groups())
    whole = "0" + digits.removeprefix("+").removeprefix("82").removeprefix("0")
    found = next((one for pattern in _PLAN if (one := pattern.fullmatch(whole))), None)
    return None if found is None else "-".join(found.groups())


def _foreign(plain: str) -> str | None:
    spaced = " ".join(re.sub(r"[().-]", " ", plain).split()).replace("+ ", "+")
    return (
        spaced if _FOREIGN.fullmatch(spaced) and 7 <= sum(map(str.isdigit, spaced)) <= 15 else None
    )
