"""Every page of a school and of the hub, as people meet it: at a phone, at a desk, by a screen reader.

Each walker signs in, follows the links of the own pages and looks at one page a route. What is
looked at: the page answers 200, axe-core finds nothing, nothing scrolls sideways, the browser's
console stays silent (the content security policy speaks there), one h1. The routers themselves say
which pages there are, so a new page that nobody looked at fails the last test; what is no page and
what no link leads to stands in the slice's table of routes.
"""

import asyncio
import re
from collections import deque
from collections.abc import Mapping
from urllib.parse import urlsplit

import msgspec
import pytest
from aiohttp import web
from axe_playwright_python.base import AXE_SCRIPT
from playwright.async_api import Browser, Error, FilePayload

from hub.app import build as build_hub
from hub.config import read_config as read_hub_config
from node.app import build as build_node
from scripts.demo_content.cast import HANBIT
from tests.browsing import press
from tests.hub.tables import TABLE as CONSOLE
from tests.node.tables import TABLE
from tests.province.asking import ask
from tests.province.conftest import DESK, PHONE, Province, Visitor, anonymous, visit, visit_hub

LIMIT = 200  # pages a walker looks at
RULES = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]
AXE = {"runOnly": {"type": "tag", "values": RULES}, "resultTypes": ["violations"]}
# Only what is told further on leaves the page: all that axe says is megabytes.
RUN_AXE = """async (options) => (await axe.run(options)).violations.map(({ id, nodes }) =>
  [id, nodes.length, nodes[0].html.slice(0, 300), nodes[0].failureSummary.slice(0, 400)])"""
DARK = {"runOnly": {"type": "rule", "values": ["color-contrast"]}, "resultTypes": ["violations"]}

# Routes that answer GET with something else than a page, as the tables of routes tell.
PIECES = {route.path for route in TABLE if route.piece}
PIECES |= {route.path for route in CONSOLE if route.piece}
NOT_PAGES = ("/api/", "/static/")


class Walker(msgspec.Struct, frozen=True):
    """Somebody who walks. `place` is a school or the hub; `also`: addresses no link leads to, beside
    those that a school's tables of routes name (Route.walked)."""

    name: str
    place: str
    login: str
    width: int
    also: tuple[str, ...] = ()


WALKERS = (
    Walker("guardian", "hanbit", "haneul", PHONE),
    Walker("student", "saesol", "minjae", PHONE),
    Walker("teacher", "hanbit", "hb-park", DESK),
    Walker("principal", "hanbit", "hb-principal", DESK),
    Walker("administrator", "hanbit", "hb-admin", DESK),
    Walker("privacy officer", "hanbit", "hb-vice", PHONE),
    Walker("visitor", "hanbit", "", PHONE),
)
OFFICERS = (
    Walker("visitor of the hub", "hub", "", PHONE, ("/sign-in",)),
    Walker("officer", "hub", "officer", DESK, ("/sign-in/confirm",)),
    Walker("officer at a phone", "hub", "officer", PHONE),
)
NAMES = [walker.name for walker in (*WALKERS, *OFFICERS)]
SIDE_BY_SIDE = (
    ("guardian", "student"),
    ("teacher", "visitor"),
    ("principal", "privacy officer"),
    ("administrator",),
)
"""Who walks at a school while others do."""


class Look(msgspec.Struct):
    """One page as one walker met it. `found`: what is wrong with it, in sentences."""

    path: str
    templates: set[str]
    found: list[str]


class Map:
    """The GET routes of an application, and which of them answers an address."""

    def __init__(self, app: web.Application) -> None:
        self.patterns: list[tuple[str, re.Pattern[str]]] = []
        for route in app.router.routes():
            resource = route.resource
            if route.method != "GET" or resource is None:
                continue
            told = resource.get_info()
            pattern = told.get("pattern") or re.compile(re.escape(told["path"]))
            self.patterns.append((resource.canonical, pattern))
        # As the router does: an address spelled out goes before one with parameters.
        self.patterns.sort(key=lambda pair: "{" in pair[0])

    def template(self, path: str) -> str:
        """The route of an address; empty when none of these answers it."""
        for template, pattern in self.patterns:
            if pattern.fullmatch(path):
                return template
        return ""

    def pages(self) -> set[str]:
        """The routes that answer with a page."""
        found = {template for template, _pattern in self.patterns}
        return {one for one in found - PIECES if not one.startswith(NOT_PAGES)}


