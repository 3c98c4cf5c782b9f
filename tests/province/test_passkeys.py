"""A device's key instead of a password, with Chromium's own authenticator."""

from playwright.async_api import Browser

from scripts.demo_content.cast import PASSWORD
from tests.province.conftest import PHONE, Province, visit

AUTHENTICATOR = {
    "protocol": "ctap2",
    "transport": "internal",
    "hasResidentKey": True,
    "hasUserVerification": True,
    "isUserVerified": True,
    "automaticPresenceSimulation": True,
}


# Somebody who is not asked for a passkey answers with another's all the same.
BUTTON = """() => {
    const box = document.createElement("div");
    box.innerHTML = '<button id="theirs" data-passkey="get" data-options="/sign-in/passkey/options"'
        + ' data-verify="/sign-in/confirm/passkey">?</button><p class="passkey-said" hidden></p>';
    document.querySelector("main").append(box);
    document.dispatchEvent(new CustomEvent("madang:added", { detail: box }));
}"""


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
    assert [one["rpId"] for one in held["credentials"]] == ["hanbit.localhost"]

    await guardian.context.clear_cookies()
    await guardian.go("/sign-in")
    await guardian.page.get_by_role("button", name="패스키로 로그인").click()
    await guardian.page.wait_for_url(home + "/")
    await guardian.see("김하늘")

    # What asks for a fresh proof takes the passkey first.
    await guardian.go("/sign-in/confirm?next=/me")
    await guardian.page.get_by_role("button", name="패스키로 확인").click()
    await guardian.page.wait_for_url(home + "/me")

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


async def test_a_passkey_confirms_its_own_account_only(
    province: Province, browser: Browser
) -> None:
    home = province.address("hanbit")
    guardian = await visit(browser, home, "haneul", PHONE)
    device = await guardian.context.new_cdp_session(guardian.page)
    await device.send("WebAuthn.enable")
    await device.send("WebAuthn.addVirtualAuthenticator", {"options": AUTHENTICATOR})
    await guardian.go("/account")
    await guardian.page.get_by_role("button", name="이 기기를 패스키로 등록").click()
    await guardian.page.locator("#passkeys form[action$='/remove']").wait_for()

    await guardian.context.clear_cookies()
    await guardian.go("/sign-in")
    await guardian.page.fill("[name=login]", "doyun")
    await guardian.page.fill("[name=password]", PASSWORD)
    await guardian.page.click('form[action="/sign-in"] button[type=submit]')
    await guardian.page.wait_for_url(home + "/")
    await guardian.go("/sign-in/confirm")
    assert await guardian.page.locator("[data-passkey]").count() == 0
    await guardian.page.evaluate(BUTTON)
    await guardian.page.click("#theirs")
    await guardian.page.locator(".passkey-said:not([hidden])").wait_for()
    await guardian.close()
