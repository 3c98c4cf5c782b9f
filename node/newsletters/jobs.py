"""What newsletters do on their own: publish at the hour, make previews."""

from collections.abc import Mapping

from kit.event import Event
from kit.i18n import _
from kit.jobs import Jobs
from kit.moves import Moves
from kit.outbox import Handler
from node.newsletters import earlier, titles
from node.newsletters.service import Newsletters


def subscriptions(newsletters: Newsletters) -> Mapping[type[Event], Handler]:
    """Newsletters react to nobody."""
    return {}


def move(moves: Moves) -> None:
    """Register what brings data of earlier releases into their present shape."""
    moves.add(earlier.MOVE, _("읽은 글의 목록을 새 형식으로 옮기고 있습니다."), earlier.move)
    moves.add(
        titles.MOVE, _("먼저 발행한 글을 제목으로 빨리 찾도록 준비하고 있습니다."), titles.move
    )


def schedule(jobs: Jobs, newsletters: Newsletters) -> None:
    """Register the periodic work."""
    jobs.every(
        "newsletters.publish",
        _("예약한 소식 발행"),
        20,
        newsletters.desk.publish_due,
    )
    jobs.every(
        "newsletters.previews", _("첨부 파일 미리보기 만들기"), 15, newsletters.previews.work
    )
    jobs.daily("newsletters.compare", _("보낸 글과 서명된 글 비교"), 4, 35, newsletters.compare_now)
