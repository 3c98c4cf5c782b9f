"""Pages of school years and their classes."""

from itertools import groupby
from operator import attrgetter

import msgspec
from aiohttp import web

from kit.i18n import _
from kit.signin.fresh import RIGHTS, within
from kit.web import page
from kit.web.forms import read_form
from node.access_log.access import looked, shows
from node.access_log.model import What
from node.people.access import OFFICE
from node.people.session import asker_of
from node.people.web import PEOPLE

ROUTES = web.RouteTableDef()
_ID = "{id:[0-9a-f]{20}}"


class ClassForm(msgspec.Struct):
    grade: int
    number: int


class HomeroomForm(msgspec.Struct):
    person_id: str = ""
    seen: str = ""


class YearForm(msgspec.Struct):
    year: int


@ROUTES.get("/admin/classes")
async def classes(request: web.Request) -> web.Response:
    asker = await asker_of(request)
    people = request.app[PEOPLE]
    found = await people.classes.lines(asker)
    year, present = await people.classes.years(asker)
    return await page.render_apart(
        request, "people/classes.html", classes=found, year=year, present=present
    )


@ROUTES.post("/admin/classes")
async def add_class(request: web.Request) -> web.Response:
    asker = await asker_of(request)
    form = await read_form(request, ClassForm)
    await request.app[PEOPLE].classes.add(asker, form.grade, form.number)
    return page.see_other(request, "/admin/classes", flash=_("추가했습니다."))


@ROUTES.post("/admin/year")
@within(RIGHTS)
async def open_year(request: web.Request) -> web.Response:
    asker = await asker_of(request)
    form = await read_form(request, YearForm)
    await request.app[PEOPLE].classes.open_year(asker, form.year)
    return page.see_other(request, "/admin/classes", flash=_("학년도를 열었습니다."))


@ROUTES.get(f"/admin/classes/{_ID}")
@shows(What.LIST)
async def class_page(request: web.Request) -> web.Response:
    asker = await asker_of(request)
    people = request.app[PEOPLE]
    found, members = await people.classes.members(asker, request.match_info["id"])
    keeps = bool(asker.roles & set(OFFICE))
    staff = await people.staff(asker) if keeps else []
    shown = [one for line in members for one in (line.student_id, line.guardian_id)]
    looked(request, title=found.name, persons=shown)
    children = [list(lines) for _child, lines in groupby(members, attrgetter("student_id"))]
    return await page.render_apart(
        request, "people/class.html", one=found, children=children, staff=staff, keeps=keeps
    )


@ROUTES.post(f"/admin/classes/{_ID}/homeroom")
@within(RIGHTS)
async def set_homeroom(request: web.Request) -> web.Response:
    asker = await asker_of(request)
    form = await read_form(request, HomeroomForm)
    class_id = request.match_info["id"]
    await request.app[PEOPLE].classes.set_homeroom(
        asker, class_id, form.person_id or None, form.seen
    )
    return page.see_other(request, f"/admin/classes/{class_id}", flash=_("저장했습니다."))
