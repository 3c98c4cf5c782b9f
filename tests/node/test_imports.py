"""Stories about files that a school brings: read, understood once, shown, taken over whole."""

import json
from typing import Any

import pytest
from aiohttp import FormData

from kit import sheets
from tests.node.conftest import Answer, Client, School

SCHOOL = {"ATPT_OFCDC_SC_CODE": "J10", "SD_SCHUL_CODE": "7530101", "SCHUL_NM": "한빛초등학교"}


def meal(day: str, dishes: str, kind: str = "2", **more: str) -> dict[str, str]:
    return SCHOOL | {"MMEAL_SC_CODE": kind, "MLSV_YMD": day, "DDISH_NM": dishes} | more


def neis(*rows: dict[str, Any], service: str = "mealServiceDietInfo", total: int = 0) -> bytes:
    """An answer of the open API, as 나이스 writes it; what it says is made up."""
    head = [
        {"list_total_count": total or len(rows)},
        {"RESULT": {"CODE": "INFO-000", "MESSAGE": "정상 처리되었습니다."}},
    ]
    return json.dumps({service: [{"head": head}, {"row": list(rows)}]}, ensure_ascii=False).encode()


async def brought(
    client: Client, content: bytes, about: str = "meals", name: str = "식단.json"
) -> Answer:
    """Choose a file; the page that shows what it would change."""
    form = FormData()
    form.add_field("file", content, filename=name)
    answer = await client.post(f"/imports/{about}", form)
    if answer.status != 303:
        return answer
    shown = await client.get(answer.location)
    shown.headers = {**shown.headers, "Location": answer.location}  # type: ignore[assignment]
    return shown


async def taken(client: Client, content: bytes, about: str = "meals", **more: str) -> Answer:
    """Choose a file and say yes to what it would change."""
    shown = await brought(client, content, about)
    assert shown.status == 200, shown.text
    return await client.post(shown.location, more)


async def office_of(school: School) -> Client:
    return await school.client_as("오정숙")


async def test_a_month_of_neis_is_shown_and_then_taken_over(school: School) -> None:
    office = await office_of(school)
    content = neis(
        meal(
            "20261123",
            "기장밥 <br/>쇠고기미역국 (5.6.16)<br/>배추김치 (9.13)",
            CAL_INFO="623.4 Kcal",
            NTR_INFO="탄수화물(g) : 88.9<br/>단백질(g) : 25.1",
            ORPLC_INFO="쌀 : 국내산<br/>쇠고기(종류) : 국내산(한우)",
        ),
        meal("20261124", "카레라이스 (2.5.6)", "3"),
    )
    shown = await brought(office, content)
    assert "추가되는 급식 2건" in shown.text
    assert "쇠고기미역국(5.6.16)" in shown.text
    assert "급식이 없습니다" in (await office.get("/meals?day=2026-11-23")).text
    assert (await office.post(shown.location)).location == "/meals/week"
    guardian = await school.client_as("김하늘")
    day = (await guardian.get("/meals?day=2026-11-23")).text
    for said in ("쇠고기 16", "623.4 Kcal", "단백질(g) : 25.1", "쇠고기(종류) : 국내산(한우)"):
        assert said in day
    assert "석식" in (await guardian.get("/meals?day=2026-11-24")).text


async def test_what_a_file_brought_is_replaced_and_what_hands_wrote_stays(school: School) -> None:
    office = await office_of(school)
    days = ("20261123", "20261124", "20261125")
    await taken(office, neis(*(meal(day, "쌀밥") for day in days)))
    await office.post("/meals/write?day=2026-11-24", {"dishes-2026-11-24": "짜장밥(5.6)"})
    again = neis(meal("20261123", "보리밥"), meal("20261124", "팥밥"), meal("20261126", "콩밥"))
    shown = await brought(office, again)
    for said in (
        "추가되는 급식 1건",
        "바뀌는 급식 2건",
        "삭제되는 급식 1건",
        "유지되는 급식 1건",
    ):
        assert said in shown.text
    await office.post(shown.location)
    week = (await office.get("/meals/week?day=2026-11-23")).text
    assert "보리밥" in week
    assert "짜장밥" in week
    assert "팥밥" not in week
    assert "쌀밥" not in week
    await office.post("/meals/write/back", {"day": "2026-11-24", "kind": "2"})
    assert "팥밥" in (await office.get("/meals?day=2026-11-24")).text


