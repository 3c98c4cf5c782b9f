"""A form's results as they were at the last look, brought up to date by what changed since.

Whoever watches a form's results asks for them again every few seconds, and to hold a whole school's
answers against their records takes a fifth of a second. So a look begins with what the last one saw:
every stored answer and every child asked is compared with what stood there, and the log, which only
grows, is read behind its last record. Only of children with a difference answers are read and held
against their records anew, and the sums change by what these children add to them.
"""

import asyncio
import contextlib
from collections import Counter
from collections.abc import AsyncIterator, Iterable, Mapping, Sequence
from typing import TypeVar

import msgspec

from kit.db import Row, Tx
from node.forms import compared, store
from node.forms.compared import Slot
from node.forms.model import Count, FormDraft, Given, Guardian, ResultRow, RowState
from node.forms.store import StoredForm
from node.questions.model import FieldKind

K = TypeVar("K")

COUNTED = (FieldKind.CONSENT, FieldKind.CHOICE, FieldKind.CHOICES)
MOST = 4  # forms whose last look is kept: of a large school's ten megabytes each


class Sums(msgspec.Struct, frozen=True):
    """Of some children: how many of whom nobody owes an answer, answers that hold (where both must
    sign up to two a child), children with an answer that is not stored as it was signed, and how
    often each option of a field was chosen."""

    answered: int = 0
    answers: int = 0
    differing: int = 0
    chosen: Mapping[tuple[str, str], int] = {}

    def counts(self, draft: FormDraft) -> tuple[Count, ...]:
        """How often each option was chosen, in the form's order."""
        return tuple(
            Count(field.label, option, self.chosen.get((field.id, option), 0))
            for field in draft.fields
            if field.kind in COUNTED
            for option in field.shown_options
        )


NONE = Sums()


def sums_of(
    draft: FormDraft, more: Iterable[ResultRow], before: Sums = NONE, less: Iterable[ResultRow] = ()
) -> Sums:
    """The sums `before` with some rows more and some less."""
    answered, answers, differing = before.answered, before.answers, before.differing
    chosen = Counter(before.chosen)
    counted = {field.id for field in draft.fields if field.kind in COUNTED}
    for sign, rows in ((1, more), (-1, less)):
        for row in rows:
            answered += sign * (row.state is RowState.ANSWERED)
            differing += sign * any(one.differs for one in row.kept)
            for one in row.answers:
                if not one.is_recorded:
                    continue
                answers += sign
                for field, options in one.values().items():
                    for option in options if field in counted else ():
                        chosen[field, option] += sign
    return Sums(answered, answers, differing, chosen)


def row_of(
    form: StoredForm, child: Row, kept: Sequence[Given], signers: Sequence[Guardian]
) -> ResultRow:
    """One child's row. `child` as store.students_asked tells of it; `kept`: all its answers;
    `signers`: where both guardians must sign, they."""
    student, name, class_id, grade, class_number, number = child
    answers = tuple(one for one in kept if one.version >= form.valid_from)
    earlier = tuple(one for one in kept if one.version < form.valid_from)
    signed = {one.guardian_id for one in answers if one.is_recorded}
    owing = tuple(one for one in signers if one.id not in signed)
    class_name = f"{grade}-{class_number}"
    return ResultRow(student, name, class_id, class_name, number, answers, earlier, owing)


class Seen(msgspec.Struct, frozen=True):
    """What one look at all children of a form saw."""

    read_by: tuple[object, ...]
    """What decides how any answer is read: questions, wordings, which of them hold."""
    stored: dict[Slot, Row]
    last: int
    """Position of the form's last record; -1: nobody has signed."""
    children: dict[str, tuple[Row, list[Guardian]]]
    """By student: the child and, where both guardians must sign, they."""
    rows: dict[str, ResultRow]
    sums: Sums


def look(tx: Tx, form: StoredForm, before: Seen | None) -> Seen:
    """All children whom the form asks, in the order of their classes. `before`: an earlier look."""
    read_by = (form.draft, form.valid_from, store.wordings(tx, form.id))
    if before is not None and before.read_by != read_by:
        before = None
    stored = {(row[0], row[-1]): row for row in store.answer_rows(tx, form.id)}
    signers = store.signers(tx, form.id) if form.draft.both_guardians else {}
    children = {row[0]: (row, signers.get(row[0], [])) for row in store.students_asked(tx, form.id)}
    records = store.children_recorded(tx, form.id, -1 if before is None else before.last)
    if before is None:
        before = Seen(read_by, {}, -1, {}, {}, NONE)
        changed = set(children)
        given = compared.answers(tx, form)
    else:
        changed = {student for _position, student in records if student is not None}
        changed |= {student for student, _slot in _differing(stored, before.stored)}
        changed |= _differing(children, before.children)
        given = compared.answers(tx, form, changed) if changed else {}
    fresh = {
        student: row_of(form, children[student][0], given.get(student, ()), children[student][1])
        for student in changed & children.keys()
    }
    outdated = [before.rows[student] for student in changed if student in before.rows]
    return Seen(
        read_by=read_by,
        stored=stored,
        last=records[-1][0] if records else before.last,
        children=children,
        rows={student: fresh.get(student) or before.rows[student] for student in children},
        sums=sums_of(form.draft, fresh.values(), before.sums, outdated),
    )


def _differing(now: Mapping[K, object], before: Mapping[K, object]) -> set[K]:
    """Under which keys there is something else than before, something new or nothing any more."""
    found = {key for key, value in now.items() if before.get(key) != value}
    return found | (before.keys() - now.keys())


class _Place:
    """Where the last look at a form is kept."""

    def __init__(self) -> None:
        self.turn = asyncio.Lock()
        self.seen: Seen | None = None


class Looks:
    """The last looks at the forms that were looked at last."""

    def __init__(self) -> None:
        self._places: dict[str, _Place] = {}

    @contextlib.asynccontextmanager
    async def at(self, form_id: str) -> AsyncIterator[_Place]:
        """The form's place, alone: who comes second sees what the first has left there, and reads
        a database that is no older than the first one's."""
        place = self._places.pop(form_id, None) or _Place()
        self._places[form_id] = place
        while len(self._places) > MOST:
            del self._places[next(iter(self._places))]
        async with place.turn:
            yield place
