"""Pages: templates found, put in the reader's language and rendered within the shell.

return page.render(request, "newsletters/list.html", newsletters=found)
return page.see_other(request, "/newsletters", flash=_("발행했습니다."))
"""

import asyncio
import base64
import contextlib
import functools
import json
from collections.abc import AsyncIterator, Callable, Sequence
from pathlib import Path
from typing import Any

import jinja2
import msgspec
from aiohttp import web
from markupsafe import Markup

from kit.card import Entry, Group, NavItem, Place
from kit.clock import monotonic
from kit.config import ServerConfig
from kit.db import outside_units
from kit.i18n import LANGUAGES, Catalogue, catalogues
from kit.portion import REST
from kit.problem import OUTSIDE, Help, Needs
from kit.web import assets
from kit.web.assets import StaticFiles
from kit.web.compiled import Compiled, origin_of
from kit.web.dates import Dates
from kit.web.environment import Environment, Sentences
from kit.web.headers import SHEET_HASH
from kit.web.keys import HX_MARK, VISITOR, Visitor
from kit.web.markdown import kept_whole
from kit.web.markup import Drawing, InWords, Label, Words, initials
from kit.wording import spoken_holiday, spoken_position, spoken_relation

FLASH_COOKIE = "flash"
LANGUAGE_COOKIE = "lang"
MOST_ENTRIES = 24
"""How many entries a menu shows at once: with their headings they fit a window of 800 pixels."""


class Site(msgspec.Struct, frozen=True):
    """Whose pages these are."""

    name: str
    kind: str  # school or province
    telephone: str = ""
    home: str = "/"
    language: str = "ko"  # of whoever has not chosen one


class Message(msgspec.Struct, frozen=True):
    """A line shown once on the next page. `kind`: success, info, warning or danger."""

    kind: str
    text: str


# One for each language: what a filter makes of a constant is worked out when compiling.
_COMPILED = {language: Compiled() for language in LANGUAGES}


