"""The SQL of scans that wait for their slips to be entered."""

from kit.db import Tx


def put(tx: Tx, target: str, at: int) -> None:
    tx.execute(
        "INSERT INTO forms_scan (target, at) VALUES (?, ?)"
        " ON CONFLICT (target) DO UPDATE SET at = excluded.at",
        (target, at),
    )


def forget(tx: Tx, target: str) -> None:
    tx.execute("DELETE FROM forms_scan WHERE target = ?", (target,))


def older(tx: Tx, before: int, limit: int) -> list[str]:
    rows = tx.rows(
        "SELECT target FROM forms_scan WHERE at < ? ORDER BY at LIMIT ?", (before, limit)
    )
    return [target for (target,) in rows]
