"""Reach, reminders and mail join the server."""

from kit.card import NavItem, Place
from kit.i18n import _
from kit.slice import Kept
from node.ground import Ground
from node.newsletters.service import Newsletters
from node.notify import about, jobs, web
from node.notify.acts import ACTS
from node.notify.mail import Mailer, MailServer
from node.notify.messages import Messages
from node.notify.model import Reminded
from node.notify.service import Notify
from node.people import hearing
from node.slice import Slice


def join(ground: Ground, newsletters: Newsletters) -> tuple[Notify, Slice]:
    mailer = _mailer(ground)
    notify = Notify(ground.db, ground.clock, mails=mailer is not None)
    messages = Messages(ground.db, ground.clock)
    return notify, Slice(
        package="node.notify",
        routes=(*web.ROUTES,),
        keep=(
            Kept(web.NOTIFY, notify),
            Kept(web.MESSAGES, messages),
            Kept(web.NOTIFY_LETTERS, newsletters),
            Kept(web.PUBLIC_URL, ground.config.public_url),
        ),
        nav=(
            Place(
                70, NavItem("/notifications", _("알림"), "bell", phone=False), lambda _asker: True
            ),
        ),
        cards=messages.cards,
        acts=ACTS,
        hears=jobs.subscriptions(notify),
        heard_by={Reminded: hearing.staff},
        works=jobs.works(notify, mailer),
        moves=jobs.MOVES,
        held=about.about,
    )


def _mailer(ground: Ground) -> Mailer | None:
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
        school=config.school_name,
        public_url=config.public_url,
        catalogues=ground.shell.catalogues,
    )
