"""Attendance joins the server."""

from collections.abc import Sequence
from functools import partial

from kit.card import Group, NavItem, Place
from kit.i18n import _
from kit.slice import Kept
from node.attendance import about, jobs, month_web, web
from node.attendance.acts import ACTS, DETAILS
from node.attendance.cards import cards_of
from node.attendance.explained import Explained
from node.attendance.findable import FINDABLE
from node.attendance.marking import Marking
from node.attendance.model import AttendanceMarked
from node.attendance.noticed import ATTENDANCE_NOTICED
from node.attendance.rights import has_own, sees_classes
from node.attendance.service import Attendance
from node.attendance.telling import GuardianTelling
from node.calendar.service import Calendar
from node.ground import Ground
from node.notices.service import Notices
from node.people.access import may_see_class
from node.people.model import Asker
from node.slice import Slice


def join(
    ground: Ground, notices: Notices, calendar: Calendar, slices: Sequence[Slice]
) -> tuple[Attendance, Slice]:
    """`slices`: the list of all that join, of which some explain why a child is away."""
    db, clock = ground.db, ground.clock
    explained = Explained(lambda: [one.explaining for one in slices if one.explaining is not None])
    marking = Marking(db, clock, calendar, GuardianTelling(notices), explained)
    attendance = Attendance(db, clock, calendar, explained, marking)
    return attendance, Slice(
        package="node.attendance",
        routes=(*web.ROUTES, *month_web.ROUTES),
        keep=(Kept(web.ATTENDANCE, attendance),),
        nav=(
            Place(
                44,
                NavItem("/attendance", _("출결"), "badge-check", Group.SCHOOL_LIFE, phone=False),
                lambda asker: has_own(asker) or sees_classes(asker),
            ),
        ),
        cards=partial(cards_of, attendance),
        cards_rank=1,
        brings_cards=(AttendanceMarked,),
        acts=ACTS,
        details=DETAILS,
        heard_by={AttendanceMarked: _hears},
        findable=(FINDABLE,),
        noticed=(ATTENDANCE_NOTICED,),
        works=jobs.works(attendance, ground.settings),
        held=about.about,
    )


def _hears(asker: Asker, event: AttendanceMarked) -> bool:
    """Who sees the class, and whose own day is another one now."""
    if asker.is_staff and may_see_class(asker, event.class_id):
        return True
    return not asker.own.isdisjoint(event.students)
