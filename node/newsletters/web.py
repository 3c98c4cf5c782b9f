"""Pages of those who read: the list, a letter, its history, its files, a class's day."""

from datetime import date, timedelta

import msgspec
from aiohttp import web

from kit.languages import BY_CODE
from kit.natural import natural
from kit.pdf.document import Kind
from kit.problem import NotFound
from kit.web import page
from kit.web.forms import read_query
from kit.web.in_languages import read_in
from kit.web.keys import CLOCK
from kit.wording import spoken
from node.files.access import PAGE, page_picture, pages, send, send_paper, show
from node.files.making import Pages
from node.files.model import Attachment
from node.newsletters.bringing import Bringing
from node.newsletters.choosing import Choosing, chosen_in
from node.newsletters.language import chosen, keeping
from node.newsletters.model import SORT_LABELS, STATE_LABELS, Sort, State
from node.newsletters.printing import letter_on_paper
from node.newsletters.proofreading import Doubts, Proofreading
from node.newsletters.service import UNSENT, Filter, LetterReading, Newsletters, today
from node.people.access import is_confidential
from node.people.session import asker_of

ROUTES = web.RouteTableDef()
NEWSLETTERS = web.AppKey("newsletters", Newsletters)
BRINGING = web.AppKey("bringing", Bringing)
CHOOSING = web.AppKey("choosing", Choosing)
PROOFREADING = web.AppKey("proofreading", Proofreading)


class LettersQuery(msgspec.Struct):
    kind: str = ""
    child: str = ""
    q: str = ""
    cursor: str = ""


@ROUTES.get("/newsletters")
async def listing(request: web.Request) -> web.Response:
    """The reader's letters, the newest first; `more` as an htmx partial."""
    asker = await asker_of(request)
    query = read_query(request, LettersQuery)
    wanted = Filter(
        kind=query.kind,
        child=query.child,
        q=query.q[:100],
        cursor=query.cursor,
        language=chosen(request),
    )
    found = await request.app[NEWSLETTERS].listing(asker, wanted)
    partial = "HX-Request" in request.headers and bool(query.cursor)
    return page.render(
        request,
        "newsletters/lines.html" if partial else "newsletters/list.html",
        found=found,
        wanted=query,
        language=BY_CODE.get(wanted.language),
        children=asker.children,
        sorts=SORT_LABELS,
        classes=sorted(
            {(child.class_id, child.class_name) for child in asker.children},
            key=lambda one: natural(one[1]),
        ),
        today=today(request.app[CLOCK].now()),
    )


@ROUTES.get("/newsletters/{id:[0-9a-f]{20}}")
async def letter(request: web.Request) -> web.Response:
    """A letter in its paper layout; opening it is noted."""
    asker = await asker_of(request)
    reading = await request.app[NEWSLETTERS].open(asker, request.match_info["id"])
    proof = Doubts([], [])
    if reading.letter.state in UNSENT:
        proof = await request.app[PROOFREADING].of(reading.letter)
    is_published = reading.letter.state == State.PUBLISHED
    shown = [reading.letter] if is_published else []
    bringing = await request.app[BRINGING].of(asker, shown)
    answer = page.render(
        request,
        "newsletters/letter.html",
        proof=proof,
        reading=reading,
        text=await read_in(reading.version.body, chosen(request)) if is_published else None,
        letter=reading.letter,
        states=STATE_LABELS,
        is_withdrawn=reading.letter.state == State.WITHDRAWN,
        is_published=is_published,
        things=bringing.get(reading.letter.id, ()),
        may_decide=asker.is_approver,
        is_author=reading.letter.author_id == asker.id,
        is_staff=asker.is_staff,
        families=len(chosen_in(reading.letter.audience)) if reading.is_desk else 0,
        form_readers=request.app[NEWSLETTERS].forms.readers(
            is_confidential=is_confidential(reading.letter.audience)
        ),
    )
    return keeping(request, answer)


