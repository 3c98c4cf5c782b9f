"""Stories about papers that families and schools keep as files: PDF and HWPX."""

import json
import re
from html import unescape
from typing import Any
from urllib.parse import quote

import pytest
from aiohttp import FormData

from tests.models import documents
from tests.node.conftest import School
from tests.node.filled import sent_by
from tests.node.handing_in import ABSENCE, absent, begin, decide, trip
from tests.node.test_unsent import followed, send
from tests.reading_pdf import words


async def test_a_guardian_saves_a_decided_paper_as_the_school_s_form(school: School) -> None:
    paper = await absent(school, "2026-11-17", "2026-11-19")
    await decide(school, "박서연", paper)
    await decide(school, "윤태식", paper)
    assert f'href="{paper.address}/pdf"' in await paper.page()
    answer = await paper.client.get(f"{paper.address}/pdf")
    assert answer.status == 200
    assert answer.headers["Content-Type"] == "application/pdf"
    assert quote("결석신고서 2026-1.pdf") in answer.headers["Content-Disposition"]
    found = words(answer.body)
    for part in (
        "담임교사 교감",
        "박서연",
        "윤태식",
        "결석신고서",
        "접수번호 2026-1 (승인완료)",
        "이지우",
        "2026-11-17 ~ 2026-11-19 (수업일 3일)",
        "감기로 열이 나서 쉬었습니다.",
        "김하늘",
        "한빛초등학교장 귀하",
        "학교 기록부",
        "/verify",
    ):
        assert part in found, part


async def test_the_same_form_is_saved_for_hancom_office(school: School) -> None:
    paper = await trip(school)
    await decide(school, "박서연", paper)
    assert f'href="{paper.address}/hwpx"' in await paper.page()
    answer = await paper.client.get(f"{paper.address}/hwpx")
    assert answer.status == 200
    assert answer.headers["Content-Type"] == "application/vnd.hancom.hwpx"
    assert quote(".hwpx") in answer.headers["Content-Disposition"]
    found = documents.read(answer.body).text
    for part in (
        "박서연",
        "접수번호",
        "이지우",
        "한빛초등학교장 귀하",
        "허가 전에는 유효하지 않음",
    ):
        assert part in found, part
    other = await school.client_as("이도윤")
    assert (await other.get(f"{paper.address}/hwpx")).status == 404


async def test_an_application_that_is_not_permitted_yet_says_so_on_paper(school: School) -> None:
    paper = await trip(school)
    content = (await paper.client.get(f"{paper.address}/pdf")).body
    assert "허가 전에는 유효하지 않음" in words(content)
    assert "학교 기록부" not in words(content)  # nothing was decided


async def test_who_may_not_see_a_paper_gets_no_pdf_of_it(school: School) -> None:
    paper = await absent(school)
    other = await school.client_as("이도윤")
    assert (await other.get(paper.address)).status == 404
    assert (await other.get(f"{paper.address}/pdf")).status == 404


async def test_a_letter_is_saved_as_the_school_prints_it(school: School) -> None:
    teacher = await school.client_as("박서연")
    made = await teacher.post("/newsletters/new", {"kind": "newsletter"})
    address = made.location.removesuffix("/edit")
    written = {
        "title": "현장체험학습 안내",
        "body": "1. 일시: 11월 27일\n| 시간 | 활동 |\n|---|---|\n| 09:00 | 출발 |",
        "audience": f"guardians/class:{school.class_id('3-2')}",
        "act": "send",
    }
    await teacher.post(f"{address}/edit", written)
    guardian = await school.client_as("김하늘")
    assert f'href="{address}/pdf"' in (await guardian.get(address)).text
    answer = await guardian.get(f"{address}/pdf")
    assert quote("현장체험학습 안내.pdf") in answer.headers["Content-Disposition"]
    found = words(answer.body)
    for part in (
        "한빛초등학교 가정통신문",
        "현장체험학습 안내",
        "1. 일시: 11월 27일",
        "시간 활동 09:00 출발",
        "한빛초등학교장 (직인생략)",
    ):
        assert part in found, part
    stranger = await school.client_as("이도윤")
    assert (await stranger.get(f"{address}/pdf")).status == 404


