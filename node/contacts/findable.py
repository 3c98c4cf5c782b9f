"""What of contacts can be found, by those who see it."""

from kit.db import Tx
from kit.i18n import _
from node.contacts.model import ContactsChanged
from node.people.model import Kind
from node.ports.findable import Document, Findable, Moved


def _keys(tx: Tx, contact_id: str) -> frozenset[str]:
    sql = "SELECT for_guardians, for_students FROM contacts_v_entry WHERE id = ?"
    row = tx.row(sql, (contact_id,))
    if row is None:
        return frozenset()
    seen = zip(("guardians", "students"), row, strict=True)
    return frozenset({"staff", *(key for key, sees in seen if sees)})


def _documents(tx: Tx, contact_id: str) -> list[Document]:
    sql = "SELECT name, about, telephone, hours FROM contacts_v_entry WHERE id = ?"
    return [
        Document(
            subject=f"contacts:{contact_id}",
            kind="contact",
            title=f"{name} 연락처",
            note=telephone,
            href=f"/contacts#contact-{contact_id}",
            text=_text(name, about, telephone, hours),
            at=0,
            keys=_keys(tx, contact_id),
        )
        for name, about, telephone, hours in tx.rows(sql, (contact_id,))
    ]


def _text(name: str, about: str, telephone: str, hours: str) -> str:
    """As somebody would answer."""
    said = f"{name} 전화번호(연락처)는 {telephone}입니다."
    said += f" {about} 일로 연락하는 곳입니다." if about else ""
    return said + (f" 전화 받는 시간은 {hours}입니다." if hours else "")


FINDABLE = Findable(
    about="contacts",
    kinds={"contact": _("연락처")},
    documents=_documents,
    keys=_keys,
    moved_by={ContactsChanged: lambda _tx, event: Moved([event.contact_id])},
    readable=(
        "EXISTS (SELECT 1 FROM contacts_v_entry e WHERE e.id = {id}"
        " AND (? OR (? AND e.for_guardians) OR (? AND e.for_students)))"
    ),
    params=lambda asker: (
        int(asker.is_staff),
        int(asker.is_guardian),
        int(Kind.STUDENT in asker.kinds),
    ),
)
