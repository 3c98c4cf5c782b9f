"""Who of the staff was shown somebody's data."""

from kit.db import Tx
from kit.held import Held, when
from kit.i18n import _
from node.access_log import store
from node.access_log.model import EntriesWanted

EVER = 2**62


def about(tx: Tx, person_id: str) -> list[Held]:
    """All that is kept, the newest first; not from where: that is the reader's."""
    found = store.entries(tx, EntriesWanted(0, EVER, person_id=person_id), EVER)
    return [
        Held(
            "access-log",
            _("접속기록"),
            (_("일시"), _("조회한 사람"), _("작업"), _("대상")),
            [(when(one.at), one.reader_name, one.what_label, one.title) for one in found],
            kept=_("법령에 따라 정해진 기간 보관한 뒤 자동으로 삭제합니다."),
        )
    ]
