"""Counts of papers at the hub: of the schools that tell them, with their sums, and gone when they are taken back."""

import csv
import io
from collections.abc import AsyncIterator
from pathlib import Path

import msgspec
import pytest

from hub.officers.model import Role
from hub.schools.model import Ring
from hub.statistics.model import Amount, StatisticsView
from hub.statistics.service import Statistics
from kit.clock import ManualClock, moment
from protocol.statistics import CountedState, MonthOfPapers, PaperCount, PaperStatistics
from tests.hub.conftest import Province
from tests.hub.syncing import ADMINISTRATOR, VIEWER, Hub, Node

HANBIT, SAESOL = "J107530101", "J107530202"
NOVEMBER = "2026-11"
SUWON = "수원"


@pytest.fixture
async def hub(database_url: str, clock: ManualClock, tmp_path: Path) -> AsyncIterator[Hub]:
    running = Hub(database_url, clock, tmp_path / "hub")
    await running.start()
    await running.ground.outbox.start()
    yield running
    await running.ground.outbox.stop()
    await running.stop()


@pytest.fixture
async def schools(hub: Hub) -> AsyncIterator[list[Node]]:
    """Two schools of one district office."""
    nodes = [await hub.enrol(HANBIT, "한빛초등학교"), await hub.enrol(SAESOL, "새솔중학교")]
    yield nodes
    for node in nodes:
        await node.close()


def month(seq: int = 1, of: str = NOVEMBER, **approved: int | None) -> MonthOfPapers:
    """A month of approved papers, by the ids of their kinds."""
    counts = tuple(
        PaperCount(kind=kind.replace("_", "-"), state=CountedState.APPROVED, papers=papers)
        for kind, papers in approved.items()
    )
    return MonthOfPapers(month=of, seq=seq, counts=counts)


def told(*months: MonthOfPapers, begun: int = 0, epoch: str = "life-1") -> PaperStatistics:
    last = months[-1].seq if months else begun
    return PaperStatistics(epoch=epoch, from_seq=begun, to_seq=last, months=months)


async def view(hub: Hub, district: str = "") -> StatisticsView:
    return await Statistics(hub.db, hub.clock).view(VIEWER, NOVEMBER, district)


def sums(view: StatisticsView) -> dict[str, Amount]:
    return {one.key: one.whole for one in view.kinds.lines}


async def test_numbers_of_two_schools_stand_as_one_sum_and_each_for_itself(
    hub: Hub, schools: list[Node]
) -> None:
    hanbit, saesol = schools
    hanbit.statistics = told(month(absence=12, trip=5))
    saesol.statistics = told(month(absence=8))
    down = await hanbit.sync()
    await saesol.sync()
    assert down.statistics
    assert (down.statistics.epoch, down.statistics.seq) == ("life-1", 1)
    assert sums(await view(hub)) == {"absence": Amount(20), "trip": Amount(5)}
    shown = await view(hub, SUWON)
    assert [(one.name, one.whole.papers) for one in shown.places.lines] == [
        ("새솔중학교", 8),
        ("한빛초등학교", 17),
    ]
    assert (shown.telling, shown.schools, shown.quiet) == (2, 2, ())


async def test_a_sum_with_a_number_that_is_not_told_is_a_range(
    hub: Hub, schools: list[Node]
) -> None:
    hanbit, saesol = schools
    hanbit.statistics = told(month(absence=None))
    await hanbit.sync()
    found = sums(await view(hub))["absence"]
    assert (found.is_few, found.least, found.most) == (True, 1, 4)
    saesol.statistics = told(month(absence=8))
    await saesol.sync()
    found = sums(await view(hub))["absence"]
    assert (found.is_few, found.least, found.most) == (False, 9, 12)


async def test_a_month_that_is_told_again_replaces_what_was_told_before(
    hub: Hub, schools: list[Node]
) -> None:
    hanbit = schools[0]
    hanbit.statistics = told(month(absence=12, trip=7))
    await hanbit.sync()
    hanbit.statistics = told(month(seq=2, absence=13), begun=1)
    await hanbit.sync()
    assert sums(await view(hub)) == {"absence": Amount(13)}
    assert (await hanbit.sync()).statistics  # the same again: the hub says how far it is
    assert sums(await view(hub)) == {"absence": Amount(13)}


async def test_a_school_that_takes_its_counts_back_is_gone_from_the_console(
    hub: Hub, schools: list[Node]
) -> None:
    hanbit, saesol = schools
    hanbit.statistics, saesol.statistics = told(month(absence=12)), told(month(absence=8))
    for one in schools:
        await one.sync()
    hanbit.statistics = msgspec.UNSET
    await hanbit.sync()
    shown = await view(hub, SUWON)
    assert sums(shown) == {"absence": Amount(8)}
    assert sums(await view(hub)) == {"absence": Amount(8)}
    assert shown.quiet == ("한빛초등학교",)
    left = "SELECT count(*) FROM statistics_count WHERE school_id = ?"
    assert await hub.db.read(lambda tx: tx.value(left, (HANBIT,))) == 0


