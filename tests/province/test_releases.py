"""A release from the console to both schools: asked from the old text, the new, and the old again."""

import asyncio
import re

from playwright.async_api import Browser

from tests.province.asking import ask
from tests.province.conftest import DESK, Province, Visitor, visit, visit_hub

QUESTION = "천체망원경은 며칠 동안 빌릴 수 있나요?"
WITHIN_S = 120


def said(days: int) -> str:
    """What the article says, and no other text does."""
    return f"학교마다 {days}일 동안 빌릴 수 있습니다"


async def write(officer: Visitor, days: int, document: str = "") -> str:
    """Write the article, or change it; its address."""
    page = officer.page
    await officer.go(f"{document}/edit" if document else "/knowledge/new")
    await page.fill("[name=title]", "교육지원청 천체망원경 대여")
    await page.locator("[name=audience][value=staff]").check()
    await page.fill("textarea[name=body]", f"교육지원청의 천체망원경은 {said(days)}.")
    await officer.press("저장")
    await page.wait_for_url(re.compile(r"/knowledge/[0-9a-f]{20}$"))
    return page.url.removeprefix(officer.base)


async def publish(officer: Visitor) -> str:
    """Publish to the pilot schools; the release's address once it is there."""
    page = officer.page
    await officer.go("/releases")
    links = page.locator("#lines a[href^='/releases/knowledge/']")
    before = await links.first.get_attribute("href")
    await officer.press("시범 학교에 발행")
    async with asyncio.timeout(WITHIN_S):
        while await links.first.get_attribute("href") == before:
            await page.wait_for_timeout(500)
            await officer.go("/releases")
    address = await links.first.get_attribute("href")
    assert address is not None
    return address


async def hears(teacher: Visitor, words: str) -> None:
    """Ask until the answer says so: what is published needs its time."""
    async with asyncio.timeout(WITHIN_S):
        while words not in await ask(teacher, QUESTION):
            await teacher.page.wait_for_timeout(500)


async def test_a_question_is_answered_from_what_was_released_and_from_what_was_given_back(
    province: Province, browser: Browser
) -> None:
    officer = await visit_hub(browser, province, DESK)
    officer.page.on("dialog", lambda dialog: dialog.accept())  # "are you sure?"
    pilot = await visit(browser, province.address("hanbit"), "hb-park", DESK)
    other = await visit(browser, province.address("saesol"), "ss-seo", DESK)
    guardian = await visit(browser, province.address("hanbit"), "haneul", DESK)
    article = await write(officer, 3)
    first = await publish(officer)
    await hears(pilot, said(3))
    assert said(3) not in await ask(other, QUESTION)  # the pilot schools come first
    await officer.go(first)
    await officer.see("이 버전")  # the school said that it uses it
    await officer.press("모든 학교에 배포")
    await hears(other, said(3))
    assert "망원경은" not in await ask(guardian, QUESTION)  # it is for staff

    await write(officer, 12, article)
    await officer.go(await publish(officer))
    await officer.press("모든 학교에 배포")
    await hears(pilot, said(12))
    await hears(other, said(12))

    administrator = await visit(browser, province.address("hanbit"), "hb-admin", DESK)
    administrator.page.on("dialog", lambda dialog: dialog.accept())
    await administrator.go("/admin/releases")
    await administrator.press("되돌리기")
    await hears(pilot, said(3))
    await hears(other, said(12))
    for visitor in (officer, pilot, other, guardian, administrator):
        await visitor.close()
