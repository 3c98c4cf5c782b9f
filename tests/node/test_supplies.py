"""What the province sends is looked at by the administrator: nothing changes before they say so."""

import asyncio
import json
import re
from datetime import date
from pathlib import Path
from typing import Any

from kit.clock import DAY
from kit.db import Tx
from kit.outbox import publish
from node.app import CONFIG
from node.calendar.service import Calendar
from node.releases import store as releases_store
from node.releases.model import ReleaseReady
from node.releases.web import RELEASES
from node.supplies import store
from protocol.message import encode
from protocol.supplies import SUPPLIES_FILE, Supply, SupplyList
from protocol.sync import ReleaseStep
from tests.node.conftest import Client, School
from tests.waiting import PATIENCE_S

MAY = date(2027, 5, 4)
HOLIDAY = Supply(kind="holiday", key=MAY.isoformat(), name="임시공휴일")
PAPER = "/admin/supplies/paper"


async def arrives(school: School, *items: Supply, version: int = 1, raw: bytes = b"") -> None:
    """A release of the handbook with this list is here, verified; it is in use, and its list was read."""
    home = Path(school.app[CONFIG].root) / "releases" / "knowledge" / str(version)

    def unit(tx: Tx) -> None:
        now = school.clock.now()
        releases_store.arrived(tx, "knowledge", version, str(home), now)
        publish(tx, ReleaseReady(kind="knowledge", version=version, path=str(home)), now)

    async with school.app[RELEASES]._stock._moving:  # what lies there without a row is tidied away
        home.mkdir(parents=True)
        (home / SUPPLIES_FILE).write_bytes(raw or encode(SupplyList(items=items)))
        await school.db.write(unit)

    def used(tx: Tx) -> bool:
        found = releases_store.release(tx, "knowledge", version)
        is_read = store.unread(tx) != "" if raw else store.taken_from(tx) == version
        return is_read and found is not None and found.step == ReleaseStep.ACTIVE

    read = asyncio.Event()
    school.db.on_commit(lambda _signals: read.set())
    async with asyncio.timeout(PATIENCE_S):
        while not await school.db.read(used):
            await read.wait()
            read.clear()


async def exported(school: School, kind: str) -> dict[str, Any]:
    """The file of one of the school's kinds of papers."""
    administrator = await school.client_as("정민호")
    answer = await administrator.get(f"/submissions/types/{kind}/export")
    found: dict[str, Any] = json.loads(answer.body)
    return found


async def paper(school: School, kind: str = "absence", new_id: str = "", **changed: Any) -> Supply:
    """One of them as the province sends it, changed so."""
    file = await exported(school, kind)
    file["id"] = new_id or file["id"]
    file["type"] |= changed
    return Supply(kind="paper", key=file["id"], name=file["type"]["name"], content=json.dumps(file))


async def take(client: Client, address: str) -> int:
    """Press the button of the page."""
    page = (await client.get(address)).text
    seen = re.search(r'name="seen" value="([0-9a-f]{64})"', page)
    assert seen is not None
    return (await client.post(address + "/take", {"seen": seen[1]})).status


async def test_the_administrator_is_told_and_looks_before_anything_changes(school: School) -> None:
    milk = await paper(school, new_id="milk", name="우유 급식 변경")
    await arrives(school, milk, HOLIDAY)
    administrator = await school.client_as("정민호")
    front = (await administrator.get("/")).text
    assert "교육청에서 온 자료" in front
    assert "확인하고 우리 학교에서 사용할지 선택해 주세요." in front
    listed = (await administrator.get("/admin/supplies")).text
    assert "우유 급식 변경" in listed
    assert "임시공휴일" in listed
    assert "우유 급식 변경" not in (await administrator.get("/submissions/types")).text
    page = (await administrator.get(f"{PAPER}/milk")).text
    assert "우리 학교에 없음" in page
    assert "결재선" in page


async def test_a_new_kind_of_paper_comes_in_closed(school: School) -> None:
    await arrives(school, await paper(school, new_id="milk", name="우유 급식 변경"))
    administrator = await school.client_as("정민호")
    assert await take(administrator, f"{PAPER}/milk") == 303
    assert "우유 급식 변경" in (await administrator.get("/submissions/types")).text
    guardian = await school.client_as("김하늘")
    assert "우유 급식 변경" not in (await guardian.get("/submissions")).text
    assert "교육청에서 온 자료</h" not in (await administrator.get("/")).text
    await administrator.post("/submissions/types/milk/open", {"open": "1"})
    assert "우유 급식 변경" in (await guardian.get("/submissions")).text


async def test_what_the_school_edited_stays_until_somebody_chooses_the_provinces(
    school: School,
) -> None:
    before = await exported(school, "absence")
    await arrives(school, await paper(school, lead="사흘 안에 내 주세요.", retention_years=5))
    assert await exported(school, "absence") == before
    administrator = await school.client_as("정민호")
    page = (await administrator.get(f"{PAPER}/absence")).text
    assert "우리 학교와 다름" in page
    assert "사흘 안에 내 주세요." in page
    assert await take(administrator, f"{PAPER}/absence") == 303
    assert (await exported(school, "absence"))["type"]["lead"] == "사흘 안에 내 주세요."
    guardian = await school.client_as("김하늘")
    assert "결석신고서" in (await guardian.get("/submissions")).text  # it was open, and stays so

    assert (await administrator.post(f"{PAPER}/absence/back")).status == 303
    assert await exported(school, "absence") == before


