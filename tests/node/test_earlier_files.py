"""A data directory whose files stood with letters and notices opens, and shows the same files."""

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from kit import schema
from kit.blobs import Blobs
from kit.clock import ManualClock
from kit.db import SQLite, Tx, encode
from kit.problem import NotFound
from node.newsletters.service import Filter
from tests.conftest import NOW
from tests.models import documents
from tests.node.village import Village

SINCE = {
    "node.files": 1,
    "node.newsletters": 11,
    "node.official": 4,
}
"""The first migration of each slice with which files stand in a room of their own."""

LETTER, DRAFT, FILE, UNREAD, DRAFTED = (letter * 20 for letter in "abcde")
PICTURE = documents.png()


def _as_before(village: Village) -> None:
    """The database by the migrations of that time, with a letter, a draft and a notice."""
    village.database.parent.mkdir(parents=True, exist_ok=True)
    raw = SQLite(village.database).connect(writer=True)
    raw.execute("BEGIN IMMEDIATE")
    tx = Tx(raw)
    for statement in schema._BOOKKEEPING:
        tx.execute(statement)
    made = 0
    for one in schema._in_order(village.packages):
        if one.number >= SINCE.get(one.package, 999):
            continue
        for statement in schema.statements(one.script):
            tx.execute(statement)
        row = (one.package, one.number, one.name, 0)
        tx.execute("INSERT INTO kit_migration VALUES (?, ?, ?, ?)", row)
        made += 1
    schema.set_meta(tx, "schema.version", str(made))
    schema.set_meta(tx, "schema.compat", str(made))
    _fill(tx, village.blobs)
    raw.execute("COMMIT")
    raw.close()


def _fill(tx: Tx, blobs: Blobs) -> None:
    picture, read, unread = (
        blobs.put(content) for content in (PICTURE, documents.pdf("하나"), documents.hwp("둘"))
    )
    for letter_id, state, number in ((LETTER, "published", 1), (DRAFT, "draft", None)):
        tx.execute(
            "INSERT INTO newsletters_newsletter (id, kind, state, year, number, title, body,"
            " author_id, author_name, keys, version, created_at, updated_at, published_at,"
            " for_families) VALUES (?, 'newsletter', ?, 2026, ?, '안내', '내용', 'park', '박선아',"
            " ?, ?, ?, ?, ?, 1)",
            (
                letter_id,
                state,
                number,
                encode(["guardians/class:c32"]),
                int(number or 0),
                NOW,
                NOW,
                NOW if number else None,
            ),
        )
    tx.execute(
        "INSERT INTO newsletters_version (newsletter_id, version, title, body, author_name,"
        " created_at) VALUES (?, 1, '안내', '내용', '박선아', ?)",
        (LETTER, NOW),
    )
    tx.execute(
        "INSERT INTO newsletters_audience (newsletter_id, key, kind, published_at)"
        " VALUES (?, 'guardians/class:c32', 'newsletter', ?)",
        (LETTER, NOW),
    )
    tx.many(
        "INSERT INTO newsletters_attachment (id, newsletter_id, position, name, media_type, size,"
        " sha256) VALUES (?, ?, ?, ?, ?, 3, ?)",
        [
            (UNREAD, LETTER, 2, "둘.hwp", "application/x-hwp", unread),
            (FILE, LETTER, 1, "하나.pdf", "application/pdf", read),
            (DRAFTED, DRAFT, 1, "하나.pdf", "application/pdf", read),
        ],
    )
    tx.many(
        "INSERT INTO newsletters_preview (sha256, media_type, state, pages, page_count, text)"
        " VALUES (?, ?, ?, ?, ?, ?)",
        [
            (read, "application/pdf", "ready", encode([picture]), 1, "미리 읽은 글"),
            (unread, "application/x-hwp", "waiting", "[]", 0, ""),
        ],
    )
    tx.execute(
        "INSERT INTO official_notice (id, revision, reference, title, body, audience, department,"
        " contact, issued_at, received_at, must_acknowledge)"
        " VALUES ('n1', 1, '과-1', '공문', '내용', 'staff', '과', '', ?, ?, 0)",
        (NOW, NOW),
    )
    tx.many(
        "INSERT INTO official_attachment (notice_id, position, name, media_type, size, sha256)"
        " VALUES ('n1', ?, ?, ?, 3, ?)",
        [(2, "둘.hwp", "application/x-hwp", unread), (1, "하나.pdf", "application/pdf", read)],
    )


@pytest.fixture
async def village(tmp_path: Path, clock: ManualClock) -> AsyncIterator[Village]:
    opened = Village(tmp_path, clock)
    await asyncio.to_thread(_as_before, opened)
    await opened.open()
    yield opened
    await opened.close()


async def test_files_of_an_earlier_release_are_seen_by_whoever_saw_them(village: Village) -> None:
    guardian, author = await village.asker("haneul"), await village.asker("park")
    reading = await village.newsletters.read(guardian, LETTER)
    assert [(one.id, one.name) for one in reading.attachments] == [
        (FILE, "하나.pdf"),
        (UNREAD, "둘.hwp"),
    ]
    _found, preview = await village.look(guardian, FILE)
    assert (preview.text, preview.page_count) == ("미리 읽은 글", 1)
    assert village.blobs.get(preview.pages[0]) == PICTURE
    assert (await village.newsletters.attachment(author, DRAFTED)).carrier_id == DRAFT
    for stranger, file in (("doyun", FILE), ("haneul", DRAFTED), ("kim", DRAFTED)):
        with pytest.raises(NotFound):
            await village.newsletters.attachment(await village.asker(stranger), file)


async def test_files_of_earlier_notices_are_read_under_their_addresses(village: Village) -> None:
    reader = await village.asker("oh")
    opened = await village.official.open(reader, "n1")
    assert [(one.position, one.name) for one in opened.files] == [(1, "하나.pdf"), (2, "둘.hwp")]
    _found, preview = await village.look_at_notice(reader, "n1", 1)
    assert preview.text == "미리 읽은 글"
    (id_,) = [one.id for one in opened.files if one.position == 1]
    with pytest.raises(NotFound):  # a letter's address gives no notice's file
        await village.newsletters.attachment(reader, id_)


async def test_what_waited_to_be_read_is_read_and_found(village: Village) -> None:
    assert await village.files.previews.work() == 1
    _found, preview = await village.look(await village.asker("haneul"), UNREAD)
    assert (preview.state, preview.text) == ("ready", "둘")


async def test_a_list_counts_the_files_of_earlier_letters(village: Village) -> None:
    found = await village.newsletters.listing(await village.asker("haneul"), Filter())
    assert [(line.id, line.attachments) for line in found.lines] == [(LETTER, 2)]


async def test_nothing_is_left_of_where_files_stood(village: Village) -> None:
    assert (
        await village.sql(
            "SELECT name FROM sqlite_master WHERE name LIKE 'newsletters%attachment%'"
            " OR name LIKE 'newsletters%preview%' OR name LIKE 'official%attachment%'"
        )
        == [("sqlite_autoindex_newsletters_preview_1",)][:0]
    )
