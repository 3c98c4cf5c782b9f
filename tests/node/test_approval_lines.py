"""What is on its approval line: whom it waits for, who decides as whom, what becomes of it when somebody is
away or leaves."""

from collections.abc import AsyncIterator, Callable
from pathlib import Path
from typing import TypeVar

import pytest

from kit.clock import DAY, HOUR, ManualClock
from kit.db import Tx
from kit.problem import Forbidden
from node.approval.line import HOMEROOM, OF_ROLE, Capacity, Line, Outcome, Step, Verdict, Went
from node.approval.model import Matter, NotAsked
from node.approval.routing import GRADE_HEAD
from tests.node.village import Village

T = TypeVar("T")

LINE = Line(
    (
        Step(HOMEROOM, "담임"),
        Step(GRADE_HEAD, "학년부장"),
        Step(OF_ROLE + "vice_principal", "교감"),
        Step(OF_ROLE + "principal", "교장"),
    )
)
SHORT = Line((Step(HOMEROOM, "담임"), Step(OF_ROLE + "principal", "교장")))
ABSENCE = Matter("absence", "a1")
KINDS = ("absence",)


@pytest.fixture
async def village(tmp_path: Path, clock: ManualClock) -> AsyncIterator[Village]:
    opened = Village(tmp_path, clock)
    await opened.open()
    yield opened
    await opened.close()


async def start(
    village: Village, line: Line = SHORT, matter: Matter = ABSENCE, class_id: str | None = "c32"
) -> str:
    """이하늘 hands something in for a child; for whom it waits."""
    lines = village.approval.lines
    return await village.db.write(
        lambda tx: lines.start(tx, matter, line, f"결석신고서 {matter.id}", "haneul", class_id)
    )


async def decide(
    village: Village, who: str, verdict: Verdict = Verdict.APPROVE, word: str = ""
) -> Outcome:
    asker = await village.asker(who)
    return await village.db.write(
        lambda tx: village.approval.lines.decide(tx, asker, ABSENCE, verdict, word)
    )


async def tray(village: Village, who: str) -> list[str]:
    asker = await village.asker(who)
    lines = await village.db.read(lambda tx: village.approval.lines.tray(tx, asker, KINDS))
    return [line.id for line in lines]


async def change(village: Village, sql: str) -> None:
    await village.db.write(lambda tx: tx.execute(sql))


async def be_away(village: Village, who: str, stand_in: str = "") -> None:
    await change(
        village,
        "INSERT INTO approval_absence (id, person_id, kind, from_on, until_on, stand_in_id, by_id,"
        f" by_name, at) VALUES ('{who}', '{who}', 'trip', '2026-01-01', '2026-12-31', '{stand_in}',"
        " 'oh', '오세라', 1)",
    )


# A step after the other ----------------------------------------------------------------------------


async def test_a_matter_goes_from_step_to_step_and_waits_in_one_tray_at_a_time(
    village: Village,
) -> None:
    assert await start(village) == "park"
    assert (await tray(village, "park"), await tray(village, "han")) == (["a1"], [])
    assert await decide(village, "park", word="확인했습니다.") == Outcome(
        Went.NEXT, Capacity.OWN, "han"
    )
    assert (await tray(village, "park"), await tray(village, "han")) == ([], ["a1"])
    assert await decide(village, "han") == Outcome(Went.DONE, Capacity.OWN)
    assert await tray(village, "han") == []
    trail = await village.db.read(lambda tx: village.approval.lines.trail(tx, ABSENCE))
    assert [(one.step, one.by_name, one.verdict, one.word) for one in trail] == [
        ("담임", "박선아", "approve", "확인했습니다."),
        ("교장", "한지민", "approve", ""),
    ]
    with pytest.raises(NotAsked):
        await decide(village, "han")


