"""The shared parts of a server's application: middlewares, static files, health, metrics."""

import ipaddress
import logging
from collections.abc import Iterator

import msgspec
from aiohttp import web
from aiohttp.typedefs import Handler
from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, generate_latest
from prometheus_client.metrics_core import GaugeMetricFamily, Metric
from prometheus_client.registry import Collector

from kit.clock import Clock, monotonic
from kit.db import Database, StorageFailed
from kit.i18n import LANGUAGES
from kit.jobs import Jobs
from kit.outbox import Outbox
from kit.problem import NotFound
from kit.signin import fresh_web
from kit.signin import web as signin_web
from kit.signin.service import SignIn
from kit.web import answers, csrf, encoding, headers, live, page, problems, unsent
from kit.web.forms import read_form
from kit.web.keys import CLOCK, DB, JOBS, OUTBOX
from kit.web.openapi import describe, json_response
from kit.web.pending import Pending

access_log = logging.getLogger("access")


class LanguageForm(msgspec.Struct):
    lang: str
    next: str = "/"


class Health(msgspec.Struct, omit_defaults=True):
    """`reason`: why the database does not read, in its own words."""

    status: str
    version: str
    reason: str = ""


class Metrics:
    """What Prometheus collects."""

    def __init__(self, db: Database) -> None:
        self.registry = CollectorRegistry()
        labels = ("method", "route", "status")
        self.requests = Counter(
            "madang_requests_total", "Requests answered", labels, registry=self.registry
        )
        self.seconds = Histogram(
            "madang_request_seconds",
            "Time to answer",
            ("route",),
            registry=self.registry,
            buckets=(0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10),
        )
        units = Gauge("madang_db_units_total", "Units of work written", registry=self.registry)
        units.set_function(lambda: db.units_written)
        commits = Gauge("madang_db_commits_total", "Durable commits", registry=self.registry)
        commits.set_function(lambda: db.commits)
        self.registry.register(_SlowestUnits(db))


class _SlowestUnits(Collector):
    """How long the slowest run of each unit of work held the writer."""

    def __init__(self, db: Database) -> None:
        self._db = db

    def collect(self) -> Iterator[Metric]:
        family = GaugeMetricFamily(
            "madang_db_unit_slowest_seconds", "Longest run of a writing unit", labels=("unit",)
        )
        for name, took in dict(self._db.slowest).items():
            family.add_metric((name,), took)
        yield family


METRICS = web.AppKey("metrics", Metrics)
VERSION = web.AppKey("version", str)
TITLE = web.AppKey("title", str)


def install(
    app: web.Application,
    *,
    shell: page.Shell,
    db: Database,
    clock: Clock,
    outbox: Outbox,
    jobs: Jobs,
    signin: SignIn,
    title: str,
    version: str,
) -> None:
    """Add the shared parts, but for MIDDLEWARES: the stages around them are `kit.web.assembly`'s."""
    app[page.SHELL] = shell
    app[DB] = db
    app[CLOCK] = clock
    app[OUTBOX] = outbox
    app[JOBS] = jobs
    app[signin_web.SIGNIN] = signin
    app[live.LIVE] = live.Live(db)
    app[METRICS] = Metrics(db)
    app[VERSION] = version
    app[TITLE] = title
    app[unsent.PENDING] = Pending(clock)
    app[answers.ANSWERS] = Pending(clock)
    app.on_response_prepare.append(headers.add)
    app.add_routes([*signin_web.ROUTES, *fresh_web.ROUTES])
    app.router.add_get("/static/{hash}/{path:.+}", shell.static.serve)
    app.router.add_get("/answers/{id}", answers.show)
    app.router.add_post("/language", set_language)
    app.router.add_get("/live", live.stream)
    app.router.add_get("/healthz", healthz)
    app.router.add_get("/metrics", metrics)
    app.router.add_get("/api/openapi.json", openapi)


@web.middleware
async def _measure(request: web.Request, handler: Handler) -> web.StreamResponse:
    begun = monotonic()
    status = 500
    try:
        response = await handler(request)
        status = response.status
        return response
    except web.HTTPException as refusal:
        status = refusal.status
        raise
    finally:
        took = monotonic() - begun
        resource = request.match_info.route.resource
        route = resource.canonical if resource is not None else "unknown"
        found = request.app[METRICS]
        found.requests.labels(request.method, route, str(status)).inc()
        if route != "/live":
            found.seconds.labels(route).observe(took)
        access_log.debug(
            "request",
            extra={
                "method": request.method,
                "path": request.path,
                "status": status,
                "ms": round(took * 1000, 1),
            },
        )


MIDDLEWARES = (
    _measure,
    encoding.middleware,
    unsent.tell_script,
    problems.middleware,
    csrf.middleware,
    signin_web.middleware,
    unsent.middleware,
    fresh_web.middleware,
    answers.middleware,
)
"""Those of every page, the outermost first."""


async def set_language(request: web.Request) -> web.Response:
    """POST /language"""
    form = await read_form(request, LanguageForm)
    response = page.see_other(request, page.local_path(form.next))
    chosen = form.lang if form.lang in LANGUAGES else "ko"
    response.set_cookie(
        page.LANGUAGE_COOKIE, chosen, max_age=365 * 86400, samesite="Lax", httponly=True
    )
    return response


async def healthz(request: web.Request) -> web.Response:
    """GET /healthz: 200 when the database reads; 503 when not, or when a page met a damaged part of
    it since the start, with what SQLite said."""
    db = request.app[DB]
    try:
        await db.read(lambda tx: tx.value("SELECT count(*) FROM kit_meta"))
        reason = db.damage
    except StorageFailed as failed:
        reason = failed.reason or failed.code
    except db.driver.failures as error:
        reason = str(error)
    if not reason:
        return json_response(Health("ok", request.app[VERSION]))
    said = reason if db.driver.name == "sqlite" else ""  # a server's words may name hosts
    return json_response(Health("database unavailable", request.app[VERSION], said), 503)


async def metrics(request: web.Request) -> web.Response:
    """GET /metrics: for this machine only; a collector elsewhere comes through a tunnel or proxy."""
    try:
        here = ipaddress.ip_address(request.remote or "").is_loopback
    except ValueError:
        here = False
    if not here or "X-Forwarded-For" in request.headers:
        raise NotFound()
    text = generate_latest(request.app[METRICS].registry)
    return web.Response(body=text, headers={"Content-Type": "text/plain; version=0.0.4"})


async def openapi(request: web.Request) -> web.Response:
    """GET /api/openapi.json"""
    return json_response(describe(request.app, request.app[TITLE], request.app[VERSION]))
