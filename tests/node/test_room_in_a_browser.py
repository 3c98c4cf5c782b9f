"""A room of the messenger at a phone, with a real Synapse: what stands on its first screen."""

from collections.abc import AsyncIterator

import pytest
from playwright.async_api import Browser, Page

from tests.node.talking_school import TalkingSchool, talking_school
from tests.node.test_messenger_portal import app_talk, page_of

WITHIN = """list => { const place = list.getBoundingClientRect();
  return [...list.children].filter(one => { const { top, bottom } = one.getBoundingClientRect();
    return top >= place.top - 1 && bottom <= place.bottom + 1 }).length }"""
"""A list is scrolled by whole pixels, what stands in it is not as high as whole pixels."""
BELOW_THE_FOOT = """() => document.documentElement.scrollHeight - scrollY
  - document.querySelector(".footer").getBoundingClientRect().bottom"""


@pytest.fixture(scope="module")
async def talking(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[TalkingSchool]:
    async for one in talking_school(tmp_path_factory.mktemp("talking")):
        yield one


@pytest.fixture(scope="module")
async def phone(talking: TalkingSchool, started_browser: Browser) -> AsyncIterator[Page]:
    """Of somebody who is signed in."""
    context = await started_browser.new_context(
        base_url=talking.school.url, viewport={"width": 360, "height": 740}, locale="ko-KR"
    )
    token = await talking.school.token_of("한지민")
    await context.add_cookies([{"name": "session", "value": token, "url": talking.school.url}])
    yield await context.new_page()
    await context.close()


async def test_the_newest_words_and_the_line_to_write_share_the_first_screen(
    talking: TalkingSchool, phone: Page
) -> None:
    han, park = await talking.asker("한지민"), await talking.asker("박서연")
    room = await app_talk(talking, "박서연", "한지민", encrypted=False)
    await talking.portal.join(han, room)
    for number in range(24):
        await talking.portal.say(park, room, f"{number + 1}번째 소식입니다", f"said-{number}")
    await phone.goto(page_of(room))
    await phone.get_by_text("24번째 소식입니다").wait_for()
    bar = await phone.locator(".bottombar").bounding_box()
    send = await phone.get_by_role("button", name="보내기").bounding_box()
    assert bar is not None
    assert send is not None
    assert send["y"] + send["height"] <= bar["y"]
    assert await phone.locator("#messages").evaluate(WITHIN) >= 4
    assert abs(await phone.evaluate(BELOW_THE_FOOT)) <= 80  # the place of the bar
    leave = phone.get_by_role("button", name="대화방에서 나가기")
    assert not await leave.is_visible()
    await phone.get_by_text("대화방 메뉴").locator("..").click()
    assert await leave.is_visible()


async def test_the_number_of_people_is_that_of_the_moment(
    talking: TalkingSchool, phone: Page
) -> None:
    yun, han = await talking.asker("윤태식"), await talking.asker("한지민")
    room = await app_talk(talking, "오정숙", "한지민", "윤태식", encrypted=False)
    await talking.portal.join(han, room)
    await talking.portal.join(yun, room)
    await phone.goto(page_of(room))
    await phone.locator(".messenger-head").get_by_text("3명").wait_for()
    await talking.portal.leave(yun, room)
    await phone.goto(page_of(room))
    await phone.locator(".messenger-head").get_by_text("2명").wait_for()
