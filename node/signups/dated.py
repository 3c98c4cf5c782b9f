"""When sign-ups open and close, as it stands in the calendar of those who may read them."""

from collections.abc import Iterator

from kit.db import Tx
from kit.i18n import _
from node.people.model import Asker
from node.ports.dated import Dated
from node.signups import entry_store, store
from node.signups.rights import handles_every_class

MOST = 100  # of a month


def dates(tx: Tx, asker: Asker, since: int, until: int) -> list[Dated]:
    """The openings and closings between two moments (ms): of what a family may sign up for, and
    of what staff made or answer for. What a child is signed up for asks no more."""
    return sorted(_found(tx, asker, since, until), key=lambda one: one.at)[:MOST]


def _found(tx: Tx, asker: Asker, since: int, until: int) -> Iterator[Dated]:
    answers = asker.is_staff and handles_every_class(asker)
    signups = store.due(tx, asker, since, MOST, whole_school=answers)
    children = [child.student_id for child in asker.children if child.may_sign]
    entered = {id for id, _state in entry_store.standing(tx, children, [one.id for one in signups])}
    for one in signups:
        href = f"/signups/{one.id}"
        asks = bool(children) and one.id not in entered
        if since <= one.opens_at < until:
            yield Dated(one.opens_at, one.title, href, _("신청 시작"), asks=asks)
        if one.closes_at < until:
            yield Dated(one.closes_at, one.title, href, _("신청 마감"), asks=asks)
