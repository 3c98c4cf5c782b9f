"""The log held against itself: every record's signature, its hash, the tree above it, and what the hub
has seen of it.

A walk goes through the log in batches: a short read each, the verifying outside of it. It may begin
anywhere the log's frontier is known. So each night only what is new is verified, and a thirtieth of
the rest anew: what was changed behind our back is found within a month, and by the doctor's command
at once.
"""

import asyncio
from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import partial

import msgspec

from kit.db import Database, Tx
from kit.verified import Verified
from node.ledger import disposal_store, store
from node.ledger.model import LedgerFault, LedgerKey
from protocol.errors import InvalidProof, ProtocolError, RecordRefused
from protocol.identity import public_key
from protocol.merkle import Frontier, node_hash
from protocol.records import (
    DisposalV1,
    SignedRecord,
    check_signature,
    disposal_hash,
    read_record,
    record_leaf,
)

NAME = "ledger"
MOST_FAULTS = 100
BATCH = 500  # records in one read: some milliseconds

HowFar = Callable[[int, int], None]
"""How many of how many records are verified."""


class _Batch(msgspec.Struct, frozen=True):
    """Some records with what is stored above them. `end`: the log's frontier, in the last batch."""

    leaves: list[tuple[int, bytes, SignedRecord]]
    nodes: dict[tuple[int, int], bytes]
    end: Frontier | None
    disposed: frozenset[int]
    """Places of those whose text went by a disposal that the log says."""
    lists: dict[int, list[tuple[int, bytes]]]
    """By place of a disposal what it disposed of."""


class LedgerWalk:
    """Goes through the log from where it is known, and collects what does not fit."""

    def __init__(
        self, keys: Sequence[LedgerKey], witnessed: Mapping[int, str], start: Frontier
    ) -> None:
        self.grown = start
        self.faults: list[LedgerFault] = []
        self._keys = keys
        self._witnessed = witnessed

    @property
    def is_over(self) -> bool:
        return len(self.faults) >= MOST_FAULTS or any(one.code == "gap" for one in self.faults)

    def take(self, batch: _Batch) -> None:
        """Verify some records."""
        for position, stored_leaf, signed in batch.leaves:
            if position != self.grown.size:
                self.faults.append(LedgerFault("gap", self.grown.size))
                return
            leaf = self._leaf(batch, position, stored_leaf, signed)
            self.faults += _check_nodes(batch.nodes, self.grown, leaf)
            self.grown = self.grown.append(leaf)
            seen = self._witnessed.get(self.grown.size)
            if seen is not None and seen != self.grown.root.hex():
                self.faults.append(LedgerFault("witness", self.grown.size))
            if self.is_over:
                return

    def _leaf(
        self, batch: _Batch, position: int, stored_leaf: bytes, signed: SignedRecord
    ) -> bytes:
        """The hash of a record: of its text or, where that was disposed of, the one that stayed."""
        if not signed.text:
            if position not in batch.disposed:
                self.faults.append(LedgerFault("erased", position))
            return stored_leaf
        self.faults += _check_key(self._keys, position, signed)
        if position in batch.lists:
            self.faults += _check_list(position, signed, batch.lists[position])
        leaf = record_leaf(signed)
        if leaf != stored_leaf:
            self.faults.append(LedgerFault("leaf", position))
        return leaf

    def end(self, frontier: Frontier) -> None:
        """Hold the log's end against the whole of it."""
        if frontier != self.grown:
            self.faults.append(LedgerFault("frontier", self.grown.size))
        if self._witnessed and max(self._witnessed) > self.grown.size:
            self.faults.append(LedgerFault("shorter", max(self._witnessed)))

    def meet(self, known: Frontier) -> None:
        """Hold a part that was gone through anew against what was verified then."""
        if known != self.grown:
            self.faults.append(LedgerFault("frontier", self.grown.size))


def check(tx: Tx, keys: Sequence[LedgerKey]) -> list[LedgerFault]:
    """Everything within one unit; the first hundred faults."""
    walk = LedgerWalk(keys, store.witnessed_roots(tx), Frontier())
    for batch in _batches(tx):
        walk.take(batch)
        if walk.is_over:
            return walk.faults
        if batch.end is not None:
            walk.end(batch.end)
    return walk.faults


def _batches(tx: Tx) -> Iterator[_Batch]:
    after = -1
    while True:
        batch = _read(tx, after, BATCH)
        yield batch
        if batch.end is not None:
            return
        after = batch.leaves[-1][0]


