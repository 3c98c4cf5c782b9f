"""A card of the tray shows what was said about a paper before."""

from tests.node.conftest import School
from tests.node.handing_in import ABSENCE, absent, both_may_sign, decide, trip


async def test_who_decides_reads_why_it_was_sent_back_and_what_came_again(school: School) -> None:
    paper = await absent(school)
    await decide(school, "박서연", paper, "return", "진단서를 첨부해 주세요.")
    await paper.send(first_on="2026-11-20", last_on="2026-11-20", **ABSENCE)
    await school.settled()
    tray = (await (await school.client_as("박서연")).get("/submissions/tray")).text
    assert "앞서 오간 말" in tray
    assert "진단서를 첨부해 주세요." in tray


async def test_what_another_guardian_wrote_stands_on_the_card(school: School) -> None:
    await both_may_sign(school)
    paper = await trip(school)
    father = await school.client_as("이준혁")
    said = {"answer": "agree", "word": "저도 확인했습니다."}
    assert (await father.post(f"{paper.address}/opinion", said)).status == 303
    tray = (await (await school.client_as("박서연")).get("/submissions/tray")).text
    assert "저도 확인했습니다." in tray


async def test_a_card_of_which_nothing_was_said_has_no_empty_list(school: School) -> None:
    await absent(school)
    tray = (await (await school.client_as("박서연")).get("/submissions/tray")).text
    assert "이지우" in tray
    assert "앞서 오간 말" not in tray
