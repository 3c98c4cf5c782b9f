"""The people of both schools, made from one seed: families first, then classes, groups and staff.

The whole province is made at once because families reach across schools: a guardian with children
at both has one key and one phone. 500 families a school, 60 of them at both; 400 of the 500 have
two guardians, 96 have two children at the school and 2 have three: 600 students, 900 guardians.
"""

import random
from collections import defaultdict
from collections.abc import Iterable, Iterator
from functools import cache

import msgspec
from msgspec.structs import replace

from scripts.demo_content import names
from scripts.demo_content.cast import FAMILIES, HANBIT, SAESOL, SLUGS, STAFF, Family
from scripts.demo_content.model import (
    ClassRow,
    GroupRow,
    GuardianRow,
    StaffRow,
    StudentRow,
    TieRow,
)
from scripts.demo_content.posts import posts

SEED = 20261123
CLASS_SIZE = 25
GRADES = {HANBIT: (6, 4), SAESOL: (3, 8)}  # grades, classes of a grade
LINES = {HANBIT: 2100, SAESOL: 3200}  # first office line: 031-000-2100
_FAMILIES, _AT_BOTH, _LONE = 500, 60, 100


class SchoolPeople(msgspec.Struct, frozen=True):
    """Everybody at one school. Rows are sorted by key, students by class and number."""

    staff: tuple[StaffRow, ...]
    students: tuple[StudentRow, ...]
    guardians: tuple[GuardianRow, ...]
    ties: tuple[TieRow, ...]
    classes: tuple[ClassRow, ...]
    groups: tuple[GroupRow, ...]


class _Child(msgspec.Struct):
    school: str
    family: int
    name: str
    grade: int = 0
    room: int = 0  # 0: not placed yet
    login: str = ""
    key: str = ""


class _Parent(msgspec.Struct):
    row: GuardianRow
    relation: str
    hidden: tuple[str, ...] = ()
    unsigned: tuple[str, ...] = ()


class _House(msgspec.Struct):
    """A family being made."""

    parents: list[_Parent]
    children: list[_Child]


@cache
def people(school: str) -> SchoolPeople:
    """Everybody at the school with this id. The same on every machine and every call."""
    houses = _province()
    students, ties, guardians = [], [], {}
    for house in houses:
        children = [child for child in house.children if child.school == school]
        for child in children:
            students.append(child)
            for parent in house.parents:
                guardians[parent.row.key] = parent.row
                hidden = child.name in parent.hidden
                ties.append(
                    TieRow(
                        parent.row.key,
                        child.key,
                        parent.relation,
                        may_read=not hidden,
                        may_sign=not hidden and child.name not in parent.unsigned,
                    )
                )
    rows = _numbered(students)
    staff = tuple(_staff(school))
    return SchoolPeople(
        staff=staff,
        students=rows,
        guardians=tuple(sorted(guardians.values(), key=lambda row: row.key)),
        ties=tuple(ties),
        classes=tuple(_classes(school, staff)),
        groups=tuple(_groups(school, rows, ties, staff)),
    )


@cache
def _province() -> tuple[_House, ...]:
    rng = random.Random(SEED)
    wanted = _plan()
    houses = []
    for index, family in enumerate(FAMILIES):
        houses.append(_fixed_house(rng, index, family))
        _deduct(wanted, houses[-1])
    for parents, at in wanted:
        houses.append(_house(rng, len(houses), parents, at))
    for school in GRADES:
        _place(rng, school, houses)
    for school in GRADES:
        ordered = [c for house in houses for c in house.children if c.school == school]
        for serial, child in enumerate(ordered, start=1):
            child.key = f"student:{school}-{serial:04d}"
    return tuple(houses)


def _plan() -> list[tuple[int, dict[str, int]]]:
    """(guardians, children by school) of every family still to be made."""
    both = [2] * 48 + [1] * 12
    plan = [(guardians, {HANBIT: 1, SAESOL: 1}) for guardians in both]
    for school in GRADES:
        guardians = [2] * (_FAMILIES - _LONE - 48) + [1] * (_LONE - 12)
        children = [3] * 2 + [2] * 96 + [1] * (_FAMILIES - _AT_BOTH - 98)
        order = random.Random(f"{SEED}{school}")
        order.shuffle(children)
        plan += [(g, {school: c}) for g, c in zip(guardians, children, strict=True)]
    return plan


