"""Live pages: what has happened, as server-sent events, to those who may know it.

An event carries its tag only, never content: the page asks again for the part that shows it, under
the same rule of access as ever. Nothing is kept for a connection; whoever reconnects reloads.

A page says of what it wants to be told: `/live?tags=form.signed/FORM newsletter.opened`. `tag/id` is
told of events that name this id, which the page knows already; without the query, of all it may hear.

A connection lasts longer than a right: who listens and what they may hear is asked when it opens,
again before each word and at each heartbeat. Where nobody is signed in any more it ends.
"""

import asyncio
import contextlib
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import NamedTuple, Protocol

import msgspec
from aiohttp import web

from kit.db import Database
from kit.event import Event, event_tag
from kit.problem import UNFIT, Invalid, Problem, SignInRequired
from kit.slice import Slice
from kit.web.keys import Visitor

HEARTBEAT_S = 25
PER_ACCOUNT = 8
QUEUE = 64
RETRY_MS = 3_000
RETRY_WHEN_FULL_MS = 60_000  # who had to make room does not push the next one out at once

MOST_TAGS = 64  # that a page may ask for: several times what one has

# Which tag (if any) the account behind this connection may hear of an event.
Filter = Callable[[Event], str | None]


class Listener(Protocol):
    """Who listens on a connection at this moment: the account and what it may hear. Raises a Problem,
    such as SignInRequired, when nobody may any more; remembers nothing of an earlier call."""

    async def __call__(self, request: web.Request) -> tuple[str, Filter]: ...


class Happened(NamedTuple):
    """An event, and the words in which a page may have asked for it."""

    event: Event
    names: frozenset[str]

    @classmethod
    def of(cls, event: Event) -> "Happened":
        """By its tag, alone and with each id that the event names."""
        tag = event_tag(type(event))
        ids = (value for value in msgspec.structs.astuple(event) if isinstance(value, str))
        return cls(event, frozenset({tag, *(f"{tag}/{id}" for id in ids)}))


@dataclass(eq=False)
class LiveLine:
    """One open connection, and what waits to be told: of each commit what it might hear."""

    account: str
    hears: Filter
    is_gone: Callable[[], bool]
    wanted: frozenset[str] | None = None
    waiting: asyncio.Queue[list[Happened] | None] = field(
        default_factory=lambda: asyncio.Queue(QUEUE)
    )

    def end(self) -> None:
        """Say after what waits already that nothing follows."""
        if self.waiting.full():
            self.waiting.get_nowait()
        self.waiting.put_nowait(None)

    def might_say(self, what: Happened) -> bool:
        return (self.wanted is None or not what.names.isdisjoint(self.wanted)) and self.hears(
            what.event
        ) is not None

    def tags(self, happened: list[Happened]) -> list[str]:
        """What is said of it, each once: in the words in which the page asked."""
        said: set[str] = set()
        for what in happened:
            tag = self.hears(what.event)
            if tag is not None:
                said |= {tag} if self.wanted is None else what.names & self.wanted
        return sorted(said)


class Live:
    """Hands committed events to the open connections."""

    def __init__(self, db: Database) -> None:
        self._lines: list[LiveLine] = []  # oldest first
        db.on_commit(self._committed)

    def _committed(self, signals: list[object]) -> None:
        if not self._lines:
            return
        happened = [Happened.of(signal) for signal in signals if isinstance(signal, Event)]
        for line in self._lines:
            heard = [what for what in happened if line.might_say(what)]
            if heard:
                with contextlib.suppress(asyncio.QueueFull):  # a slow page reloads what it missed
                    line.waiting.put_nowait(heard)

    @contextlib.contextmanager
    def connected(self, line: LiveLine) -> Iterator[None]:
        """Tell the line what it might hear while this lasts.

        An account holds PER_ACCOUNT lines. One more ends another: one whose reader has left (which
        nobody notices before the next heartbeat), else the oldest. Refusing the newest instead
        would leave the page somebody looks at now without news.
        """
        own = [other for other in self._lines if other.account == line.account]
        if len(own) >= PER_ACCOUNT:
            ends = next((other for other in own if other.is_gone()), own[0])
            ends.end()
            self._lines.remove(ends)
        self._lines.append(line)
        try:
            yield
        finally:
            if line in self._lines:
                self._lines.remove(line)


LIVE = web.AppKey("live", Live)
LISTENER = web.AppKey("live_listener", Listener)


def all_hear(_visitor: object, _event: Event) -> bool:
    """Everybody: for `Slice.heard_by` of servers whose readers may all know that something happened."""
    return True


class HeardBy:
    """Who may be told of which event, as the slices say (`Slice.heard_by`); what none of them names is
    told to nobody."""

    def __init__(self, slices: Sequence[Slice]) -> None:
        self._rules = {kind: rule for one in slices for kind, rule in one.heard_by.items()}

    def filter(self, visitor: Visitor) -> Filter:
        """What this visitor may hear."""

        def hears(event: Event) -> str | None:
            rule = self._rules.get(type(event))
            return event_tag(type(event)) if rule is not None and rule(visitor, event) else None

        return hears


HEARD_BY = web.AppKey("heard_by", HeardBy)


async def stream(request: web.Request) -> web.StreamResponse:
    """GET /live"""
    listener = request.app.get(LISTENER)
    if listener is None:
        raise SignInRequired()
    account, hears = await listener(request)
    line = LiveLine(account, hears, lambda: request.transport is None, _wanted(request))
    with request.app[LIVE].connected(line):
        response = web.StreamResponse(
            headers={"Content-Type": "text/event-stream", "Cache-Control": "no-store"}
        )
        await response.prepare(request)
        with contextlib.suppress(ConnectionError):  # the reader went away
            await response.write(f"retry: {RETRY_MS}\n\n".encode())
            with contextlib.suppress(Problem):  # nobody who might hear anything is there any more
                async for word in _words(line, lambda: listener(request)):
                    await response.write(word)
                await response.write(f"retry: {RETRY_WHEN_FULL_MS}\n\n".encode())
    return response


def _wanted(request: web.Request) -> frozenset[str] | None:
    """What the page asks to be told of. Raises Invalid."""
    tags = request.query.get("tags")
    if tags is None:
        return None
    wanted = frozenset(tags.split())
    if len(wanted) > MOST_TAGS:
        raise Invalid({"tags": UNFIT})
    return wanted


async def _words(
    line: LiveLine, listens: Callable[[], Awaitable[tuple[str, Filter]]]
) -> AsyncIterator[bytes]:
    """What is said on a line until it has to make room. Raises a Problem when its rights end."""
    while True:
        happened: list[Happened] | None = []
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(HEARTBEAT_S):
                happened = await line.waiting.get()
        if happened is None:
            return
        _account, line.hears = await listens()
        for tag in line.tags(happened):
            yield f"event: {tag}\ndata: {tag}\n\n".encode()
        if not happened:
            yield b": still here\n\n"
