"""The outbox: every event at least once, in order, and effect and cursor together."""

import asyncio
import signal
import sys
import time
from functools import partial
from pathlib import Path

import pytest

from kit.clock import DAY, ManualClock
from kit.db import Database, SQLite, Tx
from kit.event import Event
from kit.outbox import Outbox, Since, Steps, publish
from kit.schema import migrate
from tests.conftest import Databases
from tests.kit.stepping_child import LONG, Spelled, spell
from tests.waiting import until


class Said(Event, frozen=True, tag="test.said"):
    word: str


class Ignored(Event, frozen=True, tag="test.ignored"):
    number: int


@pytest.fixture(params=["sqlite", "postgresql"])
async def db(request: pytest.FixtureRequest, databases: Databases, clock: ManualClock) -> Database:
    made = await (databases.sqlite() if request.param == "sqlite" else databases.postgres())
    await migrate(made, ["kit"], clock)
    await made.write(
        lambda tx: tx.execute("CREATE TABLE heard (n BIGINT PRIMARY KEY, word TEXT NOT NULL)")
    )
    return made


def hear(tx: Tx, event: Said) -> None:
    """Writes the word down under the next number."""
    tx.execute(
        "INSERT INTO heard (n, word) SELECT coalesce(max(n), 0) + 1, ? FROM heard", (event.word,)
    )


async def say(db: Database, *words: str) -> None:
    """Each word in a unit of its own, with an event nobody wants between them."""

    def unit(word: str, tx: Tx) -> None:
        publish(tx, Said(word), 1)
        publish(tx, Ignored(1), 1)

    for word in words:
        await db.write(partial(unit, word))


async def heard(db: Database) -> list[str]:
    return [
        word for (word,) in await db.read(lambda tx: tx.rows("SELECT word FROM heard ORDER BY n"))
    ]


async def has_heard(db: Database, words: list[str]) -> bool:
    return await heard(db) == words


async def test_a_subscriber_hears_everything_once_in_order_also_what_was_said_before(
    db: Database, clock: ManualClock
) -> None:
    words = [f"낱말 {number}" for number in range(450)]  # more than two batches
    await say(db, *words[:300])
    outbox = Outbox(db, clock)
    outbox.subscribe("ears", {Said: hear}, Since.BEGINNING)
    await outbox.start()
    await say(db, *words[300:])
    await outbox.drained()
    await outbox.stop()
    assert await heard(db) == words


async def test_events_of_units_at_the_same_time_keep_the_order_of_their_commits(
    db: Database, clock: ManualClock
) -> None:
    outbox = Outbox(db, clock)
    outbox.subscribe("ears", {Said: hear})
    await outbox.start()
    await asyncio.gather(*(say(db, str(number)) for number in range(100)))
    await outbox.drained()
    await outbox.stop()
    order = await db.read(
        lambda tx: tx.rows("SELECT body FROM kit_event WHERE tag = 'test.said' ORDER BY seq")
    )
    assert len(order) == 100
    assert [f'"{word}"' in body for word, (body,) in zip(await heard(db), order, strict=True)] == (
        [True] * 100
    )


