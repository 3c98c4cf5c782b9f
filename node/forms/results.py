"""What was answered to a form, child by child, as far as the asker may see it."""

from collections.abc import Collection

from kit.db import Tx
from kit.problem import NotFound
from node.forms import store
from node.forms.asking import FormAsking
from node.forms.model import FormResults
from node.forms.retracting import retractions_of
from node.forms.rights import may_handle, may_move_deadline, may_stop
from node.forms.store import StoredForm
from node.people.model import Asker
from node.questions.looks import Seen, Sums, look, row_of, sums_of
from node.questions.model import Respondent, ResultRow


def results_of(
    tx: Tx, asker: Asker, form_id: str, before: Seen | None = None
) -> tuple[FormResults, Seen | None]:
    """What the asker may see, and what the look saw for the next one to begin with (`before`) where
    it was a look at all children. Raises NotFound for whoever may not see any of it."""
    form = _handled(tx, asker, form_id)
    if may_handle(asker, form, ""):
        now = look(FormAsking(tx, form), before)
        return _results(tx, asker, form, list(now.rows.values()), now.sums), now
    return _of_classes(tx, asker, form, asker.classes), before


def results_of_child(
    tx: Tx, asker: Asker, form_id: str, student_id: str
) -> tuple[FormResults, ResultRow]:
    """The results of a child's class alone, and the child's own row. Raises NotFound."""
    form = _handled(tx, asker, form_id)
    class_id = store.class_of(tx, student_id)
    found = _of_classes(tx, asker, form, () if class_id is None else (class_id,))
    for row in found.rows:
        if row.asked.id == student_id:
            return found, row
    raise NotFound()


def _handled(tx: Tx, asker: Asker, form_id: str) -> StoredForm:
    form = store.form(tx, form_id)
    if form is None or not asker.is_staff:
        raise NotFound()
    return form


def _of_classes(tx: Tx, asker: Asker, form: StoredForm, classes: Collection[str]) -> FormResults:
    """What the asker may see of the children of some classes."""
    asking = FormAsking(tx, form, classes)
    asked = [
        (child, signers)
        for child, signers in asking.asked().values()
        if may_handle(asker, form, child.group_id)
    ]
    given = asking.given([child.id for child, _signers in asked])
    rows = [
        row_of(child, given.get(child.id, ()), signers, form.valid_from) for child, signers in asked
    ]
    return _results(tx, asker, form, rows, sums_of(form.draft.fields, rows))


def _results(
    tx: Tx, asker: Asker, form: StoredForm, rows: list[ResultRow], sums: Sums
) -> FormResults:
    if not rows and form.author_id != asker.id:
        raise NotFound()
    return FormResults(
        id=form.id,
        title=form.title,
        fields=form.draft.fields,
        rows=tuple(rows),
        answered=sums.answered,
        answers=sums.answers,
        differing=sums.differing,
        retracted=sums.retracted,
        disputed=sums.disputed,
        counts=sums.counts(form.draft.fields),
        newsletter_id=form.newsletter_id,
        draft=form.draft,
        deadline_at=form.deadline_at,
        is_withdrawn=form.closed_at is not None,
        disposed_at=form.disposed_at,
        wordings=store.wordings(tx, form.id),
        valid_from=form.valid_from,
        may_move_deadline=form.closed_at is None and may_move_deadline(asker, form),
        retractions=retractions_of(tx, asker, form) if sums.retracted else (),
        may_stop=may_stop(asker, form),
    )


def student_asked(tx: Tx, form_id: str, student_id: str) -> Respondent | None:
    """A child the form asks about."""
    class_id = store.class_of(tx, student_id)
    for child in store.students_asked(tx, form_id, [class_id]) if class_id else ():
        if child.id == student_id:
            return child
    return None
