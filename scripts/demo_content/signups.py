"""The sign-ups of a demo school: `<school>/signups.toml`.

for one in load_signups("hanbit"): …
"""

import tomllib
from datetime import datetime
from pathlib import Path

import msgspec

from kit.clock import from_datetime
from scripts.demo_content.model import AudienceSpec

HERE = Path(__file__).parent


class CourseRow(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A course with its places."""

    name: str
    note: str
    places: int


class SignupRow(
    msgspec.Struct,
    frozen=True,
    kw_only=True,
    forbid_unknown_fields=True,
    rename={"courses": "course"},
):
    """A sign-up. `by`: the post of its author; without `published` it is a draft; `families`: how many sign
    up, `cast`: those of the stories among them."""

    title: str
    by: str
    how: str
    audience: tuple[AudienceSpec, ...]
    opens: str
    closes: str
    courses: tuple[CourseRow, ...]
    text: str = ""
    published: str = ""
    most: int = 1
    families: int = 0
    cast: bool = False


def at(text: str) -> int:
    """Milliseconds of `2026-11-20 09:00`, by the school's clock."""
    return from_datetime(datetime.fromisoformat(text))


def load_signups(slug: str) -> tuple[SignupRow, ...]:
    """All of a school, as they stand in its file."""
    found = tomllib.loads((HERE / slug / "signups.toml").read_text(encoding="utf-8"))
    return msgspec.convert(found["signup"], tuple[SignupRow, ...])
