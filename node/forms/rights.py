"""Who handles the answers to a form, and whether it still takes any."""

from kit.i18n import _
from node.forms.model import FormClosed, FormDisposed, FormWithdrawn, SignedAnswer
from node.forms.store import StoredForm
from node.people.access import class_readers, may_see_class
from node.people.model import Asker, Child


def may_handle(asker: Asker, form: StoredForm, class_id: str) -> bool:
    """Whether the asker sees, enters and files the answers of a class. Of a letter that was taken
    back nothing is left but the record: its author sees it, and who approves."""
    if form.closed_at is not None:
        return form.author_id == asker.id or asker.is_approver
    return form.author_id == asker.id or may_see_class(
        asker, class_id, is_confidential=bool(form.is_confidential)
    )


def readers(*, is_confidential: bool) -> tuple[str, ...]:
    """Who sees names and answers, in words (msgids), beside the author: `may_handle`, and the
    family, for a child's answer is shown to each of its guardians. `is_confidential`: of a form that
    goes to the families of chosen children alone."""
    shown = class_readers(is_confidential=is_confidential)
    return (*shown, _("같은 자녀의 다른 보호자"))


def may_move_deadline(asker: Asker, form: StoredForm) -> bool:
    """Whether the asker decides on the deadline: who approves, and its author where nobody else has
    approved it. Any other change of what was approved is a correction that is approved again."""
    is_own = form.author_id == asker.id and not form.is_approved
    return asker.is_approver or (is_own and asker.is_staff)


def may_retract(form: StoredForm, child: Child, asker: Asker, given: SignedAnswer) -> bool:
    """Whether the asker may take this answer for their child back: it is their own, they may still sign,
    and it holds and agrees to something. No deadline ends that."""
    is_own = given.by_id == asker.id and child.may_sign
    stands = given.holds and given.version >= form.valid_from and form.closed_at is None
    return is_own and stands and form.draft.consents(given.answers)


def may_stop(asker: Asker, form: StoredForm) -> bool:
    """Whether the asker says that what rested on a retracted consent has stopped: the form's author,
    and who approves, for an author may have left."""
    return asker.is_staff and (form.author_id == asker.id or asker.is_approver)


def sees_results(asker: Asker, form: StoredForm) -> bool:
    """Whether the asker is offered the results: those of some class may be theirs."""
    return asker.is_staff and (may_handle(asker, form, "") or bool(asker.classes))


def require_open(form: StoredForm, now: int) -> None:
    """Raises FormWithdrawn for good, FormClosed until somebody gives more time."""
    require_standing(form)
    if form.deadline_at is not None and now > form.deadline_at:
        raise FormClosed()


def require_standing(form: StoredForm) -> None:
    """Raises FormWithdrawn when the form's letter was taken back, FormDisposed when its answers are gone."""
    if form.disposed_at is not None:
        raise FormDisposed()
    if form.closed_at is not None:
        raise FormWithdrawn()
