"""The staff's messenger joins the server."""

from collections.abc import Sequence

from kit.card import NavItem, Place
from kit.finding import AtOnce, Finding, Running
from kit.i18n import _
from kit.slice import Kept
from kit.web.stages import Stage
from node.assistant.service import Assistant
from node.ground import Ground
from node.keys import TLS
from node.messenger import about, checks, jobs, web
from node.messenger.accounts import Accounts
from node.messenger.acts import ACTS
from node.messenger.bot.answering import Answering
from node.messenger.doors import passage
from node.messenger.doors.push import Gateways
from node.messenger.portal.moderation import Moderation
from node.messenger.portal.portal import Portal
from node.messenger.province import affair
from node.messenger.server import Settings
from node.messenger.service import Messenger, Province
from node.messenger.synapse import homeserver
from node.slice import Slice


def join(
    ground: Ground, province: Province, assistant: Assistant, slices: Sequence[Slice]
) -> tuple[Messenger, Slice]:
    """`province`: what whoever speaks with the province knows of it; `slices`: those of whose things
    something is said."""
    tellings = [telling for one in slices for telling in one.told]
    config = ground.config
    settings = Settings(
        folder=config.root / homeserver.FOLDER,
        key=config.keys / TLS,
        host=config.messenger_host,
        port=config.messenger_port,
        upload_mb=config.messenger_upload_mb,
    )
    public_url = config.public_url.rstrip("/")
    messenger = Messenger(
        ground.db,
        ground.clock,
        ground.signin,
        school_id=ground.school.id,
        school_name=ground.school.name,
        public_url=public_url,
        address=config.messenger_address,
        settings=settings if config.messenger else None,
        clients=frozenset(config.messenger_clients.lower().split()),
        province=province,
        answer=Answering(ground.db, assistant, public_url),
        tellings=tellings,
    )
    portal = Portal(messenger)
    accounts = Accounts(ground.db, ground.clock, messenger)

    async def of_accounts() -> list[Finding]:
        return checks.of_accounts(await accounts.compare())

    return messenger, Slice(
        package="node.messenger",
        routes=(*web.ROUTES,),
        keep=(
            Kept(web.MESSENGER, messenger),
            Kept(web.PORTAL, portal),
            Kept(web.MODERATION, Moderation(ground.db, ground.clock, messenger, portal)),
            Kept(web.GATEWAYS, Gateways(ground.db, ground.clock)),
            Kept(web.ACCOUNTS, accounts),
        ),
        middlewares=((Stage.OUTER, passage.middleware(messenger)),) if messenger.is_on else (),
        nav=(
            Place(
                51,
                NavItem("/messenger", _("메신저"), "send"),
                lambda asker: messenger.is_on and asker.is_staff,
            ),
        ),
        acts=ACTS,
        hears=jobs.subscriptions(messenger, tellings),
        province=(affair(messenger),),
        lives=(lambda: jobs.running(messenger),),
        checks=(
            AtOnce(lambda _tx: checks.of_messenger(messenger.standing())),
            Running(of_accounts),
        ),
        held=about.about,
    )
