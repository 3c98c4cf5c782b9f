"""The SQL of attachments on their way; `UploadsOf` has those of one kind of carrier."""

import msgspec

from kit.db import Tx
from node.files.model import Carrier, Upload

_SELECT = (
    "SELECT id, person_id, carrier_id, '' AS replaces, name, size, sha256, expires_at, became"
    " FROM files_upload"
)
_ONE = _SELECT + " WHERE id = ? AND kind = ?"
_OF_KIND = _SELECT + " WHERE kind = ? AND became = ''"
_ON_THEIR_WAY = (
    _SELECT + " WHERE carrier_id = ? AND kind = ? AND person_id = ? AND became = '' ORDER BY id"
)


class UploadsOf(msgspec.Struct, frozen=True):
    """The rows of one kind of carrier."""

    kind: str

    def upload(self, tx: Tx, upload_id: str) -> Upload | None:
        return tx.struct(Upload, _ONE, (upload_id, self.kind))

    def unfinished(self, tx: Tx) -> list[Upload]:
        """Those that became nothing yet: few, as each goes after a week."""
        return tx.structs(Upload, _OF_KIND, (self.kind,))

    def expired(self, tx: Tx, now: int) -> list[str]:
        rows = tx.rows(
            "SELECT id FROM files_upload WHERE kind = ? AND expires_at <= ?", (self.kind, now)
        )
        return [upload_id for (upload_id,) in rows]

    def ids(self, tx: Tx) -> set[str]:
        rows = tx.rows("SELECT id FROM files_upload WHERE kind = ?", (self.kind,))
        return {upload_id for (upload_id,) in rows}

    def remove(self, tx: Tx, upload_id: str) -> None:
        tx.execute("DELETE FROM files_upload WHERE id = ? AND kind = ?", (upload_id, self.kind))


def add(tx: Tx, kind: str, new: Upload) -> None:
    tx.execute(
        "INSERT INTO files_upload (id, person_id, kind, carrier_id, name, size, sha256, expires_at)"
        " VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
        (new.id, new.person_id, kind, new.into, new.name, new.size, new.sha256, new.expires_at),
    )


def on_their_way(tx: Tx, to: Carrier, person_id: str) -> list[Upload]:
    """Somebody's uploads to a thing that became nothing yet."""
    return tx.structs(Upload, _ON_THEIR_WAY, (to.id, to.kind, person_id))


def open_count(tx: Tx, person_id: str) -> int:
    """How many unfinished uploads somebody has."""
    return int(
        tx.value(
            "SELECT count(*) FROM files_upload WHERE person_id = ? AND became = ''", (person_id,)
        )
    )


def describe(tx: Tx, upload_id: str, words: str) -> None:
    """What it says or shows, put down before it is there."""
    tx.execute("UPDATE files_upload SET words = ? WHERE id = ?", (words, upload_id))


def words(tx: Tx, upload_id: str) -> str:
    return str(tx.value("SELECT words FROM files_upload WHERE id = ?", (upload_id,)) or "")


def finished(tx: Tx, upload_id: str, attachment_id: str) -> None:
    """It became this attachment; the row stays until it expires, for a sender who missed the answer."""
    tx.execute("UPDATE files_upload SET became = ? WHERE id = ?", (attachment_id, upload_id))
