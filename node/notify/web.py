"""Pages: the reach ledger of a letter, printed slips."""

import msgspec
from aiohttp import web

from kit.i18n import _
from kit.signin.web import SIGNIN
from kit.web import page
from kit.web.forms import read_form, read_query
from kit.web.qr import drawn
from node.access_log.access import looked, shows
from node.access_log.model import What
from node.newsletters.service import Newsletters
from node.notify.service import Notify
from node.people.session import asker_of

ROUTES = web.RouteTableDef()
NOTIFY = web.AppKey("notify", Notify)
NOTIFY_LETTERS = web.AppKey("notify_letters", Newsletters)


FEW_CLASSES = 2  # of which everybody is shown at once
IN_NO_CLASS = "-"


class ReachQuery(msgspec.Struct):
    class_id: str | None = None


@ROUTES.get("/newsletters/{id}/reach")
@shows(What.REACH)
async def reach(request: web.Request) -> web.Response:
    return await _reach_page(request, "notify/reach.html")


@ROUTES.get("/newsletters/{id}/reach/table")
@shows(What.REACH)
async def reach_table(request: web.Request) -> web.Response:
    """The part of the page that reloads when somebody opens or answers."""
    return await _reach_page(request, "notify/reach_table.html")


async def _reach_page(request: web.Request, template: str) -> web.Response:
    """How many of each class; and who, of the class that was chosen or where there are few."""
    asker = await asker_of(request)
    chosen = read_query(request, ReachQuery).class_id
    view = await request.app[NOTIFY].reach(asker, request.match_info["id"])
    shown = [
        group
        for group in view.classes
        if (group.class_id or IN_NO_CLASS) == chosen
        or (chosen is None and len(view.classes) <= FEW_CLASSES)
    ]
    persons = [one for group in shown for one in group.persons]
    looked(request, title=view.title, persons=persons)
    return await page.render_apart(request, template, reach=view, shown=shown, chosen=chosen)


@ROUTES.post("/newsletters/{id}/remind")
async def remind(request: web.Request) -> web.Response:
    asker = await asker_of(request)
    form = await read_form(request, ReachQuery)
    letter = request.match_info["id"]
    people = await request.app[NOTIFY].remind(asker, letter, form.class_id)
    return page.see_other(
        request,
        f"/newsletters/{letter}/reach",
        flash=_("%(people)s명에게 다시 알렸습니다."),
        people=people,
    )


@ROUTES.get("/newsletters/{id}/slips")
@shows(What.SLIPS)
async def slips(request: web.Request) -> web.Response:
    asker = await asker_of(request)
    letter = request.match_info["id"]
    choice = read_query(request, ReachQuery)
    view, found = await request.app[NOTIFY].slips(asker, letter, choice.class_id)
    looked(request, title=view.title, persons=[one.student_id for one in found])
    link = f"{request.app[SIGNIN].public_url}/newsletters/{letter}"
    reading = await request.app[NOTIFY_LETTERS].read(asker, letter)
    return await page.render_apart(
        request,
        "notify/slips.html",
        reach=view,
        slips=found,
        link=link,
        qr=await drawn(link),
        form=reading.form,
        html=reading.html,
    )
