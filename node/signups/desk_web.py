"""Pages of staff: making a sign-up, who signed up, places, closing, calling off, the workbook."""

import asyncio
from itertools import zip_longest

import msgspec
from aiohttp import web

from kit import sheets
from kit.clock import local
from kit.i18n import _
from kit.problem import UNFIT, Invalid
from kit.signin.fresh import DECISIONS, within
from kit.web import page
from kit.web.forms import read_form, read_query, wall_clock
from kit.web.keys import CLOCK
from node.access_log.access import looked, shows
from node.access_log.model import What
from node.people.session import asker_of
from node.signups.model import CourseText, How, SignupList, SignupText
from node.signups.web import ID, SIGNUPS, WORDS
from node.signups.workbook import workbook_of

ROUTES = web.RouteTableDef()
BLANK_COURSES = 3
"""Lines that an editor offers beyond those that are filled."""


class SignupForm(msgspec.Struct):
    """The editor. Each course is one value of `course_name`, `course_note` and `course_places`."""

    title: str = ""
    text: str = ""
    audience: list[str] = []
    how: How = How.FIRST
    opens: str = ""
    closes: str = ""
    siblings: bool = False
    most: int = 1
    promotes: bool = False
    course_name: list[str] = []
    course_note: list[str] = []
    course_places: list[str] = []
    seen: str = ""
    act: str = "save"


class CourseQuery(msgspec.Struct):
    course: str = ""


class PlacesForm(msgspec.Struct):
    places: int


class ClosingForm(msgspec.Struct):
    closes: str


@ROUTES.post("/signups/new")
async def new(request: web.Request) -> web.Response:
    """A fresh draft, opened in the editor."""
    asker = await asker_of(request)
    made = await request.app[SIGNUPS].desk.create(asker)
    return page.see_other(request, f"/signups/{made}/edit")


@ROUTES.get(ID + "/edit")
async def editor(request: web.Request) -> web.Response:
    asker = await asker_of(request)
    signups = request.app[SIGNUPS]
    signup_id = request.match_info["id"]
    text = await signups.desk.draft(asker, signup_id)
    return page.render(
        request,
        "signups/edit.html",
        signup_id=signup_id,
        text=text,
        places=await signups.places(asker, text.keys),
        opens=typed(text.opens_at),
        closes=typed(text.closes_at),
        blanks=range(BLANK_COURSES),
        **WORDS,
    )


@ROUTES.post(ID + "/edit")
@within(DECISIONS)
async def save(request: web.Request) -> web.Response:
    """Keep the draft; `act=publish` shows it to families as well."""
    asker = await asker_of(request)
    form = await read_form(request, SignupForm)
    desk, signup_id = request.app[SIGNUPS].desk, request.match_info["id"]
    await desk.save(asker, signup_id, _text_of(form), form.seen)
    if form.act != "publish":
        return page.see_other(request, f"/signups/{signup_id}/edit", flash=_("저장했습니다."))
    await desk.publish(asker, signup_id)
    return page.see_other(request, f"/signups/{signup_id}", flash=_("모집을 공개했습니다."))


def _text_of(form: SignupForm) -> SignupText:
    """What was typed; lines without a name are no courses. Raises Invalid."""
    opens, closes = wall_clock(form.opens, "opens"), wall_clock(form.closes, "closes")
    missing = {name: UNFIT for name, at in (("opens", opens), ("closes", closes)) if at is None}
    if opens is None or closes is None:
        raise Invalid(missing)
    lines = zip_longest(form.course_name, form.course_note, form.course_places, fillvalue="")
    return SignupText(
        title=form.title,
        text=form.text,
        keys=tuple(sorted(set(form.audience))),
        how=form.how,
        opens_at=opens,
        closes_at=closes,
        siblings=form.siblings,
        most=form.most,
        promotes=form.promotes,
        courses=tuple(
            CourseText(name, note, _places(places)) for name, note, places in lines if name
        ),
    )


def _places(text: str) -> int:
    """Raises Invalid."""
    if not (text.isascii() and text.isdecimal() and len(text) < 6):
        raise Invalid({"course_places": UNFIT})
    return int(text)


def typed(at: int) -> str:
    """A moment (ms) as an input writes it."""
    return f"{local(at):%Y-%m-%dT%H:%M}"


