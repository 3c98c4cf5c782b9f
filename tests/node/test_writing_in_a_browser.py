"""What is seen in a browser only: typing past the end of a session, without a connection, with a
full disk, in two windows; a drawn signature; the way back."""

import asyncio

import pytest
from playwright.async_api import Browser, Page, Route, expect

from kit.clock import HOUR, MINUTE
from node.newsletters.model import Content, Sort
from node.newsletters.web import NEWSLETTERS
from tests.browsing import press
from tests.node.conftest import School
from tests.node.test_forms import page as page_of
from tests.node.test_forms import sent
from tests.node.test_unsent import draft

PASSWORD = "seed-and-soil-1"
FULL = "Storage.prototype.setItem = () => { throw new DOMException('full', 'QuotaExceededError') }"


async def login_of(school: School, name: str) -> str:
    """The login of somebody, who has a password from now on."""
    signin = school.people.roster.signin
    hashed = await signin.hash_password(PASSWORD)
    await school.db.write(lambda tx: signin.accounts.reset_password(tx, school.id(name), hashed))
    query = "SELECT login FROM signin_v_account WHERE account_id = ?"
    return str(await school.db.read(lambda tx: tx.value(query, (school.id(name),))))


async def visit(browser: Browser, school: School, name: str, width: int = 1280) -> Page:
    """Somebody at a browser, signed in by the form."""
    context = await browser.new_context(
        base_url=school.url, viewport={"width": width, "height": 800}, locale="ko-KR"
    )
    page = await context.new_page()
    page.on("pageerror", lambda error: pytest.fail(str(error)))
    await sign_in(page, school, name)
    return page


async def sign_in(page: Page, school: School, name: str) -> None:
    await page.goto("/sign-in")
    await page.fill("[name=login]", await login_of(school, name))
    await page.fill("[name=password]", PASSWORD)
    await press(page.locator('form[action="/sign-in"] button[type=submit]'))
    await page.wait_for_url(f"{school.url}/")


async def end_sessions(school: School, name: str) -> None:
    """They end by themselves, as after a month away; nobody takes them back."""
    ended = "DELETE FROM signin_session WHERE account_id = ?"
    await school.db.write(lambda tx: tx.execute(ended, (school.id(name),)))
    school.clock.advance(2 * MINUTE)


async def sign_in_again(page: Page, login: str) -> None:
    """In the dialog over the page."""
    await page.wait_for_selector("dialog[open]")
    await page.fill("dialog [name=login]", login)
    await page.fill("dialog [name=password]", PASSWORD)
    await page.click("dialog button[type=submit]")


async def draw(page: Page) -> None:
    """A signature with the mouse."""
    canvas = page.locator(".signature-canvas")
    await page.wait_for_selector(".signature-canvas[width]")
    await canvas.scroll_into_view_if_needed()
    box = await canvas.bounding_box()
    assert box is not None
    await page.mouse.move(box["x"] + 30, box["y"] + 40)
    await page.mouse.down()
    for step in range(1, 6):
        await page.mouse.move(box["x"] + 30 + 25 * step, box["y"] + 40 + 15 * (step % 3))
    await page.mouse.up()
    assert await page.input_value("[name=signature]")


async def dots(page: Page) -> int:
    """How many dots of the canvas carry ink."""
    return int(
        await page.evaluate(
            """() => { const c = document.querySelector(".signature-canvas");
            const d = c.getContext("2d").getImageData(0, 0, c.width, c.height).data;
            let n = 0; for (let i = 3; i < d.length; i += 4) if (d[i]) n++; return n; }"""
        )
    )


async def test_a_letter_is_saved_after_signing_in_again_over_the_editor(
    school: School, browser: Browser
) -> None:
    page = await visit(browser, school, "박서연")
    here = await draft(school)
    await page.goto(here)
    await page.wait_for_selector("form[data-waits]")
    await end_sessions(school, "박서연")
    await page.fill("[name=body]", "끝까지 쓴 본문")
    await page.fill("[name=title]", "새 제목")
    await page.get_by_role("button", name="저장", exact=True).click()
    await page.wait_for_selector("dialog[open]")
    assert await page.locator(".editor-preview form").count() == 0  # no sign-in page within
    await sign_in_again(page, await login_of(school, "박서연"))
    await page.get_by_text("저장했습니다.").wait_for()
    assert await page.input_value("[name=body]") == "끝까지 쓴 본문"
    assert await page.evaluate("Object.keys(localStorage)") == []


