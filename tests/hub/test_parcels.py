"""Files of 나이스 of many schools: checked row by row, taken whole, and each school gets its own rows."""

import re
from collections.abc import AsyncIterator, Sequence
from pathlib import Path
from typing import Any

import aiohttp
import msgspec
import pytest

from hub.officers.model import Role
from hub.supplies.model import MOST_OF_A_KIND, SupplyPending, TooManySupplies
from hub.supplies.parcels import KEPT_FOR, Parcels
from hub.supplies.uploads import NeisUploads
from kit import sheets
from kit.clock import HOUR, ManualClock
from kit.db import Tx
from kit.problem import NotFound
from protocol.message import encode
from protocol.parcels import Parcel, ParcelTree, read_answer, read_tree
from protocol.supplies import SUPPLIES_FILE, SupplyKind, read_supplies
from tests.hub.conftest import Province
from tests.hub.releasing import Workplace
from tests.hub.syncing import OFFICER

A, B = "7530101", "7530102"


def meal(school: str, day: str, dishes: str = "쌀밥<br/>미역국 (5.6)") -> dict[str, Any]:
    return {
        "ATPT_OFCDC_SC_CODE": "J10",
        "SD_SCHUL_CODE": school,
        "SCHUL_NM": "한빛초등학교",
        "MMEAL_SC_CODE": "2",
        "MLSV_YMD": day,
        "DDISH_NM": dishes,
        "CAL_INFO": "612.4 Kcal",
    }


def answer(*rows: dict[str, Any], total: int = 0, service: str = "mealServiceDietInfo") -> bytes:
    head = [{"list_total_count": total or len(rows)}]
    return msgspec.json.encode({service: [{"head": head}, {"row": list(rows)}]})


async def upload(
    officer: aiohttp.ClientSession, *files: tuple[str, bytes], kind: str = "meals"
) -> tuple[int, str]:
    form = aiohttp.FormData(quote_fields=False)
    for name, content in files:
        form.add_field("files", content, filename=name, content_type="application/json")
    async with officer.post(f"/supplies/neis/{kind}", data=form) as given:
        return given.status, await given.text()


@pytest.fixture
async def place(database_url: str, clock: ManualClock, tmp_path: Path) -> AsyncIterator[Workplace]:
    made = Workplace(database_url, clock, tmp_path / "hub")
    await made.start()
    yield made
    await made.stop()


def joined(place: Workplace) -> tuple[Parcels, NeisUploads]:
    parcels = Parcels(place.db, place.clock)
    return parcels, NeisUploads(place.db, place.clock, parcels)


async def tree(place: Workplace, month: str = "2026-12") -> ParcelTree:
    def unit(tx: Tx) -> ParcelTree:
        sql = "SELECT content FROM supplies_item WHERE kind = 'meals' AND key = ?"
        return read_tree(str(tx.value(sql, (month,))))

    return await place.db.read(unit)


async def parcel(place: Workplace, below: ParcelTree, school: str) -> Parcel | None:
    found = await Parcels(place.db, place.clock).answer(below.root, school)
    if found is None:
        return None
    return read_answer(encode(found), below, school, "meals", "2026-12")


async def test_an_officer_uploads_a_month_of_many_schools(province: Province) -> None:
    officer = await province.signed_in(Role.OFFICER)
    rows = [meal(A, "20261202"), meal(B, "20261202"), meal(B, "20270104")]
    status, page = await upload(officer, ("12월.json", answer(*rows)))
    assert (status, "학교 2곳의 자료 2개월분을 등록했습니다." in page) == (200, True)
    assert "2026년 12월" in page
    assert "학교 2곳" in page


async def test_odd_rows_are_named_and_nothing_is_taken(province: Province) -> None:
    officer = await province.signed_in(Role.OFFICER)
    rows = [
        meal(A, "20261202"),
        meal(A, "2026-13-40"),
        meal("", "20261203"),
        meal(B, "20261204", ""),
    ]
    status, page = await upload(officer, ("12월.json", answer(*rows)))
    assert status == 422
    for said in (
        "하나도 등록하지 않았습니다",
        "날짜를 읽을 수 없습니다.",
        "학교 코드(",
        "내용이 비어",
    ):
        assert said in page
    async with officer.get("/supplies") as listed:
        assert "2026년 12월" not in await listed.text()


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (answer(meal(A, "20261202"), total=3), "나머지 쪽도 함께"),
        (answer(meal(A, "20261202"), service="SchoolSchedule"), "종류를 확인해 주세요."),
        (b'{"mealServiceDietInfo": [', "끝까지 저장되지 않았습니다."),
        (b'{"mealServiceDietInfo": []}', "자료가 없습니다."),
        (b"\xd0\xcf\x11\xe0", "예전 엑셀 파일"),
    ],
)
async def test_a_file_that_is_not_whole_or_something_else_is_refused_in_words(
    province: Province, content: bytes, said: str
) -> None:
    officer = await province.signed_in(Role.OFFICER)
    status, page = await upload(officer, ("12월.json", content))
    assert (status, said in page) == (422, True)


