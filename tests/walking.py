"""Going through a site as one of its readers: every link of every page, and every form sent full of
markup. What each answer does with markup is in `faults`.

    walk = Walk(client.session, client.base, "김하늘")
    await walk.through(["/"])
    assert walk.faults == []
"""

import re
from collections import Counter, deque
from collections.abc import Iterable, Iterator
from urllib.parse import parse_qsl, urlencode, urljoin, urlsplit

import aiohttp
from aiohttp import web

from tests.planted import (
    SHORT,
    Control,
    Form,
    Page,
    faults_of_events,
    faults_of_zip,
    planted,
    planted_name,
)

ROUTE = "X-Route"
_IDS = re.compile(r"[0-9a-f]{16,}|[A-Z]\d{9}|\d{4}-\d\d-\d\d|(?<=/)\d+(?=/|$)|(?<=[=:!])[^&]+")
_ALIKE = 6  # addresses of one pattern that a reader visits: a list's days and pages never end
_INERT = (
    "application/json",
    "application/problem+json",
    "application/pdf",
    "text/plain",
    "text/event-stream",
)
_READ = {"application/zip": faults_of_zip, "text/event-stream": faults_of_events}


def name_routes(app: web.Application) -> None:
    """Let each answer tell which route it comes from."""

    async def tell(request: web.Request, response: web.StreamResponse) -> None:
        resource = request.match_info.route.resource
        response.headers[ROUTE] = resource.canonical if resource is not None else ""

    app.on_response_prepare.append(tell)


class Numbers:
    """Gives each field that is filled its own number, and remembers where it stood."""

    def __init__(self) -> None:
        self.places: list[str] = []

    def planted(self, place: str, longest: int = 200) -> str:
        self.places.append(place)
        return planted(len(self.places), longest)

    def named(self, place: str) -> str:
        self.places.append(place)
        return planted_name(len(self.places))


class Walk:
    """One reader. `seen`: the routes that showed them something, instead of leading elsewhere (to the
    sign-in page, say); `faults`: what was wrong."""

    def __init__(
        self,
        session: aiohttp.ClientSession,
        base: str,
        who: str,
        passed_over: str = "^$",
        streams: tuple[str, ...] = (),
    ) -> None:
        """`passed_over`: forms that are not sent, by "post /address/of/* button=value". `streams`: routes
        of events that carry markup, and end."""
        self._session, self._base, self._who = session, base.rstrip("/"), who
        self._passed_over = re.compile(passed_over)
        self._streams = streams
        self.faults: list[str] = []
        self.seen: set[str] = set()
        self.richest: Counter[str] = Counter()
        """How much planted text each page shows."""
        self._sent: set[str] = set()

    async def through(self, starts: Iterable[str], *, sow: Numbers | None = None) -> None:
        """Every page that links lead to: in Korean, as a part of a page in English, and of each pattern
        of address one whole in English; also with markup in each question of its address. With `sow`,
        in Korean alone, and each form is filled with markup and sent: once for each pattern of its
        address and each of its buttons."""
        waiting = deque(dict.fromkeys(starts))
        known, alike, whole = set(waiting), Counter[str](), set[str]()
        while waiting:
            path = waiting.popleft()
            page = await self.look(path)
            if page is None:
                continue
            if sow is None and "planted-" not in path:
                if pattern(path) not in whole:
                    whole.add(pattern(path))
                    await self.look(path, lang="en")
                await self.look(path, lang="en", **{"HX-Request": "true"})
            for link in page.links:
                address = self._own(path, link)
                if not address or address in known or "planted-" in address:
                    continue
                known.add(address)
                if alike[pattern(address)] < _ALIKE:
                    alike[pattern(address)] += 1
                    waiting.append(address)
                for kind, asked in _asked_in_markup(address):
                    if kind not in known:
                        known.add(kind)
                        waiting.append(asked)
            if sow is not None:
                led = [one for form in page.forms for one in await self._fill(path, form, sow)]
                waiting.extend(one for one in dict.fromkeys(led) if one not in known)
                known.update(led)

    async def look(self, path: str, *, lang: str = "ko", **headers: str) -> Page | None:
        """The page there, looked through; None where it is no page."""
        cookies = {"lang": lang}
        async with self._session.get(
            self._base + path, headers=headers, cookies=cookies, allow_redirects=False
        ) as answer:
            page = await self._judge(f"{self._who} {lang} GET {path}", answer)
        self.richest[path] = page.text.count("planted-") if page is not None else 0
        return page

    async def _judge(self, what: str, answer: aiohttp.ClientResponse) -> Page | None:
        route, kind = answer.headers.get(ROUTE, ""), answer.content_type
        if answer.status < 300:
            self.seen.add(route)
        if answer.status == 500:
            self.faults.append(f"{what}: {answer.status}")
        if kind == "text/event-stream" and route not in self._streams:
            return None
        body = await answer.read()
        if location := answer.headers.get("Location"):
            led = Page("")
            led.links.append(location)
            return led
        if answer.headers.get("X-Content-Type-Options") != "nosniff":
            self.faults.append(f"{what}: may be taken for something else")
        if kind in _READ:
            self.faults += [f"{what}: {fault}" for fault in _READ[kind](body)]
        if kind != "text/html":
            is_picture = kind.startswith("image/") and kind != "image/svg+xml"
            is_file = "attachment" in answer.headers.get("Content-Disposition", "")
            if body and not (kind in _INERT or is_picture or is_file):
                self.faults.append(f"{what}: {kind} that a browser may open")
            return None
        page = Page(body.decode())
        self.faults += [f"{what}: {fault}" for fault in page.faults]
        return page

    def _own(self, path: str, link: str) -> str:
        """The address within this site that a link on a page leads to; empty where it leads out."""
        found = urlsplit(urljoin(self._base + path, link))
        if f"{found.scheme}://{found.netloc}" != self._base or found.path.startswith("/static/"):
            return ""
        return found.path + (f"?{found.query}" if found.query else "")

    async def _fill(self, path: str, form: Form, numbers: Numbers) -> list[str]:
        """Send a form by each of its buttons; where that leads."""
        action = self._own(path, form.action or path)
        led: list[str] = []
        for button in _buttons(form):
            act = f"{form.method} {pattern(action)} {button.name}={button.value}"
            if act in self._sent or not action or self._passed_over.search(act):
                continue
            self._sent.add(act)
            sent = _filled(form, button, numbers, f"{self._who} {action}")
            if form.method.lower() == "post":
                led += await self._post(path, action, form, sent)
            else:
                led.append(f"{action}?{urlencode(sent)}")
        return led

    async def _post(
        self, path: str, action: str, form: Form, sent: list[tuple[str, str]]
    ) -> list[str]:
        """First as a browser does, to which a refused form comes back filled, and if it was refused
        then as one that does not say where it comes from."""
        led: list[str] = []
        for headers in ({"Referer": self._base + path}, {}):
            async with self._session.post(
                self._base + action, data=_body(form, sent), headers=headers, allow_redirects=False
            ) as answer:
                page = await self._judge(f"{self._who} POST {action}", answer)
            links = [self._own(path, link) for link in page.links] if page is not None else []
            led += filter(None, links)
            if not any("unsent=" in link for link in links):
                break
        return led


