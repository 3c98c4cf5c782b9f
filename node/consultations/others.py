"""Consultations with others than the homeroom teacher: subject teachers, the nurse, the counsellor.

A homeroom teacher gives times to their class. Whoever else gives some has opened them to families of the week,
or its author has for them; nobody is offered to a family by themselves.
"""

from collections.abc import Collection, Iterable, Sequence

import msgspec

from kit.db import Tx
from kit.i18n import _
from kit.naming import squeezed
from kit.problem import Invalid
from node.consultations import store
from node.people import audience
from node.people.access import held_through, rights_now
from node.people.model import Asker, Audience, Choice, Kind, Role, Scope

TEACH = frozenset({Role.TEACHER, Role.NUTRITION})
"""Whose roles are those of teachers, of the nurse and the counsellor too."""


class Caller(msgspec.Struct, frozen=True):
    """Who is on the telephone: a guardian by name, of a child by name, of a class. `guardian`, `child`: as typed."""

    room: str
    child: str
    guardian: str


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


def rooms_of(tx: Tx, asker: Asker, week_id: str) -> list[Choice]:
    """The classes of a week to whose families the asker opened their times, without those of which they are the
    homeroom teacher."""
    of_week = {one.class_id for one in store.classes(tx, store.keys(tx, week_id))}
    opened = store.classes(tx, store.opened(tx, week_id).get(asker.id, ()))
    return [
        Choice(one.class_id, one.class_name)
        for one in opened
        if one.class_id in of_week and one.class_id not in asker.classes
    ]


def family_of(tx: Tx, asker: Asker, week_id: str, caller: Caller) -> tuple[Asker, str]:
    """The guardian who calls, and the child. Whoever is not on the telephone is not told: both names are to be
    known. Raises Invalid unless they are one family to whom the asker opened their times."""
    if caller.room not in {one.key for one in rooms_of(tx, asker, week_id)}:
        raise Invalid({"room": _("시간을 연 학급에서 선택해 주세요.")})
    child, guardian = _alike(caller.child), _alike(caller.guardian)
    found = [
        (guardian_id, student_id)
        for guardian_id, name, student_id, of in store.signing_of_class(tx, caller.room)
        if (_alike(name), _alike(of)) == (guardian, child)
    ]
    if not found:
        raise Invalid(
            {
                "guardian": _(
                    "이 학급에 그 이름의 학생과 서명 권한이 있는 보호자가 함께 등록되어 있지 않습니다. 두 이름을 다시 "
                    "확인해 주세요."
                )
            }
        )
    if len(found) > 1:
        raise Invalid(
            {
                "guardian": _(
                    "이 학급에 두 이름이 모두 같은 가정이 둘 이상입니다. 보호자가 직접 예약하도록 안내해 주세요."
                )
            }
        )
    ((guardian_id, student_id),) = found
    return rights_now(tx, guardian_id), student_id


def _alike(name: str) -> str:
    return squeezed(name).casefold()
