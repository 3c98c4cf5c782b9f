"""The page of the rules of decision: all staff read it, approvers and the administrator set it."""

import msgspec
from aiohttp import web

from kit.i18n import _
from kit.problem import NotFound
from kit.seen import seen_of
from kit.signin.fresh import RIGHTS, within
from kit.web import page
from kit.web.forms import read_form
from node.approval.access import is_ruler
from node.approval.matters import Matters
from node.approval.model import Rules
from node.approval.service import Approval
from node.people.access import require_staff
from node.people.session import asker_of

ROUTES = web.RouteTableDef()
APPROVAL = web.AppKey("approval", Approval)
MATTERS = web.AppKey("matters", Matters)


class RulesForm(msgspec.Struct):
    own_class_at_once: bool = False
    own_group_at_once: bool = False
    grade_by_head: bool = False
    school_by_head: bool = False
    seen: str = ""


class LineForm(msgspec.Struct):
    kind: str
    steps: list[str] = []
    seen: str = ""


@ROUTES.get("/newsletters/rules")
async def rules(request: web.Request) -> web.Response:
    """Who may decide alone at this school."""
    asker = await asker_of(request)
    require_staff(asker)
    approval = request.app[APPROVAL]
    current = await approval.current_rules()
    lines, choices = await approval.line_settings()
    return page.render(
        request,
        "approval/rules.html",
        rules=current,
        seen=seen_of(current),
        may_change=is_ruler(asker),
        kinds=request.app[MATTERS].lines,
        lines=lines,
        choices=choices,
        lines_seen=seen_of(lines),
        tab="rules",
    )


@ROUTES.post("/newsletters/rules")
@within(RIGHTS)
async def set_rules(request: web.Request) -> web.Response:
    asker = await asker_of(request)
    form = await read_form(request, RulesForm)
    chosen = Rules(
        own_class_at_once=form.own_class_at_once,
        own_group_at_once=form.own_group_at_once,
        grade_by_head=form.grade_by_head,
        school_by_head=form.school_by_head,
    )
    await request.app[APPROVAL].set_rules(asker, chosen, form.seen)
    return page.see_other(request, "/newsletters/rules", flash=_("저장했습니다."))


@ROUTES.post("/newsletters/rules/line")
@within(RIGHTS)
async def set_line(request: web.Request) -> web.Response:
    """The approval line of a kind; none: any approver decides."""
    asker = await asker_of(request)
    form = await read_form(request, LineForm)
    if form.kind not in request.app[MATTERS].lines:
        raise NotFound()
    steps = [step for step in form.steps if step]
    await request.app[APPROVAL].set_line(asker, form.kind, steps, form.seen)
    return page.see_other(request, "/newsletters/rules", flash=_("저장했습니다."))
