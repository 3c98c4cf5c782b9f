"""Live pages: what has happened, as server-sent events, to those who may know it.

An event carries its tag only, never content: the page asks again for the part that shows it, under
the same rule of access as ever. Nothing is kept for a connection; whoever reconnects reloads.
"""

import asyncio
import contextlib
from collections.abc import Callable, Iterator
from typing import Protocol

from aiohttp import web

from kit.db import Database
from kit.event import Event, event_tag
from kit.problem import SignInRequired, TooMany

HEARTBEAT_S = 25
PER_ACCOUNT = 8
QUEUE = 64

# Which tag (if any) the account behind this connection may hear of an event.
Filter = Callable[[Event], str | None]


class Listener(Protocol):
    """Who listens on a connection: the account and what it may hear. Raises SignInRequired."""

    async def __call__(self, request: web.Request) -> tuple[str, Filter]: ...


class Live:
    """Hands committed events to the open connections."""

    def __init__(self, db: Database) -> None:
        self._connections: dict[asyncio.Queue[str], tuple[str, Filter]] = {}
        db.on_commit(self._committed)

    def _committed(self, signals: list[object]) -> None:
        events = [signal for signal in signals if isinstance(signal, Event)]
        if not events:
            return
        for queue, (_account, hears) in self._connections.items():
            for tag in {tag for event in events if (tag := hears(event))}:
                with contextlib.suppress(asyncio.QueueFull):  # a slow page reloads what it missed
                    queue.put_nowait(tag)

    @contextlib.contextmanager
    def connected(self, account: str, hears: Filter) -> Iterator[asyncio.Queue[str]]:
        """A queue of tags while the connection lasts. Raises TooMany."""
        if sum(1 for known, _ in self._connections.values() if known == account) >= PER_ACCOUNT:
            raise TooMany(seconds=30)
        queue: asyncio.Queue[str] = asyncio.Queue(QUEUE)
        self._connections[queue] = (account, hears)
        try:
            yield queue
        finally:
            del self._connections[queue]


LIVE = web.AppKey("live", Live)
LISTENER = web.AppKey("live_listener", Listener)


def everyone_hears(event: Event) -> str | None:
    """For servers whose readers may all know that something of a kind happened."""
    return event_tag(type(event))


async def stream(request: web.Request) -> web.StreamResponse:
    """GET /live"""
    listener = request.app.get(LISTENER)
    if listener is None:
        raise SignInRequired()
    account, hears = await listener(request)
    with request.app[LIVE].connected(account, hears) as queue:
        response = web.StreamResponse(
            headers={"Content-Type": "text/event-stream", "Cache-Control": "no-store"}
        )
        await response.prepare(request)
        await response.write(b"retry: 3000\n\n")
        with contextlib.suppress(ConnectionError):  # the reader went away
            while True:
                try:
                    tag = await asyncio.wait_for(queue.get(), HEARTBEAT_S)
                    await response.write(f"event: {tag}\ndata: {tag}\n\n".encode())
                except TimeoutError:
                    await response.write(b": still here\n\n")
    return response
