"""The office keeps duties and absences; what waits finds whoever is there, within the same minute."""

import re
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from msgspec.structs import replace

from kit.clock import ManualClock
from kit.problem import Forbidden, Invalid, NotFound
from kit.seen import ChangedMeanwhile, seen_of
from node.approval.absence import Absence, AbsenceKind, NotOwnStandIn
from node.approval.cards import of_approval
from node.approval.checks import of_approval as check
from node.approval.duties import Duty
from node.approval.line import Line, Step
from node.approval.model import Matter
from node.approval.office import Absences, Duties, OwnerlessList
from node.people.model import NotOneself
from tests.node.conftest import School
from tests.node.village import Village

TRIP = Matter("trip", "t1")


@pytest.fixture
async def village(tmp_path: Path, clock: ManualClock) -> AsyncIterator[Village]:
    opened = Village(tmp_path, clock)
    await opened.open()
    yield opened
    await opened.close()


def away(
    who: str, stand_in: str = "", *, days: tuple[str, str] = ("2026-11-23", "2026-11-25")
) -> Absence:
    return Absence("", who, "", AbsenceKind.TRIP, *days, stand_in_id=stand_in)


async def row(village: Village, duty_id: str) -> tuple[Duty, str]:
    view, found = await Duties(village.db, village.clock).row(await village.asker("oh"), duty_id)
    return found, seen_of(view.version)


async def waits_for(village: Village, matter: Matter = TRIP) -> str:
    await village.outbox.drained()
    sql = "SELECT holder_id FROM approval_underway WHERE kind = ? AND id = ?"
    return str(await village.db.read(lambda tx: tx.value(sql, (matter.kind, matter.id))))


async def start(village: Village, by: str) -> None:
    line = Line((Step(by, "담당"),))
    await village.db.write(
        lambda tx: village.approval.lines.start(tx, TRIP, line, "체험학습", "haneul", "c32")
    )


async def test_the_office_gives_a_duty_and_what_waits_for_it_goes_there(village: Village) -> None:
    duties, oh = Duties(village.db, village.clock), await village.asker("oh")
    swimming = await duties.add(oh, "생존수영")
    await start(village, f"duty:{swimming}")
    assert await waits_for(village) == ""
    found, seen = await row(village, swimming)
    await duties.set_row(oh, replace(found, holders=("jung",), deputies=("person:kim",)), seen)
    assert await waits_for(village) == "jung"
    with pytest.raises(ChangedMeanwhile):
        await duties.set_row(oh, found, seen)


async def test_a_change_of_the_table_is_undone(village: Village) -> None:
    duties, oh = Duties(village.db, village.clock), await village.asker("oh")
    found, seen = await row(village, "academic")
    await duties.set_row(oh, replace(found, holders=("jung",)), seen)
    _found, seen = await row(village, "academic")
    await duties.remove(oh, "academic", seen)
    with pytest.raises(NotFound):
        await row(village, "academic")
    for _change in range(2):
        view = await duties.view(oh)
        await duties.undo(oh, seen_of(view.version))
    assert (await row(village, "academic"))[0] == found
    with pytest.raises(NotFound):
        await duties.undo(oh, seen_of(0))


async def test_nobody_in_the_office_gives_a_seat_to_themselves_or_says_who_stands_in_for_the_head(
    village: Village,
) -> None:
    duties, oh = Duties(village.db, village.clock), await village.asker("oh")
    found, seen = await row(village, "academic")
    for own in (replace(found, holders=("oh",)), replace(found, deputies=("person:oh",))):
        with pytest.raises(NotOneself):
            await duties.set_row(oh, own, seen)
    head, seen = await row(village, "role-principal")
    with pytest.raises(Forbidden):
        await duties.set_row(oh, replace(head, deputies=("person:kim",)), seen)
    with pytest.raises(NotOwnStandIn):
        await Absences(village.db, village.clock).enter(oh, away("han", "oh"))
    with pytest.raises(Forbidden):
        await duties.add(await village.asker("park"), "내 업무")
    han = await village.asker("han")
    await duties.set_row(han, replace(head, deputies=("person:kim",)), seen)


async def test_who_says_that_they_are_away_is_passed_over_at_once_and_back_again_when_they_are_back(
    village: Village,
) -> None:
    await start(village, "homeroom")
    absences, park = Absences(village.db, village.clock), await village.asker("park")
    await absences.enter(park, away("park", "kim"))
    assert await waits_for(village) == "kim"
    (own,) = (await absences.view(park)).own
    with pytest.raises(NotFound):
        await absences.end(await village.asker("kim"), own.id)
    await absences.end(park, own.id)
    assert await waits_for(village) == "park"


async def test_the_office_says_of_others_that_they_are_away(village: Village) -> None:
    absences, oh = Absences(village.db, village.clock), await village.asker("oh")
    await absences.enter(oh, away("park"))
    with pytest.raises(Forbidden):
        await absences.enter(await village.asker("kim"), away("park"))
    with pytest.raises(Invalid):
        await absences.enter(oh, away("haneul"))
    with pytest.raises(Invalid):
        await absences.enter(oh, away("kim", days=("2026-11-25", "2026-11-24")))
    (other,) = (await absences.view(await village.asker("kim"))).others
    assert (other.name, other.by_name) == ("박선아", "오세라")


async def test_what_nobody_has_stands_on_the_head_s_front_page_and_in_the_doctor_s_report(
    village: Village,
) -> None:
    han, park = await village.asker("han"), await village.asker("park")
    assert await village.db.read(lambda tx: of_approval(tx, han, 0)) == []
    await start(village, "duty:none")
    (card,) = await village.db.read(lambda tx: of_approval(tx, han, 0))
    assert [entry.title for entry in card.entries] == ["체험학습"]
    assert await village.db.read(lambda tx: of_approval(tx, park, 0)) == []
    (finding,) = await village.db.read(check)
    assert finding.params == {"count": 1}
    ownerless = OwnerlessList(village.db, village.clock, village.approval.lines)
    with pytest.raises(Forbidden):
        await ownerless.entrust(park, TRIP, "park")
    await Absences(village.db, village.clock).enter(han, away("kim"))
    with pytest.raises(Invalid):
        await ownerless.entrust(han, TRIP, "kim")
    await ownerless.entrust(han, TRIP, "park")
    assert await waits_for(village) == "park"
    assert await village.db.read(lambda tx: of_approval(tx, han, 0)) == []


async def test_duties_of_grades_are_told_in_english(school: School) -> None:
    client = await school.client_as("정민호")
    page = (await client.get("/approval/duties", headers={"Accept-Language": "en"})).text
    assert "Head of Grade " in page
    assert not re.search(r"\d학년부장", page)


async def test_lists_of_staff_say_positions_in_the_readers_language(school: School) -> None:
    principal = await school.client_as("최은영")
    english = {"Accept-Language": "en"}
    page = (await principal.get("/approval/absences", headers=english)).text
    assert "최은영 (Principal)" in page
    assert "(교장)" not in page
    assert "최은영 (교장)" in (await principal.get("/approval/absences")).text
