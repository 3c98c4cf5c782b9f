"""Consultation weeks join the server."""

from kit.card import Group, NavItem, Place
from kit.i18n import _
from kit.slice import Kept
from node.calendar.service import Calendar
from node.consultations import about, dated, jobs, staff_web, today, web
from node.consultations.acts import ACTS, DETAILS
from node.consultations.findable import FINDABLE
from node.consultations.model import (
    BookingOpened,
    TimesGiven,
    TimeTaken,
    WeekChanged,
    WeekOpened,
    WeekWithdrawn,
)
from node.consultations.noticed import CONSULTATIONS_NOTICED
from node.consultations.reminding import ConsultationReminders
from node.consultations.service import Consultations
from node.ground import Ground
from node.notices.service import Notices
from node.people import hearing
from node.slice import Slice


def join(ground: Ground, calendar: Calendar, notices: Notices) -> tuple[Consultations, Slice]:
    consultations = Consultations(ground.db, ground.clock, calendar, notices)
    reminding = ConsultationReminders(ground.db, ground.clock, consultations.herald)
    return consultations, Slice(
        package="node.consultations",
        routes=(*staff_web.ROUTES, *web.ROUTES),
        keep=(Kept(web.CONSULTATIONS, consultations),),
        nav=(
            Place(
                37,
                NavItem(
                    "/consultations",
                    _("학부모 상담"),
                    "message-circle",
                    Group.REQUESTS,
                    phone=False,
                ),
                lambda asker: asker.is_guardian or asker.is_staff,
            ),
        ),
        cards=consultations.cards,
        brings_cards=(WeekOpened, TimesGiven, TimeTaken),
        acts=ACTS,
        details=DETAILS,
        hears=jobs.hears(consultations),
        heard_by={
            BookingOpened: hearing.everybody,
            WeekOpened: hearing.everybody,
            WeekChanged: hearing.everybody,
            WeekWithdrawn: hearing.everybody,
            # Of what others take each family would ask anew in a rush; what is gone is told when pressed.
            TimeTaken: hearing.answer(lambda event: event.student_id, lambda event: event.by_id),
            TimesGiven: hearing.everybody,
        },
        findable=(FINDABLE,),
        noticed=(CONSULTATIONS_NOTICED,),
        dated=dated.dates,
        today=today.today_of,
        works=jobs.works(consultations, reminding),
        held=about.about,
    )
