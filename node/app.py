"""The one place where a school's node is wired: `build(config)`, top to bottom in floor order."""

import contextlib
from collections.abc import AsyncIterator
from importlib.metadata import version
from pathlib import Path

from aiohttp import web

from kit import audit
from kit.blobs import Blobs
from kit.card import NavItem
from kit.clock import Clock, SystemClock
from kit.db import Database, Tx, connect
from kit.i18n import _
from kit.jobs import Jobs
from kit.moves import Moves
from kit.outbox import Outbox
from kit.schema import migrate
from kit.signin.service import SignIn
from kit.signin.web import SIGNIN
from kit.web import page, proxy, setup
from kit.web.keys import CLOCK, DB, JOBS, MOVES, OUTBOX, Visitor
from kit.web.live import LISTENER
from models.messages import Kind as ReleaseKind
from node import asked, nightly
from node.access_log import jobs as access_log_jobs
from node.access_log.access import ACCESS_LOG
from node.access_log.service import FOLDER as ACCESS_LOG_FOLDER
from node.access_log.service import AccessLog
from node.assistant import jobs as assistant_jobs
from node.assistant import web as assistant_web
from node.assistant.adoption import Adoption
from node.assistant.line import Line
from node.assistant.service import Assistant
from node.backup import BackUp
from node.config import NodeConfig, school_id
from node.doctor import DOCTOR, Doctor
from node.drive import api as drive_api
from node.drive import jobs as drive_jobs
from node.drive import upload_web as drive_upload_web
from node.drive import web as drive_web
from node.drive.model import Limits
from node.drive.service import Drive
from node.federation import jobs as federation_jobs
from node.federation import store as federation_store
from node.federation import web as federation_web
from node.federation.inbound import Told
from node.federation.joining import School
from node.federation.service import Federation, Parts
from node.forms import jobs as forms_jobs
from node.forms import results_web as forms_results_web
from node.forms import web as forms_web
from node.forms.service import Forms
from node.held import HELD
from node.home import jobs as home_jobs
from node.home import web as home_web
from node.home.service import Home, Offers
from node.keys import TLS, Keyring
from node.ledger import jobs as ledger_jobs
from node.ledger.audit_heads import AuditHeads
from node.ledger.service import Ledger
from node.messenger import homeserver, passage
from node.messenger import jobs as messenger_jobs
from node.messenger import web as messenger_web
from node.messenger.accounts import Accounts
from node.messenger.model import Colleague, Identity
from node.messenger.moderation import Moderation
from node.messenger.portal import Portal
from node.messenger.push import Gateways
from node.messenger.server import Settings as MessengerSettings
from node.messenger.service import Messenger
from node.newsletters import api as newsletters_api
from node.newsletters import desk_web as newsletters_desk_web
from node.newsletters import jobs as newsletters_jobs
from node.newsletters import web as newsletters_web
from node.newsletters.service import Newsletters
from node.notify import jobs as notify_jobs
from node.notify import web as notify_web
from node.notify.mail import Mailer, MailServer
from node.notify.messages import Messages
from node.notify.service import Notify
from node.official import jobs as official_jobs
from node.official import web as official_web
from node.official.service import Official
from node.people import desk_web as people_desk_web
from node.people import jobs as people_jobs
from node.people import web as people_web
from node.people.access import beyond_own_class
from node.people.model import Asker
from node.people.service import People
from node.people.session import ASKERS, Askers
from node.people.session import middleware as asker_middleware
from node.privacy import cases_web as privacy_cases_web
from node.privacy import jobs as privacy_jobs
from node.privacy import requests_web as privacy_requests_web
from node.privacy import web as privacy_web
from node.privacy.cases import Cases
from node.privacy.copies import FOLDER as PRIVACY_FOLDER
from node.privacy.copies import Copies
from node.privacy.service import Privacy
from node.releases import jobs as releases_jobs
from node.releases import web as releases_web
from node.releases.lan import alone, by_zeroconf
from node.releases.model import Province
from node.releases.service import FOLDER as RELEASES_FOLDER
from node.releases.service import Releases
from node.search import jobs as search_jobs
from node.search import web as search_web
from node.search.service import Search

ROOM = Path(__file__).parent
SCHEMA_VERSION = 4
SCHEMA_COMPAT = 4
LARGEST_REQUEST = 40 * 1024 * 1024  # bytes: an attachment of 30 MB and its form

