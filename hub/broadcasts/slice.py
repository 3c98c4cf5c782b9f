"""Official notices join the server."""

from hub.broadcasts import jobs, web
from hub.broadcasts.drafts import Drafts
from hub.broadcasts.model import ACTS, DETAILS, NoticeAnswered, NoticeSent
from hub.broadcasts.service import Broadcasts
from hub.broadcasts.stream import NoticeStream
from hub.ground import Ground
from hub.schools.service import Schools
from kit.card import NavItem, Place
from kit.i18n import _
from kit.slice import Kept, Slice
from kit.web.live import all_hear


def join(ground: Ground, schools: Schools) -> tuple[tuple[Drafts, Broadcasts, NoticeStream], Slice]:
    drafts = Drafts(ground.db, ground.clock, ground.blobs, schools)
    broadcasts = Broadcasts(ground.db, ground.clock, schools)
    return (drafts, broadcasts, NoticeStream()), Slice(
        package="hub.broadcasts",
        routes=(*web.ROUTES,),
        keep=(Kept(web.BROADCASTS, broadcasts), Kept(web.DRAFTS, drafts)),
        nav=(Place(30, NavItem("/notices", _("공문"), "megaphone"), lambda _officer: True),),
        cards=broadcasts.cards,
        cards_rank=2,
        acts=ACTS,
        details=DETAILS,
        heard_by={NoticeAnswered: all_hear, NoticeSent: all_hear},
        works=jobs.works(broadcasts),
        moves=jobs.MOVES,
    )
