"""What notices need by themselves: a hub that was stopped while it sent one carries on, and what earlier
releases kept comes into its present shape."""

from hub.broadcasts import earlier, tallies
from hub.broadcasts.service import Broadcasts
from kit.i18n import _
from kit.jobs import Jobs
from kit.moves import Moves


def schedule(jobs: Jobs, moves: Moves, broadcasts: Broadcasts) -> None:
    """Register the periodic work and the moves."""
    jobs.every("broadcasts.send", _("보내다 멈춘 공문 이어 보내기"), 15, broadcasts.carry_on)
    moves.add("broadcasts.tallies", _("공문마다 학교 수를 세고 있습니다."), tallies.move)
    title = _("학교마다 공문이 어떻게 되었는지 적은 것을 새 형식으로 옮기고 있습니다.")
    moves.add("broadcasts.deliveries", title, earlier.move)
