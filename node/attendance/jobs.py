"""What attendance does by itself: what is kept no longer goes."""

from kit.i18n import _
from kit.jobs import Daily
from node.attendance.service import Attendance
from node.current import CurrentSettings


def works(attendance: Attendance, settings: CurrentSettings) -> list[Daily]:
    """The periodic work."""

    async def forget() -> None:
        await attendance.forget(settings.now.attendance_years)

    return [Daily("attendance.forget", _("보유 기간이 지난 출결 삭제"), 3, 25, forget)]
