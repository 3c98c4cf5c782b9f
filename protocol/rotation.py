"""How a school exchanges its keys: a statement signed by both, the old key and the new one.

The old key says who follows it, the new one that it is held by whoever says so. The hub records the
succession and vouches for the new key; from then on the old one is ended for ever. Until the node has
the hub's answer it goes on with the old key. The request is signed by the new key, so that it can be
repeated after the old private key is gone; the same statement again has the same answer.
"""

import msgspec

from protocol.attestation import KeyAttestation, KeyEnd
from protocol.canonical import canonical_bytes
from protocol.errors import BadSignature
from protocol.identity import (
    KeyPair,
    PublicKeys,
    SchoolId,
    public_key,
    signature_holds,
)
from protocol.message import Message, Millis

KEYS_PATH = "/v1/keys"
"""POST RotationRequest, signed by the new key; answers RotationGrant."""
CONTEXT = "rotation.v1"


class Rotation(msgspec.Struct, frozen=True, kw_only=True):
    """The statement: `keys` follow `old_key` (Ed25519 public key, base64url)."""

    school_id: SchoolId
    old_key: str
    keys: PublicKeys
    rotated_at: Millis


class SignedRotation(msgspec.Struct, frozen=True, kw_only=True):
    """The statement with the signatures of the key that goes and of the key that comes."""

    rotation: Rotation
    old_signature: str
    new_signature: str


class RotationRequest(Message, frozen=True, kw_only=True):
    """The node asks the hub to accept its new keys. `csr_pem` asks for a certificate as in joining."""

    statement: SignedRotation
    csr_pem: str


class RotationGrant(Message, frozen=True, kw_only=True):
    """The hub's yes: its word for the new keys, on the end of the old one, and a certificate."""

    school_id: SchoolId
    certificate_pem: str
    attestation: KeyAttestation
    ended: KeyEnd


def sign_rotation(old: KeyPair, new: KeyPair, *, school_id: SchoolId, at: int) -> SignedRotation:
    """The statement that `new` follows `old`, signed by both."""
    rotation = Rotation(
        school_id=school_id, old_key=old.public.signing, keys=new.public, rotated_at=at
    )
    text = canonical_bytes(rotation)
    return SignedRotation(
        rotation=rotation,
        old_signature=old.sign(CONTEXT, text),
        new_signature=new.sign(CONTEXT, text),
    )


def verify_rotation(signed: SignedRotation) -> Rotation:
    """The statement, if both keys in it signed it. Raises BadSignature, InvalidKey."""
    rotation = signed.rotation
    text = canonical_bytes(rotation)
    rotation.keys.check()
    for key, signature, which in (
        (public_key(rotation.old_key), signed.old_signature, "old"),
        (rotation.keys.signing_bytes, signed.new_signature, "new"),
    ):
        if not signature_holds(key, CONTEXT, text, signature):
            raise BadSignature(f"the {which} key did not sign the rotation")
    if rotation.old_key == rotation.keys.signing:
        raise BadSignature("a key cannot follow itself")
    return rotation
