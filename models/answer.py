"""From passages to an answer: sentences of the sources word for word, or nothing.

First the kind of thing asked for is read off the question (`models.intent`); then the
sentences of the best passages are ranked by what they share with the question, in words and in
meaning, and by whether they hold such a thing. Where the evidence is thin the answer is refused:
silence is better than a wrong date. What a model writes stands only sentence by sentence, where a
passage supports it (`supported`).
"""

import math
import re
from collections.abc import Callable, Iterable, Iterator, Sequence

import msgspec
import numpy as np

from models.asked import Asked, exactly
from models.days import Day, days_of, meet, seoul_day
from models.folding import normal
from models.intent import holds, kinds_of
from models.korean import marks, sentences, tokens, tokens_by_word, words
from models.matter import bare_title, follows, grades_of, is_same_matter
from models.messages import Cited
from models.passages import Passage
from models.quotes import Quote, quotes, with_title
from models.retrieve import (
    DAILY,
    LEXICON_WEIGHT,
    Ranked,
    Retriever,
    days_of_title,
    is_of_year,
    marks_of_days,
    whole,
)
from models.vectors import Embedder

READ = 8  # passages that are read for sentences
SHOWN = 3  # sentences of an answer
NEAREST = 3  # texts that are named where none answers
RELATED = 0.6  # of `Ranked.words`: what such a text must share with the question
SHORT = 280  # characters of an answer, unless its first sentence is longer
COMPARED = 8  # sentences whose meaning is compared
IN_TITLE = 0.5  # what a word counts that stands in the title above a sentence only
CLOSE = 0.2  # of scores: sentences nearly as good as the best
BESIDE = 0.55  # the same: what may stand beside the best sentence
OWN = 0.45  # the same: a school's own word counts before the province's
NEWER = 0.5  # the same: what is newer counts before what it follows
FEWER = 0.25  # of the question's words: what these may hold less
AS_MANY = 1 / 3  # of the words that the province's sentence holds: what the school's own must
LEAST_ALIKE = 0.75  # cosines of this embedder hardly fall below
ENOUGH_WITHOUT_MEANING = -3.6  # the same where there are no vectors (likeness 0)
UNHEARD = 0.15  # what is missing where a question has a noun that no text has
ELSEWHERE = 0.25  # the same where it names a class, a level that the passage does not name
ANOTHER = 0.4  # the same where a sentence is of another class or grade
UNDATED = 0.35  # the same where a day was asked about and a sentence names none
ANOTHER_WEEK = 0.6  # the same where a weekday was asked about and it names another day
BESIDE_THE_DAY = 0.3  # the same where it names others than the text that it stands in
ENOUGH = 1.25  # score below which nothing is said; calibrated on the development set


_ASKING = re.compile(r"며칠|언제|얼마|어디|누구|무엇|몇 ?[가-힣]|\?")
_ENDING = re.compile(r"(?:입니다|습니다|합니다|됩니다|이다|한다|된다|하세요|해요|돼요)$")
_NOUN = re.compile(r"([가-힣]{2,})(?:은|는|이|가|을|를|의)")
_VERBAL = re.compile(r"(?:하|되|있|없|못|오|나|다|가|내|치|먹|라)$")
_SAID_TO_BE = re.compile(r"([가-힣]{2,})(?:에게|께|와|과|입니다|이며|이고)")
_TITLED = re.compile(
    r"([가-힣]{2,4}) ?(?:선생님|교사|교장|교감|부장|실장|주무관|장학사|씨)(?![가-힣])"
)
_DENIES = re.compile(r"않|못하|못 ?[가-힣]|없|금지|불가|아니|안 ?[되됩돼]|말아|마십|마세")
_NUMBER = re.compile(r"\d+(?:[.,:]\d+)*")
_MEASURE = re.compile(r"(\d+(?:[.,:]\d+)*)\s*([가-힣%]?)")


class Extracted(msgspec.Struct, frozen=True):
    """The sentences that answer, in reading order; none when the evidence is too thin. `nearest`: places
    of the passages, one of each text, that are about what was asked for."""

    sentences: tuple[Cited, ...]
    confidence: float
    nearest: tuple[int, ...] = ()


