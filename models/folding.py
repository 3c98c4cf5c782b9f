"""Text as it is compared: one form for the many ways in which the same words are written.

    folded = fold("㈜한빛 ２학년 2026. 12. 3.(목)")
    folded.text              # "주식회사한빛 2학년 2026년 12월 3일(목)"
    folded.span(5, 7)        # (1, 3): where `한빛` stands in the text as it is shown

Index and question pass through this one function, so that what it makes equal is found. What is
shown is always the text as it was written.
"""

import re
import unicodedata
from bisect import bisect_right
from collections.abc import Iterable, Iterator
from functools import lru_cache

_INVISIBLE = "\u00ad\u200b-\u200f\u2060\ufe00-\ufe0f\ufeff"
_DASHES = "\u2010-\u2015\u2212\ufe58\ufe63\uff0d"
_DOTS = "\u119e\u2022\u2027\u2219\u22c5\u30fb\u318d\uff65"  # ㆍ and the like, written for ·
_TILDES = "\u223c\u301c\uff5e"
_FILLERS = "\u115f\u1160\u3164\uffa0"
# What is as it should be, but for the case of Latin letters.
_KEPT = "\\x00-\\x7e·\u2018-\u201d\u203b\u25a0-\u25ff\u3131-\u3163\u3165-\u318c一-鿿가-힣"
# What belongs to the character before it: accents, vowels and finals of decomposed syllables.
_MARKS = "\u0300-\u036f\u1160-\u119d\u119f-\u11ff\u3099\u309a\ud7b0-\ud7fb"
_CHANGED = re.compile(rf"[^{_KEPT}{_MARKS}][{_MARKS}]*|[{_KEPT}]?[{_MARKS}]+")
_ALIKE = (
    (re.compile(f"[{_INVISIBLE}]"), ""),
    (re.compile(f"[{_FILLERS}]"), " "),
    (re.compile(f"[{_DASHES}]"), "-"),
    (re.compile(f"[{_DOTS}]"), "·"),
    (re.compile(f"[{_TILDES}]"), "~"),
    (re.compile("[㈜㍿]"), "주식회사"),
)

_MONTH = r"(?:1[0-2]|0?[1-9])"
_DAY = r"(?:3[01]|[12]\d|0?[1-9])"
_WEEKDAY = r"\s*\(\s*[월화수목금토일]"
_WRITTEN = re.compile(
    r"(?P<company>\(주\))"
    r"|(?P<thousand>(?<!\d)\d{1,3}(?:,\d{3})+(?![\d,]))"
    r"|(?<![\d.,-])[1-6](?P<class>\s?-\s?)\d{1,2}\s?반"  # 3-2반: 3학년 2반
    # 2026. 12. 3.   2026-12-03   2026/12/3
    rf"|(?<!\d)(?P<year>20\d\d)(?P<of_year>\s?[./-])\s?(?P<month>{_MONTH})"
    rf"(?:(?P<of_month>\s?[./-])\s?(?P<day>{_DAY})(?P<of_day>\s?\.)?(?![\d.])|(?P<no_day>\.)(?!\s?\d))"
    # 12. 3.   12.3.(목)   12/3(목)   12월 03일
    rf"|(?<!\d)(?P<month_>{_MONTH})"
    rf"(?:(?P<of_month_>\s?[./])\s?(?P<day_>{_DAY})(?:(?P<of_day_>\s?\.)(?!\d|\s\d{{1,2}}\s?[.(])|(?={_WEEKDAY}))"
    rf"|(?P<of_month__>\s?월)\s?(?P<day__>{_DAY})(?P<of_day__>\s?일))"
)
_WORDS = {"year": "년 ", "month": "월 ", "day": "일"}

Piece = tuple[int, int, str]  # start, end, what stands there instead