async def test_who_wants_nothing_of_what_was_said_moves_past_it_in_one_go(
    db: Database, clock: ManualClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("kit.outbox.LOOK_EVERY_S", 3600.0)
    outbox = Outbox(db, clock)
    outbox.subscribe("ears", {Said: hear})
    outbox.subscribe("elsewhere", {Ignored: hear})
    await outbox.start()
    await outbox.drained()

    def unit(word: str, tx: Tx) -> int:
        return publish(tx, Said(word), 1)

    words = [str(number) for number in range(20)]
    for word in words:
        newest = await db.write(partial(unit, word))
    await until(partial(has_heard, db, words))

    async def place() -> int:
        find = "SELECT seq FROM kit_subscription WHERE name = 'elsewhere'"
        return int(await db.read(lambda tx: tx.value(find)))

    assert await place() == 0
    await outbox.drained()
    assert await place() == newest
    await outbox.stop()


async def test_a_unit_that_fails_says_nothing(db: Database, clock: ManualClock) -> None:
    outbox = Outbox(db, clock)
    outbox.subscribe("ears", {Said: hear})
    await outbox.start()

    def unit(tx: Tx) -> None:
        publish(tx, Said("nie"), 1)
        raise ValueError("changed my mind")

    with pytest.raises(ValueError, match="changed my mind"):
        await db.write(unit)
    await say(db, "doch")
    await outbox.drained()
    await outbox.stop()
    assert await heard(db) == ["doch"]


async def test_after_a_restart_a_subscriber_goes_on_where_it_was(
    db: Database, clock: ManualClock
) -> None:
    for words in (("하나", "둘"), ("셋",)):
        outbox = Outbox(db, clock)
        outbox.subscribe("ears", {Said: hear})
        await outbox.start()
        await say(db, *words)
        await outbox.drained()
        await outbox.stop()
        await say(db, *(f"{word} (밤)" for word in words))
    outbox = Outbox(db, clock)
    outbox.subscribe("ears", {Said: hear})
    await outbox.start()
    await outbox.drained()
    await outbox.stop()
    assert await heard(db) == ["하나", "둘", "하나 (밤)", "둘 (밤)", "셋", "셋 (밤)"]


class Broken:
    """Hears until a word it cannot bear, after having written it down."""

    def __init__(self) -> None:
        self.mended = False

    def hear(self, tx: Tx, event: Said) -> None:
        hear(tx, event)
        if event.word == "나쁜 낱말" and not self.mended:
            raise RuntimeError("cannot bear it")


async def failures(db: Database, name: str) -> int:
    found = await db.read(
        lambda tx: tx.value("SELECT failures FROM kit_subscription WHERE name = ?", (name,))
    )
    return int(found)


async def failed_twice(db: Database) -> bool:
    return await failures(db, "broken") >= 2


async def test_a_subscriber_that_fails_catches_up_once_it_is_mended_and_doubles_nothing(
    db: Database, clock: ManualClock
) -> None:
    broken = Broken()
    outbox = Outbox(db, clock)
    outbox.subscribe("broken", {Said: broken.hear})
    await outbox.start()
    await say(db, "좋은 낱말", "나쁜 낱말", "다음 낱말")
    await until(lambda: failed_twice(db))
    # The good word before it has landed; the bad one left nothing behind, nor what comes after.
    assert await heard(db) in ([], ["좋은 낱말"])
    error = await db.read(lambda tx: tx.value("SELECT last_error FROM kit_subscription"))
    assert error == "RuntimeError: cannot bear it"
    broken.mended = True
    await outbox.drained()
    await outbox.stop()
    assert await heard(db) == ["좋은 낱말", "나쁜 낱말", "다음 낱말"]
    row = await db.read(lambda tx: tx.row("SELECT failures, last_error FROM kit_subscription"))
    assert row == (0, None)


async def test_one_subscribers_failure_is_not_anothers(db: Database, clock: ManualClock) -> None:
    def never(tx: Tx, event: Said) -> None:
        raise RuntimeError("never")

    outbox = Outbox(db, clock)
    outbox.subscribe("broken", {Said: never})
    outbox.subscribe("ears", {Said: hear})
    await outbox.start()
    await say(db, "하나", "둘")
    await until(lambda: has_heard(db, ["하나", "둘"]))
    assert await failures(db, "ears") == 0
    await outbox.stop()


async def test_what_a_handler_publishes_is_heard_in_turn(db: Database, clock: ManualClock) -> None:
    def echo(tx: Tx, event: Said) -> None:
        hear(tx, event)
        if len(event.word) < 4:
            publish(tx, Said(event.word + "!"), 1)

    outbox = Outbox(db, clock)
    outbox.subscribe("echo", {Said: echo})
    await outbox.start()
    await say(db, "아")
    await until(lambda: has_heard(db, ["아", "아!", "아!!", "아!!!"]))
    await outbox.stop()


async def test_a_name_keys_one_cursor(db: Database, clock: ManualClock) -> None:
    outbox = Outbox(db, clock)
    outbox.subscribe("ears", {Said: hear})
    with pytest.raises(ValueError, match="two subscribers named ears"):
        outbox.subscribe("ears", {Said: hear})


async def test_who_writes_does_not_wait_until_all_events_are_handled(
    db: Database, clock: ManualClock
) -> None:
    """Handlers that take long give the writer back between events."""

    def slowly(tx: Tx, event: Said) -> None:
        time.sleep(0.03)
        hear(tx, event)

    words = [str(number) for number in range(20)]
    await db.write(lambda tx: [publish(tx, Said(word), 1) for word in words])
    outbox = Outbox(db, clock)
    outbox.subscribe("slow", {Said: slowly}, Since.BEGINNING)
    await outbox.start()
    try:
        await until(partial(_some, db))
        at = await db.write(lambda tx: int(tx.value("SELECT count(*) FROM heard")))
        assert at < len(words)
        await until(partial(has_heard, db, words))
    finally:
        await outbox.stop()


async def _some(db: Database) -> bool:
    return len(await heard(db)) > 0


# In steps -----------------------------------------------------------------------------------------


async def _whole_beginning(db: Database) -> bool:
    return len(await heard(db)) >= 2


async def test_a_long_effect_is_written_in_steps_and_others_write_between_them(
    db: Database, clock: ManualClock
) -> None:
    await db.write(lambda tx: publish(tx, Spelled(LONG), 1))
    outbox = Outbox(db, clock)
    outbox.subscribe("ears", {Spelled: Steps(spell), Said: hear}, Since.BEGINNING)
    outbox.subscribe("others", {Said: hear})
    await outbox.start()
    try:
        await until(partial(_whole_beginning, db))
        await say(db, "사용자")  # a unit of somebody else, and an event for both
        said_at = len(await heard(db))
        assert said_at < len(LONG)
        await outbox.drained()
    finally:
        await outbox.stop()
    written = await heard(db)
    # The other subscriber hears at once, the one that is busy only after it has come to the end.
    assert written.index("사용자") < len(LONG)
    assert [word for word in written if word in LONG] == list(LONG)
    assert written[-1] == "사용자"
    assert written.count("사용자") == 2


async def test_after_a_restart_a_long_effect_goes_on_where_it_was(
    db: Database, clock: ManualClock
) -> None:
    await db.write(lambda tx: [publish(tx, Spelled(word), 1) for word in (LONG, "끝")])
    for _start in range(3):
        outbox = Outbox(db, clock)
        outbox.subscribe("ears", {Spelled: Steps(spell)}, Since.BEGINNING)
        before = len(await heard(db))
        await outbox.start()
        await until(partial(_more_than, db, before))
        await outbox.stop()
    outbox = Outbox(db, clock)
    outbox.subscribe("ears", {Spelled: Steps(spell)}, Since.BEGINNING)
    await outbox.start()
    await outbox.drained()
    await outbox.stop()
    assert "".join(await heard(db)) == LONG + "끝"


async def _more_than(db: Database, before: int) -> bool:
    return len(await heard(db)) > before


async def test_a_step_that_fails_is_tried_again_from_its_position(
    db: Database, clock: ManualClock
) -> None:
    tried: list[str | None] = []

    def spell_badly(tx: Tx, event: Spelled, at: str | None) -> str | None:
        following = spell(tx, event, at)
        tried.append(at)
        if at == "3" and tried.count("3") < 3:
            raise RuntimeError("cannot bear it")
        return following

    await db.write(lambda tx: publish(tx, Spelled(LONG), 1))
    outbox = Outbox(db, clock)
    outbox.subscribe("ears", {Spelled: Steps(spell_badly)}, Since.BEGINNING)
    await outbox.start()
    await outbox.drained()
    await outbox.stop()
    assert "".join(await heard(db)) == LONG
    assert tried.count("3") == 3
    assert tried.count("1") == 1  # what had landed before is not done again


async def test_a_server_killed_within_a_long_effect_doubles_and_loses_nothing(
    tmp_path: Path, clock: ManualClock
) -> None:
    path = tmp_path / "killed.sqlite3"
    db = Database(SQLite(path))
    await db.open()
    await migrate(db, ["kit"], clock)
    await db.write(lambda tx: tx.execute("CREATE TABLE heard (n BIGINT PRIMARY KEY, word TEXT)"))
    await db.write(lambda tx: publish(tx, Spelled(LONG), 1))
    child = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "tests.kit.stepping_child", "event", str(path)
    )
    assert await child.wait() == -signal.SIGKILL
    assert "".join(await heard(db)) == LONG[:4]
    outbox = Outbox(db, clock)
    outbox.subscribe("ears", {Spelled: Steps(spell)}, Since.BEGINNING)
    await outbox.start()
    await outbox.drained()
    await outbox.stop()
    assert "".join(await heard(db)) == LONG
    await db.close()


