"""Pages of groups, and of who is in them."""

import msgspec
from aiohttp import web

from kit.i18n import _
from kit.signin.fresh import RIGHTS, within
from kit.web import page
from kit.web.forms import read_form, read_query
from node.access_log.access import looked, shows
from node.access_log.model import What
from node.people.session import asker_of
from node.people.web import PEOPLE

ROUTES = web.RouteTableDef()
_ID = "{id:[0-9a-f]{20}}"


class GroupQuery(msgspec.Struct):
    """`q`: how the name of somebody begins who may be put into the group."""

    q: str = ""


class GroupForm(msgspec.Struct):
    name: str
    kind: str = ""


class MemberForm(msgspec.Struct):
    person_id: str
    member: bool = True


@ROUTES.get("/admin/groups")
async def groups(request: web.Request) -> web.Response:
    asker = await asker_of(request)
    found = await request.app[PEOPLE].groups.lines(asker)
    return await page.render_apart(request, "people/groups.html", groups=found)


@ROUTES.post("/admin/groups")
async def add_group(request: web.Request) -> web.Response:
    asker = await asker_of(request)
    form = await read_form(request, GroupForm)
    group_id = await request.app[PEOPLE].groups.add(asker, form.name, form.kind)
    return page.see_other(request, f"/admin/groups/{group_id}", flash=_("추가했습니다."))


@ROUTES.get(f"/admin/groups/{_ID}")
@shows(What.LIST)
async def group_page(request: web.Request) -> web.Response:
    asker = await asker_of(request)
    query = read_query(request, GroupQuery)
    people = request.app[PEOPLE]
    found, members = await people.groups.members(asker, request.match_info["id"])
    matching = (await people.search(asker, query.q, "", "")).people if query.q else []
    shown = [*(one.id for one in members), *(one.id for one in matching)]
    looked(request, title=found.name, persons=shown)
    return await page.render_apart(
        request, "people/group.html", group=found, members=members, q=query.q, matching=matching
    )


@ROUTES.post(f"/admin/groups/{_ID}/members")
@within(RIGHTS)
async def set_member(request: web.Request) -> web.Response:
    asker = await asker_of(request)
    form = await read_form(request, MemberForm)
    group_id = request.match_info["id"]
    await request.app[PEOPLE].groups.set_member(asker, group_id, form.person_id, form.member)
    return page.see_other(request, f"/admin/groups/{group_id}", flash=_("저장했습니다."))