class Walk:
    """A walker on the way: what is still to see, what was seen."""

    def __init__(self, walker: Walker, visitor: Visitor, routes: Map) -> None:
        self.walker = walker
        self.visitor = visitor
        self.routes = routes
        self.looks: list[Look] = []
        self._known: set[str] = set()
        self._ahead: deque[str] = deque()

    async def go(self, *made: str) -> list[Look]:
        """Look at everything within reach and at what was just made, one page a route."""
        start = ("/",) if self.walker.login else ()
        told = [
            route.walked[self.walker.name] for route in TABLE if self.walker.name in route.walked
        ]
        for path in (*made, *start, *self.walker.also, *told):
            self._remember(path)
        while self._ahead and len(self.looks) < LIMIT:
            look = await self._look(self._ahead.popleft())
            self.looks.append(look)
            for link in await self._links():
                self._remember(link)
        return self.looks

    def _remember(self, path: str) -> None:
        template = self.routes.template(urlsplit(path).path)
        wanted = template in self.routes.pages() or not template
        if wanted and template not in self._known:
            self._known.add(template)
            self._ahead.append(path)

    async def _look(self, path: str) -> Look:
        page = self.visitor.page
        self.visitor.complaints.clear()
        try:
            status = await self.visitor.go(path)
        except Error as error:  # a download, say: told of this page, the walk goes on
            return Look(path, {self.routes.template(urlsplit(path).path)}, [error.message])
        arrived = urlsplit(page.url).path
        templates = {self.routes.template(one) for one in (urlsplit(path).path, arrived)}
        self._known |= templates
        found = [] if status == 200 else [f"answers {status}"]
        found += [f"console: {line}" for line in self.visitor.complaints]
        width = await page.evaluate("document.documentElement.scrollWidth")
        if width > self.walker.width:
            found.append(f"is {width} wide")
        headings = await page.locator("h1").count()
        if headings != 1:
            found.append(f"has {headings} h1")
        await page.evaluate("document.querySelectorAll('main details').forEach(d => d.open = true)")
        found += await self._violations(AXE)
        if path == "/":
            # Asked for anew: colours fade over when the scheme changes under an open page.
            await page.emulate_media(color_scheme="dark", reduced_motion="reduce")
            await self.visitor.go(path)
            found += [f"in the dark: {line}" for line in await self._violations(DARK)]
            await page.emulate_media(color_scheme="light")
            await self.visitor.go(path)
        return Look(path, templates, found)

    async def _violations(self, options: Mapping[str, object]) -> list[str]:
        await self.visitor.page.evaluate(AXE_SCRIPT)
        found = await self.visitor.page.evaluate(RUN_AXE, options)
        return [f"{rule} ({count}×): {html} · {why}" for rule, count, html, why in found]

    async def _links(self) -> list[str]:
        """Addresses on the page that stay within the application, without their fragments."""
        links = await self.visitor.page.eval_on_selector_all(
            "a[href]:not([download])", "all => all.map(one => one.href)"
        )
        base = self.visitor.base
        return [
            link.removeprefix(base).split("#")[0] or "/"
            for link in dict.fromkeys(links)
            if link.startswith(base + "/")
        ]


class Walks(msgspec.Struct):
    """All walks together: by walker, and the maps of both applications."""

    looks: dict[str, list[Look]]
    school: Map
    hub: Map


def _here(visitor: Visitor) -> str:
    return visitor.page.url.removeprefix(visitor.base)


async def _draft(teacher: Visitor) -> str:
    """A letter being written."""
    await teacher.go("/newsletters/desk")
    await teacher.press("가정통신문 쓰기")
    return _here(teacher)


async def _history(teacher: Visitor) -> str:
    """What became of a letter."""
    await teacher.go("/newsletters")
    links = await teacher.page.eval_on_selector_all(
        "main a[href]", "all => all.map(one => one.getAttribute('href'))"
    )
    letter = next(link for link in links if re.fullmatch("/newsletters/[0-9a-f]{20}", link))
    return f"{letter}/history"


