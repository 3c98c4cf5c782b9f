"""What a passkey signed (WebAuthn assertion), kept in a record so that anybody can check it offline.

The challenge is the SHA-256 of the record's canonical text with `passkey` null: what the device signed
are therefore these answers, this text by its hash, this child and this moment, and nothing else. Three
algorithms are known, those that browsers make passkeys with and verify by themselves (WebCrypto).

    verify_assertion(record.passkey, challenge)     # raises BadSignature, InvalidKey
"""

import hashlib
import re
from enum import StrEnum
from typing import Annotated

import msgspec
from cryptography.exceptions import InvalidSignature, UnsupportedAlgorithm
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, padding, rsa
from cryptography.hazmat.primitives.asymmetric.utils import encode_dss_signature
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    PublicFormat,
    load_der_public_key,
)

from protocol.encoding import from_base64url, to_base64url
from protocol.errors import BadSignature, InvalidKey, MalformedMessage
from protocol.message import Millis, read_json

USER_PRESENT, USER_VERIFIED = 0x01, 0x04
SHORTEST_DATA = 37
"""Bytes of authenticator data: hash of the site's name, flags, counter."""
RSA_BITS = range(2048, 4097)
_ORIGIN = re.compile(r"(https?)://([a-z0-9.-]+)(:[0-9]{1,5})?")

Text = Annotated[str, msgspec.Meta(max_length=8192)]
Bytes = Annotated[str, msgspec.Meta(max_length=8192)]
"""base64url without padding."""


class Algorithm(StrEnum):
    """As JOSE names them (RFC 7518, RFC 8037)."""

    ES256 = "ES256"
    EDDSA = "EdDSA"
    RS256 = "RS256"


class Assertion(msgspec.Struct, frozen=True, kw_only=True):
    """Which key signed, and its signature. The name and `added_at` are the school's word; all else is
    what the device said."""

    name: Text
    """As the account calls the device."""
    added_at: Millis
    algorithm: Algorithm
    public_key: Bytes
    """SubjectPublicKeyInfo, DER."""
    rp_id: Text
    """The site's name, to which the device bound the key."""
    authenticator_data: Bytes
    client_data: Bytes
    """clientDataJSON, byte by byte."""
    signature: Bytes
    """As JOSE has it: for ES256 r and s, 32 bytes each."""


def verify_assertion(assertion: Assertion, challenge: bytes) -> None:
    """Raises BadSignature unless the key signed this challenge, at its site, for somebody whom the
    device recognised; InvalidKey for a key or bytes that cannot be read."""
    client_data = from_base64url(assertion.client_data)
    _check_client_data(client_data, challenge, assertion.rp_id)
    data = from_base64url(assertion.authenticator_data)
    if len(data) < SHORTEST_DATA or data[:32] != hashlib.sha256(assertion.rp_id.encode()).digest():
        raise BadSignature("the passkey is another site's")
    if data[32] & (USER_PRESENT | USER_VERIFIED) != USER_PRESENT | USER_VERIFIED:
        raise BadSignature("the device did not verify its user")
    signed = data + hashlib.sha256(client_data).digest()
    try:
        _verify(assertion, from_base64url(assertion.signature), signed)
    except InvalidSignature as error:
        raise BadSignature("the passkey did not sign this") from error


def _check_client_data(raw: bytes, challenge: bytes, rp_id: str) -> None:
    try:
        said = read_json(raw)
    except MalformedMessage as error:
        raise BadSignature("the passkey's client data cannot be read") from error
    if not isinstance(said, dict) or said.get("type") != "webauthn.get":
        raise BadSignature("the passkey made something else than a signature")
    if said.get("challenge") != to_base64url(challenge):
        raise BadSignature("the passkey signed another text or other answers")
    if said.get("crossOrigin") is True or not _is_of(said.get("origin"), rp_id):
        raise BadSignature("the passkey was used on another site's page")


def _is_of(origin: object, rp_id: str) -> bool:
    """Whether a page of this origin may use passkeys of the site."""
    found = _ORIGIN.fullmatch(origin) if isinstance(origin, str) else None
    if found is None:
        return False
    scheme, host = found[1], found[2]
    is_secure = scheme == "https" or host == "localhost" or host.endswith(".localhost")
    return is_secure and (host == rp_id or host.endswith("." + rp_id))


def _verify(assertion: Assertion, signature: bytes, signed: bytes) -> None:
    """Raises InvalidSignature, InvalidKey."""
    key = _public_key(assertion)
    match key:
        case ec.EllipticCurvePublicKey():
            if len(signature) != 64:
                raise InvalidSignature()
            r, s = int.from_bytes(signature[:32]), int.from_bytes(signature[32:])
            key.verify(encode_dss_signature(r, s), signed, ec.ECDSA(hashes.SHA256()))
        case ed25519.Ed25519PublicKey():
            key.verify(signature, signed)
        case rsa.RSAPublicKey():
            key.verify(signature, signed, padding.PKCS1v15(), hashes.SHA256())


def _public_key(
    assertion: Assertion,
) -> ec.EllipticCurvePublicKey | ed25519.Ed25519PublicKey | rsa.RSAPublicKey:
    """The key, where it is of the algorithm named and written in its one form. Raises InvalidKey."""
    raw = from_base64url(assertion.public_key)
    try:
        key = load_der_public_key(raw)
    except (ValueError, UnsupportedAlgorithm) as error:
        raise InvalidKey("not a public key") from error
    match assertion.algorithm, key:
        case Algorithm.ES256, ec.EllipticCurvePublicKey():
            fits = key.curve.name == "secp256r1"
        case Algorithm.EDDSA, ed25519.Ed25519PublicKey():
            fits = True
        case Algorithm.RS256, rsa.RSAPublicKey():
            fits = key.key_size in RSA_BITS
        case _:
            raise InvalidKey("the passkey's key is not of its algorithm")
    written = key.public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
    if not fits or written != raw:
        raise InvalidKey("the passkey's key is not of its algorithm, or written otherwise")
    return key
