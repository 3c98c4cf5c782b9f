"""Newsletters for programs: list, read, draft, publish."""

from typing import Annotated

import msgspec
from aiohttp import web

from kit.signin.fresh import DECISIONS, within
from kit.web.forms import read_json, read_query
from kit.web.openapi import api, json_response
from node.newsletters.model import Content, Sort
from node.newsletters.service import Filter
from node.newsletters.web import NEWSLETTERS
from node.people.session import asker_of

ROUTES = web.RouteTableDef()
# Until the last day of the year 9999 in UTC: the evening after it has no date in Seoul.
_Time = Annotated[int, msgspec.Meta(ge=0, le=253_402_214_400_000)]


class NewslettersQuery(msgspec.Struct):
    """`child` is a student's id; `cursor` comes from the page before."""

    kind: str = ""
    child: str = ""
    q: str = ""
    cursor: str = ""


class NewsletterItem(msgspec.Struct):
    """A letter in a list. Times in ms since 1970, UTC."""

    id: str
    kind: str
    title: str
    year: int
    number: int | None
    author: str
    published_at: int
    corrected_at: int | None
    opened_at: int | None
    has_form: bool
    attachments: int


class NewsletterPage(msgspec.Struct):
    """Unread letters first. `cursor` is empty on the last page."""

    items: list[NewsletterItem]
    cursor: str


class NewsletterFile(msgspec.Struct):
    id: str
    name: str
    media_type: str
    size: int
    href: str


class NewsletterDocument(msgspec.Struct):
    """A letter whole: Markdown as written and clean HTML."""

    id: str
    kind: str
    state: str
    title: str
    year: int
    number: int | None
    author: str
    body_markdown: str
    body_html: str
    version: int
    published_at: int | None
    corrected_at: int | None
    audience: list[str]
    attachments: list[NewsletterFile]


class NewsletterDraft(msgspec.Struct):
    """`audience` holds keys such as `guardians`, `guardians/grade:3`, `guardians/class:ID`."""

    title: Annotated[str, msgspec.Meta(min_length=1, max_length=200)]
    body_markdown: Annotated[str, msgspec.Meta(min_length=1, max_length=50_000)]
    audience: Annotated[list[str], msgspec.Meta(max_length=200)] = []
    kind: Sort = Sort.NEWSLETTER
    scheduled_at: _Time | None = None


class NewsletterState(msgspec.Struct):
    """Where a letter stands after an act: published, scheduled, or submitted for approval."""

    id: str
    state: str
    number: int | None = None


@ROUTES.get("/api/v1/newsletters")
@api(summary="Letters the asker may read", query=NewslettersQuery, answer=NewsletterPage)
async def listing(request: web.Request) -> web.Response:
    asker = await asker_of(request)
    query = read_query(request, NewslettersQuery)
    wanted = Filter(query.kind, query.child, query.q[:100], query.cursor)
    found = await request.app[NEWSLETTERS].listing(asker, wanted)
    items = [
        NewsletterItem(
            id=line.id,
            kind=line.kind,
            title=line.title,
            year=line.year,
            number=line.number,
            author=line.author_name,
            published_at=line.published_at,
            corrected_at=line.corrected_at,
            opened_at=line.opened_at,
            has_form=bool(line.form_id),
            attachments=line.attachments,
        )
        for line in found.lines
    ]
    return json_response(NewsletterPage(items, found.cursor))


@ROUTES.get("/api/v1/newsletters/{id}")
@api(summary="One letter; reading it here is noted as opening it", answer=NewsletterDocument)
async def read(request: web.Request) -> web.Response:
    asker = await asker_of(request)
    reading = await request.app[NEWSLETTERS].open(asker, request.match_info["id"])
    letter, version = reading.letter, reading.version
    is_hidden = letter.withdrawn_at is not None and not reading.is_desk
    return json_response(
        NewsletterDocument(
            id=letter.id,
            kind=letter.kind,
            state=letter.state,
            title=letter.title,
            year=letter.year,
            number=letter.number,
            author=letter.author_name,
            body_markdown="" if is_hidden else version.body,
            body_html="" if is_hidden else str(reading.html),
            version=letter.version,
            published_at=letter.published_at,
            corrected_at=letter.corrected_at,
            audience=reading.audience,
            attachments=[
                NewsletterFile(f.id, f.name, f.media_type, f.size, f"/attachments/{f.id}/file")
                for f in reading.attachments
            ],
        )
    )


@ROUTES.post("/api/v1/newsletters")
@api(summary="A new draft", body=NewsletterDraft, answer=NewsletterState, status=201)
async def create(request: web.Request) -> web.Response:
    asker = await asker_of(request)
    draft = await read_json(request, NewsletterDraft)
    content = Content(
        draft.title, draft.body_markdown, tuple(draft.audience), "", draft.scheduled_at
    )
    created = await request.app[NEWSLETTERS].desk.create(asker, draft.kind, content)
    return json_response(NewsletterState(created, "draft"), status=201)


@ROUTES.post("/api/v1/newsletters/{id}/publish")
@within(DECISIONS)
@api(summary="Publish, schedule or submit a draft, as the asker may", answer=NewsletterState)
async def publish(request: web.Request) -> web.Response:
    asker = await asker_of(request)
    sent = await request.app[NEWSLETTERS].desk.send(asker, request.match_info["id"])
    return json_response(NewsletterState(sent.id, sent.state, sent.number))
