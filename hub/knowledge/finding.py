"""Lists of documents, and which of them hold what somebody typed.

A text is found wherever it stands, also within a word. Of each document the pairs of neighbouring
letters are kept; only documents that have all pairs of what was typed can hold it, and their bodies
are read in the order of the list until a page is full. Pairs of a saved document follow in portions:
until then it stands in `knowledge_unindexed` and its body is read.
"""

import asyncio
import contextlib
import itertools
import logging
import unicodedata
from collections.abc import AsyncIterator, Sequence
from functools import partial

import msgspec

from hub.knowledge.model import Audience, DocumentContent, Filter, HandbookLine
from kit.clock import monotonic
from kit.db import Database, Tx, Value, decode, outside_units

log = logging.getLogger(__name__)

ASKED = 8  # pairs of a typed text that are asked for: more narrow nothing
READ = 50  # bodies read at a time
WRITTEN = 1_000  # pairs written in one unit, some milliseconds
REST = 3  # times as long as a unit took, the writer is left to others
PAUSE_S = 30.0  # after a failure

# Which documents `Filter.show` means; constant SQL. '': all that were not withdrawn.
_SHOWN = {
    "": " AND d.withdrawn_at IS NULL",
    "pending": (
        " AND d.document_id IN (SELECT w.document_id FROM knowledge_document w"
        " WHERE (w.withdrawn_at IS NULL AND w.state <> w.published_state)"
        " OR (w.withdrawn_at IS NOT NULL AND w.published_state <> ''))"
    ),
    "withdrawn": " AND d.withdrawn_at IS NOT NULL",
}
_LINE = (
    "SELECT d.document_id, d.title, d.category, d.audience, d.valid_from, d.valid_until,"
    " d.file_name, d.version, d.state, d.published_state, d.updated_at, d.updated_by_name,"
    " d.withdrawn_at"
)
_ORDER = " ORDER BY d.category, d.title, d.document_id"
# Documents that have all of so many pairs, or whose pairs are not kept yet.
_HAVE_ALL = (
    " AND d.document_id IN (SELECT i.document_id FROM knowledge_indexed i WHERE i.number IN"
    " (SELECT p.number FROM knowledge_pair p WHERE p.pair IN ("
)
_OR_WAIT = (
    ") GROUP BY p.number HAVING count(*) = ?)"
    " UNION ALL SELECT u.document_id FROM knowledge_unindexed u)"
)
_HOLDING = "SELECT d.document_id FROM knowledge_document d WHERE true"
_HOLDS = " AND (lower(d.title) LIKE ? OR lower(d.body) LIKE ? OR lower(d.source) LIKE ?)"


def lines(tx: Tx, wanted: Filter, limit: int, offset: int) -> list[HandbookLine]:
    """The documents that fit, by category and title."""
    chosen, params = chosen_by(wanted)
    text = unicodedata.normalize("NFC", wanted.q).strip().lower()
    if not text:
        page: list[Value] = [*params, limit, offset]
        rows = tx.rows(_LINE + chosen + _ORDER + " LIMIT ? OFFSET ?", page)
    else:
        found = _holding(tx, text, chosen, params, offset + limit)[offset:]
        if not found:
            return []
        rows = tx.rows(_LINE + chosen + _among(found) + _ORDER, [*params, *found])
    return [HandbookLine(row[0], row[1], row[2], Audience(row[3]), *row[4:]) for row in rows]


def chosen_by(wanted: Filter) -> tuple[str, list[Value]]:
    """What follows SELECT for a filter without its text."""
    sql = " FROM knowledge_document d WHERE true" + _SHOWN.get(wanted.show, _SHOWN[""])
    params: list[Value] = []
    if wanted.category:
        sql += " AND d.category = ?"
        params.append(wanted.category)
    if wanted.audience:
        sql += " AND d.audience = ?"
        params.append(wanted.audience.value)
    return sql, params


def _among(ids: Sequence[str]) -> str:
    return " AND d.document_id IN (" + ", ".join("?" * len(ids)) + ")"


def _holding(tx: Tx, text: str, chosen: str, params: list[Value], most: int) -> list[str]:
    """The first documents, at most so many, that hold the text."""
    found: list[str] = []
    waiting = iter(possible(tx, text, chosen, params))
    like = f"%{text}%"
    while len(found) < most and (part := list(itertools.islice(waiting, READ))):
        asked = _HOLDING + _among(part) + _HOLDS
        held = {row[0] for row in tx.rows(asked, [*part, like, like, like])}
        found += [one for one in part if one in held]
    return found[:most]


def possible(tx: Tx, text: str, chosen: str, params: list[Value]) -> list[str]:
    """Documents that may hold the text, in the order of the list; read without a body."""
    wanted = sorted(pairs_of(text))[:ASKED]
    if "%" in text or "_" in text:
        wanted = []  # stand for any letters, so any document may
    if wanted:
        chosen += _HAVE_ALL + ", ".join("?" * len(wanted)) + _OR_WAIT
        params = [*params, *wanted, len(wanted)]
    return [str(row[0]) for row in tx.rows("SELECT d.document_id" + chosen + _ORDER, params)]


@outside_units
def pairs_of_content(content: DocumentContent) -> set[str]:
    """What a document is found by."""
    return pairs_of(content.title) | pairs_of(content.body) | pairs_of(content.source)


