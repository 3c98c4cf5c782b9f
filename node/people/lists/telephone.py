"""Telephone numbers as lists have them, in one form: Korean ones with hyphens, foreign ones with +.

phone("1012345678")         # 010-1234-5678: Excel drops a leading zero
phone("+82 10-1234-5678")   # 010-1234-5678
phone("+84 90 123 4567")    # stays
phone("010-1234-567")       # None: a digit is missing
"""

import re
import unicodedata

_HYPHENS = re.compile("[\u2010-\u2015\u2212\ufe58\ufe63\uff0d\u00b7]")
_PUNCTUATION = re.compile(r"[\s().-]")
# Numbers of the Korean plan (전기통신번호관리세칙) by their head, with all digits.
_PLAN = (
    re.compile(r"(02)(\d{3,4})(\d{4})"),
    re.compile(r"(010|070)(\d{4})(\d{4})"),
    re.compile(r"(050\d)(\d{3,4})(\d{4})"),
    re.compile(r"(0(?!0|2|10|50|70)\d{2})(\d{3,4})(\d{4})"),
)
_NATIONWIDE = re.compile(r"(1[568]\d{2})(\d{4})")  # 1588-1234: it has no zero
_FOREIGN = re.compile(r"\+[1-9][\d ]{6,20}")


def phone(text: str) -> str | None:
    """A telephone number in its one form; None when it is none."""
    plain = _HYPHENS.sub("-", unicodedata.normalize("NFKC", text)).strip()
    plain = re.sub(r"^(\d+)\.0+$", r"\1", plain)  # a number as some programs write it
    digits = _PUNCTUATION.sub("", plain)
    if digits.startswith("+") and not digits.startswith("+82"):
        return _foreign(plain)
    if not re.fullmatch(r"\+?\d{8,14}", digits):
        return None
    nationwide = _NATIONWIDE.fullmatch(digits)
    if nationwide is not None:
        return "-".join(nationwide.groups())
    whole = "0" + digits.removeprefix("+").removeprefix("82").removeprefix("0")
    found = next((one for pattern in _PLAN if (one := pattern.fullmatch(whole))), None)
    return None if found is None else "-".join(found.groups())


def _foreign(plain: str) -> str | None:
    spaced = " ".join(re.sub(r"[().-]", " ", plain).split()).replace("+ ", "+")
    return spaced if _FOREIGN.fullmatch(spaced) and sum(map(str.isdigit, spaced)) <= 15 else None
