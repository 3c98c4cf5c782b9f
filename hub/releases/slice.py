"""Releases of model and handbook join the server."""

from hub.ground import Ground
from hub.knowledge.handbook import Handbook
from hub.releases import jobs, serving, web
from hub.releases.incoming import Incoming
from hub.releases.making import Making
from hub.releases.model import (
    RELEASE_ACT_LABELS,
    RELEASE_DETAILS,
    ReleasePublished,
    ReleaseReported,
    ReleaseWorked,
)
from hub.releases.progress import Progress
from hub.releases.repository import Repository
from hub.releases.service import Releases
from hub.releases.stream import ReleaseStream
from hub.supplies.service import Supplies
from kit.card import NavItem, Place
from kit.i18n import _
from kit.slice import Kept, Slice
from kit.web.live import all_hear


def join(
    ground: Ground, repository: Repository, handbook: Handbook, supplies: Supplies
) -> tuple[tuple[Releases, ReleaseStream], Slice]:
    releases = Releases(ground.db, ground.clock, repository)
    progress, stream = Progress(ground.db), ReleaseStream()
    making = Making(releases, handbook, supplies, Incoming(ground.config.incoming))
    return (releases, stream), Slice(
        package="hub.releases",
        routes=(*web.ROUTES,),
        api=(*serving.ROUTES,),
        keep=(
            Kept(web.RELEASES, releases),
            Kept(web.PROGRESS, progress),
            Kept(web.MAKING, making),
            Kept(web.HANDBOOK, handbook),
            Kept(web.GIVEN, supplies),
            Kept(serving.REPOSITORY, repository),
        ),
        nav=(Place(50, NavItem("/releases", _("배포"), "send"), lambda _officer: True),),
        cards=progress.cards,
        cards_rank=3,
        acts=RELEASE_ACT_LABELS,
        details=RELEASE_DETAILS,
        hears=jobs.subscriptions(stream),
        heard_by={
            ReleasePublished: all_hear,
            ReleaseReported: all_hear,
            ReleaseWorked: all_hear,
        },
        works=jobs.works(releases),
        lives=(lambda: jobs.running(making, releases),),
    )
