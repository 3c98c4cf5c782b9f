"""How a school joins: invitation, request, grant, each side proving that it knows the invitation.

The invitation's secret never crosses the wire. Both sides derive from it a public id (to find the
invitation) and a key (BLAKE2b); the hub keeps only these two. The node's request carries an HMAC by
that key, the hub's grant another, over all they say, keys included: so both know each other's keys
even before any certificate, and when the code was typed by hand. The same request again (a lost
answer) has the same `subject_digest` and gets the same grant.
"""

import hashlib
import hmac
from typing import Any

import msgspec

from protocol.attestation import KeyAttestation, KeyEnd
from protocol.canonical import canonical_bytes
from protocol.encoding import ALPHABET, crockford, crockford_values, from_crockford
from protocol.errors import InvitationExpired, MalformedMessage, MistypedCode, ProofMismatch
from protocol.identity import PublicKeys, SchoolId, SchoolKind, parse_school_id
from protocol.message import Message, Millis, Sha256, decode, read_json

IDENTITY_PATH = "/v1/identity"
"""GET, unsigned: HubIdentity. A node compares its fingerprint with the invitation's."""
ENROL_PATH = "/v1/enrol"
"""POST EnrolmentRequest, signed by the node's new key; answers EnrolmentGrant."""
QR_PREFIX = "MADANG1:"
SECRET_VALUES = 20
"""Letters (5 bits each) of a secret: 100 bits."""
_GROUP = 4


class Invitation(msgspec.Struct, frozen=True, kw_only=True):
    """What the province hands to a school, as QR or on paper. `code` is the secret: show it once."""

    code: str
    school_id: SchoolId
    expires_at: Millis
    hub_urls: tuple[str, ...]
    tls_fingerprint: Sha256 | None = None
    """SHA-256 of the hub's TLS certificate (DER): what the node pins while it joins."""
    hub_fingerprint: str | None = None
    """`PublicKeys.fingerprint` of the hub."""


class InvitationKey(msgspec.Struct, frozen=True, kw_only=True):
    """What both sides derive from the secret; all that the hub keeps of it."""

    id: str
    key: bytes


class HubIdentity(Message, frozen=True, kw_only=True):
    """Who a hub is. `ca_chain_pem` begins with the issuing CA."""

    name: str
    keys: PublicKeys
    urls: tuple[str, ...]
    tls_fingerprint: Sha256
    ca_chain_pem: tuple[str, ...] = ()


class EnrolmentRequest(Message, frozen=True, kw_only=True):
    """The node asks to join. `csr_pem` asks for a certificate of `identity.server_name`."""

    invitation_id: str
    school_id: SchoolId
    school_name: str
    school_kind: SchoolKind
    keys: PublicKeys
    csr_pem: str
    software: str
    sent_at: Millis
    proof: str = ""


class SyncSettings(msgspec.Struct, frozen=True, kw_only=True):
    """How the node is to talk from now on."""

    interval_ms: int = 60_000
    wait_ms: int = 25_000


class EnrolmentGrant(Message, frozen=True, kw_only=True):
    """The hub's yes. `epoch` is that of the hub's database; `request` the request's subject digest;
    `ended`, where there are any, the school's earlier keys."""

    school_id: SchoolId
    request: Sha256
    server_name: str
    certificate_pem: str
    hub: HubIdentity
    attestation: KeyAttestation
    epoch: str
    issued_at: Millis
    sync: SyncSettings = SyncSettings()
    tuf_root: str | None = None
    ended: tuple[KeyEnd, ...] | msgspec.UnsetType = msgspec.UNSET
    proof: str = ""


# The code -------------------------------------------------------------------------------------


def format_code(secret: bytes) -> str:
    """The typed form of a secret (13 bytes, of which 100 bits count): `7K3MX-…`, five groups.

    Each group is four letters and a check letter that also depends on its place, so that one can say
    which group is mistyped or out of order.
    """
    if len(secret) != 13:
        raise MalformedMessage("an invitation secret is 13 random bytes")
    letters = crockford(secret)[:SECRET_VALUES]
    groups = [letters[i : i + _GROUP] for i in range(0, SECRET_VALUES, _GROUP)]
    return "-".join(
        group + ALPHABET[_check_value(number, crockford_values(group))]
        for number, group in enumerate(groups, start=1)
    )


def parse_code(typed: str) -> str:
    """The code in its one form, from what a person typed (case, spaces, O for 0 …). Raises MistypedCode."""
    try:
        values = crockford_values("".join(typed.split()))
    except MalformedMessage as error:
        raise MistypedCode(f"the code has a letter it cannot have: {error}", group=0) from error
    if len(values) != SECRET_VALUES // _GROUP * (_GROUP + 1):
        raise MistypedCode(f"the code has {len(values)} letters instead of 25", group=0)
    for start in range(0, len(values), _GROUP + 1):
        number = start // (_GROUP + 1) + 1
        if values[start + _GROUP] != _check_value(number, values[start : start + _GROUP]):
            raise MistypedCode(f"group {number} of the code is mistyped", group=number)
    letters = "".join(ALPHABET[value] for value in values)
    return "-".join(letters[i : i + _GROUP + 1] for i in range(0, len(letters), _GROUP + 1))


def derive(code: str) -> InvitationKey:
    """Id and key of a code: BLAKE2b of its 20 secret letters, personalised. Raises MistypedCode."""
    letters = parse_code(code)
    secret = "".join(group[:_GROUP] for group in letters.split("-")).encode()
    return InvitationKey(
        id=hashlib.blake2b(secret, digest_size=10, person=b"madang-inv-id").hexdigest(),
        key=hashlib.blake2b(secret, digest_size=32, person=b"madang-inv-key").digest(),
    )