class _Candidate(msgspec.Struct):
    source: int
    place: int
    quote: Quote
    words: float
    typed: float
    near: float
    astray: float
    likeness: float = 0.0

    @property
    def text(self) -> str:
        return self.quote.text

    @property
    def score(self) -> float:
        alike = 6.0 * (self.likeness - LEAST_ALIKE)
        return self.words + 0.2 * self.typed + 0.7 * self.near + alike - self.astray

    def says_as_much(self, other: "_Candidate", within: float) -> bool:
        """Whether it answers nearly as well: its score within so much, and of the question's words
        hardly less."""
        return self.score > other.score - within and self.words > other.words - FEWER


def extract(
    asked: Asked,
    found: Sequence[Ranked],
    retriever: Retriever,
    embedder: Embedder | None,
) -> Extracted:
    """The sentences of the passages the retriever found that answer the question."""
    candidates = _candidates(asked, found, retriever.weigh)
    if asked.is_private:
        return Extracted((), 0.0)
    nearest = _nearest(found, asked)
    if not candidates:
        return Extracted((), 0.0, nearest)
    _compare(asked.text, candidates, found, embedder)
    best = _best(candidates, found, asked)
    passage = found[best.source].passage
    chosen = _chosen(
        one
        for one in candidates
        if found[one.source].passage.subject == passage.subject and one.score > best.score - BESIDE
    )
    confidence = best.score
    if _speaks_of_the_unheard(asked.text, retriever):
        confidence -= UNHEARD
    if asked.exact - exactly(whole(passage)):
        confidence -= ELSEWHERE
    # What was asked for stands in the best sentence or in one nearly as good: somewhere in an
    # article there is always a number.
    if asked.kinds and not any(
        holds(one.quote.said, asked.kinds) for one in chosen if one.score > best.score - CLOSE
    ):
        return Extracted((), confidence, nearest)
    if confidence < (ENOUGH if embedder is not None else ENOUGH_WITHOUT_MEANING):
        return Extracted((), confidence, nearest)
    # The best sentence first, what goes with it after it, as one would say it.
    ordered = sorted(chosen, key=lambda one: (one is not best, one.source, one.place))
    said = tuple(Cited(one.text, one.source) for one in ordered)
    return Extracted(said, confidence, nearest)


def _nearest(found: Sequence[Ranked], asked: Asked) -> tuple[int, ...]:
    """Where somebody may look for what no sentence answers: texts that share much of what was asked, or
    whose title holds a word of it."""
    wanted = {token for token in tokens(asked.topic) if len(token) == 3}
    places: dict[str, int] = {}
    for place, one in enumerate(found):
        if one.words >= RELATED or wanted & set(tokens(bare_title(one.passage.title))):
            places.setdefault(one.passage.subject, place)
    return tuple(places.values())[:NEAREST]


def _best(candidates: Sequence[_Candidate], found: Sequence[Ranked], asked: Asked) -> _Candidate:
    """The sentence that answers: the best; but what the school says itself before what the province
    says of the same, and what is newer before what it follows."""

    def passage(one: _Candidate) -> Passage:
        return found[one.source].passage

    def said(one: _Candidate) -> tuple[str, str]:
        return passage(one).title, one.text

    def is_in_place_of(own: _Candidate, other: _Candidate) -> bool:
        told = own.says_as_much(other, OWN) and own.words >= AS_MANY * other.words
        return told and is_same_matter(said(own), said(other))

    ranked = sorted(candidates, key=lambda one: -one.score)
    best = ranked[0]
    able = [one for one in ranked if not asked.kinds or holds(one.quote.said, asked.kinds)]
    if passage(best).origin == "province":
        own = (one for one in able if passage(one).origin != "province")
        best = next((one for one in own if is_in_place_of(one, best)), best)
    newer = [
        one
        for one in able
        if passage(one).at > passage(best).at
        and passage(one).origin == passage(best).origin
        and one.says_as_much(best, NEWER)
        and is_of_year(passage(one), asked)
        and follows(passage(one), passage(best))
    ]
    return max(newer, key=lambda one: (passage(one).at, one.score), default=best)