def pairs_of(text: str) -> set[str]:
    """Each letter, with the one that follows it where there is one; of one letter only itself."""
    text = text.lower()
    if len(text) == 1:
        return {text}
    return set(text) | {first + second for first, second in itertools.pairwise(text)}


# Keeping the pairs ------------------------------------------------------------------------------


def changed(tx: Tx, document_id: str) -> None:
    """A document was saved: its pairs are to follow."""
    tx.execute(
        "INSERT INTO knowledge_unindexed (document_id) VALUES (?)"
        " ON CONFLICT (document_id) DO NOTHING",
        (document_id,),
    )
    tx.signal(Saved())


class Saved(msgspec.Struct, frozen=True):
    """Signal after a commit: pairs are to follow (nothing is kept)."""


class UnpairedEntry(msgspec.Struct, frozen=True):
    """A document whose pairs are to follow. `before`: the content whose pairs are kept, if any."""

    document_id: str
    version: int
    content: DocumentContent
    before: DocumentContent | None


class Finder:
    """Lets the pairs follow what was saved, a portion a unit."""

    def __init__(self, db: Database) -> None:
        self._db = db
        self._wake = asyncio.Event()
        self._task: asyncio.Task[None] | None = None
        db.on_commit(self._committed)

    async def start(self) -> None:
        """Go on where it was, beside the server."""
        self._wake.set()
        self._task = asyncio.create_task(self._run(), name="knowledge:pairs")

    async def stop(self) -> None:
        if self._task is not None:
            self._task.cancel()
            await asyncio.gather(self._task, return_exceptions=True)

    @contextlib.asynccontextmanager
    async def running(self) -> AsyncIterator[None]:
        """Started while this lasts."""
        await self.start()
        yield
        await self.stop()

    def _committed(self, signals: list[object]) -> None:
        if any(isinstance(signal, Saved) for signal in signals):
            self._wake.set()

    async def _run(self) -> None:
        while True:
            await self._wake.wait()
            self._wake.clear()
            try:
                await self.catch_up()
            except Exception:
                log.exception("pairs of documents are not kept")
                self._wake.set()
                await asyncio.sleep(PAUSE_S)

    async def catch_up(self) -> None:
        """Return once the pairs of every document are kept."""
        while (waiting := await self._db.read(next_waiting)) is not None:
            await self._keep(waiting)

    async def _keep(self, waiting: UnpairedEntry) -> None:
        new = await asyncio.to_thread(pairs_of_content, waiting.content)
        old: set[str] = set()
        if waiting.before is not None:
            old = await asyncio.to_thread(pairs_of_content, waiting.before)
        pairs = sorted(new ^ old)
        for first in range(0, len(pairs), WRITTEN):
            part = pairs[first : first + WRITTEN]
            begun = monotonic()
            await self._db.write(partial(write_pairs, waiting=waiting, pairs=part, new=new))
            await asyncio.sleep(REST * (monotonic() - begun))
        await self._db.write(partial(_finish, waiting=waiting))


def next_waiting(tx: Tx) -> UnpairedEntry | None:
    document_id = tx.value("SELECT document_id FROM knowledge_unindexed LIMIT 1")
    if document_id is None:
        return None
    version, title, body, source = tx.rows(
        "SELECT version, title, body, source FROM knowledge_document WHERE document_id = ?",
        (document_id,),
    )[0]
    kept = tx.value(
        "SELECT v.content FROM knowledge_indexed i JOIN knowledge_version v"
        " ON v.document_id = i.document_id AND v.version = i.version WHERE i.document_id = ?",
        (document_id,),
    )
    content = DocumentContent(title=title, body=body, source=source)
    return UnpairedEntry(
        document_id, version, content, None if kept is None else decode(kept, DocumentContent)
    )


def _number(tx: Tx, document_id: str) -> int:
    """The number under which a document's pairs stand."""
    tx.execute(
        "INSERT INTO knowledge_indexed (number, document_id, version)"
        " SELECT coalesce(max(number), 0) + 1, ?, 0 FROM knowledge_indexed WHERE true"
        " ON CONFLICT (document_id) DO NOTHING",
        (document_id,),
    )
    return int(
        tx.value("SELECT number FROM knowledge_indexed WHERE document_id = ?", (document_id,))
    )


def write_pairs(tx: Tx, waiting: UnpairedEntry, pairs: list[str], new: set[str]) -> None:
    number = _number(tx, waiting.document_id)
    tx.execute("UPDATE knowledge_indexed SET version = 0 WHERE number = ?", (number,))
    tx.many(
        "INSERT INTO knowledge_pair (pair, number) VALUES (?, ?) ON CONFLICT (pair, number) DO NOTHING",
        [(pair, number) for pair in pairs if pair in new],
    )
    tx.many(
        "DELETE FROM knowledge_pair WHERE pair = ? AND number = ?",
        [(pair, number) for pair in pairs if pair not in new],
    )


def _finish(tx: Tx, waiting: UnpairedEntry) -> None:
    """All pairs of this version are kept; it still waits if it was saved once more meanwhile."""
    number = _number(tx, waiting.document_id)
    tx.execute(
        "UPDATE knowledge_indexed SET version = ? WHERE number = ?", (waiting.version, number)
    )
    tx.execute(
        "DELETE FROM knowledge_unindexed WHERE document_id = ? AND EXISTS (SELECT 1"
        " FROM knowledge_document d WHERE d.document_id = ? AND d.version = ?)",
        (waiting.document_id, waiting.document_id, waiting.version),
    )
