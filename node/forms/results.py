"""What was answered to a form, child by child, as far as the asker may see it."""

from kit.db import Tx
from kit.problem import NotFound
from node.forms import compared, store
from node.forms.model import Count, FieldKind, FormDraft, ResultRow, Results
from node.forms.rights import may_handle, may_move_deadline
from node.people.model import Asker


def results_of(tx: Tx, asker: Asker, form_id: str) -> Results:
    """Raises NotFound for whoever may not see any of it."""
    form = store.form(tx, form_id)
    if form is None or not asker.is_staff:
        raise NotFound()
    is_wide = may_handle(asker, form, "")
    classes = None if is_wide else asker.classes
    asked = store.students_asked(tx, form_id, classes)
    given = compared.answers(tx, form, None if is_wide else [row[0] for row in asked])
    signers = store.signers(tx, form_id, classes) if form.draft.both_guardians else {}
    rows = []
    for student, name, class_id, grade, class_number, number in asked:
        if not may_handle(asker, form, class_id):
            continue
        kept = given.get(student, ())
        answers = tuple(answer for answer in kept if answer.version >= form.valid_from)
        earlier = tuple(answer for answer in kept if answer.version < form.valid_from)
        signed = {answer.guardian_id for answer in answers if answer.is_recorded}
        owing = tuple(one for one in signers.get(student, ()) if one.id not in signed)
        class_name = f"{grade}-{class_number}"
        rows.append(ResultRow(student, name, class_id, class_name, number, answers, earlier, owing))
    if not rows and form.author_id != asker.id:
        raise NotFound()
    return Results(
        id=form.id,
        subject=form.subject,
        title=form.title,
        draft=form.draft,
        deadline_at=form.deadline_at,
        is_withdrawn=form.closed_at is not None,
        wordings=store.wordings(tx, form_id),
        valid_from=form.valid_from,
        rows=tuple(rows),
        counts=tuple(_counts(form.draft, rows)),
        may_move_deadline=form.closed_at is None and may_move_deadline(asker, form),
    )


def student_asked(tx: Tx, form_id: str, student_id: str) -> tuple[str, str, str] | None:
    """(student, name, class) of a child the form asks about."""
    class_id = store.class_of(tx, student_id)
    for row in store.students_asked(tx, form_id, [class_id]) if class_id else ():
        if row[0] == student_id:
            return row[0], row[1], row[2]
    return None


def _counts(draft: FormDraft, rows: list[ResultRow]) -> list[Count]:
    """How often each option was chosen."""
    found = []
    for field in draft.fields:
        if field.kind not in (FieldKind.CONSENT, FieldKind.CHOICE, FieldKind.CHOICES):
            continue
        chosen = [
            option
            for row in rows
            for answer in row.answers
            if answer.is_recorded
            for option in answer.values().get(field.id, [])
        ]
        found += [
            Count(field.label, option, chosen.count(option)) for option in field.shown_options
        ]
    return found
