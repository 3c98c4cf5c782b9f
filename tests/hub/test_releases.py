"""Releases reach the pilot ring, then all; are stopped, withdrawn, published again; schools tell."""

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from hub.officers import store as officers_store
from hub.officers.model import Officer, Role
from hub.releases.model import NotOffered, ReasonNeeded, Release, ReleaseNotStored, ReleaseUnusable
from hub.schools.model import Ring, SchoolPlaced
from kit.clock import DAY, ManualClock
from kit.db import Tx
from kit.problem import Forbidden
from kit.schema import set_meta
from models.release import ReleaseInfo, write
from protocol.chunks import ReleaseKind
from protocol.directory import Cursor
from protocol.sync import Down, ReleasePage, ReleaseReport, ReleaseStep
from tests.hub.releasing import Workplace
from tests.hub.syncing import ADMINISTRATOR, OFFICER, VIEWER, Hub, waiters

PILOT, REST = "J107530101", "J107530202"


@pytest.fixture
async def place(database_url: str, clock: ManualClock, tmp_path: Path) -> AsyncIterator[Workplace]:
    made = Workplace(database_url, clock, tmp_path / "hub")
    await made.start()
    await made.enrol(PILOT, Ring.PILOT)
    await made.enrol(REST, Ring.ALL)
    yield made
    await made.stop()


def content(place: Workplace, text: str) -> Path:
    folder = place.folder / f"content-{text}"
    folder.mkdir(exist_ok=True)
    (folder / "passages.seg").write_text(text * 1000, "utf-8")
    write(folder, ReleaseInfo(kind="knowledge", version="0", name=text, created_at=0))
    return folder


async def publish(place: Workplace, text: str, officer: Officer = OFFICER) -> Release:
    return await place.releases.publish(officer, "knowledge", content(place, text))


async def offered(place: Workplace, school_id: str) -> dict[str, int]:
    page = await place.db.read(lambda tx: place.stream.page(tx, school_id, None, "life"))
    return {item.kind: item.version for item in page.items}


async def behind(place: Workplace, school_id: str, held: Cursor | None) -> bool:
    return await place.db.read(lambda tx: place.stream.behind(tx, school_id, held, "life"))


async def page(place: Workplace, school_id: str) -> ReleasePage:
    return await place.db.read(lambda tx: place.stream.page(tx, school_id, None, "life"))


async def say(
    place: Workplace,
    school_id: str,
    active: int,
    version: int,
    step: ReleaseStep,
    kind: ReleaseKind = "knowledge",
    **told: object,
) -> None:
    report = ReleaseReport(kind=kind, active=active, version=version, step=step, **told)  # type: ignore[arg-type]
    await place.db.write(
        lambda tx: place.stream.record(tx, school_id, (report,), place.clock.now())
    )


async def test_a_release_goes_to_the_pilot_ring_and_then_to_all(place: Workplace) -> None:
    assert not await behind(place, PILOT, None)
    made = await publish(place, "하나")
    assert await offered(place, PILOT) == {"knowledge": made.version}
    assert await offered(place, REST) == {}
    assert (await behind(place, PILOT, None), await behind(place, REST, None)) == (True, False)
    held = (await page(place, PILOT)).cursor
    await place.releases.to_all(OFFICER, "knowledge", made.version)
    assert await offered(place, REST) == {"knowledge": made.version}
    assert not await behind(place, PILOT, held)
    assert await behind(place, REST, None)
    with pytest.raises(NotOffered):
        await place.releases.to_all(OFFICER, "knowledge", made.version)


async def test_a_restored_database_makes_every_school_ask_again(place: Workplace) -> None:
    await publish(place, "하나")
    held = (await page(place, PILOT)).cursor
    assert not await behind(place, PILOT, held)
    assert await behind(place, PILOT, Cursor(epoch="other", seq=held.seq))


async def test_a_stopped_release_is_offered_to_nobody_and_none_goes_back(
    place: Workplace,
) -> None:
    one = await publish(place, "하나")
    await place.releases.to_all(OFFICER, "knowledge", one.version)
    two = await publish(place, "둘")
    await say(place, PILOT, two.version, two.version, ReleaseStep.ACTIVE)
    with pytest.raises(ReasonNeeded):
        await place.releases.stop_offering(OFFICER, "knowledge", two.version, "  ")
    await place.releases.stop_offering(OFFICER, "knowledge", two.version, "오답이 많음")
    assert await offered(place, PILOT) == {}  # it uses a higher one already
    assert await offered(place, REST) == {"knowledge": one.version}
    with pytest.raises(NotOffered):
        await place.releases.to_all(OFFICER, "knowledge", two.version)
    back = await place.releases.publish_again(OFFICER, "knowledge", one.version, "되돌림")
    assert back.version > two.version
    assert back.origin_version == one.version
    assert await offered(place, PILOT) == {"knowledge": back.version}
    assert await offered(place, REST) == {"knowledge": back.version}


