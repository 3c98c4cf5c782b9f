"""Consents whose period of retention is over are disposed of once the administrator has approved it, and a
guardian's receipt proves itself as before."""

import asyncio
import json
import sqlite3
import sys
from contextlib import closing
from pathlib import Path
from typing import Any

from kit.clock import DAY
from kit.web.keys import JOBS
from node.app import CONFIG
from node.files.access import FILES
from node.forms import disposal_store
from node.forms.disposal_web import DISPOSING
from node.questions.model import Field, FieldKind
from protocol.receipts import from_file, verify
from protocol.records import DisposalV1
from tests.node.conftest import Client, School
from tests.node.test_form_paper import PICTURE, a_slip, attach
from tests.node.test_form_wordings import letter_of
from tests.node.test_forms import GOING, answer, page, sent, sql

YEARS = 366 * DAY
WISH = Field("wish", FieldKind.TEXT, "바라는 점", required=False)
SEAT = "바다가 보이는 자리에 앉고 싶습니다"


async def years_later(school: School, years: int) -> Client:
    school.clock.advance(years * YEARS)
    assert await school.app[JOBS].run("forms.due")
    return await school.client_as("정민호")


async def approve(client: Client, form: str) -> None:
    approved = await client.post("/forms/disposal", {"due": form})
    assert approved.status == 303, approved.text


async def disposed(school: School) -> None:
    assert await school.app[JOBS].run("forms.disposal")
    await school.settled()


def holding(school: School, *words: str) -> set[str]:
    """Tables that have one of the words in a row."""
    with closing(sqlite3.connect(school.app[CONFIG].database)) as connection:
        rows = [line for line in connection.iterdump() if line.startswith("INSERT INTO")]
    return {row.split('"')[1] for row in rows if any(word in row for word in words)}


async def signed(school: School, **form: Any) -> tuple[str, bytes]:
    """A form that was answered for one child; its id, and the receipt's file."""
    form_id = await sent(school, fields=(GOING, WISH), **form)
    guardian = await school.client_as("김하늘")
    done = await answer(school, guardian, form_id, answer_wish=SEAT)
    return form_id, (await guardian.get(f"{done.location}/file")).body


async def test_a_form_is_due_when_its_years_after_the_next_january_are_over(
    school: School,
) -> None:
    form, _receipt = await signed(school, retention_years=5)
    administrator = await years_later(school, 5)  # the last of its five years
    shown = (await administrator.get("/forms/disposal")).text
    assert "보존 기간이 지난 동의서가 없습니다." in shown
    assert "보존 기간이 지난 동의서" not in (await administrator.get("/")).text
    administrator = await years_later(school, 1)
    shown = (await administrator.get("/forms/disposal")).text
    assert f'value="{form}"' in shown
    assert "보존 기간 5년, 2031년 12월 31일에 지남" in shown
    assert "보존 기간이 지난 동의서" in (await administrator.get("/")).text


async def test_the_school_says_for_how_long_forms_are_kept_that_do_not_say_so(
    school: School,
) -> None:
    await signed(school)
    administrator = await years_later(school, 4)
    shown = (await administrator.get("/forms/disposal")).text
    assert "보존 기간 3년, 2029년 12월 31일에 지남" in shown
    years = {f"years-{one}": "0" for one in ("consent", "statute", "public_task", "contract")}
    wrong = await administrator.post("/forms/disposal/years", years | {"years-none": "오래"})
    assert wrong.status == 422
    set_ = await administrator.post("/forms/disposal/years", years | {"years-none": "10"})
    assert set_.status == 303
    assert await school.app[JOBS].run("forms.due")
    shown = (await administrator.get("/forms/disposal")).text
    assert "보존 기간이 지난 동의서가 없습니다." in shown


async def test_a_form_without_a_deadline_holds_while_the_child_is_at_the_school(
    school: School,
) -> None:
    form, _receipt = await signed(school, deadline_at=None)
    administrator = await years_later(school, 6)
    assert f'value="{form}"' not in (await administrator.get("/forms/disposal")).text


