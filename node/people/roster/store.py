"""The SQL of persons, and of what they are on the staff."""

from collections.abc import Iterable

from kit.db import Tx, Value
from kit.naming import composed
from kit.wording import CLASS_SQL, PLACE_SQL
from node.people.model import Listed, NewPerson, PersonLine, Role, StaffLine, StaffPost
from node.people.roster import names

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
    names.note(tx, person_id, composed(person.name))


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
    names.note(tx, person_id, composed(name))


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


_PERSON = f"""
SELECT p.id, p.name,
  trim(CASE WHEN EXISTS (SELECT 1 FROM people_staff s WHERE s.person_id = p.id
                         AND s.until_on IS NULL) THEN 'staff ' ELSE '' END
    || CASE WHEN EXISTS (SELECT 1 FROM people_enrolment e WHERE e.student_id = p.id
                         AND e.until_on IS NULL) THEN 'student ' ELSE '' END
    || CASE WHEN EXISTS (SELECT 1 FROM people_guardianship g WHERE g.guardian_id = p.id
                         AND g.until_on IS NULL) THEN 'guardian' ELSE '' END),
  coalesce((SELECT s.position || ' · ' || s.department FROM people_staff s
            WHERE s.person_id = p.id AND s.until_on IS NULL),
           (SELECT {PLACE_SQL.format("v")}
            FROM people_v_student v WHERE v.student_id = p.id),
           (SELECT group_concat(c.name || '(' || {CLASS_SQL.format("c")} || ')', ', ')
            FROM people_v_child c WHERE c.guardian_id = p.id), ''),
  a.login, a.last_sign_in_at, p.closed_at
"""  # noqa: S608 - constants only
_OF_KIND = """
  AND (? = 1 OR p.closed_at IS NULL)
  AND (? = ''
    OR (? = 'staff' AND EXISTS (SELECT 1 FROM people_staff s
                                WHERE s.person_id = p.id AND s.until_on IS NULL))
    OR (? = 'student' AND EXISTS (SELECT 1 FROM people_enrolment e
                                  WHERE e.student_id = p.id AND e.until_on IS NULL))
    OR (? = 'guardian' AND EXISTS (SELECT 1 FROM people_guardianship g
                                   WHERE g.guardian_id = p.id AND g.until_on IS NULL)))
"""
_BY_BEGINNING = (
    _PERSON
    + """
FROM people_person p LEFT JOIN signin_v_account a ON a.account_id = p.id
WHERE p.name_key >= ? AND p.name_key < ?
  AND (p.name_key, p.id) > (lower(replace(?, ' ', '')), ?)
"""
    + _OF_KIND
    + " ORDER BY p.name_key, p.id LIMIT ?"
)
# Each by the first of their parts that fits, and nobody whose name begins so.
_BY_PART = (
    _PERSON  # noqa: S608 - constants only
    + """, w.part
FROM people_name_part w CROSS JOIN people_person p ON p.id = w.person_id
LEFT JOIN signin_v_account a ON a.account_id = p.id
WHERE w.part >= ? AND w.part < ? AND (w.part, w.person_id) > (?, ?)
  AND NOT (p.name_key >= ? AND p.name_key < ?)
  AND NOT EXISTS (SELECT 1 FROM people_name_part e WHERE e.person_id = w.person_id
                  AND e.part >= ? AND e.part < w.part)
"""
    + _OF_KIND
    + " ORDER BY w.part, w.person_id LIMIT ?"
)
LAST = "\U0010ffff"


def people(
    tx: Tx, prefix: str, kind: str, closed: bool, after: tuple[str, str], limit: int
) -> list[PersonLine]:
    """People whose name begins so (normalised), by name. `kind` is empty for all."""
    return tx.structs(
        PersonLine,
        _BY_BEGINNING,
        (prefix, prefix + LAST, *after, int(closed), kind, kind, kind, kind, limit),
    )


def people_by_part(
    tx: Tx, key: str, kind: str, closed: bool, after: tuple[str, str], limit: int
) -> list[tuple[PersonLine, str]]:
    """Others with `key` (normalised) within their name or as 초성, each with the part that fits."""
    place = (key, key + LAST, *after, key, key + LAST, key)
    found = tx.rows(_BY_PART, (*place, int(closed), kind, kind, kind, kind, limit))
    return [(PersonLine(*line), part) for *line, part in found]


def account(tx: Tx, person_id: str) -> tuple[str, int | None] | None:
    """(login, last sign-in) of somebody who has an account."""
    row = tx.row(
        "SELECT login, last_sign_in_at FROM signin_v_account WHERE account_id = ?", (person_id,)
    )
    return None if row is None else (row[0], row[1])


# Staff ------------------------------------------------------------------------------------------


def put_staff(tx: Tx, person_id: str, post: StaffPost) -> None:
    tx.execute(
        "INSERT INTO people_staff"
        " (person_id, position, department, duty, since_on, until_on, extension)"
        " VALUES (?, ?, ?, ?, ?, ?, ?) ON CONFLICT (person_id) DO UPDATE SET"
        " position = excluded.position, department = excluded.department, duty = excluded.duty,"
        " until_on = excluded.until_on, extension = excluded.extension",
        (
            person_id,
            composed(post.position),
            composed(post.department),
            composed(post.duty),
            post.since_on,
            post.until_on,
            post.extension,
        ),
    )


def staff_post(tx: Tx, person_id: str) -> StaffPost | None:
    return tx.struct(
        StaffPost,
        "SELECT position, department, duty, since_on, until_on, extension FROM people_staff"
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
