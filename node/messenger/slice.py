"""The staff's messenger joins the server."""

from collections.abc import Sequence

from kit.card import Group, NavItem, Place
from kit.finding import AtOnce, Finding, WhileRunning
from kit.i18n import _
from kit.slice import Kept
from kit.web.stages import Stage
from node.assistant.service import Assistant
from node.ground import Ground
from node.keys import TLS
from node.messenger import (
    about,
    accounts_web,
    checks,
    clients_web,
    jobs,
    members_web,
    messages_web,
    web,
)
from node.messenger.accounts import Accounts
from node.messenger.acts import ACTS, DETAILS
from node.messenger.addresses import AddressBook
from node.messenger.allowing import Allowing
from node.messenger.bot.answering import BotAnswers
from node.messenger.bot.posts import Posts
from node.messenger.bot.speaking import Voice
from node.messenger.doors import passage
from node.messenger.doors.entrance import Entrance
from node.messenger.doors.push import Gateways
from node.messenger.life import Life
from node.messenger.model import Identity
from node.messenger.portal.devices import Devices
from node.messenger.portal.files import RoomFiles
from node.messenger.portal.members import RoomMembers
from node.messenger.portal.moderation import Moderation
from node.messenger.portal.portal import Portal
from node.messenger.portal.reading import ReadReceipts
from node.messenger.portal.responding import Responding
from node.messenger.portal.searching import RoomSearch
from node.messenger.province import affair
from node.messenger.server import Server, Settings
from node.messenger.service import Messenger, ProvinceKnown
from node.messenger.synapse import homeserver
from node.slice import Slice


def join(
    ground: Ground, province: ProvinceKnown, assistant: Assistant, slices: Sequence[Slice]
) -> tuple[Messenger, Slice]:
    """`province`: what whoever speaks with the province knows of it; `slices`: those of whose things
    something is said."""
    db, clock, config = ground.db, ground.clock, ground.config
    tellings = [telling for one in slices for telling in one.told]
    posts = Posts(clock, tellings, is_on=config.messenger)
    voice = Voice(BotAnswers(db, assistant, ground.signin), posts.title)
    addresses = AddressBook(db, ground.school.id)
    entrance = Entrance(db, clock, ground.signin)

    def build(identity: Identity) -> Server:
        return Server(db, clock, settings_of(ground), identity, addresses, entrance, voice)

    life = Life(
        db,
        clock,
        ground.school.name,
        addresses,
        province.identity,
        build if config.messenger else None,
    )
    messenger = Messenger(
        db, ground.school.name, ground.signin, province, addresses, entrance, life
    )
    portal = Portal(messenger)
    accounts = Accounts(db, clock, messenger)
    clients = frozenset(config.messenger_clients.lower().split())

    async def of_accounts() -> list[Finding]:
        return checks.of_accounts(await accounts.compare())

    return messenger, Slice(
        package="node.messenger",
        routes=(
            *web.ROUTES,
            *members_web.ROUTES,
            *messages_web.ROUTES,
            *clients_web.ROUTES,
            *accounts_web.ROUTES,
        ),
        keep=(
            Kept(web.MESSENGER, messenger),
            Kept(web.PORTAL, portal),
            Kept(web.MEMBERS, RoomMembers(portal)),
            Kept(web.MODERATION, Moderation(db, clock, messenger, portal)),
            Kept(clients_web.ALLOWING, Allowing(db, clock, messenger, clients)),
            Kept(accounts_web.GATEWAYS, Gateways(db, clock)),
            Kept(messages_web.FILES, RoomFiles(messenger, portal)),
            Kept(messages_web.READING, ReadReceipts(portal)),
            Kept(messages_web.RESPONDING, Responding(portal)),
            Kept(messages_web.SEARCHING, RoomSearch(portal)),
            Kept(clients_web.ACCOUNTS, accounts),
            Kept(clients_web.DEVICES, Devices(messenger, portal)),
        ),
        middlewares=((Stage.OUTER, passage.middleware(messenger)),) if life.is_on else (),
        nav=(
            Place(
                51,
                NavItem("/messenger", _("메신저"), "send", Group.WORK),
                lambda asker: life.is_on and asker.is_staff,
            ),
        ),
        acts=ACTS,
        details=DETAILS,
        hears=jobs.subscriptions(posts, tellings, ground.signin),
        province=(affair(messenger, ground.school.id),),
        lives=(lambda: jobs.running(life),),
        checks=(
            AtOnce(lambda _tx: checks.of_messenger(life.standing())),
            WhileRunning(of_accounts),
        ),
        held=about.about,
    )


def settings_of(ground: Ground) -> Settings:
    """Where this node keeps its server, and where that listens."""
    config = ground.config
    return Settings(
        folder=config.root / homeserver.FOLDER,
        key=config.keys / TLS,
        host=config.messenger_host,
        port=config.messenger_port,
        address=config.messenger_address,
        public_url=ground.signin.public_url,
        upload_mb=config.messenger_upload_mb,
    )
