"""Signed requests and responses between servers: a narrow profile of RFC 9421 and RFC 9530.

A request covers @method, @authority, @target-uri and content-digest (SHA-256, of an empty body too)
with the parameters created, keyid, nonce and tag, all of them and no others. A response covers
@status, content-digest and the Signature of the request it answers. One signature a message,
labelled `madang`, by Ed25519. The nonce is a counter that only rises for a key: the receiver stores
the last one in the same transaction as the request's effect, so a replay has none. It follows the
clock, so that no single request can use up all that are to come.

The library accepts far less by default; here nothing is trusted that the signature does not cover.
"""

import base64
import hashlib
import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from http_message_signatures import (
    ContentDigest,
    HTTPMessageSignaturesException,
    HTTPMessageSigner,
    HTTPMessageVerifier,
    HTTPSignatureKeyResolver,
    InvalidSignature,
    VerifyResult,
    algorithms,
)

from protocol.errors import (
    BadSignature,
    BodyMismatch,
    CounterAhead,
    CounterReplayed,
    DuplicatedHeader,
    MissingComponent,
    MissingSignature,
    StaleMessage,
    UnknownKey,
    WrongTag,
)
from protocol.identity import KeyId, KeyPair, PublicKeys

TAG = "madang-v1"
LABEL = "madang"
MAX_SKEW_MS = 90_000
"""How far the clocks of sender and receiver may differ (a message also counts as old after that)."""
MAX_COUNTER_AHEAD_MS = 2 * MAX_SKEW_MS
"""A counter lies less than this before the receiver's clock: a sender goes on from what it last used,
with a clock that was ahead then and is behind now."""

REQUEST_COMPONENTS = ("@method", "@authority", "@target-uri", "content-digest")
RESPONSE_COMPONENTS = ("@status", "content-digest", f'"signature";req;key="{LABEL}"')
_REQUEST_COVERED = frozenset(f'"{name}"' for name in REQUEST_COMPONENTS)
_RESPONSE_COVERED = frozenset(('"@status"', '"content-digest"', RESPONSE_COMPONENTS[2]))
_PARAMETERS = ("created", "keyid", "nonce", "tag")
_SINGLE = frozenset(
    ("signature", "signature-input", "content-digest", "host", "content-length", "content-type")
)
_PARAMS_LINE = '"@signature-params"'
_SIGNATURE = re.compile(LABEL + "=:([A-Za-z0-9+/]{86}==):")
_COUNTER = re.compile(r"[1-9][0-9]{0,15}")

Headers = Mapping[str, str] | Iterable[tuple[str, str]]
"""Headers as received. A multi-dict's `items()` must give every line, or doubles pass unseen."""
ResolveKey = Callable[[str], bytes | None]
"""Ed25519 public key (32 bytes) of a key id, or None when it is not known (any more)."""


@dataclass(frozen=True, slots=True)
class VerifiedRequest:
    """What the signature covered, nothing else. `counter` is still to be held against the last one.

    `signature` is the text of the Signature header: `sign_response` binds the answer to it.
    """

    key_id: KeyId
    method: str
    authority: str
    target_uri: str
    body: bytes
    created_at: int
    counter: int
    signature: str


@dataclass(frozen=True, slots=True)
class VerifiedResponse:
    """What the signature of a response covered, bound to the request it answers."""

    key_id: KeyId
    status: int
    body: bytes
    created_at: int


def known_keys(*keys: PublicKeys) -> ResolveKey:
    """Resolves just these: a hub's own node row, or the key an enrolment request brings itself."""
    known = {str(one.key_id): one.signing_bytes for one in keys}

    def resolve(key_id: str) -> bytes | None:
        return known.get(key_id)

    return resolve


def next_counter(last: int, now: int) -> int:
    """The sender's next counter: above the last one, and not below the clock (ms).

    So a sender whose database came back from a backup goes on without asking anybody. `last` as in
    `held_counter`.
    """
    return max(held_counter(last, now) + 1, now)


def check_counter(last: int, given: int, now: int) -> None:
    """The receiver's rule against replays; `last` of this key, 0 before its first request.

    Raises CounterReplayed unless given > last, CounterAhead where it would shut out all that come
    after it.
    """
    if given >= now + MAX_COUNTER_AHEAD_MS:
        raise CounterAhead(f"counter {given} lies too far ahead of {now}", given=given, now=now)
    last = held_counter(last, now)
    if given <= last:
        raise CounterReplayed(f"counter {given} is not above {last}", last=last, given=given)


def held_counter(last: int, now: int) -> int:
    """A stored counter as far as it binds: one far ahead of the clock (used or accepted under a
    wrong clock, or before there was a limit) binds nobody. It is younger than all replays that
    their time would not give away."""
    return last if last < now + MAX_COUNTER_AHEAD_MS else 0