async def test_the_administrator_says_what_is_printed_of_a_kind(school: School) -> None:
    office = await school.client_as("정민호")
    address = "/submissions/types/off-campus/edit"
    page = (await office.get(address)).text
    kind = [
        (name, said)
        for name, said in sent_by(page, address).items()
        if not name.startswith("print_")
    ]
    changed = [
        *(("print_title", "교외체험학습 신청서(○○학교)"), ("print_addressee", "")),
        *(("print_files", "1"), ("print_seal", "place"), ("print_without", "telephone")),
    ]
    assert (await office.post(address, kind + changed)).status == 303
    page = (await office.get(address)).text
    assert re.search(r'name="print_without" value="telephone" checked', page)
    paper = await trip(school)
    before = words((await paper.client.get(f"{paper.address}/pdf")).body)
    assert "교외체험학습 신청서(한빛초등학교)" in before
    assert "연락처" not in before
    assert "귀하" not in before
    assert "(직인)" not in before
    for name in ("박서연", "윤태식", "최은영"):
        await decide(school, name, paper)
    printed = (await paper.client.get(f"{paper.address}/print")).text
    found = words((await paper.client.get(f"{paper.address}/pdf")).body)
    text = documents.read((await paper.client.get(f"{paper.address}/hwpx")).body).text
    for said in (printed, found, text):
        assert "한빛초등학교장 (직인)" in said
        assert "담임교사" not in said.replace("학교 기록부", "")
        assert "연락처" not in said


async def test_what_is_printed_travels_with_the_kind(school: School) -> None:
    office = await school.client_as("정민호")
    file = (await office.get("/submissions/types/off-campus/export")).body
    assert json.loads(file)["type"]["printed"] == {"seal": "omitted"}
    paper = await trip(school)
    for name in ("박서연", "윤태식", "최은영"):
        await decide(school, name, paper)
    assert "한빛초등학교장 (직인생략)" in words(
        (await paper.client.get(f"{paper.address}/pdf")).body
    )


async def taken_over(school: School, kind: str, printed: dict[str, Any] | None) -> str:
    """A kind as another school exports it, with what it prints (None: of before that was a kind's), taken
    over and open; its id."""
    office = await school.client_as("정민호")
    told = json.loads((await office.get(f"/submissions/types/{kind}/export")).body)
    told["type"].pop("printed", None)
    told["type"] |= {"printed": printed} if printed is not None else {}
    form = FormData(quote_fields=False)
    form.add_field("file", json.dumps(told), filename="type.json")
    taken = await office.post("/submissions/types/import", form)
    assert taken.status == 303, taken.text
    new = taken.location.split("/")[3]
    assert (await office.post(f"/submissions/types/{new}/open", {"open": "1"})).status == 303
    file = await office.get(f"/submissions/types/{new}/export")
    assert json.loads(file.body)["type"].get("printed") == printed
    return new


async def printed_of(school: School, kind: str) -> tuple[str, str, str]:
    """A paper of a kind as it is printed: the page, the PDF, the Hancom file, in words."""
    haneul = await school.client_as("김하늘")
    paper = await begin(school, haneul, kind, "이지우")
    answer = await paper.send(first_on="2026-11-20", last_on="2026-11-20", **ABSENCE)
    assert answer.location == paper.address, answer.text
    page, pdf, hwpx = [
        await haneul.get(f"{paper.address}/{form}") for form in ("print", "pdf", "hwpx")
    ]
    return page.text, words(pdf.body), documents.read(hwpx.body).text


async def test_another_school_prints_what_the_file_of_a_kind_says(school: School) -> None:
    rule = {"title": "결석계(○○학교)", "addressee": "", "without": ["reason"], "has_boxes": False}
    for found in await printed_of(school, await taken_over(school, "absence", rule)):
        assert "결석계(한빛초등학교)" in found
        assert "귀하" not in found
        assert "감기로 열이" not in found


async def test_a_kind_of_before_prints_what_was_usual(school: School) -> None:
    for found in await printed_of(school, await taken_over(school, "absence", None)):
        assert "결석신고서" in found
        assert "한빛초등학교장 귀하" in found
        assert "직인" not in found


LONG = "결석 " * 66 + "끝"


@pytest.mark.parametrize(
    ("title", "shown"),
    [
        ("<script>alert(1)</script> & {{ 7*7 }}", "<script>alert(1)</script> & {{ 7*7 }}"),
        (LONG, "결석 결석 끝"),
        ("두\n줄", "두 줄"),
        ("  ", "결석신고서"),
        ("가\u0007나\ufffe다", "가"),
    ],
)
async def test_whatever_stands_in_a_rule_is_printed_as_text(
    school: School, title: str, shown: str
) -> None:
    rule = {"title": title, "addressee": title + "귀하", "seal": "place"}
    kind = await taken_over(school, "absence", rule)
    page, pdf, hwpx = await printed_of(school, kind)
    for found in (unescape(page), pdf, hwpx):
        assert shown in " ".join(found.split())
    assert "<script>alert" not in page
    office = await school.client_as("정민호")
    assert (await office.get(f"/submissions/types/{kind}/edit")).status == 200


async def test_what_is_too_long_to_be_printed_is_said_and_stays(school: School) -> None:
    office = await school.client_as("정민호")
    address = "/submissions/types/absence/edit"
    sent = sent_by((await office.get(address)).text, address)
    sent["print_title"] = LONG
    refused = await send(office, address, address, sent)
    shown = (await followed(office, refused)).text
    assert "60자" in shown
    assert LONG in shown
