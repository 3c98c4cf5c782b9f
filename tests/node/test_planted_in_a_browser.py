"""Markup that somebody got into a page after all: it sends nothing in the reader's name."""

from playwright.async_api import Browser, Request

from tests.node.conftest import School
from tests.node.test_unsent import draft
from tests.node.test_writing_in_a_browser import visit

PLANTED = """() => {
  const place = document.createElement("div");
  place.innerHTML = `
    <div hx-post="/planted/load" hx-trigger="load"></div>
    <div hx-mark="" hx-post="/planted/empty" hx-trigger="load"></div>
    <div hx-mark="0123456789" hx-get="/planted/guess" hx-trigger="load"></div>
    <div data-hx-get="/planted/data" data-hx-trigger="load"></div>
    <div hx-action="/planted/action" hx-method="post" hx-trigger="load"></div>
    <div hx-on:click="fetch('/planted/on')" hx-on="click: fetch('/planted/on')" id="on">.</div>
    <div hx-boost="true"><a href="/planted/boost" id="boost">.</a></div>`;
  document.getElementById("main").append(place);
  window.htmx.process(place);
}"""


async def test_planted_attributes_of_htmx_send_nothing_and_our_own_do(
    school: School, browser: Browser
) -> None:
    page = await visit(browser, school, "박서연")
    await page.goto(await draft(school))
    asked: list[str] = []

    def note(request: Request) -> None:
        asked.append(request.url.removeprefix(school.url))

    page.on("request", note)
    await page.evaluate(PLANTED)
    await page.click("#on")
    # A boosted link would be asked for by script; this one is a link like any other.
    await page.evaluate(
        "document.getElementById('boost').addEventListener('click', (e) => e.preventDefault())"
    )
    await page.click("#boost")
    async with page.expect_response("**/newsletters/preview") as preview:
        await page.fill("[name=body]", "미리 보는 본문")
    assert (await preview.value).ok
    await page.locator(".editor-preview").get_by_text("미리 보는 본문").wait_for()
    assert [one for one in asked if "planted" in one] == []
