"""The database: durable group commits, isolated failures, the same on SQLite and PostgreSQL."""

import asyncio
import contextlib
import functools
import itertools
import logging
import shutil
import sqlite3
import subprocess
import sys
import time
from collections.abc import Callable
from functools import partial
from pathlib import Path

import pytest

from kit import logs, settling
from kit.blobs import Blobs, digest_of
from kit.clock import ManualClock
from kit.db import SETTLED, Database, SQLite, StorageFailed, Tx, WorkWithinUnit
from kit.schema import migrate
from kit.web.markdown import render
from kit.web.qr import qr_svg
from tests.conftest import Databases
from tests.waiting import PATIENCE_S, until


async def test_many_writers_share_commits_and_each_gets_its_own_result(
    databases: Databases,
) -> None:
    for db in await databases.both():
        await db.write(lambda tx: tx.execute("CREATE TABLE t (n BIGINT PRIMARY KEY)"))
        before = db.commits

        def insert(n: int, tx: Tx) -> int:
            tx.execute("INSERT INTO t (n) VALUES (?)", (n,))
            return n * 2

        results = await asyncio.gather(*(db.write(partial(insert, n)) for n in range(200)))
        assert results == [n * 2 for n in range(200)]
        assert await db.read(lambda tx: tx.value("SELECT count(*) FROM t")) == 200
        assert db.commits - before < 200


async def test_units_that_take_long_are_committed_one_by_one(databases: Databases) -> None:
    """Who waits behind them would else wait for all of them."""
    for db in await databases.both():

        def rest(_tx: Tx) -> None:
            time.sleep(0.015)

        before = db.commits
        await asyncio.gather(*(db.write(rest) for _unit in range(8)))
        assert db.commits - before == 8
        assert db.longest_hold >= 0.015


async def test_what_was_committed_comes_into_its_place_without_a_commit_that_waits_for_it(
    tmp_path: Path,
) -> None:
    """The file alone, without the log beside it, soon holds what was written."""
    path, copy = tmp_path / "settling.sqlite3", tmp_path / "copy.sqlite3"
    db = Database(SQLite(path))
    await db.open()
    await db.write(lambda tx: tx.execute("CREATE TABLE t (word TEXT)"))
    await db.write(lambda tx: tx.execute("INSERT INTO t (word) VALUES ('here')"))

    def is_in_its_place() -> bool:
        shutil.copy(path, copy)
        with contextlib.closing(sqlite3.connect(copy)) as alone:
            tables = alone.execute("SELECT name FROM sqlite_master").fetchall()
            return bool(tables) and alone.execute("SELECT word FROM t").fetchall() == [("here",)]

    await until(is_in_its_place)
    await db.close()


