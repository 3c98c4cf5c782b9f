"""QR codes for pages: drawn in a thread.

Drawing is pure Python and takes 5 ms for an address, 200 ms for a receipt: never in the event loop,
and never on a page that many open at once. A page that few need it on leads to one of its own.
"""

import asyncio
import io

import segno
from markupsafe import Markup

from kit.db import outside_units


@outside_units
def qr_svg(text: str, *, is_long: bool = False) -> Markup:
    """A QR code as inline SVG without style attributes: for commands, and for `drawn`. With medium
    error correction; what `is_long` (up to 4,296 capital letters and digits) with low."""
    out = io.BytesIO()
    segno.make(text, error="l" if is_long else "m").save(
        out,
        kind="svg",
        xmldecl=False,
        svgns=True,
        omitsize=True,  # a viewBox instead: the style sheet's size must scale it, not crop it
        border=4,
        svgclass=None,
        lineclass=None,
    )
    return Markup(out.getvalue().decode())  # noqa: S704 - drawn here, holds no markup of others


async def drawn(text: str) -> Markup:
    """`qr_svg` for a page."""
    return await asyncio.to_thread(qr_svg, text)
