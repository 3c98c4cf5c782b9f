"""Who decides alone, what waits for who decides, and what was decided until it is carried out."""

import sqlite3
from collections.abc import AsyncIterator
from pathlib import Path

import msgspec
import pytest

from kit.clock import HOUR, ManualClock
from kit.db import Tx
from kit.problem import Forbidden
from node.approval.access import decider, deciders
from node.approval.model import Matter, NotAsked, Rules, may_decide
from node.newsletters.model import TO_CORRECT, TO_SEND, Content, Letter, Sort, State
from node.people.model import Role
from tests.node.village import ALL_3_2, Village

SCHOOL = ("guardians",)
TRIP = Matter("trip", "t1")


@pytest.fixture
async def village(tmp_path: Path, clock: ManualClock) -> AsyncIterator[Village]:
    opened = Village(tmp_path, clock)
    await opened.open()
    yield opened
    await opened.close()


# Who decides -------------------------------------------------------------------------------------


async def test_the_school_may_let_heads_decide(village: Village) -> None:
    head = await village.asker("jung")
    assert (await village.sent("jung", "하나", keys=("guardians/grade:5",))).state == "submitted"
    with pytest.raises(Forbidden):
        await village.approval.set_rules(head, Rules(grade_by_head=True))
    await village.approval.set_rules(await village.asker("han"), Rules(grade_by_head=True))
    assert (await village.sent("jung", "둘", keys=("guardians/grade:5",))).state == "published"
    assert (await village.sent("jung", "셋", keys=SCHOOL)).state == "submitted"


async def test_who_has_no_audience_decides_nothing(village: Village) -> None:
    teacher = await village.asker("park")
    assert not may_decide(teacher, set(), Rules())
    vice = msgspec.structs.replace(teacher, roles=frozenset({Role.VICE_PRINCIPAL}))
    assert may_decide(vice, {"guardians", "staff"}, Rules())


async def test_nobody_but_an_approver_decides_about_what_is_no_audience(village: Village) -> None:
    head, everything = await village.asker("jung"), Rules(grade_by_head=True, school_by_head=True)
    for key in ("", "guardians/planet:mars", "guardians/class", "staff/person:park"):
        assert not may_decide(head, {key}, everything)
        assert may_decide(await village.asker("han"), {key}, everything)


async def test_who_approves_no_more_is_no_decider_in_the_unit_that_decides(
    village: Village,
) -> None:
    principal = await village.asker("han")
    assert await village.db.read(deciders) == ["han"]
    assert (await village.db.read(lambda tx: decider(tx, principal))).id == "han"
    taken = "UPDATE people_role SET role = 'teacher' WHERE person_id = 'han'"
    await village.db.write(lambda tx: tx.execute(taken))
    with pytest.raises(Forbidden):
        await village.db.read(lambda tx: decider(tx, principal))
    assert await village.db.read(deciders) == []


# What waits and what was decided -----------------------------------------------------------------


async def test_what_waits_is_shown_to_who_decides_the_longest_first(village: Village) -> None:
    park, han = await village.asker("park"), await village.asker("han")
    for name in ("b", "a"):
        matter = Matter("trip", name)
        await village.db.write(lambda tx, one=matter: village.approval.ask(tx, one, one.id, park))  # type: ignore[misc]
        village.clock.advance(HOUR)

    def waiting(tx: Tx) -> list[list[str]]:
        return [
            [one.id for one in village.approval.waiting(tx, asker, kind)]
            for asker, kind in ((han, "trip"), (park, "trip"), (han, "other"))
        ]

    assert await village.db.read(waiting) == [["b", "a"], [], []]