def to_qr_text(invitation: Invitation) -> str:
    """`MADANG1:` + Crockford base 32 (so a QR code uses its compact letters) of msgpack + checksum."""
    packed = msgspec.msgpack.encode(
        [
            invitation.code.replace("-", ""),
            invitation.school_id,
            invitation.expires_at,
            list(invitation.hub_urls),
            bytes.fromhex(invitation.tls_fingerprint) if invitation.tls_fingerprint else None,
            from_crockford(invitation.hub_fingerprint) if invitation.hub_fingerprint else None,
        ]
    )
    return QR_PREFIX + crockford(packed + _checksum(packed))


def from_qr_text(text: str) -> Invitation:
    """Inverse of `to_qr_text`; forgiving about case and white space. Raises MistypedCode."""
    joined = "".join(text.split()).upper()
    if not joined.startswith(QR_PREFIX):
        raise MistypedCode(f"an invitation begins with {QR_PREFIX}", group=0)
    try:
        raw = from_crockford(joined.removeprefix(QR_PREFIX))
        packed, checksum = raw[:-4], raw[-4:]
        if checksum != _checksum(packed):
            raise MistypedCode("the invitation is incomplete or mistyped", group=0)
        values = msgspec.msgpack.decode(packed, type=tuple[Any, ...])
        code, school, expires_at, urls, tls, hub = values[:6]
        return Invitation(
            code=parse_code(code),
            school_id=parse_school_id(school),
            expires_at=expires_at,
            hub_urls=tuple(urls),
            tls_fingerprint=tls.hex() if tls else None,
            hub_fingerprint=_grouped(crockford(hub)) if hub else None,
        )
    except (MalformedMessage, msgspec.DecodeError, ValueError, AttributeError) as error:
        raise MistypedCode(f"the invitation cannot be read: {error}", group=0) from error


def check_expiry(expires_at: int, now: int) -> None:
    """Raises InvitationExpired once the time is over."""
    if now >= expires_at:
        raise InvitationExpired("the invitation has expired", expired_at=expires_at)


# The proofs -----------------------------------------------------------------------------------


def prove_request(request: EnrolmentRequest, key: InvitationKey) -> EnrolmentRequest:
    """The request with the node's proof."""
    return msgspec.structs.replace(request, proof=_proof("enrol.v1", request, key.key))


def open_request(raw: bytes, key: bytes) -> EnrolmentRequest:
    """The request in `raw`, if its proof was made with this invitation's key.

    The proof covers fields unknown here too. Raises UnknownVersion, MalformedMessage, ProofMismatch.
    """
    request = decode(raw, EnrolmentRequest)
    request.keys.check()
    parse_school_id(request.school_id)
    _check_proof("enrol.v1", raw, request.proof, key)
    return request


def subject_digest(request: EnrolmentRequest) -> str:
    """What makes a repeated request the same: everything but when it was sent and its proof."""
    fields = msgspec.to_builtins(request)
    del fields["sent_at"], fields["proof"]
    return hashlib.sha256(canonical_bytes(fields)).hexdigest()


def prove_grant(grant: EnrolmentGrant, key: bytes) -> EnrolmentGrant:
    """The grant with the hub's proof."""
    return msgspec.structs.replace(grant, proof=_proof("grant.v1", grant, key))


def open_grant(raw: bytes, request: EnrolmentRequest, invitation: Invitation) -> EnrolmentGrant:
    """The grant in `raw`, if the inviting hub made it for this request; only then keep its keys.

    Raises UnknownVersion, MalformedMessage, ProofMismatch.
    """
    grant = decode(raw, EnrolmentGrant)
    _check_proof("grant.v1", raw, grant.proof, derive(invitation.code).key)
    if grant.school_id != request.school_id or grant.request != subject_digest(request):
        raise ProofMismatch("the grant answers another request")
    check_hub(grant.hub, invitation)
    return grant


def check_hub(hub: HubIdentity, invitation: Invitation) -> None:
    """Whether the hub is the one the invitation names (as far as it does). Raises ProofMismatch."""
    fingerprint = hub.keys.check().fingerprint
    if invitation.hub_fingerprint not in (None, fingerprint):
        raise ProofMismatch("the hub has another signing key than the invitation says")
    if invitation.tls_fingerprint not in (None, hub.tls_fingerprint):
        raise ProofMismatch("the hub has another TLS certificate than the invitation says")


def _proof(context: str, message: Message, key: bytes) -> str:
    fields = msgspec.to_builtins(message)
    return _mac(context, fields, key)


def _check_proof(context: str, raw: bytes, given: str, key: bytes) -> None:
    expected = _mac(context, read_json(raw), key)
    if not hmac.compare_digest(expected.encode(), given.encode(errors="replace")):
        raise ProofMismatch(
            "the proof was made with another invitation, or the message was altered"
        )


def _mac(context: str, fields: dict[str, Any], key: bytes) -> str:
    unproved = {name: value for name, value in fields.items() if name != "proof"}
    text = f"madang:{context}\n".encode() + canonical_bytes(unproved)
    return hmac.new(key, text, hashlib.sha256).hexdigest()


def _check_value(number: int, values: list[int]) -> int:
    """Check letter of a group: Horner's rule in GF(32) (x^5+x^2+1) with the group's number first.

    Finds every single wrong letter and every swap of two letters within a group.
    """
    value = number
    for letter in values:
        value <<= 1
        if value & 32:
            value ^= 0b100101
        value ^= letter
    return value


def _checksum(packed: bytes) -> bytes:
    return hashlib.blake2b(packed, digest_size=4, person=b"madang-inv-qr").digest()


def _grouped(text: str) -> str:
    return "-".join(text[i : i + 4] for i in range(0, len(text), 4))
