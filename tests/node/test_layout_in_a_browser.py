"""Where things stand on small windows and under large text: measured as a browser lays them out."""

import pytest
from playwright.async_api import Browser, FloatRect, Locator, Page, expect

from kit.clock import local_date
from node.files.access import FILES
from node.newsletters.model import Content, Sort
from node.newsletters.web import NEWSLETTERS
from node.questions.model import Field, FieldKind
from tests.browsing import press
from tests.models import documents
from tests.node.conftest import School
from tests.node.offering import enter, offer
from tests.node.test_forms import answer, sent
from tests.node.test_forms import page as page_of
from tests.node.test_people import new_guardian
from tests.node.test_unsent import draft
from tests.node.test_writing_in_a_browser import visit

WIDE_TABLE = "| " + " | ".join("가나다라마바사" for _ in range(9)) + " |\n" + "|---" * 9 + "|\n"
WIDE_TABLE += ("| " + " | ".join("내용을적은칸" for _ in range(9)) + " |\n") * 3


async def sized(page: Page, width: int, height: int) -> None:
    await page.set_viewport_size({"width": width, "height": height})


async def enlarge_text(page: Page) -> None:
    """Text twice as large, as a reader sets it in the browser."""
    await page.evaluate("document.documentElement.style.fontSize = '200%'")


async def box(found: Locator) -> FloatRect:
    """Where something stands in the window, px."""
    measured = await found.bounding_box()
    assert measured is not None
    return measured


def bottom(measured: FloatRect) -> float:
    return measured["y"] + measured["height"]


def of_class(school: School) -> Content:
    """What the homeroom teacher tells the guardians of 3-2."""
    return Content("오늘의 알림장", "준비물: 물통", (f"guardians/class:{school.class_id('3-2')}",))


async def write_letters(school: School, count: int, body: str = "본문") -> str:
    """Letters from the homeroom teacher to 3-2; the last one's id."""
    author = await school.asker("박서연")
    desk = school.app[NEWSLETTERS].desk
    keys = (f"guardians/class:{school.class_id('3-2')}",)
    last = ""
    for number in range(count):
        text = Content(f"{number + 1}번째 안내", body, keys)
        last = (await desk.send(author, await desk.create(author, Sort.NEWSLETTER, text))).id
    return last


# Lists and bars ---------------------------------------------------------------------------------


async def test_a_guardian_at_a_phone_sees_letters_on_the_first_screen(
    school: School, browser: Browser
) -> None:
    await write_letters(school, 5)
    page = await visit(browser, school, "김하늘", 360)
    await sized(page, 360, 740)
    await page.goto("/newsletters")
    assert not await page.locator("[name=q]").is_visible()
    bar = (await box(page.locator(".bottombar")))["y"]
    shown = [bottom(await box(one)) for one in await page.locator("#letters .entry").all()]
    assert len([end for end in shown if end <= bar]) >= 2
    await page.get_by_text("검색·조건").click()
    await page.fill("[name=q]", "3번째")
    await press(page.get_by_role("button", name="보기", exact=True))
    await page.wait_for_url("**q=3*")
    assert await page.locator("[name=q]").is_visible()  # what the list was filtered by
    assert await page.locator("#letters .entry").count() == 1


async def test_the_entry_of_class_notices_opens_on_letters_and_says_what_it_shows(
    school: School, browser: Browser
) -> None:
    await write_letters(school, 3)
    page = await visit(browser, school, "이지우", 360)
    await page.goto("/newsletters?kind=class_notice")
    assert not await page.locator("[name=q]").is_visible()
    await expect(page.locator(".fold > summary")).to_have_text("검색·조건 알림장")


async def test_at_a_desk_the_filters_stand_open(school: School, browser: Browser) -> None:
    page = await visit(browser, school, "김하늘")
    await page.goto("/newsletters")
    assert await page.locator("[name=q]").is_visible()
    assert not await page.get_by_text("검색·조건").is_visible()


