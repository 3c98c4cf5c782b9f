"""What comes from the province for the school to use as its own joins the server."""

from collections.abc import Sequence

from kit.card import Group, NavItem, Place
from kit.i18n import _
from kit.slice import Kept
from node.ground import Ground
from node.people import hearing
from node.releases.service import Releases
from node.slice import Slice
from node.supplies import web
from node.supplies.acts import ACTS, DETAILS
from node.supplies.arrivals import SupplyArrivals
from node.supplies.model import SuppliesMoved
from node.supplies.service import Supplies
from protocol.identity import neis_code


def join(
    ground: Ground, releases: Releases, slices: Sequence[Slice], *, is_used: bool
) -> tuple[SupplyArrivals, Slice]:
    """`slices`: those below, which say what they take; `is_used`: the assistant uses the handbook."""
    of = {one.kind: one for below in slices for one in below.supplied}
    code = neis_code(ground.school.id)
    supplies = Supplies(ground.db, ground.clock, of, has_rows=bool(code))
    arrivals = SupplyArrivals(ground.db, ground.clock, releases, of, code, is_used=is_used)
    return arrivals, Slice(
        package="node.supplies",
        routes=(*web.ROUTES,),
        keep=(Kept(web.SUPPLIES, supplies),),
        nav=(
            Place(
                86,
                NavItem(
                    "/admin/supplies",
                    _("교육청에서 온 자료"),
                    "inbox",
                    Group.ADMINISTRATION,
                    phone=False,
                ),
                lambda asker: asker.is_administrator,
            ),
        ),
        cards=supplies.cards,
        cards_rank=70,
        brings_cards=(SuppliesMoved,),
        acts=ACTS,
        details=DETAILS,
        heard_by={SuppliesMoved: hearing.staff},
        lives=(arrivals.running,),
    )
