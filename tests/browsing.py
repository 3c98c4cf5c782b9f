"""A real browser for specifications: Debian's Chromium, which asks nobody outside for anything."""

import contextlib
import os
import shutil
from collections.abc import AsyncIterator

from playwright.async_api import Browser, Locator, Page, async_playwright, expect

from tests.waiting import PATIENCE_S

CHROMIUM_FLAGS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]

expect.set_options(timeout=1000 * PATIENCE_S)


@contextlib.asynccontextmanager
async def chromium() -> AsyncIterator[Browser]:
    """Started, and closed at the end. The shell has all of Chromium but its windows, and leaves the
    processor to the servers."""
    found = shutil.which("chromium-headless-shell") or shutil.which("chromium")
    assert found, "Chromium is missing: apt install chromium-headless-shell"
    environment = {name: value for name, value in os.environ.items() if name != "DISPLAY"}
    async with async_playwright() as playwright:
        opened = await playwright.chromium.launch(
            executable_path=found, args=CHROMIUM_FLAGS, env=dict(environment)
        )
        yield opened
        await opened.close()


@contextlib.asynccontextmanager
async def to_another_page(page: Page) -> AsyncIterator[None]:
    """What is done within leads to another page, or to the same one anew: it is there at the end. What is
    asked of the page afterwards would else be asked of the one that goes away, wherever that shows
    what is waited for as well. A change of the address alone (as before a reload) is no other page."""
    await page.wait_for_load_state()
    async with page.expect_event("load"):
        yield


async def press(button: Locator) -> None:
    """Press what leads to another page, and wait for that page."""
    async with to_another_page(button.page):
        await button.click()
