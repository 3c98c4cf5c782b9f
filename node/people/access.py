"""THE rule of who may see what. Every slice asks it here, in Python or inside its SQL.

An item (newsletter, form, file, passage …) carries audience keys in a table with a column `key`.
An asker may read it when they hold one of the keys (`people_v_key`), or when they are staff and
the key addresses families at large: staff read what goes to families, but staff-only keys one by one.
What goes to the families of chosen children stays between them and who wrote it; of the other staff only
the child's homeroom teacher reads it (`Asker.reads`).

A right may end at any moment. Who writes asks for it in the unit that writes (`of_now`, `with_role`), who
sends when it is sent, who shows what was kept before when it is shown (`held_through`): what was true when
a request began, a mail was queued or an answer was stored counts for nothing.

In SQL, with the asker's parameters from `readable_params(asker)`:

    "SELECT … FROM things_thing t WHERE EXISTS ("
    " SELECT 1 FROM things_audience a WHERE a.thing_id = t.id AND " + READABLE + ")"
"""

from collections.abc import Callable, Iterable, Sequence
from functools import wraps
from typing import TypeVar

import msgspec

from kit.audit import Actor
from kit.db import Tx, Value, encode
from kit.i18n import _
from kit.problem import Forbidden, NotFound
from kit.wording import family_words
from node.people.model import (
    APPROVERS,
    ROLE_LABELS,
    Asker,
    Child,
    Kind,
    NotAtSchool,
    NotOneself,
    Role,
)
from node.people.roster import waiting
from protocol.audience import OF_FAMILIES, is_of_chosen, is_of_families

T = TypeVar("T")

COMMAND_LINE = Actor("cli", "madang-node")
"""Whoever runs `madang-node` on the school's own machine, with an administrator's rights."""

_AT_LARGE = OF_FAMILIES.format("a.key")
# For a table aliased `a` with a column `key`; two parameters.
READABLE = f"(a.key IN (SELECT value FROM json_each(?)) OR (? AND {_AT_LARGE}))"  # noqa: S608


def readable_params(asker: Asker) -> tuple[Value, ...]:
    """The parameters of READABLE for this asker."""
    return (asker.reads, int(asker.is_staff))


def may_read(asker: Asker, keys: set[str]) -> bool:
    """The same rule in Python, for things that are not rows of the database."""
    held = set(msgspec.json.decode(asker.reads, type=list[str]))
    if held & keys:
        return True
    return asker.is_staff and any(is_of_families(key) for key in keys)


def load_asker(tx: Tx, person_id: str) -> Asker:
    """The asker behind an account. Raises NotAtSchool when nothing ties them to the school."""
    person = tx.row("SELECT name, language FROM people_v_person WHERE id = ?", (person_id,))
    if person is None:
        raise NotAtSchool()
    name, language = person
    keys = sorted(
        {
            key
            for (key,) in tx.rows("SELECT key FROM people_v_key WHERE person_id = ?", (person_id,))
        }
    )
    staff = tx.row(
        "SELECT position, department FROM people_v_staff WHERE person_id = ?", (person_id,)
    )
    roles = frozenset(
        Role(role)
        for (role,) in tx.rows("SELECT role FROM people_v_role WHERE person_id = ?", (person_id,))
    )
    children = tuple(
        Child(*row)
        for row in tx.rows(
            "SELECT student_id, name, class_id, grade, class_number, number, relation, may_sign"
            " FROM people_v_child WHERE guardian_id = ? ORDER BY grade DESC, name",
            (person_id,),
        )
    )
    classes = frozenset(
        class_id
        for (class_id,) in tx.rows(
            "SELECT id FROM people_v_class WHERE homeroom_id = ?", (person_id,)
        )
    )
    pupils = tx.rows("SELECT student_id FROM people_v_student WHERE homeroom_id = ?", (person_id,))
    kinds = set()
    if staff is not None:
        kinds.add(Kind.STAFF)
    if children:
        kinds.add(Kind.GUARDIAN)
    if "students" in keys:
        kinds.add(Kind.STUDENT)
    if not kinds:
        raise NotAtSchool()
    return Asker(
        id=person_id,
        name=name,
        label=staff[0] if staff is not None else _label(kinds, children),
        kinds=frozenset(kinds),
        roles=roles if staff is not None else frozenset(),
        keys=msgspec.json.encode(keys).decode(),
        children=children,
        classes=classes if staff is not None else frozenset(),
        pupils=frozenset(pupil for (pupil,) in pupils) if staff is not None else frozenset(),
        position=staff[0] if staff is not None else "",
        language=language,
    )