def _deduct(plan: list[tuple[int, dict[str, int]]], house: _House) -> None:
    """Take a fixed family out of the plan; where none fits exactly, the counts are moved."""
    at: dict[str, int] = defaultdict(int)
    for child in house.children:
        at[child.school] += 1
    wanted = (len(house.parents), dict(at))
    if wanted in plan:
        plan.remove(wanted)
        return
    # One child more than planned at a school: a family of two there becomes a family of one.
    plan.remove((wanted[0], dict.fromkeys(at, 1)))
    for school, count in at.items():
        for _extra in range(count - 1):
            place = plan.index((2, {school: 2}))
            plan[place] = (2, {school: 1})


def _fixed_house(rng: random.Random, index: int, family: Family) -> _House:
    parents = [
        _Parent(
            _guardian(
                rng,
                index * 2 + place,
                parent.name,
                accepted=bool(parent.login),
                language=parent.language,
                has_phone=parent.has_phone,
                login=parent.login,
            ),
            parent.relation,
            parent.hidden,
            parent.unsigned,
        )
        for place, parent in enumerate(family.guardians)
    ]
    children = []
    for child in family.children:
        grade, room = map(int, child.room.split("-"))
        children.append(_Child(child.school, index, child.name, grade, room, child.login))
    return _House(parents, children)


def _house(rng: random.Random, index: int, parents: int, at: dict[str, int]) -> _House:
    surname = names.surname(rng)
    given: set[str] = set()
    children = []
    for school, count in at.items():
        for _ in range(count):
            name = names.child_given(rng, avoid=given)
            given.add(name)
            children.append(_Child(school, index, surname + name))
    made = []
    reached = rng.random() < 0.93  # whole families stay away, and single guardians do
    for place, (name, relation, language) in enumerate(_parents(rng, surname, parents)):
        row = _guardian(
            rng,
            index * 2 + place,
            name,
            accepted=reached and rng.random() < 0.93,
            language=language,
        )
        made.append(_Parent(row, relation))
    return _House(made, children)


def _parents(rng: random.Random, surname: str, count: int) -> Iterator[tuple[str, str, str]]:
    """(name, relation, language) of a family's guardians."""
    father = surname + rng.choice(names.PARENT_MEN)
    mother, language = names.mother(rng), "ko"
    if rng.random() < 0.055:
        mother, language = names.foreign_mother(rng)
    if count == 2:
        yield mother, "모", language
        if rng.random() < 0.03:
            yield names.surname(rng) + rng.choice(names.GRANDMOTHERS), "외조모", "ko"
        else:
            yield father, "부", "ko"
        return
    kind = rng.random()
    if kind < 0.72:
        yield mother, "모", language
    elif kind < 0.92:
        yield father, "부", "ko"
    elif kind < 0.97:
        yield names.surname(rng) + rng.choice(names.GRANDMOTHERS), "조모", "ko"
    else:
        yield surname + rng.choice(names.GRANDFATHERS), "조부", "ko"


def _guardian(
    rng: random.Random,
    serial: int,
    name: str,
    *,
    accepted: bool,
    language: str = "ko",
    has_phone: bool = True,
    login: str = "",
) -> GuardianRow:
    mail = f"fam{serial:04d}@example.com" if accepted and rng.random() < 0.55 else ""
    return GuardianRow(
        key=f"guardian:G{serial:04d}",
        name=name,
        phone=f"010-0000-{serial:04d}" if has_phone else "",
        has_phone=has_phone,
        email=mail,
        language=language,
        accepted=accepted,
        login=(login or f"fam{serial:04d}") if accepted else "",
    )


def _place(rng: random.Random, school: str, houses: Iterable[_House]) -> None:
    """Give every child a grade and a class; siblings are in different grades."""
    grades, rooms = GRADES[school]
    free = {
        (grade, room): CLASS_SIZE for grade in range(1, grades + 1) for room in range(1, rooms + 1)
    }
    waiting: list[list[_Child]] = []
    for house in houses:
        here = [child for child in house.children if child.school == school]
        for child in here:
            if child.room:
                free[child.grade, child.room] -= 1
        open_ones = [child for child in here if not child.room]
        if open_ones:
            waiting.append(open_ones)
    waiting.sort(key=len, reverse=True)
    for siblings in waiting:
        taken: set[int] = set()
        for child in siblings:
            seats = {spot: n for spot, n in free.items() if n and spot[0] not in taken}
            spot = rng.choices(list(seats), weights=list(seats.values()))[0]
            child.grade, child.room = spot
            free[spot] -= 1
            taken.add(child.grade)


def _numbered(children: list[_Child]) -> tuple[StudentRow, ...]:
    """Students with their numbers: within a class by name in 가나다 order, as classes do it."""
    ordered = sorted(children, key=lambda c: (c.grade, c.room, c.name, c.key))
    counted: dict[tuple[int, int], int] = defaultdict(int)
    rows = []
    for child in ordered:
        counted[child.grade, child.room] += 1
        rows.append(
            StudentRow(
                key=child.key,
                name=child.name,
                grade=child.grade,
                class_number=child.room,
                number=counted[child.grade, child.room],
                login=child.login,
            )
        )
    return tuple(rows)


