"""What the acts of this slice are called on the page of the audit log."""

from kit.i18n import _
from node.bookings.model import BookingsAct

ACTS: dict[str, str] = {
    BookingsAct.ADD: _("특별실·기자재 등록"),
    BookingsAct.EDIT: _("특별실·기자재 정보 수정"),
    BookingsAct.REMOVE: _("특별실·기자재 삭제"),
    BookingsAct.REFUSE: _("다른 사람의 예약 취소"),
}
