"""Lost and found in a real browser, on a phone of 360 px: noted with a photo (a wrong one
first), claimed, handed over."""

from playwright.async_api import Browser, FilePayload, expect

from tests.browsing import press
from tests.node.conftest import School
from tests.node.routes_gallery import photo
from tests.node.test_calendar_in_a_browser import overflow
from tests.node.test_writing_in_a_browser import visit

WORDS = "손잡이가 나무인 남색 우산"


async def test_an_umbrella_is_noted_claimed_and_handed_over(
    school: School, browser: Browser
) -> None:
    teacher = await visit(browser, school, "박서연", 360)
    await teacher.goto("/belongings")
    await expect(teacher.get_by_text("보관 중인 분실물이 없습니다.")).to_be_visible()
    await press(teacher.get_by_role("link", name="습득물 등록"))
    await teacher.get_by_label("물건").fill(WORDS)
    await teacher.get_by_label("찾은 곳").fill("2층 복도")
    await teacher.get_by_label("보관 장소").fill("교무실 앞 보관함")
    wrong = FilePayload(name="우산.heic", mimeType="image/heic", buffer=b"no photo that opens")
    await teacher.get_by_label("사진(선택)").set_input_files(wrong)
    await teacher.get_by_role("button", name="등록하기").click()
    await expect(teacher.get_by_text("사진으로 열 수 없는 파일입니다.").first).to_be_visible()
    await expect(teacher.get_by_label("물건")).to_have_value(WORDS)
    await expect(teacher.get_by_label("보관 장소")).to_have_value("교무실 앞 보관함")
    file = FilePayload(name="우산.jpg", mimeType="image/jpeg", buffer=photo())
    await teacher.get_by_label("사진(선택)").set_input_files(file)
    assert await overflow(teacher) == 0
    await teacher.get_by_role("button", name="등록하기").click()
    await teacher.get_by_text("등록했습니다.").wait_for()
    guardian = await visit(browser, school, "김하늘", 360)
    await guardian.goto("/belongings")
    assert await overflow(guardian) == 0
    await press(guardian.get_by_role("link", name=WORDS))
    seen = guardian.get_by_role("img", name=WORDS)
    assert await seen.evaluate("async (one) => { await one.decode(); return one.naturalWidth }") > 0
    await guardian.get_by_label("누구의 것인가요?").select_option(
        label="우리 아이(이지우) 것이에요"
    )
    await guardian.get_by_label("물건의 특징").fill("안쪽에 이름표가 있어요")
    assert await overflow(guardian) == 0
    await guardian.get_by_role("button", name="확인 요청하기").click()
    await guardian.get_by_text("확인을 요청했습니다.").wait_for()
    await teacher.goto("/")
    await press(teacher.get_by_role("link", name=WORDS).first)
    await expect(teacher.get_by_text("안쪽에 이름표가 있어요")).to_be_visible()
    assert await overflow(teacher) == 0
    await teacher.get_by_role("button", name="이지우에게 돌려줌").click()
    await teacher.get_by_text("돌려준 것으로 처리했습니다.").wait_for()
    await expect(teacher.get_by_role("button", name="처리 취소하기")).to_be_visible()
    await guardian.goto("/belongings")
    await expect(guardian.get_by_text("돌려받았습니다")).to_be_visible()
