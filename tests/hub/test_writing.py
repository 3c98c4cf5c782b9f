"""Officers who write at the same time see both texts; a form with an error comes back as typed."""

import re
from html import unescape

import aiohttp
import pytest

from hub.officers.model import Role
from tests.hub.conftest import PASSWORD, Province
from tests.hub.test_release_pages import TRIP, page, press

NOTICE = {
    "title": "감염병 예방",
    "body": "손 씻기를 안내해 주세요.",
    "scope": "all",
    "audience": "staff",
}


async def send(browser: aiohttp.ClientSession, url: str, here: str, **fields: str) -> str:
    """A form sent from a page, as a browser without JavaScript does; where it leads."""
    how = {"Referer": url + here, "Content-Type": "application/x-www-form-urlencoded"}
    async with browser.post(here, data=fields, headers=how, allow_redirects=False) as answer:
        assert answer.status == 303, await answer.text()
        return answer.headers["Location"]


def seen(text: str) -> str:
    found = re.search(r'name="seen" value="([^"]+)"', text)
    assert found is not None
    return found[1]


@pytest.mark.parametrize(("place", "fields"), [("/notices", NOTICE), ("/knowledge", TRIP)])
async def test_two_officers_on_one_text_do_not_overwrite_each_other(
    province: Province, place: str, fields: dict[str, str]
) -> None:
    browser = await province.signed_in(Role.OFFICER)
    here = await press(browser, f"{place}/new", **fields) + "/edit"
    opened = seen(await page(browser, here))
    first = {**fields, "body": "먼저 고친 글", "seen": opened}
    assert await send(browser, province.url, here, **first) == here.removesuffix("/edit")
    second = {**fields, "body": "나중에 고친 글", "seen": opened}
    both = await page(browser, await send(browser, province.url, here, **second))
    assert "두 내용이 다릅니다" in both
    words = re.sub("</?mark>", "", both)
    assert "먼저 고친 글" in words
    assert "나중에 고친 글" in words
    merged = re.search(r'href="([^"]+)"[^>]*>(?:(?!</a>).)*두 내용을 합쳐서', both, re.DOTALL)
    assert merged is not None
    text = await page(browser, unescape(merged[1]))
    assert "먼저 고친 글" in text
    assert "나중에 고친 글" in text
    assert seen(text) != opened


async def test_a_notice_with_an_error_comes_back_whole(province: Province) -> None:
    browser = await province.signed_in(Role.OFFICER)
    typed = {**NOTICE, "title": "", "contact": "김주무관 031-000-0000", "scope": "group"}
    back = await page(browser, await send(browser, province.url, "/notices/new", **typed))
    for text in (NOTICE["body"], typed["contact"]):
        assert text in back
    assert re.search(r'value="group"[^>]*checked', back)
    assert "‘제목’ 항목을 입력해 주세요." in back


async def test_the_code_of_the_second_factor_is_asked_for_on_a_page_one_can_go_back_to(
    province: Province,
) -> None:
    await province.signed_in(Role.OFFICER)
    browser = province.browser()
    entry = {"login": Role.OFFICER.value, "password": PASSWORD}
    text = await page(browser, await send(browser, province.url, "/sign-in", **entry))
    assert 'name="code"' in text
    assert PASSWORD not in text


async def test_an_officer_without_the_right_is_sent_to_the_hubs_administrator(
    province: Province,
) -> None:
    browser = await province.signed_in(Role.VIEWER)
    async with browser.get("/notices/new") as answer:
        assert answer.status == 403
        refused = await answer.text()
    assert "허브 관리자에게 권한을 요청해 주세요." in refused
    assert "학교" not in refused.partition("<main")[2].partition("</main")[0]
