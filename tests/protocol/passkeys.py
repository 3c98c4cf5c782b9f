"""Fixed passkeys that sign consents for the tests and the golden vectors; nothing here is random."""

import hashlib
import json
from collections.abc import Callable
from typing import Any

import msgspec
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, padding, rsa
from cryptography.hazmat.primitives.asymmetric.types import PublicKeyTypes
from cryptography.hazmat.primitives.asymmetric.utils import decode_dss_signature
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from protocol.assertions import Algorithm, Assertion
from protocol.canonical import canonical_bytes
from protocol.encoding import to_base64url
from protocol.records import ConsentV4, passkey_challenge

ADDED_AT = 1_794_000_000_000
P = int(
    "f0282cdd2435c776c3501667ada0d78d3ade147a1a4ab0483b72b97e79333b9d9e42100b4753d1a84637db23ceef829b"
    "10ac1ae86df71cc44a88b18955defa1f58b5b3ed4b9e351812765e07e06a70a1b463b1f7441aaac557c1a11003488dd5"
    "0600bee46b9951c4f414a77ed8c4faf7cd9cce55e4924f4230011497a6bcfb23",
    16,
)
Q = int(
    "c14369d821eb5ec3d74fd9991bbe4b97083843bc97ed47124978f0e58290048fd3e1864f0366981e63e261da72783fad"
    "7a34548a7c11e0c943671cb7b2f214b7d7fd49775dc8f8b788382305d9e05b2ee7532031c1d6714b658a11958ac8450f"
    "7de45c530bfccb9bd51f1f653a91ecc0870eeb7361a2371e791778e1f4123b71",
    16,
)
ELLIPTIC = ec.derive_private_key(7, ec.SECP256R1())
EDWARDS = ed25519.Ed25519PrivateKey.from_private_bytes(bytes(range(32)))


def _rsa() -> rsa.RSAPrivateKey:
    d = rsa.rsa_recover_private_exponent(65537, P, Q)
    public = rsa.RSAPublicNumbers(65537, P * Q)
    numbers = rsa.RSAPrivateNumbers(
        p=P,
        q=Q,
        d=d,
        dmp1=rsa.rsa_crt_dmp1(d, P),
        dmq1=rsa.rsa_crt_dmq1(d, Q),
        iqmp=rsa.rsa_crt_iqmp(P, Q),
        public_numbers=public,
    )
    return numbers.private_key()


RIVEST = _rsa()


def _elliptic(data: bytes) -> bytes:
    algorithm = ec.ECDSA(hashes.SHA256(), deterministic_signing=True)
    r, s = decode_dss_signature(ELLIPTIC.sign(data, algorithm))
    return r.to_bytes(32) + s.to_bytes(32)


SIGNS: dict[Algorithm, Callable[[bytes], bytes]] = {
    Algorithm.ES256: _elliptic,
    Algorithm.EDDSA: EDWARDS.sign,
    Algorithm.RS256: lambda data: RIVEST.sign(data, padding.PKCS1v15(), hashes.SHA256()),
}
PUBLIC: dict[Algorithm, PublicKeyTypes] = {
    Algorithm.ES256: ELLIPTIC.public_key(),
    Algorithm.EDDSA: EDWARDS.public_key(),
    Algorithm.RS256: RIVEST.public_key(),
}


def signed_by_passkey(
    consent: ConsentV4,
    algorithm: Algorithm = Algorithm.ES256,
    *,
    flags: int = 0x05,
    rp_id: str = "hanbit.school.example",
    **said: Any,
) -> ConsentV4:
    """The consent with what a device signs of it. `said` changes what its client data says."""
    challenge = passkey_challenge(canonical_bytes(consent))
    client = {
        "type": "webauthn.get",
        "challenge": to_base64url(challenge),
        "origin": "https://hanbit.school.example",
        "crossOrigin": False,
        **said,
    }
    client_data = json.dumps(client, separators=(",", ":")).encode()
    data = hashlib.sha256(rp_id.encode()).digest() + bytes([flags]) + (3).to_bytes(4)
    signature = SIGNS[algorithm](data + hashlib.sha256(client_data).digest())
    key = PUBLIC[algorithm].public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
    assertion = Assertion(
        name="Android · Chrome",
        added_at=ADDED_AT,
        algorithm=algorithm,
        public_key=to_base64url(key),
        rp_id=rp_id,
        authenticator_data=to_base64url(data),
        client_data=to_base64url(client_data),
        signature=to_base64url(signature),
    )
    return msgspec.structs.replace(consent, passkey=assertion)


def assertion_of(consent: ConsentV4) -> Assertion:
    """What the passkey signed."""
    assert consent.passkey is not None
    return consent.passkey
