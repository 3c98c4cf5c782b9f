"""Static files: addresses that name their content, the stylesheet of all pages, encodings made ahead.

files.url("js/madang.js")   /static/5c7d05a8/js/madang.js: kept for ever by who fetched it
files.url(SHEET)            the stylesheets of every page and those of the slices, as one

The first time somebody comes, a page brings what it uses of the sheet within itself (kit.web.sheet), and
is shown without waiting for another file; js/madang.js fetches the whole and notes that in a cookie.
"""

import asyncio
import contextlib
import functools
import hashlib
import mimetypes
import re
from collections.abc import Sequence
from pathlib import Path, PurePosixPath

import brotli
import msgspec
from aiohttp import hdrs, web
from markupsafe import Markup

from kit.clock import monotonic
from kit.portion import REST
from kit.web import encoding
from kit.web.sheet import Sheet

ROOT = Path(__file__).parent / "static"
SHEET = "pages.css"
PARTS = (
    "vendored/madang-sans/core.css",
    "css/tokens.css",
    "css/ground.css",
    "css/layout.css",
    "css/components.css",
    "css/forms.css",
    "css/letters.css",
    "css/print.css",
)
"""What the sheet begins with, in this order; each slice's `static/SLICE/*.css` comes behind."""
SHEET_COOKIE = "sheet"
FOR_EVER = "public, max-age=31536000, immutable"
_ROOM = '<style data-sheet="{}"></style>'
_SHOWN = (".css", ".js", ".svg")
_NAMED = re.compile(r"url\(([\w./-]+)\)")  # a file beside the stylesheet
_DIGEST = 8  # characters: of one path, no two contents that were ever served are the same


class Asset(msgspec.Struct, frozen=True):
    """A file as it is served; `encoded`: also so, by the name of the encoding."""

    digest: str
    plain: bytes
    encoded: dict[str, bytes]


class Folders:
    """What lies in some folders, of which nothing changes while a program runs: of two files with one
    path the first folder's counts."""

    def __init__(self, roots: Sequence[Path]) -> None:
        self._roots = [root.resolve() for root in roots]
        self._urls: dict[str, str] = {}
        self.sheet = "".join(_squeezed(self.content(path).decode()) for path in self._parts())
        self.rules = Sheet(self.sheet)

    def url(self, path: str) -> str:
        """The address of a static file. Raises FileNotFoundError."""
        known = self._urls.get(path)
        if known is None:
            known = self._urls[path] = f"/static/{_digest(self.content(path))}/{path}"
        return known

    def content(self, path: str) -> bytes:
        """What is served under this path. Raises FileNotFoundError."""
        if path == SHEET:
            return self.sheet.encode()
        content = self._find(path).read_bytes()
        if not path.endswith(".css"):
            return content
        folder = PurePosixPath(path).parent
        return _NAMED.sub(
            lambda found: f"url({self.url(str(folder / found[1]))})", content.decode()
        ).encode()

    def shown(self) -> list[str]:
        """The paths of the texts that a page may ask for."""
        found = {path for root in self._roots for path in _below(root) if path.endswith(_SHOWN)}
        return [SHEET, *sorted(found - set(self._parts()))]

    def _parts(self) -> list[str]:
        """The paths of what makes the sheet."""
        _own, *slices = self._roots
        found = [path for root in slices for path in _below(root) if path.endswith(".css")]
        return [*PARTS, *found]

    def _find(self, path: str) -> Path:
        for root in self._roots:
            found = (root / path).resolve()
            if found.is_relative_to(root) and found.is_file():
                return found
        raise FileNotFoundError(path)


# Read once in a process, however many servers it runs: a sheet names hundreds of files by their content.
_folders = functools.cache(Folders)