# Old events ---------------------------------------------------------------------------------------


async def say_now(db: Database, clock: ManualClock, *words: str) -> list[int]:
    """Said at this moment; the numbers of the events."""
    return await db.write(lambda tx: [publish(tx, Said(word), clock.now()) for word in words])


async def kept(db: Database) -> list[int]:
    rows = await db.read(lambda tx: tx.rows("SELECT seq FROM kit_event ORDER BY seq"))
    return [int(seq) for (seq,) in rows]


async def test_events_go_after_thirty_days_and_what_is_said_then_is_heard_all_the_same(
    db: Database, clock: ManualClock
) -> None:
    old = [str(number) for number in range(450)]  # more than two batches
    await say_now(db, clock, *old)
    outbox = Outbox(db, clock)
    outbox.subscribe("ears", {Said: hear}, Since.BEGINNING)
    await outbox.start()
    await outbox.drained()
    assert await outbox.forget() == 0
    clock.advance(31 * DAY)
    assert await outbox.forget() == 450
    assert await kept(db) == []
    assert await say_now(db, clock, "그 뒤") == [451]  # numbers never begin again
    await outbox.drained()
    await outbox.stop()
    assert await heard(db) == [*old, "그 뒤"]


async def test_what_one_subscriber_has_not_heard_is_kept_for_it(
    db: Database, clock: ManualClock
) -> None:
    def never(tx: Tx, event: Said) -> None:
        if event.word != "하나":
            raise RuntimeError("never")

    outbox = Outbox(db, clock)
    outbox.subscribe("ears", {Said: hear})
    outbox.subscribe("broken", {Said: never})
    await outbox.start()
    _first, second, third = await say_now(db, clock, "하나", "둘", "셋")
    await until(partial(has_heard, db, ["하나", "둘", "셋"]))
    await until(lambda: failed_once(db))
    clock.advance(31 * DAY)
    assert await outbox.forget() == 1
    assert await kept(db) == [second, third]
    await outbox.stop()


