"""What a person or program sent, decoded into a struct; what does not fit, told field by field.

Every body of a form is read here: aiohttp says in many ways that one is malformed.
"""

import contextlib
import functools
import types
from collections.abc import AsyncIterator, Iterator
from datetime import datetime
from typing import Any, TypeVar, Union, get_args, get_origin

import msgspec
from aiohttp import BodyPartReader, web
from aiohttp.http_exceptions import HttpProcessingError
from multidict import MultiDictProxy, MultiMapping

from kit.clock import from_datetime
from kit.problem import MISSING, UNFIT, BadRequest, Invalid
from kit.typed import lines

T = TypeVar("T", bound=msgspec.Struct)

# Whole numbers beyond this are no longer exact in JSON; databases end at 2**63, and a page number
# must still fit after its multiplication to an offset.
LARGEST = 2**53

PIECE = 256 * 1024  # bytes of an uploaded file that are read at once


@contextlib.contextmanager
def _readable() -> Iterator[None]:
    try:
        yield
    except (ValueError, LookupError, RuntimeError, HttpProcessingError) as malformed:
        raise BadRequest() from malformed


class PageQuery(msgspec.Struct):
    """Which page of a list is asked for, from 1 on."""

    page: int = 1


class Part:
    """A part of a multipart body: a field, or a file where it has a `filename`."""

    def __init__(self, reader: BodyPartReader) -> None:
        self._reader = reader
        self.name = reader.name or ""
        self.filename = reader.filename

    async def pieces(self) -> AsyncIterator[bytes]:
        """What it holds, as it comes. Raises BadRequest."""
        while True:
            with _readable():
                piece = await self._reader.read_chunk(PIECE)
            if not piece:
                return
            yield bytes(piece)


async def parts(request: web.Request) -> AsyncIterator[Part]:
    """The parts of a multipart body, each to be read before the next. Raises BadRequest."""
    if not request.content_type.startswith("multipart/"):
        raise BadRequest()
    with _readable():
        reader = await request.multipart()
    while True:
        with _readable():
            part = await reader.next()
        if part is None:
            return
        if isinstance(part, BodyPartReader):
            yield Part(part)


async def posted(request: web.Request) -> MultiDictProxy[str | bytes | bytearray | web.FileField]:
    """The fields and small files of a submitted form. Raises BadRequest."""
    with _readable():
        return await request.post()


async def read_form(request: web.Request, kind: type[T]) -> T:
    """The body of a submitted form as `kind`. Raises BadRequest, and Invalid with a text for each
    bad field."""
    return decode(await posted(request), kind)


def read_query(request: web.Request, kind: type[T]) -> T:
    """The query string as `kind`. Raises Invalid."""
    return decode(request.query, kind)


async def read_json(request: web.Request, kind: type[T]) -> T:
    """A JSON body as `kind`. Raises Invalid; what is not JSON is a bad request."""
    body = await request.read()
    try:
        sent = msgspec.json.decode(body, type=kind)
    except msgspec.ValidationError as error:
        raise Invalid({_path(error): UNFIT}) from error
    if b"\\u0000" in body and _holds_nul(msgspec.json.decode(body)):
        raise Invalid({"body": UNFIT})
    return sent


def _holds_nul(sent: object) -> bool:
    """Whether a text within holds a NUL, which PostgreSQL cannot store."""
    if isinstance(sent, dict):
        return any(map(_holds_nul, sent.values()))
    if isinstance(sent, list):
        return any(map(_holds_nul, sent))
    return isinstance(sent, str) and "\x00" in sent


def decode(sent: MultiMapping[Any], kind: type[T]) -> T:
    """Fields by name; a field typed as list or tuple takes every value of that name. Text
    is kept without the spaces around it, several lines without blank ones. Empty text of an optional
    field means its default. Files are passed over."""
    values: dict[str, Any] = {}
    wrong: dict[str, str] = {}
    for field in _fields(kind):
        given = [v for v in sent.getall(field.encode_name, []) if isinstance(v, str)]
        if any("\x00" in value for value in given):
            wrong[field.encode_name] = UNFIT
            continue
        many = _is_many(field.type)
        given = [lines(value) if "\n" in value else value.strip() for value in given]
        required = field.default is msgspec.NODEFAULT and (
            field.default_factory is msgspec.NODEFAULT
        )
        if not many and (not given or given[-1] == ""):
            if required:
                wrong[field.encode_name] = MISSING
            continue
        if many and not given and not required:
            continue
        value: Any = given if many else given[-1]
        if field.type is bool:
            value = value in ("on", "true", "1", "yes")
        try:
            fit = msgspec.convert(value, field.type, strict=False)
        except msgspec.ValidationError:
            wrong[field.encode_name] = UNFIT
            continue
        if isinstance(fit, int) and abs(fit) > LARGEST:
            wrong[field.encode_name] = UNFIT
        values[field.name] = fit
    if wrong:
        raise Invalid(wrong)
    return kind(**values)


@functools.cache
def _fields(kind: type[msgspec.Struct]) -> tuple[msgspec.structs.FieldInfo, ...]:
    """The struct's fields; looked up once, since this costs more than a page's query."""
    return msgspec.structs.fields(kind)


def _is_many(kind: Any) -> bool:
    origin = get_origin(kind)
    if origin in (Union, types.UnionType):
        return any(_is_many(part) for part in get_args(kind))
    return origin in (list, tuple, set, frozenset)


def _path(error: msgspec.ValidationError) -> str:
    text = str(error)
    return text.rsplit("`$.", 1)[1].rstrip("`") if "`$." in text else "body"


def wall_clock(typed: str, field: str) -> int | None:
    """What somebody chose in a `datetime-local` input, by the school's clock (ms); None for nothing.
    Raises Invalid."""
    if not typed:
        return None
    try:
        return from_datetime(datetime.fromisoformat(typed).replace(tzinfo=None))
    except (ValueError, OverflowError):
        raise Invalid({field: UNFIT}) from None
