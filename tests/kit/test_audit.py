"""The audit log: whoever changes, removes or adds an entry in the database is found out."""

import asyncio
import enum
from collections.abc import Callable

import pytest

from kit import audit
from kit.audit import Head
from kit.clock import ManualClock
from kit.db import Database, Postgres, SQLite, Tx
from kit.schema import migrate
from tests.conftest import Databases

Statement = tuple[str, tuple[str | int, ...]]


class Act(enum.StrEnum):
    DONE = "test:thing:do"


def do(clock: ManualClock, subject: str) -> Callable[[Tx], None]:
    """An act of somebody, as a slice writes it."""

    def work(tx: Tx) -> None:
        audit.record(tx, clock, audit.Actor("p1", "김하늘"), Act.DONE, subject, number=7)

    return work


async def started(db: Database, clock: ManualClock) -> Database:
    """A database as a server leaves it at its start."""
    await migrate(db, ["kit"], clock)
    await audit.begin(db, clock)
    return db


async def with_acts(db: Database, clock: ManualClock, count: int = 12) -> Database:
    await started(db, clock)
    for number in range(count):
        await db.write(do(clock, f"thing{number}"))
    return db


async def tamper(db: Database, *statements: Statement) -> None:
    """What somebody with the database does."""

    def work(tx: Tx) -> None:
        for statement, values in statements:
            tx.execute(statement, values)

    await db.write(work)


async def faults(db: Database, kept: list[Head] | None = None) -> list[tuple[str, int]]:
    return [(one.code, one.seq) for one in await audit.check(db, kept or [])]


async def newest(db: Database) -> Head:
    found = await db.read(audit.head)
    assert found is not None
    return found


async def test_a_log_nobody_touched_is_whole(databases: Databases, clock: ManualClock) -> None:
    for db in await databases.both():
        await started(db, clock)
        assert await faults(db) == []
        await with_acts(db, clock)
        assert await faults(db, [await newest(db)]) == []


@pytest.mark.parametrize(
    ("statement", "found"),
    [
        ("UPDATE kit_audit SET actor_name = '이도윤' WHERE seq = 5", ("changed", 5)),
        ("UPDATE kit_audit SET at = at + 1 WHERE seq = 1", ("changed", 1)),
        ("UPDATE kit_audit SET detail = '{}' WHERE seq = 12", ("changed", 12)),
        ("UPDATE kit_audit SET hash = NULL WHERE seq = 5", ("added", 5)),
        ("DELETE FROM kit_audit WHERE seq = 5", ("removed", 5)),
        ("DELETE FROM kit_audit WHERE seq < 4", ("removed", 1)),
        (
            (
                "INSERT INTO kit_audit (seq, at, actor, actor_name, action, subject, detail)"
                " VALUES (13, 1, '', '', '', '', '{}')"
            ),
            ("added", 13),
        ),
        (
            (
                "INSERT INTO kit_audit (seq, at, actor, actor_name, action, subject, detail, hash)"
                " SELECT 13, at, actor, actor_name, action, subject, detail, hash"
                " FROM kit_audit WHERE seq = 12"
            ),
            ("changed", 13),
        ),
    ],
)
async def test_an_entry_changed_removed_or_added_is_found(
    databases: Databases, clock: ManualClock, statement: str, found: tuple[str, int]
) -> None:
    for db in await databases.both():
        await with_acts(db, clock)
        await tamper(db, (statement, ()))
        assert found in await faults(db), db.driver.name


async def test_an_entry_taken_out_with_the_numbers_closed_up_is_found(
    databases: Databases, clock: ManualClock
) -> None:
    db = await with_acts(await databases.sqlite(), clock)
    await tamper(
        db,
        ("DELETE FROM kit_audit WHERE seq = 5", ()),
        ("UPDATE kit_audit SET seq = seq - 1 WHERE seq > 5", ()),
    )
    assert ("changed", 5) in await faults(db)


async def test_one_change_is_one_fault_and_what_follows_it_is_still_checked(
    databases: Databases, clock: ManualClock
) -> None:
    db = await with_acts(await databases.sqlite(), clock)
    await tamper(db, ("UPDATE kit_audit SET subject = 'x' WHERE seq IN (3, 9)", ()))
    assert await faults(db) == [("changed", 3), ("changed", 9)]


async def test_an_end_that_was_cut_off_is_found_by_the_head_kept_elsewhere(
    databases: Databases, clock: ManualClock
) -> None:
    for db in await databases.both():
        await with_acts(db, clock)
        kept = await newest(db)
        await tamper(db, ("DELETE FROM kit_audit WHERE seq > 9", ()))
        assert await faults(db) == []
        assert await faults(db, [kept]) == [("cut", 12)]


async def test_a_chain_that_was_written_anew_is_found_by_the_head_kept_elsewhere(
    databases: Databases, clock: ManualClock
) -> None:
    for db in await databases.both():
        await with_acts(db, clock)
        kept = await newest(db)
        await tamper(db, ("DELETE FROM kit_audit WHERE seq > 9", ()))
        for subject in ("this", "that", "another", "more"):
            await db.write(do(clock, subject))
        assert await faults(db) == []
        assert await faults(db, [kept]) == [("rewritten", 12)]


# Entries of releases before the chain ---------------------------------------------------------------


async def from_before(db: Database, clock: ManualClock, count: int = 3) -> Database:
    """A log as the release before left it, opened by this one."""
    await migrate(db, ["kit"], clock)
    entries = [
        ((f"INSERT INTO kit_audit (seq, at, actor, actor_name, action, subject, detail)"
         f" VALUES ({seq}, {seq}, 'p', '정민호', 'a:b:c', 's', '{{}}')"), ())
        for seq in range(1, count + 1)
    ]  # fmt: skip
    await tamper(db, *entries)
    await audit.begin(db, clock)
    return db


async def test_entries_from_before_the_chain_are_under_its_first_entry(
    databases: Databases, clock: ManualClock
) -> None:
    for db in await databases.both():
        await from_before(db, clock)
        await db.write(do(clock, "thing"))
        await audit.begin(db, clock)  # every start
        assert await faults(db) == []
        entries = await db.read(lambda tx: audit.latest(tx))
        assert [one.action for one in entries] == [Act.DONE, audit.Act.BEGIN, *["a:b:c"] * 3]
        await tamper(db, ("UPDATE kit_audit SET actor = 'q' WHERE seq = 2", ()))
        assert await faults(db) == [("changed", 4)]


async def test_an_entry_from_before_the_chain_that_is_removed_is_found(
    databases: Databases, clock: ManualClock
) -> None:
    db = await from_before(await databases.sqlite(), clock)
    await tamper(db, ("DELETE FROM kit_audit WHERE seq = 2", ()))
    assert ("removed", 2) in await faults(db)


async def test_a_long_log_from_before_is_folded_in_batches(
    databases: Databases, clock: ManualClock
) -> None:
    db = await from_before(await databases.sqlite(), clock, audit.BATCH * 2 + 1)
    assert await faults(db) == []


# Several writers ------------------------------------------------------------------------------------


async def test_two_servers_of_one_database_write_one_chain(
    databases: Databases, clock: ManualClock
) -> None:
    for db in await databases.both():
        await started(db, clock)
        driver = db.driver
        assert isinstance(driver, SQLite | Postgres)
        beside = Database(driver)
        await beside.open()
        try:
            await asyncio.gather(
                *(each.write(do(clock, f"{n}")) for n in range(60) for each in (db, beside))
            )
        finally:
            await beside.close()
        assert (await newest(db)).seq == 120
        assert await faults(db) == []