async def test_only_an_administrator_withdraws_and_then_it_is_no_longer_signed(
    place: Workplace,
) -> None:
    made = await publish(place, "하나")
    for officer in (VIEWER, OFFICER):
        with pytest.raises(Forbidden):
            await place.releases.withdraw(officer, "knowledge", made.version, "잘못")
    assert await offered(place, PILOT) == {"knowledge": made.version}
    await place.releases.withdraw(ADMINISTRATOR, "knowledge", made.version, "개인정보가 섞임")
    assert await offered(place, PILOT) == {}
    assert place.repository.versions("knowledge") == []
    with pytest.raises(NotOffered):
        await place.releases.publish_again(OFFICER, "knowledge", made.version)
    again = await publish(place, "둘")
    assert again.version > made.version


async def test_a_viewer_changes_nothing(place: Workplace) -> None:
    made = await publish(place, "하나")
    for act in (
        place.releases.publish(VIEWER, "knowledge", content(place, "둘")),
        place.releases.publish_again(VIEWER, "knowledge", made.version),
        place.releases.to_all(VIEWER, "knowledge", made.version),
        place.releases.stop_offering(VIEWER, "knowledge", made.version, "까닭"),
    ):
        with pytest.raises(Forbidden):
            await act
    assert await offered(place, REST) == {}
    assert place.repository.versions("knowledge") == [made.version]


async def test_what_is_no_release_leaves_no_row(place: Workplace, tmp_path: Path) -> None:
    with pytest.raises(ReleaseUnusable):
        await place.releases.publish(OFFICER, "knowledge", tmp_path)
    assert (await place.progress.lines(VIEWER))["knowledge"] == []


async def test_a_disk_that_takes_no_more_publishes_nothing(place: Workplace) -> None:
    place.repository.chunks.folder.write_bytes(b"in the way")
    with pytest.raises(ReleaseNotStored):
        await publish(place, "하나")
    assert place.repository.versions("knowledge") == []
    assert (await place.progress.lines(VIEWER))["knowledge"] == []
    place.repository.chunks.folder.unlink()
    made = await publish(place, "하나")
    assert await offered(place, PILOT) == {"knowledge": made.version}


async def test_schools_tell_how_far_they_are(place: Workplace, clock: ManualClock) -> None:
    made = await publish(place, "하나")
    await place.releases.to_all(OFFICER, "knowledge", made.version)
    await say(place, PILOT, made.version, made.version, ReleaseStep.ACTIVE, permille=1000)
    await say(place, REST, 0, made.version, ReleaseStep.FETCHING, permille=370)
    line, schools = await place.progress.release(VIEWER, "knowledge", made.version)
    assert [(ring.ring, ring.schools, ring.active, ring.fetching) for ring in line.rings] == [
        ("pilot", 1, 1, 0), ("all", 1, 0, 1),
    ]  # fmt: skip
    assert {(one.school_id, one.step, one.permille) for one in schools} == {
        (PILOT, "active", 1000), (REST, "fetching", 370),
    }  # fmt: skip
    await say(place, REST, 0, made.version, ReleaseStep.REFUSED, error="release.hash")
    line, schools = await place.progress.release(VIEWER, "knowledge", made.version)
    assert [ring.refused for ring in line.rings] == [0, 1]
    assert (schools[0].school_id, schools[0].error) == (REST, "release.hash")
    (card,) = await place.db.read(lambda tx: place.progress.cards(tx, OFFICER, clock.now()))
    assert card.count == 1


async def test_a_school_that_goes_by_its_own_model_is_not_waited_for(place: Workplace) -> None:
    made = await publish(place, "하나")
    await place.releases.to_all(OFFICER, "knowledge", made.version)
    line, _schools = await place.progress.release(VIEWER, "knowledge", made.version)
    assert [ring.schools for ring in line.rings] == [1, 1]
    await say(place, REST, 0, 0, ReleaseStep.ACTIVE, own=True)
    line, schools = await place.progress.release(VIEWER, "knowledge", made.version)
    assert [ring.schools for ring in line.rings] == [1, 0]
    assert [(one.school_id, one.step) for one in schools] == [(PILOT, ""), (REST, "own")]
    await say(place, REST, made.version, made.version, ReleaseStep.ACTIVE)
    line, _schools = await place.progress.release(VIEWER, "knowledge", made.version)
    assert [(ring.schools, ring.active) for ring in line.rings] == [(1, 0), (1, 1)]


