"""Data of earlier releases comes into a new shape while others write, once, whatever happens."""

import asyncio
import signal
import sys
from functools import partial
from pathlib import Path

import pytest

from kit.clock import ManualClock
from kit.db import Database, SQLite, Tx
from kit.moves import Moves, Moving, is_done
from kit.schema import migrate
from tests.conftest import Databases
from tests.kit.stepping_child import LONG, move
from tests.kit.test_outbox import heard
from tests.waiting import until


@pytest.fixture(params=["sqlite", "postgresql"])
async def db(request: pytest.FixtureRequest, databases: Databases, clock: ManualClock) -> Database:
    made = await (databases.sqlite() if request.param == "sqlite" else databases.postgres())
    await prepare(made, clock)
    return made


async def prepare(db: Database, clock: ManualClock) -> None:
    await migrate(db, ["kit"], clock)
    await db.write(
        lambda tx: tx.execute("CREATE TABLE heard (n BIGINT PRIMARY KEY, word TEXT NOT NULL)")
    )


def moves_of(db: Database, clock: ManualClock) -> Moves:
    moves = Moves(db, clock)
    moves.add(Moving("words", "낱말을 옮기고 있습니다.", move))
    return moves


async def done(db: Database) -> bool:
    return await db.read(lambda tx: is_done(tx, "words"))


async def more_than(db: Database, before: int) -> bool:
    return len(await heard(db)) > before


async def test_others_write_while_data_is_moved_and_it_is_said_until_it_is_done(
    db: Database, clock: ManualClock
) -> None:
    moves = moves_of(db, clock)
    await moves.start()
    await until(partial(more_than, db, 1))
    (under_way,) = await db.read(moves.under_way)
    assert (under_way.title, under_way.begun_at) == ("낱말을 옮기고 있습니다.", clock.now())
    assert not await done(db)
    written = await db.write(lambda tx: int(tx.value("SELECT count(*) FROM heard")))
    assert written < len(LONG)
    await until(partial(done, db))
    assert "".join(await heard(db)) == LONG
    assert await db.read(moves.under_way) == []
    await moves.stop()


async def test_a_move_is_done_once_however_often_the_server_starts(
    db: Database, clock: ManualClock
) -> None:
    for _start in range(3):  # stopped in the middle each time
        moves = moves_of(db, clock)
        before = len(await heard(db))
        await moves.start()
        await until(partial(more_than, db, before))
        await moves.stop()
    for _start in range(2):
        moves = moves_of(db, clock)
        await moves.start()
        await moves.drained()
        await moves.stop()
    assert "".join(await heard(db)) == LONG


async def test_a_command_brings_a_move_to_its_end_without_waiting_for_its_rests(
    db: Database, clock: ManualClock
) -> None:
    await moves_of(db, clock).drained()
    assert await done(db)
    assert "".join(await heard(db)) == LONG


async def test_a_move_that_fails_holds_up_no_other_and_goes_on_once_it_is_mended(
    db: Database, clock: ManualClock
) -> None:
    broken = True

    def badly(tx: Tx, at: str | None) -> str | None:
        if at == "3" and broken:
            raise RuntimeError("cannot bear it")
        return move(tx, at)

    def failed(tx: Tx) -> list[tuple[str, str | None]]:
        return [(one.name, one.last_error) for one in moves.under_way(tx) if one.failures]

    async def is_known() -> bool:
        return await db.read(failed) == [("words", "RuntimeError: cannot bear it")]

    async def other_is_done() -> bool:
        return await db.read(lambda tx: is_done(tx, "other"))

    moves = Moves(db, clock)
    moves.add(Moving("words", "낱말", badly))
    moves.add(Moving("other", "다른 것", lambda tx, at: None))
    await moves.start()
    await until(other_is_done)
    await until(is_known)
    assert "".join(await heard(db)) == LONG[:3]
    broken = False
    await until(partial(done, db))
    assert "".join(await heard(db)) == LONG
    await moves.stop()


async def test_a_server_killed_while_data_is_moved_goes_on_where_it_was(
    tmp_path: Path, clock: ManualClock
) -> None:
    path = tmp_path / "killed.sqlite3"
    db = Database(SQLite(path))
    await db.open()
    await prepare(db, clock)
    child = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "tests.kit.stepping_child", "move", str(path)
    )
    assert await child.wait() == -signal.SIGKILL
    assert "".join(await heard(db)) == LONG[:4]
    await moves_of(db, clock).drained()
    assert "".join(await heard(db)) == LONG
    await db.close()


async def test_two_moves_of_one_name_are_refused(db: Database, clock: ManualClock) -> None:
    with pytest.raises(ValueError, match="two moves named words"):
        moves_of(db, clock).add(Moving("words", "", move))
