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

from models.folding import normal
from models.intent import holds, is_private, kinds_of
from models.korean import marks, said_otherwise, sentences, tokens, tokens_by_word, words
from models.messages import Cited
from models.passages import Passage
from models.retrieve import LEXICON_WEIGHT, Ranked, Retriever, exactly
from models.vectors import Embedder

READ = 6  # passages that are read for sentences
SHOWN = 3  # sentences of an answer
SHORT = 280  # characters of an answer, unless its first sentence is longer
HEADING = 25  # characters of a table's first row
COMPARED = 8  # sentences whose meaning is compared
IN_TITLE = 0.5  # what a word counts that stands in the title above a sentence only
CLOSE = 0.2  # of scores: sentences nearly as good as the best
LEAST_ALIKE = 0.75  # cosines of this embedder hardly fall below
ENOUGH_WITHOUT_MEANING = -3.6  # the same where there are no vectors (likeness 0)
UNHEARD = 0.15  # what is missing where a question has a noun that no text has
ELSEWHERE = 0.25  # the same where it names a day, a class, a level that the passage does not name
ENOUGH = 1.25  # score below which nothing is said; calibrated on the development set


_COURTESY = re.compile(
    r"안녕하(십|세)|감사(드|합|를)|기원(합|드)|건강과 (행복|평안)|가정에 .{0,12}(가득|깃들|함께)|협조.{0,12}(부탁|바랍)|"
    r"기타 궁금한|문의(하여|해) 주(시|십)|알려드립니다\.?$|(학교|중학교|초등학교)장( ?\(?직인\)?)?$"
)
# What stands around a letter and says nothing: a lone enumerator, its date, who signed it.
_FRAME = re.compile(
    r"^\W*[가-힣a-zA-Z0-9]?\W*$|직인\s*생략|^\W*\d{4}\s*[.년]\s*\d{1,2}\s*[.월]\s*\d{1,2}\s*[.일]?\W*$"
)
_ENDING = re.compile(r"(?:입니다|습니다|합니다|됩니다|이다|한다|된다|하세요|해요|돼요)$")
_ASKING = re.compile(r"며칠|언제|얼마|어디|누구|무엇|몇 ?[가-힣]|\?")
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
    """The sentences that answer, in reading order; none when the evidence is too thin."""

    sentences: tuple[Cited, ...]
    confidence: float


class _Candidate(msgspec.Struct):
    source: int
    place: int
    text: str
    words: float
    typed: float
    near: float
    likeness: float = 0.0

    @property
    def score(self) -> float:
        return self.words + 0.2 * self.typed + 0.7 * self.near + 6.0 * (self.likeness - LEAST_ALIKE)


def extract(
    question: str,
    found: Sequence[Ranked],
    retriever: Retriever,
    embedder: Embedder | None,
) -> Extracted:
    """The sentences of the passages the retriever found that answer the question."""
    candidates = _candidates(question, found, retriever.weigh)
    if not candidates or is_private(question):
        return Extracted((), 0.0)
    kinds = kinds_of(question)
    _compare(question, candidates, found, embedder)
    best = max(candidates, key=lambda one: one.score)
    subject = found[best.source].passage.subject
    chosen = _chosen([one for one in candidates if found[one.source].passage.subject == subject])
    confidence = best.score
    if _speaks_of_the_unheard(question, retriever):
        confidence -= UNHEARD
    if exactly(question) - exactly(_whole(found[best.source].passage)):
        confidence -= ELSEWHERE
    # What was asked for stands in the best sentence or in one nearly as good: somewhere in an
    # article there is always a number.
    if kinds and not any(
        holds(one.text, kinds) for one in chosen if one.score > best.score - CLOSE
    ):
        return Extracted((), confidence)
    if confidence < (ENOUGH if embedder is not None else ENOUGH_WITHOUT_MEANING):
        return Extracted((), confidence)
    # The best sentence first, what goes with it after it, as one would say it.
    ordered = sorted(chosen, key=lambda one: (one is not best, one.source, one.place))
    return Extracted(tuple(Cited(one.text, one.source) for one in ordered), confidence)


def _says_nothing(text: str) -> bool:
    """Whether a sentence only greets, frames a letter, asks, or heads a table's columns."""
    if _COURTESY.search(text) or _FRAME.search(text) or text.endswith("?"):
        return True
    return len(text) < HEADING and bool(_ASKING.search(text)) and not _NUMBER.search(text)


def _whole(passage: Passage) -> str:
    return f"{passage.title} {passage.note} {passage.text}"


def _speaks_of_the_unheard(question: str, retriever: Retriever) -> bool:
    """Whether a noun of the question (a word with a noun's particle) occurs in no text at all."""
    for word in re.findall(r"[가-힣]+", normal(question)):
        noun = _NOUN.fullmatch(word)
        if noun and not _VERBAL.search(noun[1]):
            pairs = [token for token in tokens(noun[1]) if len(token) == 2]
            if pairs and not any(retriever.knows(token) for token in pairs):
                return True
    return False


def comparable(passages: Iterable[tuple[str, str]]) -> Iterator[str]:
    """The sentences of passages (title, text) as answers compare them with a question."""
    for title, text in passages:
        for sentence in sentences(text):
            if not _says_nothing(sentence):
                yield _with_title(title, sentence)


def _with_title(title: str, sentence: str) -> str:
    return f"{title}\n{sentence}"


def _candidates(
    question: str, found: Sequence[Ranked], weigh: Callable[[str], float]
) -> list[_Candidate]:
    weights, total = _weights(question, weigh)
    kinds = kinds_of(question)
    candidates = []
    seen = set()
    for source, one in enumerate(found[:READ]):
        for place, text in enumerate(sentences(one.passage.text)):
            if text in seen or _says_nothing(text):
                continue
            seen.add(text)
            held = set(tokens(text))
            named = set(tokens(one.passage.title)) - held
            shared = sum(
                weight * (1.0 if token in held else IN_TITLE if token in named else 0.0)
                for token, weight in weights.items()
            )
            typed = sum(holds(text, [kind]) for kind in kinds) / max(1, len(kinds))
            near = one.passage.score
            candidates.append(_Candidate(source, place, text, shared / total, typed, near))
    return candidates


def _weights(question: str, weigh: Callable[[str], float]) -> tuple[dict[str, float], float]:
    """What each token of a question weighs, and all that was said together.

    A long word has many tokens and is one word still: its weight grows with the root of their
    number. Official words for what was said only add: who says it otherwise says it.
    """
    weights: dict[str, float] = {}

    def put(text: str, share: float) -> None:
        for word in tokens_by_word(text):
            for token in word:
                weight = share * weigh(token) / math.sqrt(len(word))
                weights[token] = max(weights.get(token, 0.0), weight)

    put(question, 1.0)
    total = sum(weights.values()) or 1.0
    for word in said_otherwise(question):
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
    order = sorted(candidates, key=lambda one: -(one.words + 0.2 * one.typed + 0.7 * one.near))
    compared = order[:COMPARED]
    vector = embedder.question(question)
    texts = [_with_title(found[one.source].passage.title, one.text) for one in compared]
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
