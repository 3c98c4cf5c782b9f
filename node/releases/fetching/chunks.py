"""A release on its way: every chunk from whoever should give it, until all are there.

Chunks that a neighbour has come from that neighbour; of the others each has an owner on the network
(`lan`), who asks the hub, and whom the rest ask and wait for. A neighbour that is silent, gone or
gives other bytes loses its turn, and the next in rank takes it. A slow owner is asked again: whoever
loses patience and asks the hub makes a second copy, and on a slow line everybody loses patience.

A chunk that neighbours failed to give, or are about to give for too long, comes from the hub whoever is
there: names cost nothing on a network, and one machine may answer "soon" under ever new ones.
"""

import asyncio
import contextlib
import logging
import random
from collections import deque
from collections.abc import Coroutine
from concurrent.futures import ThreadPoolExecutor

import aiohttp
import msgspec

from kit.clock import monotonic
from node.releases.fetching.lan import HELD_PATH, Finder, Found, Peer, alone, score
from node.releases.fetching.line import AnswerTooLong, FileLine
from node.releases.model import Away, Code, Refused
from node.releases.shelf import Buffer, PartialRelease, WrongChunk, content_of, verify
from protocol.chunks import CHUNK_PATH, Chunk

log = logging.getLogger(__name__)

HUB = ""
FROM_HUB_AT_ONCE = 4
FROM_PEER_AT_ONCE = 4
TRIES = 3
MOST_PEERS = 32
LOOK_EVERY_S = 2.0
AGAIN = (202, 429, 503)


class NeighbourPatience(msgspec.Struct, frozen=True):
    """How long neighbours are waited for, in seconds."""

    wait: float = 20.0  # an owner's answer, before it is asked again
    answer: float = 10.0  # on top of it, before the neighbour counts as gone
    question: float = 3.0  # what a neighbour has
    nothing: float = 120.0  # an owner that always says "soon"
    away: float = 5.0  # until a neighbour that was gone is asked again


class Neighbourhood(msgspec.Struct, frozen=True):
    """This node among its neighbours: as whom and at which port they know it, how it finds them, how
    long it waits for them."""

    own_id: str
    port: int = 0
    finder: Finder = alone
    patience: NeighbourPatience = NeighbourPatience()


class LiveNeighbour:
    """A neighbour that takes part."""

    def __init__(self, peer: Peer, held: bytes) -> None:
        self.peer = peer
        self.held = held
        self.last_gave = monotonic()
        self.workers: list[asyncio.Task[None]] = []


