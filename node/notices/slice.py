"""Notices and mail join the server."""

from collections.abc import Sequence
from functools import partial

from kit.card import Group, NavItem, Place
from kit.i18n import _
from kit.slice import Kept
from node.ground import Ground
from node.notices import accounts, jobs, web
from node.notices.about import about
from node.notices.mail import Mailer
from node.notices.saying import Sayings
from node.notices.service import Notices
from node.notices.trial import MailTrial
from node.slice import Slice


def join(ground: Ground, slices: Sequence[Slice]) -> tuple[Notices, Slice]:
    """`slices`: the list of all that join, those above too, who say what was told of their things."""
    sayings = Sayings(slices)
    db, clock, settings = ground.db, ground.clock, ground.settings
    catalogues = ground.shell.catalogues
    mailer = Mailer(db, clock, settings, sayings, catalogues)
    trial = MailTrial(clock, settings, catalogues)
    notices = Notices(db, clock, sayings, settings, trial)
    return notices, Slice(
        package="node.notices",
        routes=(*web.ROUTES,),
        keep=(Kept(web.NOTICES, notices),),
        nav=(
            Place(
                70,
                NavItem("/notifications", _("알림"), "bell", Group.NEWS, phone=False),
                lambda _asker: True,
            ),
        ),
        cards=notices.cards,
        cards_rank=10,  # below what families and staff have to do, above what the school has
        noticed=(accounts.NOTICED,),
        works=jobs.works(notices, mailer),
        settles=(mailer.begin_life,),
        held=partial(about, sayings=sayings),
    )
