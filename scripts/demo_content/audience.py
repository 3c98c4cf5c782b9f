"""Who belongs to an audience of the demo's texts."""

from collections.abc import Iterable

from scripts.demo_content.model import AudienceSpec, SchoolContent, StudentRow


def students_of(school: SchoolContent, audience: Iterable[AudienceSpec]) -> list[StudentRow]:
    """The children an audience of guardians or students concerns, each once, in class order.

    A group of guardians (학부모회) concerns their children at the school.
    """
    groups = {group.id: set(group.members) for group in school.groups}
    guardians_of: dict[str, set[str]] = {}
    for tie in school.ties:
        guardians_of.setdefault(tie.student, set()).add(tie.guardian)
    specs = [spec for spec in audience if spec.who != "staff"]
    return [
        student
        for student in school.students
        if any(
            _belongs(spec, student, groups, guardians_of.get(student.key, set())) for spec in specs
        )
    ]


def _belongs(
    spec: AudienceSpec, student: StudentRow, groups: dict[str, set[str]], guardians: set[str]
) -> bool:
    if spec.group:
        members = groups[spec.group]
        return student.key in members or (spec.who == "guardians" and bool(members & guardians))
    if spec.room:
        return student.class_id == spec.room
    return spec.grade in (0, student.grade)
