"""Markup planted in every field that any page shows is text on every page, for every reader."""

import contextlib
import re
from collections import Counter
from collections.abc import AsyncIterator
from typing import Any
from urllib.parse import quote

import pytest
from aiohttp import web
from aiohttp.test_utils import TestServer
from playwright.async_api import Browser

from kit.clock import ManualClock
from tests.conftest import NOW
from tests.node.conftest import School, running_school
from tests.node.looking import OFFICER
from tests.node.planting import Planting
from tests.node.routes import ROLES
from tests.node.tables import TABLE, sowers, told
from tests.node.test_routes import registered
from tests.node.test_writing_in_a_browser import visit
from tests.planted import SHORT, planted, unplanted
from tests.walking import Numbers, Walk, name_routes, pattern

READERS = ROLES | {"privacy_officer": OFFICER}
# Forms that would end the walk, take away what others are to see, or change who sees what.
PASSED_OVER = (
    r"/sign-out|/clear|/sessions/|/password|/totp|/close|/transfer-out|/end\b|/discard|/remove|/erase"
    r"|/trash/empty|/withdraw|/reset|/lock|/language|/join\b|/roles|people/\*/move|people/\*/children"
    r"|/homeroom|/admin/year|/members|/back\b|/undo\b"
)
STREAMS = tuple(route.path for route in TABLE if route.speaks)
UNMET = {route.path for route in TABLE if route.unmet}
# Names of columns of text into which nobody types, by what they hold; others the slices name.
UNTYPED = {
    "an id, or the keys of several": r"(\.|_)id$|\.keys?$|\.(subject|about)$",
    "a digest": r"sha256$|hash$",
    "a word of ours": r"\.(kind|state|audience|media_type)$",
    "a day, an address of ours, a place of ours": r"_on$|\.(href|path)$",
}


class Sown:
    """The school with markup everywhere. `faults`: of the answers to what was sent."""

    def __init__(self, school: School, hub: str) -> None:
        self.school = school
        self.numbers = Numbers()
        self.faults: list[str] = []
        self.seen: set[str] = set()
        self.richest: dict[str, Counter[str]] = {}
        self._hub = hub
        self._planting = Planting(school, self.numbers)

    async def sow(self) -> None:
        await self._planting.sown(sowers())
        for role in READERS:
            walk = await self.walk(role)
            await walk.through(["/"], sow=self.numbers)
            self.faults += walk.faults
            self.seen |= walk.seen
            self.richest[role] = walk.richest
        await self._planting.reaped(self._hub)

    async def walk(self, role: str) -> Walk:
        name = READERS[role]
        client = await (self.school.client_as(name) if name else self.school.anonymous())
        return Walk(client.session, self.school.url, role, PASSED_OVER, STREAMS)

    def starts(self) -> list[str]:
        """Every page of one address, what no link leads to, addresses in markup that nobody knows."""
        gets = sorted(path for method, path in registered(self.school.app) if method == "GET")
        fixed = [path for path in gets if "{" not in path]
        typed = quote(planted(0), safe="")
        return [*fixed, *self._planting.addresses, f"/{typed}", f"/newsletters/{typed}"]

    def questions(self) -> list[str]:
        """Every page of one address, asked in markup."""
        typed = quote(planted(0), safe="")
        query = f"q={typed}&next={typed}&redirectUrl={typed}&kind={typed}&page={typed}"
        return [f"{path}?{query}" for path in self.starts()]


@contextlib.asynccontextmanager
async def refusing_hub() -> AsyncIterator[str]:
    """The address of a hub that refuses everything, in markup."""

    async def refuse(_request: web.Request) -> web.Response:
        return web.json_response({"title": planted(0), "detail": planted(0)}, status=503)

    app = web.Application()
    app.router.add_route("*", "/{path:.*}", refuse)
    async with TestServer(app, host="127.0.0.1") as server:
        yield str(server.make_url("/"))


@pytest.fixture(scope="module")
async def sown(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Sown]:
    folder = tmp_path_factory.mktemp("planted")
    names: dict[str, Any] = {"school_name": planted(0), "telephone": planted(0, SHORT)}
    async with refusing_hub() as hub:
        async for school in running_school(folder, ManualClock(NOW), name_routes, **names):
            made = Sown(school, hub)
            await made.sow()
            yield made


async def test_markup_lies_in_every_column_that_somebody_can_type_into(sown: Sown) -> None:
    found = await sown.school.db.read(unplanted)
    untyped = re.compile("|".join(UNTYPED.values()))
    left = sorted(column for column in found - told("UNTYPED").keys() if not untyped.search(column))
    assert left == [], (
        "plant markup there (`sow` beside its table of routes) or say in UNTYPED what it holds"
    )


async def test_what_is_sent_comes_back_as_text(sown: Sown) -> None:
    assert sown.faults == []


async def test_every_reader_meets_text_on_every_page(sown: Sown) -> None:
    faults, seen = [], set(sown.seen)
    for role in READERS:
        walk = await sown.walk(role)
        await walk.through(sown.starts())
        faults += walk.faults
        seen |= walk.seen
    assert faults == []
    gets = {path for method, path in registered(sown.school.app) if method == "GET"}
    assert gets - seen == UNMET


async def test_what_an_address_asks_is_text(sown: Sown) -> None:
    for role in ("anonymous", "guardian", "administrator"):
        walk = await sown.walk(role)
        for address in sown.questions():
            await walk.look(address)
        assert walk.faults == []


async def test_a_browser_asks_for_nothing_that_was_planted(sown: Sown, browser: Browser) -> None:
    asked: list[str] = []
    for role in ("guardian", "homeroom", "administrator", "privacy_officer"):
        page = await visit(browser, sown.school, READERS[role])
        page.on("request", lambda request: asked.append(request.url))
        rich = {pattern(path): path for path, _much in sown.richest[role].most_common(60)[::-1]}
        for path in list(rich.values())[-4:]:
            await page.goto(path)
            await page.locator("body").wait_for()
            assert await page.locator("[id^=planted]").count() == 0, path
        await page.close()
    assert len(asked) > 12
    assert [url for url in asked if "/planted" in url] == []
