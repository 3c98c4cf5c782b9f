"""Notices and mail join the server."""

from collections.abc import Sequence
from functools import partial

from kit.card import NavItem, Place
from kit.i18n import _
from kit.slice import Kept
from node.ground import Ground
from node.notices import accounts, jobs, web
from node.notices.about import about
from node.notices.mail import Mailer, MailServer
from node.notices.saying import Sayings
from node.notices.service import Notices
from node.slice import Slice


def join(ground: Ground, slices: Sequence[Slice]) -> tuple[Notices, Slice]:
    """`slices`: the list of all that join, those above too, who say what was told of their things."""
    sayings = Sayings(slices)
    mailer = _mailer(ground, sayings)
    notices = Notices(ground.db, ground.clock, sayings, mails=mailer is not None)
    return notices, Slice(
        package="node.notices",
        routes=(*web.ROUTES,),
        keep=(Kept(web.NOTICES, notices),),
        nav=(
            Place(
                70, NavItem("/notifications", _("알림"), "bell", phone=False), lambda _asker: True
            ),
        ),
        cards=notices.cards,
        cards_rank=10,  # below what families and staff have to do, above what the school has
        noticed=(accounts.NOTICED,),
        works=jobs.works(notices, mailer),
        held=partial(about, sayings=sayings),
    )


def _mailer(ground: Ground, sayings: Sayings) -> Mailer | None:
    """The school's mail, where a server was set."""
    config = ground.config
    if not config.smtp_host:
        return None
    server = MailServer(
        host=config.smtp_host,
        port=config.smtp_port,
        sender=config.smtp_sender,
        user=config.smtp_user,
        password=config.smtp_password,
        security=config.smtp_security,
    )
    return Mailer(
        ground.db,
        ground.clock,
        server,
        sayings,
        school=config.school_name,
        public_url=config.public_url,
        catalogues=ground.shell.catalogues,
    )
