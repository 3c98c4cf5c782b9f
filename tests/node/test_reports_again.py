"""Stories about the report on a permission: whoever's first one comes to nothing hands in another."""

from kit.clock import DAY
from kit.web.keys import JOBS
from tests.node.conftest import School
from tests.node.handing_in import REPORT, Paper, decide, states, trip


async def permitted(school: School, days: int = 17) -> Paper:
    """A trip of 이지우 that was permitted and is over, as 김하늘 has it so many days from now."""
    paper = await trip(school)
    for name in ("박서연", "윤태식"):
        await decide(school, name, paper)
    haneul = await school.later(days * DAY, "김하늘")
    await school.app[JOBS].run("submissions.reminders")
    await school.settled()
    return Paper(haneul, paper.address)


async def reported(paper: Paper) -> Paper:
    """The report that is begun on the page of the permission, handed in."""
    begun = await paper.client.post(f"{paper.address}/report")
    assert begun.status == 303, begun.text
    report = Paper(paper.client, begun.location.removesuffix("/edit"))
    await report.attach("바다.png")
    assert (await report.send(**REPORT)).location == report.address
    return report


async def test_a_report_due_on_a_holiday_is_due_on_the_next_school_day(school: School) -> None:
    paper = await trip(
        school, "2026-12-16", "2026-12-18"
    )  # seven days on it is Christmas, a Friday
    for name in ("박서연", "윤태식"):
        await decide(school, name, paper)
    haneul = await school.later(26 * DAY, "김하늘")
    assert "2026. 12. 28.(월)까지 제출해 주세요." in await paper.page(haneul)


async def test_a_report_that_the_school_has_is_no_task_until_it_comes_back(school: School) -> None:
    paper = await permitted(school)
    assert "보고서 대기" in (await paper.client.get("/")).text
    report = await reported(paper)
    assert "보고서 대기" not in (await paper.client.get("/")).text
    await decide(school, "박서연", report, "refuse", "다른 여행의 사진입니다.")
    assert "보고서 대기" in (await paper.client.get("/")).text


async def test_after_a_report_was_taken_back_another_is_handed_in(school: School) -> None:
    paper = await permitted(school)
    first = await reported(paper)
    assert (await first.client.post(f"{first.address}/withdraw")).status == 303
    assert "보고서를 다시 제출하려면 신청서에서" in await first.page()
    assert "결과보고서 작성" in await paper.page()
    again = await reported(paper)
    assert again.address != first.address
    await decide(school, "박서연", again)
    assert "보고서 완료" in states(await paper.page())


async def test_after_a_report_was_refused_another_is_handed_in(school: School) -> None:
    paper = await permitted(school)
    first = await reported(paper)
    await decide(school, "박서연", first, "refuse", "다른 여행의 사진입니다.")
    assert "반려" in states(await first.page())
    assert "결과보고서 작성" in await paper.page()
    again = await reported(paper)
    assert again.address != first.address
    assert "결과보고서 작성" not in await paper.page()


async def test_a_report_that_was_refused_is_asked_for_again(school: School) -> None:
    paper = await permitted(school, 24)  # a day after its last day
    report = await reported(paper)
    await decide(school, "박서연", report, "refuse", "다른 여행의 사진입니다.")
    before = (await paper.client.get("/notifications")).text
    await school.app[JOBS].run("submissions.reminders")
    after = (await paper.client.get("/notifications")).text
    asked = "결과보고서를 제출해 주세요"
    assert after.count(asked) == before.count(asked) + 1
