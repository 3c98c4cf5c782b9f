"""Which letters went to somebody (or to a child's guardians), what they were told, their mail."""

from kit.db import Tx
from kit.held import Held, when
from kit.i18n import _
from node.notify import accounts
from node.notify.model import MESSAGE_LABELS, AccessLine, MessageKind
from node.people.access import READABLE, readable_params, rights_now

# The title is today's: of what the person may neither read nor wrote only the times are left.
_TITLE = (
    "SELECT coalesce((SELECT n.title FROM newsletters_v_letter n WHERE n.id = r.newsletter_id"  # noqa: S608
    " AND (n.author_id = r.person_id OR EXISTS (SELECT 1 FROM newsletters_v_audience a"
    "  WHERE a.newsletter_id = n.id AND " + READABLE + "))), ''),"
)


def about(tx: Tx, person_id: str) -> list[Held]:
    rights = readable_params(rights_now(tx, person_id))
    received = tx.rows(
        _TITLE + " r.sent_at, r.opened_at, r.answered_at FROM notify_reach r"
        " WHERE r.person_id = ? ORDER BY r.sent_at DESC",
        (*rights, person_id),
    )
    # By the letters there are (CROSS JOIN keeps the order): a child's rows are found by the index
    # within each.
    about_child = tx.rows(
        "SELECT DISTINCT n.title, r.sent_at FROM newsletters_v_letter n"
        " CROSS JOIN notify_reach r INDEXED BY notify_reach_student"
        " ON r.newsletter_id = n.id AND r.student_id = ?"
        " ORDER BY r.sent_at DESC",
        (person_id,),
    )
    told = tx.rows(
        _TITLE + " r.kind, r.at, r.seen_at FROM notify_message r WHERE r.person_id = ?"
        " ORDER BY r.at DESC",
        (*rights, person_id),
    )
    mailed = tx.rows(
        _TITLE + " r.address, r.sent_at, r.last_error FROM notify_mail r WHERE r.person_id = ?"
        " ORDER BY r.not_before_at DESC",
        (*rights, person_id),
    )
    return [
        Held(
            "letters-received",
            _("받은 글"),
            (_("제목"), _("보낸 때"), _("연 때"), _("답한 때")),
            [
                *((title, when(sent), when(opened), when(answered))
                  for title, sent, opened, answered in received),
                *((title, when(sent), "", "") for title, sent in about_child),
            ],
        ),
        Held(
            "notifications",
            _("알림"),
            (_("제목"), _("종류"), _("때"), _("본 때")),
            [
                (title, MESSAGE_LABELS[MessageKind(kind)], when(at), when(seen))
                for title, kind, at, seen in told
            ],
        ),
        Held(
            "access-told",
            _("접근 권한이 바뀐 알림"),
            (_("때"), _("한 일"), _("한 사람"), _("자세히")),
            [
                (when(line.at), line.label, line.by, _changes(line))
                for line in accounts.about_oneself(tx, person_id)
            ],
        ),
        Held(
            "mail",
            _("전자우편"),
            (_("제목"), _("주소"), _("보낸 때"), _("오류")),
            [(title, address, when(sent), error) for title, address, sent, error in mailed],
        ),
    ]  # fmt: skip


def _changes(line: AccessLine) -> str:
    return ", ".join(f"{sign}{what}" for sign, what in line.changes)
