"""The SQL of entries: who signed up, their turn, what became of them."""

from collections.abc import Iterable, Sequence

import msgspec

from kit.db import Row, Tx, encode
from kit.wording import class_words
from node.people.audience import holders
from node.signups.model import EntryState, Pupil, SignupEntry
from protocol.draw import DrawEntry

_COLUMNS = (
    " e.id, e.signup_id, e.course_id, e.number, e.by_id, e.children, e.state, e.rank, e.at,"
    " e.changed_at"
)
_ENTRY = "SELECT" + _COLUMNS + " FROM signups_entry e"


def _entry(row: Row) -> SignupEntry:
    id, signup_id, course_id, number, by_id, children, state, *rest = row
    return SignupEntry(id, signup_id, course_id, number, by_id, children, EntryState(state), *rest)


# One ----------------------------------------------------------------------------------------------


def entry(tx: Tx, signup_id: str, entry_id: str) -> SignupEntry | None:
    sql = _ENTRY + " WHERE e.id = ? AND e.signup_id = ?"
    row = tx.row(sql, (entry_id, signup_id))
    return None if row is None else _entry(row)


def children(tx: Tx, entry_id: str) -> list[str]:
    sql = "SELECT student_id FROM signups_child WHERE entry_id = ? ORDER BY student_id"
    return [student for (student,) in tx.rows(sql, (entry_id,))]


def add(tx: Tx, new: SignupEntry, students: Sequence[str]) -> None:
    tx.execute(
        "INSERT INTO signups_entry (id, signup_id, course_id, number, by_id, children, state, rank,"
        " at, changed_at) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
        msgspec.structs.astuple(new),
    )
    tx.many(
        "INSERT INTO signups_child (entry_id, student_id, signup_id, course_id, holds)"
        " VALUES (?, ?, ?, ?, 1)",
        [(new.id, one, new.signup_id, new.course_id) for one in students],
    )


def is_numbered(tx: Tx, signup_id: str, number: str) -> bool:
    """Whether an entry of the sign-up has this number."""
    sql = "SELECT 1 FROM signups_entry WHERE signup_id = ? AND number = ?"
    return tx.value(sql, (signup_id, number)) is not None


def next_rank(tx: Tx, course_id: str) -> int:
    sql = "SELECT rank FROM signups_entry WHERE course_id = ? ORDER BY rank DESC LIMIT 1"
    return int(tx.value(sql, (course_id,)) or 0) + 1


def set_state(tx: Tx, entry_id: str, state: EntryState, now: int) -> None:
    tx.execute(
        "UPDATE signups_entry SET state = ?, changed_at = ? WHERE id = ?",
        (state.value, now, entry_id),
    )


def let_go(tx: Tx, entry_id: str) -> None:
    """Its children may be signed up anew."""
    tx.execute("UPDATE signups_child SET holds = 0 WHERE entry_id = ?", (entry_id,))


def next_waiting(tx: Tx, course_id: str, free: int) -> SignupEntry | None:
    """Whose turn is next among those who wait and fit into the free places."""
    row = tx.row(
        _ENTRY + " WHERE e.course_id = ? AND e.state = 'waiting'"
        " AND e.children <= ? ORDER BY e.rank LIMIT 1",
        (course_id, free),
    )
    return None if row is None else _entry(row)


def waits_before(tx: Tx, one: SignupEntry) -> int:
    """How many wait before it, itself counted."""
    sql = (
        "SELECT count(*) FROM signups_entry WHERE course_id = ? AND state = 'waiting' AND rank <= ?"
    )
    return int(tx.value(sql, (one.course_id, one.rank)))


# Of families --------------------------------------------------------------------------------------


def held_by(tx: Tx, signup_id: str, student_id: str) -> list[str]:
    """The courses of a sign-up that a child is signed up for."""
    sql = "SELECT course_id FROM signups_child WHERE student_id = ? AND signup_id = ? AND holds = 1"
    return [course for (course,) in tx.rows(sql, (student_id, signup_id))]


