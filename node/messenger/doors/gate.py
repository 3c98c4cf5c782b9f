"""Where other schools' servers come in: TLS with the province's certificate, and no strangers.

Synapse verifies every signature; the gate looks before it whether the signer belongs to a school of
the province that is in good standing, and lets nothing else of Synapse be reached.
"""

import re
import ssl
from collections.abc import Callable
from pathlib import Path

import msgspec
from aiohttp import web

from node.messenger.doors.relay import MessengerAway, Relay

# One form only, in which nobody can read another signer than Synapse does: that splits at every
# comma, takes what follows a name to the next one, and of two of a name the latter.
_PARAM = r'([a-z_]+)=(?:"([^",\s\\]*)"|([^",\s\\]+))'
_PARAMS = re.compile(_PARAM)
_SIGNED = re.compile(rf"X-Matrix +{_PARAM}(?:[ \t]*,[ \t]*{_PARAM})*")

# What a server may ask before it can sign: our keys and our version, public both.
_OPEN = ("/_matrix/key/v2/server", "/_matrix/federation/v1/version")
_FEDERATION = "/_matrix/federation/"
_WELL_KNOWN = "/.well-known/matrix/server"
LARGEST_BODY = 64 * 1024 * 1024

IsKnown = Callable[[str], bool]
"""Whether a server name belongs to a school we may speak with."""


class Gate:
    """The listener for other schools."""

    def __init__(self, server_name: str, relay: Relay, is_known: IsKnown) -> None:
        self._server_name = server_name
        self._relay = relay
        self._is_known = is_known
        self._runner: web.AppRunner | None = None

    async def start(self, host: str, port: int, certificate: Path, key: Path) -> int:
        """Listen; the port. Raises OSError when it is taken."""
        tls = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
        tls.minimum_version = ssl.TLSVersion.TLSv1_2
        tls.load_cert_chain(certificate, key)
        app = web.Application(client_max_size=LARGEST_BODY)
        app.router.add_route("*", "/{path:.*}", self._pass)
        self._runner = web.AppRunner(app, access_log=None, shutdown_timeout=2)
        await self._runner.setup()
        site = web.TCPSite(self._runner, host, port, ssl_context=tls)
        await site.start()
        return int(self._runner.addresses[0][1])

    async def stop(self) -> None:
        if self._runner is not None:
            await self._runner.cleanup()

    async def _pass(self, request: web.Request) -> web.StreamResponse:
        if request.path == _WELL_KNOWN:
            # Says the port outright, so that nobody asks the DNS for names that are not in it.
            return _json(200, {"m.server": f"{self._server_name}:8448"})
        if request.path in _OPEN and request.method == "GET":
            return await self._hand_on(request)
        if not request.path.startswith(_FEDERATION):
            return _json(404, {"errcode": "M_UNRECOGNIZED", "error": "not here"})
        if not self._is_from_the_province(request):
            return _json(403, {"errcode": "M_FORBIDDEN", "error": "not a school of this province"})
        return await self._hand_on(request)

    async def _hand_on(self, request: web.Request) -> web.StreamResponse:
        try:
            return await self._relay.hand_on(request)
        except MessengerAway:
            return _json(503, {"errcode": "M_UNKNOWN", "error": "the server is starting"})

    def _is_from_the_province(self, request: web.Request) -> bool:
        """Every X-Matrix header must name a known origin, and us where it names a destination."""
        given = request.headers.getall("Authorization", [])
        if not given:
            return False
        for header in given:
            said = _params(header)
            if not self._is_known(said.get("origin", "").lower()):
                return False
            if said.get("destination", self._server_name).lower() != self._server_name:
                return False
        return True


def _params(header: str) -> dict[str, str]:
    """What an X-Matrix header says; nothing where it is of any other form."""
    if _SIGNED.fullmatch(header) is None:
        return {}
    found = [(name, quoted or bare) for name, quoted, bare in _PARAMS.findall(header)]
    said = dict(found)
    return said if len(said) == len(found) else {}


def _json(status: int, body: dict[str, str]) -> web.Response:
    return web.Response(
        status=status, body=msgspec.json.encode(body), content_type="application/json"
    )
