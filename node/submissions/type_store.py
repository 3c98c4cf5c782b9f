"""The SQL of the kinds of papers."""

import functools

from kit.db import Tx, decode, encode
from node.submissions.kinds import SubmissionType, TypeRow

_ROW = "SELECT id, version, is_open, definition FROM submissions_type"


@functools.lru_cache(maxsize=256)
def _definition(text: str) -> SubmissionType:
    """Lists read the kind of each paper, and schools have some dozens."""
    return decode(text, SubmissionType)


def _read(type_id: str, version: int, is_open: int, definition: str) -> TypeRow:
    return TypeRow(type_id, version, bool(is_open), _definition(definition))


def rows(tx: Tx) -> list[TypeRow]:
    """All, in the school's order."""
    return [_read(*row) for row in tx.rows(_ROW + " ORDER BY position")]


def row(tx: Tx, type_id: str) -> TypeRow | None:
    found = tx.row(_ROW + " WHERE id = ?", (type_id,))
    return None if found is None else _read(*found)


def misses_report(tx: Tx, kind: SubmissionType) -> bool:
    """Whether the report that a kind asks for is none of the school's."""
    if kind.report is None:
        return False
    found = row(tx, kind.report.type_id)
    return found is None or not found.type.is_report


def wording(tx: Tx, type_id: str, version: int) -> SubmissionType:
    sql = "SELECT definition FROM submissions_wording WHERE type_id = ? AND version = ?"
    return _definition(str(tx.value(sql, (type_id, version))))


def put(tx: Tx, row: TypeRow, at: int) -> None:
    """A kind as it is from now on; a new one stands behind the others."""
    definition = encode(row.type)
    tx.execute(
        "INSERT INTO submissions_type"
        " (id, position, version, is_open, name, lead, definition, changed_at)"
        " SELECT ?, coalesce(max(position), 0) + 1, ?, ?, ?, ?, ?, ? FROM submissions_type WHERE true"
        " ON CONFLICT (id) DO UPDATE SET version = excluded.version, is_open = excluded.is_open,"
        " name = excluded.name, lead = excluded.lead, definition = excluded.definition,"
        " changed_at = excluded.changed_at",
        (row.id, row.version, int(row.is_open), row.type.name, row.type.lead, definition, at),
    )
    tx.execute(
        "INSERT INTO submissions_wording (type_id, version, definition) VALUES (?, ?, ?)"
        " ON CONFLICT DO NOTHING",
        (row.id, row.version, definition),
    )
