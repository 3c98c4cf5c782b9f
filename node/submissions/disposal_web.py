"""Pages on which the administrator has papers disposed of whose period of retention is over."""

import msgspec
from aiohttp import web

from kit.i18n import _
from kit.problem import Invalid
from kit.signin.fresh import RIGHTS, within
from kit.web import page
from kit.web.forms import read_form
from node.people.access import require_role
from node.people.model import Role
from node.people.session import asker_of
from node.submissions.disposing import Disposing

ROUTES = web.RouteTableDef()
DISPOSING = web.AppKey("disposing", Disposing)


class DisposalForm(msgspec.Struct):
    due: list[str] = []


@ROUTES.get("/submissions/disposal")
async def disposal(request: web.Request) -> web.Response:
    """What is due, and what was disposed of."""
    asker = await asker_of(request)
    due, disposals = await request.app[DISPOSING].due(asker)
    return page.render(request, "submissions/disposal.html", due=due, disposals=disposals)


@ROUTES.post("/submissions/disposal")
@within(RIGHTS)
async def approve(request: web.Request) -> web.Response:
    """Let what was marked be disposed of."""
    asker = await asker_of(request)
    require_role(asker, Role.ADMINISTRATOR)
    form = await read_form(request, DisposalForm)
    if not form.due:
        raise Invalid({"due": _("파기할 서류를 선택해 주세요.")})
    count = await request.app[DISPOSING].approve(asker, form.due)
    return page.see_other(
        request,
        "/submissions/disposal",
        flash=_("%(count)s건의 파기를 승인했습니다. 잠시 뒤부터 나누어 파기합니다."),
        count=count,
    )
