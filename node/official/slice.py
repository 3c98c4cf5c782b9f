"""The province's official notices join the server."""

from kit.card import Group, NavItem, Place
from kit.i18n import _
from kit.slice import Kept
from node.files.service import Files
from node.ground import Ground
from node.newsletters.service import Newsletters
from node.official import about, jobs, web
from node.official.acts import ACTS, DETAILS
from node.official.findable import FINDABLE
from node.official.model import (
    OfficialAcknowledged,
    OfficialHeld,
    OfficialLanded,
    OfficialReceived,
    OfficialRevoked,
    OfficialVetoed,
)
from node.official.province import affair
from node.official.service import Official
from node.official.told import TELLING
from node.people import hearing
from node.slice import Slice


def join(ground: Ground, files: Files, newsletters: Newsletters) -> tuple[Official, Slice]:
    official = Official(ground.db, ground.clock, files, newsletters)
    return official, Slice(
        package="node.official",
        routes=(*web.ROUTES,),
        keep=(Kept(web.OFFICIAL, official),),
        nav=(
            Place(
                20,
                NavItem("/official", _("교육청 공문"), "building", Group.WORK),
                lambda asker: asker.is_staff,
            ),
        ),
        cards=official.cards,
        brings_cards=(OfficialHeld, OfficialReceived),
        acts=ACTS,
        details=DETAILS,
        heard_by={
            OfficialAcknowledged: hearing.staff,
            OfficialHeld: hearing.staff,
            OfficialLanded: hearing.staff,
            OfficialReceived: hearing.staff,
            OfficialRevoked: hearing.staff,
            OfficialVetoed: hearing.staff,
        },
        told=(TELLING,),
        province=(affair(official),),
        findable=(FINDABLE,),
        works=jobs.works(official),
        held=about.about,
    )
