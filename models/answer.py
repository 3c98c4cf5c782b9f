"""From passages to an answer: sentences of the sources word for word, or nothing.

First the kind of thing asked for (a time, an amount, a place …) is read off the question; then the
sentences of the best passages are ranked by what they share with the question, in words and in
meaning, and by whether they hold such a thing. Where the evidence is thin the answer is refused:
silence is better than a wrong date. What a model writes stands only sentence by sentence, where a
passage supports it (`supported`).
"""

import re
from collections.abc import Callable, Iterable, Sequence

import msgspec
import numpy as np

from models.korean import normal, said_otherwise, sentences, tokens, words
from models.messages import Cited
from models.passages import Passage
from models.retrieve import Ranked, Retriever
from models.vectors import Embedder

READ = 6  # passages that are read for sentences
SHOWN = 3  # sentences of an answer
SHORT = 280  # characters of an answer, unless its first sentence is longer
COMPARED = 6  # sentences whose meaning is compared
LEAST_ALIKE = 0.75  # cosines of this embedder hardly fall below
ENOUGH_WITHOUT_MEANING = -3.6  # the same where there are no vectors (likeness 0)
UNHEARD = 0.15
ENOUGH = 1.25  # score below which nothing is said; calibrated on the development set


class Wanted(msgspec.Struct, frozen=True):
    """A kind of thing a question may ask for: how it is asked, how it looks in a text."""

    name: str
    asked: re.Pattern[str]
    held: re.Pattern[str]


def _wanted(name: str, asked: str, held: str) -> Wanted:
    return Wanted(name, re.compile(asked), re.compile(held))


KINDS = (
    _wanted("contact", r"전화번호|연락처|번호가? ?(뭐|어떻게)|이메일|메일 ?주소", r"\d{2,4}-\d{3,4}|@|\d{4}-\d{4}|내선"),
    _wanted("secret", r"비밀번호|비번|패스워드|암호", r"(비밀번호|비번|암호)(는|은|:)\s*\S*[0-9a-z]"),
    _wanted("clock", r"몇 ?시(?!간)|몇 ?분까지", r"\d+\s*시|\d+:\d\d"),
    _wanted("day", r"언제|며칠|몇 ?일|날짜|몇 ?월|무슨 ?요일|기한|기간", r"\d+\s*[월일주]|요일|\d+\s*개월|매[일주월년]|당일|[가-힣]*학기|이내|즉시|지체|\d+\s*분|\d+\s*시|끝나|후|전"),
    _wanted("amount", r"얼마|비용|요금|가격|금액|몇 ?원|단가", r"\d\s*원|만\s*원|무상|무료|\d\s*%|퍼센트|분의|실비|전액"),
    _wanted("count", r"몇 ?(명|개|번|회|시간|살|쪽|권|분|점|층|차례|대|반|cm|미터|학년|년)", r"\d|[한두세네]\s*(명|개|번|회|권)"),
    _wanted("place", r"어디", r"에서|으로|[가-힣]+(실|관|층|센터|누리집|홈페이지|운동장|학교|사이트|게시판|교문|도서관|에)"),
    _wanted("who", r"누구|누가|담당자|어느 ?부서", r"[가-힣]+(교사|선생님|부장|교장|교감|담임|대표|전담사|행정실|부|위원회|보호자|학부모|실|센터|사람|자)"),
)  # fmt: skip