async def test_without_a_month_the_page_shows_the_last_of_which_something_was_told(
    hub: Hub, schools: list[Node]
) -> None:
    assert (
        await Statistics(hub.db, hub.clock).view(VIEWER, "")
    ).month == "2026-11"  # of nothing: this
    schools[0].statistics = told(month(absence=12), month(seq=2, of="2026-10", absence=30))
    await schools[0].sync()
    hub.clock.at = moment(2026, 12, 1, 8)
    shown = await Statistics(hub.db, hub.clock).view(VIEWER, "")
    assert (shown.month, sums(shown)) == (NOVEMBER, {"absence": Amount(12)})


async def test_a_gap_is_told_from_where_the_hub_is(hub: Hub, schools: list[Node]) -> None:
    hanbit = schools[0]
    hanbit.statistics = told(month(seq=4, absence=12), begun=3)
    down = await hanbit.sync()
    assert down.statistics
    assert down.statistics.seq == 0
    assert sums(await view(hub)) == {}


async def test_a_school_restored_from_a_backup_tells_all_anew(
    hub: Hub, schools: list[Node]
) -> None:
    hanbit = schools[0]
    hanbit.statistics = told(month(absence=12), month(seq=2, of="2026-10", absence=30))
    await hanbit.sync()
    hanbit.statistics = told(month(absence=9), epoch="life-2")
    await hanbit.sync()
    assert sums(await view(hub)) == {"absence": Amount(9)}
    rows = await hub.db.read(lambda tx: tx.rows("SELECT DISTINCT month FROM statistics_count"))
    assert [one for (one,) in rows] == [NOVEMBER]


async def test_a_school_that_leaves_the_province_takes_its_counts_along(
    hub: Hub, schools: list[Node]
) -> None:
    hanbit = schools[0]
    hanbit.statistics = told(month(absence=12))
    await hanbit.sync()
    await hub.standings.revoke(ADMINISTRATOR, HANBIT, "폐교")
    await hub.ground.outbox.drained()
    assert sums(await view(hub)) == {}


async def test_a_school_of_another_office_is_asked_again_and_counted_there(
    hub: Hub, schools: list[Node]
) -> None:
    hanbit = schools[0]
    hanbit.statistics = told(month(absence=12))
    await hanbit.sync()
    await hub.standings.place(ADMINISTRATOR, HANBIT, "용인", Ring.ALL)
    await hub.ground.outbox.drained()
    hanbit.statistics = told(begun=1)
    down = await hanbit.sync()
    assert down.statistics
    assert down.statistics.seq == 0
    hanbit.statistics = told(month(absence=12))
    await hanbit.sync()
    assert sums(await view(hub, SUWON)) == {}
    assert sums(await view(hub, "용인")) == {"absence": Amount(12)}


async def test_the_page_and_the_table_say_what_schools_told(province: Province) -> None:
    await province.joined()
    officer = await province.signed_in(Role.OFFICER)
    sent = b'{"format": "madang-submission-type.v1", "id": "odd", "type": {"name": "=cmd()"}}'
    await province.hub.supplies.add_papers(
        await province.officer(Role.OFFICER, "second"), [("odd.json", sent)]
    )
    said = told(month(odd=6, gone=None))
    await province.hub.db.write(lambda tx: province.hub.statistics.take(tx, HANBIT, said))
    async with officer.get(f"/statistics?month={NOVEMBER}") as answer:
        shown = await answer.text()
    assert "전체 1개교 가운데 1개교가 통계를 보냅니다." in shown
    assert "=cmd()" in shown
    assert "5건 미만" in shown
    assert "7–10" in shown
    async with officer.get(f"/statistics/export.csv?month={NOVEMBER}") as answer:
        assert answer.content_type == "text/csv"
        rows = list(csv.reader(io.StringIO((await answer.read()).decode("utf-8-sig"))))
    assert rows[0] == ["연월", "구분", "이름", "상태", "최소 건수", "최대 건수"]
    assert [NOVEMBER, "서류 종류", "'=cmd()", "승인완료", "6", "6"] in rows
    assert [NOVEMBER, "서류 종류", "회수한 서류 종류", "승인완료", "1", "4"] in rows


async def test_a_school_that_tells_nothing_is_named_on_the_page_of_its_office(
    province: Province,
) -> None:
    await province.joined()
    officer = await province.signed_in(Role.VIEWER)
    async with officer.get("/statistics?district=-") as answer:
        shown = await answer.text()
    assert "통계를 보내지 않는 학교" in shown
    assert "<li>한빛초등학교</li>" in shown
