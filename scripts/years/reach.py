"""Rows of the reach ledger, as notify keeps them: by numbers, or in an earlier build by ids."""

import msgspec

from kit.db import Tx, encode
from node.notify.model import Unreachable


class Row(msgspec.Struct, frozen=True):
    """Somebody whom a letter is for, and how far it came. `child`: "" in their own right."""

    person: str
    child: str
    opened_at: int | None
    answered_at: int | None
    unreachable: str


def write(tx: Tx, letter: str, at: int, until: int, rows: list[Row]) -> None:
    """The rows of a letter sent at a moment (ms); of what lies behind `until` nothing is known."""
    known = [
        (
            row.person,
            row.child,
            _by(row.opened_at, until),
            _by(row.answered_at, until),
            row.unreachable,
        )
        for row in rows
    ]
    if tx.value("SELECT 1 FROM sqlite_schema WHERE name = 'notify_reached'"):
        _by_number(tx, letter, at, known)
    else:
        _by_id(tx, letter, at, known)


Known = tuple[str, str, int | None, int | None, str]


def _by_id(tx: Tx, letter: str, at: int, rows: list[Known]) -> None:
    tx.many(
        "INSERT OR IGNORE INTO notify_reach (newsletter_id, person_id, student_id, sent_at,"
        " opened_at, answered_at, unreachable) VALUES (?, ?, ?, ?, ?, ?, ?)",
        [(letter, person, child, at, *rest) for person, child, *rest in rows],
    )


def _by_number(tx: Tx, letter: str, at: int, rows: list[Known]) -> None:
    """Who opened it the letters know."""
    reasons = ["", *(reason.value for reason in Unreachable)]
    tx.execute("INSERT OR IGNORE INTO notify_letter (id, sent_at) VALUES (?, ?)", (letter, at))
    people = {one for person, child, *_rest in rows for one in (person, child)}
    tx.execute(
        "INSERT OR IGNORE INTO notify_person (id) SELECT value FROM json_each(?)",
        (encode(sorted(people)),),
    )
    added = [
        (person, child, answered, reasons.index(reason))
        for person, child, _opened, answered, reason in rows
    ]
    tx.execute(
        "INSERT OR IGNORE INTO notify_reached (letter, person, child, answered_at, unreachable)"
        " SELECT (SELECT number FROM notify_letter WHERE id = ?), p.number, c.number,"
        " json_extract(j.value, '$[2]'), json_extract(j.value, '$[3]') FROM json_each(?) j"
        " CROSS JOIN notify_person p ON p.id = json_extract(j.value, '$[0]')"
        " CROSS JOIN notify_person c ON c.id = json_extract(j.value, '$[1]')",
        (letter, encode(added)),
    )


def addressed(tx: Tx, letter: str) -> list[Row]:
    """Everybody whom a letter is for, as nobody had read it."""
    rows = tx.rows(
        "SELECT DISTINCT k.person_id, CASE WHEN k.student_id IS NULL OR k.student_id = k.person_id"
        " THEN '' ELSE k.student_id END FROM newsletters_v_audience a"
        " JOIN people_v_key k ON k.key = a.key WHERE a.newsletter_id = ?",
        (letter,),
    )
    return [Row(person, child, None, None, "") for person, child in rows]


def _by(at: int | None, until: int) -> int | None:
    return at if at is not None and at <= until else None