@pytest.mark.parametrize(("width", "height"), [(640, 400), (320, 256)])
async def test_in_a_low_window_the_bars_leave_the_page_its_room(
    school: School, browser: Browser, width: int, height: int
) -> None:
    await write_letters(school, 12)
    page = await visit(browser, school, "김하늘", width)
    await sized(page, width, height)
    await page.goto("/newsletters")
    await page.evaluate("scrollTo(0, 200)")
    for name in (".topbar", ".bottombar"):
        measured = await box(page.locator(name))
        assert bottom(measured) <= 0 or measured["y"] >= height
    await page.locator(".bottombar a").last.focus()  # it is still there: at the page's end
    assert (
        bottom(await box(page.locator(".bottombar"))) < height + 1
    )  # pages scroll by whole pixels


async def test_with_large_text_names_stay_in_their_circle_and_icons_grow(
    school: School, browser: Browser
) -> None:
    page = await visit(browser, school, "김하늘", 360)
    usual = (await box(page.locator(".bottombar .icon").first))["width"]
    await enlarge_text(page)
    assert (await box(page.locator(".bottombar .icon").first))["width"] == 2 * usual
    avatar = page.locator(".topbar .avatar")
    words = await avatar.evaluate(
        "one => { const r = document.createRange(); r.selectNodeContents(one);"
        " const { width, height } = r.getBoundingClientRect(); return [width, height] }"
    )
    circle = await box(avatar)
    assert words[0] < circle["width"] * 0.8
    assert words[1] < circle["height"] * 0.8
    assert await page.evaluate("document.documentElement.scrollWidth") == 360
    name = page.locator(".brand-name")
    assert await name.evaluate("one => one.scrollWidth - one.clientWidth") <= 0  # whole
    assert (await box(page.locator(".brand-by")))["height"] < 2 * usual  # on one line


async def test_with_large_text_no_word_of_an_answer_and_no_day_is_broken(
    school: School, browser: Browser
) -> None:
    going = Field("going", FieldKind.CHOICE, "참가 여부", options=("그렇다", "매우 그렇지 않다"))
    here = page_of(school, await sent(school, fields=(going,)))
    page = await visit(browser, school, "김하늘", 360)
    for place, words in ((here, ".option-words"), ("/newsletters", "#letters .entry-note")):
        await page.goto(place)
        await enlarge_text(page)
        broken = await page.locator(words).first.evaluate(BROKEN)
        assert [word for word in broken if "-" not in word] == []  # 제 2026-1호 may
        assert await page.evaluate("document.documentElement.scrollWidth") == 360


async def test_under_large_text_or_in_english_no_page_is_wider_than_the_phone(
    school: School, browser: Browser
) -> None:
    """Text twice as large on a phone of 360 px is the usual one on half of its width."""
    await sent(school)
    sheet = f"/attendance/{school.class_id('3-2')}/{local_date(school.clock.now())}"
    for name, places in (
        ("김하늘", ["/attendance", "/notifications"]),
        ("박서연", [sheet, "/newsletters/desk"]),
    ):
        page = await visit(browser, school, name, 360)
        for language, width in (("ko", 180), ("en", 360), ("en", 180)):
            await sized(page, width, 740)
            await page.context.add_cookies([{"name": "lang", "value": language, "url": school.url}])
            for place in places:
                answered = await page.goto(place)
                assert answered is not None
                assert answered.status == 200, place
                wide = await page.evaluate("document.documentElement.scrollWidth")
                assert wide == width, (place, language)


async def test_a_large_heading_goes_on_beside_its_icon(school: School, browser: Browser) -> None:
    page = await visit(browser, school, "김하늘", 360)
    await page.goto("/me")
    await enlarge_text(page)
    head = page.locator("#contact .card-head")
    await head.locator("h2").evaluate("one => { one.textContent = '아직 로그인하지 않은 보호자' }")
    heading, icon = await box(head.locator("h2")), await box(head.locator(".card-icon"))
    assert heading["x"] > icon["x"] + icon["width"]


async def test_the_entries_of_the_bar_are_not_broken_within_a_word(
    school: School, browser: Browser
) -> None:
    page = await visit(browser, school, "박서연", 360)
    await page.context.add_cookies([{"name": "lang", "value": "en", "url": school.url}])
    for width in (320, 360):
        await sized(page, width, 740)
        await page.goto("/newsletters")
        labels = page.locator(".bottombar .nav-label")
        words = " ".join(await labels.all_inner_texts())
        assert "Newsletters" in words
        for label in await labels.all():
            lines = await label.evaluate("one => one.getClientRects().length")
            assert lines <= len((await label.inner_text()).split())
            measured, around = await box(label), await box(label.locator(".."))
            assert measured["width"] <= around["width"]