def _label(kinds: set[Kind], children: tuple[Child, ...]) -> str:
    if Kind.GUARDIAN in kinds:
        return family_words((child.name, child.relation) for child in children[:3])
    return ""


def as_now(tx: Tx, asker: Asker) -> Asker:
    """The asker with the rights of this moment, for the unit that writes: the request may have begun
    before one ended. Raises NotAtSchool."""
    return load_asker(tx, asker.id)


def who_signed(tx: Tx, person_id: str) -> Asker:
    """Somebody who may have signed once, also when nothing ties them to the school any more: with
    no rights but to what is their own. Raises NotAtSchool when the school does not know them."""
    name = tx.value("SELECT name FROM people_v_person WHERE id = ?", (person_id,))
    if name is None:
        raise NotAtSchool()
    return Asker(person_id, name, "", frozenset(), frozenset(), "[]")


def rights_now(tx: Tx, person_id: str) -> Asker:
    """Somebody with the rights of this moment, maybe none: for what is kept or said of them."""
    try:
        return load_asker(tx, person_id)
    except NotAtSchool:
        return Asker(person_id, "", "", frozenset(), frozenset(), "[]")


def sees_child(asker: Asker, student_id: str) -> bool:
    """Whether the asker is a guardian who may read what concerns this child."""
    return any(child.student_id == student_id for child in asker.children)


def require_staff(asker: Asker) -> None:
    """Raises NotFound: who is not staff need not know what staff pages there are."""
    if not asker.is_staff:
        raise NotFound()


def require_role(asker: Asker, *roles: Role) -> None:
    """Raises NotFound for outsiders, Forbidden for staff without one of the roles."""
    require_staff(asker)
    if not asker.roles & set(roles):
        raise Forbidden()


def of_now(asker: Asker, work: Callable[[Tx, Asker], T]) -> Callable[[Tx], T]:
    """The unit that does `work(tx, asker)` with the rights of its moment, for all that changes
    something: a body may be long on its way. It raises NotAtSchool beside what the work raises."""

    @wraps(work)  # its name is the one that /metrics tells
    def unit(tx: Tx) -> T:
        return work(tx, as_now(tx, asker))

    return unit


def with_role(
    asker: Asker, roles: Sequence[Role], work: Callable[[Tx, Asker], T]
) -> Callable[[Tx], T]:
    """`of_now` for those who have one of the roles at that moment. It raises as `require_role`, too."""

    @wraps(work)
    def allowed(tx: Tx, now: Asker) -> T:
        require_role(now, *roles)
        return work(tx, now)

    return of_now(asker, allowed)


def require_not_oneself(asker: Asker | None, person_id: str | None, held: str | None) -> None:
    """Raises NotOneself for whoever keeps the lists and takes a class that is not theirs: a homeroom
    teacher decides alone what is sent to its families. Administrators and None (the machine's own
    command line) may."""
    is_own = asker is not None and person_id == asker.id != held
    if is_own and asker is not None and not asker.is_administrator:
        raise NotOneself()


OFFICE = (Role.ADMINISTRATOR, Role.OFFICE)  # who keeps the school's lists


def require_keeper(asker: Asker, class_id: str) -> None:
    """Raises NotFound unless the asker keeps this class's list: its homeroom teacher, the office."""
    if class_id not in asker.classes and not asker.roles & set(OFFICE):
        raise NotFound()


def may_care(tx: Tx, asker: Asker | None, person_id: str) -> bool:
    """Whether somebody may print this person's letter, reset their sign-in, change their contact or
    close them: of a guarded account (model.GUARDED) administrators only, of anybody on the staff
    those who keep the lists. None: the machine's own command line."""
    if asker is None or asker.is_administrator:
        return True
    if waiting.is_guarded(tx, person_id):
        return False
    return bool(asker.roles & set(OFFICE)) or not is_on_staff(tx, person_id)


