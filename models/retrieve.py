"""From a question to the passages that may answer it, across the school's and the province's index.

Two rankings, by words (BM25) and by meaning (vectors), are fused by reciprocal rank, which needs no
common scale. What the question names exactly (a date, a class) must stand in the passage, and of
documents that come every year the current one comes first.
"""

import math
import re
from collections import Counter
from collections.abc import Sequence

import msgspec
import numpy as np
import numpy.typing as npt
from msgspec.structs import replace

from models.asked import Asked, exactly, understood
from models.days import Day, days_of, meet, school_year_of, seoul_day
from models.index import Reader
from models.korean import tokens
from models.passages import Passage, Rights
from models.vectors import Embedder

CANDIDATES = 40  # of each index and each ranking
FUSION = 20.0  # reciprocal rank fusion: how little the first places differ
OUTDATED = 0.55
UNMARKED = 0.5
TITLE_WEIGHT = 1.2
LEXICON_WEIGHT = 0.5
WEEK = 7
DAILY = frozenset({"class_notice", "알림장"})  # kinds of texts of a day, about it and the next

_YEAR = re.compile(r"(20\d\d)\s*(?:학년도|년도)")


class Ranked(msgspec.Struct, frozen=True):
    """A passage with what speaks for it: `words` is its share of the question's weight (0…1),
    `likeness` the cosine of its vector (None while it has none)."""

    passage: Passage
    words: float
    likeness: float | None


class Retriever:
    """Searches several indexes as one."""

    def __init__(self, readers: Sequence[Reader], embedder: Embedder | None) -> None:
        self._readers = list(readers)
        self._embedder = embedder

    def search(self, question: str, rights: Rights, now: int, limit: int) -> list[Ranked]:
        """The best passages that these rights may read, best first; `now` in ms."""
        return self.find(understood(question, now), rights, now, limit)

    def find(self, asked: Asked, rights: Rights, now: int, limit: int) -> list[Ranked]:
        """The same for a question that is understood."""
        said = tokens(asked.text)
        meant = [token for word in asked.meant for token in tokens(word)] + marks_of_days(asked)
        weights = self._weights(said, meant)
        vector = self._embedder.question(asked.text) if self._embedder is not None else None
        found: list[Ranked] = []
        for reader in self._readers:
            mask = reader.allowed(rights, now)
            numbers = dict.fromkeys(reader.by_words([*said, *meant], mask, CANDIDATES))
            if vector is not None:
                numbers |= dict.fromkeys(reader.by_vector(vector, mask, CANDIDATES))
            found += [_ranked(reader, number, weights, vector) for number in numbers]
        return _fused(found, asked)[:limit]

    def weigh(self, token: str) -> float:
        """How much a token tells: the rarer in all the indexes, the more."""
        size = max(1, sum(reader.size for reader in self._readers))
        count = sum(reader.frequency(token) for reader in self._readers)
        return math.log(1 + (size - count + 0.5) / (count + 0.5))

    def knows(self, token: str) -> bool:
        """Whether any text holds the token."""
        return any(reader.frequency(token) for reader in self._readers)

    def _weights(self, said: Sequence[str], meant: Sequence[str]) -> dict[str, float]:
        """The weight of each token of a question; those of official synonyms count less."""
        weights: dict[str, float] = {}
        for share, group in ((1.0, said), (LEXICON_WEIGHT, meant)):
            for token in group:
                weights[token] = max(share * self.weigh(token), weights.get(token, 0.0))
        return weights


def _ranked(
    reader: Reader,
    number: int,
    weights: dict[str, float],
    vector: npt.NDArray[np.float32] | None,
) -> Ranked:
    passage = reader.passage(number)
    likeness = reader.likeness(vector, number) if vector is not None else None
    return Ranked(passage, _shared(passage, weights), likeness)


def _shared(passage: Passage, weights: dict[str, float]) -> float:
    """The share of the question's weight that the passage holds, longer texts counting less."""
    total = sum(weights.values())
    if not total:
        return 0.0
    body = Counter(tokens(passage.text))
    title = set(tokens(f"{passage.title} {passage.note}"))
    length = 0.4 + 0.6 * sum(body.values()) / 250
    score = 0.0
    for token, weight in weights.items():
        times = body[token]
        held = times * 2.4 / (times + 1.4 * length) if times else 0.0
        score += weight * max(held, TITLE_WEIGHT if token in title else 0.0, 0.0)
        if times and token in title:
            score += 0.3 * weight
    return score / total


def marks_of_days(asked: Asked) -> list[str]:
    """The days of a week, or of a weekday, as they stand in the index."""
    if len(asked.days) > WEEK:
        return []
    return [f"date:{month}-{day}" for _year, month, day in sorted(asked.days)]


def _fused(found: Sequence[Ranked], asked: Asked) -> list[Ranked]:
    by_words = sorted(range(len(found)), key=lambda at: -found[at].words)
    by_meaning = sorted(range(len(found)), key=lambda at: -(found[at].likeness or -1.0))
    has_meaning = any(one.likeness is not None for one in found)
    scores = [0.0] * len(found)
    for place, at in enumerate(by_words):
        # What came just now has no vector yet: its words speak for its meaning.
        votes = 1 if found[at].likeness is not None or not has_meaning else 2
        scores[at] += votes / (FUSION + place)
    for place, at in enumerate(by_meaning):
        if found[at].likeness is not None:
            scores[at] += 1 / (FUSION + place)
    for at, one in enumerate(found):
        scores[at] *= _fit(one.passage, asked)
    order = sorted(range(len(found)), key=lambda at: -scores[at])
    top = 2 / FUSION
    return [
        replace(found[at], passage=replace(found[at].passage, score=min(1.0, scores[at] / top)))
        for at in order
    ]


def _fit(passage: Passage, asked: Asked) -> float:
    """A factor below 1 where the passage is of another year, day, class or level of schooling than
    was asked about."""
    fit = UNMARKED ** len(asked.exact - exactly(whole(passage))) if asked.exact else 1.0
    if asked.days and not asked.is_weekday and not meet(asked.days, days_about(passage)):
        fit *= UNMARKED
    return fit if is_of_year(passage, asked) else fit * OUTDATED


def whole(passage: Passage) -> str:
    """All that a passage says."""
    return f"{passage.title} {passage.note}\n{passage.text}"


def days_about(passage: Passage) -> set[Day]:
    """The days that a passage is about."""
    written = seoul_day(passage.at) if passage.at else None
    return days_of(whole(passage), written) | days_of_title(passage)


def days_of_title(passage: Passage) -> set[Day]:
    """The days that all of a text is about: those in its title; of what is written for one class each
    day, that day."""
    written = seoul_day(passage.at) if passage.at else None
    found = days_of(f"{passage.title} {passage.note}", written)
    if written is not None and passage.kind in DAILY:
        found.add((written.year, written.month, written.day))
    return found


def is_of_year(passage: Passage, asked: Asked) -> bool:
    """Whether a passage is of the year that was asked about; of the present one where none was named."""
    of = year_of(passage)
    if asked.years:
        named = {int(year) for year in re.findall(r"20\d\d", whole(passage))}
        return of is None or of in asked.years or bool(named & asked.years)
    return of is None or of >= school_year_of(asked.today)


def year_of(passage: Passage) -> int | None:
    """The school year a passage speaks of, else the one it was written in."""
    named = _YEAR.search(passage.title) or _YEAR.search(passage.text)
    if named:
        return int(named.group(1))
    return school_year(passage.at) if passage.at else None


def school_year(at: int) -> int:
    """The Korean school year (March to February) of a moment in ms."""
    return school_year_of(seoul_day(at))
