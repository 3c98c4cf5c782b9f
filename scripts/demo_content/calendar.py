"""The calendars (학사일정) of the demo's schools, as `<school>/calendar.toml` has them.

for entry in load_calendar("hanbit"):
    entry.title, entry.first, entry.places
"""

import tomllib
from datetime import date
from pathlib import Path

import msgspec


class CalendarText(
    msgspec.Struct, frozen=True, forbid_unknown_fields=True, rename={"places": "for"}
):
    """An entry. `kind` as in `node.calendar.model.EntryKind`; `places`: `grade:3`, `class:3-2`, `staff`;
    left out: the whole school."""

    title: str
    first: date
    last: date | None = None
    kind: str = "event"
    places: tuple[str, ...] = ("school",)
    starts: str = ""
    ends: str = ""
    place: str = ""
    text: str = ""
    blocks: bool = False


def load_calendar(school: str) -> list[CalendarText]:
    """The entries of `hanbit` or `saesol`. Raises msgspec.ValidationError."""
    path = Path(__file__).parent / school / "calendar.toml"
    found = tomllib.loads(path.read_text(encoding="utf-8"))
    return msgspec.convert(found["entry"], list[CalendarText])
