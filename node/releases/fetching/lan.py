"""The school's network: which nodes share a release, and which of them fetches a chunk from afar.

Each chunk has one owner among the nodes that live: the first by rendezvous hashing, so all who see
the same nodes name the same owner without a word. The owner asks the hub, the others ask the owner.
Nothing that comes from a neighbour is believed before its hash was seen to be right.
"""

import asyncio
import contextlib
import hashlib
from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager

import msgspec

from kit.lan import NODE_SERVICE, browsing, reachable_on

SETTLES_S = 1.5
HELD_PATH = "/v1/releases/{kind}/{version}/held"
"""A byte for each chunk of a release in the order of its manifest: 1 where the node has it. The
question tells who asks (`id`, `port`), so that both know of each other at once."""


class Peer(msgspec.Struct, frozen=True):
    """A node of the same network. `url` without a slash at its end."""

    id: str
    url: str


Found = Callable[[], list[Peer]]
Finder = Callable[[], AbstractAsyncContextManager[Found]]


def score(peer_id: str, sha256: str) -> int:
    """How strongly a chunk belongs to a node; the highest owns it."""
    digest = hashlib.blake2b(f"{peer_id} {sha256}".encode(), digest_size=8).digest()
    return int.from_bytes(digest, "big")


@contextlib.asynccontextmanager
async def alone() -> AsyncIterator[Found]:
    """A node without neighbours."""
    yield list


def by_zeroconf(own_id: str, host: str) -> Finder:
    """Neighbours that announce themselves, while a release is on its way."""

    @contextlib.asynccontextmanager
    async def finder() -> AsyncIterator[Found]:
        async with browsing(NODE_SERVICE, reachable_on(host)) as neighbours:
            # Whoever begins before the neighbours have answered fetches what they have.
            await asyncio.sleep(SETTLES_S)
            yield lambda: [
                Peer(one.facts["id"], f"http://{one.host}:{one.port}")
                for one in neighbours.found()
                if one.facts.get("id", own_id) != own_id and one.port
            ]

    return finder
