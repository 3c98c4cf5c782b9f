"""The SQL of students' places and of whose children they are."""

from kit.db import Tx, Value
from node.people.model import Enrolment, Listed, Tie


def enrolments(tx: Tx, student_id: str) -> tuple[Enrolment, ...]:
    return tuple(
        tx.structs(
            Enrolment,
            "SELECT c.id, c.year, c.grade, c.number, e.number, e.from_on, e.until_on"
            " FROM people_enrolment e JOIN people_class c ON c.id = e.class_id"
            " WHERE e.student_id = ? ORDER BY c.year DESC, e.from_on DESC",
            (student_id,),
        )
    )


def open_enrolment(tx: Tx, student_id: str) -> tuple[str, int, str] | None:
    """(class, number, from_on) of a student's place in the current year."""
    row = tx.row(
        "SELECT e.class_id, e.number, e.from_on FROM people_enrolment e"
        " JOIN people_v_class c ON c.id = e.class_id"
        " WHERE e.student_id = ? AND e.until_on IS NULL",
        (student_id,),
    )
    return None if row is None else (row[0], row[1], row[2])


def place(tx: Tx, student_id: str, year: int) -> tuple[str, int] | None:
    """(class, number) of a student's place in a school year, also one that is not open yet."""
    row = tx.row(
        "SELECT e.class_id, e.number FROM people_enrolment e"
        " JOIN people_class c ON c.id = e.class_id"
        " WHERE e.student_id = ? AND e.until_on IS NULL AND c.year = ?",
        (student_id, year),
    )
    return None if row is None else (row[0], row[1])


def has_students(tx: Tx) -> bool:
    """Whether anybody has a place in the current year."""
    found = tx.value(
        "SELECT 1 FROM people_v_class c WHERE EXISTS (SELECT 1 FROM people_enrolment e"
        " WHERE e.class_id = c.id AND e.until_on IS NULL) LIMIT 1"
    )
    return found is not None


def number_holder(tx: Tx, class_id: str, number: int) -> str | None:
    found = tx.value(
        "SELECT student_id FROM people_enrolment"
        " WHERE class_id = ? AND number = ? AND until_on IS NULL",
        (class_id, number),
    )
    return None if found is None else str(found)


def enrol(tx: Tx, student_id: str, class_id: str, number: int, from_on: str) -> None:
    tx.execute(
        "INSERT INTO people_enrolment (student_id, class_id, number, from_on)"
        " VALUES (?, ?, ?, ?) ON CONFLICT (student_id, class_id, from_on)"
        " DO UPDATE SET number = excluded.number, until_on = NULL",
        (student_id, class_id, number, from_on),
    )


def renumber(tx: Tx, student_id: str, class_id: str, number: int) -> None:
    tx.execute(
        "UPDATE people_enrolment SET number = ?"
        " WHERE student_id = ? AND class_id = ? AND until_on IS NULL",
        (number, student_id, class_id),
    )


def end_enrolments(tx: Tx, student_id: str, on: str) -> int:
    return tx.execute(
        "UPDATE people_enrolment SET until_on = ? WHERE student_id = ? AND until_on IS NULL",
        (on, student_id),
    )


def end_enrolments_of(tx: Tx, student_id: str, year: int, on: str) -> int:
    """End a student's places of one school year."""
    return tx.execute(
        "UPDATE people_enrolment SET until_on = ? WHERE student_id = ? AND until_on IS NULL"
        " AND class_id IN (SELECT id FROM people_class WHERE year = ?)",
        (on, student_id, year),
    )


def end_enrolments_besides(tx: Tx, year: int, on: str) -> int:
    """End all places of other school years of those who have one in this year."""
    return tx.execute(
        "UPDATE people_enrolment SET until_on = ? WHERE until_on IS NULL"
        " AND class_id NOT IN (SELECT id FROM people_class WHERE year = ?)"
        " AND student_id IN (SELECT e.student_id FROM people_class c"
        "  JOIN people_enrolment e ON e.class_id = c.id AND e.until_on IS NULL WHERE c.year = ?)",
        (on, year, year),
    )