async def _invitation_code(teacher: Visitor) -> str:
    """The code in a printed invitation of the own class."""
    await teacher.go("/my-class")
    await press(teacher.page.locator("form[action$='/student-letters'] button"))
    return await teacher.page.locator("strong.mono").first.inner_text()


async def _official_file(principal: Visitor) -> str:
    """The first file of an official notice that has one."""
    await principal.go("/official")
    links = await principal.page.eval_on_selector_all(
        "main a[href^='/official/']", "all => all.map(one => one.getAttribute('href'))"
    )
    for link in dict.fromkeys(links):
        await principal.go(link)
        file = principal.page.locator("a[href*='/attachments/']")
        if await file.count():
            return str(await file.first.get_attribute("href"))
    raise AssertionError(f"no official notice has a file: {links}")


_FOLDER_AND_FILE = """async () => {
  const [own] = await (await fetch("/api/v1/drive")).json();
  const made = await fetch(`/api/v1/drive/items/${own.id}/folders`, {
    method: "POST", body: JSON.stringify({ name: `폴더 ${Date.now()}` }) });
  const folder = (await made.json()).id;
  const begun = await fetch("/api/v1/drive/uploads", { method: "POST", headers: {
    "Tus-Resumable": "1.0.0", "Upload-Length": "0", "Upload-Metadata": `target ${btoa(folder)}` } });
  return [folder, begun.headers.get("Madang-Item")];
}"""


async def _drive(principal: Visitor) -> list[str]:
    """A folder and a file of the drive, and what is done with them."""
    await principal.go("/drive")
    folder, file = await principal.page.evaluate(_FOLDER_AND_FILE)
    pages = [f"/drive/{file}", f"/drive/{folder}/about", f"/drive/move?item={folder}"]
    return [*pages, "/drive/left"]


async def _asked(teacher: Visitor) -> list[str]:
    """An answer out of the handbook, its source, and a question that the office has to answer."""
    await ask(teacher, "출장 여비 정산은 언제까지 하나요?")
    answered = _here(teacher)
    await teacher.press("학교에 전달하기")
    await teacher.see("학교에 전달했습니다")
    return [answered, f"{answered}/sources/1"]


async def _import(administrator: Visitor) -> str:
    """A list that went in: it names a class that is there."""
    await administrator.go("/admin/import")
    csv = FilePayload(name="classes.csv", mimeType="text/csv", buffer="학년,반\n3,2\n".encode())
    await administrator.page.set_input_files("[name=classes]", csv)
    await administrator.press("미리 확인")
    going_in = await administrator.page.get_attribute('form[action^="/admin/import/"]', "action")
    await administrator.press("이대로 반영")
    return str(going_in)


async def _brought(administrator: Visitor) -> str:
    """A file of meals that waits for a yes."""
    await administrator.go("/imports/meals")
    csv = "급식일자,요리명\n2027-02-01,쌀밥\n".encode()
    file = FilePayload(name="meals.csv", mimeType="text/csv", buffer=csv)
    await administrator.page.set_input_files("[name=file]", file)
    await administrator.press("미리 확인")
    return _here(administrator)


async def _invited_school(officer: Visitor) -> str:
    """The letter of a fresh invitation."""
    await officer.go("/invitations/new?school_id=J107530303&name=새빛고등학교&kind=high")
    await press(officer.page.locator('form[action="/invitations"] button[type=submit]'))
    await officer.page.wait_for_url(re.compile("/letter$"))
    return _here(officer)


async def _month(officer: Visitor) -> str:
    """A file of meals of 나이스 whose headings nobody has explained yet."""
    await officer.go("/supplies")
    csv = f"어느 학교,어느 날,무슨 음식\n{HANBIT[3:]},2027-03-02,쌀밥\n".encode()
    form = officer.page.locator("form[action='/supplies/neis/meals']")
    file = FilePayload(name="meals.csv", mimeType="text/csv", buffer=csv)
    await form.locator("[name=files]").set_input_files(file)
    await press(form.get_by_role("button", name="올리기"))
    return _here(officer)


