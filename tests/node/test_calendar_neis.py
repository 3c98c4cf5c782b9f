"""Stories about NEIS's school schedule: looked at first, taken over whole, replaced by the next file. The
answers are made up after NEIS's form."""

import json
import re
from typing import Any

from aiohttp import FormData
from hypothesis import given
from hypothesis import strategies as st

from node.calendar import neis
from node.calendar.model import EntryKind
from tests.node.conftest import Answer, Client, School

OURS = {"ATPT_OFCDC_SC_CODE": "J10", "SD_SCHUL_CODE": "7530101"}
GRADES = frozenset(range(1, 7))


def a_day(day: str, title: str, counts_as: str = "해당없음", **more: Any) -> dict[str, Any]:
    return (
        OURS
        | {
            "AA_YMD": day,
            "EVENT_NM": title,
            "EVENT_CNTNT": None,
            "SBTR_DD_SC_NM": counts_as,
        }
        | more
    )


def answer(*rows: object, total: int | None = None) -> bytes:
    head = [
        {"list_total_count": len(rows) if total is None else total},
        {"RESULT": {"CODE": "INFO-000", "MESSAGE": "정상 처리되었습니다."}},
    ]
    return json.dumps({"SchoolSchedule": [{"head": head}, {"row": rows}]}).encode()


async def look_at(client: Client, *files: bytes) -> Answer:
    form = FormData(quote_fields=False)
    for at, content in enumerate(files):
        form.add_field("files", content, filename=f"schedule-{at}.json")
    return await client.post("/calendar/import", form)


async def take(client: Client, *files: bytes) -> None:
    page = await look_at(client, *files)
    assert page.status == 200, page.text
    yes = re.search(r'action="(/calendar/import/\w{20})"', page.text)
    assert yes is not None, page.text
    assert (await client.post(yes[1])).status == 303


async def december(client: Client) -> str:
    return (await client.get("/calendar?month=2026-12")).text


async def test_a_file_is_looked_at_and_then_taken_over(school: School) -> None:
    keeper = await school.client_as("오정숙")
    file = answer(
        a_day("20261204", "학예회"),
        a_day("20261230", "겨울방학", "휴업일"),
        a_day("20261231", "겨울방학", "휴업일"),
        a_day("20261225", "성탄절", "공휴일"),
        a_day("20261205", "토요휴업일", "휴업일"),
    )
    page = await look_at(keeper, file)
    assert "학예회" in page.text
    assert "학예회" not in await december(keeper)
    await take(keeper, file)
    guardian = await school.client_as("김하늘")
    month = await december(guardian)
    assert "학예회" in month
    assert "2026. 12. 30.(수) – 2026. 12. 31.(목)" in month
    assert "토요휴업일" not in month
    assert "수업일 20일" in month  # 23 weekdays less Christmas and two of the vacation


async def test_a_grade_that_neis_marks_is_whom_it_is_for(school: School) -> None:
    keeper = await school.client_as("오정숙")
    await take(keeper, answer(a_day("20261204", "졸업사진", SIX_GRADE_EVENT_YN="Y",
                                    ONE_GRADE_EVENT_YN="N")))  # fmt: skip
    assert "졸업사진" in await december(await school.client_as("이도윤"))
    assert "졸업사진" not in await december(await school.client_as("김하늘"))


async def test_the_next_file_replaces_what_the_first_brought_and_keeps_what_hands_wrote(
    school: School,
) -> None:
    keeper = await school.client_as("오정숙")
    first = (
        a_day("20261204", "학예회"),
        a_day("20261208", "체육대회"),
        a_day("20261210", "상담 주간"),
    )
    await take(keeper, answer(*first))
    by_hand = {"title": "손으로 넣은 연주회", "first_on": "2026-12-09", "places": "school"}
    await keeper.post("/calendar/new", by_hand)
    month = await december(keeper)
    address = re.search(r'href="(/calendar/\w{20})"[^>]*>(?:<span[^>]*>)?상담 주간', month)
    assert address is not None
    changed = {"title": "상담 주간 (비대면)", "first_on": "2026-12-10", "places": "school"}
    assert (await keeper.post(address[1] + "/edit", changed)).status == 303

    second = (
        a_day("20261204", "학예회"),
        a_day("20261211", "체육대회"),
        a_day("20261210", "상담 주간"),
    )
    page = await look_at(keeper, answer(*second))
    assert "직접 수정한 일정 1건" in page.text
    await take(keeper, answer(*second))
    month = await december(keeper)
    assert "손으로 넣은 연주회" in month
    assert "상담 주간 (비대면)" in month
    assert month.count('class="calendar-title">체육대회') == 1
    assert 'id="day-2026-12-08"' not in month
    assert "변경되는 내용이 없습니다." in (await look_at(keeper, answer(*second))).text


