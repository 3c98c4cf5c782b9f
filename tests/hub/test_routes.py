"""Every route of the console as every role: who may, who is refused and how, by the tables
routes_<slice>.py."""

import re
from typing import Any

import aiohttp

from hub.officers.model import Role
from tests.hub.conftest import HANBIT, Province
from tests.hub.routes import Route
from tests.hub.tables import TABLE

SHARED = (
    "/static", "/live", "/sign-", "/session", "/account", "/answers", "/language", "/metrics",
    "/healthz",
)  # fmt: skip
NOBODY = "f" * 20


def plain(canonical: str) -> str:
    """A route's path without the patterns of its parts."""
    return re.sub(r"\{(\w+):[^}]*\}", r"{\1}", canonical)


def registered(province: Province) -> set[tuple[str, str]]:
    return {
        (route.method, plain(route.resource.canonical))
        for route in province.hub.console.router.routes()
        if route.resource is not None
        and route.method not in ("HEAD", "*")
        and not route.resource.canonical.startswith(SHARED)
    }


def address(path: str) -> str:
    """The path for a school that is there, and for everything else that is not."""
    school = HANBIT if "/schools/" in path else NOBODY
    for name in ("{notice_id}", "{document_id}", "{name}", "{key}"):
        path = path.replace(name, NOBODY)
    path = path.replace("{kind}", "knowledge").replace("{version}", "1").replace("{number}", "1")
    return path.replace("{id}", school).replace("{sha256}", "0" * 64)


async def visit(browser: aiohttp.ClientSession, route: Route) -> int:
    how: dict[str, Any] = {}
    path = address(route.path)
    if path.startswith("/api/"):
        how["headers"] = {"Accept": "application/json"}
    if route.method == "POST":
        how["json" if path.startswith("/api/") else "data"] = route.data
    async with browser.request(route.method, path, allow_redirects=False, **how) as answer:
        return answer.status


async def test_every_route_stands_in_the_table(province: Province) -> None:
    tabled = {(route.method, route.path) for route in TABLE}
    assert sorted(registered(province) ^ tabled) == [], (
        "see the slices' tests/hub/routes_<slice>.py"
    )


async def test_each_role_gets_what_the_table_says(province: Province) -> None:
    await province.joined()
    visitors = [province.browser()]
    visitors += [await province.signed_in(role) for role in Role]
    for route in TABLE:
        got = tuple([await visit(browser, route) for browser in visitors])
        assert (route.method, route.path, got) == (route.method, route.path, route.expected)
