"""What the releases do by themselves: sign again in time, tidy up, follow a school's ring."""

from collections.abc import Mapping

from hub.releases.service import Releases
from hub.schools.model import SchoolPlaced
from kit.db import Tx
from kit.event import Event
from kit.i18n import _
from kit.jobs import Jobs
from kit.outbox import Handler


def subscriptions(releases: Releases) -> Mapping[type[Event], Handler]:
    """A school that changes its ring hears what that ring is offered."""

    def placed(tx: Tx, event: SchoolPlaced) -> None:
        releases.ring_changed(tx, event.school_id)

    return {SchoolPlaced: placed}


def schedule(jobs: Jobs, releases: Releases) -> None:
    """Metadata lives two weeks and longer; a daily turn leaves many days to notice a failure."""
    jobs.daily("releases.renew", _("배포 서명 갱신"), 1, 10, releases.renew)
    jobs.daily("releases.tidy", _("지난 배포 정리"), 1, 40, releases.tidy)
