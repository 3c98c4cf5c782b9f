"""What schools are given to use as their own: officers put it in, and it goes with the handbook's release."""

from collections.abc import AsyncIterator
from pathlib import Path

import aiohttp
import msgspec
import pytest

from hub.officers.model import Role
from hub.releases.model import NothingChanged
from hub.supplies.model import SupplyPending, TooManySupplies
from kit.clock import ManualClock
from protocol.supplies import SUPPLIES_FILE, read_supplies
from tests.hub.conftest import Province
from tests.hub.releasing import Workplace
from tests.hub.syncing import OFFICER, VIEWER


def paper(key: str = "absence", name: str = "결석신고서", lead: str = "") -> bytes:
    """A file as a school exports a kind of paper, as far as a province reads it."""
    kind = {"name": name, "lead": lead, "asked": {"fields": []}, "lines": []}
    return msgspec.json.encode({"format": "madang-submission-type.v1", "id": key, "type": kind})


@pytest.fixture
async def place(database_url: str, clock: ManualClock, tmp_path: Path) -> AsyncIterator[Workplace]:
    made = Workplace(database_url, clock, tmp_path / "hub")
    await made.start()
    yield made
    await made.stop()


async def upload(
    officer: aiohttp.ClientSession,
    *files: tuple[str, bytes],
    field: str = "files",
    address: str = "/supplies/papers",
) -> tuple[int, str]:
    """Files by a form of the page: status and page."""
    form = aiohttp.FormData()
    for name, content in files:
        form.add_field(field, content, filename=name, content_type="application/json")
    async with officer.post(address, data=form) as answer:
        return answer.status, await answer.text()


async def type_days(officer: aiohttp.ClientSession, days: str) -> tuple[int, str]:
    async with officer.post("/supplies/holidays", data={"days": days}) as answer:
        return answer.status, await answer.text()


async def shown(officer: aiohttp.ClientSession, address: str) -> str:
    async with officer.get(address) as answer:
        assert answer.status == 200
        return await answer.text()


async def test_what_an_officer_puts_in_waits_for_publication(province: Province) -> None:
    officer = await province.signed_in(Role.OFFICER)
    status, page = await upload(officer, ("a.json", paper()), ("b.json", paper("trip", "체험학습")))
    assert (status, "결석신고서" in page, "체험학습" in page) == (200, True, True)
    status, page = await type_days(officer, "2027-05-04 임시공휴일\n\n2027-06-02 지방선거일\n")
    assert (status, "지방선거일" in page, "4건이 발행 대기" in page) == (200, True, True)
    assert "학교에 보낼 자료 4건을 함께 배포합니다." in await shown(officer, "/releases")


async def test_a_file_that_is_no_kind_of_paper_is_named_and_nothing_is_taken(
    province: Province,
) -> None:
    officer = await province.signed_in(Role.OFFICER)
    status, page = await upload(officer, ("absence.json", paper()), ("meals.json", b"[]"))
    assert (status, "meals.json" in page) == (422, True)
    for wrong in (paper(lead="\x00"), b'{"x":' + b"[" * 2000 + b"]" * 2000 + b"}"):
        status, page = await upload(officer, ("nul.json", wrong))
        assert (status, "nul.json" in page) == (422, True)
    assert "결석신고서" not in await shown(officer, "/supplies")


async def test_a_line_that_names_no_day_is_named_and_nothing_is_taken(province: Province) -> None:
    officer = await province.signed_in(Role.OFFICER)
    status, page = await type_days(officer, "2027-05-04 임시공휴일\n2027-02-30 없는 날\n어린이날")
    assert (status, "2, 3번째 줄을 읽을 수 없어" in page) == (422, True)
    assert "임시공휴일</strong>" not in await shown(officer, "/supplies")


async def test_whoever_only_looks_changes_nothing(province: Province) -> None:
    await type_days(await province.signed_in(Role.OFFICER), "2027-05-04 임시공휴일")
    viewer = await province.signed_in(Role.VIEWER)
    assert (await upload(viewer, ("a.json", paper())))[0] == 403
    assert (await type_days(viewer, "2027-06-02 선거일"))[0] == 403
    async with viewer.post("/supplies/holiday/2027-05-04/remove") as answer:
        assert answer.status == 403
    page = await shown(viewer, "/supplies")
    assert "임시공휴일" in page
    assert '<form class="stack"' not in page


async def pending(place: Workplace) -> dict[str, SupplyPending]:
    found = await place.supplies.items(VIEWER)
    return {one.key: one.pending for one in found}


async def test_a_publication_carries_the_list_and_only_what_changes_waits_again(
    place: Workplace,
) -> None:
    await place.supplies.add_papers(OFFICER, [("a.json", paper())])
    await place.supplies.add_holidays(OFFICER, "2027-05-04 임시공휴일")
    first = await place.making.publish_handbook(OFFICER)
    home = place.unpacked("knowledge", first.version, "first")
    listed = read_supplies((home / SUPPLIES_FILE).read_bytes())
    assert [(one.kind, one.key, one.name) for one in listed.items] == [
        ("holiday", "2027-05-04", "임시공휴일"),
        ("paper", "absence", "결석신고서"),
    ]
    assert set((await pending(place)).values()) == {SupplyPending.NONE}
    with pytest.raises(NothingChanged):
        await place.making.begin_handbook(OFFICER)

    await place.supplies.add_papers(OFFICER, [("a.json", paper(lead="사흘 안에 냅니다."))])
    await place.supplies.remove(OFFICER, "holiday", "2027-05-04")
    assert await pending(place) == {
        "absence": SupplyPending.CHANGED,
        "2027-05-04": SupplyPending.REMOVED,
    }
    second = await place.making.publish_handbook(OFFICER)
    home = place.unpacked("knowledge", second.version, "second")
    listed = read_supplies((home / SUPPLIES_FILE).read_bytes())
    assert [one.key for one in listed.items] == ["absence"]
    assert await pending(place) == {"absence": SupplyPending.NONE}


async def test_what_was_taken_out_comes_back_before_the_next_publication(place: Workplace) -> None:
    await place.supplies.add_holidays(OFFICER, "2027-05-04 임시공휴일")
    await place.making.publish_handbook(OFFICER)
    await place.supplies.remove(OFFICER, "holiday", "2027-05-04")
    await place.supplies.restore(OFFICER, "holiday", "2027-05-04")
    assert await pending(place) == {"2027-05-04": SupplyPending.NONE}


async def test_an_earlier_release_that_goes_out_again_says_what_schools_have(
    place: Workplace,
) -> None:
    await place.supplies.add_papers(OFFICER, [("a.json", paper())])
    first = await place.making.publish_handbook(OFFICER)
    await place.supplies.add_papers(OFFICER, [("a.json", paper(lead="사흘 안에 냅니다."))])
    await place.making.publish_handbook(OFFICER)
    await place.releases.publish_again(OFFICER, "knowledge", first.version)
    assert await pending(place) == {"absence": SupplyPending.CHANGED}


async def test_a_list_that_schools_would_not_take_is_not_made(place: Workplace) -> None:
    days = "\n".join(f"2027-{1 + at // 28:02}-{1 + at % 28:02} 쉬는 날" for at in range(101))
    with pytest.raises(TooManySupplies):
        await place.supplies.add_holidays(OFFICER, days)
    assert await pending(place) == {}
