"""No page that shows others' data goes unnoted: the table of routes against what they declare."""

from collections.abc import Awaitable, Callable
from functools import partial

from aiohttp import web

from kit.clock import HOUR
from kit.db import Tx
from kit.ids import new_id
from node.access_log.access import declared
from node.access_log.model import Wanted
from node.drive.model import Right
from node.drive.web import DRIVE
from node.people import waiting
from node.people.model import NewPerson, Part, WaitingChange
from node.privacy.cases_web import COPIES
from tests.node.conftest import School
from tests.node.looking import OFFICER, entries, name_officer
from tests.node.routes import ROLES, STAFF, Route, Url
from tests.node.routes_assistant import _handed
from tests.node.routes_drive import OWNER, _file
from tests.node.routes_privacy import _asked
from tests.node.test_routes import TABLE, _visit

# Pages that show nobody's personal data, and why. Every other page declares `@shows(…)`.
SHOW_NOBODY = {
    "the way in, and what anybody may see": (
        "/sign-in", "/sign-in/again", "/sign-in/confirm", "/sign-in/confirm/dialog", "/session", "/welcome", "/welcome/{code}", "/verify",
        "/healthz", "/metrics", "/api/openapi.json", "/static/{hash}/{path}",
        "/v1/releases/{kind}/{version}/held", "/v1/chunks/{sha256}",
    ),
    "the reader's own data, and their children's": (
        "/", "/home/cards", "/api/v1/home", "/live", "/answers/{id}", "/me", "/api/v1/me", "/account",
        "/account/totp", "/receipts", "/api/v1/receipts", "/notifications", "/my-class",
        "/forms/{id}/children/{student}", "/assistant", "/assistant/{id}", "/assistant/{id}/stream",
        "/assistant/{id}/sources/{number}", "/messenger", "/messenger/rooms/{room}",
        "/messenger/rooms/{room}/news", "/messenger/rooms/{room}/messages/{event}",
        "/messenger/connect", "/messenger/allow", "/privacy/requests",
        "/privacy/requests/{id}", "/privacy/requests/{id}/copy",
    ),
    "what the school and the province publish": (
        "/newsletters", "/newsletters/{id}", "/newsletters/{id}/print", "/newsletters/{id}/history",
        "/newsletters/desk", "/newsletters/{id}/edit", "/newsletters/{id}/correct",
        "/newsletters/rules", "/api/v1/newsletters", "/api/v1/newsletters/{id}", "/class-notices",
        "/class-notices/{class_id}/{day}", "/attachments/{id}", "/attachments/{id}/file",
        "/attachments/{id}/pages/{number}", "/official", "/official/setting", "/official/{id}",
        "/official/{id}/attachments/{position}", "/official/{id}/attachments/{position}/file",
        "/official/{id}/attachments/{position}/pages/{number}",
    ),
    "colleagues' names and posts, which all staff know": (
        "/directory", "/messenger/people", "/drive", "/drive/shared", "/drive/trash", "/drive/move",
        "/drive/left", "/drive/{id}/about", "/api/v1/drive", "/api/v1/drive/shared",
        "/api/v1/drive/trash", "/api/v1/drive/items/{id}", "/api/v1/drive/items/{id}/children",
    ),
    "numbers, settings and empty forms": (
        "/admin", "/admin/jobs", "/admin/system", "/admin/province", "/admin/releases",
        "/admin/assistant", "/admin/classes", "/admin/groups", "/admin/people/new", "/admin/import",
        "/admin/import/{id}", "/admin/invitations",
    ),
}  # fmt: skip
KNOWN = {path for paths in SHOW_NOBODY.values() for path in paths}


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
    assert silent == [], "say @shows(What.…) and looked(…), or why it shows nobody, above"


async def test_what_is_said_to_show_nobody_is_there_and_declares_nothing(school: School) -> None:
    found = handlers(school.app)
    assert sorted(KNOWN - {path for method, path in found if method == "GET"}) == []
    assert [path for path in KNOWN if declared(found["GET", path]) is not None] == []


