"""What becomes of a matrix once it is answered: on papers, in files of the office, on slips, in proofs and found again."""

import csv
import io
import json
import shutil
from pathlib import Path
from typing import Any

import pytest
from aiohttp import FormData
from msgspec.structs import replace
from openpyxl import load_workbook
from playwright.async_api import Browser

from node.questions.model import Condition, Field, FieldKind, LegalBasis, Questionnaire
from protocol.receipts import from_file, verify
from scripts.madang import main
from tests.models import documents
from tests.node.asking import answer as respond
from tests.node.asking import ask
from tests.node.conftest import School
from tests.node.filled import sent_by
from tests.node.handing_in import ABSENCE, Paper, begin, decide
from tests.node.test_attendance import FRIDAY, sheet_of
from tests.node.test_attendance_explained import chosen
from tests.node.test_form_paper import family, slip_of
from tests.node.test_forms import GOING, YES, answer, page, records, sent
from tests.node.test_matrix import ASKED, BEST, CONTENT, GOOD, MIDDLE, WAY
from tests.node.test_receipts import upload
from tests.node.test_unsent import followed, send
from tests.node.test_verifier_from_a_stick import VERIFIER, by_python, by_the_file, opened_at
from tests.reading_pdf import words

__all__ = ["family"]

COUGH = "기침 & <b>콧물</b>"
HEALTH: dict[str, Any] = {
    "id": "health",
    "kind": "matrix",
    "label": "오늘 상태",
    "options": ["있음", "없음"],
    "rows": ["열", COUGH, "두통"],
}
GIVEN = {"answer_health-1": "있음", "answer_health-2": "없음", "answer_health-3": "없음"}
STOP = Field("stop", FieldKind.TEXT, "타는 곳", only_if=Condition("way-2", "버스"))


async def health(school: School, attendance: dict[str, str] | None = None, **changed: Any) -> str:
    """A kind of paper with a matrix, brought as a file and open; its id."""
    minho = await school.client_as("정민호")
    told = json.loads((await minho.get("/submissions/types/absence/export")).body)
    told["type"]["name"] = "건강 상태 확인서"
    told["type"]["attendance"] = attendance
    told["type"]["asked"]["fields"].append(HEALTH | changed)
    form = FormData(quote_fields=False)
    form.add_field("file", json.dumps(told), filename="type.json")
    taken = await minho.post("/submissions/types/import", form)
    assert taken.status == 303, taken.text
    kind = taken.location.split("/")[3]
    opened = await minho.post(f"/submissions/types/{kind}/open", {"open": "1"})
    assert opened.status == 303, opened.text
    return kind


async def handed_in(school: School, kind: str, **given: str) -> Paper:
    haneul = await school.client_as("김하늘")
    paper = await begin(school, haneul, kind, "이지우")
    day = {"first_on": FRIDAY, "last_on": FRIDAY}
    sent_off = await paper.send(**day, **ABSENCE, **(given or GIVEN))
    assert sent_off.location == paper.address, sent_off.text
    await school.settled()
    return paper


# Papers -------------------------------------------------------------------------------------------


async def test_a_paper_is_refused_at_its_row_and_what_was_chosen_stays(school: School) -> None:
    haneul = await school.client_as("김하늘")
    paper = await begin(school, haneul, await health(school), "이지우")
    here = f"{paper.address}/edit"
    shown = (await haneul.get(here)).text
    assert shown.count('type="radio" name="answer_health-') == 6
    assert "<b>콧물" not in shown
    lacking = {"act": "send", "first_on": FRIDAY, "last_on": FRIDAY, **ABSENCE, **GIVEN}
    del lacking["answer_health-3"]
    back = await followed(haneul, await send(haneul, here, here, lacking))
    assert "‘두통’에 답해 주세요." in back.text
    assert 'name="answer_health-1" value="있음" required checked' in back.text


