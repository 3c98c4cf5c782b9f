"""The results of a questionnaire as they were at the last look, brought up to date by what changed since.

Whoever watches results asks for them again every few seconds, and to read a whole school's answers with
what proves them takes a fifth of a second. So a look begins with what the last one saw: every stored
answer and everybody asked is compared with what stood there, and what proves answers, which only grows,
is read behind the last of it. Only of those with a difference answers are read anew, and the sums
change by what they add to them.
"""

import asyncio
import contextlib
from collections import Counter
from collections.abc import AsyncIterator, Collection, Iterable, Mapping, Sequence
from typing import Protocol, TypeVar

import msgspec

from kit.db import Row
from node.questions.model import (
    COUNTED,
    AnswerCount,
    Answerer,
    Field,
    Given,
    OptionCount,
    Respondent,
    ResultRow,
    RowState,
    average_of,
    parts_of,
)

K = TypeVar("K")

SETTLED = (RowState.ANSWERED, RowState.DISPUTED, RowState.REFUSED)  # nobody owes an answer
MOST = 4  # questionnaires whose last look is kept: of a large school's ten megabytes each


class Asking(Protocol):
    """What an owner tells of one of its questionnaires, and of those it asks, within one read unit."""

    @property
    def fields(self) -> Sequence[Field]: ...

    @property
    def valid_from(self) -> int:
        """Answers to versions before this one hold no more."""

    def read_by(self) -> tuple[object, ...]:
        """What decides how any answer is read: where it is otherwise, all are read anew."""

    def asked(self) -> Mapping[str, tuple[Respondent, Sequence[Answerer]]]:
        """By id everybody who is asked, in their order and, where several answer each apart, those."""

    def stored(self) -> Mapping[tuple[str, str], Row]:
        """By who is asked and slot the row of every answer."""

    def proved_behind(self, position: int) -> tuple[int, set[str]]:
        """Behind a position (-1: from the beginning) of what proves answers: its last one, and of whom
        there is something new."""

    def given(self, some: Collection[str] | None = None) -> Mapping[str, Sequence[Given]]:
        """Every answer of all or of some who are asked, with what proves it, the earliest first."""


class Sums(msgspec.Struct, frozen=True):
    """Of some rows: of how many nobody owes an answer, answers that hold (where several answer each
    apart more than one a row), rows with an answer that is not stored as it was given, rows with one
    that was taken back, rows of which several consented otherwise, and how often each option of a
    field was chosen."""

    answered: int = 0
    answers: int = 0
    differing: int = 0
    retracted: int = 0
    disputed: int = 0
    chosen: Mapping[tuple[str, str], int] = {}

    def counts(self, fields: Iterable[Field]) -> tuple[AnswerCount, ...]:
        """How often each option was chosen, in the order of the questions."""
        found = []
        for field in parts_of(fields):
            if field.kind in COUNTED:
                counts = [self.chosen.get((field.id, one), 0) for one in field.shown_options]
                options = tuple(map(OptionCount, field.shown_options, counts))
                found.append(AnswerCount(field.label, options, average_of(field, counts)))
        return tuple(found)


NONE = Sums()


def sums_of(
    fields: Iterable[Field],
    more: Iterable[ResultRow],
    before: Sums = NONE,
    less: Iterable[ResultRow] = (),
) -> Sums:
    """The sums `before` with some rows more and some less."""
    answered, answers, differing = before.answered, before.answers, before.differing
    retracted, disputed = before.retracted, before.disputed
    chosen = Counter(before.chosen)
    counted = {field.id for field in parts_of(fields) if field.kind in COUNTED}
    for sign, rows in ((1, more), (-1, less)):
        for row in rows:
            answered += sign * (row.state in SETTLED)
            differing += sign * any(one.differs for one in row.kept)
            retracted += sign * (row.state is RowState.RETRACTED)
            disputed += sign * row.is_disputed
            for one in row.counted:
                answers += sign
                for field, options in one.counted_values().items():
                    for option in options if field in counted else ():
                        chosen[field, option] += sign
    return Sums(answered, answers, differing, retracted, disputed, chosen)


def row_of(
    asked: Respondent, kept: Iterable[Given], answerers: Iterable[Answerer], valid_from: int
) -> ResultRow:
    """One row. `kept`: all answers there are; `answerers`: where several answer each apart, they."""
    kept = tuple(kept)
    answers = tuple(one for one in kept if one.version >= valid_from)
    earlier = tuple(one for one in kept if one.version < valid_from)
    given = {one.by_id for one in answers if one.counts}
    owing = tuple(one for one in answerers if one.id not in given)
    return ResultRow(asked, answers, earlier, owing)


class Seen(msgspec.Struct, frozen=True):
    """What one look at all who are asked saw."""

    read_by: tuple[object, ...]
    stored: Mapping[tuple[str, str], Row]
    last: int
    """Position of the last of what proves answers; -1: nobody has answered."""
    asked: Mapping[str, tuple[Respondent, Sequence[Answerer]]]
    rows: dict[str, ResultRow]
    sums: Sums


def look(asking: Asking, before: Seen | None) -> Seen:
    """All who are asked, in their order. `before`: an earlier look."""
    read_by, stored, asked = asking.read_by(), asking.stored(), asking.asked()
    if before is not None and before.read_by != read_by:
        before = None
    last, changed = asking.proved_behind(-1 if before is None else before.last)
    if before is None:
        before = Seen(read_by, {}, last, {}, {}, NONE)
        changed = set(asked)
        given = asking.given()
    else:
        changed |= {one for one, _slot in _differing(stored, before.stored)}
        changed |= _differing(asked, before.asked)
        given = asking.given(changed) if changed else {}
    fresh = {
        one: row_of(asked[one][0], given.get(one, ()), asked[one][1], asking.valid_from)
        for one in changed & asked.keys()
    }
    outdated = [before.rows[one] for one in changed if one in before.rows]
    return Seen(
        read_by=read_by,
        stored=stored,
        last=last,
        asked=asked,
        rows={one: fresh.get(one) or before.rows[one] for one in asked},
        sums=sums_of(asking.fields, fresh.values(), before.sums, outdated),
    )


def _differing(now: Mapping[K, object], before: Mapping[K, object]) -> set[K]:
    """Under which keys there is something else than before, something new or nothing any more."""
    found = {key for key, value in now.items() if before.get(key) != value}
    return found | (before.keys() - now.keys())


class _Place:
    """Where the last look at a questionnaire is kept."""

    def __init__(self) -> None:
        self.turn = asyncio.Lock()
        self.seen: Seen | None = None


class Looks:
    """The last looks at the questionnaires that were looked at last."""

    def __init__(self) -> None:
        self._places: dict[str, _Place] = {}

    @contextlib.asynccontextmanager
    async def at(self, questionnaire_id: str) -> AsyncIterator[_Place]:
        """Its place, alone: who comes second sees what the first has left there, and reads a
        database that is no older than the first one's."""
        place = self._places.pop(questionnaire_id, None) or _Place()
        self._places[questionnaire_id] = place
        while len(self._places) > MOST:
            del self._places[next(iter(self._places))]
        async with place.turn:
            yield place
