"""The absences of a month for NEIS: a line for each, in order of class and number."""

import csv
import io

from tests.node.conftest import Client, School
from tests.node.handing_in import ABSENCE, absent, begin

URL = "/submissions/cases/export?list=absences"


async def listed(client: Client, month: str) -> list[list[str]]:
    answer = await client.get(f"{URL}&month={month}&format=csv")
    assert answer.status == 200, answer.text
    return list(csv.reader(io.StringIO(answer.body.decode("utf-8-sig"))))


async def test_an_absence_stands_in_each_month_it_touches_with_its_days_and_evidence(
    school: School,
) -> None:
    haneul = await school.client_as("김하늘")
    paper = await begin(school, haneul, "absence", "이지우")
    await paper.attach("처방전.png")
    answer = await paper.send(first_on="2026-11-19", last_on="2026-11-20", **ABSENCE)
    assert answer.location == paper.address, answer.text
    other = await absent(school, "2026-11-18")
    heads, *lines = await listed(await school.client_as("박서연"), "2026-11")
    assert heads[:6] == ["학년", "반", "번호", "이름", "출결", "사유 구분"]
    assert [line[3:8] for line in lines] == [
        ["이지우", "결석", "질병", "11.18.", "2026-11-18"],
        ["이지우", "결석", "질병", "11.19., 11.20.", "2026-11-19 ~ 2026-11-20"],
    ]
    assert lines[1][8:10] == ["결석신고서", "2026-1"]
    assert (lines[0][11], lines[1][11]) == ("없음", "처방전.png")
    assert other.address != paper.address
    assert await listed(await school.client_as("박서연"), "2026-12") == [heads]


async def test_only_classes_that_are_the_readers_to_see_stand_in_it(school: School) -> None:
    await absent(school)
    principal = await listed(await school.client_as("최은영"), "2026-11")
    assert [line[3] for line in principal[1:]] == ["이지우"]
    assert len(await listed(await school.client_as("한지민"), "2026-11")) == 1
    assert (await (await school.client_as("김하늘")).get(URL)).status == 404


async def test_what_was_not_permitted_or_was_taken_back_is_not_in_it(school: School) -> None:
    paper = await absent(school)
    await paper.client.post(f"{paper.address}/withdraw", {"word": "잘못 냈습니다"})
    assert len(await listed(await school.client_as("박서연"), "2026-11")) == 1


async def test_names_of_files_that_are_formulas_are_defused(school: School) -> None:
    haneul = await school.client_as("김하늘")
    paper = await begin(school, haneul, "absence", "이지우")
    await paper.attach("=1+1.png")
    await paper.send(first_on="2026-11-20", last_on="2026-11-20", **ABSENCE)
    homeroom = await school.client_as("박서연")
    assert (await listed(homeroom, "2026-11"))[1][11].startswith("'=")
    workbook = (await homeroom.get(f"{URL}&month=2026-11")).body
    assert workbook[:2] == b"PK"


async def test_the_list_is_offered_with_the_papers(school: School) -> None:
    page = (await (await school.client_as("박서연")).get("/submissions/cases")).text
    assert "결석·지각·조퇴·결과" in page
