"""A device's key instead of a password, with Chromium's own authenticator."""

import pytest
from playwright.async_api import Browser

from tests.province.conftest import PHONE, Province, visit

pytestmark = pytest.mark.asyncio(loop_scope="session")

AUTHENTICATOR = {
    "protocol": "ctap2",
    "transport": "internal",
    "hasResidentKey": True,
    "hasUserVerification": True,
    "isUserVerified": True,
    "automaticPresenceSimulation": True,
}


async def test_a_guardian_registers_the_phone_and_signs_in_with_it(
    province: Province, browser: Browser
) -> None:
    home = province.address("hanbit")
    guardian = await visit(browser, home, "haneul", PHONE)
    device = await guardian.context.new_cdp_session(guardian.page)
    await device.send("WebAuthn.enable")
    made = await device.send("WebAuthn.addVirtualAuthenticator", {"options": AUTHENTICATOR})

    await guardian.go("/account")
    await guardian.page.get_by_role("button", name="이 기기를 패스키로 등록").click()
    await guardian.page.locator("#passkeys form[action$='/remove']").wait_for()
    held = await device.send(
        "WebAuthn.getCredentials", {"authenticatorId": made["authenticatorId"]}
    )
    assert [one["rpId"] for one in held["credentials"]] == ["localhost"]

    await guardian.context.clear_cookies()
    await guardian.go("/sign-in")
    await guardian.page.get_by_role("button", name="패스키로 로그인").click()
    await guardian.page.wait_for_url(home + "/")
    await guardian.see("김하늘")

    # Once removed from the account, the same key opens nothing.
    await guardian.go("/account")
    guardian.page.on("dialog", lambda dialog: dialog.accept())
    await guardian.page.locator("#passkeys form[action$='/remove'] button").first.click()
    await guardian.page.locator("#passkeys form[action$='/remove']").wait_for(state="detached")
    await guardian.context.clear_cookies()
    await guardian.go("/sign-in")
    await guardian.page.get_by_role("button", name="패스키로 로그인").click()
    await guardian.page.locator(".passkey-said:not([hidden])").wait_for()
    assert guardian.page.url == home + "/sign-in"
    await guardian.close()