class Shell:
    """The templates of a server's slices with everything `kit/base.html` needs."""

    def __init__(self, site: Site, rooms: Sequence[Path], *, reload: bool = False) -> None:
        kit_root = Path(__file__).parent.parent
        self.site = site
        self.static = StaticFiles((assets.ROOT, *_folders(rooms, "static")))
        self._drawing = Drawing(self.static.url)
        folders = [kit_root / "web" / "templates", kit_root / "signin" / "templates"]
        folders += _folders(rooms, "templates")
        loader = jinja2.ChoiceLoader([jinja2.FileSystemLoader(f) for f in folders])
        self.catalogues = catalogues(kit_root, *rooms)
        self._environments = {
            language: self._environment(loader, self.catalogues[language], reload)
            for language in LANGUAGES
        }
        self._frame = functools.lru_cache(maxsize=256)(self._make_frame)
        self._remembered = functools.lru_cache(maxsize=512)(self._render_values)

    def show(self, site: Site) -> None:
        """Whose pages these are from now on."""
        self.site = site
        for environment in self._environments.values():
            environment.globals.update(site=site)
        self._frame.cache_clear()
        self._remembered.cache_clear()

    def environment(self, language: str) -> jinja2.Environment:
        return self._environments[language]

    async def compile_all(self, language: str) -> None:
        """Compile every template in one language, so that no page waits for it when it is first shown:
        in a thread, one after another, with rests in which the processor is everybody else's."""
        environment = self._environments[language]
        for name in await asyncio.to_thread(environment.list_templates):
            begun = monotonic()
            await asyncio.to_thread(environment.get_template, name)
            await asyncio.sleep(REST * (monotonic() - begun))

    async def compile_ahead(self, language: str, kept: Path) -> None:
        """`compile_all`, with the folder `kept`, which has what earlier starts have compiled."""
        compiled, place = _COMPILED[language], kept / language
        origin = await asyncio.to_thread(origin_of, self.catalogues.values())
        await asyncio.to_thread(compiled.take, place, origin)
        await self.compile_all(language)
        await asyncio.to_thread(compiled.keep, place, origin)

    def _environment(
        self, loader: jinja2.BaseLoader, catalogue: Catalogue, reload: bool
    ) -> jinja2.Environment:
        environment = Environment(
            loader=loader,
            autoescape=True,
            undefined=jinja2.StrictUndefined,
            extensions=["jinja2.ext.i18n", "jinja2.ext.do", Sentences],
            trim_blocks=True,
            lstrip_blocks=True,
            auto_reload=reload,
            bytecode_cache=_COMPILED[catalogue.language],
            cache_size=-1,  # jinja's own cache looks through its names, one by one, each time
        )
        environment.install_gettext_translations(catalogue, newstyle=True)  # type: ignore[attr-defined]
        words = Words(catalogue)
        environment.globals.update(_=words, gettext=words)
        drawing, dates = self._drawing, Dates(catalogue)
        environment.globals.update(draw_icon=drawing.icon, draw_chip=drawing.chip)
        environment.globals.update(draw_entry=_drawing_entries(environment))
        environment.globals.update(site=self.site, static=self.static.url, lang=catalogue.language)
        environment.globals.update(draw_sheet=self.static.draw_sheet)
        environment.filters.update(
            day=dates.day,
            moment=dates.moment,
            date_words=dates.date_words,
            date_said=dates.date_said,
            month_words=dates.month_words,
            due_words=dates.due_words,
            label=Label(catalogue, self.catalogues["en"].messages),
            initials=initials,
            kept_whole=kept_whole,
            spoken=InWords(catalogue),
            holiday=lambda text: spoken_holiday(text, catalogue.language),
            position=lambda text: spoken_position(text, catalogue.language),
            relation=lambda text: spoken_relation(text, catalogue.language),
        )
        return environment

    def icon(self, name: str, size: str = "") -> str:
        """The markup of an icon, for what is drawn without a template."""
        return str(self._drawing.icon(name, size))

    def frame(self, lang: str, request: web.Request, visitor: Visitor | None) -> "Frame":
        """What stands around the page; the same for all who have the same entries to go to."""
        items: tuple[NavItem, ...] = ()
        if visitor is not None:
            items = tuple(one.item for one in request.app[PLACES] if one.shown(visitor))
        return self._frame(lang, items, _here(items, request.path))

    def _make_frame(self, lang: str, items: tuple[NavItem, ...], here: str) -> "Frame":
        return Frame(self._environments[lang], items, here)

    def remembered(self, lang: str, template: str, **context: Any) -> Markup:
        """A partial whose context is hashable values: rendering is a pure function of them, so the
        same values give the same markup without rendering it again."""
        return self._remembered(lang, template, tuple(sorted(context.items())))

    def _render_values(
        self, lang: str, template: str, context: tuple[tuple[str, Any], ...]
    ) -> Markup:
        found = self._environments[lang].get_template(template)
        return Markup(found.render(**dict(context)))  # noqa: S704 - a template's own output


SHELL = web.AppKey("shell", Shell)
PLACES: web.AppKey[tuple[Place, ...]] = web.AppKey("places", tuple)
"""All entries of the navigation."""


@contextlib.asynccontextmanager
async def preparing(shell: Shell, kept: ServerConfig) -> AsyncIterator[None]:
    """While a server serves: its templates are compiled and its static files compressed in the
    background, first what most readers wait for; its settings say where that is `kept`."""

    async def prepare() -> None:
        first = shell.site.language
        await shell.compile_ahead(first, kept.compiled)
        await shell.static.compress_all(kept.compressed)
        for other in (one for one in LANGUAGES if one != first):
            await shell.compile_ahead(other, kept.compiled)

    work = asyncio.create_task(prepare())
    try:
        yield
    finally:
        work.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await work


