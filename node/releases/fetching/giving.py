"""What neighbours are given: chunks of whole releases, and of the one on its way once it has them.

The network is not trusted and neither are we by it: neighbours verify. What is bounded here is what
they may cost: so many answers at once, each a piece at a time and not for long, so many waiting, and
only to addresses that are no public ones.
"""

import asyncio
import contextlib
import ipaddress
import os
from collections.abc import AsyncIterator

from kit.problem import NotFound, TooMany
from node.releases.fetching.chunks import Fetching
from node.releases.fetching.lan import Peer
from node.releases.shelf import Place, Release, ReleaseShelf
from protocol.chunks import ReleaseKind

SENT_AT_ONCE = 16
MOST_WAITING = 256
MOST_OF_ONE = 32  # of one address
LONGEST_WAIT_S = 30.0
SENT_WITHIN_S = 60.0  # a chunk; who takes longer is no neighbour of the same network
PIECE = 64 * 1024  # bytes of a chunk in memory


class ChunkContent:
    """A chunk that is here, to be read piece by piece. Close after use."""

    def __init__(self, place: Place, size: int) -> None:
        self.size = size
        self._offset = place[1]
        self._file = place[0].open("rb", buffering=0)

    def read(self, at: int) -> bytes:
        """A piece. Raises OSError."""
        wanted = min(PIECE, self.size - at)
        piece = os.pread(self._file.fileno(), wanted, self._offset + at)
        if len(piece) < wanted:
            raise OSError("the file is shorter than it was")
        return piece

    def close(self) -> None:
        self._file.close()


class Giving:
    """The neighbours' view of this node's releases."""

    def __init__(self, shelf: ReleaseShelf) -> None:
        self.sent_within_s = SENT_WITHIN_S
        self._shelf = shelf
        self._places: dict[str, tuple[Place, int]] = {}
        self._counts: dict[Release, int] = {}
        self._fetchings: list[Fetching] = []
        self._sending = asyncio.Semaphore(SENT_AT_ONCE)
        self._callers: dict[str, int] = {}

    def look(self) -> None:
        """See what whole releases there are."""
        places: dict[str, tuple[Place, int]] = {}
        counts: dict[Release, int] = {}
        for kind, version in self._shelf.whole():
            manifest = self._shelf.manifest(kind, version)
            if manifest is not None:
                counts[kind, version] = len(manifest.chunks)
                home = self._shelf.home(kind, version)
                for file in manifest.files:
                    offset = 0
                    for chunk in file.chunks:
                        places[chunk.sha256] = ((home / file.path, offset), chunk.size)
                        offset += chunk.size
        self._places, self._counts = places, counts

    def begin(self, fetching: Fetching) -> None:
        """A release is on its way."""
        self._fetchings.append(fetching)

    def end(self, kind: ReleaseKind, version: int) -> None:
        """It is among the whole ones now, or will not come for the present."""
        self._fetchings = [one for one in self._fetchings if one.part.release != (kind, version)]

    def meet(self, kind: ReleaseKind, version: int, peer: Peer) -> None:
        """A neighbour asked what we have of a release: it takes part if that is on its way here."""
        for fetching in self._fetchings:
            if fetching.part.release == (kind, version):
                fetching.meet(peer)

    @contextlib.asynccontextmanager
    async def caller(self, address: str) -> AsyncIterator[None]:
        """One question of a neighbour. Raises NotFound for public addresses, TooMany."""
        with contextlib.suppress(ValueError):
            if not ipaddress.ip_address(address).is_private:
                raise NotFound()
        at_once = self._callers.get(address, 0)
        if at_once >= MOST_OF_ONE or sum(self._callers.values()) >= MOST_WAITING:
            raise TooMany(seconds=1)
        self._callers[address] = at_once + 1
        try:
            yield
        finally:
            self._callers[address] -= 1
            if not self._callers[address]:
                del self._callers[address]

    def held(self, kind: ReleaseKind, version: int) -> bytes:
        """A byte for each chunk of a release: 1 where it is there. Raises NotFound."""
        for fetching in self._fetchings:
            if fetching.part.release == (kind, version):
                return fetching.held()
        if (kind, version) not in self._counts:
            raise NotFound()
        return b"\1" * self._counts[kind, version]

    async def chunk(self, sha256: str, wait_s: float) -> ChunkContent | None:
        """A chunk; None when it is on its way and did not come in time. Raises NotFound."""
        place = self._places.get(sha256)
        if place is not None:
            with contextlib.suppress(OSError):
                return ChunkContent(*place)
        fetching = next((one for one in self._fetchings if sha256 in one.part.chunks), None)
        if fetching is None:
            raise NotFound()
        if not await fetching.wait_for(sha256, min(wait_s, LONGEST_WAIT_S)):
            if fetching.failed or fetching not in self._fetchings:
                raise NotFound()
            return None
        with contextlib.suppress(OSError):  # it is being given its name: asked again, it is there
            return ChunkContent(fetching.part.place(sha256), fetching.part.chunks[sha256].size)
        return None

    async def pieces(self, content: ChunkContent) -> AsyncIterator[bytes]:
        """All of a chunk. Raises OSError."""
        for at in range(0, content.size, PIECE):
            async with self._sending:
                piece = await asyncio.to_thread(content.read, at)
            yield piece
