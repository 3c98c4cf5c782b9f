"""The version guard: whoever saves says what they had seen when they began to write.

A page hands out `seen_of(…)` of what can be changed on it, as the hidden field `seen`; the unit
that saves asks `check_seen` with the same parts as they are stored now. Two who began with the same
text cannot overwrite each other unnoticed: the later one is shown both texts (kit.web.unsent).
"""

import hashlib

import msgspec

from kit.i18n import _
from kit.problem import Conflict

SEEN = "seen"  # the hidden field's name in every form


class ChangedMeanwhile(Conflict):
    """What is to be saved was written from a version that is no longer the stored one."""

    code = "changed-meanwhile"
    text = _(
        "작성하는 동안 다른 창이나 다른 사용자가 먼저 저장했습니다. 두 내용을 비교하고 선택해 "
        "주세요."
    )


def seen_of(*parts: object) -> str:
    """A short name of a version: the same parts always have the same one."""
    text = msgspec.json.encode(parts, order="deterministic")
    return hashlib.blake2b(text, digest_size=12).hexdigest()


def check_seen(seen: str | None, *parts: object) -> None:
    """Raises ChangedMeanwhile when `seen` is another version than the parts'. A program that
    names none overwrites knowingly."""
    if seen and seen != seen_of(*parts):
        raise ChangedMeanwhile()
