"""What somebody sent and the server refused comes back, in the form it came from.

A refused form is answered by a redirect to the page where it stood (so "back" meets only pages that
can be asked for again); what was sent waits in this process's memory, for its sender alone. The page
is rendered by its slice as ever, then filled in (kit.web.refill). The same way leads through the
sign-in page when a session has ended, and to a page with both texts when another save came first.

Nothing is written to the disk; passwords and files are not kept; it ends with the sign-out, with
the send that succeeds, and after KEPT_FOR.
"""

import asyncio
import re
from collections.abc import Iterable, Mapping
from urllib.parse import quote

import msgspec
from aiohttp import web
from aiohttp.typedefs import Handler
from multidict import CIMultiDict, MultiDict
from yarl import URL

from kit.clock import HOUR
from kit.i18n import _
from kit.ids import new_secret
from kit.problem import Needs, Problem, SignInAgain, SignInRequired
from kit.seen import SEEN, ChangedMeanwhile
from kit.web import page
from kit.web.both import Parts, compare, merge
from kit.web.csrf import is_same_origin
from kit.web.keys import CLOCK, OWNER
from kit.web.pending import Pending
from kit.web.refill import Form, Marked, Question, Sheet, plain, read

UNSENT = "unsent"  # the parameter of the address that names what waits
KEEP = "keep"  # mine or both: what to go on with after the page that shows both
# Header of js/sending.js, which follows no redirect: the person whose page sends.
SENT_BY_SCRIPT = "Madang-Sent"
SIGNING_IN = "sign-in"  # its value in the dialog where nobody is signed in yet

KEPT_FOR = 2 * HOUR
LARGEST = 1 << 20  # bytes of one; a long letter with its form is a fifth of it
LARGEST_ANONYMOUS = 1 << 13
EACH = 100  # bytes that a field takes beside its name and text

_SECRET = frozenset({"password", "repeated", "new", "current", "passkey"})
_NO_TEXT = frozenset({SEEN, "submission", "wording", "act", "next", "back"})
_ID = re.compile("[0-9a-f]{20}")
_PLAIN_FORM = "application/x-www-form-urlencoded"
_FORMS = frozenset({_PLAIN_FORM, "multipart/form-data"})

_SIGNED_OUT = _(
    "로그인이 만료되어 보내지 못했습니다. 입력한 내용은 그대로 있으니 확인하고 다시 보내 주세요."
)
_UNCONFIRMED = _(
    "본인 확인이 필요하여 아직 처리하지 않았습니다. 확인을 마쳤으면 한 번 더 눌러 주세요."
)
# Where one signs in, or proves again who one is, before the form comes back.
_ON_THE_WAY = {
    SignInRequired.code: ("/sign-in", _SIGNED_OUT),
    SignInAgain.code: ("/sign-in/confirm", _UNCONFIRMED),
}
_SAME = _("같은 내용이 이미 저장되어 있습니다.")
_GO_ON = _("내용을 확인하고 저장해 주세요. 저장하면 현재 저장된 내용을 덮어씁니다.")


class Unsent(msgspec.Struct, frozen=True):
    """What waits. `owner`: the account it belongs to, empty for who has none; `path`: the page with
    the form; `action`: where the form sends to; `sent`: names and values in their order; `text`
    and `wrong`: msgids of what was wrong with it, and of what with which field."""

    id: str
    owner: str
    path: str
    action: str
    sent: tuple[tuple[str, str], ...]
    files: tuple[str, ...]
    is_cut: bool
    code: str
    text: str
    params: dict[str, object]
    wrong: dict[str, str]
    until: int
    needs: Needs | None
    named: Mapping[str, str]

    @property
    def size(self) -> int:
        names = sum(EACH + 3 * len(name) for name in self.files)
        return names + sum(EACH + 3 * (len(name) + len(value)) for name, value in self.sent)

    def values(self) -> MultiDict[str]:
        return MultiDict(self.sent)


