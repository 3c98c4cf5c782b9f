"""Markup that somebody typed into a field, and what every page makes of it: text, and nothing else.

    typed = planted(7)
    page = Page(answer.text)
    assert page.faults == []
    assert typed in page.text

Planted text tries to end the attribute or element it stands in, to open an element of its own that
acts, to be worked out as a template and to be filled as a message of gettext.
"""

import csv
import functools
import io
import json
import re
import zipfile
from collections.abc import Iterable, Iterator, Mapping
from urllib.parse import unquote_plus

import msgspec
from lxml import etree

from kit.db import Tx

_LONG = (
    '\'"></title><b id="planted-{}" hx-get="/planted" hx-trigger=load onclick=x()>'
    "&amp;{{{{7*7}}}}%(name)s"
)
_SHORT = "'\"><b id=planted-{} onclick=x>&{{{{7*7}}}}"
_NAME = "' onclick=x() planted-{} &amp;{{{{7+7}}}}%(name)s"
SHORT = 40  # characters: as much as the shortest fields take
_NUMBER = re.compile(r"planted-(\d+)")
_ADDRESSES = {"href", "src", "action", "formaction", "data", "srcset", "poster"}


def planted(number: int, longest: int = 200) -> str:
    """The markup with this number, of at most so many characters."""
    text = _LONG.format(number)
    return text if len(text) <= longest else _SHORT.format(number)


def planted_name(number: int) -> str:
    """What of it the name of a file may hold."""
    return _NAME.format(number)


def unplanted(tx: Tx) -> set[str]:
    """Each table.column for text, of a database of SQLite, in which no markup lies."""
    found = set()
    for (table,) in tx.rows("SELECT name FROM sqlite_master WHERE type = 'table'"):
        for _at, column, kind, *_rest in tx.rows(f"PRAGMA table_info({table})"):
            query = f"SELECT count(*) FROM {table} WHERE {column} LIKE '%planted-%'"
            if kind == "TEXT" and not tx.value(query):
                found.add(f"{table}.{column}")
    return found


class Control(msgspec.Struct):
    """What a form asks for. `kind`: the type of an input, else select, textarea or button."""

    name: str
    kind: str
    value: str = ""
    checked: bool = False
    longest: int = 200
    options: list[str] = []


class Form(msgspec.Struct):
    action: str
    method: str
    is_multipart: bool
    controls: list[Control] = []


class Page:
    """A page as a browser reads it. `faults`: what in it comes from planted text.

    libxml2 reads it and tells `start` and `data`; thousands of pages are read that way, and the
    standard library's parser takes several times as long.
    """

    def __init__(self, html: str) -> None:
        self.faults: list[str] = []
        self.links: list[str] = []
        self.forms: list[Form] = []
        self.text = ""
        self._said: list[str] = []
        self._values: list[str] = []
        self._mark: str | None = None
        self._select: Control | None = None
        if html.strip():
            reader = etree.HTMLParser(target=self, huge_tree=True)
            reader.feed(html)
            reader.close()
        self._words()

    def start(self, tag: str, attributes: Mapping[str, str]) -> None:
        """An element begins."""
        held = dict(attributes)
        if tag == "meta" and held.get("name") == "madang-hx-mark":
            self._mark = held["content"]
        if held.get("id", "").startswith("planted"):
            self.faults.append(f"<{tag} id={held['id']}>")
        for name, value in held.items():
            self._attribute(tag, name, value, held)
        self._form(tag, held)

    def _attribute(self, tag: str, name: str, value: str, held: dict[str, str]) -> None:
        plain = name.removeprefix("data-")
        if plain.startswith("hx-") and not self._is_ours(held):
            self.faults.append(f"<{tag} {name}> without the mark of this session")
        if plain.startswith("on") or name == "style":
            self.faults.append(f"<{tag} {name}>")
        if name in _ADDRESSES or name.startswith("hx-"):
            if re.match(r"\s*(javascript|vbscript|data:text)|/planted", value, re.IGNORECASE):
                self.faults.append(f"<{tag} {name}={value}>")
        else:
            self._values.append(value)
        if (tag, name) in (("a", "href"), ("img", "src")) or plain in (
            "live-url",
            "hx-get",
            "stream",
        ):
            self.links.append(value)

    def _is_ours(self, held: dict[str, str]) -> bool:
        """A part of a page has no `<meta>`: the page around it holds the mark."""
        mark = held.get("hx-mark", "")
        return re.fullmatch("[0-9a-f]{20}", mark) is not None and self._mark in (None, mark)

    def _form(self, tag: str, held: dict[str, str]) -> None:
        kind = held.get("type", "text" if tag == "input" else tag)
        if tag == "form":
            is_multipart = held.get("enctype") == "multipart/form-data"
            self.forms.append(Form(held.get("action", ""), held.get("method", ""), is_multipart))
        elif tag == "option" and self._select is not None:
            self._select.options.append(held.get("value", ""))
        elif tag in ("input", "textarea", "select", "button") and self.forms:
            longest = int(held.get("maxlength", 200))
            name, value = held.get("name", ""), held.get("value", "")
            control = Control(name, kind, value, "checked" in held, longest)
            self._select = control if tag == "select" else None
            if "disabled" not in held and (tag != "button" or "formaction" not in held):
                self.forms[-1].controls.append(control)

    def data(self, text: str) -> None:
        """Text of a page comes in pieces."""
        self._said.append(text)

    def close(self) -> None:
        """The page ends."""

    def _words(self) -> None:
        self.text = "".join(self._said)
        self.faults += _misquoted((self.text, *self._values))