async def test_an_import_is_taken_back_as_one(school: School) -> None:
    keeper = await school.client_as("오정숙")
    await take(keeper, answer(a_day("20261204", "학예회"), a_day("20261208", "체육대회")))
    changes = (await keeper.get("/calendar/changes")).text
    undo = re.search(r'action="(/calendar/changes/\w+/undo)"', changes)
    assert undo is not None
    assert (await keeper.post(undo[1])).status == 303
    month = await december(keeper)
    assert "학예회" not in month
    assert "체육대회" not in month


async def test_odd_rows_are_named_and_the_rest_is_taken_over_only_when_asked(
    school: School,
) -> None:
    keeper = await school.client_as("오정숙")
    page = await look_at(
        keeper,
        answer(
            a_day("20261204", "학예회"),
            a_day("20261340", "없는 날"),
            a_day("20261207", ""),
            a_day("20261208", "옆 학교 운동회", SD_SCHUL_CODE="7530999"),
            a_day("20261209", "이상한 날", "모름"),
            "줄이 아님",
        ),
    )
    assert "읽을 수 없는 5줄" in page.text
    for said in (
        "20261340 없는 날",
        "날짜(AA_YMD)",
        "이름(EVENT_NM)",
        "다른 학교",
        "SBTR_DD_SC_NM",
    ):
        assert said in page.text
    assert "나머지만 반영" in page.text
    assert "학예회" not in await december(keeper)


async def test_a_file_that_is_not_whole_is_not_taken(school: School) -> None:
    keeper = await school.client_as("오정숙")
    page_one = answer(a_day("20261204", "학예회"), total=2)
    page_two = answer(a_day("20261208", "체육대회"), total=2)
    refused = await look_at(keeper, page_one)
    assert "나머지 파일도" in refused.text
    assert "/calendar/import/" not in refused.text
    await take(keeper, page_one, page_two)
    assert "체육대회" in await december(keeper)


async def test_what_is_no_schedule_is_refused_in_words(school: School) -> None:
    keeper = await school.client_as("오정숙")
    nothing = {"RESULT": {"CODE": "INFO-200", "MESSAGE": "해당하는 데이터가 없습니다."}}
    spent = {"SchoolSchedule": [{"head": [{"RESULT": {"CODE": "ERROR-337"}}]}]}
    for content, said in (
        (json.dumps(nothing).encode(), "이 기간의 학사일정이 없습니다"),
        (json.dumps(spent).encode(), "ERROR-337"),
        (b'{"mealServiceDietInfo": []}', "학사일정(SchoolSchedule) 파일이 아닙니다"),
        (b"[1, 2]", "학사일정(SchoolSchedule) 파일이 아닙니다"),
        (b"PK\x03\x04", "JSON 파일이 아닙니다"),
        (b"[" * 100_000, "JSON 파일이 아닙니다"),
    ):
        assert said in (await look_at(keeper, content)).text
    assert (await look_at(keeper, b"")).status == 422


async def test_a_look_of_long_ago_and_that_of_others_is_not_taken(school: School) -> None:
    keeper = await school.client_as("오정숙")
    page = await look_at(keeper, answer(a_day("20261204", "학예회")))
    yes = re.search(r'action="(/calendar/import/\w{20})"', page.text)
    assert yes is not None
    assert (await (await school.client_as("윤태식")).post(yes[1])).status == 404
    again = await school.later(31 * 60_000, "오정숙")
    assert (await again.post(yes[1])).status == 404


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=8),
    lambda inner: (
        st.lists(inner, max_size=4)
        | st.dictionaries(
            st.sampled_from(
                ("SchoolSchedule", "head", "row", "RESULT", "CODE", "AA_YMD", "EVENT_NM")
            ),
            inner,
            max_size=4,
        )
    ),
    max_leaves=12,
)


@given(JSON)
def test_whatever_comes_is_read_or_refused(sent: object) -> None:
    found = neis.read([json.dumps(sent).encode()], "J107530101", GRADES)
    assert found.refused or len(found.entries) + len(found.odd) + found.passed <= found.rows


@given(st.lists(st.integers(0, 40), min_size=1, unique=True))
def test_days_that_follow_one_another_become_one_entry(days: list[int]) -> None:
    rows = [
        a_day(f"202604{day + 1:02}" if day < 30 else f"202605{day - 29:02}", "독서") for day in days
    ]
    found = neis.read([answer(*rows)], "J107530101", GRADES)
    covered = [
        entry.first_on.toordinal() + at
        for entry in found.entries
        for at in range((entry.last_on - entry.first_on).days + 1)
    ]
    begin = 739_707  # 1 April 2026
    assert sorted(covered) == sorted(begin + day for day in days)
    assert len(found.entries) == sum(day - 1 not in days for day in days)
    assert {entry.kind for entry in found.entries} == {EntryKind.EVENT}
