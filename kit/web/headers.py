"""Security headers on every answer, with a Content-Security-Policy that allows own files only, and
the stylesheet that is part of a first page."""

from collections.abc import Awaitable, Callable

from aiohttp import web

CSP = "; ".join(
    (
        "default-src 'none'",
        "script-src 'self'",
        "style-src 'self' '{sheet}'",
        "img-src 'self' data: blob:",
        "font-src 'self'",
        "connect-src 'self'",
        "manifest-src 'self'",
        "form-action 'self'",
        "base-uri 'none'",
        "frame-ancestors 'none'",
    )
)

HEADERS = {
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "same-origin",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Permissions-Policy": "camera=(), microphone=(), geolocation=(), payment=()",
}
OF_FONTS = {
    name: HEADERS[name] for name in ("X-Content-Type-Options", "Cross-Origin-Resource-Policy")
}
"""A font is no document that a policy could hold back; a page loads a dozen small ones."""
STRICT_TRANSPORT = "max-age=31536000"


def adding(sheet_hash: str) -> Callable[[web.Request, web.StreamResponse], Awaitable[None]]:
    """Signal handler for `app.on_response_prepare`; the hash as in StaticFiles."""
    headers = {**HEADERS, "Content-Security-Policy": CSP.format(sheet=sheet_hash)}

    async def on_response(request: web.Request, response: web.StreamResponse) -> None:
        is_font = response.content_type.startswith("font/")
        for name, value in (OF_FONTS if is_font else headers).items():
            response.headers.setdefault(name, value)
        if request.secure:
            response.headers.setdefault("Strict-Transport-Security", STRICT_TRANSPORT)

    return on_response
