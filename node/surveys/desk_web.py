"""Pages of staff: making a survey, its closing, its results, their files."""

import asyncio
from collections.abc import Callable

import msgspec
from aiohttp import web

from kit import sheets
from kit.clock import local
from kit.i18n import _
from kit.problem import UNFIT, Invalid
from kit.signin.fresh import DECISIONS, within
from kit.web import page
from kit.web.forms import PageQuery, decode, posted, read_form, read_query, wall_clock
from kit.web.keys import CLOCK
from node.access_log.access import looked, shows
from node.access_log.model import What
from node.people.session import asker_of
from node.questions.editing import editor, questionnaire_of
from node.questions.model import FIELD_LABELS, FieldKind, LegalBasis, Questionnaire
from node.surveys.model import SurveyResults, SurveyStart, SurveyText
from node.surveys.web import ID, SURVEYS, WORDS
from node.surveys.workbook import csv_of, workbook_of

ROUTES = web.RouteTableDef()
NO_SIGNING = (FieldKind.CONSENT, FieldKind.AGREE)
"""What a survey does not ask for: nobody signs it."""


class NewSurveyForm(msgspec.Struct):
    start: SurveyStart = SurveyStart.ANONYMOUS


class SurveyForm(msgspec.Struct):
    """The editor, beside its questions (node.questions.editing)."""

    title: str = ""
    text: str = ""
    audience: list[str] = []
    kind: SurveyStart = SurveyStart.ANONYMOUS
    shared: bool = False
    closes: str = ""
    seen: str = ""
    act: str = "save"


class SurveyClosingForm(msgspec.Struct):
    closes: str


@ROUTES.post("/surveys/new")
async def new(request: web.Request) -> web.Response:
    """A fresh draft, opened in the editor."""
    asker = await asker_of(request)
    form = await read_form(request, NewSurveyForm)
    made = await request.app[SURVEYS].desk.create(asker, form.start)
    return page.see_other(request, f"/surveys/{made}/edit")


@ROUTES.get(ID + "/edit")
async def edit(request: web.Request) -> web.Response:
    asker = await asker_of(request)
    surveys, survey_id = request.app[SURVEYS], request.match_info["id"]
    text = await surveys.desk.draft(asker, survey_id)
    kinds = {kind: label for kind, label in FIELD_LABELS.items() if kind not in NO_SIGNING}
    written = Questionnaire(text.fields, LegalBasis.NONE)
    return page.render(
        request,
        "surveys/edit.html",
        survey_id=survey_id,
        text=text,
        editor=editor(written, FieldKind.CHOICE, kinds),
        places=await surveys.places(text.keys),
        closes=typed(text.closes_at),
        **WORDS,
    )


@ROUTES.post(ID + "/edit")
@within(DECISIONS)
async def save(request: web.Request) -> web.Response:
    """Keep the draft; `act=publish` puts it to those whom it asks as well."""
    asker = await asker_of(request)
    sent = await posted(request)
    form = decode(sent, SurveyForm)
    closes = wall_clock(form.closes, "closes")
    if closes is None:
        raise Invalid({"closes": UNFIT})
    text = SurveyText(
        title=form.title,
        text=form.text,
        keys=tuple(sorted(set(form.audience))),
        is_named=form.kind is SurveyStart.NAMED,
        is_shared=form.shared,
        closes_at=closes,
        fields=questionnaire_of(sent).fields,
    )
    desk, survey_id = request.app[SURVEYS].desk, request.match_info["id"]
    await desk.save(asker, survey_id, text, form.seen)
    if form.act != "publish":
        return page.see_other(request, f"/surveys/{survey_id}/edit", flash=_("저장했습니다."))
    await desk.publish(asker, survey_id)
    return page.see_other(request, f"/surveys/{survey_id}/results", flash=_("설문을 시작했습니다."))


def typed(at: int) -> str:
    """A moment (ms) as an input writes it."""
    return f"{local(at):%Y-%m-%dT%H:%M}"


@ROUTES.post(ID + "/discard")
async def discard(request: web.Request) -> web.Response:
    asker = await asker_of(request)
    await request.app[SURVEYS].desk.discard(asker, request.match_info["id"])
    return page.see_other(request, "/surveys", flash=_("작성 중인 설문을 삭제했습니다."))


# What came of it ------------------------------------------------------------------------------------


@ROUTES.get(ID + "/results")
@shows(What.RESULTS)
async def results(request: web.Request) -> web.Response:
    asker = await asker_of(request)
    query = read_query(request, PageQuery)
    found = await request.app[SURVEYS].results(asker, request.match_info["id"], query.page)
    _looked(request, found)
    return await page.render_apart(
        request, "surveys/results.html", found=found, closes=typed(found.survey.closes_at), **WORDS
    )


@ROUTES.get(ID + "/results.xlsx")
@shows(What.EXPORT)
async def as_workbook(request: web.Request) -> web.Response:
    return await _file(request, workbook_of, "xlsx", sheets.MEDIA_TYPE)


@ROUTES.get(ID + "/results.csv")
@shows(What.EXPORT)
async def as_csv(request: web.Request) -> web.Response:
    return await _file(request, csv_of, "csv", "text/csv")


async def _file(
    request: web.Request, made: Callable[[SurveyResults], bytes], suffix: str, media_type: str
) -> web.Response:
    asker = await asker_of(request)
    survey_id = request.match_info["id"]
    found = await request.app[SURVEYS].export(asker, survey_id)
    _looked(request, found)
    day = local(request.app[CLOCK].now()).strftime("%Y%m%d")
    return web.Response(
        body=await asyncio.to_thread(made, found),
        content_type=media_type,
        headers={
            "Content-Disposition": f'attachment; filename="survey-{survey_id}-{day}.{suffix}"',
            "Cache-Control": "no-store",
        },
    )


def _looked(request: web.Request, found: SurveyResults) -> None:
    """Whose data it shows: of an anonymous survey nobody's."""
    looked(request, title=found.survey.title, persons=[one.by_id for one in found.named])


@ROUTES.post(ID + "/closing")
@within(DECISIONS)
async def move_closing(request: web.Request) -> web.Response:
    asker = await asker_of(request)
    form = await read_form(request, SurveyClosingForm)
    at = wall_clock(form.closes, "closes")
    if at is None:
        raise Invalid({"closes": UNFIT})
    await request.app[SURVEYS].desk.move_closing(asker, request.match_info["id"], at)
    return _back(request, _("마감을 변경했습니다."))


@ROUTES.post(ID + "/close")
@within(DECISIONS)
async def close(request: web.Request) -> web.Response:
    """Close at once; what was cast is opened when the page is shown next."""
    asker = await asker_of(request)
    surveys, survey_id = request.app[SURVEYS], request.match_info["id"]
    await surveys.desk.close(asker, survey_id)
    await surveys.closing.settle(survey_id)
    return _back(request, _("설문을 마감했습니다."))


def _back(request: web.Request, flash: str) -> web.Response:
    return page.see_other(request, f"/surveys/{request.match_info['id']}/results", flash=flash)
