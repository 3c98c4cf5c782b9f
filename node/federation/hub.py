"""The line to the hub: signed requests, verified answers, over TLS pinned to what is known.

Trust rests on the signatures; TLS is pinned besides: to the invitation's fingerprint while joining,
to the provincial CA afterwards.
"""

import ssl
from collections.abc import Awaitable, Callable, Sequence

import aiohttp
import msgspec

from kit.clock import SECOND, Clock
from node.federation.model import Membership, SyncFailed
from protocol.errors import ProtocolError, StaleMessage
from protocol.identity import KeyPair, PublicKeys
from protocol.signing import known_keys, sign_request, verify_response

MAX_ANSWER = 32 * 1024 * 1024  # bytes; a hub that sends more is broken or hostile
TakeCounter = Callable[[], Awaitable[int]]


class Refusal(msgspec.Struct):
    """What we read of a problem+json answer."""

    title: str = ""
    detail: str = ""
    next_counter: int = 0


class HubRefusal(Exception):
    """The hub answered, and said no. `signed`: it was the hub that said so. `next_counter`: what a
    request with a used counter should have had at least."""

    def __init__(
        self, status: int, code: str, detail: str, *, signed: bool, next_counter: int = 0
    ) -> None:
        super().__init__(f"{status} {code}: {detail}")
        self.status = status
        self.code = code
        self.detail = detail
        self.signed = signed
        self.next_counter = next_counter


class ClockSkew(Exception):
    """The hub's clock and ours differ by `skew_ms` (positive: the hub is ahead)."""

    def __init__(self, skew_ms: int) -> None:
        super().__init__(f"clocks differ by {skew_ms} ms")
        self.skew_ms = skew_ms


def trust_of(ca_chain_pem: Sequence[str]) -> ssl.SSLContext:
    """TLS that accepts certificates of the provincial CA only."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    context.load_verify_locations(cadata="\n".join(ca_chain_pem))
    return context


def pinned_to(tls_fingerprint: str | None) -> aiohttp.Fingerprint | bool:
    """TLS that accepts the certificate with this SHA-256 only. None: a code typed by hand carries
    no fingerprint; then any certificate passes and the grant's proof decides."""
    if tls_fingerprint is None:
        return False
    return aiohttp.Fingerprint(bytes.fromhex(tls_fingerprint))


class HubLine:
    """One server at the other end, its keys and its TLS. Close after use."""

    def __init__(
        self,
        url: str,
        tls: ssl.SSLContext | aiohttp.Fingerprint | bool,
        keys: KeyPair,
        hub_keys: PublicKeys | None,
        clock: Clock,
    ) -> None:
        self.url = url.rstrip("/")
        self._keys = keys
        self._hub_keys = hub_keys
        self._clock = clock
        timeout = aiohttp.ClientTimeout(total=100, connect=10)
        self._session = aiohttp.ClientSession(
            connector=aiohttp.TCPConnector(ssl=tls, limit=2), timeout=timeout
        )

    @property
    def key_id(self) -> str:
        """Whose key speaks on this line."""
        return self._keys.key_id

    def expect(self, hub_keys: PublicKeys) -> None:
        """From now on answers must be signed by these keys."""
        self._hub_keys = hub_keys

    async def close(self) -> None:
        await self._session.close()

    async def get_unsigned(self, path: str) -> bytes:
        """A public document of the hub. Raises SyncFailed when out of reach, HubRefusal."""
        status, _headers, body = await self._exchange("GET", path, b"", {})
        if status != 200:
            raise _refusal(status, body, signed=False)
        return body

    async def call(self, method: str, path: str, body: bytes, take_counter: TakeCounter) -> bytes:
        """The verified body of the hub's answer to a signed request.

        Raises SyncFailed when the hub is out of reach or not the hub, HubRefusal when it says no,
        ClockSkew when the clocks are too far apart.
        """
        signed = sign_request(
            self._keys,
            method=method,
            url=self.url + path,
            body=body,
            counter=await take_counter(),
            now=self._clock.now(),
        )
        status, headers, answer = await self._exchange(method, path, body, signed)
        if self._hub_keys is None:
            if status != 200:
                raise _refusal(status, answer, signed=False)
            return answer
        try:
            verify_response(
                status=status,
                headers=headers,
                body=answer,
                request_signature=signed["Signature"],
                resolve_key=known_keys(self._hub_keys),
                now=self._clock.now(),
            )
        except StaleMessage as error:
            raise ClockSkew(error.skew_ms) from error
        except ProtocolError as error:
            if status != 200:
                raise _refusal(status, answer, signed=False) from error
            raise SyncFailed(f"the answer was not the hub's: {error.message}") from error
        if status != 200:
            raise _refusal(status, answer, signed=True)
        return answer

    async def _exchange(
        self, method: str, path: str, body: bytes, signed: dict[str, str]
    ) -> tuple[int, list[tuple[str, str]], bytes]:
        headers = {"Content-Type": "application/json", **signed}
        try:
            async with self._session.request(
                method, self.url + path, data=body, headers=headers, allow_redirects=False
            ) as response:
                answer = await response.content.read(MAX_ANSWER + 1)
                while not response.content.at_eof() and len(answer) <= MAX_ANSWER:
                    answer += await response.content.read(MAX_ANSWER + 1 - len(answer))
                if len(answer) > MAX_ANSWER:
                    raise SyncFailed("the hub's answer is too large")
                return response.status, list(response.headers.items()), answer
        except aiohttp.ServerFingerprintMismatch as error:
            raise NotGenuine(str(error)) from error
        except (aiohttp.ClientSSLError, aiohttp.ClientConnectorCertificateError) as error:
            raise SyncFailed(f"TLS: {error}") from error
        except (TimeoutError, aiohttp.ClientError, OSError) as error:
            raise SyncFailed(f"{type(error).__name__}: {error}") from error


class NotGenuine(SyncFailed):
    """The server at the hub's address shows another certificate than the invitation names."""


def _refusal(status: int, body: bytes, *, signed: bool) -> HubRefusal:
    try:
        problem = msgspec.json.decode(body, type=Refusal)
    except msgspec.DecodeError:
        problem = Refusal()
    return HubRefusal(
        status,
        problem.title,
        problem.detail,
        signed=signed,
        next_counter=problem.next_counter if signed else 0,
    )


def line_to(clock: Clock, membership: Membership, pair: KeyPair) -> HubLine:
    """A line to the school's hub on which these keys speak."""
    hub = membership.grant.hub
    url = hub.urls[0]
    tls = trust_of(hub.ca_chain_pem) if url.startswith("https:") else True
    return HubLine(url, tls, pair, hub.keys, clock)


def clock_failed(error: ClockSkew) -> SyncFailed:
    """What a sync says of clocks that differ."""
    return SyncFailed(f"clock: {abs(error.skew_ms) // SECOND} s away from the hub's")
