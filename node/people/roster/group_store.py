"""The SQL of groups: who is in them."""

from kit.db import Tx
from kit.naming import composed
from kit.natural import natural
from kit.wording import CLASS_SQL
from node.people.model import GroupLine, StaffLine

_MEMBERS = f"""
SELECT p.id, p.name, coalesce(
  (SELECT s.position FROM people_v_staff s WHERE s.person_id = p.id),
  (SELECT {CLASS_SQL.format("v")} FROM people_v_student v WHERE v.student_id = p.id), '')
FROM people_group_member m JOIN people_person p ON p.id = m.person_id
WHERE m.group_id = ? ORDER BY p.name
"""  # noqa: S608 - constants only


def add_group(tx: Tx, group_id: str, name: str, kind: str) -> int:
    return tx.execute(
        "INSERT INTO people_group (id, name, kind) VALUES (?, ?, ?) ON CONFLICT (name) DO NOTHING",
        (group_id, composed(name), kind),
    )


def groups(tx: Tx) -> list[GroupLine]:
    found = tx.structs(
        GroupLine,
        "SELECT g.id, g.name, g.kind, count(m.person_id) FROM people_group g"
        " LEFT JOIN people_group_member m ON m.group_id = g.id"
        " GROUP BY g.id, g.name, g.kind",
    )
    return sorted(found, key=lambda group: natural(group.name))


def group(tx: Tx, group_id: str) -> GroupLine | None:
    return tx.struct(
        GroupLine,
        "SELECT g.id, g.name, g.kind,"
        " (SELECT count(*) FROM people_group_member m WHERE m.group_id = g.id)"
        " FROM people_group g WHERE g.id = ?",
        (group_id,),
    )


def group_members(tx: Tx, group_id: str) -> list[StaffLine]:
    return tx.structs(StaffLine, _MEMBERS, (group_id,))


def groups_of(tx: Tx, person_id: str) -> tuple[str, ...]:
    found = tx.rows(
        "SELECT g.name FROM people_group_member m JOIN people_group g ON g.id = m.group_id"
        " WHERE m.person_id = ? ORDER BY g.name",
        (person_id,),
    )
    return tuple(name for (name,) in found)


def add_member(tx: Tx, group_id: str, person_id: str) -> None:
    tx.execute(
        "INSERT INTO people_group_member (group_id, person_id) VALUES (?, ?)"
        " ON CONFLICT (group_id, person_id) DO NOTHING",
        (group_id, person_id),
    )


def remove_member(tx: Tx, group_id: str, person_id: str) -> int:
    return tx.execute(
        "DELETE FROM people_group_member WHERE group_id = ? AND person_id = ?",
        (group_id, person_id),
    )


def leave_groups(tx: Tx, person_id: str) -> None:
    tx.execute("DELETE FROM people_group_member WHERE person_id = ?", (person_id,))