async def test_nothing_goes_without_a_persons_approval(school: School) -> None:
    _form, _receipt = await signed(school)
    administrator = await years_later(school, 6)
    await disposed(school)
    assert holding(school, SEAT) >= {"questions_answer", "ledger_leaf"}
    assert (await administrator.post("/forms/disposal", {})).status == 422
    await administrator.post("/forms/disposal", {"due": "unknown"})
    await disposed(school)
    assert holding(school, SEAT) >= {"questions_answer", "ledger_leaf"}


async def test_what_is_approved_goes_whole_and_the_receipt_still_proves_itself(
    school: School, tmp_path: Path
) -> None:
    form, receipt = await signed(school)
    other, _receipt = await signed(school, retention_years=10)
    administrator = await years_later(school, 6)
    before = await sql(school, "SELECT position, hash FROM ledger_leaf ORDER BY position")
    await approve(administrator, form)
    assert "파기 중" in (await administrator.get("/forms/disposal")).text
    await disposed(school)
    gone = await sql(school, "SELECT position FROM ledger_leaf WHERE text = ''")
    assert len(gone) == 1
    after = await sql(school, "SELECT position, hash FROM ledger_leaf ORDER BY position")
    assert after[: len(before)] == before
    assert await sql(school, "SELECT 1 FROM forms_signature WHERE form_id = ?", form) == []
    assert (
        await sql(school, "SELECT 1 FROM questions_answer WHERE questionnaire_id = ?", form) == []
    )
    assert await sql(school, "SELECT 1 FROM forms_signature WHERE form_id = ?", other) != []
    shown = (await administrator.get("/forms/disposal")).text
    assert "1건 가운데 1건 파기" in shown
    assert "파기 완료" in shown
    guardian = await school.client_as("김하늘")
    assert (await guardian.get("/receipts/0")).status == 410
    # What the guardian kept holds as before, and the school's page says what became of the record.
    assert verify(from_file(receipt)).valid
    asked = (await guardian.post("/verify", {"receipt": receipt.decode()})).text
    assert "변경되지 않은 제출 확인서입니다." in asked
    assert "이 기록의 내용을 파기했습니다" in asked
    told = (await guardian.post("/api/v1/verify", json={"receipt": receipt.decode()})).json()
    assert (told["valid"], told["disposed_at"] is not None) == (True, True)
    # The log and all that is stored beside it are whole.
    assert await school.app[JOBS].run("ledger.check")
    assert await school.app[JOBS].run("forms.compare")
    rows = (await administrator.get("/admin")).text
    assert "삭제되었습니다" not in rows


async def test_the_disposal_itself_is_proven_to_anybody(school: School, tmp_path: Path) -> None:
    form, _receipt = await signed(school)
    administrator = await years_later(school, 6)
    await approve(administrator, form)
    await disposed(school)
    (disposal,) = (await sql(school, "SELECT id FROM forms_disposal"))[0]
    proof = (await administrator.get(f"/forms/disposal/{disposal}/proof")).body
    outcome = verify(from_file(proof))
    assert outcome.valid
    assert isinstance(outcome.record, DisposalV1)
    said = outcome.record
    assert (said.title, said.count, said.closed_in) == ("체험학습", 1, 2026)
    assert (said.retention_years, said.approved_by_name) == (3, "정민호")
    asked = (await administrator.post("/verify", {"receipt": proof.decode()})).text
    assert "보존 기간이 지난 동의서의 파기" in asked
    file = tmp_path / "disposal.json"
    file.write_bytes(proof)
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "scripts.madang", "verify", str(file),
        stdout=asyncio.subprocess.PIPE,
    )  # fmt: skip
    words, _nothing = await process.communicate()
    assert process.returncode == 0
    assert "보존 기간 3년이 지나" in words.decode()
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "scripts.madang", "verify", str(file), "--json",
        stdout=asyncio.subprocess.PIPE,
    )  # fmt: skip
    words, _nothing = await process.communicate()
    assert json.loads(words)["valid"] is True


