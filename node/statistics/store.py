"""The SQL of statistics: one statement a question."""

from kit.db import Tx, decode, encode
from node.statistics.model import StatisticsSharing
from protocol.statistics import MonthOfPapers, PaperCount
from protocol.supplies import SupplyKind


def sharing(tx: Tx) -> StatisticsSharing:
    """How it stands; before anybody said anything nothing is told."""
    row = tx.row(
        "SELECT is_on, changed_at, changed_by, looked_at, kinds, seq, told_epoch, told_seq"
        " FROM statistics_sharing WHERE id = 1"
    )
    return StatisticsSharing() if row is None else StatisticsSharing(bool(row[0]), *row[1:])


def choose(tx: Tx, at: int, by: str, *, is_on: bool) -> None:
    """What was told so far is no longer known; months keep being numbered on."""
    tx.execute("DELETE FROM statistics_month")
    tx.execute(
        "INSERT INTO statistics_sharing (id, is_on, changed_at, changed_by) VALUES (1, ?, ?, ?)"
        " ON CONFLICT (id) DO UPDATE SET is_on = excluded.is_on, changed_at = excluded.changed_at,"
        " changed_by = excluded.changed_by, looked_at = 0, kinds = '', told_epoch = '', told_seq = 0",
        (int(is_on), at, by),
    )


def looked(tx: Tx, at: int, kinds: str) -> None:
    """All changes of the tallies up to a moment (ms) were seen, by these kinds of the province."""
    tx.execute(
        "UPDATE statistics_sharing SET looked_at = ?, kinds = ? WHERE id = 1 AND is_on = 1",
        (at, kinds),
    )


def told(tx: Tx, epoch: str, seq: int) -> None:
    tx.execute(
        "UPDATE statistics_sharing SET told_epoch = ?, told_seq = ? WHERE id = 1", (epoch, seq)
    )


def published_kinds(tx: Tx) -> dict[str, str]:
    """Kinds of papers that the province has published: name by id; some dozens."""
    rows = tx.rows("SELECT key, name FROM supplies_v_item WHERE kind = ?", (SupplyKind.PAPER,))
    return {str(key): str(name) for key, name in rows}


def changed_months(tx: Tx, since: int, first: str) -> list[tuple[str, int]]:
    """Months from `first` on whose tallies changed at or after a moment (ms), and when they did last."""
    rows = tx.rows(
        "SELECT month, max(changed_at) FROM submissions_v_tally"
        " WHERE changed_at >= ? AND month >= ? GROUP BY month ORDER BY month",
        (since, first),
    )
    return [(str(month), int(at)) for month, at in rows]


def tallied(tx: Tx, month: str) -> list[tuple[str, str, int]]:
    """How many papers of a month there are: kind, state, number."""
    rows = tx.rows(
        "SELECT type_id, state, papers FROM submissions_v_tally WHERE month = ? AND papers > 0",
        (month,),
    )
    return [(str(kind), str(state), int(papers)) for kind, state, papers in rows]


def keep_month(tx: Tx, month: str, counts: tuple[PaperCount, ...]) -> bool:
    """A month as it is to be told; False when it is told so already."""
    text = encode(counts)
    if tx.value("SELECT counts FROM statistics_month WHERE month = ?", (month,)) == text:
        return False
    seq = tx.value("UPDATE statistics_sharing SET seq = seq + 1 WHERE id = 1 RETURNING seq")
    tx.execute(
        "INSERT INTO statistics_month (month, seq, counts) VALUES (?, ?, ?)"
        " ON CONFLICT (month) DO UPDATE SET seq = excluded.seq, counts = excluded.counts",
        (month, seq, text),
    )
    return True


def months_after(tx: Tx, seq: int, limit: int) -> list[MonthOfPapers]:
    """What changed after this number, oldest change first."""
    rows = tx.rows(
        "SELECT month, seq, counts FROM statistics_month WHERE seq > ? ORDER BY seq LIMIT ?",
        (seq, limit),
    )
    return [
        MonthOfPapers(month=month, seq=number, counts=decode(counts, tuple[PaperCount, ...]))
        for month, number, counts in rows
    ]
