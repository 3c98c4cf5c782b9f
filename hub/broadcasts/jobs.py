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
        _("학교마다 공문이 어떻게 되었는지 적은 것을 새 형식으로 옮기고 있습니다."),
        earlier.move,
    ),
)


def works(broadcasts: Broadcasts) -> list[Every]:
    """The periodic work."""
    return [Every("broadcasts.send", _("보내다 멈춘 공문 이어 보내기"), 15, broadcasts.carry_on)]
