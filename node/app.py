"""The one place where a school's node is wired: `build(config)`, top to bottom in floor order."""

import contextlib
from collections.abc import AsyncIterator
from importlib.metadata import version
from pathlib import Path

from aiohttp import web

from kit.blobs import Blobs
from kit.card import NavItem
from kit.clock import Clock, SystemClock
from kit.db import Database, Tx, connect
from kit.i18n import _
from kit.jobs import Jobs
from kit.outbox import Outbox
from kit.schema import migrate
from kit.signin.service import SignIn
from kit.signin.web import SIGNIN
from kit.web import page, setup
from kit.web.keys import CLOCK, DB, JOBS, OUTBOX, Visitor
from kit.web.live import LISTENER
from node.backup import BackUp
from node.config import NodeConfig, school_id
from node.doctor import DOCTOR, Doctor, Finding, Level
from node.federation import jobs as federation_jobs
from node.federation import web as federation_web
from node.federation.joining import School
from node.federation.service import Federation, Parts
from node.forms import web as forms_web
from node.forms.service import Forms
from node.home import jobs as home_jobs
from node.home import web as home_web
from node.home.service import Home
from node.keys import node_keys
from node.ledger import jobs as ledger_jobs
from node.ledger.service import Ledger
from node.newsletters import api as newsletters_api
from node.newsletters import desk_web as newsletters_desk_web
from node.newsletters import jobs as newsletters_jobs
from node.newsletters import web as newsletters_web
from node.newsletters.service import Newsletters
from node.notify import jobs as notify_jobs
from node.notify import web as notify_web
from node.notify.mail import Mailer, MailServer
from node.notify.service import Notify
from node.official import jobs as official_jobs
from node.official import web as official_web
from node.official.service import Official
from node.people import desk_web as people_desk_web
from node.people import jobs as people_jobs
from node.people import web as people_web
from node.people.model import Asker
from node.people.service import People
from node.people.session import ASKERS, Askers
from node.people.session import middleware as asker_middleware
from node.search import jobs as search_jobs
from node.search import web as search_web
from node.search.service import Search

ROOM = Path(__file__).parent
SCHEMA_VERSION = 1
SCHEMA_COMPAT = 1
LARGEST_REQUEST = 40 * 1024 * 1024  # bytes: an attachment of 30 MB and its form

# Each slice's migrations, in floor order.
MIGRATIONS = (
    "kit",
    "kit.signin",
    "node.people",
    "node.ledger",
    "node.forms",
    "node.newsletters",
    "node.official",
    "node.search",
    "node.notify",
    "node.federation",
)

CONFIG = web.AppKey("config", NodeConfig)


