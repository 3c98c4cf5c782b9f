"""Markup that an officer types or a school sends is text on every page of the console."""

import re
from collections.abc import AsyncIterator
from urllib.parse import quote

import aiohttp
import pytest

from hub.app import build
from hub.officers.model import Role
from hub.setup import found_hub
from kit.clock import ManualClock
from tests.conftest import NOW
from tests.hub.conftest import PASSWORD, Province, config_of
from tests.hub.planting import Planting
from tests.hub.tables import sowers, told
from tests.planted import planted, unplanted
from tests.walking import Numbers, Walk, name_routes

# Forms that would end the walk, take away what others are to see, or change who sees what.
PASSED_OVER = (
    r"/sign-out|/sessions/|/password|/totp|/discard|/remove|/withdraw|/revoke|/suspend|/resume"
    r"|/language|/role|/disable|/reset|/restart"
)
# What holds nothing that anybody types, the answer to a form under an address of its own, and what
# programs ask for under a school's name.
UNMET = {"/static/{hash}/{path}", "/answers/{id}", "/sign-in/code", "/.well-known/matrix/client"}
# Names of columns of text into which nobody types, by what they hold; others the slices name.
UNTYPED = {
    "an id": r"(\.|_)id$|\.(created|written|sent|settled)_by$",
    "a digest": r"sha256$|hash$|digest$|fingerprint$",
    "a word of ours": r"\.(kind|state|states|audience|media_type)$",
    "a day": r"_on$",
}


class Sown:
    """The province with markup everywhere. `faults`: of the answers to what was sent."""

    def __init__(self, province: Province) -> None:
        self.province = province
        self.numbers = Numbers()
        self.faults: list[str] = []
        self.seen: set[str] = set()
        self._planting = Planting(province, self.numbers)
        self._browsers: dict[str, aiohttp.ClientSession] = {}

    async def sow(self) -> None:
        self._browsers["anonymous"] = self.province.browser()
        for role in Role:
            self._browsers[role.value] = await self.province.signed_in(role)
        await self._planting.sown(sowers())
        for walk in self.walks():
            await walk.through(["/"], sow=self.numbers)
            self.faults += walk.faults
            self.seen |= walk.seen
        await self._invited()
        await self._planting.reaped()

    async def _invited(self) -> None:
        """A school is invited by the console, and its letter is looked at the one time it is shown."""
        browser = self._browsers["officer"]
        name, district = self.numbers.planted("school"), self.numbers.planted("district")
        fields = {"school_id": "J107530303", "name": name, "district": district, "kind": "high"}
        async with browser.post("/invitations", data=fields, allow_redirects=False) as answer:
            walk = Walk(browser, self.province.url, "officer")
            await walk.look(answer.headers["Location"])
        self.faults += walk.faults
        self.seen |= walk.seen

    def walks(self) -> list[Walk]:
        return [
            Walk(browser, self.province.url, role, PASSED_OVER)
            for role, browser in self._browsers.items()
        ]

    def gets(self) -> set[str]:
        routes = self.province.hub.console.router.routes()
        return {
            route.resource.canonical
            for route in routes
            if route.resource is not None and route.method == "GET"
        }

    def starts(self) -> list[str]:
        """Every page of one address, what no link leads to, addresses in markup that nobody knows."""
        fixed = sorted(path for path in self.gets() if "{" not in path)
        typed = quote(planted(0), safe="")
        return [*fixed, *self._planting.addresses, f"/{typed}", f"/notices/{typed}"]

    def questions(self) -> list[str]:
        """Every page of one address, asked in markup."""
        typed = quote(planted(0), safe="")
        query = f"q={typed}&next={typed}&kind={typed}&page={typed}"
        return [f"{path}?{query}" for path in self.starts()]


@pytest.fixture(scope="module")
async def sown(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Sown]:
    folder, clock = tmp_path_factory.mktemp("planted") / "hub", ManualClock(NOW)
    made = await found_hub(folder, config_of(""), "first", planted(0), PASSWORD, clock)
    hub = build(made.config, clock)
    name_routes(hub.console)
    province = Province(hub, clock)
    await province.start()
    sowing = Sown(province)
    await sowing.sow()
    yield sowing
    await province.stop()


async def test_markup_lies_in_every_column_that_somebody_can_type_into(sown: Sown) -> None:
    found = await sown.province.hub.db.read(unplanted)
    untyped = re.compile("|".join(UNTYPED.values()))
    left = sorted(column for column in found - told("UNTYPED").keys() if not untyped.search(column))
    assert left == [], (
        "plant markup there (`sow` beside its table of routes) or say in UNTYPED what it holds"
    )


async def test_what_is_sent_comes_back_as_text(sown: Sown) -> None:
    assert sown.faults == []


async def test_every_reader_meets_text_on_every_page(sown: Sown) -> None:
    faults, seen = [], set(sown.seen)
    for walk in sown.walks():
        await walk.through(sown.starts())
        faults += walk.faults
        seen |= walk.seen
    assert faults == []
    assert sown.gets() - seen == UNMET


async def test_what_an_address_asks_is_text(sown: Sown) -> None:
    for walk in sown.walks():
        for address in sown.questions():
            await walk.look(address)
        assert walk.faults == []
