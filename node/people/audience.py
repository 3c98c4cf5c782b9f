"""Audience keys: what they mean, and who holds them now.

`people_v_key` answers what one person holds. Asked who holds a key, it works out the keys of the
whole school first: 40 ms for one class of a large school. `holders` is the other direction: each
key asks by its own scope, through the index of that scope, so that a class costs a class.

    sql, params = holders(keys)
    tx.rows(f"WITH {sql} SELECT person_id FROM holder", params)
"""

from collections.abc import Collection, Iterable

from kit.db import Value, encode
from node.people.model import Audience, Kind, Scope

_KINDS = {"guardians": Kind.GUARDIAN, "students": Kind.STUDENT, "staff": Kind.STAFF}


def audience_of(key: str) -> Audience | None:
    """The audience behind a key of `people_v_key`; None when nobody can hold it."""
    plural, slash, rest = key.partition("/")
    kind = _KINDS.get(plural)
    if kind is None or not slash:
        return None if kind is None else Audience(kind)
    scope, colon, of = rest.partition(":")
    if not colon or scope not in _SCOPES:
        return None
    return Audience(kind, Scope(scope), of)


_SCOPES = frozenset(scope.value for scope in Scope if scope is not Scope.SCHOOL)


def of_students(keys: Iterable[str]) -> set[str]:
    """The keys of the students whose guardians hold the keys; those of others stay."""
    return {
        "students" + key.removeprefix("guardians") if key.startswith("guardians") else key
        for key in keys
    }


# Of each kind its people with the columns of `holder`, and by scope which of them hold the keys. Every
# condition leads with the few rows it names (a class, a group): SQLite, which is given no statistics,
# begins there and follows the indices.
_PEOPLE = {
    Kind.GUARDIAN: "SELECT h.guardian_id, h.student_id, h.student_id FROM people_v_child h",
    Kind.STUDENT: "SELECT h.student_id, h.student_id, '' FROM people_v_student h",
    Kind.STAFF: "SELECT h.person_id, NULL, '' FROM people_v_staff h",
}
_LISTED = "(SELECT value FROM json_each(?))"
_MEMBERS = f"(SELECT m.person_id FROM people_group_member m WHERE m.group_id IN {_LISTED})"  # noqa: S608
_BY_CLASS: dict[Scope, tuple[str, ...]] = {
    Scope.SCHOOL: ("h.class_id IN (SELECT c.id FROM people_v_class c)",),
    Scope.GRADE: (
        f"h.class_id IN (SELECT c.id FROM people_v_class c WHERE c.grade IN {_LISTED})",  # noqa: S608
    ),
    Scope.CLASS: (f"h.class_id IN {_LISTED}",),
}
_CONDITIONS: dict[Kind, dict[Scope, tuple[str, ...]]] = {
    Kind.GUARDIAN: _BY_CLASS
    | {Scope.GROUP: (f"h.student_id IN {_MEMBERS}", f"h.guardian_id IN {_MEMBERS}")},
    Kind.STUDENT: _BY_CLASS | {Scope.GROUP: (f"h.student_id IN {_MEMBERS}",)},
    Kind.STAFF: {
        Scope.SCHOOL: ("1",),
        Scope.PERSON: (f"h.person_id IN {_LISTED}",),
        Scope.DEPARTMENT: (f"h.department IN {_LISTED}",),
        Scope.ROLE: (
            f"h.person_id IN (SELECT r.person_id FROM people_role r WHERE r.role IN {_LISTED})",  # noqa: S608
        ),
        Scope.GROUP: (f"h.person_id IN {_MEMBERS}",),
    },
}
_NOBODY = "SELECT NULL, NULL, NULL WHERE 0"


def holders(
    keys: Iterable[str],
    *,
    classes: Collection[str] | None = None,
    people: Collection[str] | None = None,
) -> tuple[str, list[Value]]:
    """Whoever holds one of the keys now, each once for each child through whom they hold it: a table
    `holder (person_id, student_id, through)` for a WITH clause, and its parameters.

    `student_id` as in `people_v_key`: the child, of a student themselves, NULL of staff. `through`:
    the child, "" of those who hold the key in their own right. `classes`: only families of these.
    `people`: only these.
    """
    within = _within(classes, people)
    named: dict[tuple[Kind, Scope], set[str]] = {}
    for key in keys:
        audience = audience_of(key)
        if audience is not None:
            named.setdefault((audience.kind, audience.scope), set()).add(audience.of)
    pieces: list[str] = []
    params: list[Value] = []
    for (kind, scope), of in sorted(named.items()):
        if scope is not Scope.SCHOOL and (kind, Scope.SCHOOL) in named:
            continue  # the whole school holds it already
        for condition in _CONDITIONS[kind].get(scope, ()):
            piece = f"{_PEOPLE[kind]} WHERE "
            if within is None:
                piece += condition
            elif kind in within[0]:
                # The plus keeps the key's own index out of it: whoever is named leads.
                piece += f"{within[0][kind]} IN {_LISTED} AND " + condition.replace("h.", "+h.")
                params.append(within[1])
            else:
                continue
            pieces.append(piece)
            params += [encode(_written(scope, of))] * condition.count("?")
    table = " UNION ".join(pieces or [_NOBODY])
    if len(pieces) == 1:
        table = table.replace("SELECT", "SELECT DISTINCT", 1)
    return f"holder (person_id, student_id, through) AS MATERIALIZED ({table})", params


_IN_CLASS = {Kind.GUARDIAN: "h.class_id", Kind.STUDENT: "h.class_id"}
_IS = {Kind.GUARDIAN: "h.guardian_id", Kind.STUDENT: "h.student_id", Kind.STAFF: "h.person_id"}


def _within(
    classes: Collection[str] | None, people: Collection[str] | None
) -> tuple[dict[Kind, str], str] | None:
    """By which column holders are narrowed, and to what of it (JSON)."""
    if classes is not None:
        return _IN_CLASS, encode(sorted(classes))
    return None if people is None else (_IS, encode(sorted(people)))


def _written(scope: Scope, of: Iterable[str]) -> list[str] | list[int]:
    """What the condition of a scope compares with: grades are numbers, as keys write them."""
    if scope is Scope.GRADE:
        return sorted(
            int(one) for one in of if one.isascii() and one.isdecimal() and one == str(int(one))
        )
    return sorted(of)
