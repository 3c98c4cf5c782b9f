"""Two guardians of a child answer otherwise: author, homeroom teacher and office see it at once."""

import re
from typing import Any

from multidict import MultiDict

from node.forms.drafting import draft_text, editor
from tests.node.conftest import School
from tests.node.test_form_results import counted, sheet, table
from tests.node.test_forms import NO, YES, answer, may_sign, page, sent


def option_counts(shown: str) -> dict[str, str]:
    """By option how many the results count under it, of how many."""
    found = re.findall(r"<span>(동의[^<]+)</span>.*?<strong>(\d+)</strong> (/ \d+명)", shown)
    return {option: f"{count} {of}" for option, count, of in found}


async def disagreed(school: School, **form: Any) -> str:
    """김하늘 agrees for 이지우, 이준혁 does not."""
    await may_sign(school, "이준혁")
    form_id = await sent(school, **form)
    await answer(school, await school.client_as("김하늘"), form_id)
    father = await school.client_as("이준혁")
    await answer(school, father, form_id, answer_going=NO, signature_typed="이준혁")
    await school.settled()
    return form_id


async def test_where_both_must_sign_it_is_a_state_of_the_child(school: School) -> None:
    form = await disagreed(school, both_guardians=True)
    teacher = await school.client_as("박서연")
    shown = (await teacher.get(f"/forms/{form}/results")).text
    assert "1명의 보호자 의견이 서로 다릅니다" in shown
    assert "동의로 보지 말고" in shown
    listed = await table(teacher, form, "disputed")
    assert "보호자 의견 다름" in listed
    assert "이지우" in listed
    assert "박하준" not in listed
    assert await counted(teacher, form) == "1 / 2명"  # nobody owes an answer
    lines = [one for one in await sheet(teacher, form) if "이지우" in one]
    assert {(one[4], one[-1]) for one in lines} == {("김하늘", "이준혁"), ("이준혁", "김하늘")}


async def test_where_one_is_enough_the_last_answer_holds_and_the_other_is_named(
    school: School,
) -> None:
    form = await disagreed(school)
    teacher = await school.client_as("박서연")
    shown = (await teacher.get(f"/forms/{form}/results")).text
    assert "나중에 제출한 답을 따릅니다" in shown
    listed = await table(teacher, form, "disputed")
    assert NO in listed
    assert "김하늘: 다르게 답함" in listed
    assert "회신함" in listed


async def test_those_whom_it_concerns_are_told_and_asked_until_the_guardians_agree(
    school: School,
) -> None:
    form = await disagreed(school, writer="최은영")
    for name in ("최은영", "박서연", "오정숙"):
        client = await school.client_as(name)
        assert "보호자 의견이 다릅니다" in (await client.get("/")).text
    for name in ("한지민", "김하늘", "이준혁"):
        client = await school.client_as(name)
        assert "보호자 의견이 다릅니다" not in (await client.get("/notifications")).text
    father = await school.client_as("이준혁")
    await answer(school, father, form, answer_going=YES, signature_typed="이준혁")
    await school.settled()
    office = await school.client_as("오정숙")
    assert "보호자 의견이 다릅니다" not in (await office.get("/")).text
    assert "이지우" not in await table(office, form, "disputed")


async def test_of_a_form_for_one_family_the_office_is_told_nothing(school: School) -> None:
    """The office may not read it, so a line about it would tell of a child and lead nowhere."""
    form = await disagreed(
        school, keys=(f"guardians/child:{school.id('이지우')}",), writer="최은영"
    )
    for name in ("최은영", "박서연"):
        client = await school.client_as(name)
        assert "보호자 의견이 다릅니다" in (await client.get("/notifications")).text
    office = await school.client_as("오정숙")
    assert "보호자 의견이 다릅니다" not in (await office.get("/notifications")).text
    assert (await office.get(f"/forms/{form}/results")).status == 404


async def test_who_changes_their_own_answer_disagrees_with_nobody(school: School) -> None:
    form = await sent(school)
    guardian = await school.client_as("김하늘")
    await answer(school, guardian, form)
    await answer(school, guardian, form, answer_going=NO)
    teacher = await school.client_as("박서연")
    assert "보호자 의견이" not in (await teacher.get(f"/forms/{form}/results/table")).text


