"""RFC 8785 canonical JSON: one byte text per value, so that hashes and signatures mean something."""

from typing import Any, TypeVar

import msgspec
import rfc8785

from protocol.errors import MalformedMessage
from protocol.message import read_json

T = TypeVar("T")


def canonical_bytes(value: object) -> bytes:
    """The RFC 8785 text of a struct or built-in value, UTF-8.

    Raises MalformedMessage for what has no canonical text (NaN, integers beyond ±(2^53-1)).
    """
    try:
        return rfc8785.dumps(msgspec.to_builtins(value))
    except (rfc8785.CanonicalizationError, TypeError, RecursionError) as error:
        raise MalformedMessage(f"value has no canonical JSON form: {error}") from error


def parse_canonical(text: bytes) -> Any:
    """Built-in value of a canonical text; refuses a text that is valid JSON but not canonical."""
    value = read_json(text)
    if canonical_bytes(value) != text:
        raise MalformedMessage("the JSON text is not in canonical form (RFC 8785)")
    return value


def decode_canonical(text: bytes, type_: type[T]) -> T:
    """Struct of a canonical text. Unknown fields pass; the text stays what was signed."""
    return as_struct(parse_canonical(text), type_)


def as_struct(value: Any, type_: type[T]) -> T:
    """A parsed canonical text as a struct. Raises MalformedMessage."""
    try:
        return msgspec.convert(value, type_)
    except msgspec.ValidationError as error:
        raise MalformedMessage(f"not a {type_.__name__}: {error}") from error
