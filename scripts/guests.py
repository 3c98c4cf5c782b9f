"""Sessions for a benchmark's people, written into a school's database before it is served.

Whoever signs in by password costs 200 ms of the processor; fifteen hundred would take minutes. What
is written here is what a sign-in leaves, in those of its columns that an earlier build has.
"""

import contextlib
import sqlite3
from collections.abc import Sequence
from pathlib import Path

import msgspec

from kit.clock import DAY, SystemClock
from kit.ids import new_id, new_secret, token_hash

LASTS = 30 * DAY
FAMILIES = """
    SELECT c.guardian_id, p.name, c.student_id FROM people_v_child c
    JOIN people_v_person p ON p.id = c.guardian_id
    JOIN signin_v_account s ON s.account_id = c.guardian_id
    JOIN people_v_agreement a ON a.person_id = c.guardian_id
    WHERE c.may_sign = 1 GROUP BY c.guardian_id ORDER BY c.guardian_id LIMIT ?
"""
OPEN_FORM = """
    SELECT f.id, f.subject FROM forms_v_form f
    JOIN newsletters_v_audience a ON a.newsletter_id = f.subject AND a.key = 'guardians'
    JOIN forms_form own ON own.id = f.id
    WHERE f.deadline_at > ? ORDER BY CASE WHEN ? THEN length(own.draft) END, f.deadline_at DESC LIMIT 1
"""
WITH_ROLE = "SELECT person_id FROM people_v_role WHERE role = ? ORDER BY person_id LIMIT 1"


class Family(msgspec.Struct, frozen=True):
    """A guardian with a session, and the child they answer for."""

    token: str
    person_id: str
    name: str
    child_id: str


class Guests(msgspec.Struct, frozen=True):
    """Who comes to a benchmark, and the form that asks all families."""

    families: list[Family]
    principal: str
    office: str
    """Tokens of who sees every answer, and of who keeps the lists."""
    form: str
    letter: str


def invite(database: Path, families: int, *, shortest: bool = False) -> Guests:
    """The form is the one that is open longest, or the `shortest` that is open. Raises LookupError
    where the school has no open form for everybody."""
    now = SystemClock().now()
    with contextlib.closing(sqlite3.connect(database)) as db, db:
        found = db.execute(OPEN_FORM, (now, shortest)).fetchone()
        if found is None:
            raise LookupError("no open form that asks all families")
        people = db.execute(FAMILIES, (families,)).fetchall()
        (principal,) = db.execute(WITH_ROLE, ("principal",)).fetchone()
        (office,) = db.execute(WITH_ROLE, ("office",)).fetchone()
        tokens = sessions(db, [*(one[0] for one in people), principal, office], now)
    return Guests(
        families=[Family(token, *row) for token, row in zip(tokens[:-2], people, strict=True)],
        principal=tokens[-2],
        office=tokens[-1],
        form=found[0],
        letter=found[1],
    )


def sessions(db: sqlite3.Connection, accounts: Sequence[str], now: int) -> list[str]:
    """A session for each; the tokens."""
    tokens = [new_secret() for _account in accounts]
    left: dict[str, object] = {
        "created_at": now,
        "last_seen_at": now,
        "expires_at": now + LASTS,
        "device": "bench",
        "address": "127.0.0.1",
        "second_factor": 0,
        "verified_at": now,
    }
    known = {name for _place, name, *_rest in db.execute("PRAGMA table_info(signin_session)")}
    columns = {name: value for name, value in left.items() if name in known}
    named = ", ".join(["token_hash", "id", "account_id", *columns])
    marks = ", ".join("?" * (3 + len(columns)))
    db.executemany(
        f"INSERT INTO signin_session ({named}) VALUES ({marks})",  # noqa: S608 - our own columns
        [
            (token_hash(token), new_id(), account, *columns.values())
            for token, account in zip(tokens, accounts, strict=True)
        ],
    )
    return tokens
