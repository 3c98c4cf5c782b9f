"""The SQL of school years and their classes."""

from kit.db import Tx
from node.people.model import ClassLine, ClassMember


def current_year(tx: Tx) -> int | None:
    found = tx.value("SELECT year FROM people_year WHERE is_current = 1")
    return None if found is None else int(found)


def set_current_year(tx: Tx, year: int) -> None:
    tx.execute("UPDATE people_year SET is_current = 0 WHERE year <> ?", (year,))
    tx.execute(
        "INSERT INTO people_year (year, is_current) VALUES (?, 1)"
        " ON CONFLICT (year) DO UPDATE SET is_current = 1",
        (year,),
    )


def add_year(tx: Tx, year: int) -> None:
    """A school year that may have classes; it is not opened by that."""
    tx.execute(
        "INSERT INTO people_year (year, is_current) VALUES (?, 0) ON CONFLICT (year) DO NOTHING",
        (year,),
    )


def class_of(tx: Tx, year: int, grade: int, number: int) -> tuple[str, str | None] | None:
    """(id, homeroom) of a class."""
    row = tx.row(
        "SELECT id, homeroom_id FROM people_class WHERE year = ? AND grade = ? AND number = ?",
        (year, grade, number),
    )
    return None if row is None else (row[0], row[1])


def year_of_class(tx: Tx, class_id: str) -> tuple[int, bool] | None:
    """(year, whether it is the current one) of a class."""
    row = tx.row(
        "SELECT c.year, y.is_current FROM people_class c JOIN people_year y ON y.year = c.year"
        " WHERE c.id = ?",
        (class_id,),
    )
    return None if row is None else (int(row[0]), bool(row[1]))


def has_class(tx: Tx, class_id: str) -> bool:
    """Whether this is a class of the current year."""
    return tx.value("SELECT 1 FROM people_v_class WHERE id = ?", (class_id,)) is not None


def add_class(
    tx: Tx, class_id: str, year: int, grade: int, number: int, homeroom_id: str | None
) -> None:
    tx.execute(
        "INSERT INTO people_class (id, year, grade, number, homeroom_id) VALUES (?, ?, ?, ?, ?)",
        (class_id, year, grade, number, homeroom_id),
    )


def set_homeroom(tx: Tx, class_id: str, person_id: str | None) -> int:
    return tx.execute("UPDATE people_class SET homeroom_id = ? WHERE id = ?", (person_id, class_id))


def homeroom(tx: Tx, class_id: str) -> str | None:
    """Who keeps a class."""
    found = tx.value("SELECT homeroom_id FROM people_class WHERE id = ?", (class_id,))
    return None if found is None else str(found)


_CLASSES = """
SELECT c.id, c.grade, c.number, c.homeroom_id, h.name
FROM people_v_class c LEFT JOIN people_person h ON h.id = c.homeroom_id
"""
# Of one class or of all: the view is joined from the class on, never made for everybody first.
_COUNTS = """
SELECT e.class_id,
  count(DISTINCT e.student_id),
  count(DISTINCT g.guardian_id),
  count(DISTINCT a.account_id),
  count(DISTINCT CASE WHEN a.last_sign_in_at IS NULL THEN g.guardian_id END)
FROM people_v_class c
CROSS JOIN people_enrolment e ON e.class_id = c.id AND e.until_on IS NULL
JOIN people_v_person p ON p.id = e.student_id
LEFT JOIN people_guardianship g
  ON g.student_id = e.student_id AND g.until_on IS NULL AND g.may_read = 1
LEFT JOIN signin_v_account a ON a.account_id = g.guardian_id
"""
_NOBODY = (0, 0, 0, 0)


def classes(tx: Tx) -> list[ClassLine]:
    """The classes of the current year with their numbers."""
    counts = {row[0]: row[1:] for row in tx.rows(_COUNTS + "GROUP BY e.class_id")}
    return [
        ClassLine(*row, *counts.get(row[0], _NOBODY))
        for row in tx.rows(_CLASSES + "ORDER BY c.grade, c.number")
    ]


def class_line(tx: Tx, class_id: str) -> ClassLine | None:
    """One class of the current year with its numbers."""
    row = tx.row(_CLASSES + "WHERE c.id = ?", (class_id,))
    counts = tx.row(_COUNTS + "WHERE c.id = ? GROUP BY e.class_id", (class_id,))
    return None if row is None else ClassLine(*row, *(counts[1:] if counts else _NOBODY))


_MEMBERS = """
SELECT s.student_id, s.name, s.number, g.guardian_id, p.name, g.relation, g.may_sign,
  p.has_phone, a.login, a.last_sign_in_at,
  (SELECT max(i.expires_at) FROM people_invitation i
   WHERE i.person_id = g.guardian_id AND i.used_at IS NULL AND i.expires_at > ?)
FROM people_v_student s
LEFT JOIN people_guardianship g
  ON g.student_id = s.student_id AND g.until_on IS NULL AND g.may_read = 1
LEFT JOIN people_person p ON p.id = g.guardian_id
LEFT JOIN signin_v_account a ON a.account_id = g.guardian_id
WHERE s.class_id = ? ORDER BY s.number, s.student_id, p.name
"""


def class_members(tx: Tx, class_id: str, now: int) -> list[ClassMember]:
    rows = tx.rows(_MEMBERS, (now, class_id))
    return [
        ClassMember(
            student_id=row[0],
            student=row[1],
            number=row[2],
            guardian_id=row[3],
            guardian=row[4],
            relation=row[5],
            may_sign=None if row[6] is None else bool(row[6]),
            has_phone=None if row[7] is None else bool(row[7]),
            login=row[8],
            last_sign_in_at=row[9],
            invited_until=row[10],
        )
        for row in rows
    ]
