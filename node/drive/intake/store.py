"""The SQL of uploads."""

from kit.db import Tx
from node.files.model import Upload

_SELECT = (
    "SELECT id, person_id, folder_id, replaces, name, size, sha256, expires_at, item_id"
    " FROM drive_upload"
)
_ONE = _SELECT + " WHERE id = ?"
_UNFINISHED = _SELECT + " WHERE item_id = ''"


def add(tx: Tx, new: Upload) -> None:
    tx.execute(
        "INSERT INTO drive_upload (id, person_id, folder_id, replaces, name, size, sha256,"
        " expires_at) VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
        (
            new.id,
            new.person_id,
            new.into,
            new.replaces,
            new.name,
            new.size,
            new.sha256,
            new.expires_at,
        ),
    )


def upload(tx: Tx, upload_id: str) -> Upload | None:
    return tx.struct(Upload, _ONE, (upload_id,))


def unfinished(tx: Tx) -> list[Upload]:
    """Uploads that became nothing yet."""
    return tx.structs(Upload, _UNFINISHED)


def open_count(tx: Tx, person_id: str) -> int:
    """How many unfinished uploads somebody has."""
    return int(
        tx.value(
            "SELECT count(*) FROM drive_upload WHERE person_id = ? AND item_id = ''", (person_id,)
        )
    )


def open_size(tx: Tx, area: str) -> int:
    """Bytes announced by the unfinished uploads into an area, as far as they are known."""
    return int(
        tx.value(
            "SELECT coalesce(sum(u.size), 0) FROM drive_upload u"
            " JOIN drive_item i ON i.id = u.folder_id"
            " WHERE u.item_id = '' AND u.size > 0 AND i.area = ?",
            (area,),
        )
    )


def finished(tx: Tx, upload_id: str, item_id: str) -> None:
    """It became this item; the row stays until it expires, for a sender who missed the answer."""
    tx.execute("UPDATE drive_upload SET item_id = ? WHERE id = ?", (item_id, upload_id))


def expired(tx: Tx, now: int) -> list[str]:
    return [
        upload_id
        for (upload_id,) in tx.rows("SELECT id FROM drive_upload WHERE expires_at <= ?", (now,))
    ]


def ids(tx: Tx) -> set[str]:
    return {upload_id for (upload_id,) in tx.rows("SELECT id FROM drive_upload")}


def remove(tx: Tx, upload_id: str) -> None:
    tx.execute("DELETE FROM drive_upload WHERE id = ?", (upload_id,))
