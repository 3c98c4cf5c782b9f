"""Pages of whoever asks: a request about one's own or one's child's data, its answer, the copy."""

import msgspec
from aiohttp import web

from kit.i18n import _
from kit.signin.fresh import RIGHTS, within
from kit.web import download, page
from kit.web.forms import read_form
from kit.web.keys import CLOCK
from kit.wording import spoken
from node.people.session import asker_of
from node.privacy.case import CaseKind
from node.privacy.cases_web import CASES, COPIES, ZIP, copy_name, kinds

ROUTES = web.RouteTableDef()
_ID = "{id:[0-9a-f]{20}}"


class CaseForm(msgspec.Struct):
    kind: CaseKind
    person: str
    details: str = ""


@ROUTES.get("/privacy/requests")
async def own(request: web.Request) -> web.Response:
    """What the asker asked for, and the form to ask."""
    asker = await asker_of(request)
    cases = await request.app[CASES].own(asker)
    persons = [(asker.id, asker.name)]
    language = page.language(request)
    persons += [
        (one.student_id, f"{one.name} ({spoken(one.class_name, language)})")
        for one in asker.children
    ]
    return await page.render_apart(
        request,
        "privacy/requests.html",
        cases=cases,
        persons=persons,
        kinds=kinds(request),
    )


@ROUTES.post("/privacy/requests")
async def ask(request: web.Request) -> web.Response:
    asker = await asker_of(request)
    form = await read_form(request, CaseForm)
    case_id = await request.app[CASES].ask(asker, form.kind, form.person, form.details)
    return page.see_other(
        request,
        f"/privacy/requests/{case_id}",
        flash=_("접수했습니다. 10일 안에 결과를 알려 드립니다."),
    )


@ROUTES.get(f"/privacy/requests/{_ID}")
async def own_case(request: web.Request) -> web.Response:
    """A request of the asker's, and how it stands."""
    asker = await asker_of(request)
    view = await request.app[CASES].own_case(asker, request.match_info["id"])
    copy, now = view.copy, request.app[CLOCK].now()
    is_released = copy is not None and copy.is_released(now)
    return page.render(
        request,
        "privacy/request.html",
        case=view.case,
        steps=view.steps,
        left=view.case.days_left(now),
        is_refused=view.case.state == "refused",
        copy_until=copy.ends_at if copy is not None and is_released else None,
    )


@ROUTES.get(f"/privacy/requests/{_ID}/copy")
@within(RIGHTS)
async def own_copy(request: web.Request) -> web.StreamResponse:
    """The copy, once the officer has released it."""
    asker, case_id = await asker_of(request), request.match_info["id"]
    path = await request.app[COPIES].fetch_own(asker, case_id)
    view = await request.app[CASES].own_case(asker, case_id)
    return download.send(path, copy_name(view.case), ZIP)
