"""SQL of requests and of the copies that answer them."""

from kit.db import Tx
from node.privacy.case import COPY_KEPT, Case, CaseStep, Copy, CopyState

_CASE = (
    "SELECT c.id, c.kind, c.person_id, coalesce(k.name, '–'), c.requester_id, c.requester_name,"
    " c.details, c.on_paper_by, c.received_at, c.due_at, c.state, c.told_at, c.seen_at"
    " FROM privacy_case c LEFT JOIN people_v_known k ON k.id = c.person_id"
)
_IS_OPEN = "c.state IN ('received', 'extended')"


def add(tx: Tx, case: Case) -> None:
    tx.execute(
        "INSERT INTO privacy_case (id, kind, person_id, requester_id, requester_name, details,"
        " on_paper_by, received_at, due_at, state) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
        (
            case.id,
            case.kind,
            case.person_id,
            case.requester_id,
            case.requester_name,
            case.details,
            case.on_paper_by,
            case.received_at,
            case.due_at,
            case.state,
        ),
    )


def case(tx: Tx, case_id: str) -> Case | None:
    return tx.struct(Case, _CASE + " WHERE c.id = ?", (case_id,))


def open_cases(tx: Tx, limit: int) -> list[Case]:
    """Whichever is due first, first."""
    return tx.structs(Case, _CASE + " WHERE " + _IS_OPEN + " ORDER BY c.due_at LIMIT ?", (limit,))


def closed_cases(tx: Tx, before: int, limit: int) -> list[Case]:
    """The latest first; `before` is when the last one shown was received."""
    return tx.structs(
        Case,
        _CASE + " WHERE c.state IN ('fulfilled', 'refused') AND c.received_at < ?"
        " ORDER BY c.received_at DESC, c.id LIMIT ?",
        (before, limit),
    )


def of_requester(tx: Tx, person_id: str, limit: int) -> list[Case]:
    return tx.structs(
        Case,
        _CASE + " WHERE c.requester_id = ? ORDER BY c.received_at DESC LIMIT ?",
        (person_id, limit),
    )


def count_open(tx: Tx, person_id: str) -> int:
    """How many of somebody's requests wait."""
    return int(
        tx.value(
            "SELECT count(*) FROM privacy_case"
            " WHERE requester_id = ? AND state IN ('received', 'extended')",
            (person_id,),
        )
    )


def unseen(tx: Tx, person_id: str) -> list[Case]:
    """What the requester was told and has not opened since."""
    return tx.structs(
        Case,
        _CASE + " WHERE c.requester_id = ? AND c.told_at IS NOT NULL AND c.seen_at IS NULL"
        " ORDER BY c.received_at DESC LIMIT 5",
        (person_id,),
    )


def change(tx: Tx, case_id: str, state: str, due_at: int, now: int) -> None:
    """A step that the requester is told of."""
    tx.execute(
        "UPDATE privacy_case SET state = ?, due_at = ?, told_at = ?, seen_at = NULL WHERE id = ?",
        (state, due_at, now, case_id),
    )


def mark_told(tx: Tx, case_id: str, now: int) -> None:
    tx.execute("UPDATE privacy_case SET told_at = ?, seen_at = NULL WHERE id = ?", (now, case_id))


def mark_seen(tx: Tx, case_id: str, now: int) -> None:
    tx.execute("UPDATE privacy_case SET seen_at = ? WHERE id = ?", (now, case_id))


def add_step(tx: Tx, case_id: str, at: int, by_name: str, state: str, reason: str) -> None:
    tx.execute(
        "INSERT INTO privacy_step (case_id, number, at, by_name, state, reason)"
        " SELECT ?, coalesce(max(number), 0) + 1, ?, ?, ?, ? FROM privacy_step WHERE case_id = ?",
        (case_id, at, by_name, state, reason, case_id),
    )


def steps(tx: Tx, case_id: str) -> list[CaseStep]:
    return tx.structs(
        CaseStep,
        "SELECT number, at, by_name, state, reason FROM privacy_step WHERE case_id = ?"
        " ORDER BY number",
        (case_id,),
    )


# Copies -----------------------------------------------------------------------------------------

_COPY = (
    "SELECT case_id, state, done, parts, tables, asked_at, made_at, released_at FROM privacy_copy"
)


def ask_copy(tx: Tx, case_id: str, parts: int, now: int) -> None:
    """A copy is to be made, also anew."""
    tx.execute(
        "INSERT INTO privacy_copy (case_id, state, parts, asked_at) VALUES (?, ?, ?, ?)"
        " ON CONFLICT (case_id) DO UPDATE SET state = excluded.state, done = 0,"
        " parts = excluded.parts, tables = '[]', asked_at = excluded.asked_at, made_at = NULL,"
        " released_at = NULL",
        (case_id, CopyState.WAITING.value, parts, now),
    )


def copy(tx: Tx, case_id: str) -> Copy | None:
    return tx.struct(Copy, _COPY + " WHERE case_id = ?", (case_id,))


def waiting_copy(tx: Tx) -> Copy | None:
    """The one that waits longest."""
    return tx.struct(Copy, _COPY + " WHERE state = 'waiting' ORDER BY asked_at LIMIT 1")


def set_done(tx: Tx, case_id: str, done: int) -> None:
    tx.execute("UPDATE privacy_copy SET done = ? WHERE case_id = ?", (done, case_id))


def finish_copy(tx: Tx, case_id: str, state: CopyState, tables: str, at: int | None) -> None:
    tx.execute(
        "UPDATE privacy_copy SET state = ?, tables = ?, made_at = ? WHERE case_id = ?",
        (state.value, tables, at, case_id),
    )


def release_copy(tx: Tx, case_id: str, at: int) -> None:
    tx.execute("UPDATE privacy_copy SET released_at = ? WHERE case_id = ?", (at, case_id))


def outdated_copies(tx: Tx, now: int) -> list[str]:
    """Cases whose copy has been kept for its time."""
    found = tx.rows(
        "SELECT case_id FROM privacy_copy WHERE state = 'ready' AND made_at < ?", (now - COPY_KEPT,)
    )
    return [str(case_id) for (case_id,) in found]


def forget_copy(tx: Tx, case_id: str) -> None:
    tx.execute("UPDATE privacy_copy SET state = 'gone' WHERE case_id = ?", (case_id,))
