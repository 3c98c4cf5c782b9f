"""The front page and the administrator's pages: audit log, jobs, system."""

import msgspec
from aiohttp import web

from kit.archive.keeping import BackUp
from kit.archive.model import BackupError
from kit.card import Card
from kit.i18n import _
from kit.problem import NotFound
from kit.signin.fresh import RIGHTS, within
from kit.signin.web import session_now
from kit.web import download, page
from kit.web.forms import read_query
from kit.web.keys import ACTS, CLOCK, JOBS
from kit.web.live import HEARD_BY, Filter
from kit.web.openapi import api, json_response
from node import nightly
from node.access_log.access import looked, shows
from node.access_log.model import What
from node.current import CurrentSettings, missing
from node.doctor import DOCTOR
from node.home.service import Home
from node.people.access import require_role
from node.people.model import Asker, Role
from node.people.session import ASKERS, asker_of

ROUTES = web.RouteTableDef()
HOME = web.AppKey("home", Home)
BACK_UP = web.AppKey("back_up", BackUp)
CURRENT = web.AppKey("current", CurrentSettings)


class HomeQuery(msgspec.Struct):
    child: str = ""


class AuditQuery(msgspec.Struct):
    before: int | None = None


@ROUTES.get("/")
async def front(request: web.Request) -> web.Response:
    asker = await asker_of(request)
    query = read_query(request, HomeQuery)
    shown = await request.app[HOME].front(asker, query.child)
    return page.render_remembered(request, "home/front.html", shown=shown, child=query.child)


@ROUTES.get("/home/cards")
async def cards_alone(request: web.Request) -> web.Response:
    """What stands on the page without the page around it, for live reload."""
    asker = await asker_of(request)
    query = read_query(request, HomeQuery)
    shown = await request.app[HOME].front(asker, query.child)
    return page.render(request, "home/cards.html", shown=shown)


@ROUTES.get("/api/v1/home")
@api(summary="What asks for attention, the heaviest first", query=HomeQuery, answer=list[Card])
async def api_home(request: web.Request) -> web.Response:
    asker = await asker_of(request)
    query = read_query(request, HomeQuery)
    return json_response(await request.app[HOME].cards(asker, query.child))


async def listener(request: web.Request) -> tuple[str, Filter]:
    """Who listens on /live at this moment, and the tags of which events they may hear."""
    session = await session_now(request)
    asker = await request.app[ASKERS].of(session.account_id)
    return asker.id, request.app[HEARD_BY].filter(asker)


# The administrator's pages ------------------------------------------------------------------------


async def _administrator(request: web.Request) -> Asker:
    asker = await asker_of(request)
    require_role(asker, Role.ADMINISTRATOR)
    return asker


@ROUTES.get("/admin")
async def admin(request: web.Request) -> web.Response:
    await _administrator(request)
    lacking = missing(request.app[CURRENT].now)
    return page.render(request, "home/admin.html", missing=lacking)


@ROUTES.get("/admin/audit")
@shows(What.AUDIT)
async def audit_log(request: web.Request) -> web.Response:
    asker = await asker_of(request)
    query, acts = read_query(request, AuditQuery), request.app[ACTS]
    entries, names, people = await request.app[HOME].audit_log(asker, query.before, acts)
    looked(request, persons=people)
    return await page.render_apart(
        request,
        "home/audit.html",
        entries=entries,
        names=names,
        acts=acts,
    )


@ROUTES.get("/admin/jobs")
async def jobs(request: web.Request) -> web.Response:
    await _administrator(request)
    states = await request.app[JOBS].states()
    return page.render(request, "home/jobs.html", jobs=states, advice=nightly.advice)


@ROUTES.post("/admin/jobs/{name}/run")
async def run_job(request: web.Request) -> web.Response:
    await _administrator(request)
    name = request.match_info["name"]
    known = await request.app[JOBS].states()
    if name not in {state.name for state in known if state.next_run_at is not None}:
        raise NotFound()
    if await request.app[JOBS].run(name):
        return page.see_other(request, "/admin/jobs", flash=_("작업을 마쳤습니다."))
    return page.see_other(
        request,
        "/admin/jobs",
        flash=_("작업이 실패했습니다. 아래의 이유를 확인해 주세요."),
        kind="danger",
    )


@ROUTES.get("/admin/system")
async def system(request: web.Request) -> web.Response:
    await _administrator(request)
    app = request.app
    findings = await app[DOCTOR].examine_running(app)
    return page.render(
        request,
        "home/system.html",
        findings=findings,
        state=app[DOCTOR].state(app),
        backups=app[BACK_UP].existing(),
        now=app[CLOCK].now(),
    )


@ROUTES.post("/admin/system/backup")
async def back_up_now(request: web.Request) -> web.Response:
    await _administrator(request)
    try:
        made = await request.app[BACK_UP].make()
    except BackupError as error:
        return page.see_other(
            request, "/admin/system", flash=error.text, kind="danger", **error.params
        )
    return page.see_other(
        request, "/admin/system", flash=_("백업을 만들었습니다: %(name)s"), name=made.name
    )


@ROUTES.get("/admin/system/backups/{name}")
@within(RIGHTS)
@shows(What.BACKUP)
async def fetch_backup(request: web.Request) -> web.StreamResponse:
    await _administrator(request)
    found = request.app[BACK_UP].find(request.match_info["name"])
    if found is None:
        raise NotFound()
    looked(request, title=found.name)
    whole = await request.app[BACK_UP].whole(found)
    if whole is None:
        return download.send(found, found.name, "application/gzip")
    return download.pass_on(whole.pieces(), whole.size, found.name, "application/x-tar")
