"""SQL of invitations and agreements, beside the rows they fill."""

import msgspec

from kit.db import Tx
from kit.wording import PLACE_SQL, class_words

MOST_FAILURES = 5  # wrong names typed with a code; from then on it opens nothing

Invitee = tuple[str, str, str, str]
"""(id, name, children, place) of somebody without an account."""


class Open(msgspec.Struct, frozen=True):
    """An invitation as it is kept."""

    id: str
    person_id: str
    expires_at: int
    used_at: int | None
    failures: int


class InvitationLetter(msgspec.Struct, frozen=True):
    """What is printed for one person, as staff, guardian or student (`kind`). `children` names whom they
    are guardian of."""

    person_id: str
    kind: str
    name: str
    children: str
    place: str
    code: str
    link: str
    expires_at: int


class ClassSilence(msgspec.Struct, frozen=True):
    """How far invitations got in a class; all counts are people."""

    class_id: str
    name: str
    people: int
    invited: int
    accounts: int
    signed_in: int

    @property
    def silent(self) -> int:
        return self.people - self.signed_in


def add(
    tx: Tx, invitation_id: str, person_id: str, code_hash: str, now: int, expires_at: int
) -> None:
    tx.execute(
        "INSERT INTO people_invitation (id, person_id, code_hash, created_at, expires_at)"
        " VALUES (?, ?, ?, ?, ?)",
        (invitation_id, person_id, code_hash, now, expires_at),
    )


def open_of(tx: Tx, person_id: str, now: int) -> tuple[str, int] | None:
    """(id, expires_at) of the invitation a person can still use."""
    row = tx.row(
        "SELECT id, expires_at FROM people_invitation WHERE person_id = ? AND used_at IS NULL"
        " AND expires_at > ? AND failures < ? ORDER BY expires_at DESC LIMIT 1",
        (person_id, now, MOST_FAILURES),
    )
    return None if row is None else (row[0], row[1])


def void(tx: Tx, person_id: str, now: int) -> None:
    tx.execute(
        "UPDATE people_invitation SET expires_at = ? WHERE person_id = ? AND used_at IS NULL"
        " AND expires_at > ?",
        (now, person_id, now),
    )


def by_hash(tx: Tx, code_hash: str) -> Open | None:
    return tx.struct(
        Open,
        "SELECT i.id, i.person_id, i.expires_at, i.used_at, i.failures"
        " FROM people_invitation i JOIN people_v_person p ON p.id = i.person_id"
        " WHERE i.code_hash = ?",
        (code_hash,),
    )


def use(tx: Tx, invitation_id: str, now: int) -> None:
    tx.execute("UPDATE people_invitation SET used_at = ? WHERE id = ?", (now, invitation_id))


def count_failure(tx: Tx, invitation_id: str) -> None:
    tx.execute(
        "UPDATE people_invitation SET failures = failures + 1 WHERE id = ?", (invitation_id,)
    )


def forget_before(tx: Tx, before: int, most: int) -> int:
    """Forget some of those that ended before; how many."""
    return tx.execute(
        "DELETE FROM people_invitation WHERE id IN"
        " (SELECT id FROM people_invitation WHERE expires_at < ? LIMIT ?)",
        (before, most),
    )


def kind_of(tx: Tx, person_id: str) -> str:
    """staff, guardian or student: what somebody is invited as."""
    if tx.value("SELECT 1 FROM people_v_staff WHERE person_id = ?", (person_id,)):
        return "staff"
    if tx.value("SELECT 1 FROM people_v_child WHERE guardian_id = ? LIMIT 1", (person_id,)):
        return "guardian"
    return "student"


def names_to_confirm(tx: Tx, person_id: str) -> list[str]:
    """What only the right holder of a letter knows: their child's name, or their own."""
    if kind_of(tx, person_id) == "guardian":
        children = tx.rows("SELECT name FROM people_v_child WHERE guardian_id = ?", (person_id,))
        return [name for (name,) in children]
    own = tx.rows("SELECT name FROM people_v_person WHERE id = ?", (person_id,))
    return [name for (name,) in own]


_GUARDIANS = f"""
SELECT g.guardian_id, p.name,
  (SELECT group_concat(c.name, ', ') FROM people_v_child c WHERE c.guardian_id = g.guardian_id),
  {PLACE_SQL.format("s")}
FROM people_v_student s
JOIN people_v_child g ON g.student_id = s.student_id
JOIN people_v_person p ON p.id = g.guardian_id
WHERE s.class_id = ?
  AND NOT EXISTS (SELECT 1 FROM signin_v_account a WHERE a.account_id = g.guardian_id)
GROUP BY g.guardian_id ORDER BY s.number, p.name
"""  # noqa: S608 - constants only
_STUDENTS = f"""
SELECT s.student_id, s.name, '', {PLACE_SQL.format("s")}
FROM people_v_student s WHERE s.class_id = ?
  AND NOT EXISTS (SELECT 1 FROM signin_v_account a WHERE a.account_id = s.student_id)
ORDER BY s.number
"""  # noqa: S608 - constants only