def is_on_staff(tx: Tx, person_id: str) -> bool:
    return tx.value("SELECT 1 FROM people_v_staff WHERE person_id = ?", (person_id,)) is not None


def require_care(tx: Tx, asker: Asker, person_id: str) -> None:
    """Raises Forbidden unless the asker may care for this person's account."""
    if not may_care(tx, asker, person_id):
        raise Forbidden()


# Those who may see answers and reach of every class.
EVERY_CLASS = (Role.HEAD, Role.VICE_PRINCIPAL, Role.PRINCIPAL, Role.OFFICE)


def may_see_class(asker: Asker, class_id: str, *, is_confidential: bool = False) -> bool:
    """Whether the asker may see answers and reach of a whole class: its homeroom teacher,
    heads, principals and the office. Subject teachers see their own newsletters' results only,
    and so does whoever merely runs the node. `is_confidential`: of what goes to the families of
    chosen children alone, of which heads and the office know nothing (`is_confidential`)."""
    wide = APPROVERS if is_confidential else EVERY_CLASS
    return class_id in asker.classes or not asker.roles.isdisjoint(wide)


def is_confidential(keys: Iterable[str]) -> bool:
    """Whether these keys are of chosen children, and none of families at large beside them."""
    listed = list(keys)
    return any(map(is_of_chosen, listed)) and not any(map(is_of_families, listed))


def beyond_own_class(tx: Tx, person_id: str, persons: Sequence[str]) -> bool:
    """Whether somebody who answers for single classes was shown children of others."""
    wide = {role.value for role in (*EVERY_CLASS, Role.ADMINISTRATOR)}
    roles = tx.rows("SELECT role FROM people_v_role WHERE person_id = ?", (person_id,))
    if any(role in wide for (role,) in roles):
        return False
    found = tx.value(
        "SELECT 1 FROM json_each(?) j JOIN people_v_student s ON s.student_id = j.value"
        " WHERE s.homeroom_id IS NOT ? LIMIT 1",
        (encode(persons), person_id),
    )
    return found is not None


PLANNERS = (*OFFICE, Role.HEAD, Role.VICE_PRINCIPAL)
"""Who plans for the whole school which lessons are on which day."""
CATERERS = (Role.NUTRITION, *OFFICE)
"""Who says what there is to eat."""


def may_see_allergies(asker: Asker, class_id: str) -> bool:
    """Whether the asker may see what food students of a class must not eat (민감정보, 개인정보 보호법
    제23조): whoever keeps the meals by their profession, the administrator, the homeroom teacher."""
    every = {Role.NUTRITION, Role.ADMINISTRATOR}
    return class_id in asker.classes or not asker.roles.isdisjoint(every)


def class_readers(*, is_confidential: bool = False) -> tuple[str, ...]:
    """`may_see_class` in words (msgids): of whom families are told that they see answers."""
    wide = APPROVERS if is_confidential else EVERY_CLASS
    return (_("담임교사"), *(ROLE_LABELS[role] for role in EVERY_CLASS if role in wide))


def held_through(tx: Tx, person_id: str) -> dict[str, set[str]]:
    """The audience keys somebody holds at this moment, by the child through whom they hold them;
    "": in their own right (a student's own are)."""
    held: dict[str, set[str]] = {}
    for student_id, key in tx.rows(
        "SELECT student_id, key FROM people_v_key WHERE person_id = ?", (person_id,)
    ):
        through = "" if student_id in (None, person_id) else str(student_id)
        held.setdefault(through, set()).add(str(key))
    return held


def keys_through(tx: Tx, person_id: str, student_id: str) -> list[str]:
    """The audience keys a guardian holds through one child, and in their own right."""
    held = held_through(tx, person_id)
    return sorted(held.get(student_id, set()) | held.get("", set()))


def name_of(tx: Tx, person_id: str) -> str:
    """The name of somebody who is or was at the school, for who may be shown it; "" of anybody else."""
    return names_of(tx, [person_id]).get(person_id, "")


def names_of(tx: Tx, ids: Sequence[str]) -> dict[str, str]:
    """The names of those among the ids that are people's, also of who has left, for who may be shown
    them."""
    rows = tx.rows(
        "SELECT id, name FROM people_v_known WHERE id IN (SELECT value FROM json_each(?))",
        (encode(ids),),
    )
    return {str(id): str(name) for id, name in rows}
