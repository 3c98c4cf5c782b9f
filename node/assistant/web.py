"""The pages of the assistant: ask, watch the answer come, open its sources, ask the office."""

import contextlib
from collections.abc import AsyncIterator

import msgspec
from aiohttp import web
from msgspec.structs import replace

from kit.i18n import _
from kit.problem import NotFound
from kit.web import page
from kit.web.forms import read_form, read_json
from kit.web.openapi import api, json_response
from models.messages import AnyAnswer, Extract, Outcome, Piece, Sources
from models.passages import Passage
from node.access_log.access import looked, shows
from node.access_log.model import What
from node.assistant.handovers import OFFICE, Handovers
from node.assistant.model import LONGEST_QUESTION, Turn, used
from node.assistant.service import Assistant
from node.people.session import asker_of

ROUTES = web.RouteTableDef()
ASSISTANT = web.AppKey("assistant", Assistant)
HANDOVERS = web.AppKey("assistant_handovers", Handovers)
KINDS: web.AppKey[dict[str, str]] = web.AppKey("assistant_kinds", dict)
"""What the kinds of documents are called, by kind a msgid."""

AT_ONCE_S = 1.5  # an answer that comes so soon is shown without waiting for a script
_ID = "/assistant/{id:[0-9a-f]{20}}"


class TurnForm(msgspec.Struct):
    question: str = ""


class HelpfulForm(msgspec.Struct):
    helpful: bool


class ReplyForm(msgspec.Struct):
    reply: str = ""


class AssistantQuestion(msgspec.Struct):
    """Body of POST /api/v1/assistant."""

    question: str


@ROUTES.get("/assistant")
async def front(request: web.Request) -> web.Response:
    """The question box and what the asker asked before."""
    asker = await asker_of(request)
    assistant = request.app[ASSISTANT]
    return page.render(
        request,
        "assistant/front.html",
        is_on=assistant.is_on,
        is_behind=assistant.is_behind,
        only_quotes=assistant.only_quotes,
        turns=await assistant.turns(asker),
        longest=LONGEST_QUESTION,
        answers_office=bool(asker.roles & set(OFFICE)),
        kinds=request.app[KINDS],
    )


@ROUTES.post("/assistant")
async def ask(request: web.Request) -> web.Response:
    asker = await asker_of(request)
    form = await read_form(request, TurnForm)
    assistant = request.app[ASSISTANT]
    turn_id = await assistant.ask(asker, form.question)
    await assistant.settled(turn_id, AT_ONCE_S)
    return page.see_other(request, f"/assistant/{turn_id}")


@ROUTES.post("/api/v1/assistant")
@api(summary="Ask the assistant and wait for the answer", body=AssistantQuestion, answer=Turn)
async def ask_api(request: web.Request) -> web.Response:
    asker = await asker_of(request)
    body = await read_json(request, AssistantQuestion)
    return json_response(await request.app[ASSISTANT].answer_for(asker, body.question))


@ROUTES.get("/assistant/office")
@shows(What.QUESTIONS)
async def office(request: web.Request) -> web.Response:
    """Questions handed to the office."""
    asker = await asker_of(request)
    found = await request.app[HANDOVERS].handovers(asker)
    looked(request, persons=[one.person_id for one in found])
    return page.render(request, "assistant/office.html", handovers=found)


@ROUTES.post("/assistant/office/{id:[0-9a-f]{20}}/reply")
async def reply(request: web.Request) -> web.Response:
    asker = await asker_of(request)
    form = await read_form(request, ReplyForm)
    await request.app[HANDOVERS].reply(asker, request.match_info["id"], form.reply)
    return page.see_other(request, "/assistant/office", flash=_("답변을 보냈습니다."))


@ROUTES.post("/assistant/clear")
async def clear(request: web.Request) -> web.Response:
    """Remove the asker's whole conversation."""
    asker = await asker_of(request)
    await request.app[ASSISTANT].remove(asker)
    return page.see_other(request, "/assistant", flash=_("대화를 모두 삭제했습니다."))


@ROUTES.get(_ID)
async def turn(request: web.Request) -> web.Response:
    asker = await asker_of(request)
    found = await request.app[ASSISTANT].turn(asker, request.match_info["id"])
    return page.render(
        request,
        "assistant/turn.html",
        turn=found,
        longest=LONGEST_QUESTION,
        kinds=request.app[KINDS],
        is_behind=request.app[ASSISTANT].is_behind,
    )


