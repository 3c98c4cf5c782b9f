"""Who handles the answers to a form, and whether it still takes any."""

from node.forms.model import FormClosed, FormWithdrawn
from node.forms.store import StoredForm
from node.people.access import may_see_class
from node.people.model import Asker


def may_handle(asker: Asker, form: StoredForm, class_id: str) -> bool:
    """Whether the asker sees, enters and files the answers of a class."""
    return form.author_id == asker.id or may_see_class(asker, class_id)


def sees_results(asker: Asker, form: StoredForm) -> bool:
    """Whether the asker is offered the results: those of some class may be theirs."""
    return asker.is_staff and (may_handle(asker, form, "") or bool(asker.classes))


def require_open(form: StoredForm, now: int) -> None:
    """Raises FormWithdrawn for good, FormClosed until somebody gives more time."""
    require_standing(form)
    if form.deadline_at is not None and now > form.deadline_at:
        raise FormClosed()


def require_standing(form: StoredForm) -> None:
    """Raises FormWithdrawn when the form's letter was taken back."""
    if form.closed_at is not None:
        raise FormWithdrawn()