async def test_a_form_begins_as_close_to_its_edge_as_any_other_block(
    school: School, browser: Browser
) -> None:
    page = await visit(browser, school, "김하늘", 360)
    for place in (page_of(school, await sent(school)), "/sign-in"):
        await page.goto(place)
        form = page.locator("form.card")
        edge = await form.evaluate(
            "one => one.getBoundingClientRect().top + parseFloat(getComputedStyle(one).paddingTop)"
        )
        first = await box(form.locator("> :not([type=hidden])").first)
        assert first["y"] - edge < 4, place
        await page.context.clear_cookies()


async def test_the_navigation_marks_writing_while_one_writes(
    school: School, browser: Browser
) -> None:
    page = await visit(browser, school, "박서연", 360)
    await page.goto(await draft(school))
    marked = page.locator(".bottombar [aria-current]")
    assert await marked.get_attribute("href") == "/newsletters/desk"


# Words and tables ---------------------------------------------------------------------------------


async def test_a_telephone_number_is_never_broken(school: School, browser: Browser) -> None:
    numbers = "031-000-2155 또는 1588-1234 또는 010-0000-2155"
    body = "\n".join("가 " * before + numbers for before in range(0, 36, 3))
    letter = await write_letters(school, 1, body)
    page = await visit(browser, school, "김하늘", 360)
    await page.goto(f"/newsletters/{letter}")
    shown = page.locator(".letter .nowrap")
    assert set(await shown.all_inner_texts()) == {"☎ 031-000-0101", *numbers.split(" 또는 ")}
    lines = await shown.evaluate_all("all => all.map(one => one.getClientRects().length)")
    assert set(lines) == {1}


async def test_a_day_is_never_broken(school: School, browser: Browser) -> None:
    await write_letters(school, 1)
    page = await visit(browser, school, "김하늘", 360)
    await page.goto("/newsletters")
    note = page.locator("#letters .entry-note").first
    for width in range(40, 300, 20):
        await note.evaluate("(one, width) => { one.style.width = `${width + 100}px` }", width)
        heights = await note.evaluate(
            """one => {
              const text = one.firstChild, day = text.data.match(/\\d{4}\\..*?\\)/);
              const range = document.createRange();
              range.setStart(text, day.index);
              range.setEnd(text, day.index + day[0].length);
              return new Set([...range.getClientRects()].map(one => one.top)).size;
            }"""
        )
        assert heights == 1


async def test_a_day_that_was_typed_is_never_broken_and_a_line_ends_between_two(
    school: School, browser: Browser
) -> None:
    days = ("10. 14.(수)", "2026. 10. 6.(화)~", "2026. 10. 14. (수)")
    body = "\n".join("가 " * before + ", ".join(days[:1] + days[2:]) for before in range(16))
    letter = await write_letters(school, 1, f"{body}\n접수 기간: {days[1]}{days[2]}")
    page = await visit(browser, school, "김하늘", 360)
    await page.goto(f"/newsletters/{letter}")
    await enlarge_text(page)
    shown = page.locator(".letter .line .nowrap")
    assert set(await shown.all_inner_texts()) == set(days)
    lines = await shown.evaluate_all("all => all.map(one => one.getClientRects().length)")
    assert set(lines) == {1}
    assert await page.evaluate("document.documentElement.scrollWidth") == 360


async def test_how_many_have_read_stands_on_one_line_without_the_readers_own_name(
    school: School, browser: Browser
) -> None:
    await write_letters(school, 1)
    page = await visit(browser, school, "박서연", 360)
    await page.goto("/newsletters/desk")
    note = page.locator("#own .entry-note").first
    assert "박서연" not in await note.inner_text()
    count = note.get_by_text("0명 읽음", exact=True)
    for width in range(60, 300, 20):
        await note.evaluate("(one, width) => { one.style.width = `${width}px` }", width)
        assert await count.evaluate("one => one.getClientRects().length") == 1


