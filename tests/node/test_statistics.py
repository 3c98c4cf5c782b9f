"""What a school tells its province of its papers: nothing until the administrator says so, then counts alone."""

import re

import pytest
from msgspec.structs import replace

from hub.statistics.model import Amount
from kit.clock import DAY
from kit.db import Tx
from kit.ids import new_id
from kit.web.keys import JOBS
from node.statistics.store import months_after
from node.submissions import store
from node.submissions.model import PaperState
from protocol.statistics import CountedState, MonthOfPapers
from tests.hub.conftest import Province
from tests.hub.syncing import VIEWER
from tests.node.conftest import School
from tests.node.handing_in import absent, begin, decide, trip
from tests.node.in_a_province import joined, sync
from tests.node.test_forms import sql
from tests.node.test_supplies import arrives, paper

PAGE = "/admin/statistics"
MONTH = "2026-11"


async def press(school: School, verb: str) -> None:
    administrator = await school.client_as("정민호")
    assert (await administrator.post(f"{PAGE}/{verb}")).status == 303


async def shown(school: School) -> str:
    administrator = await school.client_as("정민호")
    return (await administrator.get(PAGE)).text.partition("<main")[2]


async def at_night(school: School) -> list[MonthOfPapers]:
    """What is to be told after a night, of all months."""
    assert await school.app[JOBS].run("statistics.take_stock")
    return await school.db.read(lambda tx: months_after(tx, 0, 100))


async def papers(school: School, count: int) -> None:
    """So many papers of the kind 결석신고서 that the school received, beside those there are."""
    await absent(school)

    def more(tx: Tx) -> None:
        (first,) = tx.rows("SELECT id FROM submissions_paper WHERE type_id = 'absence'")
        received = store.paper(tx, first[0])
        assert received is not None
        for number in range(1, count):
            store.add(tx, replace(received, id=new_id(), number=1000 + number))

    await school.db.write(more)


def told(months: list[MonthOfPapers]) -> dict[tuple[str, str], int | None]:
    return {(one.kind, one.state.value): one.papers for month in months for one in month.counts}


async def test_nothing_is_told_until_the_administrator_says_so(school: School) -> None:
    await absent(school)
    assert await at_night(school) == []
    page = await shown(school)
    assert "보내지 않음" in page
    assert "이름, 학년·반, 날짜, 사유 등 개인을 알아볼 수 있는 정보는 보내지 않습니다." in page
    assert "5건 미만" in page


async def test_a_number_below_five_is_not_told(school: School) -> None:
    await arrives(school, await paper(school, "absence"))
    await papers(school, 4)
    await press(school, "start")
    assert told(await at_night(school)) == {("absence", "received"): None}
    kept = await sql(school, "SELECT counts FROM statistics_month")
    assert re.findall(r"\d+", str(kept)) == []


async def test_five_are_told_as_they_are(school: School) -> None:
    await arrives(school, await paper(school, "absence"))
    await papers(school, 5)
    await press(school, "start")
    assert told(await at_night(school)) == {("absence", "received"): 5}
    assert "5건" in await shown(school)


async def test_a_kind_of_the_schools_own_is_told_among_the_others(school: School) -> None:
    await papers(school, 6)
    await press(school, "start")
    assert told(await at_night(school)) == {("", "received"): 6}
    assert "그 밖의 서류" in await shown(school)


async def test_kinds_that_the_province_publishes_later_are_told_apart_from_then_on(
    school: School,
) -> None:
    await papers(school, 6)
    await press(school, "start")
    await arrives(school, await paper(school, "absence"))
    assert told(await at_night(school)) == {("absence", "received"): 6}


async def test_a_decision_moves_a_paper_from_one_state_to_the_other(school: School) -> None:
    await papers(school, 6)
    await press(school, "start")
    haneul = await school.client_as("김하늘")
    draft = await begin(school, haneul, "transfer", "이지우")
    await decide(
        school, "박서연", await absent(school, "2026-11-19"), "refuse", "다시 확인해 주세요."
    )
    now = told(await at_night(school))
    assert now == {("", "received"): 6, ("", "rejected"): None}
    assert draft.address  # what was never handed in is not counted


async def test_a_quiet_day_changes_nothing_that_is_told(school: School) -> None:
    await papers(school, 6)
    await press(school, "start")
    (before,) = await at_night(school)
    school.clock.advance(DAY)
    assert await at_night(school) == [before]
    await trip(school, "2026-12-14", "2026-12-15")
    (after,) = await at_night(school)
    assert after.seq > before.seq


async def test_each_state_of_a_paper_that_was_handed_in_can_be_told() -> None:
    assert {one.value for one in PaperState} - {"draft"} == {one.value for one in CountedState}


@pytest.fixture
async def connected(school: School, province: Province) -> School:
    await joined(school, province)
    await sync(school)
    return school


async def sums(province: Province) -> dict[str, Amount]:
    view = await province.hub.statistics.view(VIEWER, MONTH)
    return {one.key: one.whole for one in view.kinds.lines}


async def test_the_province_hears_counts_and_forgets_them_when_they_are_taken_back(
    connected: School, province: Province
) -> None:
    await arrives(connected, await paper(connected, "absence"))
    await papers(connected, 6)
    await trip(connected)
    await sync(connected)
    assert await sums(province) == {}
    await press(connected, "start")
    await sync(connected)
    assert await sums(province) == {"absence": Amount(6), "": Amount(0, 1)}
    assert "교육청이 받았습니다." in await shown(connected)
    rows = await province.hub.db.read(lambda tx: tx.rows("SELECT * FROM statistics_count"))
    assert not any("이지우" in str(cell) or "김하늘" in str(cell) for row in rows for cell in row)

    await press(connected, "stop")
    await sync(connected)
    assert await sums(province) == {}
    assert await connected.db.read(lambda tx: months_after(tx, 0, 100)) == []
    await press(connected, "start")
    await sync(connected)
    assert await sums(province) == {"absence": Amount(6), "": Amount(0, 1)}
