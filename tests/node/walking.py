"""Every address of a school that somebody may try: those that pages lead to, and every route of the
tables with every id that there is."""

import re

from node.search.web import SEARCH
from tests.node.conftest import Answer, Client, School
from tests.node.routes import FAMILIES
from tests.node.tables import TABLE, told
from tests.node.test_forms import sql

TODAY = "2026-11-23"
FIRST = (
    "/",
    "/home/cards",
    "/api/v1/home",
    "/notifications",
    "/newsletters",
    "/api/v1/newsletters",
)
"""What changes when letters are opened."""
_LINK = re.compile(r'(?:href|action|src|data-live-url|hx-get)="(/[^"#]*)')
_ANOTHER_DAY = re.compile(  # they lead on for ever
    rf"/class-notices/[^/]+/(?!{TODAY})|[?&]day=(?!{TODAY})|/calendar\?month=(?!{TODAY[:7]})"
)
_NOT_VISITED = ("/static/", "/sign-", "/account", "/live", "/session", "/answers", "/language")
_IDS = told("IDS")
_OF_NOTHING = ("/static/", "/welcome/", "/dav{")
"""What stands there in an address is no id of something that somebody may have a right to. Of /dav families
hear which verbs it knows, whatever the address says."""


def untried() -> list[str]:
    """Routes of things that families hold a right to, of which no slice says which ids there are."""
    return [
        f"{route.method} {route.path}"
        for route in TABLE
        if "{" in route.path
        and any(route.expected[role] < 400 for role in FAMILIES)
        and not any(route.path.startswith(f"{start}/{{") for start in _IDS)
        and not route.path.startswith(_OF_NOTHING)
    ]


async def crawled(client: Client) -> dict[str, Answer]:
    """What stands at every address that pages lead to, from the front page on."""
    found: dict[str, Answer] = {}
    wait = ["/", "/newsletters", "/receipts", "/notifications", "/assistant", "/me"]
    while wait:
        path = wait.pop()
        if path in found or path.startswith(_NOT_VISITED) or _ANOTHER_DAY.search(path):
            continue
        found[path] = page = await client.get(path)
        if page.status == 200 and "html" in page.headers.get("Content-Type", ""):
            wait += [link.replace("&amp;", "&") for link in _LINK.findall(page.text)]
        elif page.status == 303:
            wait.append(page.location)
    return found


async def filled(school: School, child: str, room: str) -> set[tuple[str, str]]:
    """(method, address) of what the tables of routes say of letters, forms, files and answers, for one
    child and class."""
    ids = {
        start: [str(one) for (one,) in await sql(school, query)] for start, query in _IDS.items()
    }
    files = ids["/attachments"] or [""]
    found = set()
    for route in TABLE:
        start = next((one for one in ids if route.path.startswith(one + "/{")), None)
        if start is None or route.stream or "/stream" in route.path:
            continue
        for one in ids[start]:
            path = re.sub(r"^(/[a-z0-9/-]+/)\{\w+\}", rf"\g<1>{one}", route.path)
            path = path.replace("{number}", "1").replace("{day}", TODAY).replace("{file}", files[0])
            found.add((route.method, path.replace("{student}", school.id(child))))
    late = {("GET", f"{path}?child={school.id(child)}") for path in FIRST}
    own = {("GET", path) for path in ("/me", "/api/v1/me", "/receipts", "/api/v1/receipts")}
    return found | late | own | {("GET", f"/class-notices/{school.class_id(room)}/{TODAY}")}


def searches(school: School, word: str) -> list[str]:
    """The searches for a word."""
    kinds = ("", *school.app[SEARCH].kinds)
    return [f"/search?q={word}&kind={kind}" for kind in kinds] + [f"/api/v1/search?q={word}"]