async def test_a_table_that_goes_on_beyond_the_edge_shows_it_there(
    school: School, browser: Browser
) -> None:
    without_a_name = WIDE_TABLE.replace("가나다라마바사", "", 1)
    letter = await write_letters(school, 1, without_a_name)
    page = await visit(browser, school, "김하늘", 360)
    await page.goto(f"/newsletters/{letter}")
    table = page.locator(".letter .table-scroll")
    await table.evaluate(
        "one => { for (const td of one.querySelectorAll('th, td')) td.style.color = 'transparent' }"
    )
    await table.scroll_into_view_if_needed()
    there = await box(table)
    right, bottom = there["x"] + there["width"], there["y"] + there["height"]
    edge = FloatRect(x=right - 6, y=bottom - 12, width=3, height=6)

    async def shot() -> bytes:
        return await page.screenshot(clip=edge)

    await table.evaluate(
        "one => { for (const td of one.querySelectorAll('th, td')) td.style.borderColor = 'transparent' }"
    )
    goes_on = await shot()
    await table.evaluate("one => { one.scrollLeft = one.scrollWidth }")
    assert await shot() != goes_on


async def test_a_row_of_a_wide_table_is_a_card_on_a_phone_and_a_row_elsewhere(
    school: School, browser: Browser
) -> None:
    letter = await write_letters(
        school,
        1,
        "| 반 | 출발 | 도착 | 타는 곳 |\n|---|---|---|---|\n"
        "| 1반 | 09:00 | 13:00 | 본관 **앞 주차장** |\n| 2반 | 09:10 |  | 후문 |",
    )
    page = await visit(browser, school, "김하늘", 360)
    await page.goto(f"/newsletters/{letter}")
    table = page.locator(".letter table")
    assert await table.evaluate(
        "one => one.parentElement.scrollWidth <= one.parentElement.clientWidth"
    )
    assert await page.evaluate("document.documentElement.scrollWidth") == 360
    labels = "all => all.map(one => getComputedStyle(one, '::before').content)"
    shown = await table.locator("tbody tr").first.locator("td").evaluate_all(labels)
    assert [one.split('"')[1] for one in shown] == ["출발", "도착", "타는 곳"]
    # A screen reader finds columns and rows as on a large screen, and hears no name twice.
    heads = table.get_by_role("columnheader")
    assert await heads.all_inner_texts() == ["반", "출발", "도착", "타는 곳"]
    assert await table.get_by_role("rowheader").all_inner_texts() == ["1반", "2반"]
    await expect(table.get_by_role("row", name="1반 09:00 13:00 본관 앞 주차장")).to_be_visible()
    # Nothing is said of what a row leaves out.
    await expect(table.locator("tbody tr").nth(1).locator("td").nth(1)).to_be_hidden()

    laid_out = "all => all.map(one => getComputedStyle(one).display)"
    await page.set_viewport_size({"width": 794, "height": 1123})  # A4
    for media in ("screen", "print"):
        await page.emulate_media(media="print" if media == "print" else "screen")
        cells = await table.locator("th, td").evaluate_all(laid_out)
        assert cells == ["table-cell"] * 12
        await expect(heads.first).to_be_visible()


BROKEN = r"""one => {
  const walker = document.createTreeWalker(one, NodeFilter.SHOW_TEXT), found = [];
  while (walker.nextNode()) for (const word of walker.currentNode.data.matchAll(/\S+/g)) {
    const range = document.createRange();
    range.setStart(walker.currentNode, word.index);
    range.setEnd(walker.currentNode, word.index + word[0].length);
    const lines = new Set([...range.getClientRects()].map(one => Math.round(one.top)));
    if (lines.size > 1) found.push(word[0]);
  }
  return found;
}"""

GLUED = """() => [...document.querySelectorAll(
    "main :is(.card, .letter, .field, .actions, .row, .attachment, .alert, .prose, details, table)")].flatMap(one => {
  const next = one.nextElementSibling;
  if (!next) return [];
  const above = one.getBoundingClientRect(), below = next.getBoundingClientRect();
  const gap = below.top - above.bottom;
  return above.height && below.height && gap > -1 && gap < 8
    ? [`${one.outerHTML.slice(0, 90)} | ${next.outerHTML.slice(0, 90)}`] : [];
})"""