async def test_a_matrix_is_printed_row_by_row_and_listed_for_the_office(school: School) -> None:
    paper = await handed_in(school, await health(school))
    printed = (await paper.client.get(f"{paper.address}/print")).text
    assert "오늘 상태 - 기침 &amp; &lt;b&gt;콧물" in printed
    pdf = words((await paper.client.get(f"{paper.address}/pdf")).body)
    hwpx = documents.read((await paper.client.get(f"{paper.address}/hwpx")).body).text
    for said in (pdf, hwpx):
        for row in HEALTH["rows"]:
            assert row.split()[0] in said, row
        assert "있음" in said
    await decide(school, "박서연", paper)
    await decide(school, "윤태식", paper)
    office = await school.client_as("오정숙")
    file = await office.get("/submissions/cases/export?month=2026-11&format=csv")
    assert file.status == 200, file.text
    (row,) = [one for one in csv.reader(io.StringIO(file.text)) if "이지우" in one]
    assert "오늘 상태 - 열: 있음" in row[7]


async def test_a_question_that_is_not_printed_hides_all_of_its_rows(school: School) -> None:
    kind = await health(school)
    minho = await school.client_as("정민호")
    told = json.loads((await minho.get(f"/submissions/types/{kind}/export")).body)
    assert told["type"]["asked"]["fields"][-1]["rows"] == HEALTH["rows"]
    told["type"]["printed"] = {"without": ["health"]}
    form = FormData(quote_fields=False)
    form.add_field("file", json.dumps(told), filename="type.json")
    other = (await minho.post("/submissions/types/import", form)).location.split("/")[3]
    await minho.post(f"/submissions/types/{other}/open", {"open": "1"})
    paper = await handed_in(school, other)
    assert "오늘 상태" in await paper.page()
    assert "오늘 상태" not in (await paper.client.get(f"{paper.address}/print")).text


async def test_a_paper_keeps_the_rows_that_were_asked_when_it_was_sent(school: School) -> None:
    kind = await health(school)
    paper = await handed_in(school, kind)
    minho = await school.client_as("정민호")
    address = f"/submissions/types/{kind}/edit"
    changed = sent_by((await minho.get(address)).text, address)
    rows = [one.replace(COUGH, "어지러움") for one in changed.popall("form_rows")]
    for one in rows:
        changed.add("form_rows", one)
    assert (await minho.post(address, changed)).status == 303
    assert "어지러움" in (await minho.get(address)).text
    for shown in (await paper.page(), (await paper.client.get(f"{paper.address}/print")).text):
        assert "오늘 상태 - 열" in shown
        assert "콧물" in shown


# Files of the office --------------------------------------------------------------------------------


async def test_a_survey_files_a_matrix_row_by_row(school: School) -> None:
    survey = await ask(school, kind="named", questions=(ASKED,), required="1")
    guardian = await school.client_as("김하늘")
    given = {"content-1": BEST, "content-2": MIDDLE, "content-3": GOOD}
    assert (await respond(guardian, survey, **given)).status == 303
    author = await school.client_as("오정숙")
    file = await author.get(f"/surveys/{survey}/results.xlsx")
    head, row = load_workbook(io.BytesIO(file.body)).worksheets[0].values
    assert head[2:] == ("만족도 - 급식", "만족도 - 수업", "만족도 - 시설")
    assert row[2:] == (BEST, MIDDLE, GOOD)


# Consents -------------------------------------------------------------------------------------------


async def test_a_slip_asks_every_row_and_is_entered_row_by_row(family: School) -> None:
    form = await sent(family, fields=(GOING, CONTENT, WAY))
    slip = await slip_of(family, form)
    for row in (*CONTENT.rows, *WAY.rows):
        assert f'<p class="questions-row">{row}</p>' in slip
    assert "항목마다 하나만 선택" in slip
    assert slip.count(f"□ {BEST}") == 3
    teacher = await family.client_as("박서연")
    address = page(family, form, "박하준") + "/paper"
    shown = (await teacher.get(address)).text
    assert "2. 만족도" in shown
    typed = {"guardian": family.id("이도윤"), "answer_going": YES, "answer_way-2": "버스"}
    here = await followed(teacher, await send(teacher, address, address, typed))
    assert "‘급식’에 답해 주세요." in here.text
    typed |= {f"answer_content-{at}": GOOD for at in (1, 2, 3)}
    assert (await teacher.post(address, typed)).status == 303
    (record,) = await records(family)
    assert [(one.label, one.answer) for one in record.answers[3:]] == [
        ("만족도 - 시설", GOOD),
        ("등교 방법 - 갈 때", ""),
        ("등교 방법 - 올 때", "버스"),
    ]


