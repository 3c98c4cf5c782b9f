"""What a backup is, and what can go wrong with one."""

from kit.i18n import _
from kit.problem import Problem


class BackupError(Problem):
    """A backup cannot be made or used; `reason` says why in one line."""

    code = "backup-failed"
    status = 500
    text = _("백업 작업을 마치지 못했습니다: %(reason)s")

    def __init__(self, reason: str) -> None:
        super().__init__(reason=reason)
