"""Audience keys: what they mean, who holds them now, and which there are to choose.

`people_v_key` answers what one person holds. Asked who holds a key, it works out the keys of the
whole school first: 40 ms for one class of a large school. `holders` is the other direction: each
key asks by its own scope, through the index of that scope, so that a class costs a class.

    sql, params = holders(keys)
    tx.rows(f"WITH {sql} SELECT person_id FROM holder", params)

Whoever lets somebody choose whom a thing is for offers `places` (of letters: families and staff) or
`colleagues` (of the staff alone), and prints keys in their words: `labels`, `colleague_labels`.
"""

from collections.abc import Collection, Iterable

from kit.db import Tx, Value, encode
from kit.i18n import _
from kit.natural import natural
from kit.wording import class_words
from node.people.access import name_of
from node.people.model import (
    ROLE_LABELS,
    Audience,
    Choice,
    ClassChoice,
    Kind,
    Scope,
)

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


def person_key(person_id: str) -> str:
    """The audience key that one member of staff holds alone."""
    return Audience(Kind.STAFF, Scope.PERSON, person_id).key


def of_guardians(keys: Iterable[str]) -> set[str]:
    """Those of the keys that guardians hold."""
    return {key for key in keys if key.startswith("guardians")}


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
    | {
        Scope.GROUP: (f"h.student_id IN {_MEMBERS}", f"h.guardian_id IN {_MEMBERS}"),
        Scope.CHILD: (f"h.student_id IN {_LISTED}",),
    },
    Kind.STUDENT: _BY_CLASS
    | {
        Scope.GROUP: (f"h.student_id IN {_MEMBERS}",),
        Scope.CHILD: (f"h.student_id IN {_LISTED}",),
    },
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


def is_held(tx: Tx, keys: Iterable[str], *, classes: Collection[str] | None = None) -> bool:
    """Whether anybody holds one of the keys now. `classes`: only families of these count."""
    holder, params = holders(keys, classes=classes)
    return bool(tx.value("WITH " + holder + " SELECT EXISTS (SELECT 1 FROM holder)", params))  # noqa: S608


def how_many(tx: Tx, keys: Iterable[str]) -> int:
    """How many people hold one of the keys now."""
    holder, params = holders(keys)
    count = " SELECT count(DISTINCT person_id) FROM holder"
    return int(tx.value("WITH " + holder + count, params))


def next_holders(tx: Tx, keys: Iterable[str], after: str, limit: int) -> list[str]:
    """Some of the people who hold one of the keys now: those behind an id, in the order of their ids."""
    holder, params = holders(keys)
    some = " SELECT DISTINCT person_id FROM holder WHERE person_id > ? ORDER BY person_id LIMIT ?"
    return [person for (person,) in tx.rows("WITH " + holder + some, (*params, after, limit))]


# Choosing ----------------------------------------------------------------------------------------

WHOLE_STAFF = Choice(Audience(Kind.STAFF).key, _("전체 교직원"))


def classes(tx: Tx) -> list[ClassChoice]:
    """The classes of the current year by name alone."""
    return tx.structs(
        ClassChoice, "SELECT id, grade, number FROM people_v_class ORDER BY grade, number"
    )


def places(tx: Tx, chosen: Collection[str] = ()) -> dict[str, list[Choice]]:
    """Whom a letter may be for, by heading (a msgid): of the groups those that reach somebody, and
    what is `chosen` already."""
    rooms, groups = classes(tx), _groups(tx)
    of_families = [
        (Scope.SCHOOL, ""),
        *((Scope.GRADE, str(grade)) for grade in sorted({room.grade for room in rooms})),
        *((Scope.CLASS, room.id) for room in rooms),
    ]
    of_staff = [
        (Scope.SCHOOL, ""),
        *((Scope.DEPARTMENT, name) for name in sorted({one[3] for one in _staff(tx)})),
    ]
    names = {Scope.CLASS: _class_names(rooms), Scope.GROUP: groups}

    def offered(kind: Kind, scopes: list[tuple[Scope, str]]) -> list[Choice]:
        gathered = [Audience(kind, Scope.GROUP, one) for one in groups]
        return [
            Choice(one.key, _words(one, names))
            for one in (
                *(Audience(kind, *scope) for scope in scopes),
                *(one for one in gathered if one.key in chosen or is_held(tx, [one.key])),
            )
        ]

    return {
        _("보호자에게"): offered(Kind.GUARDIAN, of_families),
        _("학생에게"): offered(Kind.STUDENT, of_families),
        _("교직원에게"): offered(Kind.STAFF, of_staff),
    }


