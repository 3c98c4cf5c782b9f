"""Who asks, behind a reverse proxy: without this all visitors would share the proxy's address, and
one attacker's failures would lock everybody out of the sign-in.

Only for servers whose settings say that a proxy stands in front: else anybody could claim an address.
"""

import ipaddress

from aiohttp import web
from aiohttp.typedefs import Handler


@web.middleware
async def middleware(request: web.Request, handler: Handler) -> web.StreamResponse:
    """Take address and scheme from the proxy's headers. Install it first of all."""
    forwarded = request.headers.getall("X-Forwarded-For", [])
    scheme = request.headers.get("X-Forwarded-Proto", request.scheme)
    # The last address is the one our proxy saw; those before it are the visitor's own claims.
    claimed = forwarded[-1].rsplit(",", 1)[-1].strip() if forwarded else ""
    try:
        remote = str(ipaddress.ip_address(claimed))
    except ValueError:
        remote = request.remote or ""
    secure = scheme if scheme in ("http", "https") else request.scheme
    return await handler(request.clone(remote=remote, scheme=secure))