async def test_a_decision_holds_for_what_was_decided_on_and_ends_when_it_is_asked_anew(
    village: Village,
) -> None:
    approval, park, han = village.approval, await village.asker("park"), await village.asker("han")

    def unit(tx: Tx) -> None:
        by = decider(tx, han)
        approval.ask(tx, TRIP, "소풍", park)
        assert not approval.is_as_decided(tx, TRIP, "")
        approval.approve(tx, by, TRIP, "10시, 2반")
        assert approval.is_approved(tx, TRIP)
        assert approval.is_as_decided(tx, TRIP, "10시, 2반")
        assert not approval.is_as_decided(tx, TRIP, "10시, 3반")
        with pytest.raises(NotAsked):
            approval.approve(tx, by, TRIP, "10시, 3반")
        approval.ask(tx, TRIP, "소풍", park)
        assert not approval.is_approved(tx, TRIP)
        approval.send_back(tx, by, TRIP, "버스가 없습니다.")
        with pytest.raises(NotAsked):
            approval.send_back(tx, by, TRIP, "버스가 없습니다.")
        (came,) = approval.returned(tx, park, TRIP.kind)
        assert (came.id, came.reason, came.by_name) == (TRIP.id, "버스가 없습니다.", "한지민")
        assert approval.returned(tx, han, TRIP.kind) == []
        approval.ask(tx, TRIP, "소풍", park)
        approval.send_back(tx, by, TRIP)  # its owner holds the reason
        assert approval.returned(tx, park, TRIP.kind) == []
        approval.decide_alone(tx, TRIP, "11시", "소풍", park)
        assert approval.is_as_decided(tx, TRIP, "11시")
        assert approval.returned(tx, park, TRIP.kind) == []
        assert not approval.is_approved(tx, TRIP)
        approval.forget(tx, TRIP)
        assert not approval.is_as_decided(tx, TRIP, "11시")

    await village.db.write(unit)


# A school that is older than this slice ----------------------------------------------------------

AS_IT_WAS = """
ALTER TABLE newsletters_newsletter ADD COLUMN decided TEXT NOT NULL DEFAULT '';
UPDATE newsletters_newsletter SET decided = (
    SELECT m.substance FROM approval_matter m
    WHERE m.kind = 'newsletter' AND m.id = newsletters_newsletter.id
) WHERE state IN ('approved', 'scheduled', 'held');
DROP TABLE approval_matter;
DROP TABLE approval_returned;
DROP VIEW approval_v_held;
DROP TABLE approval_underway;
DROP TABLE approval_decision;
DROP TABLE approval_absence;
DROP TABLE approval_table;
UPDATE kit_meta SET name = 'newsletters.rules' WHERE name = 'approval.rules';
DELETE FROM kit_migration WHERE slice = 'node.approval' OR name = '013_decided_by_approval.sql';
"""


async def scheduled(village: Village, author: str, keys: tuple[str, ...]) -> Letter:
    """A letter for the next hour, sent on its way by its author."""
    asker, desk = await village.asker(author), village.newsletters.desk
    content = Content("준비물", "색연필", keys, "", village.clock.now() + HOUR)
    return await desk.send(asker, await desk.create(asker, Sort.NEWSLETTER, content))


async def test_what_waited_in_an_existing_school_is_decided_after_the_upgrade(
    tmp_path: Path, clock: ManualClock
) -> None:
    before = Village(tmp_path, clock)
    await before.open()
    principal = await before.asker("han")
    await before.approval.set_rules(principal, Rules(own_class_at_once=True, grade_by_head=True))
    corrected = await before.sent("park", "학예회", keys=SCHOOL)
    await before.newsletters.desk.approve(principal, corrected.id)
    park = await before.asker("park")
    assert not await before.newsletters.corrections.correct(
        park, corrected.id, "학예회", "체육관", "장소"
    )
    waiting = await before.sent("park", "운동회", keys=SCHOOL)
    approved = await scheduled(before, "park", SCHOOL)
    await before.newsletters.desk.approve(principal, approved.id)
    alone = await scheduled(before, "park", ALL_3_2)
    assert alone.state == State.SCHEDULED
    await before.close()
    with sqlite3.connect(before.database) as file:
        file.executescript(AS_IT_WAS)
    file.close()

    after = Village(tmp_path, clock, before.config)
    await after.open()
    assert (await after.approval.current_rules()).grade_by_head
    desk, principal = after.newsletters.desk, await after.asker("han")
    view = await desk.view(principal)
    assert [line.id for line in view.submitted] == [waiting.id]
    assert [one.newsletter_id for one in view.proposals] == [corrected.id]
    out = await desk.approve(principal, waiting.id)
    assert (out.state, out.approver_name) == (State.PUBLISHED, "한지민")
    await after.newsletters.corrections.approve(principal, corrected.id)
    clock.advance(2 * HOUR)
    assert await desk.publish_due() == 2
    assert sorted(await after.titles("haneul")) == ["운동회", "준비물", "준비물", "학예회"]

    def left(tx: Tx) -> int:
        kinds = (TO_SEND, TO_CORRECT)
        assert [after.approval.waiting(tx, principal, one) for one in kinds] == [[], []]
        return int(tx.value("SELECT count(*) FROM approval_matter"))

    assert await after.db.read(left) == 0
    await after.close()