async def test_the_same_file_again_changes_nothing(school: School) -> None:
    office = await office_of(school)
    content = neis(meal("20261123", "쌀밥"))
    await taken(office, content)
    shown = await brought(office, content)
    assert "변경 없는 급식 1건" in shown.text
    assert "추가되는" not in shown.text


async def test_odd_rows_are_named_and_nothing_is_half_imported(school: School) -> None:
    office = await office_of(school)
    content = neis(
        meal("20261123", "쌀밥"),
        meal("20261131", "쌀밥"),
        meal("20261124", "김치(9.33)"),
        meal("20261125", "쌀밥", "9"),
        meal("20261123", "보리밥"),
    )
    shown = await brought(office, content)
    for said in (
        "‘20261131’: 날짜를 읽을 수 없습니다.",
        "알레르기 번호 33번은 없습니다",
        "‘9’: 조식, 중식, 석식 가운데 하나가 아닙니다.",
        "같은 날 같은 식사가",
    ):
        assert said in shown.text
    answer = await office.post(shown.location)
    assert answer.location == shown.location
    assert "쌀밥" not in (await office.get("/meals?day=2026-11-23")).text
    assert (await office.post(shown.location, {"without_odd": "1"})).location == "/meals/week"
    assert "쌀밥" in (await office.get("/meals?day=2026-11-23")).text


async def test_unknown_headings_are_explained_once_and_remembered(school: School) -> None:
    office = await office_of(school)
    rows = [["언제", "오늘의 밥상", "쪽수"], ["2026. 11. 23.(월)", "쌀밥\n김치(9)", "1"]]
    shown = await brought(office, sheets.xlsx("식단", rows), name="식단.xlsx")
    assert "다음 항목에 해당하는 열을 선택해 주세요: 급식 날짜, 음식(알레르기 번호)." in shown.text
    assert "예: 쌀밥 김치(9)" in shown.text.replace("\n", " ")
    said = {"column-0": "day", "column-1": "dishes", "column-2": ""}
    answer = await office.post(f"{shown.location}/columns", said)
    assert answer.location == shown.location
    assert "추가되는 급식 1건" in (await office.get(shown.location)).text
    await office.post(shown.location)
    assert "배추" not in (await office.get("/meals?day=2026-11-23")).text
    assert "김치" in (await office.get("/meals?day=2026-11-23")).text

    rows[1] = ["2026. 11. 24.(화)", "콩밥(5)", "1"]
    colleague = await school.client_as("정민호")
    shown = await brought(colleague, sheets.xlsx("식단", rows), name="식단.xlsx")
    assert "추가되는 급식 1건" in shown.text


async def test_one_column_cannot_be_two_things(school: School) -> None:
    office = await office_of(school)
    shown = await brought(office, "a,b\n2026-11-23,쌀밥\n".encode(), name="a.csv")
    said = {"column-0": "day", "column-1": "day"}
    answer = await office.post(f"{shown.location}/columns", said)
    assert answer.status == 422
    assert "같은 항목을 두 열에 선택했습니다. 하나만 선택해 주세요." in answer.text


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b"", "파일을 선택해 주세요."),
        (b'{"RESULT":{"CODE":"INFO-200","MESSAGE":""}}', "나이스 파일에 자료가 없습니다."),
        (
            b'{"RESULT":{"CODE":"ERROR-290","MESSAGE":"no key"}}',
            "저장된 파일입니다. 다시 내려받아 주세요: no key",
        ),
        (neis(SCHOOL, service="schoolInfo"), "다른 자료가 든 파일입니다(schoolInfo)."),
        (b'{"mealServiceDietInfo": [{"head"', "끝까지 저장되지 않았습니다."),
        (b'{"mealServiceDietInfo": 7}', "나이스 파일에 자료가 없습니다."),
        (
            neis(meal("20261123", "쌀밥") | {"SD_SCHUL_CODE": "7530999", "SCHUL_NM": "새솔중"}),
            "다른 학교(새솔중)의 자료입니다.",
        ),
        ("급식일자,요리명\n".encode(), "제목 줄 아래에 내용이 없습니다."),
        (b"PK\x03\x04 no workbook", "엑셀 파일이 손상되었습니다."),
    ],
)
async def test_what_is_no_file_of_meals_is_refused_in_a_sentence(
    school: School, content: bytes, said: str
) -> None:
    answer = await brought(await office_of(school), content)
    assert answer.status == 422
    assert said in answer.text


