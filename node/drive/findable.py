"""What of the drive can be found: each file by its name and text, where it lies."""

from kit.db import Tx
from kit.i18n import _
from node.drive.model import DriveFileChanged
from node.people.access import READABLE, name_of, readable_params
from node.ports.findable import Document, Findable, Moved


def _documents(tx: Tx, file_id: str) -> list[Document]:
    found = tx.row("SELECT name, area, changed_at, text FROM drive_v_file WHERE id = ?", (file_id,))
    if found is None:
        return []
    name, area, at, text = found
    kind, _colon, of = area.partition(":")
    place = name_of(tx, of) if kind == "person" else of
    keys = _keys(tx, file_id)
    return [Document(f"drive:{file_id}", "file", name, place, f"/drive/{file_id}", text, at, keys)]


def _keys(tx: Tx, file_id: str) -> frozenset[str]:
    sql = "SELECT key FROM drive_v_key WHERE file_id = ?"
    return frozenset(key for (key,) in tx.rows(sql, (file_id,)))


FINDABLE = Findable(
    about="drive",
    kinds={"file": _("드라이브 파일")},
    documents=_documents,
    keys=_keys,
    moved_by={
        DriveFileChanged: lambda _tx, event: Moved([event.item_id], keys_only=not event.content)
    },
    readable="? AND EXISTS (SELECT 1 FROM drive_v_key a WHERE a.file_id = {id} AND "  # noqa: S608 - constants only
    + READABLE
    + ")",
    params=lambda asker: (int(asker.is_staff), *readable_params(asker)),
)