async def _with_an_account(school: School) -> str:
    def work(tx: Tx) -> None:
        tx.execute(
            "INSERT INTO messenger_account (person_id, localpart, made_at) VALUES (?, 'seoyeon', 1)",
            (school.id("박서연"),),
        )

    await school.db.write(work)
    return "/admin/messenger"


async def _with_a_question(school: School) -> str:
    await _handed(school)
    return "/assistant/office"


async def _with_newcomers(address: str, school: School) -> str:
    """The address, once a colleague and a guardian of 3-2 came who have no login yet."""
    roster = school.people.roster

    def work(tx: Tx) -> None:
        roster.add_staff(tx, NewPerson(name="새선생"), "교사", "연구부")
        guardian = roster.add_person(tx, NewPerson(name="새보호자"))
        roster.add_guardianship(tx, guardian, school.id("박하준"), "모")

    await school.db.write(work)
    return address.replace("CLASS", school.class_id("3-2"))


async def _with_a_change(school: School) -> str:
    """The page of changes that wait, once the office brought one about a colleague."""
    change = WaitingChange(
        new_id(), school.id("한지민"), Part.DEPARTMENT, "교무부", school.id("오정숙"), "오정숙", 1
    )
    await school.db.write(lambda tx: waiting.put(tx, change))
    return "/admin/people/waiting"


async def _with_a_member(school: School) -> str:
    teacher = school.id("박서연")
    roster = school.people.roster

    def work(tx: Tx) -> str:
        group = roster.add_group(tx, "독서 모임", "")
        roster.set_member(tx, group, teacher, True)
        return group

    return f"/admin/groups/{await school.db.write(work)}"


def _shared_file(what: str, within: str = "/drive/") -> Callable[[School], Awaitable[str]]:
    """A file of the homeroom teacher's that all staff may see."""

    async def prepared(school: School) -> str:
        file = (await _file(school)).removeprefix("/drive/")
        owner = await school.asker(OWNER)
        await school.app[DRIVE].sharing.give(owner, file, "staff", Right.VIEW)
        return f"{within}{file}{what}"

    return prepared


async def _with_a_request(address: str, school: School) -> str:
    """The address, once somebody asked for their data and a copy of them was made."""
    case = (await _asked(school, "{id}")).strip("/")
    copies = school.app[COPIES]
    await copies.ask(await school.asker(OFFICER), case)
    await copies.make_waiting()
    return address.replace("{id}", case)


# Pages that show somebody only when there is something to show.
FILLED: dict[str, Url] = {
    "/admin/invitations/staff": partial(_with_newcomers, "/admin/invitations/staff"),
    "/admin/classes/{id}/letters": partial(_with_newcomers, "/admin/classes/CLASS/letters"),
    "/search": "/search?q=체험",
    "/api/v1/search": "/api/v1/search?q=체험",
    "/assistant/office": _with_a_question,
    "/admin/messenger": _with_an_account,
    "/privacy/cases": partial(_with_a_request, "/privacy/cases"),
    "/privacy/cases/new": "/privacy/cases/new?q=이지",
    "/privacy/cases/{id}/copy": partial(_with_a_request, "/privacy/cases/{id}/copy"),
    "/admin/groups/{id}": _with_a_member,
    "/admin/people/waiting": _with_a_change,
    "/drive/{id}": _shared_file(""),
    "/drive/{id}/file": _shared_file("/file"),
    "/drive/{id}/pages/{number}": _shared_file("/pages/1"),
    "/api/v1/drive/items/{id}/content": _shared_file("/content", "/api/v1/drive/items/"),
}


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
        fresh = await entries(school, Wanted(school.clock.now(), 2**62, reader_id=reader))
        if [one.what for one in fresh] != [what]:
            unnoted.append(f"{method} {path}")
    assert unnoted == []


async def _shown(school: School, route: Route) -> str:
    """Visit a page as somebody of the staff whom it is shown to, and whose own it is not; who."""
    seen_by_all = "drive" in route.path
    may = (ROLES[one] for one in reversed(STAFF) if seen_by_all or route.expected[one] == 200)
    name = next(may, OFFICER)
    client = await school.client_as(name)
    url = FILLED.get(route.path, route.url)
    filled = Route(route.method, route.path, route.expected, url=url, data=route.data)
    assert await _visit(school, client, filled) == 200
    return school.id(name)
