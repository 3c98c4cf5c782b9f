"""A slip on paper in a real browser of 360 px: its picture comes in parts, what was typed meanwhile stays, and
without script it comes as a whole file."""

import hashlib

from playwright.async_api import Browser, FilePayload, expect

from protocol.records import ConsentV3
from tests.browsing import press
from tests.models import documents
from tests.node.conftest import School
from tests.node.test_calendar_in_a_browser import overflow
from tests.node.test_forms import page as page_of
from tests.node.test_forms import records, sent
from tests.node.test_writing_in_a_browser import visit

SCAN = documents.png()


def photo(name: str) -> FilePayload:
    return FilePayload(name=name, mimeType="image/png", buffer=SCAN)


async def test_a_teacher_attaches_the_picture_and_enters_the_slip(
    school: School, browser: Browser
) -> None:
    form = await sent(school)
    teacher = await visit(browser, school, "박서연", 360)
    await teacher.goto(page_of(school, form) + "/paper")
    await teacher.get_by_label("알레르기").fill("땅콩")
    await teacher.get_by_label("사진이나 파일 선택").set_input_files(photo("회신서.png"))
    await teacher.get_by_role("button", name="첨부하기").click()
    await expect(teacher.get_by_role("link", name="회신서.png")).to_be_visible()
    await expect(teacher.get_by_label("알레르기")).to_have_value("땅콩")
    assert await overflow(teacher) == 0
    await teacher.get_by_label("동의합니다", exact=True).check()
    await press(teacher.get_by_role("button", name="기록하기"))
    await teacher.get_by_text("종이로 받은 회신을 입력했습니다.").wait_for()
    (record,) = await records(school)
    assert isinstance(record, ConsentV3)
    assert record.scan is not None
    assert record.scan.sha256 == hashlib.sha256(SCAN).hexdigest()
    assert [one.answer for one in record.answers] == ["동의합니다", "땅콩"]


async def test_without_script_the_picture_comes_whole(school: School, browser: Browser) -> None:
    form = await sent(school)
    signed_in = await visit(browser, school, "박서연", 360)
    cookies = await signed_in.context.cookies()
    context = await browser.new_context(
        base_url=school.url, java_script_enabled=False, locale="ko-KR"
    )
    await context.add_cookies([{**one} for one in cookies])  # type: ignore[typeddict-item]
    teacher = await context.new_page()
    await teacher.goto(page_of(school, form) + "/paper")
    await teacher.get_by_label("사진이나 파일 선택").set_input_files(photo("회신서.png"))
    await teacher.get_by_role("button", name="첨부하기").click()
    await teacher.get_by_text("파일을 첨부했습니다.").wait_for()
    await teacher.get_by_label("동의합니다", exact=True).check()
    await teacher.get_by_role("button", name="기록하기").click()
    await teacher.get_by_text("종이로 받은 회신을 입력했습니다.").wait_for()
    (record,) = await records(school)
    assert isinstance(record, ConsentV3)
    assert record.scan is not None