async def test_a_signature_survives_an_error_and_the_end_of_the_session(
    school: School, browser: Browser
) -> None:
    page = await visit(browser, school, "김하늘", 360)
    here = page_of(school, await sent(school))
    await page.goto(here)
    await page.wait_for_selector(".signature-canvas")
    await page.fill("[name=answer_allergy]", "땅콩")
    await page.check("[name=agree]")
    await draw(page)
    await page.evaluate("document.querySelectorAll('[required]').forEach(e => e.required = false)")
    await press(page.get_by_role("button", name="제출하기"))
    await page.wait_for_url("**unsent=*")
    await page.wait_for_selector(".signature-drawn")
    assert await dots(page) > 100
    await expect(page.locator("[name=answer_going]").first).to_be_focused()
    assert await page.locator("[name=answer_going]").first.is_visible()
    # Back and forth: neither page ends in "form resubmission".
    await page.goto("/receipts")
    await page.go_back()
    assert await page.input_value("[name=answer_allergy]") == "땅콩"

    await end_sessions(school, "김하늘")
    await page.wait_for_selector(".signature-drawn")
    await page.check("[name=answer_going] >> nth=0")
    await page.get_by_role("button", name="제출하기").click()
    await sign_in_again(page, await login_of(school, "김하늘"))
    await page.wait_for_url("**/receipts/*")
    await page.get_by_text("땅콩").wait_for()


async def test_without_a_connection_the_words_stay_and_go_out_when_there_is_one(
    school: School, browser: Browser
) -> None:
    page = await visit(browser, school, "박서연")
    await page.goto(await draft(school))
    await page.wait_for_selector("form[data-waits]")
    await page.context.set_offline(True)
    await page.fill("[name=title]", "산속에서 쓴 제목")
    await page.get_by_role("button", name="저장", exact=True).click()
    await page.get_by_text("연결되지 않아 보내지 못했습니다").wait_for()
    assert await page.input_value("[name=title]") == "산속에서 쓴 제목"
    await page.context.set_offline(False)
    await page.get_by_text("저장했습니다.").wait_for()
    assert await page.input_value("[name=title]") == "산속에서 쓴 제목"


async def test_who_must_prove_again_who_they_are_does_so_over_the_page_and_it_is_done(
    school: School, browser: Browser
) -> None:
    desk = school.app[NEWSLETTERS].desk
    author = await school.asker("박서연")
    letter = await desk.create(
        author, Sort.NEWSLETTER, Content("체험학습", "갑니다.", ("guardians",))
    )
    await desk.send(author, letter)
    page = await visit(browser, school, "최은영", 360)
    await page.goto(f"/newsletters/{letter}")
    await page.wait_for_selector("form[action$='/approve'][data-by-fetch]")
    school.clock.advance(13 * HOUR)
    await page.get_by_role("button", name="승인").click()
    await page.wait_for_selector("dialog[open]")
    assert await page.locator("dialog [name=login]").count() == 0  # nobody else is meant
    await page.fill("dialog [name=password]", "not-the-password")
    await page.click("dialog button[type=submit]")
    await page.get_by_text("비밀번호가 맞지 않습니다.").wait_for()
    await page.fill("dialog [name=password]", PASSWORD)
    await page.click("dialog button[type=submit]")
    await page.get_by_text("승인했습니다. 발행되었습니다.").wait_for()


async def test_what_was_typed_is_offered_when_the_page_opens_again_and_goes_with_the_sign_out(
    school: School, browser: Browser
) -> None:
    page = await visit(browser, school, "김하늘")
    here = page_of(school, await sent(school))
    await page.goto(here)
    await page.wait_for_selector("form[data-waits]")
    await page.fill("[name=answer_allergy]", "복숭아")
    await page.goto("/")
    kept = await page.evaluate("JSON.stringify(localStorage)")
    assert "복숭아" in kept
    assert "갑니다" not in kept  # what stands there to be read is not kept
    await page.goto(here)
    await page.get_by_role("button", name="복원").click()
    assert await page.input_value("[name=answer_allergy]") == "복숭아"
    await page.evaluate("document.querySelector('form[action=\"/sign-out\"]').requestSubmit()")
    await page.wait_for_url("**/sign-in")
    assert await page.evaluate("Object.keys(localStorage)") == []


