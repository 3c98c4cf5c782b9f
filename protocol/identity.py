"""Who is who: school ids, key pairs, fingerprints, certificate names.

A school is its code (NEIS office code and seven digits, or `K` and the kindergarten code). A server
is its keys: Ed25519 to sign, X25519 to seal. A key id is the fingerprint of the signing key.
"""

import hashlib
import re
from dataclasses import dataclass, field
from enum import StrEnum
from functools import cached_property
from typing import NewType

import msgspec
from nacl.exceptions import CryptoError
from nacl.public import PrivateKey
from nacl.signing import SigningKey, VerifyKey

from protocol.encoding import crockford, from_base64url, to_base64url
from protocol.errors import InvalidKey, InvalidSchoolId

SchoolId = NewType("SchoolId", str)
KeyId = NewType("KeyId", str)

_NEIS = re.compile(r"[A-Z]10[0-9]{7}")
_KINDERGARTEN = re.compile(r"K[0-9]{4,12}")
_DOMAIN = re.compile(
    r"(?:[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?)(?:\.[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?)*"
)


class SchoolKind(StrEnum):
    """유치원, 초, 중, 고, 특수."""

    KINDERGARTEN = "kindergarten"
    ELEMENTARY = "elementary"
    MIDDLE = "middle"
    HIGH = "high"
    SPECIAL = "special"


def parse_school_id(text: str) -> SchoolId:
    """The id of a school, upper-cased and trimmed. Raises InvalidSchoolId."""
    cleaned = text.strip().upper()
    if not (_NEIS.fullmatch(cleaned) or _KINDERGARTEN.fullmatch(cleaned)):
        raise InvalidSchoolId(
            f"{text!r} is not a school id: expected an office code such as J10 and 7 digits, "
            "or K and the code of a kindergarten",
            text=text,
        )
    return SchoolId(cleaned)


def neis_code(school_id: SchoolId) -> str:
    """The seven digits by which 나이스 knows a school; empty for a kindergarten, whose code is another list's and
    may end like a school's."""
    return school_id[-7:] if _NEIS.fullmatch(school_id) else ""


def server_name(school_id: SchoolId, domain: str) -> str:
    """DNS name in a school's certificate and in Matrix: `j107530101.<domain>`; names, not addresses."""
    parse_school_id(school_id)
    if len(domain) > 200 or not _DOMAIN.fullmatch(domain):
        raise InvalidSchoolId(f"{domain!r} is not a lower-case DNS domain", text=domain)
    return f"{school_id.lower()}.{domain}"


def fingerprint(public_bytes: bytes) -> str:
    """For people to compare: 160 bits of SHA-256 as eight groups of four, `7K3M-…`."""
    return grouped(crockford(hashlib.sha256(public_bytes).digest()[:20]))


def grouped(key_id: str) -> str:
    """The fingerprint that belongs to a key id."""
    return "-".join(key_id[i : i + 4] for i in range(0, len(key_id), 4))


def key_id(public_bytes: bytes) -> KeyId:
    """For machines: the fingerprint without its hyphens."""
    return KeyId(fingerprint(public_bytes).replace("-", ""))


class PublicKeys(msgspec.Struct, frozen=True, kw_only=True):
    """The public half of a server's keys, each 32 bytes as base64url without padding."""

    signing: str
    sealing: str

    @property
    def signing_bytes(self) -> bytes:
        """Ed25519 public key, 32 bytes. Raises InvalidKey."""
        return public_key(self.signing)

    @property
    def sealing_bytes(self) -> bytes:
        """X25519 public key, 32 bytes. Raises InvalidKey."""
        return public_key(self.sealing)

    @property
    def key_id(self) -> KeyId:
        """Key id of the signing key."""
        return key_id(self.signing_bytes)

    @property
    def fingerprint(self) -> str:
        """Readable fingerprint of the signing key."""
        return fingerprint(self.signing_bytes)

    def check(self) -> "PublicKeys":
        """Itself, once both keys were seen to have the right form. Raises InvalidKey."""
        _ = (self.signing_bytes, self.sealing_bytes)
        return self


@dataclass(frozen=True)
class KeyPair:
    """Both private keys of a server as 32-byte seeds. Never printed."""

    signing_seed: bytes = field(repr=False)
    sealing_seed: bytes = field(repr=False)

    def __post_init__(self) -> None:
        if len(self.signing_seed) != 32 or len(self.sealing_seed) != 32:
            raise InvalidKey("a key pair is two seeds of 32 bytes")

    @classmethod
    def generate(cls) -> "KeyPair":
        """A new pair from the operating system's randomness."""
        return cls(bytes(SigningKey.generate()), bytes(PrivateKey.generate()))

    @classmethod
    def from_bytes(cls, raw: bytes) -> "KeyPair":
        """The pair of 64 bytes: signing seed, then sealing seed. Raises InvalidKey."""
        if len(raw) != 64:
            raise InvalidKey(f"a key file has 64 bytes, this one has {len(raw)}")
        return cls(raw[:32], raw[32:])

    def to_bytes(self) -> bytes:
        """64 bytes for a file of mode 0600."""
        return self.signing_seed + self.sealing_seed

    @cached_property
    def public(self) -> PublicKeys:
        """The public half."""
        return PublicKeys(
            signing=to_base64url(bytes(self._signer.verify_key)),
            sealing=to_base64url(bytes(PrivateKey(self.sealing_seed).public_key)),
        )

    @cached_property
    def key_id(self) -> KeyId:
        """Key id of the signing key."""
        return key_id(bytes(self._signer.verify_key))

    @cached_property
    def _signer(self) -> SigningKey:
        return SigningKey(self.signing_seed)

    def sign(self, context: str, payload: bytes) -> str:
        """Ed25519 over `madang:<context>\\n` + payload, base64url. The context keeps uses apart."""
        return to_base64url(self._signer.sign(_framed(context, payload)).signature)


def signature_holds(public_bytes: bytes, context: str, payload: bytes, signature: str) -> bool:
    """Whether `signature` (base64url) was made by `KeyPair.sign` with this key, context and payload."""
    try:
        raw = from_base64url(signature)
        VerifyKey(public_bytes).verify(_framed(context, payload), raw)
    except (InvalidKey, CryptoError, ValueError):
        return False
    return True


def _framed(context: str, payload: bytes) -> bytes:
    return b"madang:" + context.encode() + b"\n" + payload


def public_key(text: str) -> bytes:
    """The 32 bytes of a public key written as base64url. Raises InvalidKey."""
    raw = from_base64url(text)
    if len(raw) != 32:
        raise InvalidKey(f"a public key has 32 bytes, this one has {len(raw)}")
    return raw
