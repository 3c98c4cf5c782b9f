"""Consultations with others than the homeroom teacher: subject teachers, the nurse, the counsellor.

A homeroom teacher gives times to their class. Whoever else gives some has opened them to families of the week,
or its author has for them; nobody is offered to a family by themselves.
"""

from collections.abc import Collection, Iterable, Sequence

from kit.db import Tx
from kit.i18n import _
from kit.problem import Invalid
from node.consultations import store
from node.people import audience
from node.people.access import held_through
from node.people.model import Asker, Audience, Choice, Kind, Role, Scope

TEACH = frozenset({Role.TEACHER, Role.NUTRITION})
"""Whose roles are those of teachers, of the nurse and the counsellor too."""


def may_join(asker: Asker) -> bool:
    """Whether somebody may give times in a week without being asked."""
    return asker.is_staff and not asker.roles.isdisjoint(TEACH)


def places_within(tx: Tx, keys: Iterable[str]) -> list[Choice]:
    """The families of a week to whom somebody may open their times: all of them, a grade, a class."""
    chosen = set(keys)
    rooms = store.classes(tx, chosen)
    whole = Audience(Kind.GUARDIAN).key
    grades = {
        room.grade: Audience(Kind.GUARDIAN, Scope.GRADE, str(room.grade)).key for room in rooms
    }
    found = [whole] if whole in chosen else []
    found += [one for one in grades.values() if not chosen.isdisjoint({whole, one})]
    found += [Audience(Kind.GUARDIAN, Scope.CLASS, room.class_id).key for room in rooms]
    return [Choice(key, label) for key, label in audience.labels(tx, found).items()]


def check_within(tx: Tx, keys: Collection[str], of_week: Iterable[str]) -> None:
    """Raises Invalid unless these keys are families of the week."""
    if not set(keys) <= {one.key for one in places_within(tx, of_week)}:
        raise Invalid({"audience": _("이 상담주간의 대상 안에서 선택해 주세요.")})


def teachers_for(tx: Tx, asker: Asker, week_id: str) -> dict[str, set[str]]:
    """By child of the asker who else gives times to its family: neither its homeroom teacher nor the asker."""
    opened = store.opened(tx, week_id)
    opened.pop(asker.id, None)
    if not opened:
        return {}
    own = store.children_in(tx, store.keys(tx, week_id), asker.id)
    held, homerooms = held_through(tx, asker.id), store.teachers_of(tx, own)
    return {
        student: {
            teacher
            for teacher, keys in opened.items()
            if not keys.isdisjoint(held.get(student, ()))
            and teacher != homerooms.get(student, ("", ""))[0]
        }
        for student in own
    }


def in_words(tx: Tx, keys: Iterable[str]) -> Sequence[str]:
    return list(audience.labels(tx, sorted(keys)).values())
