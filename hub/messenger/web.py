"""What clients ask of the names of schools, where the province's DNS leads these to the console's proxy."""

import msgspec
from aiohttp import web

from hub.messenger.service import Messengers

ROUTES = web.RouteTableDef()
MESSENGERS = web.AppKey("messenger-list", Messengers)


@ROUTES.get("/.well-known/matrix/client")
async def well_known(request: web.Request) -> web.Response:
    """Where the school's server is (Client-Server API, "Well-known URI"): who types only a Matrix ID,
    `@name:j107530101.<domain>`, is led to the portal. For everybody, as the specification has it."""
    portal = await request.app[MESSENGERS].portal(request.host.partition(":")[0])
    said = {"m.homeserver": {"base_url": portal}, "io.element.e2ee": {"default": False}}
    return web.Response(
        status=200 if portal else 404,
        body=msgspec.json.encode(said if portal else {}),
        content_type="application/json",
        headers={"Access-Control-Allow-Origin": "*"},
    )
