"""Letters that were opened before an opening told when its letter was published: it is added while
pages are served. Until all know it, what somebody opened is asked of each letter."""

from kit.db import Tx
from kit.moves import is_done

MOVE = "newsletters.openings"
DATED_AT_ONCE = 100  # in a step: each goes to another place of the index


def are_dated(tx: Tx) -> bool:
    """Whether every opening knows when its letter was published."""
    return is_done(tx, MOVE)


def move(tx: Tx, at: str | None) -> str | None:
    """Date the openings behind the one at which it stands (letter/person); a step of the move."""
    after = (at or "/").split("/")
    found = tx.rows(
        "SELECT newsletter_id, person_id FROM newsletters_opening"
        " WHERE (newsletter_id, person_id) > (?, ?) ORDER BY newsletter_id, person_id LIMIT ?",
        (*after, DATED_AT_ONCE),
    )
    if not found:
        return None
    tx.execute(
        "UPDATE newsletters_opening SET published_at = (SELECT n.published_at"
        "  FROM newsletters_newsletter n WHERE n.id = newsletters_opening.newsletter_id)"
        " WHERE (newsletter_id, person_id) > (?, ?) AND (newsletter_id, person_id) <= (?, ?)"
        " AND published_at = 0",
        (*after, *found[-1]),
    )
    return "/".join(found[-1])