async def failed_once(db: Database) -> bool:
    first = await db.read(
        lambda tx: tx.row("SELECT seq, failures FROM kit_subscription WHERE name = 'broken'")
    )
    return first is not None and first[0] == 1 and first[1] > 0


async def test_a_subscription_whose_part_of_the_program_is_gone_keeps_nothing(
    db: Database, clock: ManualClock
) -> None:
    gone = Outbox(db, clock)
    gone.subscribe("gone", {Said: hear})
    await gone.start()
    await gone.stop()
    await say_now(db, clock, "하나")
    outbox = Outbox(db, clock)
    outbox.subscribe("ears", {Said: hear}, Since.BEGINNING)
    await outbox.start()
    await outbox.drained()  # waits for nobody who is not there either
    clock.advance(31 * DAY)
    assert await outbox.forget() == 1
    await outbox.stop()


async def test_a_subscriber_that_is_new_hears_only_what_happens_after_it_was_registered(
    db: Database, clock: ManualClock
) -> None:
    """Else a school of three years would be told everything again."""
    others = Outbox(db, clock)
    others.subscribe("others", {Ignored: lambda tx, event: None})
    await others.register()
    await say(db, "오래전")
    outbox = Outbox(db, clock)
    outbox.subscribe("ears", {Said: hear})
    await outbox.register()
    await say(db, "켜지기 전")
    await outbox.start()
    await say(db, "방금")
    await outbox.drained()
    await outbox.stop()
    assert await heard(db) == ["켜지기 전", "방금"]


async def test_a_subscriber_that_is_known_misses_nothing_while_its_server_is_off(
    db: Database, clock: ManualClock
) -> None:
    for words in ((), ("하나", "둘")):
        outbox = Outbox(db, clock)
        outbox.subscribe("ears", {Said: hear})
        await outbox.register()
        await say(db, *words)
    await outbox.start()
    await outbox.drained()
    await outbox.stop()
    assert await heard(db) == ["하나", "둘"]


async def test_a_new_subscriber_that_wants_the_beginning_gets_the_events_that_are_still_there(
    db: Database, clock: ManualClock
) -> None:
    outbox = Outbox(db, clock)
    outbox.subscribe("others", {Ignored: lambda tx, event: None})
    await outbox.start()
    await say_now(db, clock, "지난달")
    await outbox.drained()
    clock.advance(31 * DAY)
    await say_now(db, clock, "어제")
    await outbox.forget()
    await outbox.stop()
    outbox = Outbox(db, clock)
    outbox.subscribe("ears", {Said: hear}, Since.BEGINNING)
    await outbox.start()
    await outbox.drained()
    await outbox.stop()
    assert await heard(db) == ["어제"]


async def test_an_event_dated_by_a_clock_that_was_wrong_keeps_no_others(
    db: Database, clock: ManualClock
) -> None:
    ahead = ManualClock(clock.now() + 4000 * DAY)
    outbox = Outbox(db, clock)
    outbox.subscribe("ears", {Said: hear})
    await outbox.start()
    await say_now(db, ahead, "앞선 시계")
    await say_now(db, clock, "하나")
    await outbox.drained()
    clock.advance(31 * DAY)
    await say_now(db, clock, "둘")
    await outbox.drained()
    assert await outbox.forget() == 2
    assert await kept(db) == [3]
    await outbox.stop()