async def test_a_table_with_korean_headings_is_read_too(province: Province) -> None:
    officer = await province.signed_in(Role.OFFICER)
    content = (
        f"급식 현황\n행정표준코드,급식일자,요리명\n{A},2026-12-02,쌀밥\n{B},2026-12-02,잡곡밥\n"
    )
    status, page = await upload(officer, ("12월.csv", content.encode()))
    assert (status, "학교 2곳의 자료 1개월분" in page) == (200, True)


async def test_a_school_gets_its_own_rows_without_what_it_knows(place: Workplace) -> None:
    uploads = joined(place)[1]
    rows = [meal(A, "20261202"), meal(B, "20261202", "잡곡밥")]
    await uploads.bring(OFFICER, SupplyKind.MEALS, [("a.json", answer(*rows))])
    found = await parcel(place, await tree(place), B)
    assert found is not None
    assert found.headings == ("MMEAL_SC_CODE", "MLSV_YMD", "DDISH_NM", "CAL_INFO")
    assert found.rows == (("2", "20261202", "잡곡밥", "612.4 Kcal"),)
    assert await parcel(place, await tree(place), "7530199") is None


async def test_the_months_of_an_upload_come_at_once_or_not_at_all(place: Workplace) -> None:
    uploads = joined(place)[1]
    months = [f"{2018 + at // 12}{1 + at % 12:02}" for at in range(MOST_OF_A_KIND + 1)]
    first = [meal(A, f"{month}02") for month in months[: MOST_OF_A_KIND - 1]]
    await uploads.bring(OFFICER, SupplyKind.MEALS, [("a.json", answer(*first))])
    changed = [meal(A, f"{month}02", "잡곡밥") for month in (months[0], *months[-2:])]
    before = await tree(place, "2018-01")
    with pytest.raises(TooManySupplies):
        await uploads.bring(OFFICER, SupplyKind.MEALS, [("b.json", answer(*changed))])
    assert await tree(place, "2018-01") == before
    assert len(await place.supplies.items(OFFICER)) == MOST_OF_A_KIND - 1
    await uploads.bring(OFFICER, SupplyKind.MEALS, [("b.json", answer(*changed[:2]))])
    assert await tree(place, "2018-01") != before
    assert len(await place.supplies.items(OFFICER)) == MOST_OF_A_KIND


async def test_files_of_a_month_add_up_and_the_published_one_is_still_handed_out(
    place: Workplace,
) -> None:
    parcels, uploads = joined(place)
    first = [("a.json", answer(meal(A, "20261202"), meal(B, "20261202")))]
    await uploads.bring(OFFICER, SupplyKind.MEALS, first)
    home = place.folder / "laid"
    home.mkdir()
    await place.supplies.lay_out(home)
    published = read_tree(read_supplies((home / SUPPLIES_FILE).read_bytes()).items[0].content)
    place.clock.advance(KEPT_FOR + 1)
    await uploads.bring(OFFICER, SupplyKind.MEALS, [("b.json", answer(meal(B, "20261203")))])
    await parcels.sweep()
    now = await tree(place)
    assert (now.schools, now.root != published.root) == (2, True)
    old, new = await parcel(place, published, B), await parcel(place, now, B)
    assert (old and old.rows[0][1], new and new.rows[0][1]) == ("20261202", "20261203")
    assert (await parcel(place, now, A)) == (await parcel(place, published, A))
    place.clock.advance(KEPT_FOR + 1)
    await parcels.sweep()
    assert await parcel(place, published, B) is None
    assert await parcel(place, now, B) == new
    assert [one.pending for one in await place.supplies.items(OFFICER)] == [SupplyPending.NEW]


# Columns that nobody knows ----------------------------------------------------------------------------

UNKNOWN = f"2026년 12월 급식\n기관번호,언제,무엇을,비고\n{A},2026-12-02,쌀밥,가\n{B},2026-12-02,잡곡밥,나\n"
CHOSEN = {
    "column-0": "SD_SCHUL_CODE",
    "column-1": "MLSV_YMD",
    "column-2": "DDISH_NM",
    "column-3": "",
}


def workbook(*rows: Sequence[str]) -> bytes:
    return sheets.xlsx("급식", rows)


async def test_headings_that_nobody_knows_are_asked_once_and_remembered(province: Province) -> None:
    officer = await province.signed_in(Role.OFFICER)
    status, page = await upload(officer, ("12월.csv", UNKNOWN.encode()))
    assert status == 200
    assert "열 확인" in page
    assert "음식(알레르기 번호)" in page
    assert "쌀밥 / 잡곡밥" in page
    action = re.search(r'action="(/supplies/neis/meals/[0-9a-f]{20}/columns/0)"', page)
    assert action
    async with officer.post(action[1], data=CHOSEN) as said:
        page = await said.text()
    assert "학교 2곳의 자료 1개월분을 읽었습니다." in page
    assert "음식(알레르기 번호): 쌀밥" in page
    async with officer.get("/supplies") as listed:
        assert "2026년 12월" not in await listed.text()
    async with officer.post(action[1].removesuffix("/columns/0")) as taken:
        assert "학교 2곳의 자료 1개월분을 등록했습니다." in await taken.text()
    status, page = await upload(
        officer, ("1월.csv", UNKNOWN.replace("2026-12", "2027-01").encode())
    )
    assert "학교 2곳의 자료 1개월분을 등록했습니다." in page