# Each slice's migrations, in floor order.
MIGRATIONS = (
    "kit",
    "kit.signin",
    "node.access_log",
    "node.people",
    "node.ledger",
    "node.forms",
    "node.newsletters",
    "node.official",
    "node.drive",
    "node.search",
    "node.notify",
    "node.messenger",
    "node.releases",
    "node.federation",
    "node.assistant",
    "node.privacy",
)

# In the order in which they are taken into use: no handbook waits for a large model to open.
RELEASE_KINDS: tuple[ReleaseKind, ...] = ("knowledge", "model")

CONFIG = web.AppKey("config", NodeConfig)


class Ground:
    """What every slice of a node stands on."""

    def __init__(self, config: NodeConfig, clock: Clock) -> None:
        self.config = config
        self.clock = clock
        self.keyring = Keyring(config.keys)
        self.db = connect(f"sqlite:{config.database}")
        self.outbox = Outbox(self.db, clock)
        self.jobs = Jobs(self.db, clock)
        self.moves = Moves(self.db, clock)
        self.blobs = Blobs(config.blobs)
        self.signin = SignIn(
            self.db,
            clock,
            public_url=config.public_url,
            site_name=config.school_name,
            idle_days=config.session_idle_days,
        )
        self.school = School(
            id=school_id(config),
            name=config.school_name,
            kind=config.school_kind,
            software=f"madang {version('madang')}",
        )
        site = page.Site(name=config.school_name, kind="school", telephone=config.telephone)
        self.shell = page.Shell(site, [ROOM], _navigation)


def build(config: NodeConfig, clock: Clock | None = None) -> web.Application:
    """The node as an aiohttp application. Nothing is opened before it starts."""
    ground = Ground(config, clock or SystemClock())
    app = web.Application(client_max_size=LARGEST_REQUEST)
    app[CONFIG] = config
    app[MOVES] = ground.moves
    setup.install(
        app,
        shell=ground.shell,
        db=ground.db,
        clock=ground.clock,
        outbox=ground.outbox,
        jobs=ground.jobs,
        signin=ground.signin,
        title=f"Madang node · {config.school_name}",
        version=version("madang"),
    )
    if config.behind_proxy:
        app.middlewares.insert(0, proxy.middleware)
    people, ledger = _foundation(app, ground)
    forms, newsletters, official = _acting(app, ground, people, ledger)
    messenger = _messenger(app, ground)
    releases = _releases(app, ground)
    told = Told(ledger, official, messenger, releases)
    messages, federation = _reacting(app, ground, newsletters, told)
    drive = _drive(app, ground)
    assistant = _assistant(app, ground, releases)
    messenger.answer = assistant.answer_in_messenger
    privacy, cases, copies = _privacy(app, ground, ledger)
    offering = (
        forms,
        newsletters,
        official,
        drive,
        messages,
        assistant,
        federation,
        releases,
        people,
        privacy,
        cases,
    )
    _home(app, ground, offering)
    app.cleanup_ctx.append(_running)
    app.cleanup_ctx.append(lambda app: access_log_jobs.taking_over(app, app[ACCESS_LOG]))
    app.cleanup_ctx.append(lambda app: people_jobs.running(app, people))
    app.cleanup_ctx.append(lambda app: federation_jobs.conversation(app, federation))
    app.cleanup_ctx.append(lambda app: drive_jobs.reading(app, drive))
    app.cleanup_ctx.append(lambda app: privacy_jobs.making(app, copies))
    app.cleanup_ctx.append(lambda app: search_jobs.renewing(app, app[search_web.SEARCH]))
    messenger.elsewhere = _elsewhere
    messenger.school_names = federation_store.school_names
    app.cleanup_ctx.append(lambda app: releases_jobs.running(app, releases))
    app.cleanup_ctx.append(lambda app: assistant_jobs.running(app, assistant))
    app.cleanup_ctx.append(lambda app: messenger_jobs.running(app, messenger))
    app.cleanup_ctx.append(_jobs)  # last: a missed job may run as soon as all it needs is there
    return app


