"""What the parts of a letter in other languages lack: dates, times and amounts that its Korean part names."""

import re
from collections.abc import Iterator

from kit.i18n import _
from kit.languages import in_language, languages_of
from node.newsletters.proof.reading import BODY, ProofPart
from node.newsletters.proof.sheet import Doubt, ProofRule

_GROUPED = r"\d{1,3}(?:[,.\u00a0\u202f ]\d{3})+(?!\d)"
_NUMBER = re.compile(rf"{_GROUPED}|\d+")
_KOREAN = re.compile(r"(?P<number>\d{1,3}(?:,\d{3})+|\d+)\s?(?P<unit>만|천)?(?P<hour>시|:\d\d)?")
_UNITS = {"만": 10_000, "천": 1_000, None: 1}
NOON = 12
SPELT = 10  # below it numbers are often spelt as words; those of dates are not


def lost_numbers(part: ProofPart) -> Iterator[Doubt]:
    """Each number of the Korean part that stands in no other way in a part; of a date its day, for many
    languages write the month as a word."""
    body = part.sheet.body
    if part.name != BODY:
        return
    for language in languages_of(body):
        other = in_language(body, language)
        assert other is not None, "one of its own languages"
        there = set(_numbers(other.text))
        for start, end, wanted in _named(part):
            if not wanted & there:
                text = _("%(language)s 글에는 이 숫자가 없습니다.")
                yield part.doubt(ProofRule.LANGUAGES, start, end, text, language=language.name)


def _numbers(text: str) -> Iterator[int]:
    """A row of groups of three is one number, and may be several."""
    for found in _NUMBER.finditer(text):
        digits = re.findall(r"\d+", found[0])
        yield int("".join(digits))
        if len(digits) > 1:
            yield from map(int, digits)


def _named(part: ProofPart) -> Iterator[tuple[int, int, set[int]]]:
    """Where the Korean part names a number, and as which one it may stand elsewhere."""
    dates = [mention for span in part.spans for mention in {span.first, span.last}]
    for mention in dates:
        if mention.day is not None:
            yield mention.start, mention.end, {mention.day.day}
    inside = {at for mention in dates for at in range(mention.start, mention.end)}
    for found in _KOREAN.finditer(part.text):
        value = int(found["number"].replace(",", "")) * _UNITS[found["unit"]]
        if found.start() in inside or value < SPELT:
            continue
        may_be = {value}
        if found["unit"]:
            may_be.add(int(found["number"].replace(",", "")))
        if found["hour"] and value > NOON:
            may_be.add(value - NOON)
        yield found.start(), found.end("number"), may_be
