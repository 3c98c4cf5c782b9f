"""The SQL of seats: the table of duties in its versions, who is away, and who has which seat now."""

from kit.clock import local_date
from kit.db import Tx, decode, encode
from node.approval.absence import Absence, AbsenceKind
from node.approval.duties import Duty, DutyTable, StaffPlace, first_table
from node.approval.line import HOMEROOM, OF_ROLE
from node.approval.routing import Seats
from node.people.model import Asker

VERSIONS_KEPT = 50


def table(tx: Tx) -> DutyTable:
    """The table of duties that holds."""
    body = tx.value("SELECT body FROM approval_table ORDER BY version DESC LIMIT 1")
    if body is not None:
        return decode(body, DutyTable)
    grades = tx.rows("SELECT DISTINCT grade FROM people_v_class ORDER BY grade")
    return first_table(staff(tx), [grade for (grade,) in grades])


def staff(tx: Tx) -> list[StaffPlace]:
    """Everybody on the staff, by name."""
    return tx.structs(
        StaffPlace,
        "SELECT person_id, name, position, department, duty FROM people_v_staff"
        " ORDER BY name, person_id",
    )


def seats(tx: Tx, at: int) -> Seats:
    """Who has which seat at a moment, and who is away on its day."""
    rows: tuple[Duty, ...] = table(tx).duties
    holders = {one.by: one.holders for one in rows if one.holders}
    for role, person_id in tx.rows(
        "SELECT r.role, r.person_id FROM people_v_role r ORDER BY r.role, r.person_id"
    ):
        holders[OF_ROLE + role] = (*holders.get(OF_ROLE + role, ()), person_id)
    grades: dict[str, int] = {}
    for class_id, grade, homeroom_id in tx.rows(
        "SELECT id, grade, homeroom_id FROM people_v_class"
    ):
        grades[class_id] = grade
        if homeroom_id is not None:
            holders[f"{HOMEROOM}/{class_id}"] = (homeroom_id,)
    today = local_date(at).isoformat()
    away: dict[str, str] = dict(
        tx.rows(
            "SELECT person_id, stand_in_id FROM approval_absence WHERE until_on >= ?"
            " AND from_on <= ? ORDER BY at",
            (today, today),
        )
    )
    here = frozenset(one.person_id for one in staff(tx))
    return Seats(holders, {one.by: one.deputies for one in rows}, here, away, grades)


def table_version(tx: Tx) -> int:
    """Of the table that holds; 0 while it is the first one."""
    return int(tx.value("SELECT coalesce(max(version), 0) FROM approval_table"))


def add_table(tx: Tx, changed: DutyTable, by: Asker, at: int) -> None:
    """Let a table hold; the one before stays to go back to."""
    version = table_version(tx) + 1
    tx.execute(
        "INSERT INTO approval_table (version, body, by_id, by_name, at) VALUES (?, ?, ?, ?, ?)",
        (version, encode(changed), by.id, by.name, at),
    )
    tx.execute("DELETE FROM approval_table WHERE version = ?", (version - VERSIONS_KEPT,))


def changed_by(tx: Tx, version: int) -> str:
    """The id of who made a version."""
    return str(tx.value("SELECT by_id FROM approval_table WHERE version = ?", (version,)))


def drop_table(tx: Tx, version: int) -> None:
    """Go back to the table before."""
    tx.execute("DELETE FROM approval_table WHERE version = ?", (version,))


# Absences -----------------------------------------------------------------------------------------

_ABSENCE = (
    "SELECT a.id, a.person_id, k.name, a.kind, a.from_on, a.until_on, a.stand_in_id,"
    " coalesce(s.name, ''), a.by_name FROM approval_absence a"
    " JOIN people_v_known k ON k.id = a.person_id LEFT JOIN people_v_known s ON s.id = a.stand_in_id"
)


def absences(tx: Tx, from_on: str, limit: int) -> list[Absence]:
    """Those of people who are at the school that are not over on a day, the first to end first."""
    return _absences(
        tx,
        _ABSENCE + " WHERE a.until_on >= ? AND EXISTS (SELECT 1 FROM people_v_staff p"  # noqa: S608
        " WHERE p.person_id = a.person_id) ORDER BY a.until_on, a.id LIMIT ?",
        (from_on, limit),
    )


def absences_of(tx: Tx, person_id: str) -> list[Absence]:
    """All of one person, the latest first."""
    return _absences(tx, _ABSENCE + " WHERE a.person_id = ? ORDER BY a.until_on DESC", (person_id,))


def absence(tx: Tx, absence_id: str) -> Absence | None:
    found = _absences(tx, _ABSENCE + " WHERE a.id = ?", (absence_id,))
    return found[0] if found else None


def _absences(tx: Tx, sql: str, params: tuple[str | int, ...]) -> list[Absence]:
    return [
        Absence(id, person_id, name, AbsenceKind(kind), *rest)
        for id, person_id, name, kind, *rest in tx.rows(sql, params)
    ]


def add_absence(tx: Tx, one: Absence, by: Asker, at: int) -> None:
    tx.execute(
        "INSERT INTO approval_absence (id, person_id, kind, from_on, until_on, stand_in_id, by_id,"
        " by_name, at) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)",
        (
            *(one.id, one.person_id, one.kind, one.from_on, one.until_on),
            *(one.stand_in_id, by.id, by.name, at),
        ),
    )


def remove_absence(tx: Tx, absence_id: str) -> bool:
    return bool(tx.execute("DELETE FROM approval_absence WHERE id = ?", (absence_id,)))


def forget_absences(tx: Tx, before_on: str) -> int:
    """Remove those that were over before a day; how many."""
    return tx.execute("DELETE FROM approval_absence WHERE until_on < ?", (before_on,))
