"""The SQL of search: replace a thing's documents, find by question within the asker's rights."""

from collections.abc import Collection, Sequence
from typing import NamedTuple

import msgspec

from kit.db import Row, Tx, Value, encode
from node.people.model import Asker
from node.ports.findable import Document
from node.search import index
from node.search.cutting import FORM
from node.search.index import WAITING, Pairs, Stored
from node.search.model import Unwritten
from node.search.ranking import MatchWalk, steps
from node.search.readable import Readable

AT_ONCE = 10_000  # characters: cut and written in some 15 ms; longer texts wait for the renewal
GONE_AT_ONCE = 2_000  # the same of what is taken out; who corrects does both


class Within(msgspec.Struct, frozen=True):
    """Where to look: `kind` "" is every, `since` 0 (ms) is always."""

    kind: str = ""
    since: int = 0


_AMONG = (
    "SELECT d.number FROM json_each(?) j"
    " CROSS JOIN search_document d INDEXED BY search_document_facts ON d.number = j.value"
    " WHERE (? = '' OR d.kind = ?) AND d.at >= ? AND "
)


class SearchReader(NamedTuple):
    """Who looks, and the rule of what they may read."""

    asker: Asker
    readable: Readable

    @property
    def params(self) -> tuple[Value, ...]:
        return self.readable.params(self.asker)


class Numbers(NamedTuple):
    """Documents that the asker may read, the best first; `is_more`: there may be others behind them."""

    of: list[int]
    is_more: bool


def find(
    tx: Tx,
    reader: SearchReader,
    words: Sequence[str],
    within: Within,
    *,
    any_word: bool,
    limit: int,
    counted: int = 0,
    newest_first: bool = False,
) -> Numbers:
    """As many as `limit`; of what is ranked as many as `counted`, for a number of hits costs no walk."""
    found: list[int] = []
    wanted = max(limit, counted)
    for step in steps(
        tx, words, within.kind, within.since, any_word=any_word, newest_first=newest_first
    ):
        if isinstance(step, MatchWalk):
            if len(found) >= limit:
                return Numbers(found, is_more=True)
            found += _readable_on(tx, reader, step, within, limit - len(found))
            if len(found) >= limit:
                return Numbers(found, is_more=True)
        else:
            found += _readable_of(tx, reader, step, within)
            if len(found) >= wanted:
                return Numbers(found, is_more=True)
    return Numbers(found, is_more=False)


def exists(tx: Tx, expression: str) -> bool:
    """Whether a document has it, whoever may read it."""
    sql = "SELECT 1 FROM search_index WHERE search_index MATCH ? LIMIT 1"
    return tx.value(sql, (expression,)) is not None


def rows(tx: Tx, numbers: Sequence[int]) -> list[Row]:
    """Rows (kind, href, title, note, text, at) of these documents."""
    return tx.rows(
        "SELECT d.kind, d.href, d.title, d.note, d.text, d.at FROM json_each(?) j"
        " CROSS JOIN search_document d ON d.number = j.value ORDER BY j.key",
        (encode(list(numbers)),),
    )


def _readable_of(tx: Tx, reader: SearchReader, numbers: list[int], within: Within) -> list[int]:
    """Those of the documents that are of the kind and time and that the asker may read."""
    params = (encode(numbers), within.kind, within.kind, within.since, *reader.params)
    sql = _AMONG + reader.readable.sql + " ORDER BY j.key"
    return [number for (number,) in tx.rows(sql, params)]


_ON = (
    "SELECT d.number FROM search_index"
    " CROSS JOIN search_document d INDEXED BY search_document_facts"
    " ON d.number = search_index.rowid"
    " WHERE search_index MATCH ? AND search_index.rowid >= ?"
    " AND d.number NOT IN (SELECT value FROM json_each(?))"
    " AND (? = '' OR d.kind = ?) AND d.at >= ? AND "
)


def _readable_on(
    tx: Tx, reader: SearchReader, walk: MatchWalk, within: Within, limit: int
) -> list[int]:
    """The first of those on the way: no more are looked at than it takes to find them."""
    place = (walk.expression, walk.first, walk.seen)
    wanted = (within.kind, within.kind, within.since, *reader.params, limit)
    sql = _ON + reader.readable.sql + " ORDER BY search_index.rowid DESC LIMIT ?"
    return [number for (number,) in tx.rows(sql, (*place, *wanted))]