def _speaks_of_the_unheard(question: str, retriever: Retriever) -> bool:
    """Whether a noun of the question (a word with a noun's particle) occurs in no text at all."""
    for word in re.findall(r"[가-힣]+", normal(question)):
        noun = _NOUN.fullmatch(word)
        if noun and not _VERBAL.search(noun[1]):
            pairs = [token for token in tokens(noun[1]) if len(token) == 2]
            if pairs and not any(retriever.knows(token) for token in pairs):
                return True
    return False


def _candidates(
    asked: Asked, found: Sequence[Ranked], weigh: Callable[[str], float]
) -> list[_Candidate]:
    weights, total = _weights(asked, weigh)
    day = _weight_of_day(asked, weigh)
    candidates = []
    seen = set()
    for source, one in enumerate(found[:READ]):
        named = set(tokens(f"{one.passage.title} {one.passage.note}"))
        for place, quote in enumerate(quotes(one.passage.text)):
            if quote.text in seen:
                continue
            seen.add(quote.text)
            own, around = _days(asked, quote, one.passage)
            astray = _astray(asked, quote, one.passage, own, around)
            if astray is None:
                continue
            held = set(tokens(quote.text))
            shared = sum(
                weight * (1.0 if token in held else IN_TITLE if token in named else 0.0)
                for token, weight in weights.items()
            )
            if shared:  # a day by itself may be of anything
                of_the_day = meet(asked.days, own), meet(asked.days, around)
                shared += day * (1.0 if of_the_day[0] else IN_TITLE if of_the_day[1] else 0.0)
            typed = sum(holds(quote.said, [kind]) for kind in asked.kinds)
            candidates.append(
                _Candidate(
                    source,
                    place,
                    quote,
                    shared / (total + day),
                    typed / max(1, len(asked.kinds)),
                    one.passage.score,
                    astray,
                )
            )
    return candidates


def _days(asked: Asked, quote: Quote, passage: Passage) -> tuple[set[Day], set[Day]]:
    """Where a day was asked about: those that a sentence names, and those that all of its text is of."""
    if not asked.days:
        return set(), set()
    written = seoul_day(passage.at) if passage.at else None
    own = days_of(quote.text, written, weekdays=passage.kind in DAILY)
    return own, days_of_title(passage)


def _weight_of_day(asked: Asked, weigh: Callable[[str], float]) -> float:
    """A day that was named counts as a word of the question, as rare as it is; a weekday is one already."""
    if asked.is_weekday:
        return 0.0
    return max((weigh(mark) for mark in marks_of_days(asked)), default=0.0)


def _astray(
    asked: Asked, quote: Quote, passage: Passage, own: set[Day], around: set[Day]
) -> float | None:
    """What a sentence loses as it is not of the day, year or grade that was asked about; None: it is of
    another day."""
    loss = 0.0
    grades, of = grades_of(asked.text), grades_of(quote.said)
    if grades and of and not grades & of:
        loss += ANOTHER
    if asked.days:
        if own and not meet(asked.days, own):
            if meet(asked.days, around):
                loss += BESIDE_THE_DAY
            elif asked.is_weekday:
                loss += ANOTHER_WEEK
            else:
                return None
        elif not own and not meet(asked.days, around) and not asked.is_weekday:
            loss += UNDATED
    if asked.years and not is_of_year(passage, asked):
        loss += ANOTHER
    return loss


def _weights(asked: Asked, weigh: Callable[[str], float]) -> tuple[dict[str, float], float]:
    """What each token of a question weighs, and all that was said together.

    A long word has many tokens and is one word still: its weight grows with the root of their
    number. Official words for what was said only add: who says it otherwise says it. The day is
    weighed by itself (`_weight_of_day`).
    """
    weights: dict[str, float] = {}

    def put(text: str, share: float) -> None:
        for word in tokens_by_word(text):
            for token in word:
                weight = share * weigh(token) / math.sqrt(len(word))
                weights[token] = max(weights.get(token, 0.0), weight)

    put(asked.topic, 1.0)
    total = sum(weights.values()) or 1.0
    for word in asked.meant:
        put(word, LEXICON_WEIGHT)
    return weights, total


