"""Officers join the server: who asks, what they may."""

from hub.ground import Ground
from hub.officers import session, web
from hub.officers.access import is_administrator
from hub.officers.model import ACT_LABELS, DETAILS, OfficersChanged
from hub.officers.service import Officers
from hub.shown_once import ShownOnce
from kit.card import NavItem, Place
from kit.i18n import _
from kit.slice import Kept, Slice
from kit.web.live import all_hear
from kit.web.stages import Stage


def join(ground: Ground) -> tuple[Officers, Slice]:
    officers = Officers(ground.db, ground.clock, ground.signin)
    return officers, Slice(
        package="hub.officers",
        routes=(*web.ROUTES,),
        keep=(
            Kept(session.KNOWN, session.Known(ground.db, ground.clock)),
            Kept(web.OFFICERS, officers),
            Kept(web.PASSWORDS, ShownOnce(ground.clock)),
        ),
        middlewares=((Stage.PAGE, session.middleware),),
        nav=(Place(90, NavItem("/officers", _("담당자"), "users", phone=False), is_administrator),),
        acts=ACT_LABELS,
        details=DETAILS,
        heard_by={OfficersChanged: all_hear},
    )
