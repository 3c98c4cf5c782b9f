"""Papers that need both guardians, one of whom says nothing: they are reminded, and the school can go on."""

from msgspec.structs import replace

from kit.clock import DAY
from kit.web.keys import JOBS
from node.submissions.kinds import FamilyRule
from node.submissions.web import SUBMISSIONS
from tests.node.conftest import School
from tests.node.handing_in import TRANSFER, Paper, begin, both_may_sign, states


async def waiting(school: School) -> Paper:
    """A transfer of 이지우 that both have to agree to; 이준혁 has said nothing."""
    await both_may_sign(school)
    types = school.app[SUBMISSIONS].types
    administrator = await school.asker("정민호")
    held = await types.one(administrator, "transfer")
    await types.save(administrator, "transfer", replace(held.type, family=FamilyRule.BOTH))
    paper = await begin(school, await school.client_as("김하늘"), "transfer", "이지우")
    assert (await paper.send(**TRANSFER)).location == paper.address
    await school.settled()
    return paper


async def test_a_guardian_who_says_nothing_is_reminded_once(school: School) -> None:
    await waiting(school)
    told = []
    for days in (1, 2, 2):
        junhyeok = await school.later(days * DAY, "이준혁")
        await school.app[JOBS].run("submissions.reminders")
        told.append((await junhyeok.get("/notifications")).text.count("서류에 동의해 주세요"))
    assert told[1] == told[2] == told[0] + 1


async def test_the_homeroom_teacher_sees_it_and_sends_it_on(school: School) -> None:
    paper = await waiting(school)
    seoyeon = await school.client_as("박서연")
    assert "확인이 필요한 서류" not in (await seoyeon.get("/")).text  # it is an hour old
    assert paper.address in (await seoyeon.get("/submissions/unsettled")).text
    seoyeon = await school.later(3 * DAY, "박서연")
    assert "확인이 필요한 서류" in (await seoyeon.get("/")).text
    assert "다른 보호자가 아직 답하지 않았습니다." in await paper.page(seoyeon)
    word = {"goes_on": "1", "word": "이준혁 님은 해외에 있어 전화로 확인했습니다."}
    assert (await seoyeon.post(f"{paper.address}/settle", word)).status == 303
    await school.settled()
    assert paper.address in (await seoyeon.get("/submissions/tray")).text
    assert "접수대기" in states(await paper.page(seoyeon))


async def test_who_may_not_see_the_class_settles_nothing(school: School) -> None:
    paper = await waiting(school)
    jimin = await school.client_as("한지민")
    word = {"goes_on": "1", "word": "확인했습니다."}
    assert (await jimin.post(f"{paper.address}/settle", word)).status == 404
