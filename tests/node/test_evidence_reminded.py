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
