"""Stories about the front page."""

from tests.node.conftest import School


async def test_whoever_is_not_signed_in_is_led_to_the_sign_in_page(school: School) -> None:
    visitor = await school.anonymous()
    answer = await visitor.get("/")
    assert (answer.status, answer.location) == (303, "/sign-in?next=/")


async def test_a_guardian_is_greeted_and_may_pick_one_of_her_children(school: School) -> None:
    haneul = await school.client_as("김하늘")
    answer = await haneul.get("/")
    assert answer.status == 200, answer.text
    assert "김하늘" in answer.text
    assert f"/?child={school.id('이지우')}" in answer.text
    assert f"/?child={school.id('이지호')}" in answer.text


async def test_a_guardian_of_one_child_has_nothing_to_pick(school: School) -> None:
    doyun = await school.client_as("이도윤")
    answer = await doyun.get("/")
    assert answer.status == 200
    assert "/?child=" not in answer.text