@pytest.mark.parametrize(
    ("verdict", "went"), [(Verdict.RETURN, Went.RETURNED), (Verdict.REFUSE, Went.REFUSED)]
)
async def test_what_is_returned_or_refused_waits_no_more_and_its_trail_stays(
    village: Village, verdict: Verdict, went: Went
) -> None:
    await start(village)
    assert (await decide(village, "park", verdict, "진단서가 없습니다.")).went == went
    assert await tray(village, "park") == []
    await start(village)
    await decide(village, "park")
    trail = await village.db.read(lambda tx: village.approval.lines.trail(tx, ABSENCE))
    assert [one.verdict for one in trail] == [verdict, "approve"]


async def test_a_line_that_ends_below_the_principal_is_decided_there_for_good(
    village: Village,
) -> None:
    await start(village, Line((Step(HOMEROOM, "담임"),)))
    assert await decide(village, "park") == Outcome(Went.DONE, Capacity.DELEGATED)


async def test_nobody_decides_but_who_holds_the_step(village: Village) -> None:
    await start(village)
    for other in ("han", "kim", "oh", "haneul", "doyun"):
        with pytest.raises(Forbidden):
            await decide(village, other)
    assert await tray(village, "park") == ["a1"]


async def test_its_author_takes_it_back(village: Village) -> None:
    await start(village)
    lines = village.approval.lines
    await village.db.write(lambda tx: lines.withdraw(tx, ABSENCE))
    assert await tray(village, "park") == []
    with pytest.raises(NotAsked):
        await village.db.write(lambda tx: lines.withdraw(tx, ABSENCE))
    with pytest.raises(NotAsked):
        await decide(village, "park")


async def test_a_tray_shows_the_longest_first_and_goes_on_behind_what_was_shown(
    village: Village,
) -> None:
    for name in ("b", "a", "d", "c"):
        await start(village, matter=Matter("absence", name))
        village.clock.advance(HOUR)
    await start(village, matter=Matter("other", "e"))
    park, seen, after = await village.asker("park"), [], ""
    while lines := await village.db.read(_tray_after(village, park, after)):
        assert len(lines) <= 3
        seen += [line.id for line in lines]
        after = lines[-1].after
    assert seen == ["b", "a", "d", "c"]


def _tray_after(village: Village, asker: object, after: str) -> Callable[[Tx], list]:  # type: ignore[type-arg]
    return lambda tx: village.approval.lines.tray(tx, asker, KINDS, 3, after)  # type: ignore[arg-type]


# Deputies ------------------------------------------------------------------------------------------


async def test_who_is_away_is_passed_over_and_told_and_the_deputy_decides_for_them(
    village: Village,
) -> None:
    await be_away(village, "park", "kim")
    assert await start(village) == "kim"
    kim = await village.asker("kim")
    (line,) = await village.db.read(lambda tx: village.approval.lines.tray(tx, kim, KINDS))
    assert (line.is_deputy, line.for_name, line.step) == (True, "박선아", "담임")
    with pytest.raises(Forbidden):
        await decide(village, "park")
    told = "SELECT kind, about FROM notices_line WHERE person_id = ?"
    assert await village.db.read(lambda tx: tx.rows(told, ("park",))) == [
        ("approval-passed", "absence/a1")
    ]
    assert await village.db.read(lambda tx: tx.rows(told, ("kim",))) == [
        ("approval-waits", "absence/a1")
    ]
    outcome = await decide(village, "kim")
    assert (outcome.capacity, outcome.for_id, outcome.for_name) == (
        Capacity.DEPUTY,
        "park",
        "박선아",
    )
    (decided,) = await village.db.read(lambda tx: village.approval.lines.trail(tx, ABSENCE))
    assert (decided.by_name, decided.for_name, decided.capacity) == ("김다온", "박선아", "deputy")


