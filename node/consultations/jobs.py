"""What consultations do by themselves: remind, tell of what was called off, forget topics."""

from collections.abc import Mapping

from kit.event import Event
from kit.i18n import _
from kit.jobs import Daily, Every
from kit.outbox import Handler, Steps
from node.consultations.model import BookingOpened, WeekWithdrawn
from node.consultations.reminding import ConsultationReminders
from node.consultations.service import Consultations
from node.people.model import FamiliesChanged, PersonClosed, StaffChanged

ANNOUNCED_EVERY_S = 120.0


def works(consultations: Consultations, reminding: ConsultationReminders) -> list[Daily | Every]:
    """The periodic work."""
    return [
        Every(
            "consultations.announce",
            _("예약이 시작된 상담주간 알림"),
            ANNOUNCED_EVERY_S,
            consultations.desk.announce,
        ),
        Daily("consultations.remind", _("다음 날 상담 알림"), 16, 20, reminding.remind),
        Daily(
            "consultations.topics",
            _("지난 상담의 상담 내용 삭제"),
            *(4, 52),
            reminding.forget,
        ),
    ]


def hears(consultations: Consultations) -> Mapping[type[Event], Handler]:
    """What it does about events."""
    return {
        BookingOpened: Steps(consultations.desk.booking_opened),
        WeekWithdrawn: Steps(consultations.desk.withdrawn),
        PersonClosed: consultations.ending.person_closed,
        StaffChanged: consultations.ending.staff_changed,
        FamiliesChanged: Steps(consultations.ending.families_changed),
    }
