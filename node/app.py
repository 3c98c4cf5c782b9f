"""The one place where a school's node is wired: `build(config)`, top to bottom in floor order."""

import contextlib
from collections.abc import AsyncIterator
from importlib.metadata import version
from pathlib import Path

from aiohttp import web

from kit.blobs import Blobs
from kit.card import NavItem
from kit.clock import Clock, SystemClock
from kit.db import connect
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
from node.config import NodeConfig
from node.doctor import DOCTOR, Doctor
from node.home import jobs as home_jobs
from node.home import web as home_web
from node.home.service import Home
from node.keys import node_keys
from node.people import desk_web as people_desk_web
from node.people import jobs as people_jobs
from node.people import web as people_web
from node.people.model import Asker
from node.people.service import People
from node.people.session import ASKERS, Askers
from node.people.session import middleware as asker_middleware

ROOM = Path(__file__).parent
SCHEMA_VERSION = 1
SCHEMA_COMPAT = 1
LARGEST_REQUEST = 40 * 1024 * 1024  # bytes: an attachment of 30 MB and its form

# Each slice's migrations, in floor order.
MIGRATIONS = ("kit", "kit.signin", "node.people")

CONFIG = web.AppKey("config", NodeConfig)
BLOBS = web.AppKey("blobs", Blobs)


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
    blobs = app[BLOBS] = Blobs(config.blobs)
    signin = SignIn(
        db,
        clock,
        public_url=config.public_url,
        site_name=config.school_name,
        idle_days=config.session_idle_days,
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

    # home: the front page and the administrator's pages
    home = app[home_web.HOME] = Home(db, clock)
    home.offer(people)
    app[home_web.BACK_UP] = BackUp(config, clock)
    app[DOCTOR] = Doctor(config, clock)
    app[LISTENER] = home_web.listener
    app.add_routes(home_web.ROUTES)
    home_jobs.schedule(jobs, signin, app[home_web.BACK_UP], config.backup_hour)

    app.cleanup_ctx.append(_running)
    return app


def _navigation(request: web.Request, visitor: Visitor) -> list[NavItem]:
    """What stands in the navigation of this asker, slices in the order people look for them."""
    if not isinstance(visitor, Asker):
        return []
    return [
        NavItem("/", _("홈"), "home"),
        *people_web.nav(visitor),
        *home_web.nav(visitor),
    ]


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