def build(config: NodeConfig, clock: Clock | None = None) -> web.Application:
    """The node as an aiohttp application. Nothing is opened before it starts."""
    clock = clock or SystemClock()
    app = web.Application(client_max_size=LARGEST_REQUEST)
    app[CONFIG] = config

    # kit: what everything stands on
    keys = node_keys(config.keys)
    db = connect(f"sqlite:{config.database}")
    outbox = Outbox(db, clock)
    jobs = Jobs(db, clock)
    blobs = Blobs(config.blobs)
    signin = SignIn(
        db,
        clock,
        public_url=config.public_url,
        site_name=config.school_name,
        idle_days=config.session_idle_days,
    )
    school = School(
        id=school_id(config),
        name=config.school_name,
        kind=config.school_kind,
        software=f"madang {version('madang')}",
    )
    site = page.Site(name=config.school_name, kind="school", telephone=config.telephone)
    shell = page.Shell(site, [ROOM], _navigation)
    setup.install(
        app,
        shell=shell,
        db=db,
        clock=clock,
        outbox=outbox,
        jobs=jobs,
        signin=signin,
        title=f"Madang node · {config.school_name}",
        version=version("madang"),
    )

    # people
    app[ASKERS] = Askers(db, clock)
    app.middlewares.append(asker_middleware)
    people = app[people_web.PEOPLE] = People(db, clock, signin, keys, config.public_url)
    app.add_routes([*people_web.ROUTES, *people_desk_web.ROUTES])
    people_jobs.schedule(jobs, people)

    # ledger: signed records, their log, receipts
    ledger = Ledger(db, clock, keys, school.id)
    ledger_jobs.schedule(jobs, ledger)

    # forms
    forms = app[forms_web.FORMS] = Forms(
        db, clock, blobs, ledger, people, school_id=school.id, school_name=school.name
    )
    app.add_routes(forms_web.ROUTES)

    # newsletters
    newsletters = app[newsletters_web.NEWSLETTERS] = Newsletters(db, clock, blobs, forms)
    app.add_routes([*newsletters_desk_web.ROUTES, *newsletters_web.ROUTES, *newsletters_api.ROUTES])
    newsletters_jobs.schedule(jobs, newsletters)

    # official notices
    official = app[official_web.OFFICIAL] = Official(db, clock, newsletters)
    app[official_web.FILES] = newsletters
    app.add_routes(official_web.ROUTES)
    official_jobs.schedule(jobs, official)

    # search
    search = app[search_web.SEARCH] = Search(db)
    app.add_routes(search_web.ROUTES)
    outbox.subscribe("search", search_jobs.subscriptions(search))

    # notify: the reach ledger, reminders, mail
    mailer = _mailer(config, db, clock, shell)
    notify = app[notify_web.NOTIFY] = Notify(db, clock, mails=mailer is not None)
    app[notify_web.NOTIFY_LETTERS] = newsletters
    app[notify_web.PUBLIC_URL] = config.public_url
    app.add_routes(notify_web.ROUTES)
    outbox.subscribe("notify", notify_jobs.subscriptions(notify))
    notify_jobs.schedule(jobs, notify, mailer)

    # federation: the conversation with the province
    parts = Parts(
        db=db,
        clock=clock,
        jobs=jobs,
        blobs=blobs,
        keys=keys,
        data_dir=config.root,
        school=school,
        telephone=config.telephone,
        ledger=ledger,
        official=official,
    )
    federation = app[federation_web.FEDERATION] = Federation(parts)
    app.add_routes(federation_web.ROUTES)
    federation_jobs.schedule(jobs, federation)

    # home: the front page and the administrator's pages
    home = app[home_web.HOME] = Home(db, clock)
    for service in (forms, newsletters, official, notify, federation, people):
        home.offer(service)
    app[home_web.BACK_UP] = BackUp(config, clock)
    app[DOCTOR] = Doctor(config, clock)
    app[DOCTOR].ask(lambda tx: _ledger_findings(ledger, tx))
    app[LISTENER] = home_web.listener
    app.add_routes(home_web.ROUTES)
    home_jobs.schedule(jobs, signin, app[home_web.BACK_UP], config.backup_hour)

    app.cleanup_ctx.append(_running)
    app.cleanup_ctx.append(lambda app: federation_jobs.conversation(app, federation))
    return app


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


def _ledger_findings(ledger: Ledger, tx: Tx) -> list[Finding]:
    """The doctor's question to the ledger: does the log still hold what was signed?"""
    faults = ledger.check(tx)
    if not faults:
        return [Finding(Level.OK, _("동의 기록이 서명된 그대로입니다."))]
    return [
        Finding(
            Level.DANGER,
            _("동의 기록 %(count)s곳이 서명된 뒤에 바뀌었습니다."),
            _("누가 데이터베이스를 고쳤는지 확인하고, 바뀌기 전의 백업을 지우지 말고 보관하세요."),
            {"count": len(faults)},
        )
    ]


def _navigation(request: web.Request, visitor: Visitor) -> list[NavItem]:
    """What stands in the navigation of this asker, slices in the order people look for them."""
    if not isinstance(visitor, Asker):
        return []
    slices = (
        newsletters_web,
        official_web,
        forms_web,
        search_web,
        notify_web,
        federation_web,
        people_web,
        home_web,
    )
    items = [NavItem("/", _("홈"), "home")]
    for one in slices:
        items += one.nav(visitor)
    return items


@contextlib.asynccontextmanager
async def open_database(app: web.Application) -> AsyncIterator[None]:
    """The database of a built node, brought up to date; for commands that do not serve."""
    await app[DB].open()
    try:
        await migrate(app[DB], MIGRATIONS, app[CLOCK], SCHEMA_VERSION, SCHEMA_COMPAT)
        yield
    finally:
        await app[DB].close()
        app[SIGNIN].close()


async def _running(app: web.Application) -> AsyncIterator[None]:
    """Opens the database and starts what runs by itself; ends in reverse."""
    async with open_database(app):
        await app[OUTBOX].start()
        await app[JOBS].start()
        yield
        await app[JOBS].stop()
        await app[OUTBOX].stop()
