"""What notices need by themselves: a hub that was stopped while it sent one carries on, and what earlier
releases kept comes into its present shape."""

from hub.broadcasts import earlier, tallies
from hub.broadcasts.service import Broadcasts
from kit.i18n import _
from kit.jobs import Every
from kit.moves import Moving

MOVES = (
    Moving("broadcasts.tallies", _("공문마다 학교 수를 세고 있습니다."), tallies.move),
    Moving(
        "broadcasts.deliveries",
        _("학교별 공문 처리 기록을 새 형식으로 옮기고 있습니다."),
        earlier.move,
    ),
)


def works(broadcasts: Broadcasts) -> list[Every]:
    """The periodic work."""
    return [Every("broadcasts.send", _("중단된 공문 발송 이어 하기"), 15, broadcasts.carry_on)]