async def test_a_slips_scan_and_what_was_taken_back_go_too(school: School) -> None:
    form = await sent(school, fields=(GOING, WISH))
    teacher = await school.client_as("박서연")
    await attach(teacher, school, form, PICTURE)
    slip = await a_slip(teacher, school, form)
    assert (await teacher.post(page(school, form) + "/paper", slip)).status == 303
    guardian = await school.client_as("김하늘")
    done = await answer(school, guardian, form)
    assert (await guardian.post(f"{done.location}/retract")).status == 303
    administrator = await years_later(school, 5)
    assert f'value="{form}"' not in (await administrator.get("/forms/disposal")).text
    (leaf,) = (await sql(school, "SELECT leaf FROM forms_retraction"))[0]
    teacher = await school.client_as("박서연")
    assert (await teacher.post(f"/forms/retractions/{leaf}/stopped")).status == 303
    administrator = await years_later(school, 0)
    await approve(administrator, form)
    await disposed(school)
    assert await sql(school, "SELECT 1 FROM forms_signature") == []
    assert await sql(school, "SELECT 1 FROM forms_retraction") == []
    assert list(school.app[FILES].blobs.digests()) == []
    assert len(await sql(school, "SELECT 1 FROM ledger_leaf WHERE text = ''")) == 3
    assert await school.app[JOBS].run("forms.compare")


async def test_what_was_disposed_of_takes_no_answers_and_its_results_say_so(
    school: School,
) -> None:
    form, _receipt = await signed(school)
    administrator = await years_later(school, 6)
    await approve(administrator, form)
    await disposed(school)
    teacher = await school.client_as("박서연")
    assert "회신을 파기했습니다" in (await teacher.get(f"/forms/{form}/results")).text
    guardian = await school.client_as("김하늘")
    letter = await guardian.get(f"/newsletters/{await letter_of(school, form)}")
    assert (letter.status, "보존 기간이 지나 파기한 회신서입니다." in letter.text) == (200, True)
    assert "답하고 서명하기" not in letter.text
    assert (await guardian.get(page(school, form))).status == 200
    assert (await answer(school, guardian, form)).status == 409
    assert (await teacher.get(page(school, form) + "/paper")).status == 409
    slip = {"guardian": school.id("김하늘"), "answer_going": "동의합니다"}
    assert (await teacher.post(page(school, form) + "/paper", slip)).status == 409


async def test_a_form_that_was_answered_after_its_disposal_was_approved_is_kept(
    school: School,
) -> None:
    form, _receipt = await signed(school)
    administrator = await years_later(school, 6)
    await approve(administrator, form)
    teacher = await school.client_as("박서연")
    slip = {"guardian": school.id("김하늘"), "answer_going": "동의합니다"}
    assert (await teacher.post(page(school, form) + "/paper", slip)).status == 303
    await disposed(school)
    assert holding(school, SEAT) == {"ledger_leaf"}
    assert await sql(school, "SELECT 1 FROM ledger_leaf WHERE text = ''") == []
    assert await sql(school, "SELECT 1 FROM forms_disposal") == []
    assert await sql(school, "SELECT 1 FROM ledger_disposed") == []


async def test_a_disposal_that_was_cut_short_goes_on_where_it_stopped(school: School) -> None:
    form, _receipt = await signed(school)
    administrator = await years_later(school, 6)
    await approve(administrator, form)
    disposing = school.app[DISPOSING]
    (waiting,) = await school.db.read(disposal_store.open_ones)
    assert await disposing._say(waiting)  # killed between the log's word and the first text
    assert await school.app[JOBS].run("ledger.check")
    assert await school.app[JOBS].run("forms.compare")
    await disposed(school)
    assert len(await sql(school, "SELECT 1 FROM ledger_leaf WHERE text = ''")) == 1
    assert len(await sql(school, "SELECT 1 FROM ledger_disposal")) == 1
    shown = (await administrator.get("/forms/disposal")).text
    assert "1건 가운데 1건 파기" in shown