def sign_request(
    keys: KeyPair, *, method: str, url: str, body: bytes, counter: int, now: int
) -> dict[str, str]:
    """The headers to add to a request: Content-Digest, Signature-Input, Signature.

    `url` is absolute, percent-encoded, as the receiver knows itself; `now` in ms; `counter` from
    `next_counter`, stored before sending.
    """
    message = _Request(method=method, url=url)
    _sign(keys, message, REQUEST_COMPONENTS, body=body, nonce=str(counter), now=now)
    return message.headers


def verify_request(
    *,
    method: str,
    url: str,
    headers: Headers,
    body: bytes,
    resolve_key: ResolveKey,
    now: int,
    max_skew_ms: int = MAX_SKEW_MS,
) -> VerifiedRequest:
    """The covered values of a request, or the reason to refuse it (a SignatureRefused).

    `url` is built from the receiver's own configured origin and the raw path and query, never from
    the Host header. The caller then calls `check_counter` and stores the counter with the effect.
    Staleness is told (StaleMessage.skew_ms) only to those whose signature holds.
    """
    message = _Request(method=method, url=url, headers=_single_headers(headers))
    result = _verify(message, _REQUEST_COVERED, body=body, resolve_key=resolve_key)
    counter = result.parameters["nonce"]
    if not _COUNTER.fullmatch(str(counter)):
        raise MissingComponent("the nonce is not a counter", component="nonce")
    covered = result.covered_components
    return VerifiedRequest(
        key_id=KeyId(str(result.parameters["keyid"])),
        method=covered['"@method"'],
        authority=covered['"@authority"'],
        target_uri=covered['"@target-uri"'],
        body=body,
        created_at=_check_fresh(result, now, max_skew_ms),
        counter=int(counter),
        signature=message.headers["signature"],
    )


def sign_response(
    keys: KeyPair, *, status: int, body: bytes, request_signature: str, now: int
) -> dict[str, str]:
    """The headers to add to the answer of a request whose Signature header was `request_signature`.

    Also for refusals, as long as the request had such a header: the sender can trust the reason.
    Raises BadSignature when that header cannot be bound to (answer unsigned then).
    """
    match = _SIGNATURE.fullmatch(request_signature)
    if not match:
        raise BadSignature("cannot answer a signature that is not of the profile's form")
    # Written out rather than built by the library: the text is always the same but for five values,
    # and a hub signs thousands of answers a minute. The tests hold it against the library.
    digest = f"sha-256=:{base64.b64encode(hashlib.sha256(body).digest()).decode()}:"
    covered = '("@status" "content-digest" ' + RESPONSE_COMPONENTS[2] + ")"
    parameters = f'{covered};created={now // 1000};keyid="{keys.key_id}";tag="{TAG}"'
    text = (
        f'"@status": {status}\n"content-digest": {digest}\n'
        f'{RESPONSE_COMPONENTS[2]}: :{match[1]}:\n"@signature-params": {parameters}'
    )
    private = Ed25519PrivateKey.from_private_bytes(keys.signing_seed)
    signature = base64.b64encode(private.sign(text.encode())).decode()
    return {
        "Content-Digest": digest,
        "Signature-Input": f"{LABEL}={parameters}",
        "Signature": f"{LABEL}=:{signature}:",
    }


def verify_response(
    *,
    status: int,
    headers: Headers,
    body: bytes,
    request_signature: str,
    resolve_key: ResolveKey,
    now: int,
    max_skew_ms: int = MAX_SKEW_MS,
) -> VerifiedResponse:
    """The covered values of the answer to our request, or a SignatureRefused.

    `request_signature` is the Signature header we sent. StaleMessage here means that the clocks
    differ: `skew_ms` > 0 says the answering server is ahead of us.
    """
    message = _Response(
        status_code=status,
        request=_answered(request_signature),
        headers=_single_headers(headers),
    )
    result = _verify(message, _RESPONSE_COVERED, body=body, resolve_key=resolve_key)
    return VerifiedResponse(
        key_id=KeyId(str(result.parameters["keyid"])),
        status=int(result.covered_components['"@status"']),
        body=body,
        created_at=_check_fresh(result, now, max_skew_ms),
    )


@dataclass(slots=True)
class _Request:
    method: str
    url: str
    headers: dict[str, str] = field(default_factory=dict)


@dataclass(slots=True)
class _Response:
    status_code: int
    request: _Request
    headers: dict[str, str] = field(default_factory=dict)


def _answered(signature: str) -> _Request:
    """The request as far as a response speaks of it: its signature (the library wants a URL too)."""
    if not _SIGNATURE.fullmatch(signature):
        raise BadSignature("cannot answer a signature that is not of the profile's form")
    return _Request(method="POST", url="https://covered.invalid/", headers={"signature": signature})