def guardianship(tx: Tx, guardian_id: str, student_id: str) -> tuple[str, int, int] | None:
    """(relation, may_read, may_sign) of a tie that has not ended."""
    row = tx.row(
        "SELECT relation, may_read, may_sign FROM people_guardianship"
        " WHERE guardian_id = ? AND student_id = ? AND until_on IS NULL",
        (guardian_id, student_id),
    )
    return None if row is None else (row[0], row[1], row[2])


def put_guardianship(
    tx: Tx, guardian_id: str, student_id: str, relation: str, may_read: bool, may_sign: bool
) -> None:
    tx.execute(
        "INSERT INTO people_guardianship (guardian_id, student_id, relation, may_read, may_sign)"
        " VALUES (?, ?, ?, ?, ?) ON CONFLICT (guardian_id, student_id) DO UPDATE SET"
        " relation = excluded.relation, may_read = excluded.may_read,"
        " may_sign = excluded.may_sign, until_on = NULL",
        (guardian_id, student_id, relation, int(may_read), int(may_sign)),
    )


def has_child(tx: Tx, guardian_id: str) -> bool:
    """Whether somebody is here for a child, whatever else they are."""
    sql = "SELECT EXISTS (SELECT 1 FROM people_v_child WHERE guardian_id = ?)"
    return bool(tx.value(sql, (guardian_id,)))


def end_guardianships(tx: Tx, guardian_id: str, student_id: str, on: str) -> int:
    """End the ties of a guardian or a student; an empty id stands for all."""
    if guardian_id and student_id:
        return tx.execute(
            "UPDATE people_guardianship SET until_on = ?"
            " WHERE guardian_id = ? AND student_id = ? AND until_on IS NULL",
            (on, guardian_id, student_id),
        )
    if guardian_id:
        return tx.execute(
            "UPDATE people_guardianship SET until_on = ?"
            " WHERE guardian_id = ? AND until_on IS NULL",
            (on, guardian_id),
        )
    return tx.execute(
        "UPDATE people_guardianship SET until_on = ? WHERE student_id = ? AND until_on IS NULL",
        (on, student_id),
    )


def _ties(rows: list[tuple[Value, ...]]) -> tuple[Tie, ...]:
    return tuple(
        Tie(str(row[0]), str(row[1]), str(row[2]), bool(row[3]), bool(row[4]), row[5])  # type: ignore[arg-type]
        for row in rows
    )


def children(tx: Tx, guardian_id: str) -> tuple[Tie, ...]:
    return _ties(
        tx.rows(
            "SELECT p.id, p.name, g.relation, g.may_read, g.may_sign, g.until_on"
            " FROM people_guardianship g JOIN people_person p ON p.id = g.student_id"
            " WHERE g.guardian_id = ? ORDER BY p.name",
            (guardian_id,),
        )
    )


def guardians(tx: Tx, student_id: str) -> tuple[Tie, ...]:
    return _ties(
        tx.rows(
            "SELECT p.id, p.name, g.relation, g.may_read, g.may_sign, g.until_on"
            " FROM people_guardianship g JOIN people_person p ON p.id = g.guardian_id"
            " WHERE g.student_id = ? ORDER BY p.name",
            (student_id,),
        )
    )


_LISTED = (
    "SELECT p.id, p.name, coalesce(p.phone, ''), coalesce(p.email, ''), p.closed_at,"
    " p.import_key, g.relation FROM people_guardianship g"
    " JOIN people_person p ON p.id = g.guardian_id WHERE g.student_id = ?"
)


def open_guardians(tx: Tx, student_id: str) -> list[Listed]:
    """Who a student's guardians are today, as a list names them."""
    return tx.structs(Listed, _LISTED + " AND g.until_on IS NULL", (student_id,))


def former_guardians(tx: Tx, student_id: str) -> list[Listed]:
    """Whose guardianship of a student ended, of those who are still at the school."""
    ended = _LISTED + " AND g.until_on IS NOT NULL AND p.closed_at IS NULL"
    return tx.structs(Listed, ended, (student_id,))
