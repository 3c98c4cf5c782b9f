"""The school's settings join the server."""

from kit.slice import Kept
from node.ground import Ground
from node.notices.service import Notices
from node.settings import web
from node.settings.acts import ACTS, DETAILS
from node.settings.service import ChosenSettings
from node.slice import Slice


def join(ground: Ground, notices: Notices) -> tuple[ChosenSettings, Slice]:
    chosen = ChosenSettings(ground.db, ground.clock, ground.settings, notices)
    return chosen, Slice(
        package="node.settings",
        routes=(*web.ROUTES,),
        keep=(Kept(web.SETTINGS, chosen),),
        cards=chosen.cards,
        acts=ACTS,
        details=DETAILS,
        settles=(chosen.load,),
    )
