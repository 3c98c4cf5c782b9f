"""Telling of changes of access: to whom it happened, and to the administrators.

A line in the portal says what changed and who did it; a mail says that something did and where to
look, at any hour: whoever did not do it themselves must not sleep over it.
"""

from kit.clock import Clock
from kit.db import Tx, encode
from kit.ids import new_id
from node.notify import mail_store, store
from node.notify.model import ACCESS_MAIL, AccessLine
from node.people.model import Access, AccessChanged, Asker

FOR_ADMINISTRATORS = frozenset({Access.JOINED, Access.WAITS})
_LINE = (
    "SELECT id, what, about_id, about, by, gained, lost, others, at, seen_at FROM notify_access"
    " WHERE person_id = ? AND (about_id = person_id OR ?)"
)


class AccessTold:
    """Lines about access, written by events and read by those they are for."""

    def __init__(self, clock: Clock, *, mails: bool) -> None:
        self._clock = clock
        self._mails = mails

    def changed(self, tx: Tx, event: AccessChanged) -> None:
        people = set(store.administrators(tx))
        if event.what not in FOR_ADMINISTRATORS:
            people.add(event.person_id)
        now = self._clock.now()
        gained, lost = encode(event.gained), encode(event.lost)
        about = (event.what.value, event.person_id, event.name, event.by, gained, lost)
        tx.many(
            "INSERT INTO notify_access (id, person_id, what, about_id, about, by, gained, lost,"
            " others, at) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
            [(new_id(), person, *about, event.others, now) for person in sorted(people)],
        )
        if self._mails:
            kind = ACCESS_MAIL + event.what.value
            untold = [
                one for one in sorted(people) if not mail_store.has_waiting_mail(tx, one, kind)
            ]
            mail_store.queue_mail(tx, "", kind, dict.fromkeys(untold, ()), now)


def latest(tx: Tx, asker: Asker, limit: int) -> list[AccessLine]:
    """The asker's latest lines, those about others while they are an administrator."""
    return _lines(tx, asker, " ORDER BY at DESC LIMIT ?", limit)


def unseen(tx: Tx, asker: Asker, limit: int) -> list[AccessLine]:
    return _lines(tx, asker, " AND seen_at IS NULL ORDER BY +at DESC LIMIT ?", limit)


def still_concerns(tx: Tx, person_id: str, what: Access) -> bool:
    """Whether somebody has a line about this that is theirs to read now."""
    found = tx.value(
        "SELECT 1 FROM notify_access a WHERE a.person_id = ? AND a.what = ?"
        " AND (a.about_id = a.person_id OR EXISTS (SELECT 1 FROM people_v_role r"
        "  WHERE r.person_id = a.person_id AND r.role = 'administrator')) LIMIT 1",
        (person_id, what.value),
    )
    return found is not None


def about_oneself(tx: Tx, person_id: str) -> list[AccessLine]:
    """Every line that somebody was told of their own access, the latest first."""
    return tx.structs(AccessLine, _LINE + " ORDER BY at DESC", (person_id, 0))


def mark_seen(tx: Tx, person_id: str, at: int) -> None:
    tx.execute(
        "UPDATE notify_access SET seen_at = ? WHERE person_id = ? AND seen_at IS NULL",
        (at, person_id),
    )


def _lines(tx: Tx, asker: Asker, more: str, limit: int) -> list[AccessLine]:
    params = (asker.id, int(asker.is_administrator), limit)
    return tx.structs(AccessLine, _LINE + more, params)