async def _found_on(visitor: Visitor, listed: str, shape: str, wanted: str) -> str:
    """The first link that `wanted` selects on one of the pages to which links of that shape lead."""
    await visitor.go(listed)
    links = await visitor.page.eval_on_selector_all(
        "main a[href]", "all => all.map(one => one.getAttribute('href'))"
    )
    for link in dict.fromkeys(link for link in links if re.fullmatch(shape, link)):
        await visitor.go(link)
        if await visitor.page.locator(wanted).count():
            return str(await visitor.page.locator(wanted).first.get_attribute("href"))
    raise AssertionError(f"{wanted} is on none of {links}")


async def _papers(guardian: Visitor) -> list[str]:
    """A paper being written with a file, the record of a decision, and a consent that can be taken back."""
    decided = await _found_on(
        guardian, "/submissions", "/submissions/[0-9a-f]{20}", "a[href*='/records/']"
    )
    retract = await _found_on(guardian, "/receipts", r"/receipts/\d+", "a[href$='/retract']")
    await guardian.go("/submissions?type=absence")
    await guardian.press("서류 작성")
    paper = _here(guardian)
    slip = FilePayload(name="진료확인서.txt", mimeType="text/plain", buffer="진료 확인".encode())
    await guardian.page.set_input_files("[name=files]", slip)
    await guardian.touch("첨부하기")
    file = await guardian.page.locator("a[href*='/attachments/']").first.get_attribute("href")
    return [paper, str(file), decided, retract]


@pytest.fixture(scope="module")
async def walks(province: Province, started_browser: Browser) -> Walks:
    """Everybody has walked."""
    await province.messengers()
    school = Map(build_node(province.school("hanbit")))
    hub = Map(build_hub(read_hub_config(province.root / "hub")).console)
    looks: dict[str, list[Look]] = {}

    async def walk(walker: Walker, visitor: Visitor, routes: Map, *made: str) -> None:
        looks[walker.name] = await Walk(walker, visitor, routes).go(*made)

    async def school_walks(*names: str) -> None:
        """One after the other: of an invitation that a teacher made a visitor after them has the code."""
        code = ""
        for walker in (walker for name in names for walker in WALKERS if walker.name == name):
            base = province.address(walker.place)
            if not walker.login:
                visitor = await anonymous(started_browser, base, walker.width)
                await walk(walker, visitor, school, f"/welcome/{code}")
            else:
                visitor = await visit(started_browser, base, walker.login, walker.width)
                made: list[str] = []
                if walker.name == "teacher":
                    draft = await _draft(visitor)
                    made = [draft, draft.removesuffix("/edit") + "/families"]
                    made += [await _history(visitor), *await _asked(visitor)]
                    code = await _invitation_code(visitor)
                if walker.name == "administrator":
                    made = [await _import(visitor), await _brought(visitor)]
                if walker.name == "guardian":
                    made = await _papers(visitor)
                if walker.name == "principal":
                    made = [await _official_file(visitor), *await _drive(visitor)]
                await walk(walker, visitor, school, *made)
            await visitor.close()

    async def officers() -> None:
        visitor = await visit_hub(started_browser, province, DESK)  # once: a code works once
        made = [await _invited_school(visitor), await _month(visitor)]
        for walker in OFFICERS:
            if walker.login:
                await visitor.page.set_viewport_size({"width": walker.width, "height": 800})
                await walk(walker, visitor, hub, *made)
            else:
                stranger = await anonymous(started_browser, province.hub, walker.width)
                await walk(walker, stranger, hub)
                await stranger.close()
        await visitor.close()

    await asyncio.gather(*(school_walks(*names) for names in SIDE_BY_SIDE), officers())
    return Walks(looks, school, hub)


@pytest.mark.parametrize("name", NAMES)
async def test_everybody_can_use_every_page_within_reach(walks: Walks, name: str) -> None:
    looks = walks.looks[name]
    assert looks
    wrong = [f"{look.path}: {line}" for look in looks for line in look.found]
    assert wrong == [], "\n".join(["", *wrong])


async def test_no_page_was_overlooked(walks: Walks) -> None:
    school, hub = (
        {one for name in names for look in walks.looks[name] for one in look.templates}
        for names in ([w.name for w in WALKERS], [w.name for w in OFFICERS])
    )
    missing = sorted(walks.school.pages() - school) + sorted(walks.hub.pages() - hub)
    assert missing == [], (
        f"{missing}: link it, or tell in its table whom to lead there, or its `piece`"
    )
