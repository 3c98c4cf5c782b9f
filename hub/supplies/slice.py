"""What schools are given to use as their own joins the server."""

from hub.ground import Ground
from hub.supplies import web
from hub.supplies.model import SUPPLY_ACT_LABELS, SUPPLY_DETAILS, SuppliesChanged
from hub.supplies.service import Supplies
from kit.card import NavItem, Place
from kit.i18n import _
from kit.slice import Kept, Slice
from kit.web.live import all_hear


def join(ground: Ground) -> tuple[Supplies, Slice]:
    supplies = Supplies(ground.db, ground.clock)
    return supplies, Slice(
        package="hub.supplies",
        routes=(*web.ROUTES,),
        keep=(Kept(web.SUPPLIES, supplies),),
        nav=(
            Place(
                45,
                NavItem("/supplies", _("서류·공휴일"), "file-pen", phone=False),
                lambda _officer: True,
            ),
        ),
        acts=SUPPLY_ACT_LABELS,
        details=SUPPLY_DETAILS,
        heard_by={SuppliesChanged: all_hear},
    )
