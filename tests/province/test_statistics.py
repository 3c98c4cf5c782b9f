"""Counts of papers from a school's phone to the console, and gone again when they are taken back."""

import asyncio

from playwright.async_api import Browser

from tests.province.conftest import DESK, PHONE, Province, Visitor, visit, visit_hub

WITHIN_S = 60


async def fits(visitor: Visitor) -> bool:
    """Whether nothing of the page lies beside the window."""
    wide = "document.documentElement.scrollWidth <= document.documentElement.clientWidth"
    return bool(await visitor.page.evaluate(wide))


async def waited_for(officer: Visitor, text: str) -> None:
    """What the page of counts says within a minute."""
    async with asyncio.timeout(WITHIN_S):
        await officer.go("/statistics")
        while not await officer.page.get_by_text(text).count():
            await officer.page.wait_for_timeout(500)
            await officer.go("/statistics")


async def test_an_administrator_lets_the_province_count_and_takes_it_back(
    province: Province, browser: Browser
) -> None:
    administrator = await visit(browser, province.address("saesol"), "ss-admin", PHONE)
    officer = await visit_hub(browser, province, DESK)
    await administrator.go("/admin/statistics")
    await administrator.see("보내지 않음")
    await administrator.see("개인을 알아볼 수 있는 정보는 보내지 않습니다.")
    assert await fits(administrator)
    await waited_for(officer, "전체 2개교 가운데 1개교가 통계를 보냅니다.")
    await administrator.press("보내기 시작")
    await administrator.see("교육청에 서류 통계를 보내기 시작했습니다.")
    await waited_for(officer, "전체 2개교 가운데 2개교가 통계를 보냅니다.")
    await administrator.press("보내기 중단")
    await waited_for(officer, "전체 2개교 가운데 1개교가 통계를 보냅니다.")
    for visitor in (administrator, officer):
        assert not visitor.complaints
        await visitor.close()
