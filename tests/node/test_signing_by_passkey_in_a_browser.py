"""Signing a consent with the passkey of a telephone: Chromium's own authenticator at 360 pixels."""

import asyncio

from playwright.async_api import Browser, CDPSession, Page, Route, expect
from yarl import URL

from kit.signin.web import SIGNIN
from protocol.receipts import from_file, verify
from protocol.records import ConsentV4
from tests.browsing import press
from tests.node.conftest import School
from tests.node.test_forms import ALLERGY, GOING, NO, YES, records, sent
from tests.node.test_forms import page as page_of
from tests.node.test_verifier_from_a_stick import VERIFIER
from tests.node.test_writing_in_a_browser import visit

TELEPHONE = 360
AUTHENTICATOR = {
    "protocol": "ctap2",
    "transport": "internal",
    "hasResidentKey": True,
    "hasUserVerification": True,
    "isUserVerified": True,
    "automaticPresenceSimulation": True,
}
SIGN = "패스키로 서명하고 제출"


class Telephone:
    """A guardian's, with the passkey that they add on its account page."""

    def __init__(self, page: Page, cdp: CDPSession, authenticator: str) -> None:
        self.page = page
        self.cdp = cdp
        self.authenticator = authenticator

    async def recognise(self, recognised: bool) -> None:
        """Whether the device knows the finger that is laid on it."""
        said = {"authenticatorId": self.authenticator, "isUserVerified": recognised}
        await self.cdp.send("WebAuthn.setUserVerified", said)

    async def fill(self, here: str, answer: str) -> None:
        await self.page.goto(here)
        await self.page.check(f"[name=answer_going][value='{answer}']")
        if await self.page.locator("[name=agree]").count():
            await self.page.check("[name=agree]")


async def telephone(browser: Browser, school: School) -> Telephone:
    """Passkeys need a name, so the school is visited as localhost."""
    school.url = str(URL(school.url).with_host("localhost")).rstrip("/")
    school.app[SIGNIN].serve_at(school.url)
    page = await visit(browser, school, "김하늘", TELEPHONE)
    cdp = await page.context.new_cdp_session(page)
    await cdp.send("WebAuthn.enable")
    made = await cdp.send("WebAuthn.addVirtualAuthenticator", {"options": AUTHENTICATOR})
    await page.goto("/account")
    await press(page.get_by_role("button", name="이 기기를 패스키로 등록"))
    await page.locator("#passkeys form[action$='/remove']").wait_for()
    return Telephone(page, cdp, made["authenticatorId"])


async def test_a_guardian_signs_the_text_and_the_answers_with_the_telephones_passkey(
    school: School, browser: Browser
) -> None:
    phone = await telephone(browser, school)
    here = page_of(school, await sent(school, fields=(GOING, ALLERGY)))
    await phone.fill(here, YES)
    await phone.page.fill("[name=answer_allergy]", "땅콩")
    other = phone.page.locator("[data-other-way]")
    assert await other.get_attribute("open") is None  # the passkey comes first
    assert await phone.page.evaluate("document.documentElement.scrollWidth") == TELEPHONE
    await press(phone.page.get_by_role("button", name=SIGN))
    await phone.page.wait_for_url("**/receipts/*")
    shown = await phone.page.inner_text("main")
    for words in ("서명한 패스키", "보호자의 패스키가 바로 이 글과 답에 서명했습니다", "땅콩"):
        assert words in shown
    assert await phone.page.evaluate("document.documentElement.scrollWidth") == TELEPHONE
    (record,) = await records(school)
    assert isinstance(record, ConsentV4)
    assert record.passkey is not None

    async with phone.page.expect_download() as download:
        await phone.page.get_by_role("link", name="제출 확인서 파일 내려받기").click()
    file = await (await download.value).path()
    assert verify(from_file(file.read_bytes())).valid
    stick = await phone.page.context.new_page()
    await stick.goto(VERIFIER.as_uri())
    await stick.set_input_files("#files", file)
    told = await stick.inner_text("article")
    assert "변경되지 않은 제출 확인서입니다" in told
    assert f"서명한 패스키\n{record.passkey.name}" in told
    assert await stick.locator("[data-check=passkey][data-outcome=passed]").count() == 1


async def test_the_passkey_is_offered_once_the_form_is_sent_by_script(
    school: School, browser: Browser
) -> None:
    """A press before would send the form without what the passkey signs."""
    phone = await telephone(browser, school)
    here = page_of(school, await sent(school, fields=(GOING, ALLERGY)))
    asked, may_come = asyncio.Event(), asyncio.Event()

    async def late(route: Route) -> None:
        asked.set()
        await may_come.wait()
        await route.continue_()

    await phone.page.route("**/sending.js", late)
    await phone.page.goto(here)
    await asked.wait()
    button = phone.page.get_by_role("button", name=SIGN)
    await expect(button).to_be_hidden()
    may_come.set()
    await expect(button).to_be_visible()


async def test_who_breaks_the_signing_off_loses_nothing_and_types_the_name_instead(
    school: School, browser: Browser
) -> None:
    phone = await telephone(browser, school)
    here = page_of(school, await sent(school, fields=(GOING, ALLERGY)))
    await phone.fill(here, NO)
    await phone.page.fill("[name=answer_allergy]", "우유")
    await phone.recognise(False)
    await phone.page.get_by_role("button", name=SIGN).click()
    await phone.page.get_by_text("패스키로 서명하지 않아 아직 제출하지 않았습니다").wait_for()
    assert await records(school) == []
    assert await phone.page.input_value("[name=answer_allergy]") == "우유"
    await phone.page.fill("[name=signature_typed]", "김하늘")
    await press(phone.page.get_by_role("button", name="제출하기"))
    await phone.page.wait_for_url("**/receipts/*")
    (record,) = await records(school)
    assert isinstance(record, ConsentV4)
    assert (record.passkey, record.signature_kind) == (None, "typed")
    assert [one.answer for one in record.answers] == [NO, "우유"]


async def test_who_signs_in_by_passkey_sees_the_button_at_work_until_the_next_page_is_there(
    school: School, browser: Browser
) -> None:
    phone = await telephone(browser, school)
    await phone.page.context.clear_cookies()
    await phone.page.goto("/sign-in")
    button = phone.page.locator("[data-passkey=get]")
    await button.evaluate(
        """button => new MutationObserver(() => {
            sessionStorage.busy = (sessionStorage.busy ?? "") + button.getAttribute("aria-busy") + ";";
        }).observe(button, { attributeFilter: ["aria-busy"] })"""
    )
    await press(button)
    await expect(phone.page).to_have_url(f"{school.url}/")
    assert await phone.page.evaluate("sessionStorage.busy") == "true;"