@ROUTES.post(ID + "/discard")
async def discard(request: web.Request) -> web.Response:
    asker = await asker_of(request)
    await request.app[SIGNUPS].desk.discard(asker, request.match_info["id"])
    return page.see_other(request, "/signups", flash=_("작성 중인 모집을 삭제했습니다."))


# Who signed up --------------------------------------------------------------------------------------


@ROUTES.get(ID + "/entries")
@shows(What.LIST)
async def entries(request: web.Request) -> web.Response:
    asker = await asker_of(request)
    query = read_query(request, CourseQuery)
    found = await request.app[SIGNUPS].entries(asker, request.match_info["id"], query.course)
    looked(request, title=found.signup.title, persons=_persons([found]))
    return await page.render_apart(
        request, "signups/entries.html", found=found, closes=typed(found.signup.closes_at), **WORDS
    )


@ROUTES.get(ID + "/entries.xlsx")
@shows(What.EXPORT)
async def export(request: web.Request) -> web.Response:
    asker = await asker_of(request)
    signup_id = request.match_info["id"]
    found = await request.app[SIGNUPS].export(asker, signup_id)
    looked(request, title=found[0].signup.title, persons=_persons(found))
    day = local(request.app[CLOCK].now()).strftime("%Y%m%d")
    return web.Response(
        body=await asyncio.to_thread(workbook_of, found),
        content_type=sheets.MEDIA_TYPE,
        headers={
            "Content-Disposition": f'attachment; filename="signup-{signup_id}-{day}.xlsx"',
            "Cache-Control": "no-store",
        },
    )


def _persons(lists: list[SignupList]) -> list[str]:
    """Whose data the lists show: the children, and the guardians who signed them up."""
    return [
        person
        for one in lists
        for line in one.entries
        for person in (*(child.student_id for child in line.pupils), line.entry.by_id)
    ]


@ROUTES.post(ID + "/entries/{entry}/promote")
@within(DECISIONS)
async def promote(request: web.Request) -> web.Response:
    asker = await asker_of(request)
    signup_id = request.match_info["id"]
    await request.app[SIGNUPS].entering.promote(asker, signup_id, request.match_info["entry"])
    return _back(request, _("대기자를 선정하고 가정에 알렸습니다."))


@ROUTES.post(ID + "/entries/{entry}/strike")
@within(DECISIONS)
async def strike(request: web.Request) -> web.Response:
    """Whoever handles the sign-up cancels an entry for a family."""
    asker = await asker_of(request)
    signup_id = request.match_info["id"]
    await request.app[SIGNUPS].entering.cancel(asker, signup_id, request.match_info["entry"])
    return _back(request, _("신청을 취소하고 가정에 알렸습니다."))


@ROUTES.post(ID + "/courses/{course}/places")
@within(DECISIONS)
async def set_places(request: web.Request) -> web.Response:
    asker = await asker_of(request)
    form = await read_form(request, PlacesForm)
    signup_id, course = request.match_info["id"], request.match_info["course"]
    await request.app[SIGNUPS].desk.set_places(asker, signup_id, course, form.places)
    return _back(request, _("정원을 변경했습니다."))


@ROUTES.post(ID + "/closing")
@within(DECISIONS)
async def move_closing(request: web.Request) -> web.Response:
    asker = await asker_of(request)
    form = await read_form(request, ClosingForm)
    at = wall_clock(form.closes, "closes")
    if at is None:
        raise Invalid({"closes": UNFIT})
    await request.app[SIGNUPS].desk.move_closing(asker, request.match_info["id"], at)
    return _back(request, _("마감을 변경했습니다."))


@ROUTES.post(ID + "/withdraw")
@within(DECISIONS)
async def withdraw(request: web.Request) -> web.Response:
    asker = await asker_of(request)
    signup_id = request.match_info["id"]
    await request.app[SIGNUPS].desk.withdraw(asker, signup_id)
    return page.see_other(
        request, f"/signups/{signup_id}", flash=_("모집을 취소하고 신청한 가정에 알렸습니다.")
    )


def _back(request: web.Request, flash: str) -> web.Response:
    """To the list, of the course that was looked at."""
    course = request.match_info.get("course") or request.query.get("course", "")
    query = f"?course={course}" if course.replace("-", "").isalnum() else ""
    signup_id = request.match_info["id"]
    return page.see_other(request, f"/signups/{signup_id}/entries{query}", flash=flash)
