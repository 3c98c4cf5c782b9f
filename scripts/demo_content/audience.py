"""Who belongs to an audience of the demo's texts."""

from collections import defaultdict
from collections.abc import Iterable

from scripts.demo_content.model import AudienceSpec, SchoolContent, StudentRow


def students_of(school: SchoolContent, audience: Iterable[AudienceSpec]) -> list[StudentRow]:
    """The children an audience of guardians or students concerns, each once, in class order.

    A group of guardians (학부모회) concerns their children at the school.
    """
    groups = {group.id: set(group.members) for group in school.groups}
    guardians_of: dict[str, set[str]] = defaultdict(set)
    for tie in school.ties:
        guardians_of[tie.student].add(tie.guardian)
    specs = [spec for spec in audience if spec.who != "staff"]
    return [
        student
        for student in school.students
        if any(_belongs(spec, student, groups, guardians_of[student.key]) for spec in specs)
    ]


def is_addressed(
    school: SchoolContent, audience: Iterable[AudienceSpec], guardian: str, student: StudentRow
) -> bool:
    """Whether a text reaches this guardian on account of this child: in a group of guardians only
    its members are addressed, not the child's other parent."""
    groups = {group.id: set(group.members) for group in school.groups}
    return any(
        _belongs(spec, student, groups, {guardian}) for spec in audience if spec.who == "guardians"
    )


def _belongs(
    spec: AudienceSpec, student: StudentRow, groups: dict[str, set[str]], guardians: set[str]
) -> bool:
    if spec.group:
        members = groups[spec.group]
        return student.key in members or (spec.who == "guardians" and bool(members & guardians))
    if spec.room:
        return student.class_id == spec.room
    return spec.grade in (0, student.grade)
