"""What consultations do by themselves: remind, tell of what was called off, forget topics."""

from collections.abc import Mapping

from kit.event import Event
from kit.i18n import _
from kit.jobs import Daily
from kit.outbox import Handler, Steps
from node.consultations.model import WeekWithdrawn
from node.consultations.reminding import ConsultationReminders
from node.consultations.service import Consultations
from node.people.model import PersonClosed


def works(reminding: ConsultationReminders) -> list[Daily]:
    """The periodic work."""
    return [
        Daily("consultations.remind", _("다음 날 상담 알림"), 16, 20, reminding.remind),
        Daily(
            "consultations.topics",
            _("지난 상담의 나누고 싶은 이야기 지우기"),
            *(4, 52),
            reminding.forget,
        ),
    ]


def hears(consultations: Consultations) -> Mapping[type[Event], Handler]:
    """What it does about events."""
    return {
        WeekWithdrawn: Steps(consultations.desk.withdrawn),
        PersonClosed: consultations.taking.closed,
    }
