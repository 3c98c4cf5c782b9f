"""What the server itself tells the doctor: moves under way, its backups."""

from kit.archive.keeping import BackUp
from kit.archive.model import BackupError
from kit.finding import Finding, Level
from kit.i18n import _
from kit.moves import Move

OFTEN = 3

NEW_BACKUP = _("지금 백업을 새로 만드세요: madang-node backup 폴더. 기존 백업도 삭제하지 마세요.")


def of_moves(moves: list[Move]) -> list[Finding]:
    """Is data of an earlier release still on its way into its new shape?"""
    return [
        Finding(Level.OK, move.title, _("그동안에도 모든 기능을 평소처럼 사용할 수 있습니다."))
        if move.failures < OFTEN
        else Finding(
            Level.DANGER,
            _("이전 버전의 자료를 새 형식으로 옮기지 못하고 있습니다."),
            _("로그와 함께 개발자에게 알려 주세요. 자료는 그대로 있습니다."),
            detail=move.last_error or "",
        )
        for move in moves
    ]


async def of_backups(back_up: BackUp) -> list[Finding]:
    """Is the newest backup whole, with the files beside it?"""
    try:
        missing = await back_up.missing()
    except BackupError as error:
        return [Finding(Level.DANGER, error.text, NEW_BACKUP, error.params)]
    if not missing:
        return []
    return [
        Finding(
            Level.DANGER,
            _("마지막 백업의 파일 %(count)s개가 backups/files 폴더에 없습니다: %(name)s …"),
            NEW_BACKUP,
            {"count": len(missing), "name": missing[0]},
        )
    ]
