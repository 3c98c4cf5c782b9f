"""Takes the README's screenshots from the running demo (`make demo` in another terminal).

python scripts/screenshots.py
"""

import asyncio
import shutil
import sys
from pathlib import Path

from playwright.async_api import Browser, Page, async_playwright

sys.path.insert(0, str(Path(__file__).parent.parent))

from hub.config import read_config as read_hub_config
from node.config import read_config as read_node_config
from scripts.demo import ROOT, officer_code
from scripts.demo_content.cast import PASSWORD

IMAGES = Path(__file__).parent.parent / "docs" / "images"
PHONE, DESK = {"width": 390, "height": 780}, {"width": 1280, "height": 820}
FLAGS = ["--no-sandbox", "--disable-gpu", "--disable-background-networking", "--disable-sync"]


async def signed_in(
    browser: Browser, base: str, login: str, viewport: dict[str, int], code: str = ""
) -> Page:
    """A page of somebody who has signed in."""
    context = await browser.new_context(
        viewport={"width": viewport["width"], "height": viewport["height"]}, locale="ko-KR"
    )
    page = await context.new_page()
    await page.goto(base + "/sign-in")
    for _step in range(2):
        await page.fill("[name=login]", login)
        await page.fill("[name=password]", PASSWORD)
        if code and await page.locator("[name=code]").count():
            await page.fill("[name=code]", code)
        await page.click('form[action="/sign-in"] button[type=submit]')
        await page.wait_for_load_state()
        if "/sign-in" not in page.url:
            return page
    raise RuntimeError(await page.inner_text("main"))


async def shoot(page: Page, name: str) -> None:
    await page.wait_for_timeout(600)
    await page.screenshot(path=IMAGES / f"{name}.png")
    print(f"docs/images/{name}.png")


async def main() -> int:
    IMAGES.mkdir(parents=True, exist_ok=True)
    school = read_node_config(ROOT / "hanbit").public_url
    hub = read_hub_config(ROOT / "hub").console_url
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(
            executable_path=shutil.which("chromium"), args=FLAGS
        )
        guardian = await signed_in(browser, school, "haneul", PHONE)
        await shoot(guardian, "guardian-home")
        await guardian.goto(school + "/newsletters")
        await guardian.locator("main a[href^='/newsletters/']").nth(1).click()
        await shoot(guardian, "guardian-letter")
        await guardian.goto(school + "/")
        await guardian.locator("a[href^='/forms/']").first.click()
        await shoot(guardian, "guardian-form")
        await guardian.goto(school + "/receipts")
        await guardian.locator("a[href^='/receipts/']").first.click()
        await shoot(guardian, "guardian-receipt")

        teacher = await signed_in(browser, school, "hb-park", DESK)
        await shoot(teacher, "teacher-home")
        form = await guardian.evaluate("location.pathname")
        await teacher.goto(school + form)
        await teacher.goto(school + "/")
        results = teacher.locator("a[href$='/results']")
        if await results.count():
            await results.first.click()
            await shoot(teacher, "teacher-results")

        officer = await signed_in(browser, hub, "officer", DESK, officer_code(ROOT))
        await shoot(officer, "officer-overview")
        await officer.goto(hub + "/schools")
        await shoot(officer, "officer-schools")
        await browser.close()
    return 0


if __name__ == "__main__":
    sys.exit(asyncio.run(main()))
