"""SQL of people: persons, posts, classes, enrolments, guardianships, groups."""

import unicodedata
from collections.abc import Iterable

from kit.db import Tx, Value
from node.people.model import (
    ClassLine,
    ClassMember,
    Enrolment,
    Listed,
    NewPerson,
    PersonLine,
    Role,
    StaffLine,
    StaffPost,
    Tie,
)

# Persons ----------------------------------------------------------------------------------------


def add_person(tx: Tx, person_id: str, person: NewPerson, now: int) -> None:
    tx.execute(
        "INSERT INTO people_person"
        " (id, import_key, name, phone, email, language, has_phone, created_at)"
        " VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
        (
            person_id,
            person.import_key,
            composed(person.name),
            person.phone or None,
            person.email or None,
            person.language,
            int(person.has_phone),
            now,
        ),
    )


def person_of_key(tx: Tx, import_key: str) -> Listed | None:
    """Whoever a list names so."""
    return tx.struct(
        Listed,
        "SELECT id, name, coalesce(phone, ''), coalesce(email, ''), closed_at, import_key"
        " FROM people_person WHERE import_key = ?",
        (import_key,),
    )


def import_keys(tx: Tx) -> list[str]:
    """Every key by which a list may name somebody: once an import, never once a line."""
    found = tx.rows("SELECT import_key FROM people_person WHERE import_key IS NOT NULL")
    return [str(key) for (key,) in found]


def set_import_key(tx: Tx, person_id: str, import_key: str) -> None:
    tx.execute("UPDATE people_person SET import_key = ? WHERE id = ?", (import_key, person_id))


def person(tx: Tx, person_id: str) -> tuple[Value, ...] | None:
    """(name, phone, email, language, has_phone, import_key, closed_at)"""
    return tx.row(
        "SELECT name, coalesce(phone, ''), coalesce(email, ''), language, has_phone, import_key,"
        " closed_at FROM people_person WHERE id = ?",
        (person_id,),
    )


def update_person(tx: Tx, person_id: str, name: str, phone: str, email: str) -> None:
    tx.execute(
        "UPDATE people_person SET name = ?, phone = ?, email = ? WHERE id = ?",
        (composed(name), phone or None, email or None, person_id),
    )


def composed(text: str) -> str:
    """Syllables as one character each: a Mac may give them in their letters, and a department so
    written would be another one."""
    return unicodedata.normalize("NFC", text)


def set_contact(
    tx: Tx, person_id: str, phone: str, email: str, language: str, has_phone: bool
) -> None:
    tx.execute(
        "UPDATE people_person SET phone = ?, email = ?, language = ?, has_phone = ? WHERE id = ?",
        (phone or None, email or None, language, int(has_phone), person_id),
    )


def set_language(tx: Tx, person_id: str, language: str) -> None:
    tx.execute("UPDATE people_person SET language = ? WHERE id = ?", (language, person_id))


def set_closed(tx: Tx, person_id: str, at: int | None) -> int:
    return tx.execute("UPDATE people_person SET closed_at = ? WHERE id = ?", (at, person_id))


_PERSON_LINE = """
SELECT p.id, p.name,
  trim(CASE WHEN EXISTS (SELECT 1 FROM people_staff s WHERE s.person_id = p.id
                         AND s.until_on IS NULL) THEN 'staff ' ELSE '' END
    || CASE WHEN EXISTS (SELECT 1 FROM people_enrolment e WHERE e.student_id = p.id
                         AND e.until_on IS NULL) THEN 'student ' ELSE '' END
    || CASE WHEN EXISTS (SELECT 1 FROM people_guardianship g WHERE g.guardian_id = p.id
                         AND g.until_on IS NULL) THEN 'guardian' ELSE '' END),
  coalesce((SELECT s.position || ' · ' || s.department FROM people_staff s
            WHERE s.person_id = p.id AND s.until_on IS NULL),
           (SELECT v.grade || '-' || v.class_number || ' ' || v.number
            FROM people_v_student v WHERE v.student_id = p.id),
           (SELECT group_concat(c.name || '(' || c.grade || '-' || c.class_number || ')', ', ')
            FROM people_v_child c WHERE c.guardian_id = p.id), ''),
  a.login, a.last_sign_in_at, p.closed_at
FROM people_person p LEFT JOIN signin_v_account a ON a.account_id = p.id
WHERE p.name_key >= ? AND p.name_key < ?
  AND (p.name_key, p.id) > (lower(replace(?, ' ', '')), ?)
  AND (? = 1 OR p.closed_at IS NULL)
  AND (? = ''
    OR (? = 'staff' AND EXISTS (SELECT 1 FROM people_staff s
                                WHERE s.person_id = p.id AND s.until_on IS NULL))
    OR (? = 'student' AND EXISTS (SELECT 1 FROM people_enrolment e
                                  WHERE e.student_id = p.id AND e.until_on IS NULL))
    OR (? = 'guardian' AND EXISTS (SELECT 1 FROM people_guardianship g
                                   WHERE g.guardian_id = p.id AND g.until_on IS NULL)))
ORDER BY p.name_key, p.id LIMIT ?
"""
LAST = "\U0010ffff"


