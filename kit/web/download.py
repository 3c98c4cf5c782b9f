"""Stored files on their way to a browser: a Korean name, ranges, and nothing that can run.

return download.send(blobs.path(digest), "안내문.hwpx", "application/vnd.hancom.hwpx")
"""

from pathlib import Path
from urllib.parse import quote

from aiohttp import web

from kit import cleaning
from kit.problem import NotFound

# A file opened from our address must not act as our page, whatever it contains.
_PAGES = frozenset(
    {"text/html", "application/xhtml+xml", "image/svg+xml", "application/xml", "text/xml"}
)
_SANDBOX = "sandbox; default-src 'none'; style-src 'unsafe-inline'; img-src data:; media-src 'self'"


def send(path: Path, name: str, media_type: str, *, inline: bool = False) -> web.FileResponse:
    """A file with Content-Disposition by RFC 6266 (UTF-8 name beside an ASCII one).

    Ranges and If-None-Match are answered by FileResponse; the browser asks again before it shows
    a kept copy, so a right that ended ends there too. Raises NotFound when the file is missing.
    """
    if not path.is_file():
        raise NotFound()
    name = cleaning.line(name)
    ascii_name = "".join(
        c if c.isascii() and c.isprintable() and c not in '"\\%' else "_" for c in name
    )
    is_page = media_type.partition(";")[0].strip().lower() in _PAGES
    kind = "inline" if inline and not is_page else "attachment"
    return web.FileResponse(
        path,
        headers={
            "Content-Type": "application/octet-stream" if is_page else media_type,
            "Content-Disposition": (
                f"{kind}; filename=\"{ascii_name}\"; filename*=UTF-8''{quote(name, safe='')}"
            ),
            "Content-Security-Policy": _SANDBOX,
            "Cache-Control": "private, no-cache",
            "X-Content-Type-Options": "nosniff",
        },
    )
