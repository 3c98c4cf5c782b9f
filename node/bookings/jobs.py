"""What the reservations do by themselves: go when a year is over."""

from kit.i18n import _
from kit.jobs import Daily
from node.bookings.service import Bookings


def works(bookings: Bookings) -> list[Daily]:
    """The periodic work."""
    title = _("한 해가 지난 특별실·기자재 예약 삭제")
    return [Daily("bookings.forget", title, 3, 47, bookings.forget)]