async def test_no_block_is_glued_to_the_one_before(school: School, browser: Browser) -> None:
    form, signup = await sent(school), await offer(school)
    author, desk = await school.asker("박서연"), school.app[NEWSLETTERS].desk
    written = await draft(school)
    file = school.app[FILES].keep("준비물.hwp", documents.hwp("준비물"))
    await desk.attach(author, written.split("/")[2], file)
    letter = await write_letters(school, 1)
    guardian = await visit(browser, school, "김하늘", 360)
    await answer(school, await school.client_as("김하늘"), form)
    subject = "SELECT subject FROM forms_form WHERE id = ?"
    asked = str(await school.db.read(lambda tx: tx.value(subject, (form,)))).split("/")[-1]
    await desk.send(author, await desk.create(author, Sort.CLASS_NOTICE, of_class(school)))
    await enter(await school.client_as("김하늘"), signup, school.id("이지우"))
    of_guardian = [
        f"/signups/{signup}",
        f"/newsletters/{asked}",
        f"/class-notices/{school.class_id('3-2')}/{local_date(school.clock.now())}",
        page_of(school, form),
        "/receipts",
        "/receipts/0",
        "/account",
    ]
    teacher = await visit(browser, school, "박서연", 360)
    for page, places in (
        (guardian, of_guardian),
        (teacher, [written, f"/newsletters/{letter}", f"/newsletters/{letter}/correct"]),
    ):
        for place in places:
            answered = await page.goto(place)
            assert answered is not None
            assert answered.status == 200, place
            assert await page.evaluate(GLUED) == [], place


# Forms --------------------------------------------------------------------------------------------


async def test_a_question_that_was_left_out_is_shown_with_its_words(
    school: School, browser: Browser
) -> None:
    fields = [
        Field(f"q{number}", FieldKind.TEXT, f"{number}번째 질문입니다", required=True)
        for number in range(12)
    ]
    here = page_of(school, await sent(school, fields=tuple(fields)))
    page = await visit(browser, school, "김하늘", 360)
    await sized(page, 360, 740)
    await page.goto(here)
    for number in (0, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11):
        await page.fill(f"[name=answer_q{number}]", "답")
    await page.fill("[name=signature_typed]", "김하늘")
    await page.get_by_role("button", name="제출하기").click()
    await page.wait_for_function("document.activeElement.name === 'answer_q1'")
    label = await box(page.get_by_text("1번째 질문입니다", exact=False).nth(1))
    header = bottom(await box(page.locator(".topbar")))
    assert label["y"] >= header


async def test_a_writer_at_a_phone_can_send_from_every_place_of_the_editor(
    school: School, browser: Browser
) -> None:
    page = await visit(browser, school, "박서연", 360)
    await sized(page, 360, 740)
    await page.goto(await draft(school))
    button = page.get_by_role("button", name="바로 보내기")
    for place in (0, 300, 900):
        await page.evaluate(f"scrollTo(0, {place})")
        measured, bar = await box(button), await box(page.locator(".bottombar"))
        assert bottom(measured) <= bar["y"]
        assert measured["y"] > 370
    assert (await box(page.locator(".newsletters-send")))["height"] < 130


async def test_what_a_class_notice_is_for_takes_less_than_a_screen_of_a_phone(
    school: School, browser: Browser
) -> None:
    author, desk = await school.asker("박서연"), school.app[NEWSLETTERS].desk
    written = await desk.create(author, Sort.CLASS_NOTICE, of_class(school))
    page = await visit(browser, school, "박서연", 360)
    await page.goto(f"/newsletters/{written}/edit")
    await page.get_by_role("button", name="3학년 2반 보호자 제외").wait_for()
    assert (await box(page.locator("#audience")))["height"] < 740
    tools = page.locator(".toolbar [data-mark]")
    assert (await box(tools.first))["y"] == (await box(tools.last))["y"]  # in one row


async def test_a_writer_sees_to_whom_and_how_the_letter_goes(
    school: School, browser: Browser
) -> None:
    page = await visit(browser, school, "박서연", 360)
    await page.goto(await draft(school))
    await page.wait_for_selector("form[data-waits]")  # the scripts have come
    await page.locator("#audience-search").fill("3학년2반")
    await page.get_by_text("3학년 2반 학생", exact=True).click()
    await page.get_by_text("3학년 2반 보호자·학생").wait_for()
    assert await page.get_by_role("button", name="바로 보내기").is_visible()
    await page.locator("#audience-search").fill("전체 보호")
    assert await page.locator("#audience label.option:visible").count() == 1
    await page.locator("#audience-search").press("Enter")
    await page.get_by_role("button", name="결재 올리기").wait_for()
    await page.get_by_role("button", name="전체 보호자 제외").click()
    await page.get_by_role("button", name="바로 보내기").wait_for()
    assert not await page.locator("[name=audience][value=guardians]").is_checked()


