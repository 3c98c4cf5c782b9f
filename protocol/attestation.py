"""The hub's word that a signing key belongs to a school: what lets a receipt be traced to the province.

X.509 certificates serve TLS only; records, heads and requests are signed by Ed25519 keys, and this
is their certificate. It comes with the grant and is part of every receipt made since. A key that was
followed by another, or revoked, has the hub's word on its end besides.
"""

from enum import StrEnum

import msgspec

from protocol.canonical import canonical_bytes
from protocol.errors import BadSignature
from protocol.identity import (
    KeyId,
    KeyPair,
    PublicKeys,
    SchoolId,
    key_id,
    public_key,
    signature_holds,
)
from protocol.message import Millis

CONTEXT = "attestation.v1"
END_CONTEXT = "key-end.v1"


class Attested(msgspec.Struct, frozen=True, kw_only=True):
    """What is attested: this school signs with these keys since then; `province` names the hub."""

    school_id: SchoolId
    school_name: str
    keys: PublicKeys
    issued_at: Millis
    province: str


class KeyAttestation(msgspec.Struct, frozen=True, kw_only=True):
    """Attested words, the hub's Ed25519 public key (base64url; hold it against an anchor), signature."""

    attested: Attested
    hub_key: str
    key_id: KeyId
    signature: str


def attest(hub: KeyPair, attested: Attested) -> KeyAttestation:
    """The hub's signature over the words."""
    signature = hub.sign(CONTEXT, canonical_bytes(attested))
    return KeyAttestation(
        attested=attested, hub_key=hub.public.signing, key_id=hub.key_id, signature=signature
    )


def verify_attestation(attestation: KeyAttestation) -> Attested:
    """The words, if the hub key inside signed them. Whether that hub is trusted is another question.

    Raises BadSignature or InvalidKey.
    """
    public_bytes = public_key(attestation.hub_key)
    text = canonical_bytes(attestation.attested)
    holds = attestation.key_id == key_id(public_bytes) and signature_holds(
        public_bytes, CONTEXT, text, attestation.signature
    )
    if not holds:
        raise BadSignature("the attestation was not signed by the hub key it names")
    attestation.attested.keys.check()
    return attestation.attested


class Ending(StrEnum):
    """Why a key ended: another one followed it, or the province let the school go."""

    ROTATED = "rotated"
    REVOKED = "revoked"


class EndedKey(msgspec.Struct, frozen=True, kw_only=True):
    """What the hub says of a key (Ed25519 public key, base64url) that it takes no more."""

    school_id: SchoolId
    key: str
    ended_at: Millis
    ending: Ending
    province: str


class KeyEnd(msgspec.Struct, frozen=True, kw_only=True):
    """The end of a key, the hub's Ed25519 public key (base64url), signature."""

    ended: EndedKey
    hub_key: str
    key_id: KeyId
    signature: str


def attest_end(hub: KeyPair, ended: EndedKey) -> KeyEnd:
    """The hub's signature over the end of a key."""
    signature = hub.sign(END_CONTEXT, canonical_bytes(ended))
    return KeyEnd(ended=ended, hub_key=hub.public.signing, key_id=hub.key_id, signature=signature)


def verify_end(end: KeyEnd) -> EndedKey:
    """The words, if the hub key inside signed them. Raises BadSignature or InvalidKey."""
    public_bytes = public_key(end.hub_key)
    holds = end.key_id == key_id(public_bytes) and signature_holds(
        public_bytes, END_CONTEXT, canonical_bytes(end.ended), end.signature
    )
    if not holds:
        raise BadSignature("the end of the key was not signed by the hub key it names")
    return end.ended
