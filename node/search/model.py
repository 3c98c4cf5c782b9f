"""How Korean text is cut for the index and for a question, and what a finding looks like.

Korean glues particles to words (`체험학습을`) and spaces are a matter of taste (`현장 체험학습`), so
runs of Hangul are cut into pairs of syllables across spaces and line ends: `현장 장체 체험 험학 학습 습`.
A word of a question must appear as a phrase of its pairs. On school documents such pairs found 0.84
of the answers among the first five, whole words 0.56, FTS5's trigrams (which miss words of two
syllables) 0.60. Texts and questions are folded first (models/folding.py): what is only written
otherwise is the same.
"""

import re
from collections.abc import Iterator

import msgspec

from kit.event import Event
from models.folding import fold, normal

# How documents stand in the index. With a new number for other `grams` or folding, the former ones stay
# for `Stored.as_put`: a document is taken out by the pairs it was put in by.
FORM = 2

_CJK = "\u3040-\u30ff\u3131-\u318e\u3400-\u9fff\uac00-\ud7a3"
# Between syllables of a word: spaces, and the end of a line, but not of a paragraph.
_SPACED = re.compile(rf"(?<=[{_CJK}])(?=\s)[^\S\n]*\n?[^\S\n]*(?=[{_CJK}])")
_LATIN = rf"(?:[^\W\d_{_CJK}]+|\d+)"
# Latin letters and numbers that belong together: mp3, k-pop, covid-19; not 3-4.
_JOINED = rf"{_LATIN}(?:(?:(?<=[^\W\d])-?|-?(?=[^\W\d])){_LATIN})*"
_RUN = re.compile(rf"[{_CJK}]+|{_JOINED}")
_PART = re.compile(r"\d+|[^\W\d]+")
_DATE = re.compile(
    r"(?<!\d)(?:(?P<year>20\d\d)년\s*)?(?P<month>\d{1,2})월\s*(?P<day>\d{1,2})일"
    r"(?:\s*\(\s*[월화수목금토일]\s*\))?"
)
# What may be meant as a date in a question, whatever it would be in a text.
_MAYBE_DATE = re.compile(
    r"(?<![\d./-])(?P<month_>1[0-2]|0?[1-9])\s?[./]\s?(?P<day_>3[01]|[12]\d|0?[1-9])(?![\d./-])"
)
_COUNTED = rf"(?P<number>\d+)(?P<unit>[{_CJK}]+)"  # 3학년, 2반, 35000원
_WANTED = re.compile(f"{_DATE.pattern}|{_MAYBE_DATE.pattern}|{_COUNTED}|{_RUN.pattern}")
# 3~4학년, 1·2반, 5, 6교시: each of them and those between; 3-2반 is one class.
_ROW = r"(?:\s?[~·,-]\s?\d{1,2})"
_ROWS = (
    re.compile(rf"(?<![\d.,])(\d{{1,2}}{_ROW}+)\s?(학년|학기|교시|월)"),
    re.compile(r"(?<![\d.,])(\d{1,2}(?:\s?[~·,]\s?\d{1,2})+)\s?(반)"),
)
WINDOW = 140  # characters of a snippet
LONGEST_QUESTION = 100
LOOKED_AT = 4000  # characters at a time, for the first of the question's words


class TextPart(msgspec.Struct, frozen=True):
    """A piece of text; `hit` when it is what was asked for."""

    text: str
    hit: bool


class Hit(msgspec.Struct, frozen=True):
    """A finding. `title` and `snippet` in parts to be highlighted; `note` names a file."""

    kind: str
    href: str
    title: list[TextPart]
    snippet: list[TextPart]
    note: str
    at: int


class Found(msgspec.Struct, frozen=True):
    """A page of findings. `is_loose`: no text has all the words, so these have some of them."""

    hits: list[Hit]
    is_loose: bool
    next_page: int | None


class SearchChanged(Event, frozen=True, tag="search.changed"):
    """The documents of a thing came, changed or went: `search_v_document` tells what holds now."""

    subject: str


class Unwritten(msgspec.Struct, frozen=True):
    """Said with a commit: a document was kept whose text is not in the index yet."""


class Term(msgspec.Struct, frozen=True):
    """A word of a question: `wanted` in FTS5's language, `pattern` as it stands in a folded text."""

    wanted: str
    pattern: str


def grams(text: str) -> str:
    """The tokens of a text for the index."""
    tokens: list[str] = []
    flat = normal(text)
    rows = ", ".join(_rows(flat))
    for run in _RUN.findall(_SPACED.sub("", f"{flat}\n\n{rows}")):
        if _is_cjk(run):
            tokens += [run[i : i + 2] for i in range(len(run) - 1)]
            tokens.append(run[-1])
        else:
            joined, parts = _joined(run)
            tokens += joined if joined == parts else joined + parts
    return " ".join(tokens)


def _rows(text: str) -> Iterator[str]:
    """What a text says of several at once, of each: `1~3학년` is 1학년, 2학년, too."""
    for pattern in _ROWS:
        for row, unit in pattern.findall(text):
            signs, numbers = (
                re.findall(r"[~·,-]", row),
                [int(one) for one in re.findall(r"\d+", row)],
            )
            for at, sign in enumerate(signs):
                first, last = numbers[at : at + 2]
                following = range(first, last) if sign in "~-" else (first,)
                yield from (f"{number}{unit}" for number in following)


