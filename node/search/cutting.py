"""How Korean text is cut for the index.

Korean glues particles to words (`체험학습을`) and spaces are a matter of taste (`현장 체험학습`), so
runs of Hangul are cut into pairs of syllables across spaces and line ends: `현장 장체 체험 험학 학습 습`.
A word of a question must appear as a phrase of its pairs. On school documents such pairs found 0.84
of the answers among the first five, whole words 0.56, FTS5's trigrams (which miss words of two
syllables) 0.60. Texts and questions are folded first (models/folding.py): what is only written
otherwise is the same.

Titles are cut a second time by what their syllables begin with (초성): ㅎㅈ ㅈㅊ ㅊㅎ ㅎㅎ ㅎㅅ.
"""

import re
from collections.abc import Iterator

from models.folding import normal
from protocol.directory import initial_consonants

# How documents stand in the index. With a new number for other `grams` or folding, the former ones stay
# for `Stored.as_put`: a document is taken out by the pairs it was put in by.
FORM = 3
JOINED_SINCE = (
    3  # the form from which hyphens and dots within Hangul part no words, and titles have 초성
)

CJK = "\u3040-\u30ff\u3131-\u318e\u3400-\u9fff\uac00-\ud7a3"
# Between syllables of a word: spaces, and the end of a line, but not of a paragraph.
_SPACES = r"(?=\s)[^\S\n]*\n?[^\S\n]*"
_SPACED = re.compile(rf"(?<=[{CJK}]){_SPACES}(?=[{CJK}])")
_PARTED = re.compile(rf"(?<=[{CJK}])(?:{_SPACES}|[-·])(?=[{CJK}])")
_LATIN = rf"(?:[^\W\d_{CJK}]+|\d+)"
# Latin letters and numbers that belong together: mp3, k-pop, covid-19; not 3-4.
_JOINED = rf"{_LATIN}(?:(?:(?<=[^\W\d])-?|-?(?=[^\W\d])){_LATIN})*"
RUN = re.compile(rf"[{CJK}]+|{_JOINED}")
_PART = re.compile(r"\d+|[^\W\d]+")
# 3~4학년, 1·2반, 5, 6교시: each of them and those between; 3-2반 is one class.
ROW = r"(?:\s?[~·,-]\s?\d{1,2})"
_ROWS = (
    re.compile(rf"(?<![\d.,])(\d{{1,2}}{ROW}+)\s?(학년|학기|교시|월)"),
    re.compile(r"(?<![\d.,])(\d{1,2}(?:\s?[~·,]\s?\d{1,2})+)\s?(반)"),
)
_SYLLABLES = re.compile("[가-힣]+")
PER_INITIAL = 588  # syllables that begin with a consonant
_PLAIN = str.maketrans("ㄲㄸㅃㅆㅉ", "ㄱㄷㅂㅅㅈ")  # few type a double consonant


def grams(text: str, form: int = FORM) -> str:
    """The tokens of a text for the index."""
    tokens: list[str] = []
    flat = normal(text)
    rows = ", ".join(_rows(flat))
    between = _PARTED if form >= JOINED_SINCE else _SPACED
    for run in RUN.findall(between.sub("", f"{flat}\n\n{rows}")):
        if is_cjk(run):
            tokens += pairs(run)
            tokens.append(run[-1])
        else:
            joined, parts = letters(run)
            tokens += joined if joined == parts else joined + parts
    return " ".join(tokens)


def begin_grams(text: str) -> str:
    """The tokens of a title by which its 초성 are found."""
    flat = _PARTED.sub("", normal(text))
    return " ".join(pair for run in _SYLLABLES.findall(flat) for pair in pairs(begins(run)))


def begins(syllables: str) -> str:
    """초성: 학예회 → ㅎㅇㅎ, 떡국 → ㄷㄱ."""
    return plain(initial_consonants(syllables))


def plain(initials: str) -> str:
    """초성 without double consonants."""
    return initials.translate(_PLAIN)


def beginning_with(initial: str) -> str:
    """The syllables that begin with a consonant, for a pattern."""
    firsts = [chr(code) for code in range(ord("가"), ord("힣"), PER_INITIAL)]
    return "".join(
        f"{one}-{chr(ord(one) + PER_INITIAL - 1)}" for one in firsts if begins(one) == initial
    )


def pairs(run: str) -> list[str]:
    return [run[at : at + 2] for at in range(len(run) - 1)]


def letters(run: str) -> tuple[list[str], list[str]]:
    """The letters and numbers of a run, those parted by a hyphen together (kpop) and apart."""
    return _PART.findall(run.replace("-", "")), _PART.findall(run)


def is_cjk(run: str) -> bool:
    return re.match(f"[{CJK}]", run) is not None


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
