"""What a class is to bring to school, as its last notice (알림장) says it."""

import re
from collections.abc import Iterator

from kit.clock import DAY, HOUR, moment
from kit.db import Tx, decode
from kit.i18n import _
from node.newsletters import store
from node.newsletters.model import Letter
from node.people.model import Asker, Audience, Kind, Scope
from node.ports.today import TodayAsked, TodayLine

LATELY = 4 * DAY  # before the day: the notice of a Friday is for Monday
NOON = 12 * HOUR  # what is written after it is for the day that comes
LONGEST = 80  # characters
SAID = re.compile(r"준비물[\s*_]*[:：][\s*_]*(.*)")


def today_of(tx: Tx, asker: Asker, asked: TodayAsked) -> list[TodayLine]:
    """Of each class the last notice before the day, where it names things to bring."""
    if not asked.has_school or not asked.whose:
        return []
    begins = moment(asked.on.year, asked.on.month, asked.on.day)
    keys = {key for one in asked.whose for key in _keys(one.class_id)}
    letters = store.class_notices(tx, asker, keys, begins - LATELY, begins + NOON)
    last = {key: letter for letter in letters for key in decode(letter.keys, list[str])}
    return [
        TodayLine(
            rank=20,
            icon="list-checks",
            label=_("준비물"),
            text=things,
            href=f"/newsletters/{letter.id}",
            whose=one.id,
        )
        for one in asked.whose
        for letter in _of(last, one.class_id)
        if (things := to_bring(letter.body))
    ]


def _keys(class_id: str) -> list[str]:
    return [Audience(kind, Scope.CLASS, class_id).key for kind in (Kind.GUARDIAN, Kind.STUDENT)]


def _of(last: dict[str, Letter], class_id: str) -> Iterator[Letter]:
    """The last notice of a class, if there is one."""
    found = [last[key] for key in _keys(class_id) if key in last]
    yield from sorted(found, key=lambda letter: letter.published_at or 0)[-1:]


def to_bring(body: str) -> str:
    """What stands behind the word for things to bring (준비물), on one line; "" where nothing does."""
    said = SAID.search(body)
    things = said[1].replace("*", "").strip() if said else ""
    return things if len(things) <= LONGEST else things[: LONGEST - 1] + "…"
