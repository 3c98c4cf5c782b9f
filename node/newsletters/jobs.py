"""What newsletters do on their own: publish at the hour, hold what was sent against what was signed."""

from kit.i18n import _
from kit.jobs import Daily, Every
from kit.moves import Moving
from node.files.attaching import AttachmentUploads
from node.newsletters import earlier, titles
from node.newsletters.service import Newsletters

COMPARE = _("보낸 글과 서명된 글 비교")

MOVES = (
    Moving(earlier.MOVE, _("읽음 기록을 새 형식으로 옮기고 있습니다."), earlier.move),
    Moving(
        titles.MOVE,
        _("이전에 발행한 글을 제목으로 빠르게 찾을 수 있도록 준비하고 있습니다."),
        titles.move,
    ),
)
"""What brings data of earlier releases into their present shape."""


def works(newsletters: Newsletters, uploads: AttachmentUploads) -> list[Every | Daily]:
    """The periodic work."""
    return [
        Every("newsletters.publish", _("예약한 글 발행"), 20, newsletters.desk.publish_due),
        Every("newsletters.uploads", _("중단된 첨부 정리"), 600, uploads.expire),
        Daily("newsletters.compare", COMPARE, 4, 35, newsletters.compare_now),
    ]
