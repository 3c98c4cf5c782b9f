"""Pages of what the office keeps: duties with their deputies, who is away, what waits for nobody."""

import msgspec
from aiohttp import web

from kit.i18n import _
from kit.seen import seen_of
from kit.signin.fresh import DECISIONS, RIGHTS, within
from kit.web import page
from kit.web.forms import read_form
from node.access_log.access import shows
from node.access_log.model import What
from node.approval.absence import ABSENCE_LABELS, Absence, AbsenceKind
from node.approval.duties import Duty
from node.approval.model import Matter
from node.approval.office import Absences, Duties, OwnerlessList
from node.approval.web import MATTERS
from node.people.session import asker_of

ROUTES = web.RouteTableDef()
DUTIES = web.AppKey("duties", Duties)
ABSENCES = web.AppKey("absences", Absences)
OWNERLESS = web.AppKey("ownerless", OwnerlessList)
_ROW = "{id:[a-z0-9_-]{1,60}}"


class NewDuty(msgspec.Struct):
    title: str


class DutyForm(msgspec.Struct):
    title: str = ""
    holders: list[str] = []
    deputies: list[str] = []
    seen: str = ""


class SeenForm(msgspec.Struct):
    seen: str = ""


class AbsenceForm(msgspec.Struct):
    kind: AbsenceKind
    from_on: str
    until_on: str
    person_id: str = ""
    stand_in_id: str = ""


class EntrustForm(msgspec.Struct):
    kind: str
    id: str
    person_id: str


@ROUTES.get("/approval/duties")
async def duties(request: web.Request) -> web.Response:
    """Who has which duty, and who deputises: for all staff."""
    view = await request.app[DUTIES].view(await asker_of(request))
    return page.render(
        request, "approval/duties.html", view=view, seen=seen_of(view.version), tab="duties"
    )


@ROUTES.get(f"/approval/duties/{_ROW}")
async def duty(request: web.Request) -> web.Response:
    """A row of the table, to change it."""
    asker = await asker_of(request)
    view, row = await request.app[DUTIES].row(asker, request.match_info["id"])
    return page.render(
        request, "approval/duty.html", view=view, row=row, seen=seen_of(view.version)
    )


@ROUTES.post("/approval/duties")
@within(RIGHTS)
async def add_duty(request: web.Request) -> web.Response:
    asker = await asker_of(request)
    form = await read_form(request, NewDuty)
    duty_id = await request.app[DUTIES].add(asker, form.title)
    return page.see_other(
        request, f"/approval/duties/{duty_id}", flash=_("추가했습니다. 담당자를 정해 주세요.")
    )


@ROUTES.post(f"/approval/duties/{_ROW}")
@within(RIGHTS)
async def set_duty(request: web.Request) -> web.Response:
    asker = await asker_of(request)
    form = await read_form(request, DutyForm)
    service = request.app[DUTIES]
    _view, row = await service.row(asker, request.match_info["id"])
    given = Duty(row.by, form.title, _given(form.holders), _given(form.deputies))
    await service.set_row(asker, given, form.seen)
    return page.see_other(request, "/approval/duties", flash=_("저장했습니다."))


@ROUTES.post(f"/approval/duties/{_ROW}/remove")
@within(RIGHTS)
async def remove_duty(request: web.Request) -> web.Response:
    asker = await asker_of(request)
    form = await read_form(request, SeenForm)
    await request.app[DUTIES].remove(asker, request.match_info["id"], form.seen)
    return page.see_other(
        request, "/approval/duties", flash=_("삭제했습니다. ‘변경 되돌리기’로 되살릴 수 있습니다.")
    )


@ROUTES.post("/approval/undo")
@within(RIGHTS)
async def undo(request: web.Request) -> web.Response:
    """Back to the table before the last change."""
    asker = await asker_of(request)
    form = await read_form(request, SeenForm)
    await request.app[DUTIES].undo(asker, form.seen)
    return page.see_other(request, "/approval/duties", flash=_("마지막 변경을 되돌렸습니다."))


@ROUTES.get("/approval/absences")
async def absences(request: web.Request) -> web.Response:
    """One's own absences, who else is away, what deputies decided meanwhile."""
    view = await request.app[ABSENCES].view(await asker_of(request))
    return page.render(
        request, "approval/absences.html", view=view, kinds=ABSENCE_LABELS, tab="absences"
    )


@ROUTES.post("/approval/absences")
@within(DECISIONS)
async def enter_absence(request: web.Request) -> web.Response:
    asker = await asker_of(request)
    form = await read_form(request, AbsenceForm)
    person_id = form.person_id or asker.id
    entered = Absence("", person_id, "", form.kind, form.from_on, form.until_on, form.stand_in_id)
    await request.app[ABSENCES].enter(asker, entered)
    return page.see_other(
        request,
        "/approval/absences",
        flash=_("등록했습니다. 부재 기간의 결재는 대결자에게 전달됩니다."),
    )


@ROUTES.post("/approval/absences/{id:[0-9a-f]{20}}/remove")
async def end_absence(request: web.Request) -> web.Response:
    asker = await asker_of(request)
    await request.app[ABSENCES].end(asker, request.match_info["id"])
    return page.see_other(
        request,
        "/approval/absences",
        flash=_("부재를 삭제했습니다. 대기 중인 결재가 본인에게 돌아옵니다."),
    )


@ROUTES.get("/approval/ownerless")
@shows(What.LIST)
async def ownerless(request: web.Request) -> web.Response:
    """What waits for nobody, to find somebody for it."""
    asker = await asker_of(request)
    waiting, staff = await request.app[OWNERLESS].view(asker)
    matters = request.app[MATTERS]
    lines = [(one, matters.label(one.kind), matters.href(one.kind, one.id)) for one in waiting]
    return page.render(
        request, "approval/ownerless.html", lines=lines, staff=staff, tab="ownerless"
    )


@ROUTES.post("/approval/ownerless")
@within(DECISIONS)
async def entrust(request: web.Request) -> web.Response:
    asker = await asker_of(request)
    form = await read_form(request, EntrustForm)
    matter = Matter(form.kind, form.id)
    await request.app[OWNERLESS].entrust(asker, matter, form.person_id)
    return page.see_other(request, "/approval/ownerless", flash=_("결재자를 지정했습니다."))


def _given(chosen: list[str]) -> tuple[str, ...]:
    """What was chosen in fields of which some stay empty."""
    return tuple(filter(None, chosen))
