"""Papers on a phone of 360 px: handed in, decided on, entered into NEIS; taps are counted."""

from playwright.async_api import Browser, Dialog, Page, expect

from kit.clock import DAY
from kit.web.keys import JOBS
from tests.browsing import press
from tests.models import documents
from tests.node.conftest import School
from tests.node.handing_in import (
    REPORT,
    TRANSFER,
    TRIP,
    absent,
    begin,
    both_may_sign,
    decide,
    states,
    trip,
)
from tests.node.test_refusals_that_win import refusing
from tests.node.test_writing_in_a_browser import visit

MANY = 20


class Thumb:
    """Counts what somebody presses, and the pages that this leads to."""

    def __init__(self, page: Page) -> None:
        self.page = page
        self.taps = 0
        self.pages = {page.url}
        page.on("framenavigated", lambda frame: self.pages.add(frame.url))

    async def press(self, name: str, role: str = "link", *, exact: bool = True) -> None:
        self.taps += 1
        button = self.page.get_by_role(role, name=name, exact=exact)  # type: ignore[arg-type]
        await press(button.first)

    async def tick(self, name: str) -> None:
        self.taps += 1
        await self.page.get_by_role("checkbox", name=name, exact=True).click()

    async def agree(self, question: Dialog) -> None:
        """Press 확인 where the browser asks."""
        self.taps += 1
        await question.accept()


async def fits(page: Page) -> bool:
    """Nothing is wider than the phone."""
    return bool(await page.evaluate("document.documentElement.scrollWidth <= window.innerWidth"))


async def test_an_absence_goes_from_the_phone_to_the_list_for_neis(
    school: School, browser: Browser
) -> None:
    phone = await visit(browser, school, "김하늘", 360)
    await phone.goto("/submissions")
    assert await fits(phone)
    absence = phone.locator("#type-absence")
    await press(absence.get_by_role("button", name="이지우 서류 작성"))
    await phone.wait_for_url("**/edit")
    assert await fits(phone)
    await expect(phone.get_by_text("제출 전").first).to_be_visible()
    await phone.fill("[name=first_on]", "2026-11-20")
    await phone.fill("[name=last_on]", "2026-11-20")
    await phone.check("[name=answer_kind][value=질병]")
    await phone.fill("[name=answer_reason]", "열이 나서 쉬었습니다.")
    await press(phone.get_by_role("button", name="학교에 제출"))
    await expect(phone.get_by_text("접수번호 2026-1")).to_be_visible()
    await expect(phone.get_by_text("접수됨", exact=True)).to_be_visible()
    assert await fits(phone)

    desk = await visit(browser, school, "박서연", 360)
    thumb = Thumb(desk)
    await thumb.press("결재할 서류", exact=False)
    await desk.wait_for_url("**/submissions/tray")
    assert await fits(desk)
    await thumb.press("승인", "button")
    await expect(desk.get_by_text("승인했습니다.")).to_be_visible()
    assert thumb.taps <= 3
    assert len(thumb.pages) <= 2

    await phone.reload()
    await expect(phone.get_by_text("승인완료", exact=True).first).to_be_visible()
    await desk.goto("/submissions/cases")
    assert await fits(desk)
    await desk.get_by_text("나이스 입력용 목록").click()
    async with desk.expect_download() as waiting:
        await desk.get_by_role("button", name="내려받기").click()
    assert (await waiting.value).suggested_filename == "papers-2026-11.xlsx"


async def decided(browser: Browser, school: School, name: str, *, back: str = "") -> None:
    """Somebody of the staff decides from the front page of their phone; `back`: asks for completion."""
    desk = await visit(browser, school, name, 360)
    thumb = Thumb(desk)
    await thumb.press("결재할 서류", exact=False)
    if back:
        await desk.get_by_text("보완 요청·반려").click()
        await desk.get_by_label("가정에 전할 내용").fill(back)
        await thumb.press("보완 요청", "button")
        await expect(desk.get_by_text("보완을 요청했습니다.")).to_be_visible()
    else:
        await thumb.press("승인", "button")
        await expect(desk.get_by_text("승인했습니다.")).to_be_visible()
    assert thumb.taps <= 3
    assert await fits(desk)
    await desk.context.close()
    await school.settled()


