"""The table of duties (업무분장): which duties there are, who has them and who deputises, in order.

Until the office changes it, it is the one that most schools have, filled from the list of the staff.
"""

from collections.abc import Iterable, Sequence

import msgspec
from msgspec.structs import replace

from kit.i18n import _
from node.approval.line import HOMEROOM, OF_DUTY, OF_ROLE, Step
from node.approval.routing import GRADE_HEAD
from node.people.model import ROLE_LABELS, Role


class Duty(msgspec.Struct, frozen=True):
    """A row of the table. `by` as in `Step`; of roles and homeroom teachers the holders stand in the
    lists of people, and the table has their deputies alone. `deputies`: `person:` with an id, or
    another row. `title` is content, of rows that every school has a msgid."""

    by: str
    title: str
    holders: tuple[str, ...] = ()
    deputies: tuple[str, ...] = ()

    @property
    def id(self) -> str:
        """Of a duty its id, of other rows what they are."""
        return self.by.removeprefix(OF_DUTY).replace(":", "-")

    @property
    def is_held_by_list(self) -> bool:
        """Whether its holders stand in the lists of people."""
        return not self.by.startswith(OF_DUTY)


class DutyTable(msgspec.Struct, frozen=True):
    """All rows, as they are shown."""

    duties: tuple[Duty, ...]

    def of(self, duty_id: str) -> Duty | None:
        return next((one for one in self.duties if one.id == duty_id), None)

    def with_row(self, duty: Duty) -> "DutyTable":
        """With a row in place of the one of its name, or as the last."""
        if self.of(duty.id) is None:
            return DutyTable((*self.duties, duty))
        return DutyTable(tuple(duty if one.by == duty.by else one for one in self.duties))

    def without(self, duty_id: str) -> "DutyTable":
        return DutyTable(
            tuple(
                replace(one, deputies=tuple(by for by in one.deputies if by != OF_DUTY + duty_id))
                for one in self.duties
                if one.id != duty_id
            )
        )


class StaffPlace(msgspec.Struct, frozen=True):
    """What somebody on the staff is and does, as the list has it."""

    person_id: str
    name: str
    position: str
    department: str
    duty: str


PRINCIPAL, VICE = OF_ROLE + Role.PRINCIPAL, OF_ROLE + Role.VICE_PRINCIPAL
HEADS = frozenset({PRINCIPAL, VICE})
"""The seats whose deputies decide what the school's heads do."""
ACADEMIC, OFFICE_HEAD = OF_DUTY + "academic", OF_DUTY + "office"

_FIRST: Sequence[tuple[str, str, tuple[str, ...], tuple[str, ...]]] = (
    # by, title, words of the position or duty of whoever has it, deputies
    (PRINCIPAL, ROLE_LABELS[Role.PRINCIPAL], (), (VICE, ACADEMIC)),
    (VICE, ROLE_LABELS[Role.VICE_PRINCIPAL], (), (ACADEMIC, OF_DUTY + "research", PRINCIPAL)),
    (HOMEROOM, _("담임"), (), (GRADE_HEAD, ACADEMIC)),
    (ACADEMIC, _("교무부장"), ("교무부장", "교무기획부장"), (OF_DUTY + "research", VICE)),
    (OF_DUTY + "research", _("연구부장"), ("연구부장",), (ACADEMIC,)),
    (OF_DUTY + "life", _("생활부장"), ("생활",), (ACADEMIC,)),
    (OF_DUTY + "information", _("정보부장"), ("정보부장",), (ACADEMIC,)),
    (OF_DUTY + "after-school", _("방과후·늘봄"), ("방과후", "늘봄"), (ACADEMIC,)),
    (OF_DUTY + "health", _("보건"), ("보건",), (OF_DUTY + "life", ACADEMIC)),
    (OF_DUTY + "counselling", _("상담"), ("상담",), (OF_DUTY + "life", ACADEMIC)),
    (OF_DUTY + "meals", _("급식·영양"), ("영양",), (OFFICE_HEAD,)),
    (OFFICE_HEAD, _("행정실장"), ("행정실장",), (OF_ROLE + Role.OFFICE, VICE)),
    (OF_DUTY + "certificates", _("제증명·민원"), ("제증명", "민원"), (OFFICE_HEAD, OF_ROLE + Role.OFFICE)),
    (OF_DUTY + "school-banking", _("스쿨뱅킹·교육비"), ("스쿨뱅킹", "교육비"), (OFFICE_HEAD, OF_ROLE + Role.OFFICE)),
)  # fmt: skip
OFFICE_DEPUTIES = (OF_DUTY + "office", VICE)


def first_table(staff: Sequence[StaffPlace], grades: Iterable[int]) -> DutyTable:
    """The table of a school that has not changed it: who is called so has the duty, else of whom the
    list says that they do it."""

    def called(words: Iterable[str]) -> tuple[str, ...]:
        by_post = [one.person_id for word in words for one in staff if word in one.position]
        by_duty = [one.person_id for word in words for one in staff if word in one.duty]
        return tuple([*by_post, *by_duty][:1])

    rows = [Duty(by, title, called(words), deputies) for by, title, words, deputies in _FIRST]
    after_homeroom = next(at for at, one in enumerate(rows) if one.by == HOMEROOM) + 1
    return DutyTable(
        (
            *rows[:after_homeroom],
            *(
                Duty(
                    f"{GRADE_HEAD}-{grade}", f"{grade}학년부장", _head_of(staff, grade), (ACADEMIC,)
                )
                for grade in grades
            ),
            *rows[after_homeroom:],
            Duty(OF_ROLE + Role.OFFICE, ROLE_LABELS[Role.OFFICE], (), OFFICE_DEPUTIES),
        )
    )


def _head_of(staff: Sequence[StaffPlace], grade: int) -> tuple[str, ...]:
    found = [
        one.person_id
        for one in staff
        if "학년부장" in one.position
        and (f"{grade}학년" in one.position or f"{grade}학년" in one.department)
    ]
    return tuple(found[:1])


def steps_to_choose(table: DutyTable) -> list[Step]:
    """The steps that an approval line may have, the ones that most lines have first."""
    rows = [one for one in table.duties if not one.by.startswith(GRADE_HEAD + "-")]
    first = {HOMEROOM: 0, VICE: 2, PRINCIPAL: 3}
    found = [Step(one.by, one.title) for one in rows] + [Step(GRADE_HEAD, _("학년부장"))]
    return sorted(found, key=lambda step: first.get(step.by, 1 if step.by == GRADE_HEAD else 4))
