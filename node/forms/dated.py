"""When forms close, as it stands in the calendar of those who may read them."""

from kit.db import Tx
from kit.i18n import _
from node.forms import store
from node.people.model import Asker
from node.ports.dated import Dated

MOST = 100  # of a month


def dates(tx: Tx, asker: Asker, since: int, until: int) -> list[Dated]:
    """The deadlines between two moments (ms); of what still waits for a guardian's answer by child."""
    children = [child.student_id for child in asker.children]
    waiting = store.unanswered(tx, asker.id, children, since) if children else []
    unanswered = {form for form, *_rest in waiting}
    found = [
        Dated(deadline, title, f"/forms/{form}/children/{student}", _("제출 전"), name, asks=True)
        for form, _letter, title, deadline, student, name in waiting
        if deadline is not None and deadline < until
    ]
    return found + [
        Dated(deadline, title, f"/newsletters/{letter}", _("제출 마감"))
        for form, letter, title, deadline in store.due_between(tx, asker, since, until, MOST)
        if form not in unanswered
    ]
