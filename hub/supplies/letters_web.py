"""Pages of templates of letters: written, brought as files, and looked at as a teacher will begin with them."""

import msgspec
from aiohttp import web

from hub.officers.access import may_act, require_acting
from hub.officers.session import officer_of
from hub.supplies.letters import EXAMPLE_SCHOOL, Letters, TypedLetter, is_typed, questions_of
from hub.supplies.model import (
    LETTER_AUDIENCE_LABELS,
    LETTER_KIND_LABELS,
    MOST_FILES,
    LetterFilesWrong,
)
from kit.i18n import _
from kit.web import markdown, page
from kit.web.forms import posted, read_form
from protocol.supplies import BLANKS, LARGEST_LETTER, LetterFile

ROUTES = web.RouteTableDef()
LETTERS = web.AppKey("letters", Letters)
PLACE = "/supplies/letters"
_ONE = PLACE + "/{key:[0-9a-z-]{1,40}}"


class LetterForm(msgspec.Struct):
    name: str = ""
    kind: str = "newsletter"
    audience: str = ""
    title: str = ""
    body: str = ""
    questions: str | None = None


def _typed(form: LetterForm) -> TypedLetter:
    return TypedLetter(form.kind, form.name, form.title, form.body, form.audience, form.questions)


def _editor(request: web.Request, form: LetterForm, letter: LetterFile | None) -> web.Response:
    return page.render(
        request,
        "supplies/letter_edit.html",
        form=form,
        letter=letter,
        kinds=LETTER_KIND_LABELS,
        audiences=LETTER_AUDIENCE_LABELS,
        blanks=" ".join(BLANKS),
        asks=letter is None or is_typed(letter),
    )


@ROUTES.get(PLACE + "/new")
async def new(request: web.Request) -> web.Response:
    require_acting(await officer_of(request))
    return _editor(request, LetterForm(), None)


@ROUTES.post(PLACE + "/new")
async def create(request: web.Request) -> web.Response:
    officer = await officer_of(request)
    form = await read_form(request, LetterForm)
    key = await request.app[LETTERS].write(officer, None, _typed(form))
    return page.see_other(request, f"{PLACE}/{key}", flash=_("글 양식을 저장했습니다."))


@ROUTES.post(PLACE)
async def add(request: web.Request) -> web.Response:
    """Files of templates, all or none."""
    officer = await officer_of(request)
    require_acting(officer)
    sent = (await posted(request)).getall("letters", [])
    uploaded = [one for one in sent if isinstance(one, web.FileField)]
    if len(uploaded) > MOST_FILES:
        raise LetterFilesWrong(files=uploaded[MOST_FILES].filename)
    files = [(one.filename, one.file.read(LARGEST_LETTER + 1)) for one in uploaded]
    count = await request.app[LETTERS].add(officer, files)
    return page.see_other(
        request, "/supplies", flash=_("글 양식 %(count)s건을 등록했습니다."), count=count
    )


@ROUTES.get(_ONE)
async def one(request: web.Request) -> web.Response:
    """As a teacher of a school would begin with it today."""
    officer = await officer_of(request)
    letters = request.app[LETTERS]
    letter = await letters.one(officer, request.match_info["key"])
    title, body = letters.example(letter, page.translate(request, EXAMPLE_SCHOOL))
    return page.render(
        request,
        "supplies/letter.html",
        letter=letter,
        title=title,
        html=await markdown.rendered(body),
        questions=questions_of(letter),
        kinds=LETTER_KIND_LABELS,
        audiences=LETTER_AUDIENCE_LABELS,
        writes=may_act(officer),
    )


@ROUTES.get(_ONE + "/edit")
async def edit(request: web.Request) -> web.Response:
    officer = await officer_of(request)
    require_acting(officer)
    found = await request.app[LETTERS].one(officer, request.match_info["key"])
    asked = "\n".join(questions_of(found)) if is_typed(found) else None
    form = LetterForm(found.name, found.kind, found.audience, found.title, found.body, asked)
    return _editor(request, form, found)


@ROUTES.post(_ONE + "/edit")
async def save(request: web.Request) -> web.Response:
    officer = await officer_of(request)
    form = await read_form(request, LetterForm)
    key = await request.app[LETTERS].write(officer, request.match_info["key"], _typed(form))
    return page.see_other(request, f"{PLACE}/{key}", flash=_("글 양식을 저장했습니다."))
