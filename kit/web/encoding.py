"""Answers in fewer bytes: which encoding a request takes, and texts compressed as they leave.

Whoever watches the line sees how long an answer is, and a compressed one is the shorter the more of its
words are alike (BREACH). Another site can have a browser ask for a page with words of its choice in
the address, among what only the reader should see: such a request gets its answer as it is.
"""

import asyncio
import zlib

import brotli
from aiohttp import hdrs, web
from aiohttp.typedefs import Handler

from kit.web import csrf

ENCODINGS = ("br", "gzip")
"""The shorter first."""
TEXTS = (
    "text/",
    "application/javascript",
    "application/json",
    "application/problem+json",
    "image/svg+xml",
)
SMALLEST = 1_000  # bytes: below that little is won
ON_THE_LOOP = 64_000  # bytes: about a millisecond; what is larger is compressed in a thread
QUALITY = {"br": 5, "gzip": 5}
"""The best that costs a page of 30 kB less than a millisecond."""


def is_text(content_type: str) -> bool:
    """Whether compressing makes it shorter."""
    return content_type.startswith(TEXTS)


def accepted(request: web.Request) -> str:
    """The best encoding that the client takes; empty for none."""
    weights = {}
    for part in request.headers.get(hdrs.ACCEPT_ENCODING, "").split(","):
        name, _, parameter = part.partition(";")
        weights[name.strip().lower()] = parameter.strip().removeprefix("q=")
    for name in ENCODINGS:
        if _is_wanted(weights.get(name, weights.get("*", "0"))):
            return name
    return ""


def of_page(request: web.Request) -> str:
    """The encoding in which this request gets what is made for its reader; empty for none."""
    is_safe = csrf.is_same_origin(request) or not request.cookies
    return accepted(request) if is_safe else ""


def compress(body: bytes, encoding: str, quality: int | None = None) -> bytes:
    """`quality` as that encoding counts it, else one for what is compressed each time."""
    quality = QUALITY[encoding] if quality is None else quality
    if encoding == "br":
        return bytes(brotli.compress(body, quality=quality))
    packer = zlib.compressobj(quality, zlib.DEFLATED, zlib.MAX_WBITS | 16)
    return packer.compress(body) + packer.flush()


@web.middleware
async def middleware(request: web.Request, handler: Handler) -> web.StreamResponse:
    """Compress the texts that handlers answer with, for who takes them so."""
    response = await handler(request)
    if not isinstance(response, web.Response) or hdrs.CONTENT_ENCODING in response.headers:
        return response
    body = response.body
    if not isinstance(body, bytes) or len(body) < SMALLEST or not is_text(response.content_type):
        return response
    response.headers.add(hdrs.VARY, hdrs.ACCEPT_ENCODING)
    encoding = of_page(request)
    if encoding:
        if len(body) > ON_THE_LOOP:
            response.body = await asyncio.to_thread(compress, body, encoding)
        else:
            response.body = compress(body, encoding)
        response.headers[hdrs.CONTENT_ENCODING] = encoding
    return response


def _is_wanted(weight: str) -> bool:
    """`weight`: between 0 and 1, empty for 1 (RFC 9110, 12.4.2)."""
    try:
        return weight == "" or float(weight) > 0
    except ValueError:
        return False
