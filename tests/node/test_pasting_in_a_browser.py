"""A teacher pastes into a letter what was written elsewhere: the clipboard of Hancom Office, Word, Google
Docs and Excel, as those programs are described in public, in `clipboard/`: NAME.html is what they copy,
NAME.txt what stands in the letter then."""

import base64
import random
from pathlib import Path

from playwright.async_api import Browser, Page, expect

from kit.markdown import Box, Table, TypedLine, parse, visible_text
from tests.models import documents
from tests.node.conftest import School
from tests.node.test_unsent import draft
from tests.node.test_writing_in_a_browser import visit

CLIPBOARD = Path(__file__).parent / "clipboard"
COPYING = """([kind, copied]) => {
  const put = (event) => {
    event.preventDefault();
    for (const [type, text] of Object.entries(copied)) event.clipboardData.setData(type, text);
  };
  document.addEventListener("copy", put, { once: true, capture: true });
}"""
PASTING = """([html, png]) => {
  const copied = new DataTransfer();
  if (html) copied.setData("text/html", html);
  const bytes = Uint8Array.from(atob(png), (letter) => letter.charCodeAt(0));
  copied.items.add(new File([bytes], "image.png", { type: "image/png" }));
  const area = document.querySelector("[name=body]");
  area.focus();
  area.dispatchEvent(new ClipboardEvent("paste", { clipboardData: copied, bubbles: true, cancelable: true }));
}"""
CAME = """async () => {
  await import(JSON.parse(document.querySelector('meta[name="madang-scripts"]').content).pasting);
}"""
"""The page asked for the same script before, and goes on with it first."""
CLEANED = "서식을 정리해 붙여 넣었습니다. 되돌리려면 Ctrl+Z를 누르세요."


async def writing(browser: Browser, school: School, width: int = 360) -> Page:
    """A teacher at the editor of a letter, the caret at the end of what it holds."""
    page = await visit(browser, school, "박서연", width)
    async with page.expect_response("**/pasting.js"):
        await page.goto(await draft(school))
    await page.evaluate(CAME)
    await page.fill("[name=body]", "")
    return page


async def paste(page: Page, html: str, plain: str = "-") -> None:
    """Copied in another program, pasted here by Ctrl+V."""
    await page.evaluate(COPYING, ["copy", {"text/html": html, "text/plain": plain}])
    await page.locator("[name=title]").select_text()
    await page.keyboard.press("Control+C")
    await page.locator("[name=body]").focus()
    await page.keyboard.press("Control+V")


async def test_what_word_processors_and_sheets_copy_comes_as_the_letters_own_marks(
    school: School, browser: Browser
) -> None:
    page = await writing(browser, school)
    body = page.locator("[name=body]")
    for copied in sorted(CLIPBOARD.glob("*.html")):
        await body.fill("")
        await paste(page, copied.read_text(encoding="utf-8"))
        expected = copied.with_suffix(".txt").read_text(encoding="utf-8").removesuffix("\n")
        assert await body.input_value() == expected, copied.name
        await expect(page.get_by_text(CLEANED)).to_be_visible()


async def test_a_pasted_letter_is_read_as_it_was_seen(school: School, browser: Browser) -> None:
    page = await writing(browser, school)
    await paste(page, (CLIPBOARD / "hancom.html").read_text(encoding="utf-8"))
    shown = page.locator(".editor-preview")
    await expect(shown.locator("strong").first).to_have_text("숲 체험 학습 안내")
    await expect(shown.get_by_role("table").first).to_contain_text("09:00 (1호차)")
    await expect(shown.locator("blockquote table")).to_contain_text("명단")
    assert await page.evaluate("document.documentElement.scrollWidth") <= 360


async def test_a_paste_stands_where_the_caret_was_and_is_taken_back_by_ctrl_z(
    school: School, browser: Browser
) -> None:
    page = await writing(browser, school, 1280)
    body = page.locator("[name=body]")
    await body.press_sequentially("안녕하십니까?")
    await paste(
        page, "<table><tr><td>학년</td><td>날</td></tr><tr><td>3</td><td>월</td></tr></table>"
    )
    pasted = "안녕하십니까?\n| 학년 | 날 |\n|---|---|\n| 3 | 월 |"
    await expect(body).to_have_value(pasted)
    await page.keyboard.press("Control+Z")
    await expect(body).to_have_value("안녕하십니까?")
    await page.keyboard.press("Control+Shift+Z")
    await expect(body).to_have_value(pasted)
    await page.keyboard.press("Control+Z")
    await paste(page, "<span>굵은 <b>말</b></span>")
    await expect(body).to_have_value("안녕하십니까?굵은 **말**")


async def test_what_has_no_marks_is_pasted_as_plain_text(school: School, browser: Browser) -> None:
    page = await writing(browser, school)
    body = page.locator("[name=body]")
    await paste(
        page, "<p class=HStyle0>첫 줄</p><p class=HStyle0>둘째 줄</p>", "첫 줄\r\n둘째 줄\r\n"
    )
    await expect(body).to_have_value("첫 줄\n둘째 줄\n")
    await expect(page.get_by_text(CLEANED)).to_have_count(0)
    await body.fill("")
    await paste(page, "<table><tr><td>셀 하나</td></tr></table>", "셀 하나")
    await expect(body).to_have_value("셀 하나")


