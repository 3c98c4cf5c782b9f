"""A damaged database is told in words, before anybody opens it: opening would change what is there."""

import asyncio
import sqlite3
from collections.abc import Callable
from pathlib import Path

import pytest

from kit import damage
from kit.clock import ManualClock
from kit.db import Database, SQLite, StorageFailed, Tx, connect
from kit.schema import create, migrate

PACKAGES = ("kit", "kit.signin")
PAGE = 4_096


def made(path: Path, rows: int = 2_000) -> None:
    """A database of some pages, closed well."""
    connection = SQLite(path).connect(writer=True)
    tx = Tx(connection)
    create(tx, PACKAGES)
    tx.execute("BEGIN")
    tx.many(
        "INSERT INTO kit_meta (name, value) VALUES (?, ?)",
        [(f"name {n}", "value " * 20) for n in range(rows)],
    )
    tx.execute("COMMIT")
    connection.close()


@pytest.fixture
def path(tmp_path: Path) -> Path:
    made(tmp_path / "data.sqlite3")
    return tmp_path / "data.sqlite3"


def overwrite(path: Path, at: int, length: int) -> None:
    with path.open("r+b") as file:
        file.seek(at)
        file.write(b"\xa5" * length)


def told(path: Path) -> str:
    found = damage.look(path)
    return "" if found is None else found.text % found.params


def test_a_whole_database_and_one_that_is_not_there_yet_are_well(path: Path) -> None:
    assert told(path) == ""
    assert told(path.with_name("none.sqlite3")) == ""


@pytest.mark.parametrize(
    ("spoil", "said"),
    [
        (lambda path: overwrite(path, 0, 100), "앞부분이 덮어써졌거나"),
        (lambda path: path.write_text("# 시간표\n" * 900), "데이터베이스가 아닌 파일입니다."),
        (lambda path: path.write_bytes(b""), "비어 있습니다"),
        (lambda path: path.write_bytes(path.read_bytes()[: 5 * PAGE]), "파일이 잘렸습니다"),
    ],
    ids=["the header", "another file", "an empty file", "cut off"],
)
def test_what_is_wrong_with_the_file_is_said_and_nothing_of_it_changes(
    path: Path, spoil: Callable[[Path], object], said: str
) -> None:
    spoil(path)
    before = path.read_bytes()
    assert said in told(path)
    assert path.read_bytes() == before
    assert [one.name for one in path.parent.iterdir()] == [path.name]


@pytest.fixture
def waiting(path: Path, tmp_path: Path) -> Path:
    """A database whose last five commits lie in its WAL, as a killed server leaves it."""
    writer = SQLite(path).connect(writer=True)
    for n in range(5):
        writer.execute("INSERT INTO kit_meta (name, value) VALUES (?, 'late')", (f"late {n}",))
    left = tmp_path / "left"
    left.mkdir()
    for one in (path, path.with_name(path.name + "-wal")):
        (left / one.name).write_bytes(one.read_bytes())
    writer.close()
    return left / path.name


def test_commits_that_wait_in_the_wal_are_well(waiting: Path) -> None:
    assert told(waiting) == ""


@pytest.mark.parametrize("at", [0, 40, 32 + 24 + 500], ids=["header", "frame", "page"])
def test_a_damaged_wal_is_told_before_what_it_holds_is_dropped(waiting: Path, at: int) -> None:
    wal = waiting.with_name(waiting.name + "-wal")
    overwrite(wal, at, 16)
    before = wal.read_bytes()
    assert "WAL 파일(-wal)이 손상되었습니다" in told(waiting)
    assert wal.read_bytes() == before


def test_a_last_commit_torn_by_a_power_cut_is_well(waiting: Path) -> None:
    wal = waiting.with_name(waiting.name + "-wal")
    overwrite(wal, wal.stat().st_size - 600, 600)
    assert told(waiting) == ""


# Opened -------------------------------------------------------------------------------------------


def spoken(path: Path, question: Callable[[Tx], object]) -> str:
    """What SQLite's error about a question means."""
    connection = SQLite(path).connect(writer=False)
    try:
        with pytest.raises(sqlite3.DatabaseError) as raised:
            question(Tx(connection))
    finally:
        connection.close()
    found = damage.words(raised.value, path)
    return found.text % found.params


def test_a_page_in_the_middle_is_found_by_the_check_of_its_table(path: Path) -> None:
    overwrite(path, 60 * PAGE, 30 * PAGE)
    assert told(path) == ""  # the file's own words are whole
    connection = SQLite(path).connect(writer=False)
    tx = Tx(connection)
    found = {table: damage.check(tx, table) for table in damage.tables(tx)}
    connection.close()
    assert found["kit_meta"]
    assert {table for table, fault in found.items() if fault} == {"kit_meta"}
    count = "SELECT count(*), max(value) FROM kit_meta"
    assert "데이터베이스가 손상되었습니다" in spoken(path, lambda tx: tx.rows(count))


def test_a_table_that_is_gone_is_named(path: Path) -> None:
    raw = sqlite3.connect(path)
    raw.execute("DROP TABLE kit_job")
    raw.commit()
    assert damage.missing(Tx(SQLite(path).connect(writer=False)), PACKAGES) == ["kit_job"]
    raw.close()
    words = spoken(path, lambda tx: tx.rows("SELECT * FROM kit_job"))
    assert words == "데이터베이스에 테이블이 없습니다: kit_job"


def test_a_database_that_takes_no_writing_is_told(path: Path) -> None:
    words = spoken(path, lambda tx: tx.execute("DELETE FROM kit_meta"))
    assert words == "데이터베이스에 쓸 수 없습니다. 파일이나 폴더가 읽기 전용입니다."


async def test_another_program_that_holds_the_database_is_told(
    path: Path, clock: ManualClock
) -> None:
    holder = sqlite3.connect(path, isolation_level=None)
    holder.execute("BEGIN IMMEDIATE")
    db = connect(f"sqlite:{path}")
    await db.open()
    try:
        with pytest.raises(StorageFailed) as raised:
            await migrate(db, PACKAGES, clock)
    finally:
        holder.close()
        await db.close()
    assert damage.words(raised.value).text == "다른 프로그램이 데이터베이스를 사용하고 있습니다."


async def test_who_reads_apart_makes_no_page_wait_and_comes_one_after_the_other(
    path: Path,
) -> None:
    db = connect(f"sqlite:{path}", readers=1)
    await db.open()
    order: list[str] = []
    try:
        async with db.apart() as first:
            assert await first.read(lambda tx: tx.value("SELECT count(*) FROM kit_meta")) > 0
            second = asyncio.create_task(_apart(db, order))
            assert await db.read(lambda tx: tx.value("SELECT 1")) == 1
            order.append("first")
        await second
    finally:
        await db.close()
    assert order == ["first", "second"]


async def _apart(db: Database, order: list[str]) -> None:
    async with db.apart() as apart:
        await apart.read(lambda tx: tx.value("SELECT 1"))
        order.append("second")