def of_children(tx: Tx, signup_id: str, students: Iterable[str]) -> list[SignupEntry]:
    """The entries of some children in a sign-up, as they came in."""
    rows = tx.rows(
        "SELECT DISTINCT" + _COLUMNS + " FROM json_each(?) j"  # noqa: S608 - constants only
        " CROSS JOIN signups_child c ON c.student_id = j.value AND c.signup_id = ?"
        " JOIN signups_entry e ON e.id = c.entry_id ORDER BY e.at, e.id",
        (encode(sorted(students)), signup_id),
    )
    return [_entry(row) for row in rows]


def standing(tx: Tx, students: Iterable[str], signups: Iterable[str]) -> list[tuple[str, str]]:
    """(sign-up, state) of what some children are signed up for, in some sign-ups."""
    rows = tx.rows(
        "SELECT c.signup_id, e.state FROM json_each(?) j CROSS JOIN json_each(?) s"
        " CROSS JOIN signups_child c ON c.student_id = j.value AND c.signup_id = s.value"
        " JOIN signups_entry e ON e.id = c.entry_id WHERE c.holds = 1",
        (encode(sorted(students)), encode(sorted(signups))),
    )
    return [(signup_id, state) for signup_id, state in rows]


def lately(tx: Tx, students: Iterable[str], since: int, limit: int) -> list[Row]:
    """(sign-up, title, course, state, child, changed at) of what came of some children's entries since a
    moment, the latest first; nothing of what was called off or waits for its draw."""
    return tx.rows(
        "SELECT s.id, s.title, o.name, e.state, p.name, e.changed_at FROM json_each(?) j"
        " CROSS JOIN signups_child c ON c.student_id = j.value"
        " JOIN signups_entry e ON e.id = c.entry_id AND e.changed_at > ?"
        "  AND e.state IN ('placed', 'waiting')"
        " JOIN signups_signup s ON s.id = e.signup_id AND s.withdrawn_at IS NULL"
        "  AND (s.way = 'first' OR s.settled_at IS NOT NULL)"
        " JOIN signups_course o ON o.id = e.course_id"
        " JOIN people_v_student p ON p.student_id = c.student_id"
        " ORDER BY e.changed_at DESC, p.name LIMIT ?",
        (encode(sorted(students)), since, limit),
    )


def may_be_entered(tx: Tx, keys: Iterable[str], guardian_id: str) -> set[str]:
    """The children of a guardian through whom they hold one of the keys; through a group that they are
    in themselves, all of theirs."""
    holder, params = holders(keys, people=[guardian_id])
    sql = "WITH " + holder + " SELECT student_id FROM holder WHERE person_id = ?"  # noqa: S608
    return {student for (student,) in tx.rows(sql, (*params, guardian_id)) if student}


def may_be_signed(tx: Tx, keys: Iterable[str], guardians: Iterable[str]) -> dict[str, list[str]]:
    """Of some guardians the children through whom they hold one of the keys and for whom they may sign."""
    people = sorted(guardians)
    holder, params = holders(keys, people=people)
    rows = tx.rows(
        "WITH " + holder + " SELECT c.guardian_id, c.student_id FROM json_each(?) j"  # noqa: S608
        " CROSS JOIN people_v_child c ON c.guardian_id = j.value AND c.may_sign = 1"
        " WHERE (c.guardian_id, c.student_id) IN (SELECT person_id, student_id FROM holder)",
        (*params, encode(people)),
    )
    found: dict[str, list[str]] = {}
    for guardian, student in rows:
        found.setdefault(guardian, []).append(student)
    return found


# Lists --------------------------------------------------------------------------------------------