def people(
    tx: Tx, prefix: str, kind: str, closed: bool, after: tuple[str, str], limit: int
) -> list[PersonLine]:
    """People whose name begins so (normalised), by name. `kind` is empty for all."""
    return tx.structs(
        PersonLine,
        _PERSON_LINE,
        (prefix, prefix + LAST, *after, int(closed), kind, kind, kind, kind, limit),
    )


def account(tx: Tx, person_id: str) -> tuple[str, int | None] | None:
    """(login, last sign-in) of somebody who has an account."""
    row = tx.row(
        "SELECT login, last_sign_in_at FROM signin_v_account WHERE account_id = ?", (person_id,)
    )
    return None if row is None else (row[0], row[1])


# Staff ------------------------------------------------------------------------------------------


def put_staff(tx: Tx, person_id: str, post: StaffPost) -> None:
    tx.execute(
        "INSERT INTO people_staff (person_id, position, department, duty, since_on, until_on)"
        " VALUES (?, ?, ?, ?, ?, ?) ON CONFLICT (person_id) DO UPDATE SET"
        " position = excluded.position, department = excluded.department, duty = excluded.duty,"
        " until_on = excluded.until_on",
        (
            person_id,
            composed(post.position),
            composed(post.department),
            composed(post.duty),
            post.since_on,
            post.until_on,
        ),
    )


def staff_post(tx: Tx, person_id: str) -> StaffPost | None:
    return tx.struct(
        StaffPost,
        "SELECT position, department, duty, since_on, until_on FROM people_staff"
        " WHERE person_id = ?",
        (person_id,),
    )


def end_staff(tx: Tx, person_id: str, on: str) -> int:
    tx.execute("UPDATE people_class SET homeroom_id = NULL WHERE homeroom_id = ?"
               " AND year >= (SELECT year FROM people_year WHERE is_current = 1)", (person_id,))  # fmt: skip
    tx.execute("DELETE FROM people_role WHERE person_id = ?", (person_id,))
    return tx.execute(
        "UPDATE people_staff SET until_on = ? WHERE person_id = ? AND until_on IS NULL",
        (on, person_id),
    )


def all_staff(tx: Tx) -> list[StaffLine]:
    return tx.structs(
        StaffLine, "SELECT person_id, name, position FROM people_v_staff ORDER BY name"
    )


def roles(tx: Tx, person_id: str) -> tuple[Role, ...]:
    found = tx.rows("SELECT role FROM people_role WHERE person_id = ? ORDER BY role", (person_id,))
    return tuple(Role(role) for (role,) in found)


def set_roles(tx: Tx, person_id: str, wanted: Iterable[Role]) -> None:
    tx.execute("DELETE FROM people_role WHERE person_id = ?", (person_id,))
    tx.many(
        "INSERT INTO people_role (person_id, role) VALUES (?, ?)",
        [(person_id, role.value) for role in sorted(set(wanted))],
    )


def count_role(tx: Tx, role: Role) -> int:
    return int(tx.value("SELECT count(*) FROM people_v_role WHERE role = ?", (role.value,)))


# Years and classes ------------------------------------------------------------------------------


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


# Students and guardians -------------------------------------------------------------------------


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


def year_of_class(tx: Tx, class_id: str) -> tuple[int, bool] | None:
    """(year, whether it is the current one) of a class."""
    row = tx.row(
        "SELECT c.year, y.is_current FROM people_class c JOIN people_year y ON y.year = c.year"
        " WHERE c.id = ?",
        (class_id,),
    )
    return None if row is None else (int(row[0]), bool(row[1]))


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


def open_guardians(tx: Tx, student_id: str) -> list[Listed]:
    """Who a student's guardians are today, as a list names them."""
    return tx.structs(
        Listed,
        "SELECT p.id, p.name, coalesce(p.phone, ''), coalesce(p.email, ''), p.closed_at,"
        " p.import_key, g.relation FROM people_guardianship g"
        " JOIN people_person p ON p.id = g.guardian_id"
        " WHERE g.student_id = ? AND g.until_on IS NULL",
        (student_id,),
    )


def has_class(tx: Tx, class_id: str) -> bool:
    """Whether this is a class of the current year."""
    return tx.value("SELECT 1 FROM people_v_class WHERE id = ?", (class_id,)) is not None
