"""Which consultations somebody had, for whoever asks for their own data."""

from kit.db import Row, Tx
from kit.held import Held, when
from kit.i18n import _
from node.consultations.model import MEETING_LABELS, BookingState, Meeting

_STATES = {
    BookingState.BOOKED: _("예약"),
    BookingState.CANCELLED: _("가정에서 취소"),
    BookingState.STRUCK: _("학교에서 취소"),
}
_COLUMNS = (
    *(_("상담주간"), _("학생"), _("상담 시각"), _("상담 방법"), _("상태")),
    *(_("상담하고 싶은 내용"), _("취소 사유"), _("예약 시각")),
)
_OF = (
    " b.reason, b.at FROM consultations_booking b JOIN consultations_week w ON w.id = b.week_id"
    " JOIN consultations_slot s ON s.id = b.slot_id"
    " JOIN people_v_known k ON k.id = b.student_id"
)
_ROW = "SELECT w.title, k.name, b.starts_at, s.meeting, b.state,"


def about(tx: Tx, person_id: str) -> list[Held]:
    """Consultations of the person as a student, and those that they took as a guardian: what they wrote for
    the teacher is told to them alone, and so is that they speak with others than the homeroom teacher."""
    as_student = tx.rows(
        _ROW + " ''," + _OF + " WHERE b.student_id = ? AND b.with_id = '' ORDER BY b.at DESC",
        (person_id,),
    )
    as_guardian = tx.rows(
        _ROW + " b.topic," + _OF + " WHERE b.by_id = ? ORDER BY b.at DESC", (person_id,)
    )
    rows = [_line(row) for row in (*as_student, *as_guardian)]
    return [Held("consultations", _("학부모 상담 예약"), _COLUMNS, rows)]


def _line(row: Row) -> tuple[str, ...]:
    title, child, starts_at, meeting, state, topic, reason, at = row
    said = MEETING_LABELS[Meeting(meeting)], _STATES[BookingState(state)]
    return title, child, when(starts_at), *said, topic, reason, when(at)
