"""The SQL of imports: what headings were said to be."""

from collections.abc import Mapping

from kit.db import Tx


def remembered(tx: Tx, about: str) -> dict[str, str]:
    """Heading → field, "" for one that is not read."""
    sql = "SELECT heading, field FROM imports_heading WHERE about = ?"
    return {str(heading): str(field) for heading, field in tx.rows(sql, (about,))}


def remember(tx: Tx, about: str, said: Mapping[str, str]) -> None:
    tx.many(
        "INSERT INTO imports_heading (about, heading, field) VALUES (?, ?, ?)"
        " ON CONFLICT (about, heading) DO UPDATE SET field = excluded.field",
        [(about, heading, field) for heading, field in said.items()],
    )
