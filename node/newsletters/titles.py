"""Letters found by words of their titles, as `models.folding.holds` finds them.

A title is kept as the pairs of its characters, spaces left out: `체험학습 안내` is 체험, 험학, 학습, 습안, 안내 and
내. Words are looked for by the pair that fewest titles have; the others are asked of those.
"""

import sys
from collections.abc import Sequence

from kit.db import Tx, encode
from kit.moves import is_done
from models.folding import normal

MOVE = "newsletters.titles"
CUT_AT_ONCE = 5  # titles in a step
COUNTED = 300  # titles with a pair: more are not counted, they are many


def pairs(title: str) -> set[str]:
    """A title as it is kept."""
    folded = _folded(title)
    return {folded[at : at + 2] for at in range(len(folded))}


def wanted(words: str) -> list[str]:
    """The pairs that a title with these words has. Of a single character it is that alone, which any
    pair may begin with."""
    folded = _folded(words)
    return sorted({folded[at : at + 2] for at in range(max(1, len(folded) - 1)) if folded})


def _folded(text: str) -> str:
    return "".join(normal(text).split())


def keep(tx: Tx, newsletter_id: str, title: str, published_at: int) -> None:
    tx.many(
        "INSERT INTO newsletters_title (pair, published_at, newsletter_id) VALUES (?, ?, ?)"
        " ON CONFLICT DO NOTHING",
        [(pair, published_at, newsletter_id) for pair in sorted(pairs(title))],
    )


def forget(tx: Tx, newsletter_id: str, title: str, published_at: int) -> None:
    """The title is another one now, or nobody's to find."""
    tx.execute(
        "DELETE FROM newsletters_title WHERE published_at = ? AND newsletter_id = ?"
        " AND pair IN (SELECT value FROM json_each(?))",
        (published_at, newsletter_id, encode(sorted(pairs(title)))),
    )


def rarest_first(tx: Tx, some: Sequence[str]) -> list[tuple[str, int]]:
    """The pairs with how many titles have each (COUNTED at most)."""
    counted = [(pair, _count(tx, pair)) for pair in some]
    return sorted(counted, key=lambda one: (one[1], one[0]))


def _count(tx: Tx, pair: str) -> int:
    return int(
        tx.value(
            "SELECT count(*) FROM (SELECT 1 FROM newsletters_title"
            " WHERE pair >= ? AND pair <= ? LIMIT ?)",
            (*bounds(pair), COUNTED),
        )
    )


def bounds(pair: str) -> tuple[str, str]:
    """The first and the last pair that are meant: of a single character all that begin with it."""
    return (pair, pair) if len(pair) > 1 else (pair, pair + chr(sys.maxunicode))


# What was published before titles were cut -------------------------------------------------------


def are_cut(tx: Tx) -> bool:
    """Whether all titles are: until then they are looked through one by one."""
    return is_done(tx, MOVE)


def move(tx: Tx, at: str | None) -> str | None:
    """Cut some titles of letters behind the one at which it stands; a step of the move."""
    found = tx.rows(
        "SELECT id, title, published_at FROM newsletters_newsletter"
        " WHERE id > ? AND +state = 'published' ORDER BY id LIMIT ?",
        (at or "", CUT_AT_ONCE),
    )
    for newsletter_id, title, published_at in found:
        keep(tx, newsletter_id, title, published_at)
    return str(found[-1][0]) if found else None