PENDING: web.AppKey[Pending[Unsent]] = web.AppKey("unsent_pending", Pending)
FOUND = web.RequestKey("unsent", Unsent)
# Set by a handler that has saved what was sent before it refused the rest: the version it is now.
SAVED = web.RequestKey("saved", str)


# Sending ------------------------------------------------------------------------------------------


async def come_back(request: web.Request, problem: Problem) -> web.Response | None:
    """Send a browser back to its form with what it sent. None where that is no answer: to
    programs, to requests that come from no page of ours."""
    pending, place = request.app.get(PENDING), page_of(request)
    if pending is None or place is None or not is_same_origin(request):
        return None
    signed_out = isinstance(problem, SignInRequired)
    on_the_way, text = _ON_THE_WAY.get(problem.code, ("", problem.text))
    if is_script(request) and (on_the_way or problem.status not in (409, 422)):
        return None  # the script says it without leaving the page
    owner = request.get(OWNER, "")
    if signed_out and not owner:
        return None
    sent, files, is_cut = await _body(request, LARGEST if owner else LARGEST_ANONYMOUS)
    if SAVED in request:
        sent = tuple((name, request[SAVED] if name == SEEN else value) for name, value in sent)
    id = new_secret(16)
    pending.keep(
        Unsent(
            id=id,
            owner=owner,
            path=place,
            action=request.path,
            sent=sent,
            files=files,
            is_cut=is_cut,
            code=problem.code,
            text=text,
            params=problem.params,
            wrong=_wrong(problem),
            until=request.app[CLOCK].now() + KEPT_FOR,
            needs=problem.needs,
            named=problem.named,
        )
    )
    target = str(URL(place).update_query({UNSENT: id}))
    if on_the_way:
        target = f"{on_the_way}?next=" + quote(target, safe="/")
    return web.Response(status=303, headers={"Location": target, "Cache-Control": "no-store"})


def page_of(request: web.Request) -> str | None:
    """The page of ours on which the form stood, without what this module adds to addresses."""
    if request.method != "POST" or request.content_type not in _FORMS:
        return None
    referer = referer_of(request)
    if not (page.navigates(request) or is_script(request)) or referer is None:
        return None
    query = [(k, v) for k, v in referer.query.items() if k not in (UNSENT, KEEP, SEEN)]
    return page.local_path(str(URL.build(path=referer.path, query=query)))


def referer_of(request: web.Request) -> URL | None:
    """The page of this server that the request comes from."""
    try:
        referer = URL(request.headers.get("Referer", ""))
    except ValueError:
        return None
    # As browsers write both: without the port that is usual.
    return referer if referer.raw_authority == request.host and referer.path else None


def _wrong(problem: Problem) -> dict[str, str]:
    """Input → msgid. A problem about one input says which in its class."""
    fields: dict[str, str] = dict(getattr(problem, "fields", {}))
    if not fields and problem.field:
        fields = {problem.field: problem.text}
    return fields


async def _body(
    request: web.Request, most: int
) -> tuple[tuple[tuple[str, str], ...], tuple[str, ...], bool]:
    """(names and values, names of files, whether it was too much to keep). A body that its reader
    left half read, or that is too large, is told as too much."""
    if request.content_type not in _FORMS:
        return (), (), False
    try:
        posted = await request.post()
    except (web.HTTPException, ValueError, AssertionError, RuntimeError, OSError):
        return (), (), True
    sent = tuple(
        (name, value)
        for name, value in posted.items()
        if isinstance(value, str) and name not in _SECRET
    )
    files = tuple(
        v.filename for v in posted.values() if isinstance(v, web.FileField) and v.filename
    )
    if sum(EACH + len(name.encode()) for name in files) > most:
        return (), (), True
    if sum(EACH + len(name.encode()) + len(value.encode()) for name, value in sent) > most:
        return (), files, True
    return sent, files, False