async def test_what_the_school_has_already_asks_for_nothing(school: School) -> None:
    await arrives(school, await paper(school))
    administrator = await school.client_as("정민호")
    assert "확인하고 우리 학교에서" not in (await administrator.get("/")).text
    assert "우리 학교와 같음" in (await administrator.get("/admin/supplies")).text


async def test_who_keeps_their_own_is_asked_again_once_the_province_changes_it(
    school: School,
) -> None:
    asked = "확인하고 우리 학교에서"
    await arrives(school, await paper(school, lead="하나"))
    administrator = await school.client_as("정민호")
    assert (await administrator.post(f"{PAPER}/absence/leave")).status == 303
    assert asked not in (await administrator.get("/")).text
    await arrives(school, await paper(school, lead="하나"), HOLIDAY, version=2)
    await administrator.post("/admin/supplies/holiday/2027-05-04/leave")
    assert asked not in (await administrator.get("/")).text
    await arrives(school, await paper(school, lead="둘"), version=3)
    assert asked in (await administrator.get("/")).text


async def test_what_was_looked_at_is_what_is_taken(school: School) -> None:
    await arrives(school, await paper(school, new_id="milk", name="우유", lead="하나"))
    administrator = await school.client_as("정민호")
    page = (await administrator.get(f"{PAPER}/milk")).text
    seen = re.findall(r'name="seen" value="([0-9a-f]{64})"', page)[0]
    await arrives(school, await paper(school, new_id="milk", name="우유", lead="둘"), version=2)
    answer = await administrator.post(f"{PAPER}/milk/take", {"seen": seen})
    assert answer.status == 409


async def test_holidays_go_into_the_calendar_in_one_press_and_count_as_no_day_of_school(
    school: School,
) -> None:
    vote = Supply(kind="holiday", key="2027-06-02", name="지방선거일")
    children = Supply(kind="holiday", key="2027-05-05", name="어린이날")
    await arrives(school, HOLIDAY, vote, children)
    calendar = Calendar()
    assert await school.db.read(lambda tx: calendar.is_school_day(tx, MAY))
    administrator = await school.client_as("정민호")
    assert (await administrator.post("/admin/supplies/holiday")).status == 303
    assert not await school.db.read(lambda tx: calendar.is_school_day(tx, MAY))
    page = (await administrator.get("/admin/supplies")).text
    assert page.count("우리 학교와 같음") == 3
    assert "임시공휴일" in (await administrator.get("/calendar?month=2027-05")).text
    changes = (await administrator.get("/calendar/changes")).text
    assert changes.count("지방선거일") == 1
    assert "어린이날" not in changes  # everybody knew


async def test_what_cannot_be_read_is_named_and_the_rest_can_be_taken(school: School) -> None:
    broken = Supply(kind="paper", key="broken", name="망가진 서류", content="{")
    nowhere = Supply(kind="holiday", key="2027-02-30", name="없는 날")
    later = Supply(kind="meal-plan", key="x", name="나중 프로그램의 것")
    milk = await paper(school, new_id="milk", name="우유 급식 변경")
    await arrives(school, broken, nowhere, later, milk)
    administrator = await school.client_as("정민호")
    page = (await administrator.get("/admin/supplies")).text
    assert page.count("읽을 수 없음") == 2
    assert "망가진 서류" in page
    assert "나중 프로그램의 것" not in page
    assert "가져올 수 없습니다" in (await administrator.get(f"{PAPER}/broken")).text
    answer = await administrator.post(f"{PAPER}/broken/take", {"seen": "0" * 64})
    assert answer.status == 409
    assert await take(administrator, f"{PAPER}/milk") == 303


async def test_a_list_that_cannot_be_read_leaves_what_came_before(school: School) -> None:
    await arrives(school, HOLIDAY)
    await arrives(school, version=2, raw=b'{"v":1,"items":7}')
    administrator = await school.client_as("정민호")
    page = (await administrator.get("/admin/supplies")).text
    assert "임시공휴일" in page


async def test_the_administrator_reads_which_item_of_a_list_cannot_be_read_and_why(
    school: School,
) -> None:
    await arrives(school, HOLIDAY)
    administrator = await school.client_as("정민호")
    assert "읽을 수 없습니다" not in (await administrator.get("/admin/supplies")).text
    await arrives(school, version=2, raw=encode(SupplyList(items=(HOLIDAY, HOLIDAY))))
    page = (await administrator.get("/admin/supplies")).text
    assert "최근에 받은 자료 목록을 읽을 수 없습니다" in page
    assert "item 2 is named twice: holiday 2027-05-04" in page
    await arrives(school, HOLIDAY, version=3)
    assert "읽을 수 없습니다" not in (await administrator.get("/admin/supplies")).text


async def test_what_the_province_takes_out_stays_where_a_school_uses_it(school: School) -> None:
    await arrives(school, await paper(school, new_id="milk", name="우유 급식 변경"), HOLIDAY)
    administrator = await school.client_as("정민호")
    await take(administrator, f"{PAPER}/milk")
    await arrives(school, version=2)
    assert "우유 급식 변경" not in (await administrator.get("/admin/supplies")).text
    assert "우유 급식 변경" in (await administrator.get("/submissions/types")).text


async def test_nobody_but_the_administrator_sees_or_decides(school: School) -> None:
    await arrives(school, HOLIDAY)
    school.clock.advance(DAY)
    for name, status in (("한지민", 403), ("김하늘", 404)):
        client = await school.client_as(name)
        assert (await client.get("/admin/supplies")).status == status
        assert (await client.post("/admin/supplies/holiday")).status == status
        assert "교육청에서 온 자료" not in (await client.get("/")).text
