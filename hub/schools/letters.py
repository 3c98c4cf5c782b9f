"""The words of an invitation's letter, for the printed page and for `madang-hub invite --letter`."""

import io
from collections.abc import Mapping
from typing import Any

import segno
from markupsafe import Markup

from hub.schools.service import Province
from kit.db import outside_units
from protocol.enrolment import from_qr_text


def letter_words(province: Province, school_name: str, qr_text: str) -> Mapping[str, Any]:
    """What `schools/letter_body.html` prints: the school, the code by groups, QR, addresses."""
    invitation = from_qr_text(qr_text)
    return {
        "province": province,
        "school_name": school_name,
        "invitation": invitation,
        "groups": invitation.code.split("-"),
        "qr_text": qr_text,
        "qr": qr_svg(qr_text),
    }


@outside_units
def qr_svg(text: str) -> Markup:
    """A QR code as inline SVG without style attributes."""
    out = io.BytesIO()
    segno.make(text, error="m").save(
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
