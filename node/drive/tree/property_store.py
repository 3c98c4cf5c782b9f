"""The SQL of dead properties."""

from collections.abc import Sequence

from kit.db import Tx, encode


def of(tx: Tx, item_ids: Sequence[str]) -> dict[str, dict[str, str]]:
    """By item, by name, the element as XML."""
    found: dict[str, dict[str, str]] = {}
    rows = tx.rows(
        "SELECT p.item_id, p.name, p.xml FROM json_each(?) j"
        " CROSS JOIN drive_property p ON p.item_id = j.value",
        (encode(list(item_ids)),),
    )
    for item_id, name, xml in rows:
        found.setdefault(str(item_id), {})[str(name)] = str(xml)
    return found


def put(tx: Tx, item_id: str, name: str, xml: str) -> None:
    tx.execute(
        "INSERT INTO drive_property (item_id, name, xml) VALUES (?, ?, ?)"
        " ON CONFLICT (item_id, name) DO UPDATE SET xml = excluded.xml",
        (item_id, name, xml),
    )


def remove(tx: Tx, item_id: str, name: str) -> None:
    tx.execute("DELETE FROM drive_property WHERE item_id = ? AND name = ?", (item_id, name))


def count(tx: Tx, item_id: str) -> int:
    return int(tx.value("SELECT count(*) FROM drive_property WHERE item_id = ?", (item_id,)))


def copy(tx: Tx, item_id: str, to: str) -> None:
    """`to` has what `item_id` has, and nothing else."""
    tx.execute("DELETE FROM drive_property WHERE item_id = ?", (to,))
    tx.execute(
        "INSERT INTO drive_property (item_id, name, xml)"
        " SELECT ?, name, xml FROM drive_property WHERE item_id = ?",
        (to, item_id),
    )
