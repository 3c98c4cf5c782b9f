"""What the acts of this slice are called on the page of the audit log, and how it tells their details."""

from kit.detail import Detail
from kit.i18n import _
from node.contacts.model import ContactsAct

ACTS: dict[str, str] = {
    ContactsAct.WRITE: _("학교 연락처 작성"),
    ContactsAct.REMOVE: _("학교 연락처 삭제"),
}

DETAILS: dict[str, Detail | None] = {"name": Detail(_("이름"))}