def terms(question: str) -> Iterator[Term]:
    """The words of a question, each a run of one script, or a date. Every token is quoted, so nothing
    a user types is syntax."""
    for found in _WANTED.finditer(normal(question[: 4 * LONGEST_QUESTION])[:LONGEST_QUESTION]):
        word = found.group()
        if found["day"]:
            yield _date(found["month"], found["day"], found["year"])
        elif found["day_"]:
            yield _maybe_date(found["month_"], found["day_"])
        elif found["unit"]:
            yield _counted(found["number"], found["unit"])
        elif _is_cjk(word):
            yield Term(_pairs(word), r"\s*".join(word))
        else:
            joined, parts = _joined(word)
            wanted = _phrase(joined)
            if joined != parts:
                wanted = f"({wanted} OR {_phrase(parts)})"
            yield Term(wanted, _spelled(joined))


def _date(month: str, day: str, year: str | None = None) -> Term:
    """A day; letters seldom say the year: those that say the right one only come first."""
    wanted = f'"{month} 월 {day} 일"*'
    if year:
        wanted = f'("{year} 년 {month} 월 {day} 일"* OR {wanted})'
    return Term(wanted, rf"(?<!\d){month}월\s*{day}일")


def _maybe_date(month: str, day: str) -> Term:
    """`12.3`: the day or the numbers."""
    date = _date(month.lstrip("0"), day.lstrip("0"))
    numbers = rf"(?<!\d){month}\s?[./]\s?{day}(?!\d)"
    return Term(f'({date.wanted} OR "{month} {day}")', f"{date.pattern}|{numbers}")


def _counted(number: str, unit: str) -> Term:
    """`3학년`: the number and what it counts belong together."""
    pairs = _pairs(unit)
    spelled = r"\s*".join(unit)
    return Term(f'"{number} {pairs[1:]}', rf"(?<!\d){number}{_ROW}*\s*{spelled}")


def _pairs(word: str) -> str:
    """A run of syllables as a phrase of its pairs; one alone begins a pair."""
    if len(word) == 1:
        return f'"{word}"*'
    return '"' + " ".join(word[i : i + 2] for i in range(len(word) - 1)) + '"'


def _phrase(parts: list[str]) -> str:
    """Letters and numbers in a row; a word may go on, a number may not."""
    return f'"{" ".join(parts)}"' + ("" if parts[-1].isdigit() else "*")


def _joined(run: str) -> tuple[list[str], list[str]]:
    """The letters and numbers of a run, those parted by a hyphen together (kpop) and apart."""
    return _PART.findall(run.replace("-", "")), _PART.findall(run)


def _spelled(parts: list[str]) -> str:
    """A pattern of letters and numbers from where they begin, parted or not by hyphens and spaces."""
    spelled = "[- ]?".join("-?".join(part) if part.isalpha() else part for part in parts)
    before = r"\d" if parts[0].isdigit() else rf"[^\W\d_{_CJK}]"
    return f"(?<!{before}){spelled}" + (r"(?!\d)" if parts[-1].isdigit() else "")


def highlight(text: str, question: str) -> list[TextPart]:
    """The text as it is, in parts, with the question's words marked, however they are written."""
    pattern = _pattern(question)
    if pattern is None:
        return [TextPart(text, False)]
    folded = fold(text)
    parts: list[TextPart] = []
    end = 0
    for found in pattern.finditer(folded.text):
        start, stop = folded.span(*found.span())
        if start < end or start == stop:
            continue  # another word's, or nothing that is written
        if start > end:
            parts.append(TextPart(text[end:start], False))
        parts.append(TextPart(text[start:stop], True))
        end = stop
    if end < len(text):
        parts.append(TextPart(text[end:], False))
    return parts


def snippet(text: str, question: str) -> list[TextPart]:
    """A window of the text around the first of the question's words."""
    flat = " ".join(text.split())
    start = max(0, _first(flat, question) - WINDOW // 3)
    window = flat[start : start + WINDOW]
    before = "… " if start else ""
    after = " …" if start + WINDOW < len(flat) else ""
    return [
        part
        for part in (TextPart(before, False), *highlight(window, question), TextPart(after, False))
        if part.text
    ]


def _first(text: str, question: str) -> int:
    """Where the first of the question's words stands; 0 when there is none."""
    pattern = _pattern(question)
    if pattern is None:
        return 0
    for at in range(0, len(text), LOOKED_AT):
        folded = fold(text[at : at + LOOKED_AT + LONGEST_QUESTION])
        found = pattern.search(folded.text)
        if found:
            return at + folded.span(*found.span())[0]
    return 0


def _pattern(question: str) -> re.Pattern[str] | None:
    wanted = [term.pattern for term in terms(question)]
    return re.compile("|".join(wanted)) if wanted else None


def _is_cjk(run: str) -> bool:
    return re.match(f"[{_CJK}]", run) is not None