def _compare(
    question: str,
    candidates: list[_Candidate],
    found: Sequence[Ranked],
    embedder: Embedder | None,
) -> None:
    """Give the most promising candidates the likeness of their meaning; the others get a little
    less than the least alike of them."""
    if embedder is None:
        return
    order = sorted(
        candidates, key=lambda one: one.astray - one.words - 0.2 * one.typed - 0.7 * one.near
    )
    compared = order[:COMPARED]
    vector = embedder.question(question)
    texts = [with_title(found[one.source].passage.title, one.text) for one in compared]
    for one, row in zip(compared, embedder.sentences(texts), strict=True):
        one.likeness = float(np.dot(row, vector))
    least = min(one.likeness for one in compared) - 0.01
    for one in order[COMPARED:]:
        one.likeness = least


def _chosen(candidates: Iterable[_Candidate]) -> list[_Candidate]:
    """The best sentences, as many as an answer has room for: short list items count half."""
    chosen: list[_Candidate] = []
    room, length = float(SHOWN), 0
    for one in sorted(candidates, key=lambda one: -one.score):
        cost = 1.0 if len(one.text) >= 40 else 0.5
        if chosen and (room < cost or length + len(one.text) > SHORT):
            continue
        chosen.append(one)
        room -= cost
        length += len(one.text)
    return chosen


def supported(sentence: str, passage: Passage) -> bool:
    """Whether a passage supports a sentence somebody else (a model) wrote: every number with its
    unit, every date, noun, name and Latin word stands in it, of what is left (verbs, for the most
    part) three of four words do, and it denies what the nearest sentence of the passage denies."""
    written = normal(f"{passage.title}\n{passage.text}")
    source = "".join(written.split())
    flat = normal(sentence)
    if _measures(flat) - _measures(written) or set(marks(flat)) - set(marks(written)):
        return False
    if any(word not in source for word in [*re.findall(r"[a-z]{2,}", flat), *_nouns(flat)]):
        return False
    bare = (_ENDING.sub("", word) for word in words(sentence) if not word[0].isdigit())
    stems = [word[: max(2, len(word) - 1)] for word in bare if len(word) > 1]
    if not stems or _held(stems, written) < 0.75 * len(stems):
        return False
    nearest = max(sentences(written), key=lambda one: _held(stems, one), default="")
    return bool(_DENIES.search(flat)) == bool(_DENIES.search(nearest))


def _held(stems: Sequence[str], text: str) -> int:
    """How many of these stems a text holds, however it is spaced."""
    together = "".join(text.split())
    return sum(stem in together for stem in stems)


def answers(question: str, said: Sequence[str], best: str) -> bool:
    """Whether sentences say what was asked for: a thing of its kind, the best sentence's numbers
    where it has some, and no question back."""
    flat = normal(" ".join(said))
    if _ASKING.search(flat):
        return False
    kinds = kinds_of(question)
    if not kinds:
        return True
    numbers = _numbers(normal(best))
    if numbers and not numbers & _numbers(flat):
        return False
    return holds(flat, kinds)


def _measures(text: str) -> set[tuple[str, str]]:
    """Numbers of a text with the syllable behind them: three days are not three hours."""
    return {(number.replace(",", ""), unit) for number, unit in _MEASURE.findall(text)}


def _nouns(text: str) -> Iterator[str]:
    """Words that carry a noun's particle, and names before a title."""
    for word in re.findall(r"[가-힣]+", text):
        noun = _NOUN.fullmatch(word) or _SAID_TO_BE.fullmatch(word)
        if noun and not _VERBAL.search(noun[1]):
            yield noun[1]
    yield from _TITLED.findall(text)


def _numbers(text: str) -> set[str]:
    """Numbers of a text, thousands without their commas."""
    return {found.replace(",", "") for found in _NUMBER.findall(text)}
