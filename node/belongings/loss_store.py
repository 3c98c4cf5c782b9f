"""The SQL of what people miss: one statement a question."""

from collections.abc import Collection

import msgspec

from kit.db import Row, Tx, encode
from node.belongings.model import Claim, Loss, LossLine
from node.belongings.store import STANDS, claim_of

_COLUMNS = tuple(Loss.__struct_fields__)
_LOSS = "SELECT " + ", ".join(f"l.{name}" for name in _COLUMNS)
_LINE = _LOSS + (  # noqa: S608 - constants only
    ", (SELECT k.name FROM people_v_known k WHERE k.id = l.owner_id),"
    " (SELECT t.words FROM belongings_thing t WHERE t.id = l.thing_id AND t.closed_at IS NULL)"
    " FROM belongings_loss l"
)


def loss(tx: Tx, loss_id: str) -> Loss | None:
    return tx.struct(Loss, _LOSS + " FROM belongings_loss l WHERE l.id = ?", (loss_id,))


def add(tx: Tx, new: Loss) -> None:
    tx.execute(
        "INSERT INTO belongings_loss (id, person_id, owner_id, words, place, lost_on, at, thing_id,"
        " closed_at) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)",
        msgspec.structs.astuple(new),
    )


def _line(row: Row) -> LossLine:
    return LossLine(Loss(*row[:-2]), row[-2] or "", row[-1] or "")


def own(tx: Tx, person_id: str, owners: Collection[str]) -> list[LossLine]:
    """What somebody misses still for these owners, the newest first."""
    sql = _LINE + (  # noqa: S608 - constants only
        " WHERE l.person_id = ? AND l.closed_at IS NULL"
        " AND l.owner_id IN (SELECT value FROM json_each(?)) ORDER BY l.at DESC"
    )
    return [_line(row) for row in tx.rows(sql, (person_id, encode(sorted(owners))))]


def newest(tx: Tx, limit: int) -> list[LossLine]:
    """What anybody misses still, the newest first."""
    sql = _LINE + " WHERE l.closed_at IS NULL ORDER BY l.at DESC, l.id LIMIT ?"
    return [_line(row) for row in tx.rows(sql, (limit,))]


def count(tx: Tx, owner_id: str) -> int:
    """Open ones for a child, or somebody themselves."""
    sql = "SELECT count(*) FROM belongings_loss WHERE owner_id = ? AND closed_at IS NULL"
    return int(tx.value(sql, (owner_id,)))


def match(tx: Tx, loss_id: str, thing_id: str) -> None:
    tx.execute("UPDATE belongings_loss SET thing_id = ? WHERE id = ?", (thing_id, loss_id))


def close(tx: Tx, loss_id: str, at: int) -> None:
    tx.execute("UPDATE belongings_loss SET closed_at = ? WHERE id = ?", (at, loss_id))


def of_thing(tx: Tx, thing_id: str) -> list[Claim]:
    """Who misses something of which a thing may be one, and still may for whom they do; the earliest first."""
    rows = tx.rows(
        "SELECT c.person_id, c.owner_id, p.name, o.name,"  # noqa: S608 - constants only
        " (SELECT s.grade FROM people_v_student s WHERE s.student_id = c.owner_id),"
        " (SELECT s.class_number FROM people_v_student s WHERE s.student_id = c.owner_id),"
        " c.words, c.at, 0 FROM belongings_loss c JOIN people_v_known p ON p.id = c.person_id"
        " JOIN people_v_known o ON o.id = c.owner_id"
        " WHERE c.thing_id = ? AND c.thing_id <> '' AND c.closed_at IS NULL AND"
        + STANDS
        + " ORDER BY c.at, c.id",
        (thing_id,),
    )
    return [claim_of(row) for row in rows]


def came_back(tx: Tx, thing_id: str, owner_id: str, at: int) -> None:
    """Its owner has the thing: misses it no more."""
    tx.execute(
        "UPDATE belongings_loss SET closed_at = ? WHERE thing_id = ? AND thing_id <> ''"
        " AND owner_id = ? AND closed_at IS NULL",
        (at, thing_id, owner_id),
    )


def missed_again(tx: Tx, thing_id: str, at: int) -> None:
    """That it was handed over, at a moment, was a mistake."""
    tx.execute(
        "UPDATE belongings_loss SET closed_at = NULL WHERE thing_id = ? AND thing_id <> ''"
        " AND closed_at = ?",
        (thing_id, at),
    )


def close_old(tx: Tx, before: int, at: int, limit: int) -> int:
    """Some of what was reported before a moment is closed; how many."""
    return tx.execute(
        "UPDATE belongings_loss SET closed_at = ? WHERE id IN (SELECT id FROM belongings_loss"
        " WHERE closed_at IS NULL AND at < ? LIMIT ?)",
        (at, before, limit),
    )


def forget(tx: Tx, before: int, limit: int) -> int:
    """Some of what was closed before a moment goes; how many."""
    return tx.execute(
        "DELETE FROM belongings_loss WHERE id IN (SELECT id FROM belongings_loss"
        " WHERE closed_at < ? LIMIT ?)",
        (before, limit),
    )
