"""The words of an invitation's letter, for the printed page and for `madang-hub invite --letter`."""

from collections.abc import Mapping
from typing import Any

from hub.schools.service import Province
from kit.web.qr import qr_svg
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
