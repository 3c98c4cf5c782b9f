"""What the calendar holds of somebody: what they changed in it, and since when they have an address."""

from kit.db import Tx
from kit.held import Held, when
from kit.i18n import _
from node.calendar import changes
from node.calendar.model import CHANGE_LABELS
from node.people.access import rights_now


def about(tx: Tx, person_id: str) -> list[Held]:
    """Titles for who still is on the staff, who read them anyway."""
    is_staff = rights_now(tx, person_id).is_staff
    changed = [
        (CHANGE_LABELS[one.what], one.title if is_staff else "", when(one.at))
        for one in changes.by(tx, person_id)
    ]
    sql = "SELECT made_at FROM calendar_subscription WHERE person_id = ?"
    made = [(when(at),) for (at,) in tx.rows(sql, (person_id,))]
    return [
        Held(
            "calendar_changes", _("학사일정 변경"), (_("변경 내용"), _("일정"), _("일시")), changed
        ),
        Held("calendar_address", _("달력에 연결하는 주소"), (_("만든 일시"),), made),
    ]
