"""The api listener's part: a school's own rows of a file of 나이스.

They need no signature of request or answer: what 나이스 publishes is everybody's, and the root in the
signed list vouches for each. What a root is for never changes.
"""

from aiohttp import hdrs, web

from hub.supplies.parcels import Parcels
from kit.problem import NotFound
from protocol.message import encode
from protocol.parcels import PARCEL_PATH

ROUTES = web.RouteTableDef()
PARCELS = web.AppKey("parcels", Parcels)


@ROUTES.get(PARCEL_PATH + "{root:[0-9a-f]{64}}/{school:[0-9]{7}}")
async def parcel(request: web.Request) -> web.Response:
    found = await request.app[PARCELS].answer(
        request.match_info["root"], request.match_info["school"]
    )
    if found is None:
        raise NotFound()
    return web.Response(
        body=encode(found),
        content_type="application/json",
        headers={hdrs.CACHE_CONTROL: "public, max-age=31536000, immutable"},
    )
