"""What is still to be attached to a paper: whoever owes it is reminded, and the staff hear that it came."""

from kit.clock import DAY
from kit.web.keys import JOBS
from tests.node.conftest import School
from tests.node.handing_in import ABSENCE, Paper, absent, decide


async def test_a_new_day_for_evidence_is_reminded_of_anew(school: School) -> None:
    paper = await absent(school, "2026-11-17", "2026-11-19")
    haneul = await school.later(8 * DAY, "김하늘")  # its day is over
    await school.app[JOBS].run("submissions.reminders")
    await decide(school, "박서연", paper, "return", "진단서를 함께 올려 주세요.")
    before = (await haneul.get("/notifications")).text.count("증빙 서류를 첨부해 주세요")
    again = Paper(haneul, paper.address)
    sent = await again.send(first_on="2026-11-24", last_on="2026-11-26", **ABSENCE)
    assert sent.location == paper.address, sent.text
    haneul = await school.later(9 * DAY, "김하늘")
    await school.app[JOBS].run("submissions.reminders")
    after = (await haneul.get("/notifications")).text.count("증빙 서류를 첨부해 주세요")
    assert after == before + 1


async def test_what_was_not_brought_is_before_the_homeroom_teacher_and_the_office(
    school: School,
) -> None:
    paper = await absent(school, "2026-11-17", "2026-11-19")
    overdue = "기한이 지난 증빙·보고서"
    assert overdue not in (await (await school.client_as("박서연")).get("/")).text
    for name in ("박서연", "오정숙"):
        client = await school.later(5 * DAY, name)
        front = (await client.get("/")).text
        assert (overdue in front) == (name == "오정숙"), name  # of seven days
    seoyeon = await school.client_as("박서연")
    assert overdue in (await seoyeon.get("/")).text
    listed = (await seoyeon.get("/submissions/unsettled")).text.partition('id="overdue"')[2]
    assert paper.address in listed
    other = await school.client_as("한지민")
    assert overdue not in (await other.get("/")).text
    assert paper.address not in (await other.get("/submissions/unsettled")).text
    haneul = await school.client_as("김하늘")
    await Paper(haneul, paper.address).attach("진단서.png")
    assert overdue not in (await seoyeon.get("/")).text