class StaticFiles:
    """The files of some folders, as they are served."""

    def __init__(self, roots: Sequence[Path]) -> None:
        self._folders = _folders(tuple(roots))
        self._texts: dict[str, Asset] = {}

    def url(self, path: str) -> str:
        """The address of a static file. Raises FileNotFoundError."""
        return self._folders.url(path)

    def draw_sheet(self, has_sheet: bool) -> Markup:
        """The stylesheet for the head of a page: by its address, or room for it (`with_sheet`)."""
        form = '<link rel="stylesheet" href="{}">' if has_sheet else _ROOM
        return Markup(form).format(self.url(SHEET))  # noqa: S704 - one of ours

    def with_sheet(self, page: str) -> tuple[str, str]:
        """A page with what it uses of the stylesheet in the room for it, and that part's hash."""
        brought = self._folders.rules.of_page(page)
        room = _ROOM.format(self.url(SHEET))
        return page.replace(room, room.replace("><", f">{brought.text}<"), 1), brought.hash

    def has_sheet(self, request: web.Request) -> bool:
        """Whether the page of this request names the sheet only: its browser has fetched it, or this
        is no browser on its way to a page, or the page would go out uncompressed."""
        if request.headers.get("Sec-Fetch-Dest") != "document" or not encoding.of_page(request):
            return True
        return request.cookies.get(SHEET_COOKIE) == self.url(SHEET)

    async def serve(self, request: web.Request) -> web.Response:
        """GET /static/{hash}/{path}. Under another hash than its content's a file may not be kept."""
        path = request.match_info["path"]
        try:
            asset = await self._loaded(path)
        except (OSError, ValueError):  # also names too long for the disk, or with a NUL
            raise web.HTTPNotFound from None
        is_current = request.match_info["hash"] == asset.digest
        headers = {hdrs.CACHE_CONTROL: FOR_EVER if is_current else "no-cache"}
        used = ""
        kind = _kind(path)
        if encoding.is_text(kind):
            headers[hdrs.VARY] = hdrs.ACCEPT_ENCODING
            used = encoding.accepted(request)
        tag = f"{asset.digest}-{used}" if used else asset.digest
        headers[hdrs.ETAG] = f'"{tag}"'
        if any(one.value in (tag, "*") for one in request.if_none_match or ()):
            return web.Response(status=304, headers=headers)
        body = asset.plain
        if used:
            headers[hdrs.CONTENT_ENCODING] = used
            ready = asset.encoded.get(used)
            body = await asyncio.to_thread(_encode, asset, used) if ready is None else ready
        return web.Response(body=body, content_type=kind, headers=headers)

    async def _loaded(self, path: str) -> Asset:
        """Raises OSError, ValueError."""
        kept = self._texts.get(path)
        return await asyncio.to_thread(self._asset, path) if kept is None else kept

    async def compress_all(self, kept: Path) -> None:
        """Have every text in its shortest form: in a thread, one after another, with rests in which
        the processor is everybody else's. The folder `kept` has what took long for the next start."""
        used = set()
        for path in self._folders.shown():
            begun = monotonic()
            asset = await self._loaded(path)
            asset.encoded.update(await asyncio.to_thread(_encode_ahead, asset, kept))
            used.add(_kept_name(asset))
            await asyncio.sleep(REST * (monotonic() - begun))
        await asyncio.to_thread(_keep_only, kept, used)

    def _asset(self, path: str) -> Asset:
        content = self._folders.content(path)
        asset = Asset(_digest(content), content, {})
        if encoding.is_text(_kind(path)):
            self._texts[path] = asset
        return asset


def _below(root: Path) -> list[str]:
    return sorted(path.relative_to(root).as_posix() for path in root.rglob("*") if path.is_file())


def _kind(path: str) -> str:
    if path.endswith(".woff2"):  # not every system's list has it
        return "font/woff2"
    return mimetypes.guess_type(path)[0] or "application/octet-stream"


def _digest(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()[:_DIGEST]


def _squeezed(stylesheet: str) -> str:
    """Without comments and indentation."""
    return re.sub(r"\n\s*", "\n", re.sub(r"/\*.*?\*/", "", stylesheet, flags=re.DOTALL)).lstrip()


# Encodings -------------------------------------------------------------------------------------


def _encode(asset: Asset, name: str) -> bytes:
    """For who comes before all is compressed."""
    asset.encoded[name] = found = encoding.compress(asset.plain, name)
    return found


def _encode_ahead(asset: Asset, kept: Path) -> dict[str, bytes]:
    return {
        "br": _kept_or_made(asset, kept / _kept_name(asset)),
        "gzip": encoding.compress(asset.plain, "gzip", 9),
    }


def _kept_name(asset: Asset) -> str:
    return hashlib.sha256(asset.plain).hexdigest() + ".br"


def _kept_or_made(asset: Asset, place: Path) -> bytes:
    """What lies there if it is this text, whatever happened to the disk; else made and put there."""
    with contextlib.suppress(OSError, brotli.error):
        found = place.read_bytes()
        if brotli.decompress(found) == asset.plain:
            return found
    made = encoding.compress(asset.plain, "br", 11)
    with contextlib.suppress(OSError):  # a full disk: the next start does it again
        place.parent.mkdir(parents=True, exist_ok=True)
        place.write_bytes(made)
    return made


def _keep_only(kept: Path, names: set[str]) -> None:
    with contextlib.suppress(OSError):
        for place in kept.iterdir():
            if place.name not in names:
                place.unlink()
