"""An officer who acts has proved who they are lately: what each route of the console asks for."""

import re

import aiohttp
import msgspec
import pyotp

from hub.officers.model import Role
from kit.signin import fresh
from kit.signin.fresh import DECISIONS, RIGHTS
from tests.hub.conftest import PASSWORD, Province
from tests.hub.tables import TABLE
from tests.hub.test_routes import SHARED, plain


def asked(province: Province) -> dict[str, int | None]:
    """ "METHOD path" → what it asks for, of every route of the console that changes something."""
    return {
        f"{route.method} {plain(route.resource.canonical)}": fresh.declared(route.handler)
        for route in province.hub.console.router.routes()
        if route.resource is not None
        and route.method not in ("GET", "HEAD", "*")
        and not route.resource.canonical.startswith(SHARED)
    }


async def test_every_route_that_changes_something_says_what_it_asks_for(province: Province) -> None:
    tabled = {f"{one.method} {one.path}": one.proof for one in TABLE if one.method != "GET"}
    unsaid = [one for one, proof in tabled.items() if proof is msgspec.UNSET]
    assert unsaid == [], "say in its table what it asks for: proof=RIGHTS, DECISIONS or NOTHING"
    assert asked(province) == tabled


async def test_whoever_proved_themselves_too_long_ago_reaches_none_of_them(
    province: Province,
) -> None:
    browser = await province.signed_in(Role.ADMINISTRATOR)
    for _visit in range(4):  # a session at the console ends when nobody uses it
        province.clock.advance(DECISIONS // 4 + 1)
        await browser.get("/")
    got = set()
    for named, limit in asked(province).items():
        if limit is None:
            continue
        method, path = named.split(" ")
        address = path.replace("{version}", "1").replace("{kind}", "knowledge")
        address = re.sub(r"\{\w+\}", "0" * 20, address)
        headers = {"Accept": "application/json"}
        async with browser.request(method, address, headers=headers) as answer:
            got.add((answer.status, (await answer.json(content_type=None))["title"]))
    assert got == {(403, "sign-in-again")}


async def test_an_officer_confirms_with_password_and_code_and_goes_on(province: Province) -> None:
    browser = await province.signed_in(Role.ADMINISTRATOR)
    province.clock.advance(RIGHTS + 1)
    assert (await _add(province, browser)).startswith("/sign-in/confirm?next=/officers")
    secret = await province.hub.db.read(
        lambda tx: tx.value("SELECT totp_secret FROM signin_account WHERE login = 'administrator'")
    )
    code = pyotp.TOTP(secret).at(province.clock.now() // 1000)
    sent = {"password": PASSWORD, "code": code, "next": "/officers"}
    async with browser.post("/sign-in/confirm", data=sent, allow_redirects=False) as confirmed:
        assert (confirmed.status, confirmed.headers["Location"]) == (303, "/officers")
    assert not (await _add(province, browser)).startswith("/sign-in")


async def _add(province: Province, browser: aiohttp.ClientSession) -> str:
    """Add an officer by the form; where the answer leads."""
    form = {"login": "newcomer", "name": "새담당", "role": "viewer"}
    headers = {"Referer": province.url + "/officers"}
    async with browser.post(
        "/officers", data=form, headers=headers, allow_redirects=False
    ) as answer:
        return answer.headers["Location"]
