"""What schools are given to use as their own joins the server."""

from hub.ground import Ground
from hub.supplies import letters_web, serving, uploads_web, web
from hub.supplies.letters import Letters
from hub.supplies.model import SUPPLY_ACT_LABELS, SUPPLY_DETAILS, SuppliesChanged
from hub.supplies.parcels import Parcels
from hub.supplies.service import Supplies
from hub.supplies.uploads import NeisUploads
from kit.card import NavItem, Place
from kit.i18n import _
from kit.jobs import Daily
from kit.slice import Kept, Slice
from kit.web.live import all_hear


def join(ground: Ground) -> tuple[Supplies, Slice]:
    supplies = Supplies(ground.db, ground.clock)
    parcels = Parcels(ground.db, ground.clock)
    letters = Letters(ground.db, ground.clock, supplies)
    return supplies, Slice(
        package="hub.supplies",
        routes=(*web.ROUTES, *letters_web.ROUTES, *uploads_web.ROUTES),
        api=(*serving.ROUTES,),
        keep=(
            Kept(web.SUPPLIES, supplies),
            Kept(serving.PARCELS, parcels),
            Kept(uploads_web.UPLOADS, NeisUploads(ground.db, ground.clock, parcels)),
            Kept(letters_web.LETTERS, letters),
        ),
        nav=(
            Place(
                45,
                NavItem("/supplies", _("학교에 보낼 자료"), "file-pen", phone=False),
                lambda _officer: True,
            ),
        ),
        acts=SUPPLY_ACT_LABELS,
        details=SUPPLY_DETAILS,
        works=(Daily("supplies.sweep", _("지난 나이스 자료 정리"), 3, 40, parcels.sweep),),
        heard_by={SuppliesChanged: all_hear},
    )
