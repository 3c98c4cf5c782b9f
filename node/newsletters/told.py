"""What is said of a newsletter where staff talk."""

from kit.db import Tx
from node.newsletters.model import NewsletterPublished, NewsletterWithdrawn
from node.ports.told import Saying, Telling


def _published(tx: Tx, event: NewsletterPublished) -> Saying | None:
    """Class notices are many, and concern one class: nothing is said of them."""
    number = event.newsletter_id
    kind = tx.value("SELECT kind FROM newsletters_v_published WHERE id = ?", (number,))
    if kind != "newsletter":
        return None
    keys = tx.rows(
        "SELECT key FROM newsletters_v_audience WHERE newsletter_id = ? ORDER BY key", (number,)
    )
    audience = tuple(str(key) for (key,) in keys)
    return Saying(f"letter-{number}", "가정통신문", number, f"/newsletters/{number}", audience)


def _title(tx: Tx, newsletter_id: str) -> str | None:
    found = tx.value("SELECT title FROM newsletters_v_published WHERE id = ?", (newsletter_id,))
    return None if found is None else str(found)


TELLING = Telling(
    "newsletter",
    {NewsletterPublished: _published},
    _title,
    {NewsletterWithdrawn: lambda event: event.newsletter_id},
)
