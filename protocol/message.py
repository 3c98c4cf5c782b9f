"""How messages travel: JSON of a msgspec struct that names its version in `v`.

Unknown fields pass (a newer minor release may add some); an unknown version is refused by name.
"""

from typing import Annotated, Any, ClassVar, TypeVar

import msgspec

from protocol.errors import MalformedMessage, UnknownVersion

Millis = Annotated[int, msgspec.Meta(ge=0, le=2**53 - 1)]
"""Integer milliseconds since 1970-01-01T00:00Z."""
Count = Annotated[int, msgspec.Meta(ge=0, le=2**53 - 1)]
Sha256 = Annotated[str, msgspec.Meta(pattern="^[0-9a-f]{64}$", min_length=64, max_length=64)]
"""SHA-256 in lower-case hexadecimal."""


class Message(msgspec.Struct, frozen=True, kw_only=True):
    """Base of every top-level message. `v` is the version of that message alone."""

    VERSION: ClassVar[int] = 1
    v: int = 1


class _Peek(msgspec.Struct):
    v: Any = None


M = TypeVar("M", bound=Message)


def read_json(raw: bytes) -> Any:
    """Built-in value of any JSON text. Raises MalformedMessage, for invalid UTF-8 too."""
    try:
        return msgspec.json.decode(raw)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        raise MalformedMessage(f"not JSON: {error}") from error


def encode(message: Message) -> bytes:
    """Bytes for the wire."""
    return msgspec.json.encode(message)


def version_of(raw: bytes) -> int | None:
    """What a message says its version is, None when it says none. Raises MalformedMessage."""
    try:
        found = msgspec.json.decode(raw, type=_Peek).v
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        raise MalformedMessage(f"not a JSON object: {error}") from error
    return found if type(found) is int else None


def decode(raw: bytes, type_: type[M]) -> M:
    """Message of the bytes. Raises UnknownVersion (before looking further) or MalformedMessage."""
    found = version_of(raw)
    if found is None:
        raise MalformedMessage(f"{type_.__name__} does not say its version in 'v'")
    if found != type_.VERSION:
        raise UnknownVersion(
            f"{type_.__name__} version {found} is not known here (known: {type_.VERSION})",
            found=found,
            known=type_.VERSION,
            name=type_.__name__,
        )
    try:
        return msgspec.json.decode(raw, type=type_)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        raise MalformedMessage(f"not a {type_.__name__}: {error}") from error
