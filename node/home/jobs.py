"""The node's own periodic work: the daily backup, forgetting what has expired."""

from kit.archive.keeping import BackUp
from kit.i18n import _
from kit.jobs import Daily
from node.ground import Ground


def works(ground: Ground, back_up: BackUp) -> list[Daily]:
    """The periodic work."""
    hour, signin, outbox = ground.config.backup_hour, ground.signin, ground.outbox
    return [
        Daily("node.backup", _("일일 백업"), hour, 10, back_up.make),
        Daily("signin.forget", _("만료된 로그인 정리"), 4, 20, signin.forget_expired),
        Daily("events.forget", _("처리한 이벤트 정리"), 3, 50, outbox.forget),
    ]
