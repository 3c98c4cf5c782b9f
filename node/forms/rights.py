"""Who handles the answers to a form, and whether it still takes any."""

from node.forms.store import StoredForm
from node.people.access import may_see_class
from node.people.model import Asker


def may_handle(asker: Asker, form: StoredForm, class_id: str) -> bool:
    """Whether the asker sees, enters and files the answers of a class."""
    return form.author_id == asker.id or may_see_class(asker, class_id)


def sees_results(asker: Asker, form: StoredForm) -> bool:
    """Whether the asker is offered the results: those of some class may be theirs."""
    return asker.is_staff and (may_handle(asker, form, "") or bool(asker.classes))


def is_open(form: StoredForm, now: int) -> bool:
    return form.deadline_at is None or now <= form.deadline_at
