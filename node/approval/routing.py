"""Whom a step waits for: found anew each time from the duties, absences and people of that moment.

Every name and every seat is asked once, so that deputies who deputise for each other end like all
others: at somebody who is there, or at nobody.
"""

from collections.abc import Mapping

import msgspec

from node.approval.line import HOMEROOM, OF_DUTY, OF_PERSON, Line


class Seats(msgspec.Struct, frozen=True):
    """Who has which seat at a moment. `holders`: by seat its people in order (of classes by
    `homeroom/` with their id); `deputies`: by seat who deputises, people and other seats, in order;
    `staff`: whoever works here; `away`: of those who are away who stands in for them, "" for nobody;
    `grades`: by class its grade."""

    holders: Mapping[str, tuple[str, ...]]
    deputies: Mapping[str, tuple[str, ...]]
    staff: frozenset[str]
    away: Mapping[str, str]
    grades: Mapping[str, int]

    def is_here(self, person_id: str) -> bool:
        return person_id in self.staff and person_id not in self.away

    def seat(self, by: str, class_id: str | None) -> str:
        """The seat that a step means for a matter of this class."""
        if by == HOMEROOM:
            return f"{HOMEROOM}/{class_id or ''}"
        if by == GRADE_HEAD:
            return f"{OF_DUTY}grade-{self.grades.get(class_id or '', '')}"
        return by

    def who_deputises(self, seat: str) -> tuple[str, ...]:
        """Of all classes it is the same: what the table says of homeroom teachers."""
        is_class = seat.startswith(f"{HOMEROOM}/")
        return self.deputies.get(HOMEROOM if is_class else seat, ())

    def falls_away(self, by: str, class_id: str | None, author_id: str) -> bool:
        """Whether a step says nothing more of a matter: it is its author's own, or of the class of a
        matter that has none."""
        if class_id is None and by in (HOMEROOM, GRADE_HEAD):
            return True
        return author_id in self.holders.get(self.seat(by, class_id), ())


GRADE_HEAD = OF_DUTY + "grade"
"""The head of the grade (학년부장) a matter is of: one step, a duty for each grade."""


class Route(msgspec.Struct, frozen=True):
    """For whom a step waits; `holder_id` is "" where nobody is found. `for_id`: of a deputy the holder
    who is away, "" where the seat is nobody's; `passed`: who was passed over, being away."""

    holder_id: str
    is_deputy: bool
    for_id: str
    passed: tuple[str, ...]


def route(seats: Seats, by: str, class_id: str | None, author_id: str, first: str = "") -> Route:
    """For whom a step of this author's matter waits: the holder who is there, else who deputises, their
    stand-in before the deputies of the seat. Nobody decides on what they wrote themselves. `first`: who
    was named for this step by hand, before all deputies."""
    seat = seats.seat(by, class_id)
    own = [one for one in seats.holders.get(seat, ()) if one in seats.staff and one != author_id]
    present = next((one for one in own if seats.is_here(one)), "")
    if present:
        return Route(present, False, "", ())
    asked: set[str] = {author_id}
    passed: list[str] = []
    ahead = [seat]
    if first:
        ahead.append(OF_PERSON + first)
    while ahead:
        one = ahead.pop()
        if one.startswith(OF_PERSON):
            person_id = one.removeprefix(OF_PERSON)
            if person_id in asked or person_id not in seats.staff:
                continue
            asked.add(person_id)
            if person_id not in seats.away:
                is_deputy = person_id not in own
                absent = own[0] if is_deputy and own else ""
                return Route(person_id, is_deputy, absent, tuple(passed))
            passed.append(person_id)
            if seats.away[person_id]:
                ahead.append(OF_PERSON + seats.away[person_id])
        elif one not in asked:
            asked.add(one)
            deputies = reversed(seats.who_deputises(one))
            ahead.extend(seats.seat(deputy, class_id) for deputy in deputies)
            ahead.extend(OF_PERSON + holder for holder in reversed(seats.holders.get(one, ())))
    return Route("", False, own[0] if own else "", tuple(passed))


def step_from(seats: Seats, line: Line, at: int, class_id: str | None, author_id: str) -> int:
    """The number of the first step from one on that is still to be decided: the last one always is."""
    last = len(line.steps) - 1
    while at < last and seats.falls_away(line.steps[at].by, class_id, author_id):
        at += 1
    return at