class Frame:
    """The parts around a page that name nobody, each rendered when first asked for and then kept: on
    an evening hundreds come who see the same entries at the same place."""

    def __init__(
        self, environment: jinja2.Environment, items: tuple[NavItem, ...], here: str
    ) -> None:
        self._environment = environment
        self._parts: dict[str, Markup] = {}
        self._here = here
        self.nav = items

    def __call__(self, template: str) -> Markup:
        """The markup of a part, for `{{ frame('kit/…') }}`."""
        known = self._parts.get(template)
        if known is None:
            found = self._environment.get_template(template)
            groups = _groups(self.nav)
            text = found.render(
                nav=self.nav, groups=groups, here=self._here, folded=_folded(groups, self._here)
            )
            known = Markup(text)  # noqa: S704 - a template's own output
            self._parts[template] = known
        return known


def _drawing_entries(environment: jinja2.Environment) -> Callable[[Entry], Markup]:
    """The lines of cards as markup, one by one: what a line holds says all of how it looks."""

    @functools.lru_cache(maxsize=4096)
    def draw(line: Entry) -> Markup:
        found = environment.get_template("kit/entry.html")
        return Markup(found.render(line=line))  # noqa: S704 - a template's own output

    return draw


def _here(items: tuple[NavItem, ...], path: str) -> str:
    """The entry at which the reader is; `/admin/people` stands within `/admin` too: the nearest."""
    within = (item.href for item in items if item.leads_to(path))
    return max(within, key=len, default="")


def _folded(groups: list[tuple[Group, list[NavItem]]], here: str) -> set[Group]:
    """What a menu that would be longer than a window shows at a press alone: whoever has so many entries
    looks after the school, and looks at its daily life less often."""
    if sum(len(items) for _group, items in groups) <= MOST_ENTRIES:
        return set()
    return {
        group
        for group, items in groups
        if group is Group.SCHOOL_LIFE and here not in {item.href for item in items}
    }


def _groups(items: tuple[NavItem, ...]) -> list[tuple[Group, list[NavItem]]]:
    """The entries of the menu by their headings, in the order of these."""
    within = ((group, [one for one in items if one.group is group]) for group in Group)
    return [(group, found) for group, found in within if found]


def _folders(rooms: Sequence[Path], name: str) -> list[Path]:
    found = []
    for room in rooms:
        found += [room / name] if (room / name).is_dir() else []
        found += sorted(p for p in room.glob(f"*/{name}") if p.is_dir())
    return found


def language(request: web.Request) -> str:
    """The reader's language: what they chose on this device, or for themselves; else what their browser
    asks for, if that is one of ours alone; else the site's."""
    visitor = request.get(VISITOR)
    for chosen in (request.cookies.get(LANGUAGE_COOKIE), visitor.language if visitor else ""):
        if chosen in LANGUAGES:
            return chosen
    wanted = request.headers.get("Accept-Language", "")
    asked = [one for one in LANGUAGES if one in wanted]
    return asked[0] if len(asked) == 1 else request.app[SHELL].site.language


def translate(request: web.Request, message: str, **params: object) -> str:
    """A msgid in the reader's language."""
    return request.app[SHELL].catalogues[language(request)].translate(message, params)


def day(request: web.Request, at: int) -> str:
    """The day of a moment, in ms, as pages in the reader's language write it."""
    return Dates(request.app[SHELL].catalogues[language(request)]).day(at)


def help_of(request: web.Request) -> Help:
    """To whom the reader turns."""
    visitor = request.get(VISITOR)
    return visitor.help if visitor else OUTSIDE[request.app[SHELL].site.kind]


def words_of(
    request: web.Request, text: str, params: dict[str, object], needs: Needs | None
) -> str:
    """A refusal in the reader's language, and to whom this reader turns where they cannot go on alone."""
    said = translate(request, text, **params)
    return said if needs is None else f"{said} {translate(request, help_of(request).text(needs))}"


def fragment(request: web.Request, template: str, **context: Any) -> str:
    """A template rendered without the shell's context: for partials, letters and mails."""
    environment = request.app[SHELL].environment(language(request))
    return environment.get_template(template).render(**context)


def part(request: web.Request, template: str, **values: Any) -> Markup:
    """A partial of hashable values alone, rendered once for all readers of the same language. Rights
    were asked before."""
    return request.app[SHELL].remembered(language(request), template, **values)


