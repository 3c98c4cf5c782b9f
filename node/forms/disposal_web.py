"""Pages on which the administrator has consents disposed of whose period of retention is over."""

import msgspec
from aiohttp import web

from kit.i18n import _
from kit.problem import Invalid
from kit.signin.fresh import RIGHTS, within
from kit.web import download, page
from kit.web.forms import posted, read_form
from node.forms.disposing import MOST_YEARS, FormDisposing
from node.people.access import require_role
from node.people.model import Role
from node.people.session import asker_of
from node.questions.model import BASIS_LABELS, LegalBasis
from protocol.receipts import FILE_SUFFIX, to_file

ROUTES = web.RouteTableDef()
DISPOSING = web.AppKey("form_disposing", FormDisposing)
PLACE = "/forms/disposal"


class FormsToDispose(msgspec.Struct):
    due: list[str] = []


@ROUTES.get(PLACE)
async def disposal(request: web.Request) -> web.Response:
    """What is due, what was disposed of, and for how long forms are kept."""
    asker = await asker_of(request)
    due, disposals = await request.app[DISPOSING].due(asker)
    return page.render(
        request,
        "forms/disposal.html",
        due=due,
        disposals=disposals,
        years=await request.app[DISPOSING].years(asker),
        labels=BASIS_LABELS,
        most=MOST_YEARS,
    )


@ROUTES.post(PLACE)
@within(RIGHTS)
async def approve(request: web.Request) -> web.Response:
    """Let what was marked be disposed of."""
    asker = await asker_of(request)
    require_role(asker, Role.ADMINISTRATOR)
    form = await read_form(request, FormsToDispose)
    if not form.due:
        raise Invalid({"due": _("파기할 동의서를 선택해 주세요.")})
    count = await request.app[DISPOSING].approve(asker, form.due)
    return page.see_other(
        request,
        PLACE,
        flash=_("동의서 %(count)s건의 파기를 승인했습니다. 잠시 뒤부터 나누어 파기합니다."),
        count=count,
    )


@ROUTES.post(PLACE + "/years")
@within(RIGHTS)
async def set_years(request: web.Request) -> web.Response:
    """For how many years forms are kept that do not say so themselves."""
    asker = await asker_of(request)
    require_role(asker, Role.ADMINISTRATOR)
    sent = await posted(request)
    years = {}
    for basis in LegalBasis:
        typed = str(sent.get(f"years-{basis}", "")).strip()
        if not (typed.isascii() and typed.isdecimal() and int(typed[:4]) <= MOST_YEARS):
            raise Invalid({f"years-{basis}": _("0부터 100까지의 숫자를 입력해 주세요.")})
        years[basis] = int(typed)
    await request.app[DISPOSING].set_years(asker, years)
    return page.see_other(
        request, PLACE, flash=_("보존 기간을 저장했습니다. 파기 대상은 내일 다시 찾습니다.")
    )


@ROUTES.get(PLACE + "/{disposal}/proof")
async def proof(request: web.Request) -> web.Response:
    """The record of a disposal as a file that anybody can verify."""
    asker = await asker_of(request)
    found = await request.app[DISPOSING].proof(asker, request.match_info["disposal"])
    name = f"disposal-{found.school_id}-{found.leaf_index}{FILE_SUFFIX}"
    return download.made(to_file(found), name, "application/json")
