"""What attendance holds of somebody, for whoever asks for their own data."""

from kit.db import Tx
from kit.held import Held
from kit.i18n import _
from node.attendance.model import CAUSE_LABELS, PRESENCE_LABELS, Cause, Presence

KEPT = _(
    "출결은 학교생활기록의 근거 자료이므로 학교가 정한 기간(학년도) 동안 보관한 뒤 자동으로 삭제합니다."
)


def about(tx: Tx, person_id: str) -> list[Held]:
    """A student's days on which they were not simply there, and what was changed of them."""
    rows = tx.rows(
        "SELECT day, presence, cause, reason FROM attendance_mark WHERE student_id = ?"
        " ORDER BY day DESC",
        (person_id,),
    )
    columns = (_("날짜"), _("출결"), _("사유 구분"), _("사유"))
    told = [
        (day, PRESENCE_LABELS[Presence(presence)], CAUSE_LABELS[Cause(cause)], reason)
        for day, presence, cause, reason in rows
    ]
    return [Held("attendance", _("출결"), columns, told, kept=KEPT)]
