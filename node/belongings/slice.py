"""Lost and found joins the server."""

from kit.card import Group, NavItem, Place
from kit.i18n import _
from kit.slice import Kept
from node.belongings import about, jobs, losses_web, store, web
from node.belongings.acts import ACTS, DETAILS
from node.belongings.findable import FINDABLE
from node.belongings.losses import Losses
from node.belongings.model import (
    BelongingsChanged,
    BelongingsClaimed,
    BelongingsNoted,
    LossMatched,
    LossReported,
)
from node.belongings.noticed import BELONGINGS_NOTICED
from node.belongings.service import Belongings
from node.files.pictures import Pictures
from node.files.service import Files
from node.ground import Ground
from node.notices.service import Notices
from node.people import hearing
from node.slice import Slice


def join(ground: Ground, files: Files, notices: Notices) -> tuple[Belongings, Slice]:
    pictures = Pictures(ground.db, ground.blobs, files.let_go)
    belongings = Belongings(ground.db, ground.clock, files, pictures)
    losses = Losses(ground.db, ground.clock, notices)
    return belongings, Slice(
        package="node.belongings",
        routes=(*web.ROUTES, *losses_web.ROUTES),
        keep=(Kept(web.BELONGINGS, belongings), Kept(losses_web.LOSSES, losses)),
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
            LossReported: hearing.person(lambda event: event.person_id),
            LossMatched: hearing.person(lambda event: event.person_id),
        },
        findable=(FINDABLE,),
        holding=store.held,
        noticed=(BELONGINGS_NOTICED,),
        works=jobs.works(belongings, losses),
        held=about.about,
    )