def _asked_in_markup(address: str) -> Iterator[tuple[str, str]]:
    """For each question of an address, its kind and the address with markup as its answer."""
    path, _mark, query = address.partition("?")
    asked = parse_qsl(query, keep_blank_values=True)
    for name, _value in asked:
        others = [(key, value) for key, value in asked if key != name]
        typed = urlencode([*others, (name, planted(0, SHORT))])
        yield f"{pattern(path)}?{name}", f"{path}?{typed}"


def _body(form: Form, sent: list[tuple[str, str]]) -> aiohttp.FormData | list[tuple[str, str]]:
    if not form.is_multipart:
        return sent
    body = aiohttp.FormData(quote_fields=False, default_to_multipart=True)
    files = {one.name for one in form.controls if one.kind == "file"}
    for name, value in sent:
        if name in files:
            # Browsers write a quotation mark in the name of a file so.
            body.add_field(name, value.encode(), filename=value.replace('"', "%22") + ".txt")
        else:
            body.add_field(name, value)
    return body


def _buttons(form: Form) -> Iterator[Control]:
    named = [one for one in form.controls if one.kind in ("button", "submit") and one.name]
    yield from named or [Control("", "button")]


def _filled(form: Form, button: Control, numbers: Numbers, place: str) -> list[tuple[str, str]]:
    """(name, value) of every control as somebody fills it who types markup everywhere."""
    sent: list[tuple[str, str]] = [(button.name, button.value)] if button.name else []
    for one in form.controls:
        if one.kind in ("button", "submit") or not one.name:
            continue
        where = f"{place} {one.name}"
        match one.kind:
            case "hidden":
                sent.append((one.name, one.value))
            case "checkbox" | "radio":
                sent.append((one.name, one.value or "on"))
            case "select":
                sent.append((one.name, next((value for value in one.options if value), "")))
            case "number":
                sent.append((one.name, one.value or "3"))
            case "date" | "datetime-local" | "time":
                day = {"date": "2026-12-01", "time": "10:00"}.get(one.kind, "2026-12-01T10:00")
                sent.append((one.name, one.value or day))
            case "email":
                sent.append((one.name, f"{numbers.planted(where, 40)}@example.kr"))
            case _:
                sent.append((one.name, numbers.planted(where, one.longest)))
    return sent


def pattern(address: str) -> str:
    """An address without what names one thing of many."""
    return _IDS.sub("*", address)
