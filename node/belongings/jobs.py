"""What lost and found does by itself."""

from kit.i18n import _
from kit.jobs import Daily
from node.belongings.losses import Losses
from node.belongings.service import Belongings


def works(belongings: Belongings, losses: Losses) -> list[Daily]:
    """The periodic work."""
    title = _("처리한 지 한 달이 지난 분실물 삭제")
    old = _("오래된 분실 신고 종료와 삭제")
    return [
        Daily("belongings.forget", title, 3, 45, belongings.forget),
        Daily("belongings.losses", old, 3, 46, losses.tidy),
    ]
