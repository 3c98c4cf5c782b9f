"""Who did what: an append-only log. Actions are named `source:subject:action`.

The entries form a hash chain: each carries the SHA-256 over the hash of the entry before and its own
canonical content, so that none can be changed, removed or put in between unnoticed. Who rewrites all
that follows, or cuts off the end, is found where the chain's `head` was kept elsewhere.

Entries of releases before the chain carry no hash; `begin` folds them all the same and writes the
first entry that does. The writers of several hub processes take turns (`kit.db.Postgres`), so the
newest entry that a unit sees is the one before its own.
"""

import asyncio
import enum
import hashlib
from collections.abc import Iterable, Sequence
from functools import partial
from typing import Protocol

import msgspec

from kit.clock import Clock
from kit.db import Database, Row, Tx, decode, encode
from kit.i18n import _
from protocol.canonical import canonical_bytes

GENESIS = "0" * 64
"""What stands before the first entry."""
BATCH = 1_000
MOST_FAULTS = 100


class AuditEntry(msgspec.Struct, frozen=True):
    """One act. `detail` is JSON text with names and counts, never the content of what was read."""

    seq: int
    at: int
    actor: str
    actor_name: str
    action: str
    subject: str
    detail: str


class Head(msgspec.Struct, frozen=True):
    """The newest entry of the chain at some moment."""

    seq: int
    hash: str


class Acting(Protocol):
    """Whoever acts: an asker of a school, an officer of the province, or an `Actor`."""

    @property
    def id(self) -> str: ...
    @property
    def name(self) -> str: ...


class Actor(msgspec.Struct, frozen=True):
    """Who acts where nobody has asked: a command line, a server, a school, whoever is just arriving."""

    id: str
    name: str


PROGRAM = Actor("", "madang")
"""What a release does by itself, once."""


class Act(enum.StrEnum):
    """Acts of the log itself."""

    BEGIN = "kit:audit:begin"


def record(
    tx: Tx,
    clock: Clock,
    actor: Acting,
    action: enum.StrEnum,
    subject: str,
    /,
    **detail: object,
) -> None:
    """Append an act in the transaction that performs it. `detail`: names and counts, never content."""
    last = head(tx) or Head(0, GENESIS)
    words = encode(detail)
    entry = AuditEntry(
        last.seq + 1, clock.now(), actor.id, actor.name, action.value, subject, words
    )
    _append(tx, entry, last.hash)


def head(tx: Tx) -> Head | None:
    """The newest entry; None while there is none."""
    row = tx.row("SELECT seq, hash FROM kit_audit ORDER BY seq DESC LIMIT 1")
    return None if row is None else Head(row[0], row[1] or GENESIS)


def _append(tx: Tx, entry: AuditEntry, before: str) -> None:
    tx.execute(
        "INSERT INTO kit_audit (seq, at, actor, actor_name, action, subject, detail, hash)"
        " VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
        (*msgspec.structs.astuple(entry), _hash(before, entry)),
    )


def _hash(before: str, entry: AuditEntry) -> str:
    return hashlib.sha256(before.encode() + canonical_bytes(entry)).hexdigest()


def latest(tx: Tx, limit: int = 100, before: int | None = None) -> list[AuditEntry]:
    """The newest entries first; `before` is the seq of the last one already shown."""
    return tx.structs(
        AuditEntry,
        "SELECT seq, at, actor, actor_name, action, subject, detail FROM kit_audit"
        " WHERE seq < ? ORDER BY seq DESC LIMIT ?",
        (before if before is not None else 2**62, limit),
    )


def about(tx: Tx, subject: str, limit: int = 100) -> list[AuditEntry]:
    """What was done with one subject, the newest first."""
    return tx.structs(
        AuditEntry,
        "SELECT seq, at, actor, actor_name, action, subject, detail FROM kit_audit"
        " WHERE subject = ? ORDER BY seq DESC LIMIT ?",
        (subject, limit),
    )


def last_detail(tx: Tx, subject: str, action: enum.StrEnum) -> str | None:
    """The detail (JSON) of the newest act of a kind with one subject."""
    found = tx.value(
        "SELECT detail FROM kit_audit WHERE subject = ? AND action = ? ORDER BY seq DESC LIMIT 1",
        (subject, action.value),
    )
    return None if found is None else str(found)


def detail_words(entry: AuditEntry) -> str:
    """The detail on one line: `reason: 점검 · was: active`."""
    found = decode(entry.detail, dict[str, object])
    return " · ".join(f"{name}: {value}" for name, value in found.items() if value != "")


# The chain ----------------------------------------------------------------------------------------

