"""How a page says whose data it shows.

    @ROUTES.get("/forms/{id}/results")
    @shows(What.RESULTS)
    async def results(request): ...
        looked(request, title=found.title, persons=[row.student_id for row in found.rows])

The declaration does the noting: a page that forgets `looked` is noted without names. A test walks
the table of routes, so that no page that shows others' data goes undeclared.
"""

import functools
from collections.abc import Awaitable, Callable, Iterable
from typing import TypeVar

import msgspec
from aiohttp import hdrs, web

from kit.web.keys import VISITOR
from node.access_log.model import Looker, What
from node.access_log.service import AccessLog

Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]
H = TypeVar("H", bound=Handler)

ACCESS_LOG = web.AppKey("access_log", AccessLog)
_SHOWS = "__madang_shows__"


class _Look(msgspec.Struct):
    """What a page that is being made shows."""

    subject: str = ""
    title: str = ""
    persons: tuple[str, ...] | None = None


_LOOK = web.RequestKey("access_log_look", _Look)


def shows(what: What) -> Callable[[H], Handler]:
    """Declare that a handler's answer shows data of others; each such answer is noted."""

    def mark(handler: H) -> Handler:
        @functools.wraps(handler)
        async def noted(request: web.Request) -> web.StreamResponse:
            look = request[_LOOK] = _Look(subject=request.match_info.get("id", ""))
            answer = await handler(request)
            reader = request.get(VISITOR)
            is_shown = answer.status < 300 and request.method != hdrs.METH_HEAD
            if is_shown and isinstance(reader, Looker):
                request.app[ACCESS_LOG].note(
                    reader,
                    what,
                    request.remote or "",
                    subject=look.subject,
                    title=look.title,
                    persons=look.persons,
                )
            return answer

        setattr(noted, _SHOWS, what)
        return noted

    return mark


def looked(
    request: web.Request,
    *,
    subject: str | None = None,
    title: str = "",
    persons: Iterable[str | None] | None = None,
) -> None:
    """Say whose data the page shows. `persons`: ids; left out where nobody knows, as for a file.
    `subject`: the id of what is shown (that of the address unless said); `title`: its name."""
    look = request[_LOOK]
    if subject is not None:
        look.subject = subject
    look.title = title
    look.persons = None if persons is None else tuple(one for one in persons if one)


def declared(handler: object) -> What | None:
    """What a route's handler declares to show."""
    found = getattr(handler, _SHOWS, None)
    return found if isinstance(found, What) else None