def _foundation(app: web.Application, ground: Ground) -> tuple[People, Ledger]:
    """The log of who looked; people, and the ledger of what they signed."""
    db, clock, jobs, config = ground.db, ground.clock, ground.jobs, ground.config
    access_log = app[ACCESS_LOG] = AccessLog(
        db,
        clock,
        config.root / ACCESS_LOG_FOLDER,
        kept_days=config.access_log_days,
        beyond_own_class=beyond_own_class,
    )
    access_log_jobs.schedule(jobs, access_log)
    app[ASKERS] = Askers(db, clock)
    app.middlewares.append(asker_middleware)
    people = app[people_web.PEOPLE] = People(
        db, clock, ground.signin, ground.keyring.invitation_secret(), config.public_url
    )
    app.add_routes([*people_web.ROUTES, *people_desk_web.ROUTES])
    people_jobs.schedule(jobs, people)

    ledger = Ledger(db, clock, ground.keyring, ground.school.id)
    audit_heads = AuditHeads(db, clock, ledger, ground.school.id)
    ledger_jobs.schedule(jobs, ledger, audit_heads)
    app[DOCTOR] = Doctor(ground.config, clock, MIGRATIONS)

    asked.of_log(app[DOCTOR], ledger, audit_heads)
    return people, ledger


def _acting(
    app: web.Application, ground: Ground, people: People, ledger: Ledger
) -> tuple[Forms, Newsletters, Official]:
    """What a school does: forms, newsletters, official notices."""
    db, clock, jobs, school = ground.db, ground.clock, ground.jobs, ground.school
    forms = app[forms_web.FORMS] = Forms(
        db, clock, ground.blobs, ledger, people, school_id=school.id, school_name=school.name
    )
    app.add_routes([*forms_web.ROUTES, *forms_results_web.ROUTES])
    forms_jobs.schedule(jobs, forms)

    newsletters = app[newsletters_web.NEWSLETTERS] = Newsletters(db, clock, ground.blobs, forms)
    app.add_routes([*newsletters_desk_web.ROUTES, *newsletters_web.ROUTES, *newsletters_api.ROUTES])
    newsletters_jobs.schedule(jobs, newsletters)
    newsletters_jobs.move(ground.moves)
    asked.of_rows(app[DOCTOR], forms, newsletters)

    official = app[official_web.OFFICIAL] = Official(db, clock, newsletters)
    app[official_web.FILES] = newsletters
    app.add_routes(official_web.ROUTES)
    official_jobs.schedule(jobs, official)
    return forms, newsletters, official


def _drive(app: web.Application, ground: Ground) -> Drive:
    """The staff's files."""
    config = ground.config
    limits = Limits(config.drive_quota_mb * 1024**2, config.drive_shared_quota_mb * 1024**2)
    drive = app[drive_web.DRIVE] = Drive(ground.db, ground.clock, Blobs(config.drive), limits)
    app.add_routes([*drive_web.ROUTES, *drive_upload_web.ROUTES, *drive_api.ROUTES])
    drive_jobs.schedule(ground.jobs, drive)
    return drive


def _reacting(
    app: web.Application,
    ground: Ground,
    newsletters: Newsletters,
    told: Told,
) -> tuple[Messages, Federation]:
    """Those who hear of what happened: search, notify, federation."""
    db, clock, jobs, config = ground.db, ground.clock, ground.jobs, ground.config
    search = app[search_web.SEARCH] = Search(db, clock)
    app.add_routes(search_web.ROUTES)
    ground.outbox.subscribe("search", search_jobs.subscriptions(search))
    search_jobs.schedule(jobs, search)
    asked.of_search(app[DOCTOR], search)

    mailer = _mailer(config, db, clock, ground.shell)
    notify = app[notify_web.NOTIFY] = Notify(db, clock, mails=mailer is not None)
    messages = app[notify_web.MESSAGES] = Messages(db, clock)
    app[notify_web.NOTIFY_LETTERS] = newsletters
    app[notify_web.PUBLIC_URL] = config.public_url
    app.add_routes(notify_web.ROUTES)
    ground.outbox.subscribe("notify", notify_jobs.subscriptions(notify))
    notify_jobs.schedule(jobs, notify, mailer)
    notify_jobs.move(ground.moves)

    parts = Parts(
        db=db,
        clock=clock,
        jobs=jobs,
        blobs=ground.blobs,
        keyring=ground.keyring,
        data_dir=config.root,
        school=ground.school,
        telephone=config.telephone,
        told=told,
    )
    federation = app[federation_web.FEDERATION] = Federation(parts)
    app.add_routes(federation_web.ROUTES)
    federation_jobs.schedule(jobs, federation)
    if config.lan_announce:
        facts = {"url": config.public_url, "id": ground.keyring.first.key_id}
        name = ground.school.name
        app.cleanup_ctx.append(
            lambda app: federation_jobs.announcement(app, name, config.host, config.port, facts)
        )
    return messages, federation


