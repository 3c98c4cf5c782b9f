"""When surveys close, as it stands in the calendar of those whom they ask."""

from kit.db import Tx
from kit.i18n import _
from node.people.model import Asker
from node.ports.dated import Dated
from node.surveys import store

MOST = 100  # of a month


def dates(tx: Tx, asker: Asker, since: int, until: int) -> list[Dated]:
    """The closings between two moments (ms) of what the asker has not answered."""
    return [
        Dated(one.closes_at, one.title, f"/surveys/{one.id}", _("설문 마감"), asks=True)
        for one in store.to_answer(tx, asker, since, MOST)
        if one.closes_at < until
    ]
