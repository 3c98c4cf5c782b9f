"""Pages: one's own notifications."""

from aiohttp import web

from kit.web import page
from node.notices.service import Notices
from node.people.session import asker_of

ROUTES = web.RouteTableDef()
NOTICES = web.AppKey("notices", Notices)


@ROUTES.get("/notifications")
async def notifications(request: web.Request) -> web.Response:
    lines, of_access = await request.app[NOTICES].latest(await asker_of(request))
    return page.render(request, "notices/notifications.html", lines=lines, of_access=of_access)
