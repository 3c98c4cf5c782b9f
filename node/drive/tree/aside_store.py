"""The SQL of files that programs put aside while they save."""

from kit.db import Tx


def put(tx: Tx, item_id: str, folder_id: str, folded: str, at: int) -> None:
    """It had this name in the folder until now."""
    tx.execute(
        "INSERT INTO drive_aside (item_id, folder_id, folded, at) VALUES (?, ?, ?, ?)"
        " ON CONFLICT (item_id) DO UPDATE SET folder_id = excluded.folder_id,"
        " folded = excluded.folded, at = excluded.at",
        (item_id, folder_id, folded, at),
    )


def named(tx: Tx, folder_id: str, folded: str, since: int) -> str:
    """Which had the name last; empty: none since then."""
    return str(
        tx.value(
            "SELECT item_id FROM drive_aside WHERE folder_id = ? AND folded = ? AND at >= ?"
            " ORDER BY at DESC LIMIT 1",
            (folder_id, folded, since),
        )
        or ""
    )


def remove(tx: Tx, item_id: str) -> None:
    tx.execute("DELETE FROM drive_aside WHERE item_id = ?", (item_id,))


def forget(tx: Tx, before: int) -> int:
    """What was put aside before then stays as it is called; how many."""
    return tx.execute("DELETE FROM drive_aside WHERE at < ?", (before,))