async def test_boxes_that_reach_nobody_are_not_offered(school: School) -> None:
    parents = [school.id("이준혁")]
    roster = school.people.roster
    await school.db.write(lambda tx: roster.add_group(tx, "학부모회", "모임", parents))
    client = await school.client_as("박서연")
    text = (await client.get(await draft(school))).text
    assert "학부모회 보호자" in text
    assert "학부모회 학생" not in text
    assert "학부모회 교직원" not in text


async def test_an_empty_preview_is_no_box_and_a_filled_one_has_a_name(
    school: School, browser: Browser
) -> None:
    page = await visit(browser, school, "박서연", 360)
    await page.goto(await draft(school))
    await page.fill("[name=body]", "")
    await page.locator(".editor-shown").wait_for(state="hidden")
    await page.fill("[name=body]", "새 본문")
    await page.get_by_text("미리보기", exact=True).wait_for()
    await page.get_by_role("region", name="미리보기").wait_for()


async def test_nothing_says_that_a_file_has_to_be_attached(
    school: School, browser: Browser
) -> None:
    page = await visit(browser, school, "박서연")
    await page.goto(await draft(school))
    assert await page.locator("#attachments .required").count() == 0


async def test_in_a_row_words_and_buttons_stand_on_one_line(
    school: School, browser: Browser
) -> None:
    page = await visit(browser, school, "정민호")
    await page.goto("/admin/jobs")
    row = page.locator("tbody tr").first
    words = await row.evaluate(
        "row => [...row.querySelectorAll('th, .button span')].map(one => {"
        " const range = document.createRange(); range.selectNodeContents(one);"
        " const { top, bottom } = range.getBoundingClientRect(); return (top + bottom) / 2 })"
    )
    assert max(words) - min(words) < 3


async def test_at_a_phone_a_pupil_stands_above_their_number(
    school: School, browser: Browser
) -> None:
    page = await visit(browser, school, "오정숙", 360)
    await page.goto(f"/admin/classes/{school.class_id('3-2')}")
    row = page.locator(".stacked tbody tr").first
    assert (await box(row.locator("th")))["y"] < (await box(row.locator("td").first))["y"]
    assert (await box(row.locator("td").first))["width"] > 250


@pytest.mark.parametrize("width", [360, 1280])
async def test_a_pupil_with_two_guardians_is_one_row_of_the_class_and_chosen_once(
    school: School, browser: Browser, width: int
) -> None:
    page = await visit(browser, school, "오정숙", width)
    await page.goto(f"/admin/classes/{school.class_id('3-2')}")
    row = page.locator("tbody tr", has_text="이지우")
    assert await row.count() == 1
    assert await row.locator("li").count() == 2
    names = await page.locator("tbody th .row > span").all()
    assert len({(await box(one))["x"] for one in names}) == 1
    assert await page.evaluate("document.documentElement.scrollWidth") == width


async def test_who_takes_people_out_of_a_group_finds_the_buttons_in_one_column(
    school: School, browser: Browser
) -> None:
    people = [school.id("이준혁"), school.id("박서연"), school.id("이지우")]
    roster = school.people.roster
    group = await school.db.write(lambda tx: roster.add_group(tx, "합창단", "동아리", people))
    page = await visit(browser, school, "오정숙", 360)
    await page.goto(f"/admin/groups/{group}")
    buttons = [await box(one) for one in await page.get_by_role("button", name="제외").all()]
    assert len(buttons) == 3
    assert len({one["x"] for one in buttons}) == 1
    assert buttons[0]["x"] > 200


async def test_a_telephone_on_an_invitation_stays_on_one_line(
    school: School, browser: Browser
) -> None:
    await new_guardian(school)
    page = await visit(browser, school, "오정숙", 360)
    await page.goto(f"/admin/classes/{school.class_id('3-2')}")
    await press(page.get_by_role("button", name="보호자 초대장 인쇄"))
    last = page.locator(".sheet .small").last
    await last.wait_for()
    for width in range(330, 361, 3):
        await sized(page, width, 800)
        assert [word for word in await last.evaluate(BROKEN) if word[0] == "0"] == []
