"""What of official notices can be found, by staff: their text and their files'."""

from kit.db import Tx
from kit.i18n import _
from kit.markdown import visible_text
from node.files.model import AttachmentExtracted
from node.official.model import OfficialReceived, OfficialRevoked
from node.ports.findable import Document, Findable, Moved

STAFF = frozenset({"staff"})


def _documents(tx: Tx, notice_id: str) -> list[Document]:
    found = tx.row(
        "SELECT title, body, department, received_at FROM official_v_notice WHERE id = ?",
        (notice_id,),
    )
    if found is None:
        return []
    subject, href = f"official:{notice_id}", f"/official/{notice_id}"
    title, body, department, at = found
    text = f"{visible_text(body)}\n{department}"
    files = tx.rows(
        "SELECT f.position, f.name, coalesce(p.text, '') FROM files_v_attachment f"
        " LEFT JOIN files_v_preview p ON p.sha256 = f.sha256"
        " WHERE f.carrier_id = ? AND f.kind = 'official' ORDER BY f.position",
        (notice_id,),
    )
    return [Document(subject, "official", title, "", href, text, at, STAFF)] + [
        Document(
            subject, "attachment", title, name, f"{href}/attachments/{position}", content, at, STAFF
        )
        for position, name, content in files
    ]


def _extracted(tx: Tx, event: AttachmentExtracted) -> Moved:
    sql = (
        "SELECT DISTINCT carrier_id FROM files_v_attachment WHERE sha256 = ? AND kind = 'official'"
    )
    return Moved([number for (number,) in tx.rows(sql, (event.sha256,))])


FINDABLE = Findable(
    about="official",
    kinds={"official": _("교육청 공문"), "attachment": _("첨부 파일")},
    documents=_documents,
    keys=lambda _tx, _notice_id: STAFF,
    moved_by={
        OfficialReceived: lambda _tx, event: Moved([event.notice_id]),
        OfficialRevoked: lambda _tx, event: Moved([event.notice_id]),
        AttachmentExtracted: _extracted,
    },
    readable="? AND EXISTS (SELECT 1 FROM official_v_notice o WHERE o.id = {id})",
    params=lambda asker: (int(asker.is_staff),),
)
