"""No page that shows others' data goes unnoted: the tables of routes against what they declare."""

from aiohttp import web
from msgspec.structs import replace

from kit.clock import HOUR
from node.access_log.access import declared
from node.access_log.model import EntriesWanted
from tests.node.conftest import School
from tests.node.looking import OFFICER, entries, name_officer
from tests.node.routes import ROLES, STAFF, Route
from tests.node.tables import TABLE
from tests.node.test_routes import _visit

KNOWN = {route.path for route in TABLE if route.nobody}


def handlers(app: web.Application) -> dict[tuple[str, str], object]:
    """The handler of each (method, path)."""
    return {
        (route.method, route.resource.canonical): route.handler
        for route in app.router.routes()
        if route.resource is not None and route.method != "HEAD"
    }


async def test_every_page_declares_whose_data_it_shows(school: School) -> None:
    silent = sorted(
        path
        for (method, path), handler in handlers(school.app).items()
        if method == "GET" and declared(handler) is None and path not in KNOWN
    )
    assert silent == [], "say @shows(What.…) and looked(…), or in its table why: nobody="


async def test_what_is_said_to_show_nobody_is_there_and_declares_nothing(school: School) -> None:
    found = handlers(school.app)
    assert sorted(KNOWN - {path for method, path in found if method == "GET"}) == []
    assert [path for path in KNOWN if declared(found["GET", path]) is not None] == []


async def test_each_page_that_declares_it_is_noted(school: School) -> None:
    await name_officer(school)
    found = handlers(school.app)
    tabled = {(route.method, route.path): route for route in TABLE}
    unnoted = []
    for (method, path), handler in found.items():
        what = declared(handler)
        if what is None:
            continue
        school.clock.advance(HOUR)
        reader = await _shown(school, tabled[method, path])
        fresh = await entries(school, EntriesWanted(school.clock.now(), 2**62, reader_id=reader))
        if [one.what for one in fresh] != [what]:
            unnoted.append(f"{method} {path}")
    assert unnoted == []


async def _shown(school: School, route: Route) -> str:
    """Visit a page as somebody of the staff whom it is shown to, and whose own it is not; who."""
    seen_by = route.shown_to or [one for one in STAFF if route.expected[one] == 200]
    name = next((ROLES[one] for one in reversed(STAFF) if one in seen_by), OFFICER)
    client = await school.client_as(name)
    filled = replace(route, url=route.shown or route.url)
    assert await _visit(school, client, filled) == 200
    return school.id(name)