def is_script(request: web.Request) -> bool:
    """Whether js/sending.js asks, which stays on its page until it is told where to go."""
    return SENT_BY_SCRIPT in request.headers


@web.middleware
async def tell_script(request: web.Request, handler: Handler) -> web.StreamResponse:
    """A redirect as words for the script: a browser would follow it unseen and lose its flash."""
    response = await handler(request)
    if not is_script(request) or not isinstance(response, web.Response) or response.status != 303:
        return response
    told = web.Response(
        body=msgspec.json.encode({"location": response.headers["Location"]}),
        headers=CIMultiDict({"Cache-Control": "no-store", "Content-Type": "application/json"}),
    )
    told.cookies.update(response.cookies)
    return told


# Coming back --------------------------------------------------------------------------------------


@web.middleware
async def middleware(request: web.Request, handler: Handler) -> web.StreamResponse:
    """Fill in the page of a form that came back; forget what was sent at last."""
    pending, owner = request.app[PENDING], request.get(OWNER, "")
    if is_script(request) and request.headers[SENT_BY_SCRIPT] not in (owner, SIGNING_IN):
        raise SignInRequired()  # somebody else has signed in since the page was opened
    if request.method == "POST":
        response = await handler(request)
        before = referer_of(request)
        if before is not None and response.status < 400:
            sent = pending.find(before.query.get(UNSENT, ""), owner)
            if sent is not None and sent.action == request.path:
                pending.drop(sent.id)
        return response
    unsent = pending.find(request.query.get(UNSENT, ""), owner)
    if unsent is None or URL(unsent.path).path != request.path:
        return await handler(request)
    request[FOUND] = unsent
    response = await handler(request)
    if not isinstance(response, web.Response) or response.content_type != "text/html":
        return response
    sheet, form, differing = await asyncio.to_thread(
        _compared, response.text or "", unsent, request.path
    )
    if unsent.code == ChangedMeanwhile.code and KEEP not in request.query and differing:
        rows = await asyncio.to_thread(_rows, sheet, differing)
        response.body = _both(request, unsent, form, rows).body
    else:
        response.text = await asyncio.to_thread(_filled, request, unsent, sheet, form)
    return response


def _compared(html: str, unsent: Unsent, here: str) -> "tuple[Sheet, Form | None, Differing]":
    """The page, its form that was sent, and the questions that are stored otherwise now; work for a
    thread."""
    sheet = read(html)
    form = sheet.form(unsent.action, unsent.values(), here)
    return sheet, form, [] if form is None else _differing(unsent, form)


def _filled(request: web.Request, unsent: Unsent, sheet: Sheet, form: Form | None) -> str:
    """The page with the form as it was sent, and above it what was wrong."""
    alert = request.app[page.SHELL].icon("alert", "tiny")
    wrong = {
        name: page.translate(request, text, **unsent.params) for name, text in unsent.wrong.items()
    }
    marked: list[Marked] = []
    left = _texts(unsent.sent)
    if form is not None:
        sent = unsent.values()
        if request.query.get(KEEP) == "both":
            sent = _merged(form, sent)
        seen = request.query.get(SEEN)
        if unsent.code == ChangedMeanwhile.code and seen is None:
            seen = _seen(form)
        form.fill(sent, seen)
        marked = form.mark(wrong, alert)
        left = form.without_place(sent)
    known = {one.text for one in marked}
    message = _message(request, unsent)
    told = page.fragment(
        request,
        "kit/unsent.html",
        message=message,
        kind="warning" if unsent.code in (ChangedMeanwhile.code, *_ON_THE_WAY) else "danger",
        marked=[(one.id, _in_list(request, unsent, one, message)) for one in marked],
        others=[text for text in dict.fromkeys(wrong.values()) if text not in known],
        files=", ".join(unsent.files),
        is_cut=unsent.is_cut,
        left=left,
    )
    if form is not None and form.is_for_people:
        sheet.insert(form.begin, told)
    elif sheet.main is not None:
        sheet.insert(sheet.main.end, told)
    return sheet.html()


