"""Rooms and devices join the server."""

from kit.card import Group, NavItem, Place
from kit.i18n import _
from kit.slice import Kept
from node.bookings import about, facilities_web, jobs, web
from node.bookings.acts import ACTS
from node.bookings.facilities import Facilities
from node.bookings.findable import FINDABLE
from node.bookings.model import FacilityChanged, ReservationChanged, ReservationRefused
from node.bookings.noticed import BOOKINGS_NOTICED
from node.bookings.service import Bookings
from node.calendar.service import Calendar
from node.ground import Ground
from node.notices.service import Notices
from node.people import hearing
from node.people.model import PersonClosed, StaffChanged
from node.slice import Slice
from node.timetable.service import Timetable


def join(
    ground: Ground, calendar: Calendar, timetable: Timetable, notices: Notices
) -> tuple[Bookings, Slice]:
    bookings = Bookings(ground.db, ground.clock, calendar, timetable, notices)
    facilities = Facilities(ground.db, ground.clock)
    return bookings, Slice(
        package="node.bookings",
        routes=(*facilities_web.ROUTES, *web.ROUTES),
        keep=(Kept(web.BOOKINGS, bookings), Kept(facilities_web.FACILITIES, facilities)),
        nav=(
            Place(
                55,
                NavItem(
                    "/bookings",
                    _("특별실·기자재"),
                    "calendar-days",
                    Group.WORK,
                    phone=False,
                ),
                lambda asker: asker.is_staff,
            ),
        ),
        acts=ACTS,
        hears={StaffChanged: bookings.left, PersonClosed: bookings.left},
        heard_by={
            FacilityChanged: hearing.staff,
            ReservationChanged: hearing.staff,
            ReservationRefused: hearing.staff,
        },
        findable=(FINDABLE,),
        noticed=(BOOKINGS_NOTICED,),
        today=bookings.today_of,
        works=jobs.works(bookings),
        held=about.about,
    )
