"""The demo's province on free ports, as real processes, and a real browser."""

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path

import aiohttp
import pytest
from playwright.async_api import Browser, BrowserContext, Page

from hub.config import read_config as read_hub_config
from kit.supervisor import Supervisor
from node.config import NodeConfig, read_config
from scripts.demo import children, officer_code
from scripts.demo_content.cast import PASSWORD
from scripts.demo_province import OFFICER, loopback, make_province
from tests.browsing import press
from tests.conftest import free_port
from tests.waiting import PATIENCE_S

PHONE, DESK = 360, 1280
DEMO_PORTS = 30  # the hub's, and behind it those of the schools


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """What is revoked stays revoked: that specification comes after all others."""
    items.sort(key=lambda item: item.path.name == "test_revocation.py")


class Province:
    """A hub and two schools that run; each can be killed, stopped and started again."""

    def __init__(self, root: Path, base_port: int) -> None:
        self.root = root
        self.base_port = base_port
        self.supervisor = Supervisor()

    @property
    def hub(self) -> str:
        """Where officers type: as browsers know it."""
        return read_hub_config(self.root / "hub").console_url

    def school(self, slug: str) -> NodeConfig:
        return read_config(self.root / slug)

    def address(self, slug: str) -> str:
        """What people type: as browsers know it."""
        return self.school(slug).public_url

    def loopback(self, name: str) -> str:
        """Where programs find the hub or a school, whatever their resolver knows."""
        return loopback(self.root, name)

    async def start(self) -> None:
        for child in children(self.root):
            self.supervisor.add(child)
        await self.supervisor.start()

    async def messengers(self) -> None:
        """Return once both schools' messengers answer clients."""
        async with asyncio.timeout(90), aiohttp.ClientSession() as session:
            for slug in ("hanbit", "saesol"):
                url = f"{self.loopback(slug)}/_matrix/client/versions"
                while True:
                    if await _status(session, url) == 200:
                        break
                    await asyncio.sleep(0.2)


async def _status(session: aiohttp.ClientSession, url: str) -> int:
    async with session.get(url) as answer:
        return answer.status


@pytest.fixture(scope="package")
async def province(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Province]:
    """One province for all these specifications: each makes what it needs within it. It ends with the
    last of them, for its schools' assistants go on making vectors for minutes."""
    root = tmp_path_factory.mktemp("province") / "demo"
    made = Province(root, free_port(DEMO_PORTS))
    await make_province(root, made.base_port, lambda line: None)
    await made.start()
    yield made
    await made.supervisor.stop()


class Visitor:
    """Somebody at a browser of their own."""

    def __init__(self, context: BrowserContext, page: Page, base: str) -> None:
        self.context = context
        self.page = page
        self.base = base
        self.complaints: list[str] = []
        page.on(
            "console",
            lambda line: self.complaints.append(line.text) if line.type == "error" else None,
        )

    async def go(self, path: str) -> int:
        """Open a page; its HTTP status."""
        answer = await self.page.goto(self.base + path)
        assert answer is not None
        return answer.status

    async def see(self, text: str, timeout: float = 1000 * PATIENCE_S) -> None:
        """Wait until the text stands on the page."""
        found = self.page.get_by_text(text).locator("visible=true")
        await found.first.wait_for(timeout=timeout)

    async def press(self, text: str) -> None:
        """Press what leads to another page, and wait for that page."""
        await press(self.page.get_by_role("button", name=text).first)

    async def touch(self, text: str) -> None:
        """Press what changes something on this page."""
        await self.page.get_by_role("button", name=text).first.click()

    async def close(self) -> None:
        await self.context.close()


async def visit(browser: Browser, base: str, login: str, width: int) -> Visitor:
    """A school's pages, signed in by the form as anybody would."""
    visitor = await anonymous(browser, base, width)
    await visitor.go("/sign-in")
    await visitor.page.fill("[name=login]", login)
    await visitor.page.fill("[name=password]", PASSWORD)
    await press(visitor.page.locator('form[action="/sign-in"] button[type=submit]'))
    await visitor.page.wait_for_url(base + "/")
    return visitor


async def visit_hub(browser: Browser, province: Province, width: int) -> Visitor:
    """The console, signed in with password and one-time code."""
    visitor = await anonymous(browser, province.hub, width)
    await visitor.go("/sign-in")
    for _attempt in range(4):  # a code works once: a second sign-in waits for the next one
        if await visitor.page.locator("[name=code]").count():
            await visitor.page.fill("[name=code]", officer_code(province.root))
        else:
            await visitor.page.fill("[name=login]", OFFICER)
            await visitor.page.fill("[name=password]", PASSWORD)
        await press(visitor.page.locator('form[action^="/sign-in"] button[type=submit]'))
        if "/sign-in" not in visitor.page.url:
            return visitor
        if await visitor.page.get_by_text("이미 사용").count():
            await visitor.page.wait_for_timeout(30_000)
    raise AssertionError(await visitor.page.inner_text("main"))


async def anonymous(browser: Browser, base: str, width: int) -> Visitor:
    context = await browser.new_context(
        viewport={"width": width, "height": 800}, locale="ko-KR", timezone_id="Asia/Seoul"
    )
    return Visitor(context, await context.new_page(), base)