def _messenger(app: web.Application, ground: Ground) -> Messenger:
    """The staff's messenger."""
    config = ground.config

    async def who_we_are() -> Identity | None:
        found = await ground.db.read(federation_store.membership)
        if found is None:
            return None
        grant = found.grant
        return Identity(grant.server_name, grant.certificate_pem, grant.hub.ca_chain_pem)

    settings = MessengerSettings(
        folder=config.root / homeserver.FOLDER,
        key=config.keys / TLS,
        host=config.messenger_host,
        port=config.messenger_port,
        upload_mb=config.messenger_upload_mb,
    )
    messenger = Messenger(
        ground.db,
        ground.clock,
        ground.signin,
        school_id=ground.school.id,
        school_name=ground.school.name,
        public_url=config.public_url.rstrip("/"),
        address=config.messenger_address,
        settings=settings if config.messenger else None,
        clients=frozenset(config.messenger_clients.lower().split()),
        who_we_are=who_we_are,
    )
    if messenger.is_on:
        app.middlewares.insert(int(config.behind_proxy), passage.middleware(messenger))
    app[messenger_web.MESSENGER] = messenger
    portal = app[messenger_web.PORTAL] = Portal(messenger)
    app[messenger_web.MODERATION] = Moderation(ground.db, ground.clock, messenger, portal)
    app[messenger_web.GATEWAYS] = Gateways(ground.db, ground.clock)
    app[messenger_web.ACCOUNTS] = Accounts(ground.db, ground.clock, messenger)
    app.add_routes(messenger_web.ROUTES)
    ground.outbox.subscribe("messenger", messenger_jobs.subscriptions(messenger))
    return messenger


def _elsewhere(tx: Tx, text: str, limit: int) -> list[Colleague]:
    """Staff of the province's other schools, for the messenger."""
    return [
        Colleague(one.matrix_id, one.name, one.position, one.department, one.school_name)
        for one in federation_store.find_staff(tx, text, limit)
    ]


def _kinds_used(config: NodeConfig) -> tuple[ReleaseKind, ...]:
    """The kinds of releases that the assistant takes from the province: none where it is off or
    has its own."""
    own = {"model": config.assistant_model, "knowledge": config.assistant_knowledge}
    return tuple(kind for kind in RELEASE_KINDS if config.assistant and not own[kind])


def _releases(app: web.Application, ground: Ground) -> Releases:
    """What comes from the province for the assistant."""
    config = ground.config

    async def where_from() -> Province | None:
        found = await ground.db.read(federation_store.membership)
        if found is None or found.standing != "active":
            return None
        grant = found.grant
        url = config.releases_url or grant.hub.urls[0]
        return Province(
            url.rstrip("/"),
            grant.hub.ca_chain_pem,
            grant.tuf_root or "",
            is_mirror=bool(config.releases_url),
        )

    releases = app[releases_web.RELEASES] = Releases(
        ground.db,
        ground.clock,
        config.root / RELEASES_FOLDER,
        own_id=ground.keyring.first.key_id,
        province=where_from,
        kinds=_kinds_used(config),
        finder=by_zeroconf(ground.keyring.first.key_id, config.host)
        if config.lan_announce
        else alone,
        port=config.port,
    )
    app.add_routes(releases_web.ROUTES)
    releases_jobs.schedule(ground.jobs, releases)
    return releases


def _assistant(app: web.Application, ground: Ground, releases: Releases) -> Assistant:
    """The assistant and its worker's line."""
    config = ground.config
    own: dict[ReleaseKind, str] = {
        "model": config.assistant_model,
        "knowledge": config.assistant_knowledge,
    }
    line = None
    if config.assistant:
        line = Line(
            ground.db,
            config.root / "assistant",
            memory_mb=config.assistant_memory_mb,
            releases={kind: Path(folder) for kind, folder in own.items() if folder},
        )
    assistant = app[assistant_web.ASSISTANT] = Assistant(
        ground.db,
        ground.clock,
        app[search_web.SEARCH],
        line,
        config.public_url.rstrip("/"),
    )
    if line is not None:
        assistant.adoption = Adoption(ground.db, line, releases, _kinds_used(config))
    app.add_routes(assistant_web.ROUTES)
    ground.outbox.subscribe("assistant", assistant_jobs.subscriptions(assistant))
    assistant_jobs.schedule(ground.jobs, assistant)
    return assistant


