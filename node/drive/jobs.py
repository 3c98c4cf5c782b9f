"""What the drive does on its own: read what came, empty the trash after 30 days."""

from kit.i18n import _
from kit.jobs import Jobs
from node.drive.service import Drive


def schedule(jobs: Jobs, drive: Drive) -> None:
    """Register the periodic work."""
    jobs.every("drive.read", _("드라이브 파일의 글 읽기"), 5, drive.reading.work)
    jobs.every("drive.uploads", _("끊긴 올리기 정리"), 600, drive.uploads.expire)
    jobs.daily("drive.trash", _("30일 지난 휴지통 비우기"), 4, 40, drive.expire)
