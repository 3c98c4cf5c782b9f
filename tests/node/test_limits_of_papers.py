"""Limits that a school sets beside those of a year: of a month, and of what somebody answered."""

from node.questions.model import AGREED
from tests.node.conftest import Answer, School
from tests.node.handing_in import begin
from tests.node.test_submission_types import edited


async def sent(school: School, kind: str, first: str, last: str, **answers: str) -> Answer:
    paper = await begin(school, await school.client_as("김하늘"), kind, "이지우")
    return await paper.send(first_on=first, last_on=last, **answers)


async def test_one_day_of_a_month_and_no_second(school: School) -> None:
    minho = await school.client_as("정민호")
    await minho.post("/submissions/types/menstrual/open", {"open": "1"})
    answers = {"answer_what": "결석", "answer_known": AGREED}
    one, other = "2026-11-20", "2026-11-23"
    assert (await sent(school, "menstrual", one, one, **answers)).status == 303
    again = await sent(school, "menstrual", other, other, **answers)
    assert again.status == 422
    assert "한 달에 1일까지입니다. 11월에 이미 1일을 사용했는데" in again.text
    december = "2026-12-01"
    assert (await sent(school, "menstrual", december, december, **answers)).status == 303
    assert await edited(minho, "menstrual", monthly_days="2") == 303


async def test_each_family_event_has_its_days(school: School) -> None:
    wedding = {"answer_event": "결혼", "answer_whose": "김바다(이모)"}
    refused = await sent(school, "family-event", "2026-11-19", "2026-11-20", **wedding)
    assert refused.status == 422
    assert "‘결혼’에는 1일까지입니다. 이번 서류는 2일입니다." in refused.text
    funeral = {"answer_event": "사망(부모·조부모·외조부모)", "answer_whose": "김산(할아버지)"}
    taken = await sent(school, "family-event", "2026-11-16", "2026-11-20", **funeral)
    assert taken.status == 303


async def test_the_school_changes_the_days_of_an_event(school: School) -> None:
    minho = await school.client_as("정민호")
    assert await edited(minho, "family-event", by_answer_0_days="2") == 303
    wedding = {"answer_event": "결혼", "answer_whose": "김바다(이모)"}
    taken = await sent(school, "family-event", "2026-11-19", "2026-11-20", **wedding)
    assert taken.status == 303
