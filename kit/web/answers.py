"""A page as the answer to a form (printed invitations, a list that was looked through, a verified
receipt) gets an address of its own.

A browser cannot show the answer to a form again when somebody goes back to it; a page that has an
address it can. The page waits in this process's memory, for the account that got it alone, while
that is signed in.
"""

import msgspec
from aiohttp import web
from aiohttp.typedefs import Handler

from kit.clock import HOUR
from kit.ids import new_secret
from kit.problem import NotFound
from kit.web.keys import CLOCK, OWNER, SIGNED_IN
from kit.web.pending import Pending
from kit.web.unsent import page_of

KEPT_FOR = HOUR
LARGEST = 8 << 20  # bytes: the invitations of the largest class are a tenth of it


class StoredAnswer(msgspec.Struct, frozen=True):
    """A page; `owner` as in kit.web.pending."""

    id: str
    owner: str
    body: bytes
    until: int

    @property
    def size(self) -> int:
        return len(self.body)


ANSWERS: web.AppKey[Pending[StoredAnswer]] = web.AppKey("answers", Pending)


@web.middleware
async def middleware(request: web.Request, handler: Handler) -> web.StreamResponse:
    """Lead a browser from its form to the page that answers it."""
    response = await handler(request)
    if request.method != "POST" or not isinstance(response, web.Response):
        return response
    body = response.body
    is_page = response.status == 200 and response.content_type == "text/html"
    if (
        not is_page
        or page_of(request) is None
        or not isinstance(body, bytes)
        or len(body) > LARGEST
    ):
        return response
    until = request.app[CLOCK].now() + KEPT_FOR
    kept = StoredAnswer(new_secret(16), _owner(request), body, until)
    request.app[ANSWERS].keep(kept)
    headers = {"Location": f"/answers/{kept.id}", "Cache-Control": "no-store"}
    led = web.Response(status=303, headers=headers)
    led.cookies.update(response.cookies)
    return led


def _owner(request: web.Request) -> str:
    """Who is signed in; empty for who is not, also where a session has ended on this device."""
    return request.get(OWNER, "") if SIGNED_IN in request else ""


async def show(request: web.Request) -> web.Response:
    """GET /answers/{id}. Raises NotFound also to everybody else."""
    kept = request.app[ANSWERS].find(request.match_info["id"], _owner(request))
    if kept is None:
        raise NotFound()
    headers = {"Cache-Control": "no-store", "Content-Type": "text/html; charset=utf-8"}
    return web.Response(body=kept.body, headers=headers)