async def test_a_consent_that_was_taken_back_disagrees_with_nobody(school: School) -> None:
    form = await disagreed(school, both_guardians=True)
    mother = await school.client_as("김하늘")
    await mother.post("/receipts/0/retract", {})
    teacher = await school.client_as("박서연")
    shown = (await teacher.get(f"/forms/{form}/results/table")).text
    assert "서로 다릅니다" not in shown
    assert "철회함" in shown


async def test_where_any_refusal_wins_the_child_counts_as_refused(school: School) -> None:
    form = await disagreed(school, refusal_wins=True)
    teacher = await school.client_as("박서연")
    shown = (await teacher.get(f"/forms/{form}/results")).text
    assert "동의한 답도 거절로 집계합니다" in shown
    assert option_counts(shown) == {"동의합니다": "0 / 1명", "동의하지 않습니다": "1 / 1명"}
    assert await counted(teacher, form) == "1 / 2명"  # one answer is enough
    listed = await table(teacher, form, "refused")
    assert "거절로 처리" in listed
    assert "이지우" in listed
    assert "박하준" not in listed
    rows = await sheet(teacher, form)
    assert sorted((one[4], one[-1]) for one in rows if "이지우" in one) == [
        ("김하늘", "거절(보호자 한 분이 동의하지 않음)"),
        ("이준혁", "거절(보호자 한 분이 동의하지 않음)"),
    ]


async def test_who_consented_is_told_that_a_refusal_holds_and_both_read_why(
    school: School,
) -> None:
    form = await disagreed(school, refusal_wins=True)
    for name, is_told in (("김하늘", True), ("이준혁", False)):
        client = await school.client_as(name)
        notices = (await client.get("/notifications")).text
        assert ("회신이 거절로 처리됩니다" in notices) is is_told
        child = (await client.get(page(school, form))).text
        assert "한 분이 동의하지 않아 이 자녀의 회신은 거절로 처리합니다" in child
    office = await school.client_as("오정숙")
    assert "보호자 의견이 다릅니다" in (await office.get("/")).text


async def test_a_refusal_wins_whoever_answers_last(school: School) -> None:
    form = await disagreed(school, refusal_wins=True)
    await answer(school, await school.client_as("김하늘"), form)
    teacher = await school.client_as("박서연")
    assert "이지우" in await table(teacher, form, "refused")
    father = await school.client_as("이준혁")
    await answer(school, father, form, answer_going=YES, signature_typed="이준혁")
    await school.settled()
    assert "이지우" not in await table(teacher, form, "refused")
    shown = (await teacher.get(f"/forms/{form}/results/table")).text
    assert option_counts(shown) == {"동의합니다": "1 / 1명", "동의하지 않습니다": "0 / 1명"}
    mother = await school.client_as("김하늘")
    assert "회신이 거절로 처리됩니다" not in (await mother.get("/notifications")).text


async def test_where_any_refusal_wins_one_answer_is_enough(school: School) -> None:
    await may_sign(school, "이준혁")
    form = await sent(school, refusal_wins=True)
    await answer(school, await school.client_as("김하늘"), form)
    await school.settled()
    father = await school.client_as("이준혁")
    assert "답해야 할 동의서" not in (await father.get("/")).text
    asked = (await father.get(page(school, form))).text
    assert "한 분이라도 동의하지 않으면 거절로 처리합니다" in asked


async def test_a_consent_taken_back_is_a_refusal_that_wins(school: School) -> None:
    await may_sign(school, "이준혁")
    form = await sent(school, refusal_wins=True)
    mother, father = await school.client_as("김하늘"), await school.client_as("이준혁")
    await answer(school, mother, form)
    await answer(school, father, form, answer_going=YES, signature_typed="이준혁")
    await father.post("/receipts/1/retract", {})
    teacher = await school.client_as("박서연")
    shown = (await teacher.get(f"/forms/{form}/results/table")).text
    assert option_counts(shown) == {"동의합니다": "0 / 1명", "동의하지 않습니다": "1 / 1명"}
    assert "철회함" in shown


async def test_the_author_sets_what_is_asked_of_guardians(school: School) -> None:
    sent_form = MultiDict({"form_builder": "1", "form_wanted": "1", "form_family": "any_refusal"})
    text = draft_text(sent_form)
    assert text
    shown = editor(text).draft
    assert (shown.refusal_wins, shown.both_guardians) == (True, False)
