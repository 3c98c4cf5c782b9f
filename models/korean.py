"""Korean as this project searches it: normalised text, n-grams, dates and classes as single tokens.

Korean glues particles to words, and people space as they like, so runs of Hangul are indexed as
overlapping pairs and triples of syllables. What must match exactly (a date, a class, a number with
its unit) becomes one token of its own, however it was written: 4월9일 = 4월 9일, 3-2 = 3학년 2반.
"""

import re
from collections.abc import Iterator
from functools import lru_cache
from itertools import accumulate
from pathlib import Path

from models.folding import normal
from models.rows import cells_of

_RUN = re.compile(r"[가-힣]+|[a-z]+|[0-9]+(?:[.,][0-9]+)*|[一-鿿]+")
_DATE = re.compile(
    r"(?<!\d)(1[0-2]|0?[1-9])\s*(?:월|[./])\s*(3[01]|[12]\d|0?[1-9])(?:\s*일|(?!\d))"
)
_ISO = re.compile(r"20\d\d-(1[0-2]|0[1-9])-(3[01]|[12]\d|0[1-9])")
_CLASS = re.compile(r"(?<![\d.,-])([1-6])\s*(?:-|학년\s*)\s*(1\d|[1-9])(?:\s*반|(?![\d.,%-]|학기))")
_SENTENCE_END = re.compile(r"(?<=[.!?。])\s+(?=[^\s)\]])|\n+")
_SAYS = re.compile(r"\w")
_DAY = re.compile(
    r"(?<![\d.\0])((?:20\d\d\0 ?)?(?:1[0-2]|0?[1-9])\0 ?(?:3[01]|[12]\d|0?[1-9]))\.(?=\s)"
)
# How a line ends that a sentence goes on from, and how one begins that does not go on.
_BROKEN_OFF = re.compile(r"[가-힣](?:에서|에게|으로|하여|하고|하며|[을를은는])\s*$|[가-힣],\s*$")
_BEGINS = re.compile(r"\s*(?:[0-9]{1,2}[.)]\s|[가-하][.)]\s|[①-⑳]|[-•·○□※▶*]\s)")
_LABELS = "가나다라마바사아자차카타파하"
_ITEM = re.compile(rf"(?:(?<=\s)|^)(?=(?:\d{{1,2}}\x01|[①-⑳]|[{_LABELS}]\x01|[-•·○□※▶*])\s)")

# Particles and endings that a word of a question may carry; the longest first.
_PARTICLE_LIST = """
은 는 이 가 을 를 에 의 도 로 으로 에서 에게 한테 께 께서 와 과 랑 이랑 하고 까지 부터 만 이나 나
이라도 라도 마다 보다 처럼 이에요 예요 이죠 죠 인가요 인지 이란 란 이라고 라고 들은 들이 들을 들
에는 에도 에선 으로는 로는 까지는 부터는 이요 요 입니까 인가 이고 네요 나요 한가요 하나요 되나요
할까요 해요 하면 하려면 해야 하는 합니까
"""
_PARTICLES = sorted(_PARTICLE_LIST.split(), key=len, reverse=True)
_GLUED = re.compile(r"\W+")
_LEXICON = Path(__file__).parent / "lexicon.txt"
FREE = 3  # syllables of an everyday word that is found within others, too


def tokens(text: str) -> list[str]:
    """The tokens of a text or question, in order, repeated as they occur."""
    return [token for word in tokens_by_word(text) for token in word]


def tokens_by_word(text: str) -> list[list[str]]:
    """The same, word by word: dates and classes first."""
    flat = normal(text)
    found = [[mark] for mark in marks(flat)]
    for run in _RUN.findall(flat):
        found.append(_grams(run) if "가" <= run[0] <= "힣" else [run.replace(",", "")])
    return found


def marks(text: str) -> Iterator[str]:
    """Dates and classes, each as one token."""
    for month, day in [*_DATE.findall(text), *_ISO.findall(text)]:
        yield f"date:{int(month)}-{int(day)}"
    for grade, number in _CLASS.findall(text):
        yield f"class:{grade}-{number}"


def _grams(run: str) -> list[str]:
    if len(run) == 1:
        return [run]
    pairs = [run[at : at + 2] for at in range(len(run) - 1)]
    return pairs + [run[at : at + 3] for at in range(len(run) - 2)]


def words(question: str) -> list[str]:
    """The words of a question without their particles, at least two syllables long."""
    return [
        stem
        for run in _RUN.findall(normal(question))
        if len(stem := bare(run)) > 1 or run[0].isdigit()
    ]


def bare(word: str) -> str:
    """A word without the particle it carries, never shorter than two syllables."""
    for particle in _PARTICLES:
        if word.endswith(particle) and len(word) - len(particle) >= 2:
            return word[: -len(particle)]
    return word


def sentences(text: str) -> list[str]:
    """The sentences, list items and rows of tables of a passage, in order, none empty."""
    found: list[str] = []
    for line in _broken_lines(text):
        if cells_of(line):
            found.append(line.strip("\n "))
            continue
        for sentence in _SENTENCE_END.split(_protected(line)):
            found += [part.strip() for part in _ITEM.split(sentence)]
    return [part.replace("\0", ".").replace("\x01", ".") for part in found if _SAYS.search(part)]


def _broken_lines(text: str) -> list[str]:
    """The lines of a text; one that breaks off within a sentence goes on in the next."""
    found: list[str] = []
    for line in text.split("\n"):
        goes_on = found and _BROKEN_OFF.search(found[-1]) and not _BEGINS.match(line)
        if goes_on and line.strip() and not cells_of(found[-1]) and not cells_of(line):
            found[-1] = f"{found[-1].rstrip()} {line.strip()}"
        else:
            found.append(line)
    return found


def _protected(text: str) -> str:
    """Full stops that end no sentence (2026. 3. 2., 1. item) are hidden for a moment."""
    text = re.sub(r"(?<=\d)\.(?=\s?\d)", "\0", text)
    text = _DAY.sub(r"\1" "\0", text)
    text = re.sub(r"(?:(?<=\s)|^)(\d{1,2})\.(?=\s)", "\\1\x01", text)
    # A single syllable is a label where a line or a sentence begins; it may end one, too (집에 가.).
    return re.sub(rf"(?m)(^[ \t]*|(?<=[.!?。]\s))([{_LABELS}])\.(?=\s)", "\\1\\2\x01", text)


@lru_cache(maxsize=1)
def lexicon() -> dict[str, tuple[str, ...]]:
    """What people say → what schools write: `models/lexicon.txt`, one family of words a line."""
    known: dict[str, tuple[str, ...]] = {}
    for line in _LEXICON.read_text(encoding="utf-8").splitlines():
        if line and not line.startswith("#"):
            said, _, written = line.partition("=")
            for word in said.split():
                known[word] = tuple(written.split())
    return known


def said_otherwise(question: str) -> list[str]:
    """The official words behind the everyday ones of a question.

    An everyday word stands at the beginning of a word, whatever is spaced within it; one of three
    syllables and more may follow anything, for people leave spaces out.
    """
    runs = _GLUED.split(normal(question))
    flat = "".join(runs)
    starts = set(accumulate(map(len, runs[:-1]), initial=0))
    found: list[str] = []
    for said, written in lexicon().items():
        at = flat.find(said)
        while at >= 0 and len(said) < FREE and at not in starts:
            at = flat.find(said, at + 1)
        if at >= 0:
            found += written
    return list(dict.fromkeys(found))
