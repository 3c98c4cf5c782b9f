"""A question in English in the words of a Korean school, as it is searched: `models/english.txt`.

    in_korean("What time does the graduation ceremony start?")   # "몇 시 졸업식 시작", []

Words nobody knows stay as they are: no Korean text holds them, so that what is far from school is
not answered by what is left of the question. Answers are the sources' own words.
"""

import re
from collections.abc import Iterator
from functools import lru_cache
from pathlib import Path

_VOCABULARY = Path(__file__).parent / "english.txt"
Translation = tuple[str, tuple[str, ...]]  # what it is called, what it may be called as well

_WORD = re.compile(r"[a-z]+(?:['-][a-z]+)*|\d*[가-힣][\d가-힣]*|\d+(?:[.:,-]\d+)*")
_SAYS_NOTHING = frozenset(
    [
        "a",
        "an",
        "the",
        "is",
        "are",
        "was",
        "were",
        "be",
        "been",
        "am",
        "do",
        "does",
        "did",
        "done",
        "will",
        "would",
        "shall",
        "should",
        "can",
        "could",
        "may",
        "might",
        "must",
        "have",
        "has",
        "had",
        "need",
        "needs",
        "i",
        "we",
        "you",
        "he",
        "she",
        "it",
        "they",
        "me",
        "us",
        "him",
        "her",
        "them",
        "my",
        "our",
        "your",
        "his",
        "its",
        "their",
        "this",
        "that",
        "these",
        "those",
        "to",
        "of",
        "in",
        "on",
        "at",
        "for",
        "from",
        "by",
        "with",
        "about",
        "as",
        "into",
        "up",
        "out",
        "and",
        "or",
        "but",
        "if",
        "so",
        "not",
        "no",
        "yes",
        "please",
        "any",
        "some",
        "all",
        "each",
        "every",
        "there",
        "here",
        "need",
        "want",
        "like",
        "know",
        "let's",
        "s",
        "t",
        "re",
        "ll",
        "school",
        "school's",
        "just",
        "also",
        "than",
        "then",
        "after",
        "before",
        "during",
        "before's",
        "s'",
        "tell",
        "give",
        "go",
        "goes",
        "going",
        "make",
        "makes",
        "happen",
        "happens",
        "held",
        "come",
        "comes",
        "called",
        "name",
        "mean",
        "long",
        "old",
        "much",
        "many",
        "does't",
        "don't",
    ]
)
_MONTHS = {
    name: number
    for number, names in enumerate(
        (
            "january jan", "february feb", "march mar", "april apr", "may", "june jun", "july jul",
            "august aug", "september sep sept", "october oct", "november nov", "december dec",
        ),
        start=1,
    )
    for name in names.split()
}  # fmt: skip
_MONTH = "|".join(sorted(_MONTHS, key=len, reverse=True))
_DATES = (
    re.compile(rf"\b(?P<month>{_MONTH})\.? (?P<day>\d{{1,2}})(?:st|nd|rd|th)?\b"),
    re.compile(rf"\b(?P<day>\d{{1,2}})(?:st|nd|rd|th)?(?: of)? (?P<month>{_MONTH})\b\.?"),
)
_CLASS = re.compile(r"\bclass (\d)-(\d{1,2})\b")
_GRADE = re.compile(r"\b(?:grade (\d)|(\d)(?:st|nd|rd|th) grade)\b")


def is_english(question: str) -> bool:
    """Whether a question has words, and none in Korean."""
    return bool(re.search(r"[a-zA-Z]{2}", question)) and not re.search(r"[가-힣]", question)


def in_korean(question: str) -> tuple[str, list[str]]:
    """An English question in the words a school writes, and what it may write instead; any other as
    it is."""
    if not is_english(question):
        return question, []
    text = question.lower().replace("’", "'")
    text = re.sub(r"\b(what|when|where|who|how|it|there)'s\b", r"\1 is", text)
    for pattern in _DATES:
        text = pattern.sub(lambda one: f"{_MONTHS[one['month']]}월{one['day']}일", text)
    text = _CLASS.sub(r"\1학년\2반", text)
    text = _GRADE.sub(lambda one: f"{one[1] or one[2]}학년", text)
    found = list(_translated(_WORD.findall(text)))
    return " ".join(dict.fromkeys(said for said, _else in found)), [
        other for _said, others in found for other in others
    ]


def _translated(words: list[str]) -> Iterator[Translation]:
    """The words, expression by expression, the longest that is known first."""
    known, longest = _vocabulary()
    singular = [_singular(word) for word in words]
    at = 0
    while at < len(words):
        for length in range(min(longest, len(words) - at), 0, -1):
            expression = " ".join(singular[at : at + length])
            if expression in known:
                if known[expression][0]:
                    yield known[expression]
                at += length
                break
        else:
            if words[at] not in _SAYS_NOTHING:
                yield words[at], ()
            at += 1


def _singular(word: str) -> str:
    if len(word) > 3 and word.endswith("ies"):
        return f"{word[:-3]}y"
    if len(word) > 3 and word.endswith("s") and not word.endswith(("ss", "us", "is", "'s")):
        return word[:-1]
    return word


@lru_cache(maxsize=1)
def _vocabulary() -> tuple[dict[str, Translation], int]:
    """By expression what it is in Korean; how many words the longest expression has."""
    known: dict[str, Translation] = {}
    for line in _VOCABULARY.read_text(encoding="utf-8").splitlines():
        if line and not line.startswith("#"):
            said, _, written = line.partition("=")
            first, *others = (one.strip() for one in written.split("/"))
            for expression in said.split(","):
                words = [_singular(word) for word in _WORD.findall(expression)]
                known[" ".join(words)] = first, tuple(others)
    return known, max(len(expression.split()) for expression in known)
