"""The SQL of files: what is attached to what, what was made of each content."""

from collections.abc import Collection, Iterable

from kit.db import Tx, encode
from node.files.model import Attachment, Carrier, File, Preview

_ATTACHMENT = (
    "SELECT a.id, a.kind, a.carrier_id, a.position, a.name, a.media_type, a.size, a.sha256,"
    " coalesce(w.text, '') FROM files_attachment a"
    " LEFT JOIN files_words w ON w.attachment_id = a.id"
)
_ATTACHED = _ATTACHMENT + " WHERE a.carrier_id = ? AND a.kind = ? ORDER BY a.position"
_ONE = _ATTACHMENT + " WHERE a.id = ? AND a.kind = ?"
READ = 2000  # characters of a text that tell whether it is one


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
        (
            attachment_id,
            to.kind,
            to.id,
            file.name,
            file.media_type,
            file.size,
            file.sha256,
            to.id,
            to.kind,
        ),
    )
    if file.words:
        describe(tx, attachment_id, file.words)


def describe(tx: Tx, attachment_id: str, words: str) -> None:
    """Put down what a file says or shows; "" takes it away."""
    _forget_words(tx, [attachment_id])
    if words:
        tx.execute(
            "INSERT INTO files_words (attachment_id, text) VALUES (?, ?)", (attachment_id, words)
        )


def _forget_words(tx: Tx, attachment_ids: Iterable[str]) -> None:
    tx.execute(
        "DELETE FROM files_words WHERE attachment_id IN (SELECT value FROM json_each(?))",
        (encode(sorted(attachment_ids)),),
    )


def beginnings(tx: Tx, hashes: Iterable[str]) -> dict[str, tuple[str, str, str]]:
    """Of each content the state of its preview, how its text begins, and what is wrong with it."""
    rows = tx.rows(
        "SELECT sha256, state, substr(text, 1, ?), problem FROM files_preview"
        " WHERE sha256 IN (SELECT value FROM json_each(?))",
        (READ, encode(sorted(set(hashes)))),
    )
    return {sha256: (state, text, problem) for sha256, state, text, problem in rows}


def detach(tx: Tx, to: Carrier, attachment_id: str) -> int:
    found = tx.execute(
        "DELETE FROM files_attachment WHERE id = ? AND carrier_id = ? AND kind = ?",
        (attachment_id, to.id, to.kind),
    )
    if found:
        _forget_words(tx, [attachment_id])
    return found


def detach_all(tx: Tx, to: Carrier) -> None:
    _forget_words(tx, (one.id for one in attached(tx, to)))
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


# What goes --------------------------------------------------------------------------------------------


def erase_later(tx: Tx, hashes: Iterable[str]) -> None:
    """Contents are to go from the disk."""
    tx.many(
        "INSERT INTO files_erasure (sha256) VALUES (?) ON CONFLICT DO NOTHING",
        [(sha256,) for sha256 in sorted(hashes)],
    )


def to_erase(tx: Tx, limit: int) -> list[str]:
    """Contents that are to go."""
    rows = tx.rows("SELECT sha256 FROM files_erasure ORDER BY sha256 LIMIT ?", (limit,))
    return [str(sha256) for (sha256,) in rows]


def carried(tx: Tx, contents: Collection[str]) -> set[str]:
    """Those of these contents that something carries."""
    rows = tx.rows(
        "SELECT value FROM json_each(?) WHERE EXISTS"
        " (SELECT 1 FROM files_attachment a WHERE a.sha256 = value)",
        (encode(sorted(contents)),),
    )
    return {str(sha256) for (sha256,) in rows}


def shown_elsewhere(tx: Tx, pages: Iterable[str], but: Iterable[str]) -> set[str]:
    """Those pictures of pages that previews of other contents have too, as two empty pages are."""
    rows = tx.rows(
        "SELECT DISTINCT g.value FROM files_preview p, json_each(p.pages) g"
        " WHERE p.pages <> '[]' AND g.value IN (SELECT value FROM json_each(?))"
        " AND p.sha256 NOT IN (SELECT value FROM json_each(?))",
        (encode(sorted(set(pages))), encode(sorted(set(but)))),
    )
    return {str(page) for (page,) in rows}


def forget_preview(tx: Tx, sha256: str) -> None:
    """Unless something carries the content again."""
    tx.execute(
        "DELETE FROM files_preview WHERE sha256 = ?"
        " AND NOT EXISTS (SELECT 1 FROM files_attachment a WHERE a.sha256 = ?)",
        (sha256, sha256),
    )


def erased(tx: Tx, sha256: str) -> None:
    tx.execute("DELETE FROM files_erasure WHERE sha256 = ?", (sha256,))
