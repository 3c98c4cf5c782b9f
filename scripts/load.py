"""A load generator light enough not to be what is measured: raw HTTP/1.1 over kept connections.

`drive` sends requests from a number of connections at once until all are answered and tells the
rate and the latencies; anything but the expected status is an error.
"""

import asyncio
import random
from collections.abc import Iterator, Sequence
from urllib.parse import urlsplit

import msgspec

from kit.clock import monotonic


class Load(msgspec.Struct):
    """What a run showed: requests a second, latencies in ms."""

    requests: int
    seconds: float
    latencies: list[float]

    @property
    def rate(self) -> float:
        return self.requests / self.seconds

    def percentile(self, share: float) -> float:
        ordered = sorted(self.latencies)
        return ordered[min(len(ordered) - 1, int(len(ordered) * share))]


class Request(msgspec.Struct, frozen=True):
    """One request, ready to be written."""

    raw: bytes
    expected: int


def request(
    url: str,
    *,
    token: str = "",
    body: bytes | None = None,
    is_form: bool = False,
    expected: int = 200,
) -> Request:
    """A GET, or a POST of a JSON body or a form's fields."""
    parts = urlsplit(url)
    lines = [
        f"{'GET' if body is None else 'POST'} {parts.path or '/'} HTTP/1.1",
        f"Host: {parts.netloc}",
        "Accept: text/html",
    ]
    if token:
        lines.append(f"Authorization: Bearer {token}")
    if body is not None:
        kind = "application/x-www-form-urlencoded" if is_form else "application/json"
        lines += [f"Content-Type: {kind}", f"Content-Length: {len(body)}"]
    return Request("\r\n".join([*lines, "", ""]).encode() + (body or b""), expected)


async def drive(
    base: str, requests: Sequence[Request], connections: int, *, pause_s: float = 0.0
) -> Load:
    """Send all requests over `connections` connections. Raises RuntimeError on a wrong status.

    Without a pause each connection sends as soon as it was answered, and the processor is full;
    `pause_s` is how long people look at a page before the next, on average (exponential).
    """
    parts = urlsplit(base)
    waiting = iter(requests)
    latencies: list[float] = []
    begun = monotonic()
    await asyncio.gather(
        *(
            _connection(parts.hostname or "", parts.port or 80, waiting, latencies, pause_s)
            for _ in range(connections)
        )
    )
    return Load(len(latencies), monotonic() - begun, latencies)


async def _connection(
    host: str, port: int, waiting: Iterator[Request], latencies: list[float], pause_s: float
) -> None:
    connection = await Connection.to(host, port)
    try:
        for one in waiting:
            if pause_s:
                await asyncio.sleep(random.expovariate(1 / pause_s))
            answer = await connection.ask(one)
            latencies.append(answer.took_ms)
    finally:
        connection.close()


class Answer(msgspec.Struct, frozen=True):
    """What came back, and how long it took (ms)."""

    head: bytes
    body: bytes
    took_ms: float

    @property
    def location(self) -> str:
        """Where a 303 leads to."""
        found = _header(self.head, b"location")
        if found is None:
            raise RuntimeError("the answer has no Location")
        return found.decode()


class Connection:
    """One kept connection: a request after another."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._reader = reader
        self._writer = writer

    @classmethod
    async def to(cls, host: str, port: int) -> "Connection":
        return cls(*await asyncio.open_connection(host, port, limit=2**20))

    async def ask(self, one: Request) -> Answer:
        """Raises RuntimeError on a wrong status."""
        begun = monotonic()
        self._writer.write(one.raw)
        head = await self._reader.readuntil(b"\r\n\r\n")
        length = _header(head, b"content-length")
        if length is None:
            raise RuntimeError("the answer has no Content-Length")
        body = await self._reader.readexactly(int(length))
        took_ms = (monotonic() - begun) * 1000
        status = int(head[9:12])
        if status != one.expected:
            raise RuntimeError(f"{status}: {body[:200]!r}")
        return Answer(head, body, took_ms)

    def close(self) -> None:
        self._writer.close()


def _header(head: bytes, wanted: bytes) -> bytes | None:
    for line in head.split(b"\r\n"):
        name, _colon, value = line.partition(b":")
        if name.lower() == wanted:
            return value.strip()
    return None
