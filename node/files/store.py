"""The SQL of files: what is attached to what, what was made of each content."""

import msgspec

from kit.db import Tx
from node.files.model import Attachment, Carrier, File, Preview

_ATTACHMENT = (
    "SELECT id, kind, carrier_id, position, name, media_type, size, sha256 FROM files_attachment"
)
_ATTACHED = _ATTACHMENT + " WHERE carrier_id = ? AND kind = ? ORDER BY position"
_ONE = _ATTACHMENT + " WHERE id = ? AND kind = ?"


def attached(tx: Tx, to: Carrier) -> list[Attachment]:
    return tx.structs(Attachment, _ATTACHED, (to.id, to.kind))


def attachment(tx: Tx, kind: str, attachment_id: str) -> Attachment | None:
    return tx.struct(Attachment, _ONE, (attachment_id, kind))


def attach(tx: Tx, attachment_id: str, to: Carrier, file: File) -> None:
    """Behind those that are there."""
    tx.execute(
        "INSERT INTO files_attachment (id, kind, carrier_id, position, name, media_type, size,"
        " sha256) SELECT ?, ?, ?, coalesce(max(position), 0) + 1, ?, ?, ?, ?"
        " FROM files_attachment WHERE carrier_id = ? AND kind = ?",
        (attachment_id, to.kind, to.id, *msgspec.structs.astuple(file), to.id, to.kind),
    )


def detach(tx: Tx, to: Carrier, attachment_id: str) -> int:
    return tx.execute(
        "DELETE FROM files_attachment WHERE id = ? AND carrier_id = ? AND kind = ?",
        (attachment_id, to.id, to.kind),
    )


def detach_all(tx: Tx, to: Carrier) -> None:
    tx.execute("DELETE FROM files_attachment WHERE carrier_id = ? AND kind = ?", (to.id, to.kind))


_PREVIEW = (
    "SELECT sha256, media_type, state, pages, page_count, text, problem, unread, is_cut"
    " FROM files_preview"
)


def want_preview(tx: Tx, sha256: str, media_type: str) -> None:
    """Ask for a preview of a stored file; a known one is kept."""
    tx.execute(
        "INSERT INTO files_preview (sha256, media_type, state) VALUES (?, ?, 'waiting')"
        " ON CONFLICT DO NOTHING",
        (sha256, media_type),
    )


def preview(tx: Tx, sha256: str) -> Preview | None:
    row = tx.row(_PREVIEW + " WHERE sha256 = ?", (sha256,))
    return None if row is None else Preview.read(row)


def waiting_previews(tx: Tx, after: str, limit: int) -> list[Preview]:
    """What waits to be made, by its content, those behind `after`."""
    rows = tx.rows(
        _PREVIEW + " WHERE state = 'waiting' AND sha256 > ? ORDER BY sha256 LIMIT ?", (after, limit)
    )
    return [Preview.read(row) for row in rows]


def keep_preview(tx: Tx, made: Preview, at: int) -> None:
    tx.execute(
        "UPDATE files_preview SET state = ?, pages = ?, page_count = ?, text = ?,"
        " problem = ?, unread = ?, is_cut = ?, made_at = ? WHERE sha256 = ?",
        (*made.made(), at, made.sha256),
    )