async def test_off_campus_learning_goes_from_the_application_to_the_report(
    school: School, browser: Browser
) -> None:
    phone = await visit(browser, school, "김하늘", 360)
    await phone.goto("/submissions")
    trips = phone.locator("#type-off-campus")
    await press(trips.get_by_role("button", name="이지우 서류 작성"))
    await phone.wait_for_url("**/edit")
    await phone.fill("[name=first_on]", "2026-12-07")
    await phone.fill("[name=last_on]", "2026-12-09")
    await phone.check(f"[name=answer_form][value={TRIP['answer_form']}]")
    for name in ("answer_place", "answer_leader", "answer_telephone", "answer_plan"):
        await phone.fill(f"[name={name}]", TRIP[name])
    await press(phone.get_by_role("button", name="학교에 제출"))
    await expect(phone.get_by_text("접수번호 2026-1")).to_be_visible()
    not_yet = phone.get_by_text("허가 전에는 유효하지 않음")
    await expect(not_yet).to_be_visible()
    assert await fits(phone)
    application = phone.url
    await school.settled()

    await decided(browser, school, "박서연", back="자는 곳을 적어 주세요.")
    await phone.reload()
    await expect(phone.get_by_text("자는 곳을 적어 주세요.").first).to_be_visible()
    await press(phone.get_by_role("link", name="수정하여 다시 제출"))
    await phone.fill("[name=answer_plan]", "첫날 바다를 보고 강릉 숙소에서 잡니다.")
    await press(phone.get_by_role("button", name="학교에 제출"))
    await phone.wait_for_url(application)
    await school.settled()

    await decided(browser, school, "박서연")
    await phone.reload()
    await expect(not_yet).to_be_visible()
    await decided(browser, school, "윤태식")
    await phone.reload()
    await expect(phone.get_by_text("허가되었습니다.")).to_be_visible()
    await expect(not_yet).to_have_count(0)

    await school.later(17 * DAY, "김하늘")  # 10 December: back from the sea
    await school.app[JOBS].run("submissions.reminders")
    phone = await visit(browser, school, "김하늘", 360)
    await phone.goto(application)
    await expect(phone.get_by_text("보고서 대기", exact=True).first).to_be_visible()
    await press(phone.get_by_role("button", name="결과보고서 작성"))
    await phone.wait_for_url("**/edit")
    await phone.set_input_files(
        "input[type=file]",
        {"name": "바다.png", "mimeType": "image/png", "buffer": documents.png(300, 200)},
    )
    await phone.get_by_role("button", name="첨부하기").click()
    await expect(phone.locator("#attachments").get_by_text("바다.png").first).to_be_visible()
    for name, text in REPORT.items():
        await phone.fill(f"[name={name}]", text)
    assert await fits(phone)
    await press(phone.get_by_role("button", name="학교에 제출"))
    await expect(phone.get_by_text("접수됨", exact=True)).to_be_visible()
    await school.settled()
    await decided(browser, school, "박서연")
    await phone.goto(application)
    await expect(phone.get_by_text("보고서 완료", exact=True).first).to_be_visible()


async def test_twenty_are_decided_in_eight_taps(school: School, browser: Browser) -> None:
    haneul = await school.client_as("김하늘")
    for _paper in range(MANY):
        await (await begin(school, haneul, "transfer", "이지우")).send(**TRANSFER)
    await school.settled()
    desk = await visit(browser, school, "박서연", 360)
    thumb = Thumb(desk)
    await thumb.press("결재할 서류", exact=False)
    desk.once("dialog", thumb.agree)
    await thumb.press(f"이 화면의 {MANY}건 모두 승인", "button")
    await expect(desk.get_by_text(f"{MANY}건을 승인했습니다.")).to_be_visible()
    assert thumb.taps <= 8
    assert len(thumb.pages) <= 2


async def test_a_paper_is_sent_back_with_a_stock_sentence(school: School, browser: Browser) -> None:
    paper = await trip(school)
    desk = await visit(browser, school, "박서연", 360)
    thumb = Thumb(desk)
    await thumb.press("결재할 서류", exact=False)
    await desk.get_by_text("보완 요청·반려").click()
    assert await fits(desk)
    await thumb.tick("숙박 장소를 적어 주세요.")
    await thumb.press("보완 요청", "button")
    await expect(desk.get_by_text("보완을 요청했습니다.")).to_be_visible()
    assert "숙박 장소를 적어 주세요." in await paper.page()


