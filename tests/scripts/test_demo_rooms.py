"""The staff rooms' talk is lifelike: who writes is in the room, in order, in working hours."""

import re
from pathlib import Path

import pytest

from kit.clock import local, moment
from node.people.model import Audience, Kind, Role, Scope
from scripts.demo_content import rooms
from scripts.demo_content.loader import load
from scripts.demo_content.rooms import BadRooms, Room, load_rooms

SCHOOLS = pytest.mark.parametrize("school", ["hanbit", "saesol"])
ROOMS = [
    pytest.param(school, room, id=f"{school}-{room.name}")
    for school in ("hanbit", "saesol")
    for room in load_rooms(school)
]
CALLED = re.compile(r"([가-힣]{3}) (?:선생님|주무관님)")


@SCHOOLS
def test_a_school_has_a_room_for_all_one_for_heads_and_many_for_departments(school: str) -> None:
    found = load_rooms(school)
    departments = [room for room in found if "/department:" in room.audience]
    assert len(departments) >= 10
    assert {room.audience for room in found} - {room.audience for room in departments} == {
        Audience(Kind.STAFF).key,
        Audience(Kind.STAFF, Scope.ROLE, Role.HEAD).key,
    }
    assert len({room.name for room in found}) == len(found)
    assert sum(len(room.talk) for room in found) >= 120


@pytest.mark.parametrize(("school", "room"), ROOMS)
def test_a_room_has_a_talk_between_several_in_order_and_in_working_hours(
    school: str, room: Room
) -> None:
    assert 8 <= len(room.talk) <= 20
    assert len({message.by for message in room.talk}) >= 2
    times = [message.at for message in room.talk]
    assert times == sorted(set(times))
    assert moment(2026, 9, 1) < times[0] < times[-1] < moment(2026, 11, 23, 18)
    assert all(7 <= local(at).hour < 18 and local(at).weekday() < 5 for at in times)
    assert all(5 <= len(message.text) <= 200 for message in room.talk)


@pytest.mark.parametrize(("school", "room"), ROOMS)
def test_whoever_is_called_by_name_works_at_the_school(school: str, room: Room) -> None:
    names = {row.name for row in load(school).staff}
    called = {name for message in room.talk for name in CALLED.findall(message.text)}
    assert {name for name in called if name[0] in "김이박최정강조윤장전백소"} <= names


@SCHOOLS
def test_no_message_is_written_twice_and_none_names_a_pupil(school: str) -> None:
    texts = [message.text for room in load_rooms(school) for message in room.talk]
    assert len(set(texts)) == len(texts)
    pupils = {row.name for row in load(school).students} - {r.name for r in load(school).staff}
    assert not [name for name in pupils for text in texts if len(name) > 2 and name in text]


def test_who_is_not_in_a_room_cannot_have_written_there(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = tmp_path / "hanbit"
    folder.mkdir()
    (folder / "rooms.toml").write_text(
        '[[room]]\nname = "급식실"\nwhom = "급식실"\ntalk = "2026-11-23 09:00 it: 안녕하세요"\n',
        encoding="utf-8",
    )
    monkeypatch.setattr(rooms, "HERE", tmp_path)
    with pytest.raises(BadRooms, match="it is not in this room"):
        load_rooms.__wrapped__("hanbit")
