"""Whether two texts speak of the same: a school's rule and the province's, last year's letter and this one's."""

import re

from models.folding import normal
from models.korean import tokens
from models.passages import Passage

SAME_TITLE = 0.6  # of the tokens of the shorter title: what the other must hold
SAME_MATTER = 0.15  # the same of sentences with their titles

_GRADES = re.compile(r"((?:[1-6]\s?[~·,-]\s?)*[1-6])\s?학년(?!도)")
_NUMBERED = re.compile(r"20\d\d|\d")
_OF_ANY_LETTER = re.compile(r"안내|변경|조정|정산|연기|알림|학년도|가정통신문")


def is_same_matter(one: tuple[str, str], other: tuple[str, str]) -> bool:
    """Whether two sentences, each behind its title, speak of the same things: a word in common may be of
    anything where the titles have none."""
    titles = bare_title(one[0]), bare_title(other[0])
    if not _common(*titles):
        return False
    return _common(f"{titles[0]} {one[1]}", f"{titles[1]} {other[1]}") >= SAME_MATTER


def follows(one: Passage, other: Passage) -> bool:
    """Whether two texts are about the same thing, by their titles: last year's letter and this year's,
    a letter and the one that changes it."""
    grades = [grades_of(text.title) for text in (one, other)]
    if all(grades) and not grades[0] & grades[1]:
        return False
    return _common(bare_title(one.title), bare_title(other.title)) >= SAME_TITLE


def _common(one: str, other: str) -> float:
    """The share of the shorter text's tokens that the other holds, too."""
    held = [set(tokens(text)) for text in (one, other)]
    return len(held[0] & held[1]) / max(1, min(map(len, held)))


def bare_title(title: str) -> str:
    """A title without its year and what letters about anything are called."""
    return _OF_ANY_LETTER.sub(" ", _NUMBERED.sub(" ", title))


def grades_of(text: str) -> set[int]:
    """The grades that a text names, those between included."""
    found: set[int] = set()
    for named in _GRADES.findall(normal(text)):
        numbers = [int(one) for one in re.findall(r"\d", named)]
        found |= set(numbers)
        if re.search(r"[~-]", named):
            found |= set(range(numbers[0], numbers[-1] + 1))
    return found
