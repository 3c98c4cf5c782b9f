"""A month of 나이스 that the province sends of all schools: this school fetches its own rows, and decides."""

import re
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from hub.officers.model import CONSOLE
from hub.supplies.parcels import Parcels
from hub.supplies.uploads import NeisUploads
from kit.clock import ManualClock
from kit.db import Tx
from protocol.message import encode
from protocol.parcels import ParcelTree
from protocol.supplies import Supply, SupplyKind
from tests.hub.conftest import Province
from tests.hub.test_parcels import A, B, answer, meal
from tests.node.conftest import School, running_school
from tests.node.in_a_province import joined
from tests.node.test_supplies import arrives, take

PLACE = "/admin/supplies/meals"


async def published(province: Province, *rows: dict[str, Any], kind: str = "meals") -> Supply:
    """What the signed list says of these rows, once an officer has uploaded them."""
    service = {"meals": "mealServiceDietInfo", "timetable": "elsTimetable"}[kind]
    db, clock = province.hub.db, province.clock
    uploads = NeisUploads(db, clock, Parcels(db, clock))
    files = [("a.json", answer(*rows, service=service))]
    assert (await uploads.bring(CONSOLE, SupplyKind(kind), files)).is_taken

    def unit(tx: Tx) -> Sequence[Any]:
        sql = "SELECT key, name, content FROM supplies_item WHERE kind = ?"
        found = tx.row(sql, (kind,))
        assert found is not None
        return found

    key, name, content = await province.hub.db.read(unit)
    return Supply(kind=kind, key=key, name=name, content=content)


async def test_the_administrator_sees_what_a_month_brings_and_takes_it(
    school: School, province: Province
) -> None:
    await joined(school, province)
    rows = [meal(A, "20261222", "떡국 (5.6)"), meal(B, "20261222", "남의 학교 국")]
    await arrives(school, await published(province, *rows))
    administrator = await school.client_as("정민호")
    assert "교육청에서 온 자료" in (await administrator.get("/")).text
    page = (await administrator.get(f"{PLACE}/2026-12")).text
    assert "추가되는 급식 1건" in page
    assert "떡국" in page
    assert "남의 학교 국" not in page
    assert "떡국" not in (await administrator.get("/meals/week?day=2026-12-22")).text
    assert await take(administrator, f"{PLACE}/2026-12") == 303
    assert "떡국" in (await administrator.get("/meals/week?day=2026-12-22")).text
    assert "가져옴" in (await administrator.get("/admin/supplies")).text


async def test_another_schools_correction_asks_nobody_here(
    school: School, province: Province
) -> None:
    await joined(school, province)
    ours = meal(A, "20261222", "떡국")
    await arrives(school, await published(province, ours, meal(B, "20261222")))
    administrator = await school.client_as("정민호")
    await administrator.post(f"{PLACE}/2026-12/leave")
    await arrives(school, await published(province, meal(B, "20261222", "죽")), version=2)
    assert "새 자료" not in (await administrator.get("/admin/supplies")).text
    await arrives(school, await published(province, meal(A, "20261222", "만둣국")), version=3)
    assert "새 자료" in (await administrator.get("/admin/supplies")).text


async def test_months_come_by_themselves_where_the_administrator_says_so(
    school: School, province: Province
) -> None:
    await joined(school, province)
    administrator = await school.client_as("정민호")
    await administrator.post(f"{PLACE}/come", {"by_itself": "1"})
    await arrives(school, await published(province, meal(A, "20261222", "떡국")))
    assert "떡국" in (await administrator.get("/meals/week?day=2026-12-22")).text
    seen = re.search(
        r'name="seen" value="([^"]*)"',
        (await administrator.get("/meals/write?day=2026-12-22&kind=2")).text,
    )
    assert seen is not None
    typed = {"dishes-2026-12-22": "손으로 쓴 카레", "seen": seen[1]}
    await administrator.post("/meals/write?day=2026-12-22&kind=2", typed)
    assert "손으로 쓴 카레" in (await administrator.get("/meals/week?day=2026-12-22")).text
    await arrives(school, await published(province, meal(A, "20261222", "만둣국")), version=2)
    page = (await administrator.get("/meals/week?day=2026-12-22")).text
    assert ("손으로 쓴 카레" in page, "만둣국" in page) == (True, False)
    await administrator.post(f"{PLACE}/come", {"by_itself": ""})
    await arrives(school, await published(province, meal(A, "20261223", "잡채밥")), version=3)
    assert "잡채밥" not in (await administrator.get("/meals/week?day=2026-12-22")).text
    assert "새 자료" in (await administrator.get("/admin/supplies")).text


async def test_rows_that_cannot_be_read_are_named_and_nothing_is_taken(
    school: School, province: Province
) -> None:
    await joined(school, province)
    lesson = {
        "SD_SCHUL_CODE": A,
        "ALL_TI_YMD": "20261222",
        "GRADE": "9",
        "CLASS_NM": "1",
        "PERIO": "1",
        "ITRT_CNTNT": "국어",
    }
    await arrives(school, await published(province, lesson, kind="timetable"))
    administrator = await school.client_as("정민호")
    page = (await administrator.get("/admin/supplies/timetable/2026-12")).text
    assert "읽지 못한 줄이 있어 하나도 가져오지 않습니다." in page
    assert "9학년 1반은 학교에 없는 반입니다." in page
    answer = await administrator.post("/admin/supplies/timetable/2026-12/take", {"seen": "0"})
    assert answer.status == 409


async def test_what_the_root_does_not_vouch_for_is_not_shown(
    school: School, province: Province
) -> None:
    await joined(school, province)
    real = await published(province, meal(A, "20261222", "떡국"))
    other = encode(ParcelTree(root="0" * 64, schools=1)).decode()
    await arrives(school, Supply(kind="meals", key="2026-12", name="12월", content=other))
    administrator = await school.client_as("정민호")
    assert (await administrator.get(f"{PLACE}/2026-12")).status == 404
    await arrives(school, real, version=2)
    assert (await administrator.get(f"{PLACE}/2026-12")).status == 200


async def test_a_kindergarten_whose_code_ends_like_a_schools_gets_none_of_that_schools_rows(
    tmp_path: Path, clock: ManualClock, province: Province
) -> None:
    folder = tmp_path / "kindergarten"
    folder.mkdir()
    async for school in running_school(folder, clock, school_id=f"K{A}"):
        await joined(school, province)
        await arrives(school, await published(province, meal(A, "20261222", "초등학교 떡국")))
        administrator = await school.client_as("정민호")
        page = (await administrator.get("/admin/supplies")).text
        assert "유치원은 나이스 학교 코드가 없어" in page
        assert "2026년 12월" not in page
        assert "자동으로 반영하기로 바꾸기" not in page
