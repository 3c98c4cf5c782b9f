"""The SQL of disposal: what is due, what was approved, what goes of a paper."""

import msgspec

from kit.db import Tx, encode
from node.submissions.model import ClosedPaper, Disposal, DuePapers

_CLOSED = "('returned', 'approved', 'rejected', 'withdrawn', 'report_waits', 'reported')"
_DISPOSAL = (
    "SELECT id, type_id, type_name, year, retention_years, count, done, by_id, by_name, at, done_at"
    " FROM submissions_disposal"
)
_OF_KIND = f" FROM submissions_paper WHERE type_id = ? AND state IN {_CLOSED}"
_COUNT = "SELECT count(*)" + _OF_KIND + " AND updated_at >= ? AND updated_at < ?"
_OLDEST = "SELECT min(updated_at)" + _OF_KIND
_NEXT = (
    "SELECT id, by_id" + _OF_KIND + " AND updated_at >= ? AND updated_at < ?"
    " ORDER BY updated_at LIMIT ?"
)
_IS_DUE = (
    "SELECT EXISTS (SELECT 1 FROM json_each(?) d CROSS JOIN submissions_paper p"  # noqa: S608 - constants only
    " ON p.type_id = json_extract(d.value, '$[0]')"
    f" AND p.updated_at < json_extract(d.value, '$[1]') WHERE p.state IN {_CLOSED}"
    " AND NOT EXISTS (SELECT 1 FROM submissions_disposal o"
    "  WHERE o.type_id = p.type_id AND o.done_at IS NULL))"
)


def oldest(tx: Tx, type_id: str) -> int | None:
    """When the last thing happened (ms) to the paper of a kind with which nothing has for the longest."""
    found = tx.value(_OLDEST, (type_id,))
    return None if found is None else int(found)


def count(tx: Tx, type_id: str, begin: int, end: int) -> int:
    """Papers of a kind to which the last thing happened between two moments (ms)."""
    return int(tx.value(_COUNT, (type_id, begin, end)))


def is_any_due(tx: Tx, before: list[tuple[str, int]]) -> bool:
    """Whether of some kind a paper is due and its disposal not under way. `before`: by kind, since when (ms)
    nothing has happened to what is due."""
    return bool(tx.value(_IS_DUE, (encode(before),)))


def add(tx: Tx, new: Disposal) -> None:
    tx.execute(
        "INSERT INTO submissions_disposal (id, type_id, type_name, year, retention_years, count, done,"
        " by_id, by_name, at, done_at) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
        msgspec.structs.astuple(new),
    )


def open_ones(tx: Tx) -> list[Disposal]:
    """Approved and not done yet, the earliest first."""
    return tx.structs(Disposal, _DISPOSAL + " WHERE done_at IS NULL ORDER BY at, id")


def is_open(tx: Tx, due: DuePapers) -> bool:
    sql = "SELECT 1 FROM submissions_disposal WHERE type_id = ? AND year = ? AND done_at IS NULL"
    return tx.value(sql, (due.type_id, due.year)) is not None


def latest(tx: Tx, limit: int) -> list[Disposal]:
    return tx.structs(Disposal, _DISPOSAL + " ORDER BY at DESC, id LIMIT ?", (limit,))


def disposed(tx: Tx, disposal_id: str, more: int, done_at: int | None) -> None:
    """So many more are gone; `done_at`: when the last was."""
    tx.execute(
        "UPDATE submissions_disposal SET done = done + ?, done_at = ? WHERE id = ?",
        (more, done_at, disposal_id),
    )


def done(tx: Tx, disposal_id: str) -> int:
    """How many are gone."""
    return int(tx.value("SELECT done FROM submissions_disposal WHERE id = ?", (disposal_id,)))


def next_of(tx: Tx, disposal: Disposal, begin: int, end: int, limit: int) -> list[ClosedPaper]:
    """Papers that a disposal takes next."""
    return tx.structs(ClosedPaper, _NEXT, (disposal.type_id, begin, end, limit))


def people_of(tx: Tx, paper_id: str) -> set[str]:
    """Who had to do with a paper."""
    rows = tx.rows(
        "SELECT by_id FROM submissions_trail WHERE paper_id = ? AND by_id <> ''"
        " UNION SELECT guardian_id FROM submissions_opinion WHERE paper_id = ?",
        (paper_id, paper_id),
    )
    return {str(person) for (person,) in rows}


def forget(tx: Tx, paper_id: str) -> None:
    """A paper with its texts, its course and what guardians said."""
    tx.execute("DELETE FROM submissions_document WHERE paper_id = ?", (paper_id,))
    tx.execute("DELETE FROM submissions_trail WHERE paper_id = ?", (paper_id,))
    tx.execute("DELETE FROM submissions_opinion WHERE paper_id = ?", (paper_id,))
    tx.execute("DELETE FROM submissions_paper WHERE id = ?", (paper_id,))