async def test_the_log_begins_anew_under_a_writer_that_never_rests(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """And no commit moves what others wrote: the writer is asked for the last few pages alone."""
    monkeypatch.setattr(settling, "SETTLE_S", 0.01)
    monkeypatch.setattr(settling, "LONG", 200)
    db = Database(SQLite(tmp_path / "busy.sqlite3"))
    await db.open()
    await db.write(lambda tx: tx.execute("CREATE TABLE t (text TEXT)"))
    log = tmp_path / "busy.sqlite3-wal"

    def some(tx: Tx) -> None:
        tx.many("INSERT INTO t (text) VALUES (?)", [("x" * 4000,)] * 10)

    for wrote in range(3, 3000, 3):
        await asyncio.gather(*(db.write(some) for _unit in range(3)))
        if wrote > 100 and log.stat().st_size < wrote * 10 * 4096 / 2:
            break
    else:
        raise AssertionError("the log grew with all that was written")
    assert await db.read(lambda tx: tx.value("SELECT count(*) FROM t")) == wrote * 10
    await db.close()


async def test_a_reader_of_what_was_before_keeps_the_log_and_no_writer_waits_for_them(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(settling, "SETTLE_S", 0.01)
    monkeypatch.setattr(settling, "LONG", 20)
    db = Database(SQLite(tmp_path / "read.sqlite3"))
    await db.open()
    await db.write(lambda tx: tx.execute("CREATE TABLE t (n INTEGER)"))
    reader = SQLite(tmp_path / "read.sqlite3").connect(writer=False)
    reader.execute("BEGIN")
    assert reader.execute("SELECT count(*) FROM t").fetchone() == (0,)
    for n in range(200):
        await db.write(partial(_insert, n))
    assert reader.execute("SELECT count(*) FROM t").fetchone() == (0,)
    reader.close()
    assert await db.read(lambda tx: tx.value("SELECT count(*) FROM t")) == 200
    await db.close()


def _insert(n: int, tx: Tx) -> None:
    tx.execute("INSERT INTO t (n) VALUES (?)", (n,))


async def test_a_unit_that_fails_undoes_only_itself(databases: Databases) -> None:
    for db in await databases.both():
        await db.write(lambda tx: tx.execute("CREATE TABLE t (n BIGINT PRIMARY KEY)"))

        def good(tx: Tx) -> None:
            tx.execute("INSERT INTO t (n) VALUES (1)")

        def bad(tx: Tx) -> None:
            tx.execute("INSERT INTO t (n) VALUES (2)")
            raise ValueError("changed my mind")

        outcomes = await asyncio.gather(
            db.write(good), db.write(bad), db.write(good), return_exceptions=True
        )
        assert outcomes[0] is None
        assert isinstance(outcomes[1], ValueError)
        assert isinstance(outcomes[2], Exception)  # the same key twice
        assert await db.read(lambda tx: tx.rows("SELECT n FROM t")) == [(1,)]


async def test_a_reader_cannot_change_anything(databases: Databases) -> None:
    for db in await databases.both():
        await db.write(lambda tx: tx.execute("CREATE TABLE t (n BIGINT PRIMARY KEY)"))
        with pytest.raises(db.driver.failures):
            await db.read(lambda tx: tx.execute("INSERT INTO t (n) VALUES (1)"))
        assert await db.read(lambda tx: tx.value("SELECT count(*) FROM t")) == 0


async def test_rendering_hashing_and_drawing_refuse_to_hold_up_a_unit(
    databases: Databases, tmp_path: Path
) -> None:
    blobs = Blobs(tmp_path)
    kept = blobs.put(b"content")
    work: dict[str, Callable[[], object]] = {
        "render": lambda: render("12. 24.(목)"),
        "put": lambda: blobs.put(b"more"),
        "get": lambda: blobs.get(kept),
        "digest_of": lambda: digest_of(blobs.path(kept)),
        "qr_svg": lambda: qr_svg("https://hanbit.example.kr"),
    }
    for db in await databases.both():
        for name, heavy in work.items():

            def unit(_tx: Tx, heavy: Callable[[], object] = heavy) -> object:
                return heavy()

            for run in (db.write, db.read, db.glance):
                with pytest.raises(WorkWithinUnit, match=rf"{name} was called within .*unit"):
                    await run(unit)
            heavy()  # outside of any unit it runs

        assert await db.write(lambda tx: tx.value("SELECT 1")) == 1
        heavy()


async def test_the_slowest_run_of_each_unit_is_kept_by_its_name(databases: Databases) -> None:
    for db in await databases.both():

        def rest(_tx: Tx, seconds: float) -> None:
            time.sleep(seconds)

        await db.write(partial(rest, seconds=0.02))
        await db.write(partial(rest, seconds=0.0))
        (took,) = [took for name, took in db.slowest.items() if name.endswith("rest")]
        assert took >= 0.02


async def test_a_unit_has_its_name_wherever_it_is_put_into(databases: Databases) -> None:
    """What asks for a right before it, or binds what it needs, is not what took the time."""

    def note(_tx: Tx, _word: str) -> None:
        return

    bound = partial(note, _word="here")

    @functools.wraps(bound)
    def allowed(tx: Tx) -> None:
        bound(tx)

    for db in await databases.both():
        for unit in (bound, allowed, partial(allowed)):
            await db.write(unit)
        assert set(db.slowest) == {f"{__name__}.{note.__qualname__}"}


async def test_a_full_disk_is_a_clear_error_and_nothing_is_lost(tmp_path: Path) -> None:
    db = Database(SQLite(tmp_path / "small.sqlite3"))
    await db.open()
    await db.write(lambda tx: tx.execute("CREATE TABLE t (body TEXT)"))
    await db.write(lambda tx: tx.execute("INSERT INTO t (body) VALUES ('kept')"))
    await db.write(lambda tx: tx.execute("PRAGMA max_page_count = 4"))
    with pytest.raises(StorageFailed):
        await db.write(lambda tx: tx.execute("INSERT INTO t (body) VALUES (?)", ("x" * 100_000,)))
    await db.write(lambda tx: tx.execute("PRAGMA max_page_count = 10000"))
    await db.write(lambda tx: tx.execute("INSERT INTO t (body) VALUES ('after')"))
    assert await db.read(lambda tx: tx.rows("SELECT body FROM t")) == [("kept",), ("after",)]
    await db.close()


async def test_signals_reach_listeners_after_the_commit_only(databases: Databases) -> None:
    for db in await databases.both():
        heard: list[object] = []
        db.on_commit(heard.extend)

        def failing(tx: Tx) -> None:
            tx.signal("lost")
            raise ValueError

        with pytest.raises(ValueError):  # noqa: PT011
            await db.write(failing)
        await db.write(lambda tx: tx.signal("kept"))
        assert heard == ["kept"]


async def test_results_of_a_commit_are_told_a_few_at_a_time(databases: Databases) -> None:
    """Whoever hears a result goes on at once: hundreds in one round of the loop would stop it."""
    for db in await databases.both():
        done, each_round = 0, [0]

        async def save(db: Database = db) -> None:
            nonlocal done
            await db.write(lambda tx: None)
            done += 1

        writers = [asyncio.create_task(save()) for _ in range(200)]
        while done < len(writers):
            await asyncio.sleep(0)
            each_round.append(done)
        steps = [after - before for before, after in itertools.pairwise(each_round)]
        assert max(steps) <= SETTLED


async def test_what_was_read_while_the_loop_was_busy_is_told_a_few_at_a_time(
    databases: Databases,
) -> None:
    for db in await databases.both():
        done, each_round = 0, [0]

        async def look(db: Database = db) -> None:
            nonlocal done
            await db.read(lambda tx: None)
            done += 1

        readers = [asyncio.create_task(look()) for _ in range(100)]
        await asyncio.sleep(0)  # all have asked
        time.sleep(0.3)  # noqa: ASYNC251 - the loop is busy while the readers answer
        while done < len(readers):
            await asyncio.sleep(0)
            each_round.append(done)
        steps = [after - before for before, after in itertools.pairwise(each_round)]
        assert max(steps) <= SETTLED


async def test_a_listener_that_fails_keeps_no_result_from_anybody(databases: Databases) -> None:
    for db in await databases.both():
        failures: list[dict[str, object]] = []
        loop = asyncio.get_running_loop()
        note = partial(_keep, failures)
        loop.set_exception_handler(note)
        db.on_commit(_fail)
        writers = (db.write(partial(_signals, number)) for number in range(50))
        assert await asyncio.gather(*writers) == list(range(50))
        assert failures


def _fail(_signals: list[object]) -> None:
    raise ValueError


def _keep(told: list[dict[str, object]], _loop: object, failure: dict[str, object]) -> None:
    told.append(failure)


def _signals(number: int, tx: Tx) -> int:
    tx.signal("news")
    return number


async def test_a_read_that_takes_long_keeps_nobody_waiting_but_its_own_asker(
    databases: Databases,
) -> None:
    """Who comes after it is served by the other reader, in the order in which they came."""
    for db in await databases.both():
        served: list[int] = []

        def slow(_tx: Tx) -> None:
            time.sleep(0.5)
            served.append(-1)  # noqa: B023 - read at once

        def quick(_tx: Tx, number: int) -> None:
            served.append(number)  # noqa: B023 - read at once

        await asyncio.gather(
            db.read(slow), *(db.read(partial(quick, number=number)) for number in range(100))
        )
        assert served == [*range(100), -1]


async def test_what_was_asked_before_the_end_is_answered_and_nothing_after_it(
    databases: Databases,
) -> None:
    for db in await databases.both():
        await db.write(lambda tx: tx.execute("CREATE TABLE t (n BIGINT)"))
        writers = [asyncio.create_task(db.write(partial(_insert, n))) for n in range(50)]
        readers = [asyncio.create_task(db.read(lambda tx: tx.value("SELECT 1"))) for _ in "12345"]
        await asyncio.sleep(0)
        await db.close()
        assert await asyncio.gather(*readers) == [1] * 5
        await asyncio.gather(*writers)
        for run in (db.read, db.glance, db.write):
            with pytest.raises(AssertionError, match="open"):
                await run(lambda tx: tx.value("SELECT 1"))


def test_a_program_that_forgot_to_close_ends_all_the_same(tmp_path: Path) -> None:
    program = (
        "import asyncio, pathlib, sys; from kit.db import Database, SQLite\n"
        "db = Database(SQLite(pathlib.Path(sys.argv[1])))\n"
        "async def main():\n"
        "    await db.open()\n"
        "    await db.read(lambda tx: tx.value('SELECT 1'))\n"
        "asyncio.run(main())\n"
    )
    command = [sys.executable, "-c", program, str(tmp_path / "left.sqlite3")]
    subprocess.run(command, check=True, timeout=PATIENCE_S)


async def test_no_log_tells_what_a_unit_was_given(
    tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    """Not even where an operator asks for every line."""
    root, aiosqlites = logging.getLogger(), logging.getLogger("aiosqlite")
    before, level, own = root.handlers[:], root.level, aiosqlites.level
    logs.configure("DEBUG")
    try:
        db = Database(SQLite(tmp_path / "quiet.sqlite3"))
        await db.open()
        await db.write(lambda tx: tx.execute("CREATE TABLE t (n INTEGER)"))
        await db.write(partial(_insert, 990817))
        await db.read(partial(_within, number=990817))
        await db.close()
    finally:
        root.handlers[:] = before
        root.setLevel(level)
        aiosqlites.setLevel(own)
    assert "990817" not in capfd.readouterr().err


def _within(tx: Tx, number: int) -> bool:
    return bool(tx.value("SELECT count(*) FROM t WHERE n = ?", (number,)))


async def test_migrations_run_once(databases: Databases) -> None:
    for db in await databases.both():
        clock = ManualClock(0)
        assert await migrate(db, ["kit"], clock) >= 1
        assert await migrate(db, ["kit"], clock) == 0
