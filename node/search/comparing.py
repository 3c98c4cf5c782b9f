"""Does the index hold what the texts say? Looked at at night, in portions, and by the doctor."""

import asyncio
import logging
from collections.abc import Callable, Sequence
from functools import partial

from kit.clock import monotonic
from kit.db import Database, Tx
from kit.portion import REST
from kit.schema import get_meta, set_meta
from node.search import index
from node.search.index import Stored

log = logging.getLogger(__name__)

BATCH = 50
NIGHTS = 30
AT_LEAST = 1000  # documents a night
_COMPARED = "search.compared"  # kit_meta: the number up to which documents were compared


async def compare(db: Database, told: Callable[[int, int], None]) -> int:
    """How many documents stand in the index by other pairs than their text gives, or not at all. An index
    that is made anew at this moment counts as right."""
    others, at = 0, 0
    top = await db.read(index.next_number)
    while some := await db.read(partial(_put_in, after=at)):
        others += await asyncio.to_thread(_others, some)
        at = some[-1][0].number
        told(at, top)
    return others


async def compare_some(db: Database) -> None:
    """The same of the next part of the documents, in turn; where one stands otherwise the index is made
    anew."""
    at = await db.read(_compared)
    top = await db.read(index.next_number)
    until = at + max(AT_LEAST, top // NIGHTS)
    while at < until:
        begun = monotonic()
        some = await db.read(partial(_put_in, after=at))
        if not some:
            at = 0
            break
        others = await asyncio.to_thread(_others, some)
        if others:
            log.error("%d documents stand in the search index otherwise than by their text", others)
            await db.write(index.want_anew)
            at = 0
            break
        at = some[-1][0].number
        await asyncio.sleep(REST * (monotonic() - begun))
    await db.write(partial(_note, at=at))


def _put_in(tx: Tx, after: int) -> list[tuple[Stored, int | None]]:
    return [] if index.is_being_made(tx) else index.put_in(tx, after, BATCH)


def _others(some: Sequence[tuple[Stored, int | None]]) -> int:
    return sum(one.as_put().checksum() != checksum for one, checksum in some)


def _compared(tx: Tx) -> int:
    return int(get_meta(tx, _COMPARED) or 0)


def _note(tx: Tx, at: int) -> None:
    set_meta(tx, _COMPARED, str(at))
