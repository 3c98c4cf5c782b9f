"""The page of one's private address, and what answers under it."""

import msgspec
from aiohttp import web

from kit.i18n import _
from kit.signin.fresh import RIGHTS, within
from kit.signin.web import SIGNIN
from kit.web import page
from kit.web.forms import read_form, read_query
from node.calendar.subscribing import Subscriptions
from node.people.session import asker_of

ROUTES = web.RouteTableDef()
SUBSCRIPTIONS = web.AppKey("calendar_subscriptions", Subscriptions)


class FeedQuery(msgspec.Struct):
    key: str = ""


class ContentsForm(msgspec.Struct):
    deadlines: bool = False


@ROUTES.get("/calendar/subscription")
async def shown(request: web.Request) -> web.Response:
    asker = await asker_of(request)
    own = await request.app[SUBSCRIPTIONS].of(asker)
    return page.render(request, "calendar/subscription.html", own=own, address="")


@ROUTES.post("/calendar/subscription")
@within(RIGHTS)
async def renew(request: web.Request) -> web.Response:
    """A new address, shown this once: afterwards nobody can say it any more."""
    asker = await asker_of(request)
    secret = await request.app[SUBSCRIPTIONS].renew(asker)
    own = await request.app[SUBSCRIPTIONS].of(asker)
    address = f"{request.app[SIGNIN].public_url}/calendar/feed.ics?key={secret}"
    return page.render(request, "calendar/subscription.html", own=own, address=address)


@ROUTES.post("/calendar/subscription/contents")
async def choose(request: web.Request) -> web.Response:
    asker = await asker_of(request)
    form = await read_form(request, ContentsForm)
    await request.app[SUBSCRIPTIONS].choose(asker, deadlines=form.deadlines)
    return page.see_other(request, "/calendar/subscription", flash=_("저장했습니다."))


@ROUTES.post("/calendar/subscription/end")
async def revoke(request: web.Request) -> web.Response:
    asker = await asker_of(request)
    await request.app[SUBSCRIPTIONS].revoke(asker)
    return page.see_other(
        request,
        "/calendar/subscription",
        flash=_("주소를 삭제했습니다. 이제 이 주소로는 일정을 받을 수 없습니다."),
    )


@ROUTES.get("/calendar/feed.ics")
async def feed(request: web.Request) -> web.Response:
    """The calendar of the address's person, for their program: nobody signs in here. The secret is no part
    of the path, which logs may hold."""
    query = read_query(request, FeedQuery)
    found = await request.app[SUBSCRIPTIONS].calendar(query.key)
    headers = {"ETag": f'"{found.tag}"', "Cache-Control": "private, no-cache"}
    if found.tag in request.headers.get("If-None-Match", ""):
        return web.Response(status=304, headers=headers)
    return web.Response(
        body=found.content, content_type="text/calendar", charset="utf-8", headers=headers
    )