async def test_what_was_typed_before_the_script_had_come_is_kept_too(
    school: School, browser: Browser
) -> None:
    page = await visit(browser, school, "김하늘")
    here = page_of(school, await sent(school))
    typed = asyncio.Event()

    async def late(route: Route) -> None:
        await typed.wait()
        await route.continue_()

    await page.route("**/sending.js", late)
    await page.goto(here)
    await page.fill("[name=answer_allergy]", "복숭아")
    typed.set()
    await page.wait_for_selector("form[data-waits]")
    await page.goto("/")
    await page.goto(here)
    await page.get_by_role("button", name="복원").click()
    await expect(page.locator("[name=answer_allergy]")).to_have_value("복숭아")


async def test_a_full_disk_is_told_and_the_page_is_not_left_silently(
    school: School, browser: Browser
) -> None:
    page = await visit(browser, school, "김하늘")
    await page.context.add_init_script(FULL)
    await page.goto(page_of(school, await sent(school)))
    await page.wait_for_selector("form[data-waits]")
    await page.locator("[name=answer_allergy]").press_sequentially("우유")
    await page.get_by_text("저장 공간이 차서").wait_for()
    async with page.expect_event("dialog") as asked:
        await page.evaluate("setTimeout(() => location.assign('/receipts'))")
    await (await asked.value).dismiss()
    assert await page.input_value("[name=answer_allergy]") == "우유"


async def test_two_windows_show_both_texts_and_keep_both(school: School, browser: Browser) -> None:
    one = await visit(browser, school, "박서연")
    here = await draft(school)
    await one.goto(here)
    two = await one.context.new_page()
    await two.goto(here)
    await one.wait_for_selector("form[data-waits]")
    await two.wait_for_selector("form[data-waits]")
    await one.fill("[name=body]", "첫째 창의 글")
    await press(one.get_by_role("button", name="저장", exact=True))
    await one.get_by_text("저장했습니다.").wait_for()
    await two.fill("[name=body]", "둘째 창의 글")
    await press(two.get_by_role("button", name="저장", exact=True))
    await two.get_by_role("heading", name="두 내용이 다릅니다").wait_for()
    await press(two.get_by_role("link", name="두 내용을 합쳐서 계속"))
    text = await two.input_value("[name=body]")
    assert "첫째 창의 글" in text
    assert "둘째 창의 글" in text
    await press(two.get_by_role("button", name="저장", exact=True))
    await two.get_by_text("저장했습니다.").wait_for()


async def test_without_scripts_every_step_back_shows_a_page(
    school: School, browser: Browser
) -> None:
    """Through an error, the end of the session and a wrong password: nothing is asked to be sent
    again, and what was typed is there."""
    here = page_of(school, await sent(school))
    login = await login_of(school, "김하늘")
    context = await browser.new_context(base_url=school.url, java_script_enabled=False)
    page = await context.new_page()
    await page.goto(f"/sign-in?next={here}")
    for password in ("wrong-password-1", PASSWORD):
        await page.fill("[name=login]", login)
        await page.fill("[name=password]", password)
        await press(page.locator('form[action="/sign-in"] button[type=submit]'))
    await page.fill("[name=answer_allergy]", "땅콩")
    await page.check("[name=answer_going] >> nth=1")
    await page.check("[name=agree]")
    await page.fill("[name=signature_typed]", "김하눌")
    await press(page.get_by_role("button", name="제출하기"))
    await expect(page.locator("[name=signature_typed]")).to_be_focused()
    await end_sessions(school, "김하늘")
    await press(page.get_by_role("button", name="제출하기"))
    await page.fill("[name=login]", login)
    await page.fill("[name=password]", PASSWORD)
    await press(page.locator('form[action="/sign-in"] button[type=submit]'))
    await page.get_by_text("로그인이 만료되어 보내지 못했습니다").wait_for()
    assert await page.input_value("[name=answer_allergy]") == "땅콩"
    shown = []
    while (answer := await page.go_back()) is not None:
        shown.append(answer.status)
    assert len(shown) > 3
    assert set(shown) == {200}