def _staff(school: str) -> Iterator[StaffRow]:
    rng = random.Random(f"{SEED}staff{school}")
    fixed = {member.post: member for member in STAFF[school]}
    used = {member.name for member in STAFF[school]}
    domain = f"{SLUGS[school]}.example.kr"
    for serial, post in enumerate(posts(school), start=1):
        member = fixed.get(post.post)
        name = member.name if member else names.adult(rng)
        while member is None and name in used:
            name = names.adult(rng)
        used.add(name)
        login = member.login if member else f"t{serial:03d}"
        yield StaffRow(
            key=f"staff:{school}-T{serial:03d}",
            post=post.post,
            name=name,
            position=post.position,
            department=post.department,
            duty=post.duty,
            roles=post.roles,
            phone=f"031-000-{LINES[school] + serial:04d}",
            email=f"{login}@{domain}",
            login=login,
            homeroom=post.homeroom,
        )


def _classes(school: str, staff: Iterable[StaffRow]) -> Iterator[ClassRow]:
    homerooms = {row.homeroom: row.key for row in staff if row.homeroom}
    grades, rooms = GRADES[school]
    for grade in range(1, grades + 1):
        for number in range(1, rooms + 1):
            yield ClassRow(f"{grade}-{number}", grade, number, homerooms[f"{grade}-{number}"])


def _groups(
    school: str,
    students: tuple[StudentRow, ...],
    ties: list[TieRow],
    staff: tuple[StaffRow, ...],
) -> Iterator[GroupRow]:
    """Groups of students, of guardians and of staff; each also has the teacher in charge."""
    rng = random.Random(f"{SEED}groups{school}")
    by_post = {row.post: row.key for row in staff}
    for group, size, grades, post in _STUDENT_GROUPS[school]:
        fitting = [s.key for s in students if s.grade in grades]
        chosen = set(rng.sample(fitting, size))
        if group.id in ("after-coding", "club-coding"):
            chosen |= {
                s.key for s in students if s.name in ("박지우", "박민재") and s.grade in grades
            }
        yield replace(group, members=(by_post[post], *sorted(chosen)))
    readers = sorted({tie.guardian for tie in ties if tie.may_read and tie.may_sign})
    for group, size, post in _GUARDIAN_GROUPS:
        yield replace(group, members=(by_post[post], *sorted(rng.sample(readers, size))))


_STUDENT_GROUPS = {
    HANBIT: (
        (GroupRow("after-coding", "방과후 코딩반", "방과후", ()), 18, (3, 4, 5, 6), "after-school"),
        (GroupRow("after-art", "방과후 창의미술반", "방과후", ()), 22, (1, 2, 3), "after-school"),
        (GroupRow("after-football", "방과후 축구반", "방과후", ()), 20, (2, 3, 4, 5), "pe"),
        (GroupRow("care", "늘봄교실", "늘봄", ()), 60, (1, 2, 3), "care-chief"),
        (GroupRow("choir", "한빛합창단", "동아리", ()), 32, (3, 4, 5, 6), "music"),
        (GroupRow("council", "전교어린이회", "학생 자치", ()), 24, (4, 5, 6), "life"),
    ),
    SAESOL: (
        (GroupRow("club-coding", "코딩 동아리 ‘반딧불’", "동아리", ()), 20, (1, 2, 3), "informatics"),
        (GroupRow("club-broadcast", "방송부", "동아리", ()), 14, (1, 2), "korean"),
        (GroupRow("orchestra", "새솔오케스트라", "동아리", ()), 36, (1, 2, 3), "music"),
        (GroupRow("after-math", "방과후 수학 디딤반", "방과후", ()), 24, (1, 2), "chinese"),
        (GroupRow("track", "육상부", "동아리", ()), 12, (1, 2, 3), "sports-coach"),
        (GroupRow("council", "학생자치회", "학생 자치", ()), 27, (1, 2, 3), "student-council"),
    ),
}  # fmt: skip

_GUARDIAN_GROUPS = (
    (GroupRow("parents", "학부모회", "학부모", ()), 45, "academic"),
    (GroupRow("committee", "학교운영위원회", "위원회", ()), 7, "office-chief"),
    (GroupRow("library-parents", "도서관 봉사단", "학부모", ()), 20, "library"),
    (GroupRow("traffic-parents", "녹색학부모회", "학부모", ()), 40, "life"),
)
