"""The SQL of what stands in files: texts by content, and which contents are kept."""

from kit.db import Tx
from node.files.model import Preview

_TEXT = (
    "SELECT sha256, media_type, state, pages, page_count, text, problem, unread, is_cut"
    " FROM drive_text"
)
_ONE_TEXT = _TEXT + " WHERE sha256 = ?"
_WAITING = _TEXT + " WHERE state = 'waiting' ORDER BY sha256 LIMIT ?"


def want_text(tx: Tx, sha256: str, media_type: str, state: str, problem: str) -> None:
    """Ask for the text of a content; a known one is kept, one that failed is tried again."""
    tx.execute(
        "INSERT INTO drive_text (sha256, media_type, state, problem) VALUES (?, ?, ?, ?)"
        " ON CONFLICT (sha256) DO UPDATE SET media_type = excluded.media_type,"
        " state = excluded.state, problem = excluded.problem WHERE drive_text.state = 'failed'",
        (sha256, media_type, state, problem),
    )


def text(tx: Tx, sha256: str) -> Preview | None:
    found = tx.row(_ONE_TEXT, (sha256,))
    return None if found is None else Preview.read(found)


def waiting_texts(tx: Tx, limit: int) -> list[Preview]:
    return [Preview.read(found) for found in tx.rows(_WAITING, (limit,))]


def keep_text(tx: Tx, made: Preview) -> int:
    """Keep what was read; 0 when nobody wants it any more."""
    return tx.execute(
        "UPDATE drive_text SET state = ?, pages = ?, page_count = ?, text = ?, problem = ?,"
        " unread = ?, is_cut = ? WHERE sha256 = ?",
        (*made.made(), made.sha256),
    )


def files_of(tx: Tx, sha256: str) -> list[str]:
    """The files that hold a content now."""
    return [
        file_id
        for (file_id,) in tx.rows(
            "SELECT id FROM drive_item WHERE sha256 = ? AND sha256 <> ''", (sha256,)
        )
    ]


def forget_texts(tx: Tx) -> int:
    """Remove texts of contents that no version has any more."""
    return tx.execute(
        "DELETE FROM drive_text WHERE NOT EXISTS"
        " (SELECT 1 FROM drive_version v WHERE v.sha256 = drive_text.sha256)"
    )


def kept_contents(tx: Tx) -> set[str]:
    """Hashes of everything the drive's blobs must hold."""
    return {sha256 for (sha256,) in tx.rows("SELECT DISTINCT sha256 FROM drive_version")} | {
        page
        for (page,) in tx.rows("SELECT p.value FROM drive_text t, json_each(t.pages) p")
        if page
    }
