"""A session that has ended has ended: also for a request that came in while it was ending."""

import asyncio
import threading
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from kit.clock import MINUTE, ManualClock
from kit.db import Database, SQLite, Tx
from kit.schema import migrate
from kit.signin.service import SignIn


@pytest.fixture
async def db(tmp_path: Path, clock: ManualClock) -> AsyncIterator[Database]:
    opened = Database(SQLite(tmp_path / "accounts.sqlite3"))
    await opened.open()
    await migrate(opened, ("kit", "kit.signin"), clock)
    yield opened
    await opened.close()


@pytest.fixture
async def signin(db: Database, clock: ManualClock) -> AsyncIterator[SignIn]:
    made = SignIn(db, clock, public_url="http://127.0.0.1", site_name="시험")
    yield made
    made.close()


async def start(db: Database, signin: SignIn, device: str = "phone") -> str:
    def work(tx: Tx) -> str:
        return signin.accounts.start_session(tx, "haneul", device=device, address="").token

    return await db.write(work)


@pytest.fixture
async def token(db: Database, signin: SignIn) -> str:
    """A session of 하늘 on her phone."""
    await db.write(lambda tx: signin.accounts.create(tx, "haneul", "haneul", None))
    return await start(db, signin)


async def test_a_request_during_the_end_of_a_session_does_not_revive_it(
    db: Database, signin: SignIn, token: str
) -> None:
    ending, commit = threading.Event(), threading.Event()

    def end(tx: Tx) -> None:
        signin.accounts.end_sessions(tx, "haneul")
        ending.set()
        assert commit.wait(10)

    written = asyncio.create_task(db.write(end))
    assert await asyncio.to_thread(ending.wait, 10)
    assert await signin.sessions.of(token) is not None  # not committed: it still holds
    commit.set()
    await written
    assert await signin.sessions.of(token) is None


async def test_a_unit_that_fails_ends_nobodys_session(
    db: Database, signin: SignIn, token: str
) -> None:
    def end_and_fail(tx: Tx) -> None:
        signin.accounts.end_sessions(tx, "haneul")
        raise RuntimeError("undone")

    with pytest.raises(RuntimeError):
        await db.write(end_and_fail)
    assert await signin.sessions.of(token) is not None


async def test_signing_out_elsewhere_keeps_the_device_at_hand(
    db: Database, signin: SignIn, token: str
) -> None:
    tablet = await start(db, signin, "tablet")
    here = await signin.sessions.of(token)
    assert here is not None
    assert await signin.sessions.of(tablet) is not None
    assert await signin.own.end_other_sessions(here) == 1
    assert await signin.sessions.of(tablet) is None
    assert await signin.sessions.of(token) is not None


async def test_signing_out_ends_the_session_at_once(
    db: Database, signin: SignIn, token: str
) -> None:
    here = await signin.sessions.of(token)
    assert here is not None
    await signin.sessions.sign_out(here)
    assert await signin.sessions.of(token) is None


async def test_a_session_that_ended_is_not_served_once_more_while_it_is_noted_as_used(
    db: Database, signin: SignIn, token: str, clock: ManualClock
) -> None:
    assert await signin.sessions.of(token) is not None
    clock.advance(11 * MINUTE)  # the next use is written down
    # Ended by another process: nothing in this one's memory says so.
    await db.write(lambda tx: tx.execute("DELETE FROM signin_session"))
    assert await signin.sessions.of(token) is None