class Fetching:
    """Fetches what a part lacks. One run each."""

    def __init__(
        self, part: PartialRelease, line: FileLine, neighbourhood: Neighbourhood, found: Found
    ) -> None:
        self.part = part
        self.from_hub = 0
        self.from_peers = 0
        self._line = line
        self._own_id = neighbourhood.own_id
        self._own_port = neighbourhood.port
        self._found = found
        self._patience = neighbourhood.patience
        self._introduced: dict[str, Peer] = {}
        self._live: dict[str, LiveNeighbour] = {}
        self._not_before: dict[str, float] = {}
        self._asked_since: dict[str, float] = {}  # by chunk: when a neighbour was first asked
        self._hub_only: set[str] = set()
        self._disappointed = 0  # chunks waited for in vain, those that came taken off
        self._queues: dict[str, deque[Chunk]] = {}
        self._in_flight: set[str] = set()
        self._from_hub_now: set[str] = set()
        self._scores: dict[str, dict[str, int]] = {}
        self._number = {sha256: at for at, sha256 in enumerate(part.chunks)}
        self._rearranged = asyncio.Event()
        self._awaited: dict[str, asyncio.Event] = {}
        self._tasks: set[asyncio.Task[None]] = set()
        self._over: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._threads = ThreadPoolExecutor(FROM_HUB_AT_ONCE + 2, "releases")

    async def run(self) -> None:
        """Returns when every chunk is there. Raises Away, Refused, OSError (disk)."""
        timeout = aiohttp.ClientTimeout(total=None, connect=self._patience.question)
        connector = aiohttp.TCPConnector(limit=0)
        try:
            async with aiohttp.ClientSession(connector=connector, timeout=timeout) as session:
                self._session = session
                await self._look()
                self._rearrange()
                for _each in range(FROM_HUB_AT_ONCE):
                    self._start(self._work(HUB))
                self._start(self._keep_looking())
                self._see_whether_over()
                try:
                    await self._over
                finally:
                    for task in self._tasks:
                        task.cancel()
                    await asyncio.gather(*self._tasks, return_exceptions=True)
        finally:
            self._over.cancel()
            self._threads.shutdown(wait=False, cancel_futures=True)
            for event in self._awaited.values():
                event.set()

    def _start(self, work: Coroutine[None, None, None]) -> asyncio.Task[None]:
        task = asyncio.get_running_loop().create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._ended)
        return task

    def _ended(self, task: asyncio.Task[None]) -> None:
        self._tasks.discard(task)
        if not task.cancelled() and (error := task.exception()) and not self._over.done():
            self._over.set_exception(error)

    def _see_whether_over(self) -> None:
        if not self.part.missing() and not self._over.done():
            self._over.set_result(None)

    # Who gives what -----------------------------------------------------------------------------

    def _rearrange(self) -> None:
        """Give every chunk that nobody is fetching to the one whose turn it is."""
        queues: dict[str, deque[Chunk]] = {HUB: deque()}
        queues.update((peer_id, deque()) for peer_id in self._live)
        for chunk in self.part.missing():
            if chunk.sha256 not in self._in_flight:
                queues[self._giver(chunk.sha256)].append(chunk)
        self._queues = queues
        before, self._rearranged = self._rearranged, asyncio.Event()
        before.set()

    def _giver(self, sha256: str) -> str:
        if not self._live or sha256 in self._hub_only:
            return HUB
        number = self._number[sha256]
        holders = [peer_id for peer_id, live in self._live.items() if live.held[number]]
        first = max(
            holders or [*self._live, self._own_id],
            key=lambda one: (self._score(one, sha256), one),
        )
        return HUB if first == self._own_id else first

    def _score(self, peer_id: str, sha256: str) -> int:
        scores = self._scores.setdefault(peer_id, {})
        if sha256 not in scores:
            scores[sha256] = score(peer_id, sha256)
        return scores[sha256]

    async def _work(self, source: str) -> None:
        while source == HUB or source in self._live:
            queue = self._queues.get(source)
            if not queue:
                await self._rearranged.wait()
                continue
            chunk = queue.popleft()
            if self.part.has(chunk.sha256) or chunk.sha256 in self._in_flight:
                continue
            self._in_flight.add(chunk.sha256)
            try:
                if source == HUB:
                    self._from_hub_now.add(chunk.sha256)
                    await self._ask_hub(chunk)
                else:
                    await self._ask_peer(self._live[source], chunk)
            finally:
                self._in_flight.discard(chunk.sha256)
                self._from_hub_now.discard(chunk.sha256)
            if self.part.has(chunk.sha256):
                self._arrived(chunk)
            elif source in self._live and chunk.sha256 not in self._hub_only:
                self._queues[source].appendleft(chunk)
            else:
                self._rearrange()

    def _arrived(self, chunk: Chunk) -> None:
        event = self._awaited.pop(chunk.sha256, None)
        if event is not None:
            event.set()
        if not self._in_flight:
            self._see_whether_over()

    # The hub ------------------------------------------------------------------------------------

    async def _ask_hub(self, chunk: Chunk) -> None:
        loop = asyncio.get_running_loop()
        for attempt in range(1, TRIES + 1):
            try:
                await loop.run_in_executor(self._threads, self._fetch_from_hub, chunk)
                self.from_hub += chunk.wire_size
                return
            except (WrongChunk, AnswerTooLong) as error:
                if attempt == TRIES:
                    raise Refused(Code.CORRUPTED, str(error)) from error
            except Away:
                if attempt == TRIES:
                    raise
            await asyncio.sleep(random.uniform(0, 0.2 * 2**attempt))

    def _fetch_from_hub(self, chunk: Chunk) -> None:
        """In a thread: receive, unpack, verify, write."""
        received = self._line.get(chunk.path, chunk.wire_size)
        self.part.put(chunk, content_of(chunk, received))

    # Neighbours ---------------------------------------------------------------------------------

    async def _ask_peer(self, live: LiveNeighbour, chunk: Chunk) -> None:
        """Ask once; what is not there afterwards is asked for again, or of another."""
        url = f"{live.peer.url}{CHUNK_PATH}{chunk.sha256}"
        patience = self._patience
        since = self._asked_since.setdefault(chunk.sha256, monotonic())
        try:
            async with asyncio.timeout(patience.wait + patience.answer):
                async with self._session.get(
                    url, params={"wait": str(patience.wait)}, allow_redirects=False
                ) as answer:
                    if answer.status in AGAIN:
                        now = monotonic()
                        if now - since > patience.nothing / (1 + self._disappointed):
                            self._disappointed += 1
                            self._hub_only.add(chunk.sha256)
                        if now - live.last_gave > patience.nothing:
                            self._gone(live, "gives nothing", patience.nothing)
                        if answer.status != AGAIN[0]:
                            await asyncio.sleep(random.uniform(0.1, 0.5))
                        return
                    if answer.status != 200:
                        raise aiohttp.ClientError(f"status {answer.status}")
                    content = await _read(answer, chunk.size)
        except (aiohttp.ClientError, TimeoutError, OSError) as error:
            self._hub_only.add(chunk.sha256)
            self._gone(live, f"{type(error).__name__}: {error}", patience.away)
            return
        loop = asyncio.get_running_loop()
        try:
            await loop.run_in_executor(self._threads, self._keep_from_peer, chunk, content)
        except WrongChunk as error:
            self._hub_only.add(chunk.sha256)
            self._gone(live, f"other bytes: {error}", float("inf"))
            return
        live.last_gave = monotonic()
        self._disappointed = max(0, self._disappointed - 1)
        self.from_peers += chunk.size

    def _keep_from_peer(self, chunk: Chunk, content: Buffer) -> None:
        verify(chunk, content)
        self.part.put(chunk, content)

    def _gone(self, live: LiveNeighbour, why: str, away_s: float) -> None:
        if self._live.get(live.peer.id) is not live:
            return
        log.info("neighbour left out", extra={"peer": live.peer.id, "reason": why})
        del self._live[live.peer.id]
        self._scores.pop(live.peer.id, None)
        self._not_before[live.peer.id] = monotonic() + away_s
        self._rearrange()

    async def _keep_looking(self) -> None:
        while True:
            await asyncio.sleep(LOOK_EVERY_S)
            await self._look()
            self._rearrange()
            self._see_whether_over()

    async def _look(self) -> None:
        """Ask every neighbour what it has of this release; who knows of none takes no part."""
        peers = {**self._introduced, **{peer.id: peer for peer in self._found()}}
        peers.pop(self._own_id, None)
        now = monotonic()
        asked = [
            peer
            for peer in [*peers.values()][:MOST_PEERS]
            if self._not_before.get(peer.id, 0.0) <= now
        ]
        await asyncio.gather(*(self._ask_what(peer) for peer in asked))

    async def _ask_what(self, peer: Peer) -> None:
        manifest = self.part.manifest
        path = HELD_PATH.format(kind=manifest.kind, version=manifest.version)
        own = {"id": self._own_id, "port": str(self._own_port)}
        live = self._live.get(peer.id)
        try:
            async with asyncio.timeout(self._patience.question):
                async with self._session.get(
                    peer.url + path, params=own, allow_redirects=False
                ) as answer:
                    held = await _read(answer, len(self._number))
                    if answer.status != 200 or len(held) != len(self._number):
                        raise aiohttp.ClientError(f"status {answer.status}")
        except (aiohttp.ClientError, TimeoutError, OSError) as error:
            if live is not None:
                self._gone(live, f"{type(error).__name__}: {error}", self._patience.away)
            return
        if live is not None:
            live.held = bytes(held)
            return
        if not self._over.done() and peer.id not in self._live:
            self._takes_part(peer, bytes(held))

    def _takes_part(self, peer: Peer, held: bytes) -> None:
        self._live[peer.id] = LiveNeighbour(peer, held)
        for _each in range(FROM_PEER_AT_ONCE):
            self._start(self._work(peer.id))

    # For neighbours -----------------------------------------------------------------------------

    @property
    def failed(self) -> bool:
        """Whether it ended without being whole."""
        return self._over.done() and bool(self.part.missing())

    def held(self) -> bytes:
        """A byte for each chunk: 1 where it is there, or is being fetched from the hub."""
        held = bytearray(self.part.held())
        for sha256 in self._from_hub_now:
            held[self._number[sha256]] = 1
        return bytes(held)

    def meet(self, peer: Peer) -> None:
        """A neighbour asked what we have: it takes part from now on."""
        known = peer.id in self._live or peer.id in self._introduced or peer.id == self._own_id
        if known or len(self._introduced) >= MOST_PEERS or self._over.done():
            return
        self._introduced[peer.id] = peer
        if self._not_before.get(peer.id, 0.0) <= monotonic():
            self._takes_part(peer, bytes(len(self._number)))
            self._rearrange()

    async def wait_for(self, sha256: str, seconds: float) -> bool:
        """Whether a chunk is there, after waiting for it at most so long."""
        if self.part.has(sha256) or self._over.done():
            return self.part.has(sha256)
        event = self._awaited.setdefault(sha256, asyncio.Event())
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(seconds):
                await event.wait()
        return self.part.has(sha256)


async def _read(answer: aiohttp.ClientResponse, limit: int) -> bytearray:
    """The body of an answer of at most `limit` bytes; ClientError when there is more."""
    content = bytearray()
    async for block in answer.content.iter_any():
        content += block
        if len(content) > limit:
            answer.close()
            raise aiohttp.ClientPayloadError("more than was asked for")
    return content
