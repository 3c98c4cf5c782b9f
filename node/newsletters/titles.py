"""Letters found by words of their titles, as `models.folding.holds` finds them.

A title is kept as the pairs of its characters, spaces left out: `체험학습 안내` is 체험, 험학, 학습, 습안, 안내 and
내. Words are looked for by the pair that fewest titles have; the others are asked of those.
"""

import asyncio
import sys
from collections.abc import Sequence

from kit.db import Database, Tx, encode
from models.folding import normal

CUT_AT_ONCE = 10  # titles in a unit
PAUSE_S = 0.02  # between two units: whoever waits to write comes first
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
    return tx.value("SELECT 1 FROM newsletters_title_uncut LIMIT 1") is None


class Cutting:
    """Cuts what is left, the one writer held for some milliseconds at a time."""

    def __init__(self, db: Database) -> None:
        self._db = db

    async def work(self) -> int:
        """Cut all that is left; how many titles that were. What was cut stays so if it is stopped."""
        count = 0
        if await self._db.read(are_cut):
            return count
        while some := await self._db.write(lambda tx: cut_some(tx, CUT_AT_ONCE)):
            count += some
            await asyncio.sleep(PAUSE_S)
        return count


def cut_some(tx: Tx, limit: int) -> int:
    """Cut the titles of some letters published earlier; how many there were."""
    found = tx.rows(
        "SELECT u.newsletter_id, n.title, n.published_at FROM newsletters_title_uncut u"
        " JOIN newsletters_newsletter n ON n.id = u.newsletter_id LIMIT ?",
        (limit,),
    )
    for newsletter_id, title, published_at in found:
        keep(tx, newsletter_id, title, published_at)
    tx.execute(
        "DELETE FROM newsletters_title_uncut WHERE newsletter_id IN (SELECT value FROM json_each(?))",
        (encode([newsletter_id for newsletter_id, _title, _at in found]),),
    )
    return len(found)
