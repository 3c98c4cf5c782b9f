"""What the drive's files tell the doctor."""

from kit.finding import Finding, Level
from kit.i18n import _


def of_drive(missing: int) -> list[Finding]:
    """Is every file of the drive on the disk?"""
    if not missing:
        return [Finding(Level.OK, _("드라이브의 파일이 모두 있습니다."))]
    return [
        Finding(
            Level.DANGER,
            _("드라이브의 파일 %(count)s개를 찾을 수 없습니다."),
            _("최근 백업을 새 폴더에 복원한 뒤 그 안의 blobs/drive 폴더를 옮겨 오세요."),
            {"count": missing},
        )
    ]
