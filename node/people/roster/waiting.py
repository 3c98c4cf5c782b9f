"""SQL of changes that wait for an administrator, and of what holds meanwhile."""

from kit.db import Tx, encode
from node.people.model import GUARDED, PersonPart, Role, WaitingChange
from node.people.roster import store

_CHANGE = (
    "SELECT w.id, w.person_id, w.part, w.value, w.brought_by, w.brought_by_name, w.brought_at"
    " FROM people_waiting_change w"
)


def put(tx: Tx, change: WaitingChange) -> None:
    """Let a change wait in place of the one for the same part, whose id is decided on no more."""
    drop(tx, change.person_id, change.part)
    tx.execute(
        "INSERT INTO people_waiting_change"
        " (id, person_id, part, value, brought_by, brought_by_name, brought_at)"
        " VALUES (?, ?, ?, ?, ?, ?, ?)",
        (
            change.id,
            change.person_id,
            change.part.value,
            change.value,
            change.brought_by,
            change.brought_by_name,
            change.brought_at,
        ),
    )


def drop(tx: Tx, person_id: str, part: PersonPart) -> None:
    tx.execute(
        "DELETE FROM people_waiting_change WHERE person_id = ? AND part = ?",
        (person_id, part.value),
    )


def drop_all(tx: Tx, person_id: str) -> None:
    tx.execute("DELETE FROM people_waiting_change WHERE person_id = ?", (person_id,))


def find(tx: Tx, change_id: str) -> WaitingChange | None:
    return next(iter(_changes(tx, " WHERE w.id = ?", change_id)), None)


def of_person(tx: Tx, person_id: str) -> tuple[WaitingChange, ...]:
    return tuple(_changes(tx, " WHERE w.person_id = ? ORDER BY w.part", person_id))


def all_open(tx: Tx) -> list[WaitingChange]:
    """What waits about people who are at the school, the oldest first."""
    present = " JOIN people_v_person p ON p.id = w.person_id"
    return _changes(tx, present + " ORDER BY w.brought_at, p.name, w.part")


def _changes(tx: Tx, more: str, *params: str) -> list[WaitingChange]:
    return [
        WaitingChange(row[0], row[1], PersonPart(row[2]), *row[3:])
        for row in tx.rows(_CHANGE + more, params)
    ]


def count(tx: Tx) -> int:
    return int(
        tx.value(
            "SELECT count(*) FROM people_waiting_change w"
            " JOIN people_v_person p ON p.id = w.person_id"
        )
    )


def held(tx: Tx, person_id: str, part: PersonPart) -> str:
    """What holds now, written as a waiting value is."""
    if part is PersonPart.ROLES:
        return roles_value(store.roles(tx, person_id))
    if part is PersonPart.DEPARTMENT:
        post = store.staff_post(tx, person_id)
        return "" if post is None else post.department
    found = store.person(tx, person_id)
    return "" if found is None else contact_value(*(str(text) for text in found[:3]))


def roles_value(roles: "frozenset[Role] | tuple[Role, ...]") -> str:
    return ",".join(sorted(role.value for role in set(roles)))


def roles_of(value: str) -> frozenset[Role]:
    return frozenset(Role(role) for role in value.split(",") if role)


def contact_value(name: str, phone: str, email: str) -> str:
    return encode([name, phone, email])


def is_guarded(tx: Tx, person_id: str) -> bool:
    """Whether somebody holds a role of GUARDED, or is about to."""
    wanted = next((c.value for c in of_person(tx, person_id) if c.part is PersonPart.ROLES), "")
    return bool((roles_of(wanted) | set(store.roles(tx, person_id))) & GUARDED)