def render_remembered(request: web.Request, template: str, **values: Any) -> web.Response:
    """`render` for the busiest pages: of hashable values only, so that the same reader with the
    same values gets the same page without rendering it again. Rights were asked before."""
    if FLASH_COOKIE in request.cookies:
        return render(request, template, **values)
    shell, lang = request.app[SHELL], language(request)
    frame = shell.frame(lang, request, request.get(VISITOR))
    has_sheet = shell.static.has_sheet(request)
    text = shell.remembered(
        lang,
        template,
        asker=request.get(VISITOR),
        frame=frame,
        path=request.path,
        flash=(),
        hx_mark=request.get(HX_MARK, ""),
        has_sheet=has_sheet,
        **values,
    )
    return _html(shell.static, str(text), has_sheet)


def _html(static: StaticFiles, text: str, has_sheet: bool, status: int = 200) -> web.Response:
    headers = {"Cache-Control": "no-store", "Content-Type": "text/html; charset=utf-8"}
    response = web.Response(status=status, headers=headers)
    if not has_sheet:
        text, response[SHEET_HASH] = static.with_sheet(text)
    response.body = text.encode()
    return response


@outside_units
def render(
    request: web.Request, template: str, *, status: int = 200, **context: Any
) -> web.Response:
    """A whole page (or a partial for htmx) in the reader's language."""
    shell = request.app[SHELL]
    visitor = request.get(VISITOR)
    lang = language(request)
    frame = shell.frame(lang, request, visitor)
    has_sheet = shell.static.has_sheet(request)
    text = (
        shell.environment(lang)
        .get_template(template)
        .render(
            asker=visitor,
            frame=frame,
            path=request.path,
            flash=_flashed(request),
            hx_mark=request.get(HX_MARK, ""),
            has_sheet=has_sheet,
            **context,
        )
    )
    response = _html(shell.static, text, has_sheet, status)
    if FLASH_COOKIE in request.cookies and navigates(request):
        response.del_cookie(FLASH_COOKIE)
    return response


async def render_apart(
    request: web.Request, template: str, *, status: int = 200, **context: Any
) -> web.Response:
    """`render` in a thread: for pages that may hold hundreds of rows or sheets, so that nobody else's
    request waits until all of them are written."""
    return await asyncio.to_thread(
        functools.partial(render, request, template, status=status, **context)
    )


def see_other(
    request: web.Request, path: str, *, flash: str = "", kind: str = "success", **params: object
) -> web.Response:
    """Answer to a form: go and look there. `flash` is a msgid shown on the next page."""
    response = web.Response(status=303, headers={"Location": path, "Cache-Control": "no-store"})
    if flash:
        message = json.dumps([kind, translate(request, flash, **params)])
        coded = base64.urlsafe_b64encode(message.encode()).decode()
        response.set_cookie(FLASH_COOKIE, coded, httponly=True, samesite="Lax", max_age=60)
    return response


def local_path(target: str | None, default: str = "/") -> str:
    """`target` if it is a path of this server, else `default`: no open redirects."""
    if not target or not target.startswith("/") or target.startswith(("//", "/\\")):
        return default
    return target if target.isprintable() else default


def navigates(request: web.Request) -> bool:
    """Whether a browser opens a page by this request; a script that asks for a part or a copy of one
    says so (Fetch Metadata), and older browsers say nothing."""
    is_part = "HX-Request" in request.headers
    return not is_part and request.headers.get("Sec-Fetch-Mode", "navigate") == "navigate"


def _flashed(request: web.Request) -> list[Message]:
    """What the form before said. It waits for the page: a part that is asked for on the way there, as
    a preview, would show it to nobody."""
    coded = request.cookies.get(FLASH_COOKIE)
    if not coded or not navigates(request):
        return []
    try:
        kind, text = json.loads(base64.urlsafe_b64decode(coded))
        return [Message(str(kind), str(text))]
    except (ValueError, TypeError):
        return []
