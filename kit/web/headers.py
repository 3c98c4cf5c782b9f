"""Security headers on every answer, with a Content-Security-Policy that allows own files only, and
the stylesheet that is part of a first page."""

from aiohttp import web

CSP = "; ".join(
    (
        "default-src 'none'",
        "script-src 'self'",
        "style-src 'self'{sheet}",
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


SHEET_HASH = web.ResponseKey("sheet_hash", str)
"""Of an answer that brings a stylesheet within itself: its hash, as kit.web.sheet has it."""


async def add(request: web.Request, response: web.StreamResponse) -> None:
    """Signal handler for `app.on_response_prepare`."""
    headers = OF_FONTS if response.content_type.startswith("font/") else HEADERS
    for name, value in headers.items():
        response.headers.setdefault(name, value)
    if headers is HEADERS:
        brought = response.get(SHEET_HASH)
        policy = CSP.format(sheet=f" '{brought}'" if brought else "")
        response.headers.setdefault("Content-Security-Policy", policy)
    if request.secure:
        response.headers.setdefault("Strict-Transport-Security", STRICT_TRANSPORT)
