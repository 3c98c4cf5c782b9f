"""How many schools spoke on each day: what earlier releases kept is counted school by school, beside
schools that go on speaking."""

from functools import partial
from pathlib import Path

import pytest

from hub.officers.model import CONSOLE
from hub.schools import spoken
from hub.schools.model import Ring
from hub.schools.store import save_invited, save_state
from kit.clock import ManualClock
from kit.db import Database, Tx
from kit.moves import Moves, Moving
from kit.schema import migrate
from protocol.identity import SchoolKind
from protocol.sync import NodeState
from tests.conftest import Databases
from tests.hub.conftest import Province, hub_in
from tests.hub.test_console import STATE, spoke

SCHOOLS = [f"J1075{number:05}" for number in range(3 * spoken.COUNTED)]
YESTERDAY, TODAY = "2026-03-03", "2026-03-04"


@pytest.fixture(params=["sqlite", "postgresql"])
async def db(
    request: pytest.FixtureRequest, databases: Databases, clock: ManualClock, tmp_path: Path
) -> Database:
    """Schools that spoke yesterday, as an earlier release left them."""
    db = await (databases.sqlite() if request.param == "sqlite" else databases.postgres())
    await migrate(db, hub_in(tmp_path, "", clock).assembly.packages, clock)

    def unit(tx: Tx) -> None:
        for school_id in SCHOOLS:
            save_invited(tx, school_id, "학교", SchoolKind.ELEMENTARY, "", Ring.ALL, clock.now())
            save_state(tx, school_id, STATE, clock.now(), YESTERDAY)

    await db.write(unit)
    return db


async def say(db: Database, school_id: str, day_on: str, state: NodeState = STATE) -> None:
    await db.write(partial(save_state, school_id=school_id, state=state, at=0, day_on=day_on))


async def test_each_day_of_a_school_is_counted_once_whenever_it_speaks(
    db: Database, clock: ManualClock
) -> None:
    await say(db, SCHOOLS[0], TODAY)
    at = await db.write(partial(_step, at=None))
    for school_id in (
        SCHOOLS[1],
        SCHOOLS[1],
        SCHOOLS[-1],
    ):  # the move came to one, not to the other
        await say(db, school_id, TODAY)
    assert await db.read(partial(spoken.by_day, since_on=YESTERDAY)) == []
    while at is not None:
        at = await db.write(partial(_step, at=at))
    await say(db, SCHOOLS[2], TODAY)
    counted = await db.read(partial(spoken.by_day, since_on=YESTERDAY))
    assert counted == [(YESTERDAY, len(SCHOOLS)), (TODAY, 4)]
    assert counted == await db.read(spoke)


async def test_a_hub_that_has_counted_before_counts_anew(db: Database, clock: ManualClock) -> None:
    await db.write(lambda tx: tx.execute("INSERT INTO schools_spoke VALUES (?, 7)", (YESTERDAY,)))
    moves = Moves(db, clock)
    moves.add(Moving(spoken.MOVE, "", spoken.move))
    await moves.drained()
    assert await db.read(partial(spoken.by_day, since_on=YESTERDAY)) == await db.read(spoke)


async def test_the_overview_has_no_chart_until_all_days_are_counted(province: Province) -> None:
    await province.hub.ground.moves.drained()
    await province.joined()
    await province.hub.db.write(
        lambda tx: tx.execute("UPDATE kit_move SET done_at = NULL WHERE name = ?", (spoken.MOVE,))
    )
    assert await province.hub.schools.activity(CONSOLE) == []


def _step(tx: Tx, at: str | None) -> str | None:
    """A step of the move with its note, as `Moves` keeps it."""
    moved = spoken.move(tx, at)
    tx.execute(
        "INSERT INTO kit_move (name, begun_at, position, done_at) VALUES (?, 0, ?, ?) ON CONFLICT"
        " (name) DO UPDATE SET position = excluded.position, done_at = excluded.done_at",
        (spoken.MOVE, moved, 1 if moved is None else None),
    )
    return moved
