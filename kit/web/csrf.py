"""Refuses state-changing requests that another site made a browser send.

Browsers tell in Sec-Fetch-Site (and, older ones, in Origin) where a request comes from, so forms
need no token. A request with neither header and with a session cookie is refused as well; programs
send no cookie.
"""

from urllib.parse import urlsplit

from aiohttp import web
from aiohttp.typedefs import Handler

from kit.i18n import _
from kit.problem import Problem

SAFE_METHODS = frozenset({"GET", "HEAD", "OPTIONS"})


class CrossSite(Problem):
    code = "cross-site"
    status = 403
    text = _("다른 사이트에서 보낸 요청이라 처리하지 않았습니다. 이 화면에서 다시 시도해 주세요.")


def is_same_origin(request: web.Request) -> bool:
    """Whether the request comes from a page of this server, or from no page at all."""
    site = request.headers.get("Sec-Fetch-Site")
    if site is not None:
        return site in ("same-origin", "none")
    origin = request.headers.get("Origin")
    if origin is not None:
        return urlsplit(origin).netloc == request.host
    return not request.cookies


@web.middleware
async def middleware(request: web.Request, handler: Handler) -> web.StreamResponse:
    if request.method not in SAFE_METHODS and not is_same_origin(request):
        raise CrossSite()
    return await handler(request)
