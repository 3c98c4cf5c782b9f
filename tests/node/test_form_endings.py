"""When a form takes answers no more: its deadline passed, or its letter was taken back."""

import pytest

from kit.clock import DAY
from kit.db import Tx
from kit.schema import migrate
from kit.web.assembly import ASSEMBLY
from node.forms import service
from node.forms.web import FORMS
from node.newsletters.web import NEWSLETTERS
from node.notify.web import NOTIFY
from tests.node.conftest import School
from tests.node.test_forms import YES, answer, left_behind, page, records, sent, sql


async def withdrawn(school: School, form: str) -> None:
    """The author takes the form's letter back."""
    ((letter,),) = await sql(school, "SELECT subject FROM forms_form WHERE id = ?", form)
    await school.app[NEWSLETTERS].corrections.withdraw(await school.asker("박서연"), letter, "취소")


async def test_the_form_of_a_withdrawn_letter_is_neither_opened_again_nor_signed(
    school: School,
) -> None:
    form = await sent(school)
    await withdrawn(school, form)
    teacher, guardian = await school.client_as("박서연"), await school.client_as("김하늘")
    before = await left_behind(school)
    refused = await teacher.post(f"/forms/{form}/deadline", {"deadline": "2026-11-29T09:00"})
    assert refused.status == 409
    assert "회수한 글의 회신서" in refused.text
    signed = await answer(school, guardian, form)
    assert signed.status == 409
    slip = {"guardian": school.id("김하늘"), "answer_going": YES}
    assert (await teacher.post(page(school, form) + "/paper", slip)).status == 409
    assert (await teacher.get(page(school, form) + "/paper")).status == 409
    assert await left_behind(school) == before


async def test_the_form_of_a_withdrawn_letter_asks_nobody_and_offers_nothing(
    school: School,
) -> None:
    form = await sent(school)
    await withdrawn(school, form)
    teacher, guardian = await school.client_as("박서연"), await school.client_as("김하늘")
    assert page(school, form) not in (await guardian.get("/")).text
    assert f"/forms/{form}/results" not in (await teacher.get("/")).text
    results = (await teacher.get(f"/forms/{form}/results")).text
    assert "회수한 글의 회신서입니다" in results
    assert f"/forms/{form}/deadline" not in results
    assert "/paper" not in results


async def test_a_form_that_an_earlier_version_opened_again_asks_nobody_any_more(
    school: School,
) -> None:
    form = await sent(school)
    await school.settled()
    await withdrawn(school, form)

    def as_before(tx: Tx) -> None:
        tx.execute("UPDATE forms_form SET deadline_at = ?", (school.clock.now() + DAY,))
        tx.execute("DELETE FROM kit_migration WHERE name = '007_withdrawn_forms_ask_nobody.sql'")

    await school.db.write(as_before)
    await migrate(school.db, school.app[ASSEMBLY].packages, school.clock)
    teacher, guardian = await school.client_as("박서연"), await school.client_as("김하늘")
    assert page(school, form) not in (await guardian.get("/")).text
    assert f"/forms/{form}/results" not in (await teacher.get("/")).text
    assert await school.app[NOTIFY].remind_before_deadlines() == 0
    assert await sql(school, "SELECT count(*) FROM notify_deadline_reminder") == [(0,)]


async def test_the_text_that_was_taken_back_stands_in_the_receipt_of_who_signed_it_alone(
    school: School,
) -> None:
    form = await sent(school)
    mother, father = await school.client_as("김하늘"), await school.client_as("이준혁")
    await answer(school, mother, form)
    await withdrawn(school, form)
    for reader in (mother, father):
        shown = (await reader.get(page(school, form))).text
        assert "갑니다." not in shown
        assert "서명할 안내문" not in shown  # no box that opens on nothing
        assert "참가에 동의합니까?" not in shown
        assert "회수한 글의 회신서" in shown
        assert "변경할 수 있습니다" not in shown
    assert "/receipts/0" in (await mother.get(page(school, form))).text
    assert "/receipts/0" not in (await father.get(page(school, form))).text
    assert "갑니다." in (await mother.get("/receipts/0/text")).text
    receipt = (await mother.get("/receipts/0")).text
    assert "학교에서 회수한 글입니다" in receipt
    assert "체험학습" in receipt
    for what in ("", "/text", "/file"):
        assert (await father.get(f"/receipts/0{what}")).status == 404


async def test_a_deadline_is_moved_to_a_moment_of_the_next_sixty_days_or_not_at_all(
    school: School,
) -> None:
    form = await sent(school)
    teacher = await school.client_as("박서연")
    (before,) = await sql(school, "SELECT deadline_at FROM forms_form")
    wrong = ("2026-11-23T09:00", "2027-01-22T09:01", "2026-02-30T09:00", "많이", "")
    for deadline in wrong:
        sent_back = await teacher.post(f"/forms/{form}/deadline", {"deadline": deadline})
        assert sent_back.status == 422
    assert await sql(school, "SELECT deadline_at FROM forms_form") == [before]
    await teacher.post(f"/forms/{form}/deadline", {"deadline": "2027-01-22T09:00"})
    assert await sql(school, "SELECT deadline_at FROM forms_form") == [
        (school.clock.now() + 60 * DAY,)
    ]


async def test_a_page_is_known_as_sent_for_a_month_and_its_answer_for_good(
    school: School, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(service, "FORGOTTEN_AT_ONCE", 1)
    form = await sent(school)
    guardian = await school.client_as("김하늘")
    for page_key in ("a", "b", "c"):
        await answer(school, guardian, form, submission=page_key)

    guardian = await school.later(29 * DAY, "김하늘")
    await school.app[FORMS].forget_pages()
    again = await answer(school, guardian, form, submission="b")
    assert again.location == "/receipts/1"

    guardian = await school.later(2 * DAY, "김하늘")
    await school.app[FORMS].forget_pages()
    late = await answer(school, guardian, form, submission="b")
    assert late.location != "/receipts/1"
    assert len(await records(school)) == 3
    assert (await guardian.get("/receipts/1")).status == 200