async def test_a_pasted_picture_lies_among_the_files_to_attach(
    school: School, browser: Browser
) -> None:
    page = await writing(browser, school)
    png = base64.b64encode(documents.png(300, 200)).decode()
    file = f'<p>보기: <img src="data:image/png;base64,{png}"></p>'
    await paste(page, file)
    await expect(page.locator("[name=body]")).to_have_value("보기:")
    await page.evaluate(PASTING, ["", png])
    assert await page.locator("#field-files").evaluate("(field) => field.files.length") == 2
    await expect(page.get_by_text("사진 설명을 적고 ‘첨부하기’를 눌러 주세요.")).to_be_visible()
    await page.get_by_label("사진 설명").fill("학교 앞 약도")
    await page.get_by_role("button", name="첨부하기").click()
    await expect(page.locator(".files-progress")).to_contain_text("올렸습니다")
    await expect(page.locator("#attachments").get_by_text("picture-1.png").first).to_be_visible()
    described = page.locator("#attached [name=words]").first
    await expect(described).to_have_value("학교 앞 약도")
    await expect(page.get_by_label("사진 설명")).to_have_value("")


async def test_a_picture_that_only_the_other_program_has_is_asked_for_as_a_file(
    school: School, browser: Browser
) -> None:
    page = await writing(browser, school)
    png = base64.b64encode(documents.png(300, 200)).decode()
    left = "그림은 붙여 넣지 못했습니다. 그림을 파일로 저장해 첨부해 주세요."
    await paste(page, (CLIPBOARD / "word.html").read_text(encoding="utf-8"))
    await expect(page.get_by_text(left)).to_be_visible()
    # What a sheet copies beside its cells is a picture of their text.
    await page.locator("[name=body]").fill("")
    await page.evaluate(PASTING, [(CLIPBOARD / "excel.html").read_text(encoding="utf-8"), png])
    await expect(page.locator("[name=body]")).to_have_value(
        (CLIPBOARD / "excel.txt").read_text(encoding="utf-8").removesuffix("\n")
    )
    assert await page.locator("#field-files").evaluate("(field) => field.files.length") == 0


async def test_markup_in_what_is_pasted_stays_text(school: School, browser: Browser) -> None:
    page = await writing(browser, school)
    await paste(
        page,
        "<b>알림</b> &lt;img src=x onerror=document.title='planted'&gt;"
        '<script>document.title = "planted"</script><img src=x onerror="document.title=\'planted\'">'
        '<a href="javascript:alert(1)">누르기</a>',
    )
    await expect(page.locator("[name=body]")).to_have_value(
        "**알림** <img src=x onerror=document.title='planted'>누르기"
    )
    await expect(page.locator(".editor-preview")).to_contain_text("<img src=x")
    assert "planted" not in await page.title()


# Any document -------------------------------------------------------------------------------------


def inline(chance: random.Random) -> str:
    words = "".join(
        chance.choice(
            ["학교", "12. 24.(목)", "a", "(선택)", "3", "·", "김*", " ", "&nbsp;", "-", "."]
        )
        for _ in range(chance.randint(1, 5))
    )
    around = [
        "{}",
        "<b>{}</b>",
        "<span style='font-weight:\"bold\"'>{}</span>",
        "<o:p>{}</o:p>",
        "<i>{}</i>",
    ]
    return chance.choice(around).format(words)


def block(chance: random.Random, depth: int = 0) -> str:
    text = "".join(inline(chance) for _ in range(chance.randint(1, 4)))
    kind = chance.randint(0, 7 if depth < 3 else 3)
    if kind <= 2:
        return f"<p class=HStyle0>{text}</p>"
    if kind == 3:
        return f"<h{depth + 1}>{text}</h{depth + 1}>"
    inner = [block(chance, depth + 1) for _ in range(chance.randint(1, 4))]
    if kind == 4:
        return "<ul>" + "".join(f"<li>{one}</li>" for one in inner) + "</ul>"
    if kind == 5:
        return f"<div>{text}{''.join(inner)}</div>"
    wide = chance.randint(1, 3)
    rows = "".join(
        "<tr>"
        + "".join(f"<td rowspan={chance.randint(1, 2)}>{one}</td>" for one in inner[:wide])
        + "</tr>"
        for _ in range(chance.randint(1, 3))
    )
    return f"<table>{rows}</table>"


def letters(text: str) -> str:
    return "".join(one for one in text if not one.isspace() and one != "-")


async def test_no_text_of_any_document_is_lost_and_every_star_is_read(
    school: School, browser: Browser
) -> None:
    page = await writing(browser, school)
    chance = random.Random(20261124)
    pieces = ["".join(block(chance) for _ in range(chance.randint(1, 5))) for _ in range(400)]
    typed = await page.evaluate(
        """async (pieces) => {
          const urls = JSON.parse(document.querySelector('meta[name="madang-scripts"]').content);
          const { typedText } = await import(urls.pasting);
          const seen = (html) => new DOMParser().parseFromString(html, "text/html").body.textContent;
          return pieces.map((html) => [html, seen(html), typedText(html).text]);
        }""",
        pieces,
    )
    marks = {"bold": 0, "table": 0, "box": 0}
    for html, text, pasted in typed:
        assert letters(visible_text(pasted)) == letters(text), html
        blocks = parse(pasted)
        marks["bold"] += sum(
            run.bold for one in blocks if isinstance(one, TypedLine) for run in one.runs
        )
        marks["table"] += sum(isinstance(one, Table) for one in blocks)
        marks["box"] += sum(isinstance(one, Box) for one in blocks)
    assert min(marks.values()) > 100, marks