class _Keys(HTTPSignatureKeyResolver):
    """Hands the library keys as objects; remembers a key id nobody knows."""

    def __init__(self, resolve: ResolveKey | None = None, pair: KeyPair | None = None) -> None:
        self.resolve = resolve
        self.pair = pair
        self.unknown: str | None = None

    def resolve_public_key(self, key_id: str) -> Ed25519PublicKey | None:
        raw = self.resolve(key_id) if self.resolve else None
        if raw is None:
            self.unknown = key_id
            return None
        return Ed25519PublicKey.from_public_bytes(raw)

    def resolve_private_key(self, key_id: str) -> Ed25519PrivateKey:
        assert self.pair is not None
        return Ed25519PrivateKey.from_private_bytes(self.pair.signing_seed)


class _Verifier(HTTPMessageVerifier):
    """The library's verifier without its own clock: time is checked here, after the signature."""

    def validate_created_and_expires(self, sig_input: Any, max_age: Any = None) -> None:
        """Nothing: see `_check_fresh`."""


def _sign(
    keys: KeyPair,
    message: _Request | _Response,
    components: tuple[str, ...],
    *,
    body: bytes,
    nonce: str | None,
    now: int,
) -> None:
    HTTPMessageSigner(signature_algorithm=algorithms.ED25519, key_resolver=_Keys(pair=keys)).sign(
        message,
        key_id=keys.key_id,
        created=datetime.fromtimestamp(now // 1000, tz=UTC),
        nonce=nonce,
        label=LABEL,
        tag=TAG,
        include_alg=False,
        covered_component_ids=components,
        body=body,
    )


def _verify(
    message: _Request | _Response,
    expected: frozenset[str],
    *,
    body: bytes,
    resolve_key: ResolveKey,
) -> VerifyResult:
    if not {"signature", "signature-input"} <= message.headers.keys():
        raise MissingSignature("the message is not signed")
    keys = _Keys(resolve=resolve_key)
    verifier = _Verifier(signature_algorithm=algorithms.ED25519, key_resolver=keys)
    try:
        results = verifier.verify(message, max_age=None)
    except InvalidSignature as error:
        if keys.unknown is not None:
            raise UnknownKey("no such key is known here", key_id=keys.unknown) from error
        raise BadSignature(f"the signature does not hold: {error}") from error
    except (HTTPMessageSignaturesException, ValueError) as error:
        raise BadSignature(f"the message cannot be verified: {error}") from error
    if len(results) != 1 or results[0].label != LABEL:
        raise BadSignature(f"expected one signature, labelled {LABEL}")
    result = results[0]
    _check_form(message, result)
    _check_coverage(result, expected)
    if result.covered_components['"content-digest"'] != ContentDigest.create(body):
        raise BodyMismatch("the body is not the one that was signed")
    return result


def _check_form(message: _Request | _Response, result: VerifyResult) -> None:
    """Both headers in their one canonical text: base64 has unused bits that a decoder overlooks."""
    signed = f"{LABEL}={result.covered_components[_PARAMS_LINE]}"
    match = _SIGNATURE.fullmatch(message.headers["signature"])
    exact = match and base64.b64encode(base64.b64decode(match[1])).decode() == match[1]
    if not exact or message.headers["signature-input"] != signed:
        raise BadSignature("the signature headers are not in their canonical form")


def _check_coverage(result: VerifyResult, expected: frozenset[str]) -> None:
    """Exactly the profile's components and parameters."""
    tag = str(result.parameters.get("tag", ""))
    if tag != TAG:
        raise WrongTag(f"signed for {tag!r}, not for {TAG}", found=tag, expected=TAG)
    parameters = _PARAMETERS if '"@method"' in expected else ("created", "keyid", "tag")
    covered = set(result.covered_components) - {_PARAMS_LINE}
    for missing in [*sorted(expected - covered), *(set(parameters) - set(result.parameters))]:
        raise MissingComponent(f"{missing} is not covered", component=missing)
    if covered != expected or set(result.parameters) != set(parameters):
        raise BadSignature("the signature covers more than the profile says")


def _check_fresh(result: VerifyResult, now: int, max_skew_ms: int) -> int:
    created_at = int(result.parameters["created"]) * 1000
    skew_ms = created_at - now
    # `created` has whole seconds: a message of this very second may seem up to 999 ms old.
    if not -max_skew_ms - 999 <= skew_ms <= max_skew_ms:
        raise StaleMessage(
            f"signed {abs(skew_ms) // 1000} s {'ahead of' if skew_ms > 0 else 'behind'} our clock",
            skew_ms=skew_ms,
        )
    return created_at


def _single_headers(headers: Headers) -> dict[str, str]:
    """Lower-cased headers that matter here; refuses doubles of those that must be single."""
    lines = headers.items() if isinstance(headers, Mapping) else headers
    found: dict[str, str] = {}
    for name, value in lines:
        key = name.lower()
        if key not in _SINGLE:
            continue
        if key in found:
            raise DuplicatedHeader(f"{name} comes more than once", header=key)
        found[key] = value.strip(" \t")
    return found