@ROUTES.get(f"{_ID}/stream")
async def stream(request: web.Request) -> web.StreamResponse:
    """The answer as it comes: `extract` and `done` carry markup, `piece` the model's words."""
    asker = await asker_of(request)
    assistant, turn_id = request.app[ASSISTANT], request.match_info["id"]
    begun = await assistant.turn(asker, turn_id)
    response = web.StreamResponse(
        headers={"Content-Type": "text/event-stream", "Cache-Control": "no-store"}
    )
    await response.prepare(request)
    with contextlib.suppress(ConnectionError):  # the reader went away
        if begun.is_open:
            async for name, content in _events(request, begun, assistant.follow(asker, turn_id)):
                await response.write(_event(name, content))
        ended = await assistant.turn(asker, turn_id)
        await response.write(_event("done", _answer(request, ended)))
    return response


async def _events(
    request: web.Request, begun: Turn, answers: AsyncIterator[AnyAnswer]
) -> AsyncIterator[tuple[str, str]]:
    passages: tuple[Passage, ...] = ()
    async for answer in answers:
        if isinstance(answer, Sources):
            passages = answer.passages
        elif isinstance(answer, Extract) and answer.sentences:
            sentences, sources = used(answer.sentences, passages)
            shown = replace(
                begun, sentences=sentences, sources=sources, outcome=Outcome.EXTRACTED.value
            )
            yield "extract", _answer(request, shown)
        elif isinstance(answer, Piece):
            yield "piece", answer.text


def _answer(request: web.Request, found: Turn) -> str:
    return page.fragment(
        request,
        "assistant/answer.html",
        turn=found,
        kinds=request.app[KINDS],
        is_behind=request.app[ASSISTANT].is_behind,
    )


def _event(name: str, content: str) -> bytes:
    """A server-sent event; its data is JSON, so that line breaks need no care."""
    return f"event: {name}\ndata: {msgspec.json.encode(content).decode()}\n\n".encode()


@ROUTES.get(_ID + r"/sources/{number:\d{1,2}}")
async def source(request: web.Request) -> web.Response:
    """A source of the province, which has no page of its own at the school."""
    asker = await asker_of(request)
    found = await request.app[ASSISTANT].turn(asker, request.match_info["id"])
    number = int(request.match_info["number"])
    chosen = next((one for one in found.sources if one.number == number), None)
    if chosen is None:
        raise NotFound()
    quoted = [one.text for one in found.sentences if one.source == number]
    return page.render(
        request,
        "assistant/source.html",
        turn=found,
        source=chosen,
        quoted=quoted,
        kinds=request.app[KINDS],
    )


@ROUTES.post(f"{_ID}/cancel")
async def cancel(request: web.Request) -> web.Response:
    asker = await asker_of(request)
    turn_id = request.match_info["id"]
    await request.app[ASSISTANT].cancel(asker, turn_id)
    return page.see_other(request, f"/assistant/{turn_id}")


@ROUTES.post(f"{_ID}/helpful")
async def helpful(request: web.Request) -> web.Response:
    asker = await asker_of(request)
    form = await read_form(request, HelpfulForm)
    turn_id = request.match_info["id"]
    await request.app[ASSISTANT].rate(asker, turn_id, form.helpful)
    return page.see_other(
        request, f"/assistant/{turn_id}", flash=_("의견을 보내 주셔서 고맙습니다.")
    )


@ROUTES.post(f"{_ID}/handover")
async def hand_over(request: web.Request) -> web.Response:
    asker = await asker_of(request)
    turn_id = request.match_info["id"]
    await request.app[HANDOVERS].hand_over(asker, turn_id)
    flash = _("학교에 전달했습니다. 답변이 등록되면 홈에서 알려 드립니다.")
    return page.see_other(request, f"/assistant/{turn_id}", flash=flash)


@ROUTES.post(f"{_ID}/remove")
async def remove(request: web.Request) -> web.Response:
    asker = await asker_of(request)
    if not await request.app[ASSISTANT].remove(asker, request.match_info["id"]):
        raise NotFound()
    return page.see_other(request, "/assistant", flash=_("삭제했습니다."))


@ROUTES.get("/admin/assistant")
async def standing(request: web.Request) -> web.Response:
    """How the worker fares."""
    asker = await asker_of(request)
    found = await request.app[ASSISTANT].standing(asker)
    return page.render(request, "assistant/standing.html", standing=found)