def faults_of_zip(content: bytes) -> list[str]:
    """What in the pages, tables and JSON of a ZIP comes from planted text."""
    faults = []
    with zipfile.ZipFile(io.BytesIO(content)) as packed:
        for name in packed.namelist():
            if name.endswith(("/", ".txt", ".png")):  # nothing reads these as markup
                continue
            try:
                text = packed.read(name).decode("utf-8-sig")
            except UnicodeDecodeError:  # a picture by another name
                continue
            match name.rpartition(".")[2]:
                case "html":
                    found = Page(text).faults
                case "csv":
                    found = _misquoted(
                        cell for row in csv.reader(io.StringIO(text)) for cell in row
                    )
                case "json":
                    found = _misquoted(_texts(json.loads(text)))
                case kind if kind.isalnum():
                    found = ["nobody has looked through it"]
                case _:  # somebody's own file, whose name has no ending
                    found = []
            faults += [f"{name}: {fault}" for fault in found]
    return faults


def faults_of_events(content: bytes) -> list[str]:
    """What in the markup of server-sent events, whose data is JSON, comes from planted text."""
    data = re.findall("^data: (.*)$", content.decode(), re.MULTILINE)
    faults = [] if data else ["no event at all"]
    for one in data:
        faults += Page(json.loads(one)).faults
    return faults


def _texts(value: object) -> Iterator[str]:
    """Every text within what JSON says."""
    if isinstance(value, str):
        yield value
    elif isinstance(value, dict):
        for one in value.values():
            yield from _texts(one)
    elif isinstance(value, list):
        for one in value:
            yield from _texts(one)


def _misquoted(texts: Iterable[str]) -> list[str]:
    """Wherever planted text is shown it is shown as it was typed."""
    faults = []
    for value in texts:
        shown = unquote_plus(value) if "%3Cb" in value else value  # within an address
        for found in _NUMBER.finditer(shown):
            forms = _forms(int(found[1]))
            if not (_is_whole(forms, shown, found) or _is_cut(forms, shown, found)):
                faults.append(f"…{shown[max(0, found.start() - 60) : found.end() + 60]}…")
    return faults


@functools.cache
def _forms(number: int) -> tuple[tuple[str, int], ...]:
    """The planted text; how JSON writes it, where a page shows JSON as it is; and how a browser
    writes it as the name of a file. With each, where its number stands."""
    found = []
    for text in (planted(number), planted(number, SHORT), planted_name(number)):
        for form in (text, json.dumps(text)[1:-1], text.replace('"', "%22")):
            found.append((form, form.index(f"planted-{number}")))
    return tuple(found)


def _is_whole(forms: Iterable[tuple[str, int]], shown: str, found: re.Match[str]) -> bool:
    """Whether one of the texts is there. Nothing is copied: a page may hold hundreds."""
    begin = found.start()
    return any(at <= begin and shown.startswith(text, begin - at) for text, at in forms)


def _is_cut(forms: Iterable[tuple[str, int]], shown: str, found: re.Match[str]) -> bool:
    """Whether one of the texts is there in part: where it was cut, the page says so by an ellipsis."""
    rest = shown[found.start() :].partition("…")[0].rstrip()
    head = shown[: found.start()].rpartition("…")[2].lstrip()
    for text, at in forms:
        before, after = text[:at], text[at:]
        is_begun = head.endswith(before) or (before.endswith(head) and len(head) < len(before))
        if is_begun and (after.startswith(rest) or rest.startswith(after)):
            return True
    return False