FAULTS = {
    "changed": _("감사 기록 %(seq)s번이 기록된 뒤에 변경되었습니다."),
    "removed": _("감사 기록 %(seq)s번부터 삭제된 기록이 있습니다."),
    "added": _("감사 기록 %(seq)s번이 나중에 삽입되었습니다."),
    "rewritten": _("감사 기록이 %(seq)s번까지 다시 작성되었습니다. 따로 보관한 확인값과 다릅니다."),
    "cut": _("감사 기록의 끝부분이 삭제되었습니다. %(seq)s번까지 있었습니다."),
}


class AuditFault(msgspec.Struct, frozen=True):
    """Something that the check of the log found. `code` is a key of FAULTS."""

    code: str
    seq: int

    @property
    def text(self) -> str:
        """A msgid with the variable `seq`."""
        return FAULTS[self.code]


class AuditBroken(Exception):
    """The daily check of the log found faults; the message counts them."""


class _Fold:
    """Walks the log in order and recomputes what each entry's hash should be."""

    def __init__(self, kept_elsewhere: Iterable[Head] = (), most_faults: int = 0) -> None:
        self.kept = {kept.seq: kept.hash for kept in kept_elsewhere}
        self.most_faults = most_faults
        self.last = Head(0, GENESIS)
        self.is_chained = False
        self.faults: list[AuditFault] = []

    def take(self, rows: Iterable[Row]) -> None:
        for seq, *content, stored in rows:
            entry = AuditEntry(seq, *content)
            whole = seq == self.last.seq + 1
            if not whole:
                self.faults.append(AuditFault("removed", self.last.seq + 1))
            found = _hash(self.last.hash, entry)
            if stored is None and self.is_chained:
                self.faults.append(AuditFault("added", seq))
            elif stored is not None and stored != found and whole:
                self.faults.append(AuditFault("changed", seq))
            elif self.kept.get(seq, stored) != stored:
                self.faults.append(AuditFault("rewritten", seq))
            self.is_chained = self.is_chained or stored is not None
            if stored is None and self.is_chained:
                stored = GENESIS
            self.last = Head(seq, stored or found)

    def end(self) -> list[AuditFault]:
        newest = max(self.kept, default=0)
        if newest > self.last.seq:
            self.faults.append(AuditFault("cut", newest))
        return self.faults


def _rows_behind(tx: Tx, after: int) -> list[Row]:
    return tx.rows(
        "SELECT seq, at, actor, actor_name, action, subject, detail, hash FROM kit_audit"
        " WHERE seq > ? ORDER BY seq LIMIT ?",
        (after, BATCH),
    )


async def _folded(db: Database, fold: _Fold) -> _Fold:
    """Every entry through the fold, in batches: a short read each, the hashing in a thread."""
    while not fold.most_faults or len(fold.faults) < fold.most_faults:
        rows = await db.read(partial(_rows_behind, after=fold.last.seq))
        if not rows:
            break
        await asyncio.to_thread(fold.take, rows)
    return fold


async def check(db: Database, kept_elsewhere: Iterable[Head] = ()) -> list[AuditFault]:
    """Whether every entry is as it was written and none is gone; the first hundred faults.

    `kept_elsewhere`: heads that the chain had, from where nobody who has only the database could
    change them; they tell of a chain rewritten as a whole and of an end cut off.
    """
    return (await _folded(db, _Fold(kept_elsewhere, MOST_FAULTS))).end()


def require_whole(faults: Sequence[AuditFault]) -> None:
    """For the daily job. Raises AuditBroken, so that the job's row tells of it."""
    if faults:
        raise AuditBroken(f"{len(faults)} faults, first: {faults[0].code} {faults[0].seq}")


async def begin(db: Database, clock: Clock) -> None:
    """At the first start with a chain: write its first entry upon those of earlier releases."""
    while not await db.read(_is_begun):
        fold = await _folded(db, _Fold())
        await db.write(partial(_begin, clock=clock, last=fold.last))


def _is_begun(tx: Tx) -> bool:
    newest = tx.row("SELECT hash FROM kit_audit ORDER BY seq DESC LIMIT 1")
    if newest is None or newest[0] is not None:
        return True
    return tx.row("SELECT 1 FROM kit_audit WHERE hash IS NOT NULL LIMIT 1") is not None


def _begin(tx: Tx, clock: Clock, last: Head) -> None:
    """Unless another process was here meanwhile."""
    newest = head(tx)
    if _is_begun(tx) or newest is None or newest.seq != last.seq:
        return
    entry = AuditEntry(
        last.seq + 1,
        clock.now(),
        PROGRAM.id,
        PROGRAM.name,
        Act.BEGIN.value,
        "",
        encode({"entries_before": last.seq}),
    )
    _append(tx, entry, last.hash)
