"""What comes from the province for the assistant joins the server."""

from kit.card import Group, NavItem, Place
from kit.i18n import _
from kit.slice import Kept
from models.messages import Kind
from node.ground import Ground
from node.people import hearing
from node.releases import jobs, web
from node.releases.acts import ACTS, DETAILS
from node.releases.arrivals import Arrivals
from node.releases.fetching.chunks import Neighbourhood
from node.releases.fetching.lan import alone, by_zeroconf
from node.releases.model import AskProvince, ReleaseActivated, ReleaseReady, ReleaseRefused
from node.releases.province import affair
from node.releases.service import Releases
from node.releases.shelf import ReleaseShelf
from node.releases.stock import FOLDER, Stock
from node.slice import Slice


def join(
    ground: Ground, where_from: AskProvince, kinds: tuple[Kind, ...]
) -> tuple[Releases, Slice]:
    """`where_from`: the province as whoever speaks with it knows it; `kinds`: those that are used."""
    db, clock, config = ground.db, ground.clock, ground.config
    own_id = ground.keyring.first.key_id
    finder = by_zeroconf(own_id, config.host) if config.lan_announce else alone
    stock = Stock(db, clock, ReleaseShelf(config.root / FOLDER))
    arrivals = Arrivals(
        db, clock, stock, where_from, kinds, Neighbourhood(own_id, config.port, finder)
    )
    releases = Releases(db, clock, stock, kinds, where_from)
    return releases, Slice(
        package="node.releases",
        routes=(*web.ROUTES,),
        keep=(Kept(web.RELEASES, releases), Kept(web.GIVING, stock.giving)),
        nav=(
            Place(
                85,
                NavItem(
                    "/admin/releases",
                    _("배포받은 자료"),
                    "download",
                    Group.ADMINISTRATION,
                    phone=False,
                ),
                lambda asker: asker.is_administrator,
            ),
        ),
        cards=releases.cards,
        cards_rank=80,
        acts=ACTS,
        details=DETAILS,
        heard_by={
            ReleaseActivated: hearing.staff,
            ReleaseReady: hearing.staff,
            ReleaseRefused: hearing.staff,
        },
        province=(affair(releases),),
        works=jobs.works(releases),
        settles=(stock.settle,),
        lives=(lambda: jobs.running(arrivals),),
    )
