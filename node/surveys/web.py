"""Pages of those who are asked: what waits, answering, what came of it."""

from typing import Any

import msgspec
from aiohttp import web

from kit.i18n import _
from kit.web import page
from kit.web.forms import posted, read_query
from node.people.session import asker_of
from node.questions.filling import values_of
from node.questions.model import AGREED, BadAnswer
from node.surveys.model import FEWEST, PHASE_KINDS, PHASE_LABELS
from node.surveys.service import Surveys

ROUTES = web.RouteTableDef()
SURVEYS = web.AppKey("surveys", Surveys)
ID = "/surveys/{id:[0-9a-f]{20}}"
WORDS: dict[str, Any] = {
    "phases": PHASE_LABELS,
    "phase_kinds": PHASE_KINDS,
    "fewest": FEWEST,
    "agreed_word": AGREED,
}
"""What every page of surveys calls its states, and how it colours them."""


class OlderSurveysQuery(msgspec.Struct):
    before: int | None = None


@ROUTES.get("/surveys")
async def listing(request: web.Request) -> web.Response:
    asker = await asker_of(request)
    query = read_query(request, OlderSurveysQuery)
    found = await request.app[SURVEYS].page(asker, query.before)
    return page.render(request, "surveys/list.html", found=found, **WORDS)


@ROUTES.get(ID)
async def survey(request: web.Request) -> web.Response:
    asker = await asker_of(request)
    view = await request.app[SURVEYS].view(asker, request.match_info["id"])
    return page.render(request, "surveys/survey.html", view=view, **WORDS)


@ROUTES.post(ID + "/answers")
async def answer(request: web.Request) -> web.Response:
    """What is sent is kept nowhere but in its answer, and in memory while a refused form comes back."""
    asker = await asker_of(request)
    values = values_of(await posted(request))
    survey_id = request.match_info["id"]
    try:
        await request.app[SURVEYS].casting.answer(asker, survey_id, values)
    except BadAnswer as wrong:
        raise wrong.of_inputs() from None
    return page.see_other(
        request, f"/surveys/{survey_id}", flash=_("답을 저장했습니다. 참여해 주셔서 고맙습니다.")
    )
