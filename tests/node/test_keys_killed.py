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
from aiohttp import web

from hub.app import build as build_hub
from hub.officers.model import CONSOLE
from hub.setup import found_hub
from kit.clock import SystemClock
from kit.web.keys import DB
from node.app import build, open_database
from node.config import FILE, NodeConfig, toml_of
from node.federation.model import SyncFailed
from node.federation.web import FEDERATION
from node.forms.web import FORMS
from node.keys import NEXT, NEXT_TLS, node_keys
from protocol.enrolment import to_qr_text
from protocol.identity import KeyPair
from protocol.receipts import Trust, TrustAnchor, verify
from tests.hub.conftest import HANBIT, PASSWORD, Province, config_of
from tests.node.conftest import school_config
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


async def killed(step: str, *arguments: str) -> None:
    """Run madang-node in a process of its own that ends itself after the step."""
    module = ["-m", "tests.node.rotating_child", step]
    process = await asyncio.create_subprocess_exec(sys.executable, *module, *arguments)
    assert await process.wait() == -signal.SIGKILL


@contextlib.asynccontextmanager
async def opened(config: NodeConfig) -> AsyncIterator[web.Application]:
    """The node started once more, as any command does."""
    app = build(config)
    async with open_database(app):
        try:
            yield app
        finally:
            await app[FEDERATION].close()


async def joined(folder: Path, province: Province) -> NodeConfig:
    """A school of its province that has signed one consent."""
    folder.mkdir()
    config = school_config(folder)
    (folder / FILE).write_text(toml_of(config), encoding="utf-8")
    async with opened(config) as app:
        await app[FEDERATION].join(to_qr_text(await province.invite()), None)
    await sign_one(config)
    return config


async def sign_one(config: NodeConfig) -> None:
    """One consent by whatever key is in force."""
    async with opened(config) as app:
        ledger = app[FORMS]._ledger
        await app[DB].write(lambda tx: ledger.append(tx, consent(1)))


async def same_on_both_sides(config: NodeConfig, province: Province) -> None:
    """One key in force, known to the hub; the log whole, every receipt good up to the province."""
    anchor = TrustAnchor(hub=province.hub.ground.keys.public.fingerprint)
    async with opened(config) as app:
        await app[FEDERATION].sync_once()
        ledger, db = app[FORMS]._ledger, app[DB]
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
    config = await joined(tmp_path / "school", live)
    old = node_keys(config.keys).key_id
    await killed(step, "keys", "rotate", str(config.root))
    *found, placed = left(config)
    assert tuple(found) == LEFT[step]
    assert placed == (step not in ("answered", "committed"))  # or its TLS key is not made yet
    await sign_one(config)  # the school works on, by the old key or the new one
    await same_on_both_sides(config, live)
    async with opened(config) as app:
        await app[FEDERATION].rotate_keys()
    await sign_one(config)
    await same_on_both_sides(config, live)
    assert node_keys(config.keys).key_id != old
    assert not (config.keys / NEXT).exists()


@pytest.mark.parametrize("step", STEPS)
async def test_joining_anew_with_new_keys_may_be_killed_after_any_step(
    tmp_path: Path, live: Province, step: str
) -> None:
    config = await joined(tmp_path / "school", live)
    await live.hub.standings.revoke(CONSOLE, HANBIT, "디스크 도난")
    async with opened(config) as app:
        with pytest.raises(SyncFailed):
            await app[FEDERATION].sync_once()
    text = to_qr_text(await live.invite())
    await killed(step, "join", str(config.root), text)
    assert left(config)[:2] == LEFT[step]
    if step in ("made", "begun", "answered"):
        async with opened(config) as app:
            await app[FEDERATION].join(text, None)
    await sign_one(config)
    await same_on_both_sides(config, live)
