"""What the acts of this slice are called on the page of the audit log, and how it tells their details."""

from kit.detail import SUBJECT, Detail
from kit.i18n import _
from node.access_log.service import AUDITED, AccessLogAct

ACTS: dict[str, str] = {
    AccessLogAct.HEAD: _("접속기록 확인값 저장"),
}

DETAILS: dict[str, Detail | None] = {
    SUBJECT: Detail("", {AUDITED: _("접속기록")}),
    "seq": Detail(_("접속기록"), counted=_("%(count)s번까지")),
    "hash": None,
}
