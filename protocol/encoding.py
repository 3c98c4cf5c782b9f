"""Bytes as text: base64url without padding for machines, Crockford's base 32 for people and QR codes.

Both decoders refuse a text that another text also stands for, so that a flipped bit never hides
in unused bits.
"""

import base64
import binascii

from protocol.errors import InvalidKey, MalformedMessage

ALPHABET = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
_VALUES = {letter: value for value, letter in enumerate(ALPHABET)}
_READ_AS = str.maketrans({"O": "0", "I": "1", "L": "1", "-": None, " ": None})


def to_base64url(raw: bytes) -> str:
    """RFC 4648 section 5, without padding."""
    return base64.urlsafe_b64encode(raw).rstrip(b"=").decode()


def from_base64url(text: str) -> bytes:
    """Strict inverse of `to_base64url`. Raises InvalidKey."""
    try:
        raw = base64.b64decode(text + "=" * (-len(text) % 4), altchars=b"-_", validate=True)
    except (binascii.Error, ValueError) as error:
        raise InvalidKey(f"not base64url: {error}") from error
    if to_base64url(raw) != text:
        raise InvalidKey("not base64url in its one canonical form")
    return raw


def crockford(raw: bytes) -> str:
    """Crockford base 32, most significant bit first, zero bits at the end."""
    bits = len(raw) * 8
    length = -(-bits // 5)
    number = int.from_bytes(raw) << (length * 5 - bits)
    return "".join(ALPHABET[number >> (5 * i) & 31] for i in reversed(range(length)))


def from_crockford(text: str) -> bytes:
    """Inverse of `crockford`; forgiving to people (case, O, I, L, hyphens, spaces). Raises MalformedMessage."""
    values = crockford_values(text)
    size = len(values) * 5 // 8
    number = 0
    for value in values:
        number = number << 5 | value
    spare = len(values) * 5 - size * 8
    if spare >= 5 or number & ((1 << spare) - 1):
        raise MalformedMessage("not Crockford base 32 of whole bytes")
    return (number >> spare).to_bytes(size)


def crockford_values(text: str) -> list[int]:
    """The 5-bit values of a text, read as Crockford's base 32 reads people's handwriting."""
    cleaned = text.upper().translate(_READ_AS)
    try:
        return [_VALUES[letter] for letter in cleaned]
    except KeyError as error:
        raise MalformedMessage(f"{error.args[0]!r} does not occur in Crockford base 32") from error