def guardians_to_invite(tx: Tx, class_id: str) -> list[Invitee]:
    """A class's guardians without an account."""
    return [(row[0], row[1], row[2], row[3]) for row in tx.rows(_GUARDIANS, (class_id,))]


def students_to_invite(tx: Tx, class_id: str) -> list[Invitee]:
    return [(row[0], row[1], row[2], row[3]) for row in tx.rows(_STUDENTS, (class_id,))]


def staff_to_invite(tx: Tx) -> list[Invitee]:
    rows = tx.rows(
        "SELECT s.person_id, s.name, '', s.position || ' · ' || s.department FROM people_v_staff s"
        " WHERE NOT EXISTS (SELECT 1 FROM signin_v_account a WHERE a.account_id = s.person_id)"
        " ORDER BY s.name"
    )
    return [(row[0], row[1], row[2], row[3]) for row in rows]


# From the classes of the year on: a view on the right of a LEFT JOIN would be made for everybody.
_FAMILIES = """
FROM people_v_class c
CROSS JOIN people_enrolment e ON e.class_id = c.id AND e.until_on IS NULL
JOIN people_v_person p ON p.id = e.student_id
JOIN people_guardianship g
  ON g.student_id = e.student_id AND g.until_on IS NULL AND g.may_read = 1
LEFT JOIN signin_v_account a ON a.account_id = g.guardian_id
"""


def silence(tx: Tx) -> tuple[int, int]:
    """(guardians who never signed in, all guardians)."""
    row = tx.row(
        "SELECT count(DISTINCT g.guardian_id),"
        " count(DISTINCT CASE WHEN a.last_sign_in_at IS NULL THEN g.guardian_id END)" + _FAMILIES
    )
    assert row is not None
    return int(row[1]), int(row[0])


_BY_CLASS = """
SELECT c.id, count(DISTINCT g.guardian_id),
  count(DISTINCT CASE WHEN a.account_id IS NOT NULL OR EXISTS
    (SELECT 1 FROM people_invitation i WHERE i.person_id = g.guardian_id
     AND i.used_at IS NULL AND i.expires_at > ?) THEN g.guardian_id END),
  count(DISTINCT a.account_id),
  count(DISTINCT CASE WHEN a.last_sign_in_at IS NOT NULL THEN a.account_id END)
"""


def by_class(tx: Tx, now: int) -> list[ClassSilence]:
    """The guardians of each class of the current year."""
    counts = {row[0]: row[1:] for row in tx.rows(_BY_CLASS + _FAMILIES + "GROUP BY c.id", (now,))}
    names = "SELECT id, grade, number FROM people_v_class ORDER BY grade, number"
    return [
        ClassSilence(class_id, class_words(grade, number), *counts.get(class_id, (0, 0, 0, 0)))
        for class_id, grade, number in tx.rows(names)
    ]


def staff_silence(tx: Tx, now: int) -> ClassSilence:
    row = tx.row(
        "SELECT '', '', count(DISTINCT s.person_id),"
        " count(DISTINCT CASE WHEN i.person_id IS NOT NULL OR a.account_id IS NOT NULL"
        " THEN s.person_id END), count(DISTINCT a.account_id),"
        " count(DISTINCT CASE WHEN a.last_sign_in_at IS NOT NULL THEN a.account_id END)"
        " FROM people_v_staff s LEFT JOIN signin_v_account a ON a.account_id = s.person_id"
        " LEFT JOIN people_invitation i ON i.person_id = s.person_id AND i.used_at IS NULL"
        " AND i.expires_at > ?",
        (now,),
    )
    assert row is not None
    return ClassSilence(*row)


def add_agreement(
    tx: Tx, person_id: str, kind: str, version: int, text_hash: str, now: int
) -> None:
    tx.execute(
        "INSERT INTO people_agreement (person_id, kind, version, text_hash, agreed_at)"
        " VALUES (?, ?, ?, ?, ?) ON CONFLICT (person_id, kind, version) DO NOTHING",
        (person_id, kind, version, text_hash, now),
    )


def agreed_no_later(tx: Tx, person_id: str, kind: str, now: int) -> None:
    tx.execute(
        "UPDATE people_agreement SET agreed_at = ? WHERE person_id = ? AND kind = ? AND agreed_at > ?",
        (now, person_id, kind, now),
    )


def agreed_at(tx: Tx, person_id: str, kind: str) -> int | None:
    found = tx.value(
        "SELECT max(agreed_at) FROM people_agreement WHERE person_id = ? AND kind = ?",
        (person_id, kind),
    )
    return None if found is None else int(found)
