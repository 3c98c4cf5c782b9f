"""An exchange of keys, or joining anew with new ones, killed after any of its steps: both sides end with
the same key."""

import asyncio
import contextlib
import signal
import sqlite3
import sys
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest

from hub.app import build as build_hub
from hub.officers.service import CONSOLE
from hub.setup import found_hub
from kit.clock import SystemClock
from node.app import build, open_database
from node.config import NodeConfig, read_config
from node.federation.web import FEDERATION
from node.forms.web import FORMS
from node.keys import NEXT, NEXT_TLS, node_keys
from protocol.enrolment import to_qr_text
from protocol.identity import KeyPair
from protocol.receipts import Trust, TrustAnchor, verify
from tests.hub.conftest import HANBIT, PASSWORD, Province, config_of
from tests.node.test_keys import in_force
from tests.node.test_ledger import consent


@pytest.fixture
async def live(tmp_path: Path) -> AsyncIterator[Province]:
    """A hub that goes by the machine's clock, as the commands of other processes do."""
    clock: Any = SystemClock()
    made = await found_hub(tmp_path / "hub", config_of(""), "first", "최팀장", PASSWORD, clock)
    running = Province(build_hub(made.config, clock), clock)
    await running.start()
    yield running
    await running.stop()


async def command(*arguments: str, kill: str = "") -> int:
    """Run madang-node in a process of its own; its exit status."""
    module = ["tests.node.rotating_child", kill] if kill else ["node.cli"]
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-m", *module, *arguments, stdout=asyncio.subprocess.DEVNULL
    )
    return await process.wait()


async def made(tmp_path: Path) -> NodeConfig:
    place = tmp_path / "school"
    assert await command("init", str(place), "--school", HANBIT, "--name", "한빛초등학교") == 0
    return read_config(place, {})


async def sign_one(config: NodeConfig) -> None:
    """One consent by whatever key is in force."""
    app = build(config)
    async with open_database(app):
        ledger = app[FORMS]._ledger
        await app[FORMS]._db.write(lambda tx: ledger.append(tx, consent(1)))


async def same_on_both_sides(config: NodeConfig, province: Province) -> None:
    """One key in force, known to the hub; the log whole, every receipt good up to the province."""
    app = build(config)
    anchor = TrustAnchor(hub=province.hub.keys.public.fingerprint)
    async with open_database(app):
        try:
            await app[FEDERATION].sync_once()
        finally:
            await app[FEDERATION].close()
        ledger, db = app[FORMS]._ledger, app[FORMS]._db
        key = node_keys(config.keys).key_id
        assert await in_force(province) == [key]
        assert (await db.read(ledger.signer)).key_id == key
        assert await db.read(ledger.check) == []
        size = (await db.read(ledger.head)).head.size
        assert size > 0
        for position in range(size):
            found = await db.read(lambda tx, n=position: ledger.receipt(tx, n))  # type: ignore[misc]
            result = verify(found, anchor)
            assert (result.valid, result.trust) == (True, Trust.PROVINCE), result.checks


STEPS = ["made", "begun", "answered", "committed", "placed"]


def left(config: NodeConfig) -> tuple[bool, bool, bool]:
    """What a killed exchange left: whether it is begun, whether the next pair is in force by the
    database, whether its TLS key is in place already."""
    (in_force,) = sql(config, "SELECT key_id FROM ledger_key WHERE until_at IS NULL")
    begun = bool(sql(config, "SELECT 1 FROM federation_rotation"))
    following = KeyPair.from_bytes((config.keys / NEXT).read_bytes())
    return begun, in_force == (following.key_id,), not (config.keys / NEXT_TLS).exists()


def sql(config: NodeConfig, query: str) -> list[tuple[Any, ...]]:
    with contextlib.closing(sqlite3.connect(config.database)) as db:
        return db.execute(query).fetchall()


LEFT = {
    "made": (False, False),
    "begun": (True, False),
    "answered": (True, False),
    "committed": (False, True),
    "placed": (False, True),
}


@pytest.mark.parametrize("step", STEPS)
async def test_an_exchange_killed_after_any_step_is_finished_by_the_next_start(
    tmp_path: Path, live: Province, step: str
) -> None:
    config = await made(tmp_path)
    folder = str(config.root)
    assert await command("join", folder, to_qr_text(await live.invite())) == 0
    await sign_one(config)
    old = node_keys(config.keys).key_id
    assert await command("keys", "rotate", folder, kill=step) == -signal.SIGKILL
    *found, placed = left(config)
    assert tuple(found) == LEFT[step]
    assert placed == (step not in ("answered", "committed"))  # or its TLS key is not made yet
    await sign_one(config)  # the school works on, by the old key or the new one
    await same_on_both_sides(config, live)
    assert await command("keys", "rotate", folder) == 0
    await sign_one(config)
    await same_on_both_sides(config, live)
    assert node_keys(config.keys).key_id != old
    assert not (config.keys / NEXT).exists()


@pytest.mark.parametrize("step", STEPS)
async def test_joining_anew_with_new_keys_may_be_killed_after_any_step(
    tmp_path: Path, live: Province, step: str
) -> None:
    config = await made(tmp_path)
    folder = str(config.root)
    assert await command("join", folder, to_qr_text(await live.invite())) == 0
    await sign_one(config)
    await live.hub.schools.revoke(CONSOLE, HANBIT, "디스크 도난")
    assert await command("sync", folder) == 2
    text = to_qr_text(await live.invite())
    assert await command("join", folder, text, kill=step) == -signal.SIGKILL
    assert left(config)[:2] == LEFT[step]
    if step in ("made", "begun", "answered"):
        assert await command("join", folder, text) == 0
    await sign_one(config)
    await same_on_both_sides(config, live)
