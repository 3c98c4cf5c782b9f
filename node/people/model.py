"""The words of people: ids, roles, askers, audiences, children."""

import enum
from typing import NewType

import msgspec

from kit.event import Event
from kit.i18n import _
from kit.problem import Problem

PersonId = NewType("PersonId", str)
StudentId = NewType("StudentId", str)
ClassId = NewType("ClassId", str)
GroupId = NewType("GroupId", str)


class Kind(enum.StrEnum):
    """What somebody is at this school; one person may be several."""

    GUARDIAN = "guardian"
    STUDENT = "student"
    STAFF = "staff"


class Role(enum.StrEnum):
    """What a member of staff may do beyond reading."""

    ADMINISTRATOR = "administrator"  # 정보부장: runs the node
    PRINCIPAL = "principal"  # 교장
    VICE_PRINCIPAL = "vice_principal"  # 교감
    HEAD = "head"  # 부장교사
    TEACHER = "teacher"
    OFFICE = "office"  # 행정실


APPROVERS = frozenset({Role.PRINCIPAL, Role.VICE_PRINCIPAL})

LABELS = {
    Kind.GUARDIAN: _("보호자"),
    Kind.STUDENT: _("학생"),
    Kind.STAFF: _("교직원"),
}


class Child(msgspec.Struct, frozen=True):
    """A student as their guardian has them: this year's class and the guardian's rights."""

    student_id: str
    name: str
    class_id: str
    grade: int
    class_number: int
    number: int
    relation: str
    may_sign: bool

    @property
    def class_name(self) -> str:
        return f"{self.grade}-{self.class_number}"


class Asker(msgspec.Struct, frozen=True):
    """Who asks: everything that any rule of access needs, loaded once for a request.

    `keys` are the audience keys of `people_v_key`, as JSON text for json_each. `classes` are the
    ids of the classes of which the asker is the homeroom teacher.
    """

    id: str
    name: str
    label: str
    kinds: frozenset[Kind]
    roles: frozenset[Role]
    keys: str
    children: tuple[Child, ...] = ()
    classes: frozenset[str] = frozenset()
    position: str = ""

    @property
    def is_staff(self) -> bool:
        return Kind.STAFF in self.kinds

    @property
    def is_guardian(self) -> bool:
        return Kind.GUARDIAN in self.kinds

    @property
    def is_administrator(self) -> bool:
        return Role.ADMINISTRATOR in self.roles

    @property
    def is_approver(self) -> bool:
        return bool(self.roles & APPROVERS)


class Scope(enum.StrEnum):
    """How far an audience reaches within guardians, students or staff."""

    SCHOOL = "school"
    GRADE = "grade"
    CLASS = "class"
    GROUP = "group"
    DEPARTMENT = "department"
    ROLE = "role"


class Audience(msgspec.Struct, frozen=True):
    """Whom something is for. Its `key` is what `people_v_key` gives to those who belong to it."""

    kind: Kind
    scope: Scope = Scope.SCHOOL
    of: str = ""  # grade number, class id, group id, department name, role

    @property
    def key(self) -> str:
        plural = {Kind.GUARDIAN: "guardians", Kind.STUDENT: "students", Kind.STAFF: "staff"}
        if self.scope is Scope.SCHOOL:
            return plural[self.kind]
        return f"{plural[self.kind]}/{self.scope.value}:{self.of}"


class PersonClosed(Event, frozen=True, tag="people.person_closed"):
    """Somebody left the school; their rights ended with the transaction."""

    person_id: str


class StaffChanged(Event, frozen=True, tag="people.staff_changed"):
    """A member of staff came, changed or left: the directory follows."""

    person_id: str


class FamiliesChanged(Event, frozen=True, tag="people.families_changed"):
    """Enrolments or guardianships changed (import, rollover, transfer): audiences follow."""

    reason: str


class NotAtSchool(Problem):
    code = "not-at-school"
    status = 403
    text = _("이 계정은 현재 학교 구성원과 연결되어 있지 않습니다. 학교에 문의해 주세요.")
