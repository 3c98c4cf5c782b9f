"""Letters on an approval line: step by step, with deputies, and as before where the school has set none."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from kit.clock import ManualClock
from kit.problem import Forbidden, Invalid, NotFound
from node.approval.line import HOMEROOM, OF_ROLE
from node.approval.routing import GRADE_HEAD
from node.newsletters.model import Sort, State
from tests.node.village import Village

SCHOOL = ("guardians",)
PRINCIPAL = OF_ROLE + "principal"


@pytest.fixture
async def village(tmp_path: Path, clock: ManualClock) -> AsyncIterator[Village]:
    opened = Village(tmp_path, clock)
    await opened.open()
    await opened.db.write(
        lambda tx: tx.execute(
            "UPDATE people_staff SET position = '3학년부장' WHERE person_id = 'kim'"
        )
    )
    await opened.approval.set_line(
        await opened.asker("han"), Sort.NEWSLETTER, [HOMEROOM, GRADE_HEAD, PRINCIPAL]
    )
    yield opened
    await opened.close()


async def submitted(village: Village, who: str) -> list[str]:
    return [
        line.id
        for line in (await village.newsletters.desk.view(await village.asker(who))).submitted
    ]


async def test_a_letter_goes_along_the_line_of_its_kind_and_out_at_its_end(
    village: Village,
) -> None:
    letter = await village.sent("park", "운동회", keys=SCHOOL)  # the homeroom teacher's own step
    desk, kim, han = (
        village.newsletters.desk,
        await village.asker("kim"),
        await village.asker("han"),
    )
    assert (await submitted(village, "kim"), await submitted(village, "han")) == ([letter.id], [])
    with pytest.raises(Forbidden):
        await desk.approve(han, letter.id)
    assert (await desk.approve(kim, letter.id)).state == State.SUBMITTED
    assert (await submitted(village, "kim"), await submitted(village, "han")) == ([], [letter.id])
    out = await desk.approve(han, letter.id)
    assert (out.state, out.approver_name) == (State.PUBLISHED, "한지민")
    reading = await village.newsletters.read(han, letter.id)
    assert reading.line is not None
    assert [(one.step, one.by_name) for one in reading.line.trail] == [
        ("학년부장", "김다온"),
        ("교장", "한지민"),
    ]


async def test_whoever_holds_the_step_reads_it_and_nobody_else_of_their_colleagues(
    village: Village,
) -> None:
    letter = await village.sent("park", "운동회", keys=SCHOOL)
    kim, newsletters = await village.asker("kim"), village.newsletters
    reading = await newsletters.read(kim, letter.id)
    assert reading.decides
    with pytest.raises(NotFound):
        await newsletters.read(await village.asker("jung"), letter.id)
    principal = await newsletters.read(await village.asker("han"), letter.id)
    assert not principal.decides
    await newsletters.desk.approve(kim, letter.id)
    with pytest.raises(NotFound):
        await newsletters.read(kim, letter.id)  # decided: it waits for another


async def test_a_deputy_decides_for_who_is_away_and_it_says_so(village: Village) -> None:
    await village.db.write(
        lambda tx: tx.execute(
            "INSERT INTO approval_absence (id, person_id, kind, from_on, until_on, stand_in_id,"
            " by_id, by_name, at)"
            " VALUES ('a', 'kim', 'trip', '2026-01-01', '2026-12-31', 'jung', 'kim', '김다온', 1)"
        )
    )
    letter = await village.sent("park", "운동회", keys=SCHOOL)
    with pytest.raises(NotFound):
        await village.newsletters.read(await village.asker("kim"), letter.id)
    await village.newsletters.desk.approve(await village.asker("jung"), letter.id)
    reading = await village.newsletters.read(await village.asker("han"), letter.id)
    assert reading.line is not None
    (one,) = reading.line.trail
    assert (one.by_name, one.as_whom, one.for_name) == ("정우진", "대결", "김다온")


async def test_what_is_sent_back_or_recalled_is_on_no_line_and_begins_anew(
    village: Village,
) -> None:
    letter = await village.sent("park", "운동회", keys=SCHOOL)
    desk, kim, park = (
        village.newsletters.desk,
        await village.asker("kim"),
        await village.asker("park"),
    )
    await desk.send_back(kim, letter.id, "날짜가 틀립니다.")
    assert await submitted(village, "kim") == []
    await desk.send(park, letter.id)
    assert await submitted(village, "kim") == [letter.id]
    await desk.recall(park, letter.id)
    assert await submitted(village, "kim") == []


async def test_what_may_go_at_once_and_kinds_without_a_line_are_as_before(
    village: Village,
) -> None:
    assert (await village.sent("park", "준비물")).state == State.PUBLISHED  # the own class
    notice = await village.sent("park", "알림", keys=SCHOOL, kind=Sort.CLASS_NOTICE)
    han = await village.asker("han")
    assert await submitted(village, "han") == [notice.id]
    out = await village.newsletters.desk.approve(han, notice.id)
    assert out.state == State.PUBLISHED
    await village.approval.set_line(han, Sort.NEWSLETTER, [])
    letter = await village.sent("park", "운동회", keys=SCHOOL)
    assert await submitted(village, "han") == [letter.id]


async def test_the_school_s_head_sets_lines_of_steps_that_there_are(village: Village) -> None:
    with pytest.raises(Forbidden):
        await village.approval.set_line(await village.asker("oh"), Sort.NEWSLETTER, [PRINCIPAL])
    with pytest.raises(Invalid):
        await village.approval.set_line(
            await village.asker("han"), Sort.NEWSLETTER, ["person:park"]
        )