def _privacy(app: web.Application, ground: Ground, ledger: Ledger) -> tuple[Privacy, Cases, Copies]:
    """What the privacy officer sees and does; what people ask of their data."""
    db, clock = ground.db, ground.clock
    privacy = app[privacy_web.PRIVACY] = Privacy(db, clock, app[ACCESS_LOG], ledger)
    cases = app[privacy_cases_web.CASES] = Cases(db, clock)
    copies = app[privacy_cases_web.COPIES] = Copies(
        db,
        clock,
        ground.config.root / PRIVACY_FOLDER,
        cases,
        HELD,
        ground.shell.environment("ko").get_template("privacy/copy.html"),
    )
    app.add_routes([*privacy_web.ROUTES, *privacy_cases_web.ROUTES, *privacy_requests_web.ROUTES])
    privacy_jobs.schedule(ground.jobs, copies)
    return privacy, cases, copies


def _home(app: web.Application, ground: Ground, offering: tuple[Offers, ...]) -> None:
    """The front page and the administrator's pages."""
    home = app[home_web.HOME] = Home(ground.db, ground.clock)
    for service in offering:
        home.offer(service)
    back_up = app[home_web.BACK_UP] = BackUp(ground.config, ground.clock)
    asked.of_what_runs(
        app[DOCTOR],
        ground.clock,
        moves=ground.moves,
        back_up=back_up,
        access_log=app[ACCESS_LOG],
        drive=app[drive_web.DRIVE],
        messenger=lambda: app[messenger_web.MESSENGER],
        accounts=lambda: app[messenger_web.ACCOUNTS],
        federation=app[federation_web.FEDERATION],
    )
    nightly.schedule(
        ground.jobs,
        ground.db,
        MIGRATIONS,
        app[drive_web.DRIVE].missing,
        has_engine=ground.config.assistant,
    )
    app[LISTENER] = home_web.listener
    app.add_routes(home_web.ROUTES)
    home_jobs.schedule(
        ground.jobs, ground.signin, ground.outbox, back_up, ground.config.backup_hour
    )


def _mailer(config: NodeConfig, db: Database, clock: Clock, shell: page.Shell) -> Mailer | None:
    """The school's mail, where a server was set."""
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
        db,
        clock,
        server,
        school=config.school_name,
        public_url=config.public_url,
        catalogues=shell.catalogues,
    )


def _navigation(request: web.Request, visitor: Visitor) -> list[NavItem]:
    """What stands in the navigation of this asker, slices in the order people look for them."""
    if not isinstance(visitor, Asker):
        return []
    slices = (
        newsletters_web,
        official_web,
        forms_web,
        drive_web,
        search_web,
        notify_web,
        federation_web,
        releases_web,
        people_web,
        privacy_web,
        home_web,
    )
    items = [NavItem("/", _("홈"), "home")]
    for one in slices:
        items += one.nav(visitor)
        if one is search_web and request.app[assistant_web.ASSISTANT].is_on:
            items += assistant_web.nav(visitor)
        if one is drive_web and request.app[messenger_web.MESSENGER].is_on:
            items += messenger_web.nav(visitor)
    return items


@contextlib.asynccontextmanager
async def open_database(app: web.Application) -> AsyncIterator[None]:
    """The database of a built node, brought up to date; for commands that do not serve."""
    await app[DB].open()
    try:
        await migrate(app[DB], MIGRATIONS, app[CLOCK], SCHEMA_VERSION, SCHEMA_COMPAT)
        await audit.begin(app[DB], app[CLOCK])
        await app[federation_web.FEDERATION].settle_keys()
        yield
    finally:
        await app[DB].close()
        app[SIGNIN].close()


async def _running(app: web.Application) -> AsyncIterator[None]:
    """Opens the database and starts those who hear of events; ends in reverse."""
    async with open_database(app):
        await app[OUTBOX].start()
        await app[MOVES].start()
        yield
        await app[MOVES].stop()
        await app[OUTBOX].stop()


async def _jobs(app: web.Application) -> AsyncIterator[None]:
    """Cleanup context: the periodic work."""
    await app[JOBS].start()
    yield
    await app[JOBS].stop()
