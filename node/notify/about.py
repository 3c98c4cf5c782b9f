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

# Of the letters there are, each row of the person's is found by its key; those of earlier releases
# (node/notify/earlier.py) likewise. Two parameters.
_RECEIVED = (
    " FROM (SELECT l.id AS newsletter_id, p.id AS person_id, l.sent_at, o.opened_at, r.answered_at"
    "  FROM notify_person p CROSS JOIN notify_letter l"
    "  CROSS JOIN notify_reached r ON r.letter = l.number AND r.person = p.number"
    "  LEFT JOIN newsletters_v_opening o ON o.newsletter_id = l.id AND o.person_id = p.id"
    "  WHERE p.id = ?"
    " UNION ALL SELECT r.newsletter_id, r.person_id, r.sent_at, r.opened_at, r.answered_at"
    "  FROM newsletters_v_letter n"
    "  CROSS JOIN notify_reach r ON r.newsletter_id = n.id AND r.person_id = ?) r"
)
# What went to anybody through a child. Two parameters.
_THROUGH_CHILD = (
    "SELECT n.title, l.sent_at FROM people_v_tie t"
    " CROSS JOIN notify_person g ON g.id = t.guardian_id"
    " CROSS JOIN notify_person c ON c.id = t.student_id"
    " CROSS JOIN notify_letter l"
    " CROSS JOIN notify_reached r"
    " ON r.letter = l.number AND r.person = g.number AND r.child = c.number"
    " CROSS JOIN newsletters_v_letter n ON n.id = l.id WHERE t.student_id = ?"
    " UNION SELECT n.title, r.sent_at FROM people_v_tie t"
    " CROSS JOIN newsletters_v_letter n"
    " CROSS JOIN notify_reach r ON r.newsletter_id = n.id AND r.person_id = t.guardian_id"
    "  AND r.student_id = t.student_id WHERE t.student_id = ?"
    " ORDER BY 2 DESC"
)


def about(tx: Tx, person_id: str) -> list[Held]:
    rights = readable_params(rights_now(tx, person_id))
    received = tx.rows(
        _TITLE + " r.sent_at, r.opened_at, r.answered_at" + _RECEIVED + " ORDER BY r.sent_at DESC",
        (*rights, person_id, person_id),
    )
    about_child = tx.rows(_THROUGH_CHILD, (person_id, person_id))
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
