"""The doors inside the machine, for this node's Synapse alone: is this password right, who came in by
it, and the bot's mail.

They listen on loopback, and each caller proves by a shared secret that it is our Synapse.
"""

import hmac
import logging
from collections.abc import Awaitable, Callable
from typing import Any

import msgspec
from aiohttp import web

from node.messenger.synapse.homeserver import Secrets

log = logging.getLogger(__name__)

LARGEST_MAIL = 16 * 1024 * 1024


class SignInTried(msgspec.Struct, frozen=True):
    user: str
    password: str


class Admitted(msgspec.Struct, frozen=True):
    """Who came in: full Matrix id and display name; both empty: nobody. `app_password`: the id of the
    app password it was; `generation`: of their account (kit.signin)."""

    user_id: str = ""
    name: str = ""
    app_password: str = ""
    generation: int = 0


class SignedIn(msgspec.Struct, frozen=True):
    """A client that Synapse has let in by a password that the node admitted."""

    user_id: str
    device_id: str
    app_password: str = ""
    generation: int = 0


class BotMail(msgspec.Struct, frozen=True):
    """What Synapse brings to an application service (Matrix Application Service API, v1)."""

    events: tuple[dict[str, Any], ...] = ()


Admit = Callable[[SignInTried], Awaitable[Admitted]]
Remember = Callable[[SignedIn], Awaitable[None]]
Deliver = Callable[[tuple[dict[str, Any], ...]], Awaitable[None]]


class InnerDoors:
    """The listener."""

    def __init__(
        self, secrets: Secrets, admit: Admit, remember: Remember, deliver: Deliver
    ) -> None:
        self._secrets = secrets
        self._admit = admit
        self._remember = remember
        self._deliver = deliver
        app = web.Application(client_max_size=LARGEST_MAIL)
        app.router.add_post("/password", self._password)
        app.router.add_post("/signed-in", self._signed_in)
        app.router.add_put("/_matrix/app/v1/transactions/{transaction}", self._mail)
        self._runner = web.AppRunner(app, access_log=None, shutdown_timeout=2)

    async def start(self) -> str:
        """Listen; where."""
        await self._runner.setup()
        await web.TCPSite(self._runner, "127.0.0.1", 0).start()
        return f"http://127.0.0.1:{self._runner.addresses[0][1]}"

    async def stop(self) -> None:
        await self._runner.cleanup()

    async def _password(self, request: web.Request) -> web.Response:
        _prove(request, self._secrets.door)
        credentials = msgspec.json.decode(await request.read(), type=SignInTried)
        return _json(await self._admit(credentials))

    async def _signed_in(self, request: web.Request) -> web.Response:
        """Durable before the client hears that it is in."""
        _prove(request, self._secrets.door)
        await self._remember(msgspec.json.decode(await request.read(), type=SignedIn))
        return _json({})

    async def _mail(self, request: web.Request) -> web.Response:
        """Taken once it is durable: Synapse brings it again until then."""
        _prove(request, self._secrets.hs_token)
        try:
            mail = msgspec.json.decode(await request.read(), type=BotMail)
        except (msgspec.DecodeError, UnicodeDecodeError) as error:
            # Brought again for ever otherwise, with everything behind it.
            log.error("the bot's mail cannot be read", extra={"why": str(error)})
            return _json({})
        await self._deliver(mail.events)
        return _json({})


def _prove(request: web.Request, secret: str) -> None:
    given = request.headers.get("Authorization", "").removeprefix("Bearer ")
    if not hmac.compare_digest(given.encode(), secret.encode()):
        raise web.HTTPForbidden()


def _json(body: object) -> web.Response:
    return web.Response(body=msgspec.json.encode(body), content_type="application/json")