async def test_a_part_of_what_neis_has_is_told_to_be_one(school: School) -> None:
    shown = await brought(await office_of(school), neis(meal("20261123", "쌀밥"), total=1234))
    assert "1234건 가운데 1건만 든 파일입니다." in shown.text


async def test_a_file_is_its_bringers_alone_and_waits_for_an_hour(school: School) -> None:
    shown = await brought(await office_of(school), neis(meal("20261123", "쌀밥")))
    administrator = await school.client_as("정민호")
    assert (await administrator.get(shown.location)).status == 404
    office = await school.later(61 * 60 * 1000, "오정숙")
    assert (await office.get(shown.location)).status == 404
    assert (await office.post(shown.location)).status == 404


async def test_families_and_teachers_bring_nothing(school: School) -> None:
    for name, status in (("김하늘", 404), ("이지우", 404), ("한지민", 403)):
        client = await school.client_as(name)
        assert (await brought(client, neis(meal("20261123", "쌀밥")))).status == status
        assert (await client.get("/imports/anything")).status == 404


SCHEDULE = [
    ["순번", "언제", "무엇을", "공제", "3학년", "6학년"],
    ["1", "2026-12-04", "학예회", "", "", ""],
    ["2", "2026. 12. 10.(목)", "졸업사진 촬영", "", "", "○"],
    ["3", "20261230", "겨울방학", "휴업일", "", ""],
    ["4", "20261231", "겨울방학", "휴업일", "", ""],
]


async def schedule(client: Client, rows: list[list[str]]) -> Answer:
    return await brought(client, sheets.xlsx("학사일정", rows), "calendar", "학사일정.xlsx")


async def december(client: Client) -> str:
    return (await client.get("/calendar?month=2026-12")).text


async def test_a_schedule_as_a_workbook_is_explained_once_and_taken_over(school: School) -> None:
    office = await office_of(school)
    assert 'href="/imports/calendar"' in (await office.get("/calendar/import")).text
    shown = await schedule(office, SCHEDULE)
    assert "다음 항목에 해당하는 열을 선택해 주세요: 날짜, 일정." in shown.text
    said = {"column-0": "", "column-1": "AA_YMD", "column-2": "EVENT_NM"}
    said |= {"column-3": "SBTR_DD_SC_NM", "column-4": "THREE_GRADE_EVENT_YN"}
    said |= {"column-5": "SIX_GRADE_EVENT_YN"}
    answer = await office.post(f"{shown.location}/columns", said)
    assert (answer.status, answer.location) == (303, shown.location), answer.text
    assert "추가되는 일정 3건" in (await office.get(shown.location)).text
    assert "학예회" not in await december(office)
    assert (await office.post(shown.location)).location == "/calendar"
    for title in ("학예회", "졸업사진 촬영", "겨울방학"):
        assert title in await december(office)
    guardian = await school.client_as("김하늘")  # of 3-2 and 5-1
    assert "학예회" in await december(guardian)
    assert "졸업사진 촬영" not in await december(guardian)
    again = await schedule(office, SCHEDULE)
    assert "변경 없는 일정 3건" in again.text


async def test_an_odd_row_of_a_schedule_is_named_and_nothing_is_half_imported(
    school: School,
) -> None:
    office = await office_of(school)
    rows = [
        ["시작일", "종료일", "행사명"],
        ["2026-12-04", "", "학예회"],
        ["십이월", "", "체육대회"],
        ["2026-12-09", "2026-12-07", "독서 주간"],
    ]
    shown = await schedule(office, rows)
    for said in ("날짜(AA_YMD)를 읽을 수 없습니다.", "종료일을 읽을 수 없습니다."):
        assert said in shown.text
    assert (await office.post(shown.location)).location == shown.location
    assert "학예회" not in await december(office)
    assert (await office.post(shown.location, {"without_odd": "1"})).status == 303
    page = await december(office)
    assert "학예회" in page
    assert "독서 주간" not in page
    changed = (await office.get("/calendar/changes")).text
    assert "나이스 파일 반영" in changed


async def test_only_who_keeps_the_calendar_brings_a_schedule(school: School) -> None:
    for name, status in (("김하늘", 404), ("이지우", 404), ("박서연", 403)):
        client = await school.client_as(name)
        assert (await client.get("/imports/calendar")).status == status
