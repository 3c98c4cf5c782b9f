"""What else a word of a question is called, and what it is without the particle it carries."""

from collections.abc import Iterator
from functools import lru_cache
from pathlib import Path

from models.korean import bare

_WORDS = Path(__file__).parent / "words.txt"

# Words of a question that no letter need have.
EMPTY = frozenset(
    [
        "언제",
        "어디",
        "어디서",
        "어떻게",
        "어떤",
        "무엇",
        "무엇을",
        "뭐",
        "얼마",
        "얼마나",
        "왜",
        "누가",
        "누구",
        "몇",
        "며칠",
        "때",
        "곳",
        "것",
        "수",
        "등",
        "및",
        "또는",
        "하는",
        "하려면",
        "하면",
        "할",
        "한",
        "해야",
        "대한",
        "대해",
        "관한",
        "관해",
        "위한",
        "위해",
        "따른",
        "따라",
        "필요한",
        "있는",
        "있나요",
        "없나요",
        "되나요",
        "하나요",
        "인가요",
        "알려주세요",
        "알려줘",
        "알려주나요",
        "알고싶어요",
        "궁금해요",
        "무엇인가요",
        "어떻게하나요",
    ]
)


@lru_cache(maxsize=1)
def _families() -> dict[str, tuple[str, ...]]:
    """Word → the others of its families (`words.txt`)."""
    found: dict[str, dict[str, None]] = {}
    for line in _WORDS.read_text(encoding="utf-8").splitlines():
        if line.startswith("#"):
            continue
        family = line.split()
        for word in family:
            found.setdefault(word, {}).update(dict.fromkeys(one for one in family if one != word))
    return {word: tuple(others) for word, others in found.items()}


def stems(word: str) -> Iterator[str]:
    """The word, and without its particle."""
    yield word
    stem = bare(word)
    if stem != word:
        yield stem


def otherwise(word: str) -> tuple[str, ...]:
    """What else a whole word is called."""
    return _families().get(word, ())


def within(word: str) -> Iterator[tuple[str, str]]:
    """(what else it begins or ends with, the rest) of a word glued to another; the rest has a syllable
    or more."""
    families = _families()
    for at in range(2, len(word)):
        for other in families.get(word[:at], ()):
            yield other, word[at:]
        if at < len(word) - 1:
            for other in families.get(word[-at:], ()):
                yield other, word[:-at]
