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


def waiting_of(tx: Tx, kind: str, student_id: str) -> list[tuple[str, str, int]]:
    """Of a child's slips that wait: the title of the form, the name of the file, since when."""
    rows = tx.rows(
        "SELECT f.title, a.name, s.at FROM forms_scan s"
        " CROSS JOIN forms_form f ON s.target = f.id || '.' || ?"
        " AND f.id = substr(s.target, 1, instr(s.target, '.') - 1)"
        " CROSS JOIN files_v_attachment a ON a.carrier_id = s.target AND a.kind = ?"
        " ORDER BY s.at DESC",
        (student_id, kind),
    )
    return [(title, file, at) for title, file, at in rows]


def older(tx: Tx, before: int, limit: int) -> list[str]:
    rows = tx.rows(
        "SELECT target FROM forms_scan WHERE at < ? ORDER BY at LIMIT ?", (before, limit)
    )
    return [target for (target,) in rows]
