"""The SQL of the sums over a notice's schools.

They are kept with the notice: whoever changes a delivery changes them in the same unit. A notice of an
earlier release has none until the move `broadcasts.tallies` has counted its deliveries; until then they
are counted whenever they are asked for.
"""

from collections.abc import Iterable

import msgspec

from hub.broadcasts import numbers
from hub.broadcasts.model import Said, Tally
from kit.db import Tx

_KEPT = (
    "SELECT t.schools, t.received, t.acknowledged, t.published, t.delayed, t.vetoed,"
    " t.addressees, t.read_count, s.notice, s.notice_id FROM broadcasts_tally t"
    " JOIN broadcasts_sent s ON s.notice = t.notice"
)
_SUMS = (
    "SELECT count(*), count(received_at), count(acknowledged_at), count(published_at),"
    " count(delayed_until), count(vetoed_at), coalesce(sum(addressees), 0),"
    " coalesce(sum(read_count), 0) FROM "
)


def begin(tx: Tx, notice_id: str) -> None:
    """A notice goes out for the first time: no school has it yet."""
    tx.execute(
        "INSERT INTO broadcasts_tally (notice, schools, received, acknowledged, published, delayed,"
        " vetoed, addressees, read_count)"
        " SELECT notice, 0, 0, 0, 0, 0, 0, 0, 0 FROM broadcasts_sent WHERE notice_id = ?",
        (notice_id,),
    )


def address(tx: Tx, notice: int, schools: int) -> None:
    """So many schools more have it."""
    tx.execute(
        "UPDATE broadcasts_tally SET schools = schools + ? WHERE notice = ?", (schools, notice)
    )


def take(tx: Tx, changes: Iterable[tuple[int, Said, Said]]) -> None:
    """(notice, before, after) of what a school now says otherwise."""
    tx.many(
        "UPDATE broadcasts_tally SET received = received + ?, acknowledged = acknowledged + ?,"
        " published = published + ?, delayed = delayed + ?, vetoed = vetoed + ?,"
        " addressees = addressees + ?, read_count = read_count + ? WHERE notice = ?",
        [(*_difference(before, after), notice) for notice, before, after in changes],
    )


def _difference(before: Said, after: Said) -> list[int]:
    return [now - was for was, now in zip(_counted(before), _counted(after), strict=True)]


def _counted(said: Said) -> tuple[int, ...]:
    """What one school adds to the sums, in the order of a Tally's fields after `schools`."""
    moments = (
        said.received_at,
        said.acknowledged_at,
        said.published_at,
        said.delayed_until,
        said.vetoed_at,
    )
    return (*(int(at is not None) for at in moments), said.addressees, said.read)


def of(tx: Tx, notice_id: str) -> Tally:
    """The sums over all schools that have the notice."""
    kept = tx.row(_KEPT + " WHERE s.notice_id = ?", (notice_id,))
    if kept is not None:
        return Tally(*kept[:8])
    return count(tx, numbers.of_notice(tx, notice_id), notice_id)


def count(tx: Tx, notice: int, notice_id: str) -> Tally:
    """The sums, counted anew: some milliseconds for thousands of schools."""
    here = tx.row(_SUMS + "broadcasts_delivery WHERE notice = ?", (notice,))
    there = tx.row(_SUMS + "broadcasts_earlier WHERE notice_id = ?", (notice_id,))
    assert here is not None
    assert there is not None
    return Tally(*(int(one) + int(other) for one, other in zip(here, there, strict=True)))


def move(tx: Tx, at: str | None) -> str | None:
    """A step of the move `broadcasts.tallies`: the newest notice that has no sums."""
    row = tx.row(
        "SELECT s.notice, s.notice_id FROM broadcasts_sent s"
        " WHERE s.notice < ? AND NOT EXISTS"
        " (SELECT 1 FROM broadcasts_tally t WHERE t.notice = s.notice)"
        " ORDER BY s.notice DESC LIMIT 1",
        (int(at) if at is not None else 2**62,),
    )
    if row is None:
        return None
    tx.execute(
        "INSERT INTO broadcasts_tally (notice, schools, received, acknowledged, published, delayed,"
        " vetoed, addressees, read_count) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)",
        (row[0], *msgspec.structs.astuple(count(tx, *row))),
    )
    return str(row[0])


def wrong(tx: Tx, latest: int) -> list[str]:
    """Of so many notices that were sent last those whose sums are not what their deliveries say."""
    rows = tx.rows(_KEPT + " ORDER BY s.notice DESC LIMIT ?", (latest,))
    return [row[9] for row in rows if Tally(*row[:8]) != count(tx, row[8], row[9])]