def _in_list(request: web.Request, unsent: Unsent, one: Marked, message: str) -> str:
    """What is wrong with a question, for the list above the form: in a sentence that names it."""
    for text, named in unsent.named.items():
        if one.question and one.text == page.translate(request, text, **unsent.params):
            return page.translate(request, named, question=one.question)
    if one.text == message:
        return one.question or one.text
    return one.text if one.question in one.text else f"‘{one.question}’: {one.text}"


def _message(request: web.Request, unsent: Unsent) -> str:
    if unsent.code == ChangedMeanwhile.code:
        return page.translate(request, _GO_ON if KEEP in request.query else _SAME)
    return page.words_of(request, unsent.text, unsent.params, unsent.needs)


# Both texts ---------------------------------------------------------------------------------------

Differing = list[tuple[Question, list[str], list[str]]]  # (question, mine, theirs)


def _differing(unsent: Unsent, form: Form) -> Differing:
    """The questions whose answer as sent is not the one that is stored now."""
    return [
        (question, mine, theirs)
        for question, mine in form.answers(unsent.values())
        if mine is not None
        and question.kind != "hidden"
        and _trimmed(mine) != _trimmed(theirs := question.value())
    ]


def _trimmed(values: Iterable[str]) -> list[str]:
    return [plain(value).strip() for value in values]


class Row(msgspec.Struct, frozen=True):
    """One question of the page that shows both."""

    label: str
    mine: Parts
    theirs: Parts
    is_long: bool


def _rows(sheet: Sheet, differing: Differing) -> list[Row]:
    rows = []
    for question, mine, theirs in differing:
        labels = sheet.option_labels
        parts = compare(question.words(mine, labels), question.words(theirs, labels))
        rows.append(Row(question.label, *parts, question.kind == "long"))
    return rows


def _both(request: web.Request, unsent: Unsent, form: Form | None, rows: list[Row]) -> web.Response:
    assert form is not None
    here = URL(unsent.path).update_query({UNSENT: unsent.id, SEEN: _seen(form)})
    return page.render(
        request,
        "kit/both.html",
        rows=rows,
        mine=str(here.update_query({KEEP: "mine"})),
        both=str(here.update_query({KEEP: "both"})) if any(row.is_long for row in rows) else "",
        theirs=unsent.path,
        action=unsent.action,
    )


def _seen(form: Form) -> str:
    """The version that the page carries now."""
    return next((q.value()[0] for q in form.questions if q.name == SEEN), "")


def _merged(form: Form, sent: MultiDict[str]) -> MultiDict[str]:
    """What was sent, with both texts in each long field that differs."""
    place: dict[str, int] = {}
    values = {name: list(sent.getall(name)) for name in set(sent)}
    for question in form.questions:
        at = place.get(question.name, 0)
        place[question.name] = at + 1
        queue = values.get(question.name, [])
        if question.kind == "long" and at < len(queue):
            queue[at] = merge(plain(queue[at]), question.value()[0])
    return MultiDict((name, value) for name, many in values.items() for value in many)


async def texts_of(request: web.Request) -> list[str]:
    """What somebody may have written, for a page without the form: what waits for this request, or
    what came with it from a browser that does not say from which page."""
    if request.method == "POST":
        if not is_same_origin(request) or request.content_type != _PLAIN_FORM:
            return []
        sent, _files, _is_cut = await _body(request, LARGEST)
        return _texts(sent)
    unsent = request.get(FOUND)
    return [] if unsent is None else _texts(unsent.sent)


def _texts(sent: Iterable[tuple[str, str]]) -> list[str]:
    return [
        value
        for name, value in sent
        if value.strip() and name not in _NO_TEXT and not _ID.fullmatch(value)
    ]
