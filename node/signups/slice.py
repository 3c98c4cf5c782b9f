"""Sign-ups join the server."""

from kit.card import Group, NavItem, Place
from kit.i18n import _
from kit.slice import Kept
from node.ground import Ground
from node.ledger.service import Ledger
from node.notices.service import Notices
from node.people import hearing
from node.signups import about, dated, desk_web, jobs, web
from node.signups.acts import ACTS, DETAILS
from node.signups.findable import FINDABLE
from node.signups.model import (
    EntryPromoted,
    PlacesAdded,
    SignupChanged,
    SignupOpened,
    SignupPublished,
    SignupSettled,
    SignupWithdrawn,
)
from node.signups.noticed import SIGNUPS_NOTICED
from node.signups.service import Signups
from node.slice import Slice


def join(ground: Ground, ledger: Ledger, notices: Notices) -> tuple[Signups, Slice]:
    signups = Signups(ground.db, ground.clock, ledger, notices, school=ground.school)
    return signups, Slice(
        package="node.signups",
        routes=(*desk_web.ROUTES, *web.ROUTES),
        keep=(Kept(web.SIGNUPS, signups),),
        nav=(
            Place(
                35,
                NavItem("/signups", _("모집·신청"), "list-checks", Group.REQUESTS, phone=False),
                lambda asker: asker.is_guardian or asker.is_staff,
            ),
        ),
        cards=signups.cards,
        brings_cards=(SignupPublished, SignupSettled, EntryPromoted),
        acts=ACTS,
        details=DETAILS,
        hears=jobs.hears(signups),
        heard_by={
            # Who looks for a place hears of what was published and drawn, not of everybody else's press:
            # in a rush every phone would ask anew for each of the others.
            SignupChanged: hearing.staff,
            PlacesAdded: hearing.staff,
            EntryPromoted: hearing.answer(
                lambda event: event.student_id, lambda event: event.guardian_id
            ),
            SignupPublished: hearing.everybody,
            SignupOpened: hearing.everybody,
            SignupSettled: hearing.everybody,
            SignupWithdrawn: hearing.everybody,
        },
        findable=(FINDABLE,),
        noticed=(SIGNUPS_NOTICED,),
        dated=dated.dates,
        works=jobs.works(signups),
        held=about.about,
    )