async def test_two_guardians_who_differ_meet_at_the_office(
    school: School, browser: Browser
) -> None:
    await both_may_sign(school)
    paper = await trip(school)
    phone = await visit(browser, school, "이준혁", 360)
    await press(phone.get_by_role("link", name="교외체험학습 신청서").first)
    await phone.get_by_label("반대합니다").check()
    await phone.get_by_label("학교에 전할 내용").fill("그 주에 시험이 있습니다.")
    assert await fits(phone)
    await press(phone.get_by_role("button", name="학교에 전달"))
    await expect(phone.get_by_text("학교에 전달했습니다.")).to_be_visible()
    await school.settled()
    desk = await visit(browser, school, "오정숙", 360)
    thumb = Thumb(desk)
    await thumb.press("확인이 필요한 서류", exact=False)
    await press(desk.get_by_role("link", name="교외체험학습 신청서"))
    await desk.get_by_label("결재로 보내기").check()
    await desk.get_by_label("확인한 내용").fill("두 보호자와 통화하여 하루로 줄이기로 했습니다.")
    assert await fits(desk)
    await thumb.press("정리하기", "button")
    await expect(desk.get_by_text("처리했습니다.")).to_be_visible()
    assert "접수대기" in states(await paper.page())


async def test_what_was_begun_on_the_phone_is_sent_from_the_computer(
    school: School, browser: Browser
) -> None:
    phone = await visit(browser, school, "김하늘", 360)
    await phone.goto("/submissions")
    await press(phone.locator("#type-absence").get_by_role("button", name="이지우 서류 작성"))
    await phone.wait_for_url("**/edit")
    await phone.fill("[name=answer_reason]", "배가 아파서 쉬었습니다.")
    await expect(phone.get_by_text("저장됨. 아직 제출하지 않았습니다.")).to_be_visible()
    computer = await visit(browser, school, "김하늘")
    await press(computer.get_by_role("link", name="결석신고서"))
    await expect(computer.locator("[name=answer_reason]")).to_have_value("배가 아파서 쉬었습니다.")


async def test_a_refusal_that_wins_is_read_by_both_and_by_the_office(
    school: School, browser: Browser
) -> None:
    await both_may_sign(school)
    await refusing(school)
    paper = await trip(school)
    phone = await visit(browser, school, "이준혁", 360)
    await press(phone.get_by_role("link", name="교외체험학습 신청서").first)
    await phone.get_by_label("반대합니다").check()
    assert await fits(phone)
    await press(phone.get_by_role("button", name="학교에 전달"))
    await expect(phone.get_by_text("보호자 거절").first).to_be_visible()
    await expect(phone.get_by_text("승인되지 않습니다")).to_be_visible()
    await school.settled()
    desk = await visit(browser, school, "오정숙", 360)
    await desk.goto(paper.address)
    await expect(desk.get_by_text("결재로 보낼 수 없습니다")).to_be_visible()
    assert await fits(desk)
    await desk.get_by_label("확인한 내용").fill("두 보호자와 통화했습니다.")
    await press(desk.get_by_role("button", name="반려로 정리하기"))
    await expect(desk.get_by_text("처리했습니다.")).to_be_visible()
    assert "반려" in states(await paper.page())


async def test_the_administrator_approves_what_is_disposed_of(
    school: School, browser: Browser
) -> None:
    paper = await absent(school)
    await decide(school, "박서연", paper)
    school.clock.advance(6 * 366 * DAY)
    desk = await visit(browser, school, "정민호", 360)
    await press(desk.get_by_role("link", name="보존 기간이 지난 서류").first)
    assert await fits(desk)
    await desk.get_by_label("결석신고서").check()
    desk.once("dialog", lambda question: question.accept())
    await press(desk.get_by_role("button", name="선택한 서류 파기 승인"))
    await expect(desk.get_by_text("1건의 파기를 승인했습니다.")).to_be_visible()
    assert await fits(desk)
    assert await school.app[JOBS].run("submissions.disposal")
    await desk.reload()
    await expect(desk.get_by_text("파기 완료")).to_be_visible()