# What concerns one person's private life no school document answers for others.
_PRIVATE = re.compile(
    r"결혼(?!식)|이혼|월급|연봉|급여 ?얼마|나이가|몇 ?살|사는 ?(곳|집|데)|집 ?주소|남자 ?친구|여자 ?친구|애인|종교|주민 ?번호|"
    r"휴대전화 번호|핸드폰 번호|폰 ?번호|성적이? ?(몇|어)|(엄마|아빠|어머니|아버지|선생님|쌤).{0,6}(전화|번호|연락처)"
)
_COURTESY = re.compile(
    r"안녕하(십|세)|감사(드|합|를)|기원(합|드)|건강과 (행복|평안)|가정에 .{0,12}(가득|깃들|함께)|협조.{0,12}(부탁|바랍)|"
    r"기타 궁금한|문의(하여|해) 주(시|십)|알려드립니다\.?$|(학교|중학교|초등학교)장( ?\(?직인\)?)?$"
)
# What stands around a letter and says nothing: a lone enumerator, its date, who signed it.
_FRAME = re.compile(
    r"^\W*[가-힣a-zA-Z0-9]?\W*$|직인\s*생략|^\W*\d{4}\s*[.년]\s*\d{1,2}\s*[.월]\s*\d{1,2}\s*[.일]?\W*$"
)
_ITEM_MARK = re.compile(r"^(?:\d{1,2}\.|[①-⑳]|[가-하]\.|[-•·○□※▶*])\s+")
_ENDING = re.compile(r"(?:입니다|습니다|합니다|됩니다|이다|한다|된다|하세요|해요|돼요)$")
_ASKING = re.compile(r"며칠|언제|얼마|어디|누구|무엇|몇 ?[가-힣]|\?")
_NOUN = re.compile(r"([가-힣]{2,})(?:은|는|이|가|을|를|의)")
_VERBAL = re.compile(r"(?:하|되|있|없|못|오|나|다|가|내|치|먹|라)$")
_NUMBER = re.compile(r"\d+(?:[.,:]\d+)*")


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


def kinds_of(question: str) -> list[Wanted]:
    """What kinds of things the question asks for."""
    flat = normal(question)
    return [kind for kind in KINDS if kind.asked.search(flat)]


def is_private(question: str) -> bool:
    """Whether somebody's private matters are asked for."""
    return bool(_PRIVATE.search(normal(question)))


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
    confidence = best.score - (UNHEARD if _speaks_of_the_unheard(question, retriever) else 0.0)
    if kinds and not any(kind.held.search(normal(one.text)) for kind in kinds for one in chosen):
        return Extracted((), confidence)
    if confidence < (ENOUGH if embedder is not None else ENOUGH_WITHOUT_MEANING):
        return Extracted((), confidence)
    # The best sentence first, what goes with it after it, as one would say it.
    ordered = sorted(chosen, key=lambda one: (one is not best, one.source, one.place))
    return Extracted(
        tuple(Cited(_ITEM_MARK.sub("", one.text), one.source) for one in ordered), confidence
    )


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
    question: str, found: Sequence[Ranked], weigh: Callable[[str], float]
) -> list[_Candidate]:
    weights = {token: weigh(token) for token in tokens(question)}
    for word in said_otherwise(question):
        for token in tokens(word):
            weights[token] = max(weights.get(token, 0.0), 0.4 * weigh(token))
    total = sum(weights.values()) or 1.0
    kinds = kinds_of(question)
    candidates = []
    seen = set()
    for source, one in enumerate(found[:READ]):
        for place, text in enumerate(sentences(one.passage.text)):
            if text in seen or _COURTESY.search(text) or _FRAME.search(text):
                continue
            seen.add(text)
            held = set(tokens(text))
            shared = sum(weight for token, weight in weights.items() if token in held) / total
            typed = sum(bool(kind.held.search(normal(text))) for kind in kinds) / max(1, len(kinds))
            candidates.append(_Candidate(source, place, text, shared, typed, one.passage.score))
    return candidates


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
    texts = [f"{found[one.source].passage.title}\n{one.text}" for one in compared]
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
    """Whether a passage supports a sentence somebody else (a model) wrote: every number, date,
    Latin word stands in it, and three of four content words do."""
    source = normal(f"{passage.title} {passage.text}").replace(" ", "")
    flat = normal(sentence)
    if any(number not in _numbers(source) for number in _numbers(flat)):
        return False
    if any(word not in source for word in re.findall(r"[a-z]{2,}", flat)):
        return False
    stems = (_ENDING.sub("", word) for word in words(sentence) if not word[0].isdigit())
    said = [stem for stem in stems if len(stem) > 1]
    if not said:
        return False
    held = sum(word[: max(2, len(word) - 1)] in source for word in said)
    return held >= 0.75 * len(said)


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
    return any(kind.held.search(flat) for kind in kinds)


def _numbers(text: str) -> set[str]:
    """Numbers of a text, thousands without their commas."""
    return {found.replace(",", "") for found in _NUMBER.findall(text)}
