"""The conversation with the nodes joins the server."""

from hub.ground import Ground
from hub.schools.service import Schools
from hub.sync import jobs, pages, web
from hub.sync.evidence import Evidence
from hub.sync.lookout import Lookout
from hub.sync.model import ACTS, DETAILS, LogForkFound, TwoMachinesHeard
from hub.sync.service import Carried, Sync
from hub.sync.waiting import Waiting
from kit.card import NavItem, Place
from kit.i18n import _
from kit.slice import Kept, Slice
from kit.web.live import all_hear


def join(
    ground: Ground,
    schools: Schools,
    carried: Carried,
) -> tuple[tuple[Waiting, Lookout, Evidence], Slice]:
    waiting = Waiting()
    sync = Sync(ground, schools, carried, waiting)
    lookout = Lookout(ground.db, carried.notices, carried.releases, waiting)
    evidence = Evidence(ground.db, ground.clock, waiting)
    face = web.Face(sync, ground.blobs, ground.clock, ground.keys, ground.config.origins)
    return (waiting, lookout, evidence), Slice(
        package="hub.sync",
        routes=(*pages.ROUTES,),
        api=(*web.ROUTES,),
        keep=(Kept(pages.EVIDENCE, evidence), Kept(web.FACE, face)),
        nav=(
            Place(
                60, NavItem("/logs", _("기록 감시"), "shield", phone=False), lambda _officer: True
            ),
        ),
        cards=evidence.cards,
        cards_rank=1,
        acts=ACTS,
        details=DETAILS,
        heard_by={LogForkFound: all_hear, TwoMachinesHeard: all_hear},
        lives=(lambda: jobs.running(ground.db, sync, lookout),),
        lets_go=(waiting.close,),
    )
