"""Which notices of the province somebody opened."""

from kit.db import Tx
from kit.held import Held, when
from kit.i18n import _


def about(tx: Tx, person_id: str) -> list[Held]:
    opened = tx.rows(
        "SELECT n.title, o.opened_at FROM official_notice n"
        " CROSS JOIN official_opening o ON o.notice_id = n.id AND o.person_id = ?"
        " ORDER BY o.opened_at DESC",
        (person_id,),
    )
    rows = [(title, when(at)) for title, at in opened]
    return [Held("official-opened", _("열람한 교육청 공문"), (_("제목"), _("열람 일시")), rows)]
