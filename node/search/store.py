"""The SQL of search: replace a thing's documents, find by question within the asker's rights."""

from collections.abc import Collection, Sequence

import msgspec

from kit.db import Row, Tx, Value, encode
from node.people.access import READABLE, readable_params
from node.people.model import Asker
from node.search import index
from node.search.index import WAITING, Pairs, Stored
from node.search.model import FORM, Document, Unwritten
from node.search.ranking import Walk, steps

AT_ONCE = 10_000  # characters: cut and written in some 15 ms; longer texts wait for the renewal
GONE_AT_ONCE = 2_000  # the same of what is taken out; who corrects does both

# Of a document `d`, by the rights to its thing as they are now: what the index says of a letter that
# was taken back, or of a file no longer shared, ends with the commit that ended it.
_READABLE_DOCUMENT = (
    "CASE substr(d.subject, 1, instr(d.subject, ':') - 1)"  # noqa: S608 - constants only
    " WHEN 'newsletter' THEN EXISTS (SELECT 1 FROM newsletters_v_audience a"
    "  WHERE a.newsletter_id = substr(d.subject, 12) AND " + READABLE + ")"
    " WHEN 'drive' THEN ? AND EXISTS (SELECT 1 FROM drive_v_key a"
    "  WHERE a.file_id = substr(d.subject, 7) AND " + READABLE + ")"
    " WHEN 'official' THEN ? AND EXISTS (SELECT 1 FROM official_v_notice o"
    "  WHERE o.id = substr(d.subject, 10)) ELSE 0 END"
)


class Within(msgspec.Struct, frozen=True):
    """Where to look: `kind` "" is every, `since` 0 (ms) is always."""

    kind: str = ""
    since: int = 0


_AMONG = (
    "SELECT d.number FROM json_each(?) j"  # noqa: S608 - constants only
    " CROSS JOIN search_document d INDEXED BY search_document_facts ON d.number = j.value"
    " WHERE (? = '' OR d.kind = ?) AND d.at >= ? AND " + _READABLE_DOCUMENT + " ORDER BY j.key"
)


def find(
    tx: Tx,
    asker: Asker,
    words: Sequence[str],
    within: Within,
    *,
    any_word: bool,
    limit: int,
    offset: int,
) -> list[Row]:
    """Rows (kind, href, title, note, text, at) of documents the asker may read, the best first."""
    found: list[int] = []
    for step in steps(tx, words, within.kind, within.since, any_word=any_word):
        if isinstance(step, Walk):
            found += _readable_on(tx, asker, step, within, offset + limit - len(found))
        else:
            found += _readable_of(tx, asker, step, within)
        if len(found) >= offset + limit:
            break
    return tx.rows(
        "SELECT d.kind, d.href, d.title, d.note, d.text, d.at FROM json_each(?) j"
        " CROSS JOIN search_document d ON d.number = j.value ORDER BY j.key",
        (encode(found[offset : offset + limit]),),
    )


def _readable_of(tx: Tx, asker: Asker, numbers: list[int], within: Within) -> list[int]:
    """Those of the documents that are of the kind and time and that the asker may read."""
    params = (encode(numbers), within.kind, within.kind, within.since, *_readable_params(asker))
    return [number for (number,) in tx.rows(_AMONG, params)]


_ON = (
    "SELECT d.number FROM search_index"  # noqa: S608 - constants only
    " CROSS JOIN search_document d INDEXED BY search_document_facts"
    " ON d.number = search_index.rowid"
    " WHERE search_index MATCH ? AND search_index.rowid >= ?"
    " AND d.number NOT IN (SELECT value FROM json_each(?))"
    " AND (? = '' OR d.kind = ?) AND d.at >= ? AND "
    + _READABLE_DOCUMENT
    + " ORDER BY search_index.rowid DESC LIMIT ?"
)


def _readable_on(tx: Tx, asker: Asker, walk: Walk, within: Within, limit: int) -> list[int]:
    """The first of those on the way: no more are looked at than it takes to find them."""
    place = (walk.expression, walk.first, walk.seen)
    wanted = (within.kind, within.kind, within.since, *_readable_params(asker), limit)
    return [number for (number,) in tx.rows(_ON, (*place, *wanted))]


