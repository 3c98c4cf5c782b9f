"""The sign-in of a Matrix client on its way in: what it sends is changed for a ticket, and what keeps
it out is said in Matrix's codes (Matrix specification, client-server API, "Login")."""

from typing import Any

import msgspec
from aiohttp import web

from kit.db import StorageFailed
from kit.problem import BadRequest, Problem, TooMany
from kit.signin.model import Busy
from kit.web import page
from node.messenger.doors.entrance import Entrance, Ticket
from node.messenger.model import AccountLocked, MessengerNotReady

PASSWORD, TOKEN = "m.login.password", "m.login.token"
_AWAY = (Busy, MessengerNotReady, StorageFailed)


class _Identifier(msgspec.Struct):
    type: str = ""
    user: str = ""


class _Login(msgspec.Struct):
    type: str = ""
    identifier: _Identifier | None = None
    user: str = ""
    password: str = ""
    token: str = ""

    @property
    def who(self) -> str:
        if self.identifier is None:
            return self.user
        return self.identifier.user if self.identifier.type == "m.id.user" else ""


class NotOpen(Exception):
    """A way to sign in that does not lead in from outside."""


async def with_ticket(body: bytes, entrance: Entrance, address: str) -> bytes:
    """The request that Synapse is handed in place of the client's.

    Raises NotOpen, BadRequest, and what Entrance.admit raises.
    """
    try:
        asked = msgspec.json.decode(body, type=_Login)
        sent: dict[str, Any] = msgspec.json.decode(body)
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        raise BadRequest() from error
    ticket = await _ticket(asked, entrance, address)
    for name in ("user", "medium", "address", "token"):
        sent.pop(name, None)
    identifier = {"type": "m.id.user", "user": ticket.admitted.user_id}
    sent |= {"type": PASSWORD, "identifier": identifier, "password": ticket.secret}
    return msgspec.json.encode(sent)


async def _ticket(asked: _Login, entrance: Entrance, address: str) -> Ticket:
    if asked.type == PASSWORD:
        return await entrance.admit(asked.who, asked.password, address)
    if asked.type == TOKEN:
        return entrance.whose(asked.token)
    raise NotOpen()


def refusal(request: web.Request, problem: Problem) -> tuple[int, dict[str, object], str]:
    """(status, body, seconds until one may try again) of what keeps a client out."""
    said: dict[str, object] = {
        "errcode": "M_FORBIDDEN",
        "error": page.translate(request, problem.text, **problem.params),
    }
    seconds = str(problem.params.get("seconds", ""))
    if isinstance(problem, TooMany):
        limit = {"errcode": "M_LIMIT_EXCEEDED", "retry_after_ms": int(seconds) * 1000}
        return 429, said | limit, seconds
    if isinstance(problem, AccountLocked):
        return 401, said | {"errcode": "M_USER_LOCKED", "soft_logout": True}, ""
    if isinstance(problem, BadRequest):
        return 400, said | {"errcode": "M_BAD_JSON"}, ""
    if isinstance(problem, _AWAY):
        return 503, said | {"errcode": "M_UNKNOWN"}, seconds
    return 403, said, ""
