"""What was answered to a form, child by child, as far as the asker may see it."""

from collections.abc import Collection

from kit.db import Tx
from kit.problem import NotFound
from node.forms import compared, seen, store
from node.forms.model import ResultRow, Results
from node.forms.rights import may_handle, may_move_deadline
from node.forms.seen import Seen, Sums
from node.forms.store import StoredForm
from node.people.model import Asker


def results_of(
    tx: Tx, asker: Asker, form_id: str, before: Seen | None = None
) -> tuple[Results, Seen | None]:
    """What the asker may see, and what the look saw for the next one to begin with (`before`) where
    it was a look at all children. Raises NotFound for whoever may not see any of it."""
    form = _handled(tx, asker, form_id)
    if may_handle(asker, form, ""):
        now = seen.look(tx, form, before)
        return _results(tx, asker, form, list(now.rows.values()), now.sums), now
    return _of_classes(tx, asker, form, asker.classes), before


def results_of_child(
    tx: Tx, asker: Asker, form_id: str, student_id: str
) -> tuple[Results, ResultRow]:
    """The results of a child's class alone, and the child's own row. Raises NotFound."""
    form = _handled(tx, asker, form_id)
    class_id = store.class_of(tx, student_id)
    found = _of_classes(tx, asker, form, () if class_id is None else (class_id,))
    for row in found.rows:
        if row.student_id == student_id:
            return found, row
    raise NotFound()


def _handled(tx: Tx, asker: Asker, form_id: str) -> StoredForm:
    form = store.form(tx, form_id)
    if form is None or not asker.is_staff:
        raise NotFound()
    return form


def _of_classes(tx: Tx, asker: Asker, form: StoredForm, classes: Collection[str]) -> Results:
    """What the asker may see of the children of some classes."""
    asked = [
        child
        for child in store.students_asked(tx, form.id, classes)
        if may_handle(asker, form, child[2])
    ]
    given = compared.answers(tx, form, [child[0] for child in asked])
    signers = store.signers(tx, form.id, classes) if form.draft.both_guardians else {}
    rows = [
        seen.row_of(form, child, given.get(child[0], ()), signers.get(child[0], ()))
        for child in asked
    ]
    return _results(tx, asker, form, rows, seen.sums_of(form.draft, rows))


def _results(tx: Tx, asker: Asker, form: StoredForm, rows: list[ResultRow], sums: Sums) -> Results:
    if not rows and form.author_id != asker.id:
        raise NotFound()
    return Results(
        id=form.id,
        subject=form.subject,
        title=form.title,
        draft=form.draft,
        deadline_at=form.deadline_at,
        is_withdrawn=form.closed_at is not None,
        wordings=store.wordings(tx, form.id),
        valid_from=form.valid_from,
        rows=tuple(rows),
        answered=sums.answered,
        answers=sums.answers,
        differing=sums.differing,
        counts=sums.counts(form.draft),
        may_move_deadline=form.closed_at is None and may_move_deadline(asker, form),
    )


def student_asked(tx: Tx, form_id: str, student_id: str) -> tuple[str, str, str] | None:
    """(student, name, class) of a child the form asks about."""
    class_id = store.class_of(tx, student_id)
    for row in store.students_asked(tx, form_id, [class_id]) if class_id else ():
        if row[0] == student_id:
            return row[0], row[1], row[2]
    return None
