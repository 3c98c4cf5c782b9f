"""A question as it is understood on the day on which it is asked.

asked = understood("내일 급식 뭐예요?", now)
asked.text     # "12월 2일 급식 뭐예요?"
asked.days     # {(2026, 12, 2)}
"""

import re
from datetime import date

import msgspec

from models.days import Day, Meant, seoul_day
from models.english import in_korean
from models.folding import normal
from models.intent import is_private, kinds_of
from models.korean import marks, said_otherwise

# Levels of schooling that a text must name where the question does: their rules are their own.
_LEVEL = re.compile(r"유치원|어린이집|고[1-3](?!\d)|고등학교|대학")


class Asked(msgspec.Struct, frozen=True):
    """What is asked for, in Korean, with dates for days; `topic`: without them. `meant`: other words for it; `days` and `years`
    it is about, `is_weekday` where that may be every such weekday; `exact`: what it names exactly
    besides (classes, levels of schooling); `kinds` as in `models.intent`."""

    text: str
    topic: str
    meant: tuple[str, ...]
    today: date
    days: frozenset[Day]
    is_weekday: bool
    years: frozenset[int]
    exact: frozenset[str]
    kinds: tuple[re.Pattern[str], ...]
    is_private: bool


def understood(question: str, now: int) -> Asked:
    """The question of a moment in ms."""
    today = seoul_day(now)
    korean, instead = in_korean(question)
    meant = Meant(korean, today)
    return Asked(
        text=meant.rest,
        topic=meant.topic,
        meant=tuple(dict.fromkeys([*said_otherwise(korean), *instead])),
        today=today,
        days=frozenset(meant.days),
        is_weekday=meant.is_weekday,
        years=frozenset(meant.years),
        exact=frozenset(exactly(korean)),
        kinds=tuple(kinds_of(korean)),
        is_private=is_private(korean),
    )


def exactly(text: str) -> set[str]:
    """What a text names exactly besides days: classes, levels of schooling."""
    flat = normal(text)
    return {*(mark for mark in marks(flat) if not mark.startswith("date:")), *_LEVEL.findall(flat)}