def labels(tx: Tx, keys: Iterable[str]) -> dict[str, str]:
    """Korean words for the keys of a letter; they are content, as a school would print them. Of chosen
    children they are the same for all: no family learns of another."""
    audiences = {key: audience_of(key) for key in keys}
    scopes = {one.scope for one in audiences.values() if one is not None}
    names = {
        Scope.CLASS: _class_names(classes(tx)) if Scope.CLASS in scopes else {},
        Scope.GROUP: _groups(tx) if Scope.GROUP in scopes else {},
    }
    return {key: key if one is None else _words(one, names) for key, one in audiences.items()}


def in_short(tx: Tx, keys: Iterable[str]) -> str:
    """Whom these keys name in one line, each place once: "3학년 2반 보호자·학생"."""
    audiences = {key: audience_of(key) for key in keys}
    who: dict[tuple[Scope, str], list[Kind]] = {}
    for one in filter(None, audiences.values()):
        who.setdefault((one.scope, one.of), []).append(one.kind)
    words = labels(tx, audiences)
    places = (
        CHOSEN
        if scope is Scope.CHILD
        else words[Audience(kinds[0], scope, of).key].removesuffix(_WHO[kinds[0]])
        + "·".join(_WHO[kind] for kind in sorted(kinds))
        for (scope, of), kinds in sorted(who.items())
    )
    return ", ".join(dict.fromkeys(places))


CHOSEN = "선택한 가정"
_WHO = {Kind.GUARDIAN: "보호자", Kind.STUDENT: "학생", Kind.STAFF: "교직원"}


def _words(audience: Audience, names: dict[Scope, dict[str, str]]) -> str:
    match audience.scope:
        case Scope.SCHOOL:
            whose = "전체"
        case Scope.GRADE:
            whose = f"{audience.of}학년"
        case Scope.CLASS:
            whose = names[Scope.CLASS].get(audience.of, "지난 학급")
        case Scope.GROUP:
            whose = names[Scope.GROUP].get(audience.of, "없어진 모임")
        case Scope.CHILD:
            return CHOSEN
        case _:
            whose = audience.of
    return f"{whose} {_WHO[audience.kind]}"


def colleagues(tx: Tx, *, without: str = "") -> dict[Scope, list[Choice]]:
    """Whom of the staff a thing may be for: all, a department, a role, a group that somebody on the
    staff belongs to, one person but `without`."""
    staff = _staff(tx)
    offered = {
        Scope.DEPARTMENT: [(name, name) for name in sorted({one[3] for one in staff})],
        Scope.ROLE: [(role.value, label) for role, label in ROLE_LABELS.items()],
        Scope.GROUP: list(_groups_of_staff(tx).items()),
        Scope.PERSON: [
            (person_id, f"{name} ({department} {position})")
            for person_id, name, position, department in staff
            if person_id != without
        ],
    }
    return {Scope.SCHOOL: [WHOLE_STAFF]} | {
        scope: [Choice(Audience(Kind.STAFF, scope, of).key, label) for of, label in pairs]
        for scope, pairs in offered.items()
    }


def colleague_labels(tx: Tx, keys: Iterable[str]) -> dict[str, str]:
    """Words for keys of the staff as `colleagues` has them, also where nobody holds them any more:
    msgids, or content that `kit.wording.spoken` says in English."""
    words = {one.key: one.label for offered in colleagues(tx).values() for one in offered}
    return {key: words.get(key) or _former(tx, key) for key in keys}


LEFT = _("퇴직·전출한 교직원")


def _former(tx: Tx, key: str) -> str:
    audience = audience_of(key)
    if audience is None:
        return key.partition(":")[2]
    if audience.scope is Scope.GROUP:
        return _groups(tx).get(audience.of, _("없어진 모임"))
    if audience.scope is not Scope.PERSON:
        return audience.of
    name = name_of(tx, audience.of)
    stays = "SELECT 1 FROM people_v_person WHERE id = ?"
    if tx.value(stays, (audience.of,)) is not None:
        return name
    return f"{name} (퇴직·전출)" if name else LEFT


def _class_names(rooms: list[ClassChoice]) -> dict[str, str]:
    return {room.id: class_words(room.grade, room.number) for room in rooms}


def _groups(tx: Tx) -> dict[str, str]:
    """id → name of all groups, by name."""
    found = tx.rows("SELECT id, name FROM people_v_group")
    return dict(sorted(found, key=lambda group: natural(group[1])))


def _groups_of_staff(tx: Tx) -> dict[str, str]:
    """id → name of the groups that somebody on the staff belongs to, by name."""
    return dict(
        tx.rows(
            "SELECT g.id, g.name FROM people_v_group g WHERE EXISTS"
            " (SELECT 1 FROM people_v_staff_group s WHERE s.group_id = g.id) ORDER BY g.name"
        )
    )


def _staff(tx: Tx) -> list[tuple[str, str, str, str]]:
    """person_id, name, position, department of everybody on the staff, by name."""
    return [
        (person_id, name, position, department)
        for person_id, name, position, department in tx.rows(
            "SELECT person_id, name, position, department FROM people_v_staff"
            " ORDER BY name, person_id"
        )
    ]