def of_signup(tx: Tx, signup_id: str, after: str, limit: int) -> list[SignupEntry]:
    """Some entries by number, behind one."""
    rows = tx.rows(
        _ENTRY + " WHERE e.signup_id = ? AND e.number > ? ORDER BY e.number LIMIT ?",
        (signup_id, after, limit),
    )
    return [_entry(row) for row in rows]


def of_course(tx: Tx, course_id: str) -> list[SignupEntry]:
    """All entries of a course, by their turn."""
    sql = _ENTRY + " WHERE e.course_id = ? ORDER BY e.rank, e.number"
    return [_entry(row) for row in tx.rows(sql, (course_id,))]


def pupils(tx: Tx, entries: Iterable[str]) -> dict[str, list[Pupil]]:
    """The children of entries, with the class they are in now, by class."""
    rows = tx.rows(
        "SELECT c.entry_id, c.student_id, k.name FROM json_each(?) j"
        " CROSS JOIN signups_child c ON c.entry_id = j.value"
        " JOIN people_v_known k ON k.id = c.student_id",
        (encode(sorted(entries)),),
    )
    rooms = _rooms(tx, {student for _entry_id, student, _name in rows})
    found: dict[str, list[Pupil]] = {}
    for entry_id, student, name in rows:
        found.setdefault(entry_id, []).append(Pupil(student, name, *rooms.get(student, ())))
    for together in found.values():
        together.sort(key=lambda one: (one.class_name, one.number, one.name))
    return found


def _rooms(tx: Tx, students: Iterable[str]) -> dict[str, tuple[str, str, int]]:
    """The class of each of those who are at the school: id, words, number within it."""
    rows = tx.rows(
        "SELECT s.student_id, s.class_id, s.grade, s.class_number, s.number FROM json_each(?) j"
        " CROSS JOIN people_v_student s ON s.student_id = j.value",
        (encode(sorted(students)),),
    )
    return {
        student: (class_id, class_words(grade, room), number)
        for student, class_id, grade, room, number in rows
    }


# Draws --------------------------------------------------------------------------------------------


def in_draw(tx: Tx, signup_id: str) -> list[DrawEntry]:
    """The entries that are drawn among, as others may see them."""
    rows = tx.rows(
        "SELECT number, course_id, children FROM signups_entry"
        " WHERE signup_id = ? AND state = 'entered' ORDER BY number",
        (signup_id,),
    )
    return [DrawEntry(number=number, course=course, children=many) for number, course, many in rows]


def drawn(
    tx: Tx, signup_id: str, number: str, state: EntryState, rank: int, now: int
) -> SignupEntry | None:
    """What became of an entry in the draw; None where that was noted before."""
    changed = tx.execute(
        "UPDATE signups_entry SET state = ?, rank = ?, changed_at = ?"
        " WHERE signup_id = ? AND number = ? AND state = 'entered'",
        (state.value, rank, now, signup_id, number),
    )
    if not changed:
        return None
    sql = _ENTRY + " WHERE e.signup_id = ? AND e.number = ?"
    row = tx.row(sql, (signup_id, number))
    return None if row is None else _entry(row)


# Pages that were sent -----------------------------------------------------------------------------


def submission(tx: Tx, page: str) -> list[str] | None:
    """The entries that a page has made already."""
    found = tx.value("SELECT entries FROM signups_submission WHERE page = ?", (page,))
    return None if found is None else msgspec.json.decode(found, type=list[str])


def add_submission(tx: Tx, page: str, entries: Sequence[str], now: int) -> None:
    sql = "INSERT INTO signups_submission (page, entries, at) VALUES (?, ?, ?)"
    tx.execute(sql, (page, encode(list(entries)), now))


def forget_submissions(tx: Tx, before: int, limit: int) -> int:
    """Some pages that were sent before a moment go; how many."""
    return tx.execute(
        "DELETE FROM signups_submission WHERE page IN"
        " (SELECT page FROM signups_submission WHERE at < ? LIMIT ?)",
        (before, limit),
    )