async def test_a_question_may_depend_on_one_row_alone(school: School) -> None:
    form = await sent(school, fields=(GOING, WAY, STOP))
    guardian = await school.client_as("김하늘")
    shown = (await guardian.get(page(school, form))).text
    assert "‘등교 방법 - 올 때’의 답이 ‘버스’인 분만 답해 주세요." in shown
    assert 'data-only-if="answer_way-2"' in shown
    done = await answer(school, guardian, form, **{"answer_way-1": "버스", "answer_stop": "정문"})
    assert done.location == "/receipts/0"
    refused = await answer(school, guardian, form, **{"answer_way-2": "버스"})
    assert refused.location != "/receipts/1"
    done = await answer(school, guardian, form, **{"answer_way-2": "버스", "answer_stop": "정문"})
    assert done.location == "/receipts/1"
    first, second = await records(school)
    assert [one.field for one in first.answers] == ["going", "way-1", "way-2"]
    assert [one.field for one in second.answers] == ["going", "way-1", "way-2", "stop"]
    sheet = await (await school.client_as("박서연")).get(f"/forms/{form}/results.xlsx")
    head = next(load_workbook(io.BytesIO(sheet.body)).worksheets[0].values)
    assert head[6:10] == ("참가에 동의합니까?", "등교 방법 - 갈 때", "등교 방법 - 올 때", "타는 곳")


async def test_a_receipt_of_a_matrix_holds_by_every_verifier(
    school: School, browser: Browser, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    named = replace(WAY, rows=("갈 때", COUGH))
    form = await sent(school, fields=(GOING, CONTENT, named))
    guardian = await school.client_as("김하늘")
    given = {f"answer_content-{at}": said for at, said in enumerate((BEST, GOOD, MIDDLE), 1)}
    assert (await answer(school, guardian, form, **given)).location == "/receipts/0"
    raw = (await guardian.get("/receipts/0/file")).body
    assert verify(from_file(raw)).valid
    place = tmp_path / "one.madang-receipt.json"
    place.write_bytes(raw)
    assert main(["verify", str(place)]) == 0
    assert "만족도 - 시설" in capsys.readouterr().out
    shown = await guardian.post("/verify", upload(raw))
    assert "만족도 - 시설" in shown.text
    changed = raw.replace("만족도 - 시설".encode(), "만족도 - 수업".encode())
    place.write_bytes(changed)
    assert main(["verify", str(place)]) == 1
    stick = tmp_path / "madang-verifier.html"
    shutil.copy(VERIFIER, stick)
    opened = await opened_at(browser, stick)
    assert await by_the_file(opened, [raw, changed]) == [by_python(raw), by_python(changed)]
    assert "만족도 - 시설" in await opened.inner_text("#results")
    assert "<b>콧물</b>" in await opened.inner_text("#results")


def test_two_rows_of_one_name_are_not_asked() -> None:
    twice = Field("a", FieldKind.RATINGS, "만족도", rows=("급식", "급식"))
    assert "같은 항목" in Questionnaire((twice,), LegalBasis.NONE).fault


async def test_a_row_of_a_matrix_may_tell_attendance(school: School) -> None:
    asked = {"label": "오늘", "options": ["조퇴", "지각"], "rows": ["무엇입니까?"]}
    kind = await health(school, attendance={}, **asked)
    paper = await handed_in(school, kind, **{"answer_health-1": "지각"})
    teacher = await school.client_as("박서연")
    shown = (await teacher.get(sheet_of(school, FRIDAY))).text
    assert chosen(shown, school) == ("late", "sick")
    assert paper.address in shown
