"""The staff rooms' talk: what the messenger of the demo's schools holds when one first looks in.

    for room in load_rooms("hanbit"):
        room.members                # keys of the staff in it
        room.talk                   # (writer's key, time, text), oldest first

The words lie in `<school>/rooms.toml`, a line a message: time, the writer's post, text.
"""

import re
import tomllib
from datetime import datetime
from functools import cache
from pathlib import Path

import msgspec

from kit.clock import from_datetime
from scripts.demo_content.loader import load
from scripts.demo_content.model import StaffRow

HERE = Path(__file__).parent
WHOLE, HEADS = "staff", "head"
_LINE = re.compile(r"(\d{4}-\d{2}-\d{2} \d{2}:\d{2}) ([a-z0-9-]+): (.+)")


class Message(msgspec.Struct, frozen=True):
    """What somebody wrote: the writer's staff key, when, and the text."""

    by: str
    at: int
    text: str


class Room(msgspec.Struct, frozen=True):
    """A room. `audience` is who belongs to it as an audience key of `node/people/access.py`;
    `members` are the staff keys that this means today."""

    name: str
    audience: str
    members: tuple[str, ...]
    talk: tuple[Message, ...]


class BadRooms(ValueError):
    """A school's rooms cannot be read; the message names the room and what is wrong."""


class _Room(msgspec.Struct, forbid_unknown_fields=True):
    name: str
    whom: str
    talk: str


class _Rooms(msgspec.Struct, forbid_unknown_fields=True):
    room: tuple[_Room, ...]


@cache
def load_rooms(school: str) -> tuple[Room, ...]:
    """The rooms of `hanbit` or `saesol`. Raises BadRooms when somebody writes in a room they are
    not in, or a line is no message."""
    staff = load(school).staff
    source = HERE / school / "rooms.toml"
    try:
        rooms = msgspec.convert(tomllib.loads(source.read_text(encoding="utf-8")), _Rooms).room
    except (tomllib.TOMLDecodeError, msgspec.ValidationError) as error:
        raise BadRooms(f"{source}: {error}") from None
    return tuple(_room(room, staff) for room in rooms)


def _room(room: _Room, staff: tuple[StaffRow, ...]) -> Room:
    audience, inside = _who(room.whom, staff)
    if not inside:
        raise BadRooms(f"{room.name}: nobody is in {room.whom}")
    keys = {row.post: row.key for row in inside}
    talk = []
    for line in room.talk.strip().split("\n"):
        found = _LINE.fullmatch(line)
        if found is None:
            raise BadRooms(f"{room.name}: this is no message: {line}")
        when, post, text = found.groups()
        if post not in keys:
            raise BadRooms(f"{room.name}: {post} is not in this room")
        talk.append(Message(keys[post], from_datetime(datetime.fromisoformat(when)), text))
    return Room(room.name, audience, tuple(keys.values()), tuple(talk))


def _who(whom: str, staff: tuple[StaffRow, ...]) -> tuple[str, list[StaffRow]]:
    if whom == WHOLE:
        return "staff", list(staff)
    if whom == HEADS:
        return "staff/role:head", [row for row in staff if HEADS in row.roles]
    return f"staff/department:{whom}", [row for row in staff if row.department == whom]