async def check_all(
    db: Database, keys: Callable[[Tx], Sequence[LedgerKey]], told: HowFar | None = None
) -> list[LedgerFault]:
    """Everything, a batch in a read."""
    walk, size = await _begin(db, keys, Frontier())
    await _go(db, walk, None, lambda done: told(done, size) if told is not None else None)
    return walk.faults


async def check_night(
    db: Database, keys: Callable[[Tx], Sequence[LedgerKey]], kept: Verified
) -> tuple[list[LedgerFault], Verified]:
    """What is new, and a thirtieth of what was verified before; how far that is now. With faults it
    is as far as it was: the next night finds them too."""
    whole, again = _frontier(kept.size, kept.mark), _frontier(kept.again, kept.again_mark)
    new, size = await _begin(db, keys, whole)
    if size < whole.size:
        return [LedgerFault("shorter", whole.size)], kept
    await _go(db, new, None)
    old, _size = await _begin(db, keys, again)
    await _go(db, old, kept.until)
    is_through = old.grown.size >= whole.size
    if is_through:
        old.meet(whole)
    if faults := [*new.faults, *old.faults]:
        return faults, kept
    again = Frontier() if is_through else old.grown
    return [], Verified(new.grown.size, _mark(new.grown), again.size, _mark(again))


def _mark(frontier: Frontier) -> str:
    return frontier.to_bytes().hex()


def _frontier(size: int, mark: str) -> Frontier:
    """What `_mark` kept; the log's beginning where that cannot be."""
    try:
        return Frontier.from_bytes(size, bytes.fromhex(mark))
    except (ValueError, InvalidProof):
        return Frontier()


async def _begin(
    db: Database, keys: Callable[[Tx], Sequence[LedgerKey]], start: Frontier
) -> tuple[LedgerWalk, int]:
    def work(tx: Tx) -> tuple[LedgerWalk, int]:
        return LedgerWalk(keys(tx), store.witnessed_roots(tx), start), store.frontier(tx).size

    return await db.read(work)


async def _go(
    db: Database, walk: LedgerWalk, until: int | None, told: Callable[[int], object] | None = None
) -> None:
    """On to the end of the log, or until so many records are verified."""
    while until is None or walk.grown.size < until:
        limit = BATCH if until is None else min(BATCH, until - walk.grown.size)
        batch = await db.read(partial(_read, after=walk.grown.size - 1, limit=limit))
        await asyncio.to_thread(walk.take, batch)
        if told is not None:
            told(walk.grown.size)
        if walk.is_over:
            return
        if batch.end is not None:
            if until is None:
                walk.end(batch.end)
            return


def _read(tx: Tx, after: int, limit: int) -> _Batch:
    leaves = store.leaves(tx, after, limit)
    nodes = store.nodes(tx, after + 1, leaves[-1][0]) if leaves else {}
    last = leaves[-1][0] if leaves else after
    return _Batch(
        leaves,
        nodes,
        store.frontier(tx) if len(leaves) < limit else None,
        disposal_store.disposed_in(tx, after, last),
        disposal_store.lists_in(tx, after, last),
    )


def _check_key(keys: Sequence[LedgerKey], position: int, signed: SignedRecord) -> list[LedgerFault]:
    """The record's signature, and whether its key was the school's at that place of the log."""
    then = next(one for one in reversed(keys) if one.from_position <= position)
    signer = next((one for one in keys if one.key_id == signed.key_id), then)
    try:
        check_signature(signed, public_key(signer.signing))
    except RecordRefused:
        return [LedgerFault("signature", position)]
    return [] if signer is then else [LedgerFault("key", position)]


def _check_list(
    position: int, signed: SignedRecord, listed: Sequence[tuple[int, bytes]]
) -> list[LedgerFault]:
    """What a disposal says to have disposed of, beside what is listed for it."""
    try:
        record = read_record(signed)
    except ProtocolError:
        return []  # the signature's check says so
    same = isinstance(record, DisposalV1) and (record.count, record.list_hash) == (
        len(listed),
        disposal_hash(listed),
    )
    return [] if same else [LedgerFault("disposal", position)]


def _check_nodes(
    nodes: Mapping[tuple[int, int], bytes], before: Frontier, leaf: bytes
) -> list[LedgerFault]:
    """The stored subtrees that this leaf completes."""
    peaks, carry, place, level = list(before.peaks), leaf, before.size, 0
    faults = []
    while place & 1:
        carry = node_hash(peaks.pop(), carry)
        place >>= 1
        level += 1
        if nodes.get((level, place)) != carry:
            faults.append(LedgerFault("node", before.size))
    return faults