@ROUTES.get("/newsletters/{id:[0-9a-f]{20}}/print")
async def printed(request: web.Request) -> web.Response:
    """The letter alone, for paper."""
    reading = await _to_print(request)
    return page.render(
        request,
        "newsletters/print.html",
        reading=reading,
        letter=reading.letter,
    )


@ROUTES.get("/newsletters/{id:[0-9a-f]{20}}/pdf")
async def pdf(request: web.Request) -> web.Response:
    """The letter alone, as a file."""
    reading = await _to_print(request)
    site = request.app[page.SHELL].site
    return await send_paper(request, letter_on_paper(reading, site.name, site.telephone), Kind.PDF)


async def _to_print(request: web.Request) -> LetterReading:
    """The letter that somebody takes along; opening it is noted. Raises NotFound."""
    asker = await asker_of(request)
    reading = await request.app[NEWSLETTERS].open(asker, request.match_info["id"])
    if reading.letter.state == State.WITHDRAWN:
        raise NotFound()
    return reading


@ROUTES.get("/newsletters/{id:[0-9a-f]{20}}/history")
async def history(request: web.Request) -> web.Response:
    """What was corrected, when and why."""
    asker = await asker_of(request)
    found, revisions = await request.app[NEWSLETTERS].history(asker, request.match_info["id"])
    return page.render(request, "newsletters/history.html", letter=found, revisions=revisions)


@ROUTES.get("/class-notices")
async def own_class(request: web.Request) -> web.Response:
    """Today's page of the asker's (or their child's) class."""
    asker = await asker_of(request)
    classes = [child.class_id for child in asker.children] or sorted(asker.classes)
    if not classes:
        return page.see_other(request, f"/newsletters?kind={Sort.CLASS_NOTICE}")
    day = today(request.app[CLOCK].now())
    return page.see_other(request, f"/class-notices/{classes[0]}/{day}")


@ROUTES.get(r"/class-notices/{class_id}/{day:\d{4}-\d\d-\d\d}")
async def class_day(request: web.Request) -> web.Response:
    """A class's notices of one day, with ways to the days beside it."""
    asker = await asker_of(request)
    shown = await request.app[NEWSLETTERS].class_day(
        asker, request.match_info["class_id"], request.match_info["day"], chosen(request)
    )
    bringing = await request.app[BRINGING].of(asker, [letter for letter, _text in shown.notices])
    day = date.fromisoformat(shown.day)
    last = today(request.app[CLOCK].now())
    following = (day + timedelta(days=1)).isoformat() if shown.day < last else ""
    answer = page.render(
        request,
        "newsletters/class_day.html",
        shown=shown,
        bringing=bringing,
        previous=(day - timedelta(days=1)).isoformat(),
        following=following,
        others=[
            (
                f"{child.name} ({spoken(child.class_name, page.language(request))})",
                f"/class-notices/{child.class_id}/{shown.day}",
                child.class_id == shown.class_id,
            )
            for child in asker.children
        ],
        may_write=shown.class_id in asker.classes,
    )
    return keeping(request, answer)


@ROUTES.get("/attachments/{id:[0-9a-f]{20}}")
async def preview(request: web.Request) -> web.Response:
    """A file to look at: pages as pictures, or its text."""
    found = await _attachment(request)
    here, back = f"/attachments/{found.id}", f"/newsletters/{found.carrier_id}"
    return await show(request, found, here=here, back=back)


@ROUTES.get("/attachments/{id:[0-9a-f]{20}}/file")
async def file(request: web.Request) -> web.StreamResponse:
    """The file itself."""
    return send(request, await _attachment(request))


@ROUTES.get("/attachments/{id:[0-9a-f]{20}}/" + PAGE)
@page_picture
async def picture(request: web.Request) -> Pages:
    """One page of a file as a picture; the access rule is asked for each."""
    return await pages(request, await _attachment(request))


async def _attachment(request: web.Request) -> Attachment:
    """The file of the address, if the asker may read its letter. Raises NotFound."""
    asker = await asker_of(request)
    return await request.app[NEWSLETTERS].attachment(asker, request.match_info["id"])
