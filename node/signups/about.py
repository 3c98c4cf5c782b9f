"""What somebody was signed up for, or signed up, for whoever asks for their own data."""

from kit.db import Row, Tx
from kit.held import Held, when
from kit.i18n import _
from node.signups.model import STATE_LABELS, EntryState

_WORDS = {state.value: label for state, label in STATE_LABELS.items()}
_COLUMNS = (_("모집"), _("강좌"), _("학생"), _("신청 번호"), _("상태"), _("신청 시각"))
_ROW = "SELECT s.title, o.name, k.name, e.number, e.state, e.at FROM"
_PARTS = (
    " JOIN signups_signup s ON s.id = e.signup_id JOIN signups_course o ON o.id = e.course_id"
    " JOIN people_v_known k ON k.id = c.student_id"
)


def about(tx: Tx, person_id: str) -> list[Held]:
    """Entries of the person as a student, and those that they made as a guardian."""
    as_student = tx.rows(
        _ROW
        + " signups_child c JOIN signups_entry e ON e.id = c.entry_id"
        + _PARTS
        + " WHERE c.student_id = ? ORDER BY e.at DESC",
        (person_id,),
    )
    as_guardian = tx.rows(
        _ROW
        + " signups_entry e JOIN signups_child c ON c.entry_id = e.id"
        + _PARTS
        + " WHERE e.by_id = ? ORDER BY e.at DESC",
        (person_id,),
    )
    rows = [_line(row) for row in (*as_student, *as_guardian)]
    return [Held("signups", _("모집·신청 내역"), _COLUMNS, rows)]


def _line(row: Row) -> tuple[str, str, str, str, str, str]:
    title, course, student, number, state, at = row
    return title, course, student, number, _WORDS[EntryState(state)], when(at)
