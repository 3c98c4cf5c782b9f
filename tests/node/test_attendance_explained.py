"""Papers that explain a child's day join it by themselves: the teacher need not look for them."""

import re

from kit.clock import DAY
from tests.node.conftest import School
from tests.node.handing_in import absent, decide, trip
from tests.node.test_attendance import FRIDAY, JIU, lines, marked, marks, sheet_of, told


def chosen(page: str, school: School) -> tuple[str, str]:
    """What the sheet has chosen for 이지우: the mark and its cause."""
    id = school.id(JIU)
    mark = re.search(rf'name="mark-{id}" value="(\w+)" checked', page)
    cause = re.search(rf'name="cause-{id}".*?value="(\w*)" selected', page)
    assert mark is not None
    assert cause is not None
    return mark[1], cause[1]


async def test_a_paper_handed_in_later_says_why_and_the_teacher_saves_it(school: School) -> None:
    teacher = await marked(school, FRIDAY, jiu="absent")
    guardian = await school.client_as("김하늘")
    assert "서류 제출" in (await guardian.get("/attendance")).text
    paper = await absent(school, FRIDAY)
    page = (await teacher.get(sheet_of(school, FRIDAY))).text
    assert chosen(page, school) == ("absent", "sick")
    assert "제출 서류에 따라 미리 선택됨" in page
    assert f'href="{paper.address}"' in page
    child = (await (await school.client_as(JIU)).get("/attendance")).text
    assert "결석신고서" in child
    assert paper.address not in child  # it is the guardian's
    own = (await guardian.get("/attendance")).text
    assert "결석신고서" in own
    assert "서류 제출" not in own
    await marks(school, teacher, {JIU: "absent sick"}, FRIDAY)
    page = (await teacher.get(sheet_of(school, FRIDAY))).text
    assert "제출 서류에 따라 미리 선택됨" not in page


async def test_who_has_handed_in_a_paper_is_not_asked_where_the_child_is(school: School) -> None:
    await absent(school, FRIDAY)
    await marked(school, FRIDAY, jiu="absent")
    assert await told(school) == []
    assert await lines(school) == []


async def test_a_permitted_trip_is_chosen_before_the_teacher_comes_to_it(school: School) -> None:
    paper = await trip(school)
    school.clock.advance(14 * DAY)  # Monday, 7 December
    teacher = await school.client_as("박서연")
    page = (await teacher.get(sheet_of(school, "2026-12-07"))).text
    assert chosen(page, school) == ("present", "")  # nobody has permitted it yet
    for name in ("박서연", "윤태식"):
        await decide(school, name, paper)
    page = (await teacher.get(sheet_of(school, "2026-12-07"))).text
    assert chosen(page, school) == ("absent", "approved")
    assert "교외체험학습 신청서" in page
    assert chosen((await teacher.get(sheet_of(school, "2026-11-23"))).text, school) == (
        "present",
        "",
    )


async def test_a_paper_that_was_taken_back_explains_nothing(school: School) -> None:
    paper = await absent(school, FRIDAY)
    await paper.client.post(f"{paper.address}/withdraw")
    teacher = await marked(school, FRIDAY, jiu="absent")
    assert await told(school) == ["attendance:absent"]
    page = (await teacher.get(sheet_of(school, FRIDAY))).text
    assert chosen(page, school) == ("absent", "")
    assert paper.address not in page
