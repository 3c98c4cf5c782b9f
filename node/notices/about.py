"""What somebody was told, in the portal and by mail."""

from kit.db import Tx
from kit.held import Held, when
from kit.i18n import _
from node.notices import accounts
from node.notices.model import AccessLine
from node.notices.saying import Sayings


def about(tx: Tx, person_id: str, sayings: Sayings) -> list[Held]:
    """Titles are today's: of what the person may not read now only the times are left."""
    told = tx.rows(
        "SELECT kind, about, at, seen_at FROM notices_line WHERE person_id = ? ORDER BY at DESC",
        (person_id,),
    )
    mailed = tx.rows(
        "SELECT kind, about, address, sent_at, last_error FROM notices_mail WHERE person_id = ?"
        " ORDER BY not_before_at DESC",
        (person_id,),
    )
    titles = sayings.titles(tx, person_id, {(kind, thing) for kind, thing, *_rest in told + mailed})
    return [
        Held(
            "notifications",
            _("알림"),
            (_("제목"), _("종류"), _("일시"), _("확인 일시")),
            [
                (titles.get(thing, ""), sayings.label(kind), when(at), when(seen))
                for kind, thing, at, seen in told
            ],
        ),
        Held(
            "access-told",
            _("접근 권한이 바뀐 알림"),
            (_("일시"), _("작업"), _("사용자"), _("자세히")),
            [
                (when(line.at), line.label, line.by, _changes(line))
                for line in accounts.about_oneself(tx, person_id)
            ],
        ),
        Held(
            "mail",
            _("이메일"),
            (_("제목"), _("주소"), _("발송 일시"), _("오류")),
            [
                (titles.get(thing, ""), address, when(sent), error)
                for _kind, thing, address, sent, error in mailed
            ],
        ),
    ]


def _changes(line: AccessLine) -> str:
    return ", ".join(f"{sign}{what}" for sign, what in line.changes)
