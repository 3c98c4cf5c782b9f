"""A database is copied while others write to it."""

import contextlib
import sqlite3
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from kit.archive.model import BackupError
from kit.archive.snapshot import STEP, check_sqlite, copy_sqlite

PAGES = 6 * STEP
PAGE = 4096


@pytest.fixture
def database(tmp_path: Path) -> Path:
    """Six steps of a copy long; each entry stands in two tables, written in one transaction."""
    place = tmp_path / "school.sqlite3"
    with contextlib.closing(sqlite3.connect(place, isolation_level=None)) as made:
        made.execute("PRAGMA journal_mode = WAL")
        made.execute("PRAGMA synchronous = OFF")
        made.execute("CREATE TABLE letter (id INTEGER PRIMARY KEY, body BLOB)")
        made.execute("CREATE TABLE reach (letter INTEGER PRIMARY KEY)")
        made.execute("CREATE TABLE filling (body BLOB)")
        made.execute("BEGIN")
        for _page in range(PAGES):
            made.execute("INSERT INTO filling VALUES (zeroblob(?))", (PAGE - 100,))
        made.execute("COMMIT")
    return place


@contextlib.contextmanager
def written_all_the_while(database: Path) -> Iterator[list[int]]:
    """Somebody commits to the database, again and again; the numbers of what is acknowledged."""
    acknowledged: list[int] = []
    done, begun = threading.Event(), threading.Event()

    def write() -> None:
        with contextlib.closing(sqlite3.connect(database, isolation_level=None)) as writer:
            writer.execute("PRAGMA synchronous = OFF")
            number = 0
            while not done.is_set():
                number += 1
                writer.execute("BEGIN IMMEDIATE")
                writer.execute("INSERT INTO letter VALUES (?, zeroblob(9000))", (number,))
                writer.execute("INSERT INTO reach VALUES (?)", (number,))
                writer.execute("COMMIT")
                acknowledged.append(number)
                begun.set()

    writing = threading.Thread(target=write)
    writing.start()
    assert begun.wait(20)
    try:
        yield acknowledged
    finally:
        done.set()
        writing.join()


def test_a_copy_ends_although_somebody_commits_all_the_while(
    database: Path, tmp_path: Path
) -> None:
    copy = tmp_path / "copy.sqlite3"
    with written_all_the_while(database) as acknowledged:
        before = len(acknowledged)
        copy_sqlite(database, copy)
        assert len(acknowledged) > before
    check_sqlite(copy)
    with contextlib.closing(sqlite3.connect(copy)) as read:
        letters = [number for (number,) in read.execute("SELECT id FROM letter ORDER BY id")]
        reached = [number for (number,) in read.execute("SELECT letter FROM reach ORDER BY letter")]
    assert letters[:before] == acknowledged[:before]
    assert letters == reached, "no transaction is in the copy by half"


def test_a_copy_that_takes_too_long_is_given_up(database: Path, tmp_path: Path) -> None:
    with pytest.raises(BackupError, match="longer than 0 seconds"):
        copy_sqlite(database, tmp_path / "copy.sqlite3", limit_s=0)


def test_a_database_that_is_not_there_is_not_made(tmp_path: Path) -> None:
    with pytest.raises(BackupError, match="does not exist"):
        copy_sqlite(tmp_path / "none.sqlite3", tmp_path / "copy.sqlite3")
    assert list(tmp_path.iterdir()) == []


def test_a_damaged_database_is_told(database: Path) -> None:
    content = bytearray(database.read_bytes())
    content[PAGE * 10 : PAGE * 11] = b"\xff" * PAGE
    database.write_bytes(bytes(content))
    with pytest.raises(BackupError, match="damaged"):
        check_sqlite(database)
