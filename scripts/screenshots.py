"""Takes the README's screenshots from a demo province of its own, made and started for them.

python scripts/screenshots.py
"""

import asyncio
import shutil
import sys
import tempfile
from pathlib import Path

from playwright.async_api import Browser, Page, async_playwright

sys.path.insert(0, str(Path(__file__).parent.parent))

from hub.config import read_config as read_hub_config
from kit.supervisor import Supervisor
from node.config import read_config as read_node_config
from scripts.demo import children, officer_code
from scripts.demo_content.cast import PASSWORD
from scripts.demo_province import make_province

IMAGES = Path(__file__).parent.parent / "docs" / "images"
BASE_PORT = 8760  # beside a demo that may be running
PHONE, DESK = {"width": 390, "height": 780}, {"width": 1280, "height": 820}
FLAGS = ["--no-sandbox", "--disable-gpu", "--disable-background-networking", "--disable-sync"]


async def signed_in(
    browser: Browser, base: str, login: str, viewport: dict[str, int], root: Path | None = None
) -> Page:
    """A page of somebody who has signed in; with `root` an officer, by one-time code."""
    context = await browser.new_context(
        viewport={"width": viewport["width"], "height": viewport["height"]}, locale="ko-KR"
    )
    page = await context.new_page()
    await page.goto(base + "/sign-in")
    for attempt in range(4):
        for name, value in (("login", login), ("password", PASSWORD)):
            if await page.locator(f"[name={name}]").count():
                await page.fill(f"[name={name}]", value)
        if root is not None and await page.locator("[name=code]").count():
            if attempt > 1:  # a code opens once: wait for the next
                await page.wait_for_timeout(30_000)
            await page.fill("[name=code]", officer_code(root))
        await page.click('form[action^="/sign-in"] button[type=submit]')
        await page.wait_for_load_state()
        if "/sign-in" not in page.url:
            return page
    raise RuntimeError(await page.inner_text("main"))


async def ask(page: Page, base: str, question: str) -> None:
    """Ask the assistant, whose worker may still be starting, and wait for the whole answer."""
    for _attempt in range(60):
        await page.goto(base + "/assistant")
        await page.fill("[name=question]", question)
        await page.locator(".assistant-ask button").click()
        await page.wait_for_selector("form[data-sending]", state="detached")
        await page.wait_for_load_state()
        if not page.url.endswith("/assistant"):
            await page.locator("#office-title").wait_for(timeout=60_000)
            await page.evaluate("scrollTo(0, 0)")
            return
        await page.wait_for_timeout(1000)
    raise RuntimeError("the assistant does not answer")


async def shoot(page: Page, name: str) -> None:
    await page.wait_for_timeout(600)
    await page.screenshot(path=IMAGES / f"{name}.png")
    print(f"docs/images/{name}.png")


async def main() -> int:
    IMAGES.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory() as folder:
        root = Path(folder) / "demo"
        supervisor = Supervisor()
        await make_province(root, BASE_PORT, print)
        for child in children(root):
            supervisor.add(child)
        try:
            await supervisor.start()
            await _shoot_all(root)
        finally:
            await supervisor.stop()
    return 0


async def _shoot_all(root: Path) -> None:
    school = read_node_config(root / "hanbit").public_url
    hub = read_hub_config(root / "hub").console_url
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(
            executable_path=shutil.which("chromium-headless-shell") or shutil.which("chromium"),
            args=FLAGS,
        )
        guardian = await signed_in(browser, school, "haneul", PHONE)
        await shoot(guardian, "guardian-home")
        await guardian.goto(school + "/newsletters")
        await guardian.locator("main a[href^='/newsletters/']").nth(1).click()
        await shoot(guardian, "guardian-letter")
        await guardian.goto(school + "/")
        await guardian.locator("a[href^='/forms/']").first.click()
        await shoot(guardian, "guardian-form")
        form = guardian.url.partition("/children/")[0]
        await guardian.goto(school + "/receipts")
        await guardian.locator("a[href^='/receipts/']").first.click()
        await shoot(guardian, "guardian-receipt")
        await ask(guardian, school, "교외체험학습 결과보고서는 마친 뒤 며칠 이내에 내나요?")
        await shoot(guardian, "guardian-assistant")

        teacher = await signed_in(browser, school, "hb-park", DESK)
        await shoot(teacher, "teacher-home")
        await teacher.goto(form + "/results")
        await shoot(teacher, "teacher-results")

        officer = await signed_in(browser, hub, "officer", DESK, root)
        await shoot(officer, "officer-overview")
        await officer.goto(hub + "/schools")
        await shoot(officer, "officer-schools")
        await browser.close()


if __name__ == "__main__":
    sys.exit(asyncio.run(main()))
