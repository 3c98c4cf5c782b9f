"""The SQL of notifications: lines that somebody finds in the portal."""

from collections.abc import Iterable

from kit.db import Tx, Value, encode
from kit.ids import new_id
from node.notify.model import MessageKind, NotificationLine, Told
from node.people.access import READABLE, held_through, readable_params, sees_child
from node.people.model import Asker


def add_messages(tx: Tx, told: Told, kind: MessageKind, newsletter_id: str, at: int) -> None:
    tx.many(
        "INSERT INTO notify_message (id, person_id, kind, newsletter_id, at, children)"
        " VALUES (?, ?, ?, ?, ?, ?)",
        [
            (new_id(), person, kind.value, newsletter_id, at, encode(sorted(children)))
            for person, children in told.items()
        ],
    )


def drop_unseen(
    tx: Tx, people: Iterable[str], kinds: Iterable[MessageKind], newsletter_id: str
) -> None:
    """Forget what nobody has looked at yet: a new line says it better."""
    listed = encode(sorted(kinds))
    tx.many(
        "DELETE FROM notify_message WHERE person_id = ? AND seen_at IS NULL AND newsletter_id = ?"
        " AND kind IN (SELECT value FROM json_each(?))",
        [(person, newsletter_id, listed) for person in people],
    )


_MESSAGE = (
    "SELECT m.id, m.kind, m.newsletter_id, n.title, n.state, f.deadline_at, m.at, m.seen_at"
    " FROM notify_message m JOIN newsletters_v_letter n ON n.id = m.newsletter_id"
    " LEFT JOIN forms_v_form f ON f.subject = m.newsletter_id"
    " WHERE m.person_id = ?"
)
# What concerns a reader is shown while the letter stands and they may read it: families through one
# of the children through whom they were told, whatever they may read through others. What concerns
# those who write and decide, while they do.
_AUDIENCE = "SELECT 1 FROM newsletters_v_audience a WHERE a.newsletter_id = n.id AND "
_THROUGH = (
    "SELECT 1 FROM newsletters_v_audience a, json_each(m.children) c"
    " WHERE a.newsletter_id = n.id"
    " AND c.value || ' ' || a.key IN (SELECT value FROM json_each(?))"
)
_SHOWN = (
    " AND CASE m.kind WHEN 'to_approve' THEN ?"  # is_approver
    " WHEN 'returned' THEN ? AND n.author_id = m.person_id"  # is_staff
    " WHEN 'held' THEN ? OR ? AND m.person_id IN (n.author_id, n.approver_id)"
    " ELSE n.state = 'published' AND (? AND (n.author_id = m.person_id"
    f"  OR EXISTS ({_AUDIENCE}{READABLE})) OR EXISTS ({_THROUGH})) END"
)
# What asks for something, asks until it is done or cannot be done any more.
_ASKS = (
    " AND m.seen_at IS NULL AND CASE m.kind"
    " WHEN 'to_approve' THEN n.state = 'submitted' OR n.has_proposal"
    # Sent back before publication, or a correction after it.
    " WHEN 'returned' THEN n.state = 'draft' OR m.at >="
    "  (SELECT v.published_at FROM newsletters_v_published v WHERE v.id = n.id)"
    " WHEN 'held' THEN n.state = 'held'"
    " WHEN 'corrected' THEN 1"
    " ELSE f.deadline_at IS NULL OR f.deadline_at >= ? END"
)


def messages(tx: Tx, asker: Asker, limit: int) -> list[NotificationLine]:
    """The asker's latest notifications."""
    sql = _MESSAGE + _SHOWN + " ORDER BY m.at DESC LIMIT ?"
    return tx.structs(NotificationLine, sql, (*_shown_to(tx, asker), limit))


_ANY_UNSEEN = "SELECT 1 FROM notify_message WHERE person_id = ? AND seen_at IS NULL LIMIT 1"


def unseen(tx: Tx, asker: Asker, now: int, limit: int) -> list[NotificationLine]:
    """Notifications that wait for the asker and still ask for something."""
    if tx.row(_ANY_UNSEEN, (asker.id,)) is None:  # most of the time, on every front page
        return []
    sql = _MESSAGE + _SHOWN + _ASKS + " ORDER BY +m.at DESC LIMIT ?"  # few: by their own index
    return tx.structs(NotificationLine, sql, (*_shown_to(tx, asker), now, limit))


def _shown_to(tx: Tx, asker: Asker) -> tuple[Value, ...]:
    """The parameters of `_MESSAGE` and `_SHOWN`."""
    held = [f"{child} {key}" for child, keys in _held(tx, asker).items() for key in keys]
    is_staff, is_approver = int(asker.is_staff), int(asker.is_approver)
    decides = (is_approver, is_staff, is_approver, is_staff)
    return (asker.id, *decides, is_staff, *readable_params(asker), encode(sorted(held)))


def _held(tx: Tx, asker: Asker) -> dict[str, set[str]]:
    """What the asker holds through whom: a front page may be narrowed to one child."""
    held = held_through(tx, asker.id)
    return {child: held[child] for child in held if not child or sees_child(asker, child)}


def mark_seen(tx: Tx, person_id: str, at: int) -> int:
    return tx.execute(
        "UPDATE notify_message SET seen_at = ? WHERE person_id = ? AND seen_at IS NULL",
        (at, person_id),
    )


def mark_seen_of(tx: Tx, person_id: str, newsletter_id: str, at: int) -> None:
    """A letter was opened or answered: what was said of it need not ask any more."""
    tx.execute(
        "UPDATE notify_message SET seen_at = ? WHERE person_id = ? AND newsletter_id = ?"
        " AND seen_at IS NULL",
        (at, person_id, newsletter_id),
    )