def _readable_params(asker: Asker) -> tuple[Value, ...]:
    """The parameters of _READABLE_DOCUMENT."""
    is_staff, rights = int(asker.is_staff), readable_params(asker)
    return (*rights, is_staff, *rights, is_staff)


def has_any(tx: Tx, asker: Asker, words: Sequence[str]) -> bool:
    """Whether the question finds anything at all for the asker."""
    return bool(find(tx, asker, words, Within(), any_word=False, limit=1, offset=0))


def readable_among(tx: Tx, asker: Asker, hrefs: Collection[str]) -> set[str]:
    """Which of the documents at these addresses the asker may read."""
    rows = tx.rows(
        "SELECT d.href FROM search_document d"  # noqa: S608 - constants only
        " WHERE d.href IN (SELECT value FROM json_each(?)) AND " + _READABLE_DOCUMENT,
        (encode(sorted(hrefs)), *_readable_params(asker)),
    )
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


def newsletter(tx: Tx, newsletter_id: str) -> Row | None:
    """A published letter: kind, title, body, published_at, author_name, department."""
    return tx.row(
        "SELECT kind, title, body, published_at, author_name, department"
        " FROM newsletters_v_published WHERE id = ?",
        (newsletter_id,),
    )


def newsletter_keys(tx: Tx, newsletter_id: str) -> frozenset[str]:
    return frozenset(
        key
        for (key,) in tx.rows(
            "SELECT key FROM newsletters_v_audience WHERE newsletter_id = ?", (newsletter_id,)
        )
    )


def newsletter_files(tx: Tx, newsletter_id: str) -> list[Row]:
    """Files of a letter: id, name, text (empty while unknown)."""
    return tx.rows(
        "SELECT f.id, f.name, coalesce(p.text, '') FROM newsletters_v_attachment f"
        " LEFT JOIN newsletters_v_preview p ON p.sha256 = f.sha256 WHERE f.newsletter_id = ?",
        (newsletter_id,),
    )


def newsletters_with_file(tx: Tx, sha256: str) -> list[str]:
    return [
        newsletter_id
        for (newsletter_id,) in tx.rows(
            "SELECT DISTINCT newsletter_id FROM newsletters_v_attachment WHERE sha256 = ?",
            (sha256,),
        )
    ]


def notice(tx: Tx, notice_id: str) -> Row | None:
    """An official notice for staff: title, body, department, received_at."""
    return tx.row(
        "SELECT title, body, department, received_at FROM official_v_notice WHERE id = ?",
        (notice_id,),
    )


def notice_files(tx: Tx, notice_id: str) -> list[Row]:
    """Files of a notice: position, name, text (empty while unknown)."""
    return tx.rows(
        "SELECT f.position, f.name, coalesce(p.text, '') FROM official_v_attachment f"
        " LEFT JOIN newsletters_v_preview p ON p.sha256 = f.sha256 WHERE f.notice_id = ?",
        (notice_id,),
    )


def notices_with_file(tx: Tx, sha256: str) -> list[str]:
    return [
        notice_id
        for (notice_id,) in tx.rows(
            "SELECT DISTINCT notice_id FROM official_v_attachment WHERE sha256 = ?", (sha256,)
        )
    ]


def drive_file(tx: Tx, file_id: str) -> Row | None:
    """A file of the drive in its place: name, area, changed_at, text (empty while unknown)."""
    return tx.row("SELECT name, area, changed_at, text FROM drive_v_file WHERE id = ?", (file_id,))


def drive_keys(tx: Tx, file_id: str) -> frozenset[str]:
    return frozenset(
        key for (key,) in tx.rows("SELECT key FROM drive_v_key WHERE file_id = ?", (file_id,))
    )


def person_name(tx: Tx, person_id: str) -> str:
    return str(tx.value("SELECT name FROM people_v_person WHERE id = ?", (person_id,)) or "")
