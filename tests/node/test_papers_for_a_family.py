"""Stories about papers that the staff put in from paper: the child's guardians go on with them."""

from kit.clock import DAY
from kit.web.keys import JOBS
from tests.node.conftest import School
from tests.node.handing_in import ABSENCE, REPORT, TRIP, Paper, begin, decide, states


async def put_in(school: School, kind: str, first: str, last: str, **answers: str) -> Paper:
    """박서연 puts in what 김하늘 handed in on paper for 이지우; as 김하늘 has it."""
    paper = await begin(school, await school.client_as("박서연"), kind, "이지우")
    haneul = await school.client_as("김하늘")
    assert (await haneul.get(paper.address)).status == 404  # a draft is its writer's
    sent = await paper.send(first_on=first, last_on=last, **answers)
    assert sent.location == paper.address, sent.text
    await school.settled()
    return Paper(haneul, paper.address)


async def test_the_guardian_is_told_and_mends_what_comes_back(school: School) -> None:
    paper = await put_in(school, "absence", "2026-11-17", "2026-11-19", **ABSENCE)
    await decide(school, "윤태식", paper, "return", "진단서가 필요합니다.")
    page = await paper.page()
    assert "보완요청" in states(page)
    assert "서류를 보완해 주세요" in (await paper.client.get("/notifications")).text
    assert "결석신고서" in (await paper.client.get("/")).text
    assert "수정하여 다시 제출" in page
    again = {**ABSENCE, "answer_reason": "독감으로 쉬었습니다."}
    sent = await paper.send(first_on="2026-11-17", last_on="2026-11-19", **again)
    assert sent.location == paper.address
    assert "독감으로 쉬었습니다." in await paper.page()


async def test_the_guardian_adds_evidence_and_takes_it_back(school: School) -> None:
    paper = await put_in(school, "absence", "2026-11-17", "2026-11-19", **ABSENCE)
    assert "증빙 첨부" in (await paper.client.get("/")).text
    assert (await paper.attach("진단서.png")).status == 303
    seoyeon = await school.client_as("박서연")
    assert "증빙 서류를 받았습니다" in (await seoyeon.get("/notifications")).text
    assert (await paper.client.post(f"{paper.address}/withdraw")).status == 303
    assert "접수취소" in states(await paper.page())


async def test_the_guardian_hands_in_the_report(school: School) -> None:
    paper = await put_in(school, "off-campus", "2026-12-07", "2026-12-09", **TRIP)
    await decide(school, "윤태식", paper)
    haneul = await school.later(17 * DAY, "김하늘")
    await school.app[JOBS].run("submissions.reminders")
    assert "결과보고서를 제출해 주세요" in (await haneul.get("/notifications")).text
    begun = await haneul.post(f"{paper.address}/report")
    report = Paper(haneul, begun.location.removesuffix("/edit"))
    await report.attach("바다.png")
    assert (await report.send(**REPORT)).location == report.address


async def test_who_only_reads_and_strangers_go_on_with_nothing(school: School) -> None:
    paper = await put_in(school, "absence", "2026-11-17", "2026-11-19", **ABSENCE)
    for name in ("이준혁", "이도윤", "이지우"):
        client = await school.client_as(name)
        assert (await client.post(f"{paper.address}/withdraw")).status == 404, name
        await Paper(client, paper.address).attach("진단서.png")
    page = await paper.page()
    assert "접수대기" in states(page)
    assert "진단서.png" not in page


async def test_who_decided_hears_that_a_permission_is_taken_back(school: School) -> None:
    paper = await put_in(school, "off-campus", "2026-12-07", "2026-12-09", **TRIP)
    await decide(school, "윤태식", paper)
    assert (await paper.client.post(f"{paper.address}/withdraw")).status == 303
    for name in ("박서연", "윤태식"):
        page = (await (await school.client_as(name)).get("/notifications")).text
        assert "승인한 서류를 취소했습니다" in page, name


async def test_the_office_is_told_of_a_child_nobody_knows(school: School) -> None:
    haneul = await school.client_as("김하늘")
    answer = await haneul.post("/submissions", {"type": "off-campus", "name": "박하준"})
    paper = Paper(haneul, answer.location.removesuffix("/edit"))
    await paper.send(first_on="2026-12-07", last_on="2026-12-08", **TRIP)
    office = await school.client_as("오정숙")
    assert "어느 학생인지 확인해 주세요" in (await office.get("/notifications")).text
