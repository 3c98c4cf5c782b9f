"""What the calendar does by itself: forget how things were before changes of long ago."""

from kit.i18n import _
from kit.jobs import Daily
from node.calendar.office import CalendarOffice


def works(office: CalendarOffice) -> list[Daily]:
    """The periodic work."""
    title = _("오래된 학사일정 변경 기록 삭제")
    return [Daily("calendar.forget", title, 3, 40, office.forget)]