_AT = "SELECT d.href FROM search_document d WHERE d.href IN (SELECT value FROM json_each(?)) AND "


def readable_among(tx: Tx, reader: SearchReader, hrefs: Collection[str]) -> set[str]:
    """Which of the documents at these addresses the asker may read."""
    sql = _AT + reader.readable.sql
    rows = tx.rows(sql, (encode(sorted(hrefs)), *reader.params))
    return {str(href) for (href,) in rows}


def forget(tx: Tx, subject: str) -> int:
    """Remove every document of a thing; how many there were. What is too long to be cut here leaves the
    index a little later."""
    found = tx.structs(
        Stored,
        "SELECT number, title, note, text, form FROM search_document WHERE subject = ?",
        (subject,),
    )
    room = GONE_AT_ONCE
    for stored in found:
        cost = 0 if stored.form == WAITING else len(stored.text)
        room -= cost
        if room >= 0:
            index.take_out(tx, stored.number, stored.as_put())
        else:
            index.leaves(tx, stored.number)
        tx.execute("DELETE FROM search_document WHERE number = ?", (stored.number,))
    return len(found)


def add(tx: Tx, document: Document) -> None:
    """Put a document into the index; of a long one the title alone, until `renew`."""
    is_long = len(document.text) > AT_ONCE
    form = WAITING if is_long else FORM
    number = index.next_number(tx)
    tx.execute(
        "INSERT INTO search_document (number, subject, kind, title, note, href, text, at, valid_from,"
        " valid_until, form) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
        (
            number,
            document.subject,
            document.kind,
            document.title,
            document.note,
            document.href,
            document.text,
            document.at,
            document.valid_from,
            document.valid_until,
            form,
        ),
    )
    tx.many(
        "INSERT INTO search_key (document, key) VALUES (?, ?)",
        [(number, key) for key in sorted(document.keys)],
    )
    stored = Stored(number, document.title, document.note, document.text, form)
    index.put(tx, number, stored.as_put())
    if is_long:
        tx.signal(Unwritten())


class Renewed(msgspec.Struct, frozen=True):
    """A document with the pairs it was put in by, and those of now."""

    of: Stored
    was: Pairs
    pairs: Pairs


def cut(of: Stored) -> Renewed:
    return Renewed(of, of.as_put(), of.whole())


def outdated(tx: Tx, limit: int) -> list[Stored]:
    """Documents that wait or stand in an older form: those that wait first, then the newest."""
    return tx.structs(
        Stored,
        "SELECT number, title, note, text, form FROM search_document WHERE form < ?"
        " ORDER BY form, number DESC LIMIT ?",
        (FORM, limit),
    )


def renew(tx: Tx, renewed: Sequence[Renewed]) -> None:
    """Put documents into the index in its present form, unless they became others meanwhile."""
    for one in renewed:
        is_same = tx.execute(
            "UPDATE search_document SET form = ? WHERE number = ? AND form = ?"
            " AND title = ? AND note = ? AND text = ?",
            (FORM, one.of.number, one.of.form, one.of.title, one.of.note, one.of.text),
        )
        if is_same:
            index.replace(tx, one.of.number, one.was, one.pairs)


def unread(tx: Tx, limit: int) -> list[str]:
    """Subjects whose text an earlier version read otherwise."""
    return [
        subject
        for (subject,) in tx.rows(
            "SELECT subject FROM search_unread ORDER BY subject DESC LIMIT ?", (limit,)
        )
    ]


def was_read(tx: Tx, subject: str) -> None:
    tx.execute("DELETE FROM search_unread WHERE subject = ?", (subject,))


def has(tx: Tx, subject: str) -> bool:
    return bool(tx.value("SELECT 1 FROM search_document WHERE subject = ?", (subject,)))


def set_keys(tx: Tx, subject: str, keys: frozenset[str]) -> None:
    """Let the documents of a thing be found by others than before."""
    for (number,) in tx.rows("SELECT number FROM search_document WHERE subject = ?", (subject,)):
        tx.execute("DELETE FROM search_key WHERE document = ?", (number,))
        tx.many(
            "INSERT INTO search_key (document, key) VALUES (?, ?)",
            [(number, key) for key in sorted(keys)],
        )
