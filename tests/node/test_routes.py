"""Every route as every role: who may, who is refused and how, by the tables routes_<slice>.py."""

import inspect

import pytest
from aiohttp import web

from tests.node.conftest import Client, School
from tests.node.dav_client import by_app_password
from tests.node.routes import ROLES, Route
from tests.node.tables import TABLE


def registered(app: web.Application) -> set[tuple[str, str]]:
    """(method, path) of everything the router knows."""
    return {
        (route.method, route.resource.canonical)
        for route in app.router.routes()
        if route.resource is not None and route.method != "HEAD"
    }


async def test_every_route_stands_in_a_table(school: School) -> None:
    tabled = {(route.method, route.path) for route in TABLE}
    missing = sorted(registered(school.app) - tabled)
    assert missing == [], "add a line for each to its slice's tests/node/routes_<slice>.py"


async def test_no_table_names_a_route_that_is_gone(school: School) -> None:
    tabled = {(route.method, route.path) for route in TABLE}
    assert sorted(tabled - registered(school.app)) == []


@pytest.mark.parametrize("route", TABLE, ids=lambda route: f"{route.method} {route.path}")
async def test_each_role_gets_what_the_table_says(school: School, route: Route) -> None:
    got = {}
    for role, name in ROLES.items():
        client = await school.client_as(name) if name else await school.anonymous()
        got[role] = await _visit(school, client, route)
    assert got == route.expected


async def _visit(school: School, client: Client, route: Route) -> int:
    url = route.url or route.path
    if callable(url):
        url = url(school)
        if inspect.isawaitable(url):
            url = await url
    data = route.data(school) if callable(route.data) else route.data
    how = {"json": data} if route.json else {"data": data}
    how["headers"] = route.headers
    if route.basic and client.name:
        how["headers"] = {**(route.headers or {}), **await by_app_password(school, client.name)}
    if route.stream:
        address = client.base + str(url)
        async with client.session.get(address, allow_redirects=False) as response:
            return response.status
    answer = await client.request(route.method, str(url), **how)
    if answer.status == 303 and answer.location.startswith("/sign-in?next="):
        assert route.expected["anonymous"] == 303
    return answer.status
