"""What newsletters do on their own: publish at the hour, make previews."""

from collections.abc import Mapping

from kit.event import Event
from kit.i18n import _
from kit.jobs import Jobs
from kit.outbox import Handler
from node.newsletters.service import Newsletters


def subscriptions(newsletters: Newsletters) -> Mapping[type[Event], Handler]:
    """Newsletters react to nobody."""
    return {}


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
    jobs.every("newsletters.titles", _("지난 글의 제목 찾기 준비"), 60, newsletters.titles.work)
    jobs.daily("newsletters.compare", _("보낸 글과 서명된 글 비교"), 4, 35, newsletters.compare_now)
