"""The assistant asked as anybody asks it."""

import asyncio
import re

from tests.province.conftest import Visitor

WITHIN_S = 600
"""The worker may be starting, and the model writes its words one after another: no promise of speed."""


async def ask(visitor: Visitor, question: str) -> str:
    """Ask until the worker is there; the finished answer's words, which the page shows then."""
    page = visitor.page
    async with asyncio.timeout(WITHIN_S):
        while True:
            await visitor.go("/assistant")
            await page.locator(".assistant-ask[data-by-fetch]").wait_for()
            await page.fill("[name=question]", question)
            await page.locator(".assistant-ask button[type=submit]").click()
            # The answer's page, or a refusal: on this page, or on the one that brings the question back.
            await page.wait_for_selector("form[data-sending]", state="detached")
            await page.wait_for_load_state()
            if re.search("/assistant/[0-9a-f]{20}$", page.url):
                await page.locator("#office-title").wait_for(timeout=1000 * WITHIN_S)
                said = await page.inner_text("#answer")
                if "도우미가 중단되었습니다" not in said:
                    return said
            await page.wait_for_timeout(500)
