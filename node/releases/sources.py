"""Where a chunk comes from: the neighbour whose turn it is, the next one, at last the hub.

Every node of a network ranks all of them for each chunk alike (rendezvous hashing): the first of
the ranking fetches it from the hub, the others ask it and wait. So one copy comes into the school,
whoever begins first. A neighbour that is gone or gives something else is passed over; a slow one is
asked again, never gone around, since going around is what makes copies.
"""

import asyncio
import hashlib
import logging
from collections.abc import Callable, Sequence

import aiohttp
import msgspec
import zstandard

from node.releases.model import Code, Province, Refused
from node.releases.trust import Away, tls_of
from protocol.chunks import CHUNK_PATH, Chunk

log = logging.getLogger(__name__)

WAIT_S = 20  # a neighbour holds a question so long while it fetches the chunk itself
PATIENCE_S = 60.0
AT_ONCE = 6
ATTEMPTS = 3


class Neighbour(msgspec.Struct, frozen=True):
    """Another node of this network. `id` is what it announces of itself."""

    id: str
    url: str


class Passed(Exception):
    """This neighbour has no such chunk, or none that is right."""


def ranking(sha256: str, ids: Sequence[str]) -> list[str]:
    """The nodes in the order in which this chunk is theirs to fetch."""
    return sorted(ids, key=lambda one: hashlib.sha256(f"{one}:{sha256}".encode()).digest())


class Sources:
    """Fetches chunks for one node. Close after use."""

    def __init__(
        self, province: Province, own_id: str, neighbours: Callable[[], Sequence[Neighbour]]
    ) -> None:
        self._province = province
        self._own_id = own_id
        self._neighbours = neighbours
        self._passed: set[str] = set()
        self._hub_turn = asyncio.Semaphore(AT_ONCE)
        timeout = aiohttp.ClientTimeout(total=None, connect=10, sock_read=PATIENCE_S)
        tls = tls_of(province)
        self._hub = aiohttp.ClientSession(
            connector=aiohttp.TCPConnector(ssl=tls or False, limit=AT_ONCE),
            timeout=timeout,
            auto_decompress=False,
        )
        self._near = aiohttp.ClientSession(timeout=timeout, auto_decompress=False)
        self.from_peers = 0
        self.from_hub = 0

    async def close(self) -> None:
        await self._hub.close()
        await self._near.close()

    async def fetch(self, chunk: Chunk) -> bytes:
        """The verified bytes of a chunk. Raises Away, Refused (the hub itself gives other bytes)."""
        near = {one.id: one for one in self._neighbours() if one.id != self._own_id}
        for turn in ranking(chunk.sha256, [self._own_id, *near]):
            if turn == self._own_id:
                break  # it is ours to fetch; the others ask us
            if turn in self._passed:
                continue
            try:
                content = await self._from_neighbour(near[turn], chunk)
            except Passed as reason:
                log.info("a neighbour is passed over", extra={"of": turn, "why": str(reason)})
                self._passed.add(turn)
                continue
            self.from_peers += len(content)
            return content
        return await self._from_hub(chunk)

    async def _from_neighbour(self, neighbour: Neighbour, chunk: Chunk) -> bytes:
        """Raises Passed."""
        url = f"{neighbour.url}{CHUNK_PATH}{chunk.sha256}"
        while True:
            try:
                async with self._near.get(
                    url, params={"wait": str(WAIT_S)}, allow_redirects=False
                ) as answer:
                    if answer.status == 202:
                        continue  # it is on its way there
                    if answer.status != 200:
                        raise Passed(f"status {answer.status}")
                    content = await _bounded(answer, chunk.size)
            except (aiohttp.ClientError, TimeoutError, OSError) as error:
                raise Passed(str(error) or type(error).__name__) from error
            if hashlib.sha256(content).hexdigest() != chunk.sha256:
                raise Passed("other bytes than were signed")
            return content

    async def _from_hub(self, chunk: Chunk) -> bytes:
        last: Exception = Away("not tried")
        for attempt in range(ATTEMPTS):
            if attempt:
                await asyncio.sleep(0.5 * attempt)
            try:
                async with self._hub_turn:
                    return await self._once_from_hub(chunk)
            except (aiohttp.ClientError, TimeoutError, OSError) as error:
                last = Away(f"{type(error).__name__}: {error}")
            except Refused as error:
                last = error
        raise last

    async def _once_from_hub(self, chunk: Chunk) -> bytes:
        url = f"{self._province.url}{chunk.path}"
        async with self._hub.get(url, allow_redirects=False) as answer:
            if answer.status != 200:
                raise aiohttp.ClientError(f"status {answer.status}")
            content = await _bounded(answer, chunk.wire_size)
        self.from_hub += len(content)
        if chunk.packed:
            content = await asyncio.to_thread(_unpack, content, chunk.size)
        if hashlib.sha256(content).hexdigest() != chunk.sha256:
            raise Refused(Code.CORRUPTED, f"chunk {chunk.sha256[:12]} is not what was signed")
        return content


async def _bounded(answer: aiohttp.ClientResponse, size: int) -> bytes:
    """The body, if it is no longer than it may be: what has no end is not waited for."""
    content = bytearray()
    async for block in answer.content.iter_any():
        content += block
        if len(content) > size:
            raise aiohttp.ClientPayloadError("more bytes than the chunk has")
    return bytes(content)


def _unpack(content: bytes, size: int) -> bytes:
    """At most `size` bytes, whatever the packed frame says of itself. Raises Refused."""
    try:
        plain = zstandard.ZstdDecompressor().decompress(content, max_output_size=size)
    except zstandard.ZstdError as error:
        raise Refused(Code.CORRUPTED, str(error)) from error
    return plain[: size + 1]
