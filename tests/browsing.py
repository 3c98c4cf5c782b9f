"""A real browser for specifications: Debian's Chromium, which asks nobody outside for anything."""

import contextlib
import os
import shutil
from collections.abc import AsyncIterator

from playwright.async_api import Browser, Locator, async_playwright

CHROMIUM_FLAGS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]


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


async def press(button: Locator) -> None:
    """Press what leads to another page, and wait for that page: what is asked of the page afterwards would
    else be asked of the one that goes away, wherever it shows the words that are waited for as well."""
    async with button.page.expect_navigation():
        await button.click()