async def test_a_column_that_had_to_be_explained_travels_under_the_name_schools_know(
    place: Workplace,
) -> None:
    uploads = joined(place)[1]
    found = await uploads.bring(OFFICER, SupplyKind.MEALS, [("a.csv", UNKNOWN.encode())])
    chosen = {int(name[7:]): field for name, field in CHOSEN.items()}
    await uploads.say(OFFICER, SupplyKind.MEALS, found.id, 0, chosen)
    assert await uploads.take(OFFICER, SupplyKind.MEALS, found.id) is not None
    given = await parcel(place, await tree(place), B)
    assert given is not None
    assert given.headings == ("MLSV_YMD", "DDISH_NM")
    assert given.rows == (("2026-12-02", "잡곡밥"),)


async def test_a_workbook_of_many_schools_is_read_and_all_its_odd_rows_are_listed(
    province: Province,
) -> None:
    officer = await province.signed_in(Role.OFFICER)
    rows = [["학교코드", "급식일자", "요리명"], [A, "20261202", "쌀밥"]]
    rows += [[A, "언젠가", f"국 {at}"] for at in range(150)]
    rows += [["=1+1", "20261203", "쌀밥"]]
    status, page = await upload(officer, ("12월.xlsx", workbook(*rows)))
    assert status == 422
    assert "하나도 등록하지 않았습니다" in page
    assert "이 밖에 51줄이 더 있습니다." in page
    link = re.search(r'href="(/supplies/neis/meals/[0-9a-f]{20}/odd\.csv)"', page)
    assert link
    async with officer.get(link[1]) as answered:
        said = (await answered.read()).decode("utf-8-sig")
    lines = said.splitlines()
    assert len(lines) == 1 + 151
    assert lines[1] == "12월.xlsx,3,날짜를 읽을 수 없습니다.,언젠가"
    assert lines[-1].startswith("12월.xlsx,153,")
    assert lines[-1].endswith(",'=1+1")
    async with officer.get("/supplies") as listed:
        assert "2026년 12월" not in await listed.text()


async def test_what_waits_is_its_uploaders_alone_and_for_an_hour(
    place: Workplace, clock: ManualClock
) -> None:
    uploads = joined(place)[1]
    found = await uploads.bring(OFFICER, SupplyKind.MEALS, [("a.csv", UNKNOWN.encode())])
    other = msgspec.structs.replace(OFFICER, id="another")
    with pytest.raises(NotFound):
        uploads.find(other, SupplyKind.MEALS, found.id)
    assert uploads.find(OFFICER, SupplyKind.MEALS, found.id) == found
    clock.advance(HOUR + 1)
    with pytest.raises(NotFound):
        uploads.find(OFFICER, SupplyKind.MEALS, found.id)


async def test_a_column_chosen_twice_is_refused_in_words(province: Province) -> None:
    officer = await province.signed_in(Role.OFFICER)
    _status, page = await upload(officer, ("12월.csv", UNKNOWN.encode()))
    action = re.search(r'action="(/supplies/neis/meals/[0-9a-f]{20}/columns/0)"', page)
    assert action
    twice = {**CHOSEN, "column-3": "DDISH_NM"}
    async with officer.post(action[1], data=twice) as said:
        assert "같은 항목을 두 열에 선택했습니다." in await said.text()


async def test_what_no_text_may_hold_reaches_no_school(place: Workplace) -> None:
    uploads = joined(place)[1]
    row = meal(A, "20261202") | {"비\x00고": "가", "MEMO": "나"}
    assert (await uploads.bring(OFFICER, SupplyKind.MEALS, [("a.json", answer(row))])).is_taken
    given = await parcel(place, await tree(place), A)
    assert given is not None
    assert "MEMO" in given.headings
    assert not any("\x00" in heading for heading in given.headings)


async def test_what_was_said_of_headings_can_be_forgotten(province: Province) -> None:
    officer = await province.signed_in(Role.OFFICER)
    _status, page = await upload(officer, ("12월.csv", UNKNOWN.encode()))
    action = re.search(r'action="(/supplies/neis/meals/[0-9a-f]{20}/columns/0)"', page)
    assert action
    await officer.post(action[1], data=CHOSEN)
    async with officer.get("/supplies") as listed:
        page = await listed.text()
    assert "기억한 열 제목 4개" in page
    assert "무엇을 → 음식(알레르기 번호)" in page
    assert "비고 → 사용하지 않는 열" in page
    async with officer.post("/supplies/neis/meals/headings/remove") as forgotten:
        page = await forgotten.text()
    assert "기억한 열 제목을 삭제했습니다." in page
    assert "기억한 열 제목 4개" not in page
    _status, page = await upload(officer, ("12월.csv", UNKNOWN.encode()))
    assert "열 확인" in page