async def test_a_school_that_changes_its_ring_hears_what_that_one_is_offered(
    place: Workplace,
) -> None:
    one = await publish(place, "하나")
    held = (await page(place, PILOT)).cursor

    def move(tx: Tx) -> None:
        tx.execute("UPDATE schools_school SET ring = 'all' WHERE school_id = ?", (PILOT,))
        place.stream.ring_changed(tx, SchoolPlaced(PILOT).school_id)

    await place.db.write(move)
    assert await behind(place, PILOT, held)
    after = await page(place, PILOT)
    assert after.items == ()
    assert after.cursor.seq > held.seq
    assert one.version > 0


async def test_tidying_keeps_what_schools_use_and_the_newest(
    place: Workplace, clock: ManualClock
) -> None:
    made = []
    for number in range(8):
        made.append(await publish(place, f"판{number}"))
        clock.advance(DAY)
    await say(place, REST, made[0].version, made[0].version, ReleaseStep.ACTIVE)
    await place.releases.tidy()
    kept = [made[0].version, *(one.version for one in made[3:])]
    assert place.repository.versions("knowledge") == kept
    assert await place.releases.tidy() == 0


async def test_a_publication_cut_off_before_its_rows_is_offered_to_nobody(
    place: Workplace, clock: ManualClock
) -> None:
    signed = await asyncio.to_thread(place.repository.publish, "knowledge", content(place, "반쪽"))
    assert await offered(place, PILOT) == {}
    clock.advance(1000)
    made = await publish(place, "하나")
    assert made.version > signed.version
    assert await offered(place, PILOT) == {"knowledge": made.version}
    await place.releases.tidy()
    assert place.repository.versions("knowledge") == [made.version]


async def test_nothing_is_signed_for_who_lost_the_right_while_it_was_made(
    place: Workplace,
) -> None:
    """Quantizing takes hours; what is signed lies there until it is tidied up."""
    made = await publish(place, "하나")
    await place.db.write(lambda tx: officers_store.set_role(tx, OFFICER.id, Role.VIEWER))
    with pytest.raises(Forbidden):
        await publish(place, "둘")
    with pytest.raises(Forbidden):
        await place.releases.publish_again(OFFICER, "knowledge", made.version)
    assert place.repository.versions("knowledge") == [made.version]


async def test_a_work_that_was_cut_off_is_told_at_the_next_start(
    place: Workplace, database_url: str
) -> None:
    async def never(report: object) -> int:
        await asyncio.Event().wait()
        return 0

    work = await place.releases.workshop.begin(OFFICER, "knowledge", "안내서", never)
    (running,) = await place.progress.works(VIEWER)
    assert (running.id, running.ended) == (work, False)
    again = Workplace(database_url, place.clock, place.folder)
    await again.start()
    (told,) = await again.progress.works(VIEWER)
    assert (told.step, bool(told.error)) == ("failed", True)
    await again.stop()


async def test_another_life_of_the_database_signs_everything_anew(
    place: Workplace, clock: ManualClock
) -> None:
    await publish(place, "하나")
    signed = {path.name for path in place.repository.tuf.glob("*.json")}
    clock.advance(1000)
    await place.db.write(lambda tx: set_meta(tx, "epoch", "424242"))
    await place.releases.start()
    fresh = {path.name for path in place.repository.tuf.glob("*.json")} - signed
    assert {name.split(".")[1] for name in fresh} == {
        "targets", "knowledge", "model", "snapshot",
    }  # fmt: skip


# Over the wire ----------------------------------------------------------------------------------


@pytest.fixture
async def hub(database_url: str, clock: ManualClock, tmp_path: Path) -> AsyncIterator[Hub]:
    running = Hub(database_url, clock, tmp_path / "hub")
    await running.start()
    yield running
    await running.stop()


async def test_a_waiting_school_hears_of_a_release_at_once_and_answers(
    hub: Hub, tmp_path: Path
) -> None:
    node = await hub.enrol(REST, "새솔중학교")
    await node.settle()
    waiting = asyncio.create_task(node.sync(60_000))
    await waiters(hub, 1)
    folder = tmp_path / "content"
    folder.mkdir()
    write(folder, ReleaseInfo(kind="knowledge", version="0", name="하나", created_at=0))
    made = await hub.releases.publish(OFFICER, "knowledge", folder)
    assert not waiting.done()  # it is not of the pilot ring
    await hub.releases.to_all(OFFICER, "knowledge", made.version)
    heard: Down = await waiting
    assert heard.releases is not None
    assert [item.version for item in heard.releases.items] == [made.version]
    node.reports = (
        ReleaseReport(kind="knowledge", version=made.version, step=ReleaseStep.FETCHING),
    )
    assert (await node.sync()).releases is None
    _line, schools = await hub.progress.release(VIEWER, "knowledge", made.version)
    assert [(one.school_id, one.step) for one in schools] == [(REST, "fetching")]
    await node.close()
