"""Each server of the demo has a name of its own, so that its sign-ins are its own."""

from playwright.async_api import Browser

from scripts.demo_content.cast import PASSWORD
from tests.province.conftest import PHONE, Province, Visitor, anonymous


async def test_a_guardian_of_two_schools_stays_signed_in_at_both_in_one_browser(
    province: Province, browser: Browser
) -> None:
    here, there = province.address("hanbit"), province.address("saesol")
    first = await anonymous(browser, here, PHONE)
    second = Visitor(first.context, await first.context.new_page(), there)
    for visitor in (first, second):
        await visitor.go("/sign-in")
        await visitor.page.fill("[name=login]", "haneul")
        await visitor.page.fill("[name=password]", PASSWORD)
        await visitor.page.click('form[action="/sign-in"] button[type=submit]')
        await visitor.page.wait_for_url(visitor.base + "/")
    for visitor, name in ((first, "한빛초등학교"), (second, "새솔중학교")):
        assert await visitor.go("/me") == 200
        assert visitor.page.url == visitor.base + "/me"
        await visitor.see(name)
        await visitor.see("김하늘")
    await first.go("/")
    await first.page.locator('form[action="/sign-out"] button').first.dispatch_event("click")
    await first.page.wait_for_url("**/sign-in**")
    await first.go("/me")
    assert "/sign-in" in first.page.url
    assert await second.go("/me") == 200
    assert second.page.url == there + "/me"
    await first.close()