class Folded:
    """A text as it is compared, and where its characters stand in the text it was made of."""

    def __init__(self, text: str, pieces: Iterable[Piece] = (), of: "Folded | None" = None) -> None:
        self._of = of
        self._starts: list[int] = []  # of the changed pieces, here
        self._ends: list[int] = []
        self._sources: list[tuple[int, int]] = []  # where they stand in `text`
        parts: list[str] = []
        at = length = 0
        for start, end, instead in pieces:
            parts += [text[at:start], instead]
            length += start - at
            self._starts.append(length)
            length += len(instead)
            self._ends.append(length)
            self._sources.append((start, end))
            at = end
        self.text = "".join([*parts, text[at:]]) if parts else text

    def span(self, start: int, end: int) -> tuple[int, int]:
        """Where what stands here from `start` to `end` stands in the original text; nothing of it
        (start = end) for what is not written there, such as the 일 of 12/3."""
        if start == end:
            at = self.span(start - 1, start)[1] if start else 0
            return at, at
        first, last = self._source(start)[0], self._source(end - 1)[1]
        return (first, last) if self._of is None else self._of.span(first, last)

    def _source(self, at: int) -> tuple[int, int]:
        """Start and end of what the character here was made of."""
        piece = bisect_right(self._starts, at) - 1
        if piece < 0:
            return at, at + 1
        if at < self._ends[piece]:
            return self._sources[piece]
        shifted = self._sources[piece][1] + at - self._ends[piece]
        return shifted, shifted + 1


def fold(text: str) -> Folded:
    """The text composed, full-width and compatibility forms resolved, in lower case; one dash, one
    tilde, one middle dot; numbers without commas between thousands, dates as `12월 3일`, classes as
    `3학년 2반`."""
    characters = Folded(text, _characters(text))
    characters.text = characters.text.lower()  # of what is kept Latin letters only: length stays
    return Folded(characters.text, _written(characters.text), characters)


def normal(text: str) -> str:
    """The text as it is compared."""
    return fold(text).text


def holds(text: str, words: str) -> bool:
    """Whether a text holds these words in a row, however they are written and spaced."""
    return "".join(normal(words).split()) in "".join(normal(text).split())


def _characters(text: str) -> Iterator[Piece]:
    for found in _CHANGED.finditer(text):
        instead = _resolved(found.group())
        if instead[:1].isdigit() and _is_set_apart(found):
            instead = f" {instead} "
        if instead != found.group():
            yield found.start(), found.end(), instead


@lru_cache(maxsize=4096)
def _resolved(cluster: str) -> str:
    for alike, instead in _ALIKE:
        if alike.match(cluster):
            return instead
    return unicodedata.normalize("NFKC", cluster).casefold()


def _is_set_apart(found: re.Match[str]) -> bool:
    """Whether a number in one character (①, ½) stands beside another: ①2월 is not 12월."""
    if unicodedata.decomposition(found.group()[0]).startswith(("<wide>", "<font>")):
        return False
    text, start, end = found.string, found.start(), found.end()
    return text[start - 1 : start].isnumeric() or text[end : end + 1].isnumeric()


def _written(text: str) -> Iterator[Piece]:
    """Companies, thousands, classes and dates in the form in which they are compared."""
    for found in _WRITTEN.finditer(text):
        if found["company"]:
            yield found.start(), found.end(), "주식회사"
        elif found["class"]:
            yield (*found.span("class"), "학년 ")
        elif found["thousand"]:
            for comma in re.finditer(",", found["thousand"]):
                yield found.start() + comma.start(), found.start() + comma.end(), ""
        else:
            yield from _date(found)


def _date(found: re.Match[str]) -> Iterator[Piece]:
    """`12. 03.` → `12월 3일`: what stands behind the numbers, and zeros before them."""
    places = {
        name.rstrip("_"): found.span(name) for name, part in found.groupdict().items() if part
    }
    if "no_day" in places:
        places["of_month"] = places["no_day"]
    for name, word in _WORDS.items():
        if name in places:
            start = places[name][0]
            if found.string[start] == "0":
                yield start, start + 1, ""
            start, end = places.get(f"of_{name}", (found.end(), found.end()))
            is_spaced = found.string[end : end + 1].isspace()
            yield start, end, word.rstrip() if is_spaced else word
