"""Lost and found joins the server."""

from kit.card import Group, NavItem, Place
from kit.i18n import _
from kit.slice import Kept
from node.belongings import about, jobs, store, web
from node.belongings.acts import ACTS, DETAILS
from node.belongings.findable import FINDABLE
from node.belongings.model import BelongingsChanged, BelongingsClaimed, BelongingsNoted
from node.belongings.service import Belongings
from node.files.pictures import Pictures
from node.files.service import Files
from node.ground import Ground
from node.people import hearing
from node.slice import Slice


def join(ground: Ground, files: Files) -> tuple[Belongings, Slice]:
    pictures = Pictures(ground.db, ground.blobs, files.let_go)
    belongings = Belongings(ground.db, ground.clock, files, pictures)
    return belongings, Slice(
        package="node.belongings",
        routes=(*web.ROUTES,),
        keep=(Kept(web.BELONGINGS, belongings),),
        nav=(
            Place(
                47,
                NavItem("/belongings", _("분실물"), "hand", Group.SCHOOL_LIFE, phone=False),
                lambda _asker: True,
            ),
        ),
        cards=belongings.cards,
        brings_cards=(BelongingsClaimed,),
        acts=ACTS,
        details=DETAILS,
        heard_by={
            BelongingsNoted: hearing.everybody,
            BelongingsChanged: hearing.everybody,
            BelongingsClaimed: hearing.person(lambda event: event.person_id),
        },
        findable=(FINDABLE,),
        holding=store.held,
        works=jobs.works(belongings),
        held=about.about,
    )