async def test_whoever_holds_the_next_step_too_decides_both_at_once(village: Village) -> None:
    await change(village, "INSERT INTO people_role VALUES ('jung', 'vice_principal')")
    line = Line((Step(OF_ROLE + "vice_principal", "교감"), Step(OF_ROLE + "principal", "교장")))
    await be_away(village, "han", "jung")
    assert await start(village, line) == "jung"
    assert await decide(village, "jung") == Outcome(
        Went.DONE, Capacity.DEPUTY, for_id="han", for_name="한지민"
    )
    trail = await village.db.read(lambda tx: village.approval.lines.trail(tx, ABSENCE))
    assert [(one.step, one.capacity) for one in trail] == [("교감", "own"), ("교장", "deputy")]


async def test_what_waits_is_routed_anew_when_an_absence_begins_and_when_it_ends(
    village: Village,
) -> None:
    await start(village)
    await be_away(village, "park", "kim")
    await route_anew(village)
    assert (await tray(village, "park"), await tray(village, "kim")) == ([], ["a1"])
    village.clock.advance(400 * DAY)
    await route_anew(village)
    assert (await tray(village, "park"), await tray(village, "kim")) == (["a1"], [])


async def test_who_leaves_holds_nothing_from_that_moment_and_what_waited_finds_another(
    village: Village,
) -> None:
    await start(village)
    leaver = await village.asker("park")
    await change(
        village, "UPDATE people_staff SET until_on = '2026-04-01' WHERE person_id = 'park'"
    )
    with pytest.raises(Forbidden):
        await village.db.write(
            lambda tx: village.approval.lines.decide(tx, leaver, ABSENCE, Verdict.APPROVE)
        )
    await change(village, "INSERT INTO people_role VALUES ('kim', 'administrator')")
    await change(village, "UPDATE people_class SET homeroom_id = 'kim' WHERE id = 'c32'")
    await route_anew(village)
    assert await tray(village, "kim") == ["a1"]
    assert (await decide(village, "kim")).went == Went.NEXT


async def test_what_nobody_can_decide_is_told_to_the_head_who_entrusts_it_to_somebody(
    village: Village,
) -> None:
    assert await start(village, Line((Step("duty:swimming", "생존수영 담당"),))) == ""
    told = "SELECT kind FROM notices_line WHERE person_id = 'han'"
    assert await village.db.read(lambda tx: tx.rows(told)) == [("approval-ownerless",)]
    lines = village.approval.lines
    assert await village.db.write(lambda tx: lines.entrust(tx, ABSENCE, "oh")) == "oh"
    with pytest.raises(NotAsked):
        await village.db.write(lambda tx: lines.entrust(tx, ABSENCE, "kim"))
    assert await decide(village, "oh") == Outcome(Went.DONE, Capacity.DEPUTY)


async def test_nobody_decides_on_what_they_handed_in_themselves(village: Village) -> None:
    lines = village.approval.lines

    def own(tx: Tx) -> str:
        return lines.start(tx, ABSENCE, SHORT, "출장 신청", "park", "c32")

    assert await village.db.write(own) == "han"  # the homeroom teacher's own step falls away
    await be_away(village, "han", "park")
    await route_anew(village)
    assert await tray(village, "park") == []


async def route_anew(village: Village) -> None:
    """What the job does."""
    behind: tuple[str, str] | None = ("", "")
    while behind is not None:
        behind = await village.db.write(
            lambda tx, at=behind: village.approval.lines.route_some(tx, at)  # type: ignore[misc]
        )


async def test_the_line_of_a_school_begins_with_duties_that_its_staff_is_called_by(
    village: Village,
) -> None:
    await change(village, "UPDATE people_staff SET position = '5학년부장' WHERE person_id = 'jung'")
    matter = Matter("absence", "five")
    assert await start(village, Line((Step(GRADE_HEAD, "학년부장"),)), matter, "c51") == "jung"
    await change(village, "UPDATE people_staff SET position = '교무부장' WHERE person_id = 'kim'")
    assert await start(village, LINE) == "park"
    assert (await decide(village, "park")).holder_id == "kim"  # no head of grade 3: 교무부장
