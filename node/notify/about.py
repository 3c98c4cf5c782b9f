"""Which letters went to somebody (or to a child's guardians)."""

from kit.db import Row, Tx
from kit.held import Held, when
from kit.i18n import _
from node.notify import earlier
from node.people.access import READABLE, readable_params, rights_now

# The title is today's: of what the person may neither read nor wrote only the times are left.
_TITLE = (
    "SELECT coalesce((SELECT n.title FROM newsletters_v_letter n WHERE n.id = r.newsletter_id"  # noqa: S608
    " AND (n.author_id = r.person_id OR EXISTS (SELECT 1 FROM newsletters_v_audience a"
    "  WHERE a.newsletter_id = n.id AND " + READABLE + "))), ''),"
)

# Of the letters there are, each row of the person's is found by its key.
_RECEIVED = (
    " FROM (SELECT l.id AS newsletter_id, p.id AS person_id, l.sent_at, o.opened_at, r.answered_at"
    "  FROM notify_person p CROSS JOIN notify_letter l"
    "  CROSS JOIN notify_reached r ON r.letter = l.number AND r.person = p.number"
    "  LEFT JOIN newsletters_v_opening o ON o.newsletter_id = l.id AND o.person_id = p.id"
    "  WHERE p.id = ?) r"
)
_THROUGH_CHILD = (
    "SELECT DISTINCT n.title, l.sent_at FROM people_v_tie t"
    " CROSS JOIN notify_person g ON g.id = t.guardian_id"
    " CROSS JOIN notify_person c ON c.id = t.student_id"
    " CROSS JOIN notify_letter l"
    " CROSS JOIN notify_reached r"
    " ON r.letter = l.number AND r.person = g.number AND r.child = c.number"
    " CROSS JOIN newsletters_v_letter n ON n.id = l.id WHERE t.student_id = ?"
)
# The same of ledgers that have yet to come over (node/notify/earlier.py).
_RECEIVED_EARLIER = (
    " FROM newsletters_v_letter n"
    " CROSS JOIN notify_reach r ON r.newsletter_id = n.id AND r.person_id = ?"
)
_THROUGH_CHILD_EARLIER = (
    "SELECT DISTINCT n.title, r.sent_at FROM people_v_tie t"
    " CROSS JOIN newsletters_v_letter n"
    " CROSS JOIN notify_reach r ON r.newsletter_id = n.id AND r.person_id = t.guardian_id"
    "  AND r.student_id = t.student_id WHERE t.student_id = ?"
)
_TIMES = " r.sent_at, r.opened_at, r.answered_at"


def about(tx: Tx, person_id: str) -> list[Held]:
    rights = readable_params(rights_now(tx, person_id))
    received = tx.rows(_TITLE + _TIMES + _RECEIVED, (*rights, person_id))
    about_child = set(tx.rows(_THROUGH_CHILD, (person_id,)))
    if earlier.some_wait(tx):
        received += tx.rows(_TITLE + _TIMES + _RECEIVED_EARLIER, (*rights, person_id))
        about_child.update(tx.rows(_THROUGH_CHILD_EARLIER, (person_id,)))
    received.sort(key=_newest_first)
    return [
        Held(
            "letters-received",
            _("받은 글"),
            (_("제목"), _("발송 일시"), _("열람 일시"), _("답변 일시")),
            [
                *((title, when(sent), when(opened), when(answered))
                  for title, sent, opened, answered in received),
                *((title, when(sent), "", "") for title, sent in sorted(about_child, key=_newest_first)),
            ],
        ),
    ]  # fmt: skip


def _newest_first(row: Row) -> int:
    """By when a letter was sent, which stands behind its title."""
    return -int(row[1])
