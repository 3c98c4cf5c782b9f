"""Papers of a kind in which the refusal of any guardian wins."""

from msgspec.structs import replace

from node.submissions.kinds import FamilyRule
from node.submissions.web import SUBMISSIONS
from tests.node.conftest import School
from tests.node.handing_in import Paper, both_may_sign, decide, states, trip

NO = {"answer": "refuse", "word": "시험이 있습니다."}
YES = {"answer": "agree"}


async def refusing(school: School) -> None:
    """The school has the refusal of any guardian win for off-campus learning."""
    types = school.app[SUBMISSIONS].types
    administrator = await school.asker("정민호")
    held = await types.one(administrator, "off-campus")
    changed = replace(held.type, family=FamilyRule.REFUSAL_WINS)
    await types.save(administrator, "off-campus", changed)


async def refused(school: School) -> Paper:
    """김하늘 applies for 이지우, and 이준혁 refuses."""
    await both_may_sign(school)
    await refusing(school)
    paper = await trip(school)
    father = await school.client_as("이준혁")
    assert (await father.post(f"{paper.address}/opinion", NO)).status == 303
    await school.settled()
    return paper


async def test_it_counts_as_refused_at_once_and_all_whom_it_concerns_see_it(school: School) -> None:
    paper = await refused(school)
    for name in ("김하늘", "이준혁"):
        reader = await school.client_as(name)
        shown = await paper.page(reader)
        assert "보호자 거절" in states(shown)
        assert "한 분이라도 거절하면 거절로 처리하는 서류이므로" in shown
    for name in ("박서연", "오정숙"):
        staff = await school.client_as(name)
        assert "확인이 필요한 서류" in (await staff.get("/")).text
        assert "보호자 거절" in states((await staff.get("/submissions/unsettled")).text)
        assert "보호자 거절" in states((await staff.get("/submissions/cases")).text)
        listed = await staff.get("/submissions/cases/export?format=csv")
        assert "보호자 거절" in listed.body.decode("utf-8-sig")
    assert "보호자 의견이 다릅니다" in (await paper.client.get("/notifications")).text
    assert "올해 20일 가운데 0일 사용" in (await paper.client.get("/submissions")).text


async def test_nobody_approves_it_while_the_refusal_stands(school: School) -> None:
    paper = await refused(school)
    assert (await decide(school, "박서연", paper)).status == 409
    office = await school.client_as("오정숙")
    assert "결재로 보내기" not in await paper.page(office)
    told = {"goes_on": "1", "word": "통화했습니다."}
    answer = await office.post(f"{paper.address}/settle", told)
    assert answer.status == 409
    assert "보호자 거절" in states(await paper.page())


async def test_the_school_closes_it_with_a_record(school: School) -> None:
    paper = await refused(school)
    office = await school.client_as("오정숙")
    told = {"goes_on": "0", "word": "두 보호자와 통화했습니다."}
    assert (await office.post(f"{paper.address}/settle", told)).status == 303
    page = await paper.page()
    assert "반려" in states(page)
    assert "결재 기록 확인서" in page


async def test_who_refused_lets_it_go_on_after_all(school: School) -> None:
    paper = await refused(school)
    father = await school.client_as("이준혁")
    assert (await father.post(f"{paper.address}/opinion", YES)).status == 303
    assert "접수대기" in states(await paper.page())
    assert (await decide(school, "박서연", paper)).status == 303
    assert "처리중" in states(await paper.page())


async def test_a_permission_is_refused_until_its_first_day(school: School) -> None:
    await both_may_sign(school)
    await refusing(school)
    paper = await trip(school)
    await decide(school, "박서연", paper)
    await decide(school, "윤태식", paper)
    assert "승인완료" in states(await paper.page())
    father = await school.client_as("이준혁")
    assert (await father.post(f"{paper.address}/opinion", NO)).status == 303
    assert "보호자 거절" in states(await paper.page())
    assert (await father.post(f"{paper.address}/opinion", YES)).status == 303
    assert (await decide(school, "박서연", paper)).status == 303  # it is decided on anew


async def test_who_handed_it_in_takes_it_back(school: School) -> None:
    paper = await refused(school)
    assert (await paper.client.post(f"{paper.address}/withdraw")).status == 303
    assert "접수취소" in states(await paper.page())
