"""The SQL of the handbook."""

from collections.abc import Iterable

from hub.knowledge.model import (
    Audience,
    Changes,
    DocumentContent,
    HandbookEntry,
    OriginalFile,
    Version,
)
from kit.db import Row, Tx, decode, encode

_ENTRY = (
    "SELECT document_id, slug, title, category, source, audience, valid_from, valid_until, body,"
    " file_name, file_sha256, media_type, version, state, published_state, created_at, updated_at,"
    " updated_by_name, withdrawn_at FROM knowledge_document"
)


def _entry(row: Row) -> HandbookEntry:
    return HandbookEntry(
        id=row[0],
        slug=row[1],
        content=DocumentContent(
            title=row[2],
            category=row[3],
            source=row[4],
            audience=Audience(row[5]),
            valid_from=row[6],
            valid_until=row[7],
            body=row[8],
        ),
        file=OriginalFile(row[9], row[10], row[11]),
        version=row[12],
        state=row[13],
        published_state=row[14],
        created_at=row[15],
        updated_at=row[16],
        updated_by_name=row[17],
        withdrawn_at=row[18],
    )


def save(tx: Tx, entry: HandbookEntry) -> None:
    """Write a document as it is now; what was published of it stays."""
    content, file = entry.content, entry.file
    tx.execute(
        "INSERT INTO knowledge_document (document_id, slug, title, category, source, audience,"
        " valid_from, valid_until, body, file_name, file_sha256, media_type, version, state,"
        " published_state, created_at, updated_at, updated_by_name, withdrawn_at)"
        " VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, '', ?, ?, ?, ?)"
        " ON CONFLICT (document_id) DO UPDATE SET title = excluded.title,"
        " category = excluded.category, source = excluded.source, audience = excluded.audience,"
        " valid_from = excluded.valid_from, valid_until = excluded.valid_until,"
        " body = excluded.body, file_name = excluded.file_name,"
        " file_sha256 = excluded.file_sha256, media_type = excluded.media_type,"
        " version = excluded.version, state = excluded.state, updated_at = excluded.updated_at,"
        " updated_by_name = excluded.updated_by_name, withdrawn_at = excluded.withdrawn_at",
        (
            entry.id,
            entry.slug,
            content.title,
            content.category,
            content.source,
            content.audience.value,
            content.valid_from,
            content.valid_until,
            content.body,
            file.name,
            file.sha256,
            file.media_type,
            entry.version,
            entry.state,
            entry.created_at,
            entry.updated_at,
            entry.updated_by_name,
            entry.withdrawn_at,
        ),
    )


def add_version(tx: Tx, document_id: str, version: Version) -> None:
    tx.execute(
        "INSERT INTO knowledge_version (document_id, version, act, content, at, by_name)"
        " VALUES (?, ?, ?, ?, ?, ?)",
        (
            document_id,
            version.version,
            version.act,
            encode(version.content),
            version.at,
            version.by_name,
        ),
    )


def entry(tx: Tx, document_id: str) -> HandbookEntry | None:
    row = tx.row(_ENTRY + " WHERE document_id = ?", (document_id,))
    return None if row is None else _entry(row)


def by_slug(tx: Tx, slug: str) -> HandbookEntry | None:
    row = tx.row(_ENTRY + " WHERE slug = ?", (slug,))
    return None if row is None else _entry(row)


def versions(tx: Tx, document_id: str) -> list[Version]:
    """The newest first."""
    rows = tx.rows(
        "SELECT version, act, content, at, by_name FROM knowledge_version WHERE document_id = ?"
        " ORDER BY version DESC LIMIT 100",
        (document_id,),
    )
    return [
        Version(row[0], row[1], decode(row[2], DocumentContent), row[3], row[4]) for row in rows
    ]


def version(tx: Tx, document_id: str, number: int) -> Version | None:
    row = tx.row(
        "SELECT version, act, content, at, by_name FROM knowledge_version WHERE document_id = ?"
        " AND version = ?",
        (document_id, number),
    )
    return (
        None
        if row is None
        else Version(row[0], row[1], decode(row[2], DocumentContent), row[3], row[4])
    )


def categories(tx: Tx) -> list[str]:
    return [
        str(row[0])
        for row in tx.rows(
            "SELECT DISTINCT category FROM knowledge_document WHERE withdrawn_at IS NULL"
            " AND category <> '' ORDER BY category"
        )
    ]


def standing(tx: Tx) -> list[HandbookEntry]:
    """All documents that are in force for the next publication, in a fixed order."""
    rows = tx.rows(_ENTRY + " WHERE withdrawn_at IS NULL ORDER BY slug")
    return [_entry(row) for row in rows]


def changes(tx: Tx) -> Changes:
    row = tx.row(
        "SELECT count(CASE WHEN withdrawn_at IS NULL THEN 1 END),"
        " count(CASE WHEN withdrawn_at IS NULL AND published_state = '' THEN 1 END),"
        " count(CASE WHEN withdrawn_at IS NULL AND published_state <> ''"
        " AND published_state <> state THEN 1 END),"
        " count(CASE WHEN withdrawn_at IS NOT NULL AND published_state <> '' THEN 1 END)"
        " FROM knowledge_document"
    )
    assert row is not None
    return Changes(*(int(value) for value in row))


def keep_release(tx: Tx, version: int, states: Iterable[tuple[str, str]]) -> None:
    """What a release holds."""
    tx.execute(
        "INSERT INTO knowledge_release (version, states) VALUES (?, ?)",
        (version, encode(list(states))),
    )


def release_states(tx: Tx, version: int) -> list[tuple[str, str]] | None:
    """What a release holds; None: it is older than our records."""
    row = tx.row("SELECT states FROM knowledge_release WHERE version = ?", (version,))
    return None if row is None else decode(row[0], list[tuple[str, str]])


def mark_published(tx: Tx, states: Iterable[tuple[str, str]]) -> None:
    """These (id, state) are what schools are given; all else is not in the release."""
    tx.execute("UPDATE knowledge_document SET published_state = '' WHERE published_state <> ''")
    tx.many(
        "UPDATE knowledge_document SET published_state = ? WHERE document_id = ?",
        [(state, document_id) for document_id, state in states],
    )
