"""Events stand in the databases of schools and provinces: what was stored once is read for ever.

`tests/golden/events.jsonl` holds a body of every event, and of every shape in which an earlier program
stored it, as it stands in `kit_event`. Lines are added, never changed: an event that gets a field
gets a line more, and its field a default.
"""

import importlib
import json
from pathlib import Path
from typing import Any

import msgspec
import pytest

from kit.event import Event, event_tag

ROOT = Path(__file__).parent.parent
ROOMS = ("kit", "node", "hub")
BODIES = (ROOT / "tests" / "golden" / "events.jsonl").read_text(encoding="utf-8").splitlines()
# Which no program publishes any more: who comes to one passes it by.
GONE = {"people.sign_in_reset"}


def events() -> dict[str, type[Event]]:
    """Every event of the product by its tag."""
    found: dict[str, type[Event]] = {}
    for room in ROOMS:
        for path in sorted((ROOT / room).rglob("*.py")):
            if "(Event, frozen" in path.read_text(encoding="utf-8"):
                importlib.import_module(".".join(path.relative_to(ROOT).with_suffix("").parts))
    for kind in Event.__subclasses__():
        if kind.__module__.split(".")[0] in ROOMS:
            assert event_tag(kind) not in found, f"two events named {event_tag(kind)}"
            found[event_tag(kind)] = kind
    return found


EVENTS = events()


def tag_of(body: str) -> str:
    return str(json.loads(body)["event"])


@pytest.mark.parametrize("body", [body for body in BODIES if tag_of(body) not in GONE])
def test_what_an_earlier_program_stored_is_read_whole(body: str) -> None:
    event = msgspec.json.decode(body, type=EVENTS[tag_of(body)])
    read: dict[str, Any] = json.loads(msgspec.json.encode(event))
    assert json.loads(body).items() <= read.items()


def test_every_event_has_a_body_of_today_among_the_golden_ones() -> None:
    """Add a line: what `msgspec.json.encode` makes of a real one."""
    kept = {(tag_of(body), frozenset(json.loads(body))) for body in BODIES}
    missing = [
        tag
        for tag, kind in EVENTS.items()
        if (tag, frozenset({"event", *kind.__struct_encode_fields__})) not in kept
    ]
    assert missing == []


def test_no_event_takes_the_name_of_one_that_is_gone() -> None:
    assert GONE & set(EVENTS) == set()
    assert {tag_of(body) for body in BODIES} >= GONE
