"""Visits to pages of a demo by a browser of a phone's size, and what they cost."""

import asyncio
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import msgspec
from playwright.async_api import Browser, Page

from hub.config import read_config as read_hub_config
from kit.clock import monotonic
from node.config import read_config as read_node_config
from scripts.screenshots import signed_in

PHONE = {"width": 360, "height": 740}
SLOW_LINE = {  # "Fast 3G" of the browser's developer tools: milliseconds, bytes a second
    "offline": False,
    "latency": 562.5,
    "downloadThroughput": 180_000,
    "uploadThroughput": 84_375,
}
SLOWER_PROCESSOR = 4
QUIET_S = 1.0  # nothing on the line for so long: the visit is over
LONGEST_S = 300.0
LETTER = "만족도 설문"  # of its title: all builds' demos have it, wherever their lists put it
OPEN_FOR_LONG = ("/live", "/news", "/messenger/list")  # as long as the page is: what is new in it
PAINTED = "performance.getEntriesByName('first-contentful-paint')[0].startTime"


class Address(msgspec.Struct, frozen=True):
    """A page of a demo. `token`: of the session that sees it, empty for none."""

    name: str
    url: str
    token: str = ""


class Visit(msgspec.Struct, frozen=True):
    """What a visit and the next one to the same page brought over the line, in kilobytes, and how
    many milliseconds went by until the first showed something."""

    first_kb: float
    second_kb: float
    painted_ms: float


async def addresses_of(browser: Browser, root: Path) -> list[Address]:
    """The pages that are measured, as somebody finds them who follows the links."""
    school = read_node_config(root / "hanbit").public_url
    hub = read_hub_config(root / "hub").console_url
    found = [Address("sign-in", f"{school}/sign-in")]

    async def see(page: Page, name: str, path: str) -> None:
        [token] = [one["value"] for one in await page.context.cookies() if one["name"] == "session"]
        found.append(Address(name, f"{base_of(page)}{path}", token))

    async def first(page: Page, path: str, prefix: str, said: str = "") -> str:
        await page.goto(base_of(page) + path)
        link = page.locator(f"main a[href^='{prefix}']", has_text=said).first
        return str(await link.get_attribute("href"))

    guardian = await signed_in(browser, school, "haneul", PHONE)
    await see(guardian, "home", "/")
    await see(guardian, "letter", await first(guardian, "/newsletters", "/newsletters/", LETTER))
    await see(guardian, "form", await first(guardian, "/", "/forms/"))
    await see(guardian, "assistant", "/assistant")
    teacher = await signed_in(browser, school, "hb-park", PHONE)
    await see(teacher, "teacher home", "/")
    await see(teacher, "messenger", "/messenger")
    await see(teacher, "room", await first(teacher, "/messenger", "/messenger/rooms/"))
    officer = await signed_in(browser, hub, "officer", PHONE, root)
    await see(officer, "hub overview", "/")
    for page in (guardian, teacher, officer):
        await page.context.close()
    return found


def base_of(page: Page) -> str:
    parts = urlsplit(page.url)
    return f"{parts.scheme}://{parts.netloc}"


async def visit(browser: Browser, address: Address, *, slow: bool = True) -> Visit:
    """By a browser that has never been there; then once more. `slow`: line and processor."""
    context = await browser.new_context(
        viewport={"width": PHONE["width"], "height": PHONE["height"]},
        device_scale_factor=2,
        is_mobile=True,
        has_touch=True,
        locale="ko-KR",
    )
    if address.token:
        await context.add_cookies([{"name": "session", "value": address.token, "url": address.url}])
    page = await context.new_page()
    line = Line()
    await line.watch(page, slow=slow)
    try:
        await page.goto(address.url)
        first = await line.until_quiet()
        painted = await page.evaluate(PAINTED)
        await page.goto(address.url)
        second = await line.until_quiet()
    finally:
        await context.close()
    return Visit(first / 1000, second / 1000, painted)


class Line:
    """What comes over the line of one page."""

    def __init__(self) -> None:
        self._bytes = 0.0
        self._open: set[str] = set()
        self._last = monotonic()

    async def watch(self, page: Page, *, slow: bool) -> None:
        """From now on. `slow`: make line and processor as slow as a cheap phone's."""
        session = await page.context.new_cdp_session(page)
        session.on("Network.requestWillBeSent", self._begun)
        session.on("Network.loadingFinished", self._ended)
        session.on("Network.loadingFailed", self._ended)
        await session.send("Network.enable")
        if slow:
            await session.send("Network.emulateNetworkConditions", SLOW_LINE)
            await session.send("Emulation.setCPUThrottlingRate", {"rate": SLOWER_PROCESSOR})

    async def until_quiet(self) -> float:
        """Return once nothing comes any more: the bytes since the last time. Raises TimeoutError."""
        async with asyncio.timeout(LONGEST_S):
            while self._open or monotonic() - self._last < QUIET_S:  # noqa: ASYNC110 - of silence
                await asyncio.sleep(0.1)
        counted, self._bytes = self._bytes, 0.0
        return counted

    def _begun(self, event: dict[str, Any]) -> None:
        if not urlsplit(event["request"]["url"]).path.endswith(OPEN_FOR_LONG):
            self._open.add(event["requestId"])
        self._last = monotonic()

    def _ended(self, event: dict[str, Any]) -> None:
        self._open.discard(event["requestId"])
        self._bytes += event.get("encodedDataLength", 0)
        self._last = monotonic()
