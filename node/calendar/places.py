"""Whom an entry is for, in the school's words: `1학년`, `3학년 2반`."""

from collections.abc import Mapping, Sequence

from kit.db import Tx
from kit.i18n import _
from kit.wording import class_words
from node.calendar.access import keeps
from node.calendar.model import SCHOOL, STAFF, places_of
from node.people.audience import classes
from node.people.model import Asker, ClassChoice

LABELS = {SCHOOL: _("학교 전체"), STAFF: _("교직원만")}
GONE = _("지난 학급")


def offered(tx: Tx, asker: Asker) -> dict[str, str]:
    """The places that somebody may write for, with their words: of `school` and `staff` msgids, else
    content. Homeroom teachers who do not keep the calendar write for their own classes."""
    rooms = classes(tx)
    if not keeps(asker):
        return _of_classes([room for room in rooms if room.id in asker.classes])
    return LABELS | _of_grades(rooms) | _of_classes(rooms)


def words(tx: Tx, every: Sequence[Sequence[str]]) -> dict[str, str]:
    """The words of all places that these keys name; none for the whole school."""
    named = {place for keys in every for place in places_of(keys)} - {SCHOOL}
    if not named:
        return {}
    rooms = classes(tx)
    known = {STAFF: _("교직원")} | _of_grades(rooms) | _of_classes(rooms)
    return {place: known.get(place) or _former(place) for place in named}


def said(keys: Sequence[str], known: Mapping[str, str]) -> tuple[str, ...]:
    """The words of one entry's places, of those that `words` found."""
    return tuple(known[place] for place in places_of(keys) if place in known)


def _former(place: str) -> str:
    kind, _colon, of = place.partition(":")
    return f"{of}학년" if kind == "grade" else GONE


def _of_grades(rooms: Sequence[ClassChoice]) -> dict[str, str]:
    return {f"grade:{grade}": f"{grade}학년" for grade in sorted({room.grade for room in rooms})}


def _of_classes(rooms: Sequence[ClassChoice]) -> dict[str, str]:
    return {f"class:{room.id}": class_words(room.grade, room.number) for room in rooms}
