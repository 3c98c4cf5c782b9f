"""The SQL of the assistant: turns, handed questions, and what its index has to hear of."""

import itertools
from typing import Any

import msgspec

from kit.db import Row, Tx, encode
from models.passages import Document
from node.assistant.model import Handover, IndexBehind, Sentence, Source, Turn, TurnState
from node.ports.findable import IN_ANOTHER_LANGUAGE

LATE = 1000  # subjects among which reads are counted
_TURN = (
    "SELECT t.id, t.person_id, t.question, t.asked_at, t.state, t.outcome, t.sentences, t.sources,"
    " t.note, t.helpful, h.handed_at, coalesce(h.reply, ''), h.replied_at"
    " FROM assistant_turn t LEFT JOIN assistant_handover h ON h.turn_id = t.id"
)
_HANDOVER = (
    "SELECT turn_id, person_id, person_name, person_label, question, handed_at, reply, replied_by,"
    " replied_at FROM assistant_handover"
)


def _turn(row: Row) -> Turn:
    values: list[Any] = list(row)
    values[4] = TurnState(values[4])
    values[6] = msgspec.json.decode(values[6], type=tuple[Sentence, ...])
    values[7] = msgspec.json.decode(values[7], type=tuple[Source, ...])
    values[9] = None if values[9] is None else bool(values[9])
    return Turn(*values)


# Turns ------------------------------------------------------------------------------------------


def add_turn(tx: Tx, turn_id: str, person_id: str, question: str, at: int) -> None:
    tx.execute(
        "INSERT INTO assistant_turn (id, person_id, question, asked_at, state)"
        " VALUES (?, ?, ?, ?, ?)",
        (turn_id, person_id, question, at, TurnState.ANSWERING.value),
    )


def finish_turn(
    tx: Tx,
    turn_id: str,
    state: TurnState,
    at: int,
    *,
    outcome: str = "",
    sentences: tuple[Sentence, ...] = (),
    sources: tuple[Source, ...] = (),
    note: str = "",
) -> None:
    """Only a turn that is still open ends; a removed one stays removed."""
    tx.execute(
        "UPDATE assistant_turn SET state = ?, outcome = ?, sentences = ?, sources = ?, note = ?,"
        " finished_at = ? WHERE id = ? AND state = ?",
        (
            state.value,
            outcome,
            msgspec.json.encode(sentences).decode(),
            msgspec.json.encode(sources).decode(),
            note,
            at,
            turn_id,
            TurnState.ANSWERING.value,
        ),
    )


def fail_open_turns(tx: Tx, at: int) -> int:
    """Answers that a stopped server left behind will not come any more."""
    return tx.execute(
        "UPDATE assistant_turn SET state = ?, note = 'interrupted', finished_at = ?"
        " WHERE state = ?",
        (TurnState.FAILED.value, at, TurnState.ANSWERING.value),
    )


def turn(tx: Tx, turn_id: str, person_id: str) -> Turn | None:
    """A turn of this person."""
    row = tx.row(_TURN + " WHERE t.id = ? AND t.person_id = ?", (turn_id, person_id))
    return None if row is None else _turn(row)


def turns(tx: Tx, person_id: str, limit: int) -> list[Turn]:
    """The latest turns of a person, newest first."""
    rows = tx.rows(
        _TURN + " WHERE t.person_id = ? ORDER BY t.asked_at DESC LIMIT ?", (person_id, limit)
    )
    return [_turn(row) for row in rows]


def rate(tx: Tx, turn_id: str, person_id: str, helpful: bool) -> bool:
    return bool(
        tx.execute(
            "UPDATE assistant_turn SET helpful = ? WHERE id = ? AND person_id = ?",
            (int(helpful), turn_id, person_id),
        )
    )


def remove(tx: Tx, person_id: str, turn_id: str = "") -> int:
    """One turn of a person, or all of them; what was handed over stays with the office."""
    return tx.execute(
        "DELETE FROM assistant_turn WHERE person_id = ? AND (? = '' OR id = ?)",
        (person_id, turn_id, turn_id),
    )


def expire(tx: Tx, before: int) -> int:
    """Forget turns asked before a moment, but those that were handed over after it: how many."""
    tx.execute("DELETE FROM assistant_handover WHERE handed_at < ?", (before,))
    return tx.execute(
        "DELETE FROM assistant_turn WHERE asked_at < ? AND NOT EXISTS"
        " (SELECT 1 FROM assistant_handover h WHERE h.turn_id = assistant_turn.id)",
        (before,),
    )


# Handed to the office -----------------------------------------------------------------------------


def hand_over(
    tx: Tx, turn_id: str, person_id: str, name: str, label: str, question: str, at: int
) -> bool:
    """Whether it was not handed over before."""
    return bool(
        tx.execute(
            "INSERT INTO assistant_handover"
            " (turn_id, person_id, person_name, person_label, question, handed_at)"
            " VALUES (?, ?, ?, ?, ?, ?) ON CONFLICT (turn_id) DO NOTHING",
            (turn_id, person_id, name, label, question, at),
        )
    )


def handovers(tx: Tx, limit: int) -> list[Handover]:
    """Open ones first, the oldest of them on top; then the latest answered."""
    return tx.structs(
        Handover,
        _HANDOVER + " ORDER BY replied_at IS NOT NULL, coalesce(-replied_at, handed_at) LIMIT ?",
        (limit,),
    )


def reply(tx: Tx, turn_id: str, text: str, by: str, at: int) -> str | None:
    """Whose question was answered; None when it was answered before or is not there."""
    found = tx.value(
        "UPDATE assistant_handover SET reply = ?, replied_by = ?, replied_at = ?"
        " WHERE turn_id = ? AND replied_at IS NULL RETURNING person_id",
        (text, by, at, turn_id),
    )
    return None if found is None else str(found)


def is_handed(tx: Tx, turn_id: str) -> bool:
    return tx.value("SELECT 1 FROM assistant_handover WHERE turn_id = ?", (turn_id,)) is not None


def open_handovers(tx: Tx) -> int:
    return int(tx.value("SELECT count(*) FROM assistant_handover WHERE replied_at IS NULL"))


def unseen_replies(tx: Tx, person_id: str) -> list[tuple[str, str, int]]:
    """(turn, question, replied_at) of answers that the asker has not opened, the newest first; none to
    a question that they have removed."""
    return [
        (str(turn_id), str(question), int(at))
        for turn_id, question, at in tx.rows(
            "SELECT h.turn_id, h.question, h.replied_at FROM assistant_handover h"
            " JOIN assistant_turn t ON t.id = h.turn_id"
            " WHERE h.person_id = ? AND h.replied_at IS NOT NULL AND h.seen_at IS NULL"
            " ORDER BY h.replied_at DESC",
            (person_id,),
        )
    ]


def mark_reply_seen(tx: Tx, turn_id: str, person_id: str, at: int) -> None:
    tx.execute(
        "UPDATE assistant_handover SET seen_at = coalesce(seen_at, ?)"
        " WHERE turn_id = ? AND person_id = ? AND replied_at IS NOT NULL",
        (at, turn_id, person_id),
    )


# The index ----------------------------------------------------------------------------------------


def mark_stale(tx: Tx, subject: str, at: int) -> None:
    tx.execute(
        "INSERT INTO assistant_stale (subject, revision, at) VALUES (?, 1, ?)"
        " ON CONFLICT (subject) DO UPDATE SET revision = revision + 1, at = excluded.at",
        (subject, at),
    )
    tx.signal(IndexBehind())


def stale(tx: Tx, limit: int = -1) -> list[tuple[str, int]]:
    """(subject, revision), the latest change first; all of them without a limit."""
    return [
        (str(subject), int(revision))
        for subject, revision in tx.rows(
            "SELECT subject, revision FROM assistant_stale ORDER BY at DESC LIMIT ?", (limit,)
        )
    ]


def count_stale(tx: Tx) -> int:
    return int(tx.value("SELECT count(*) FROM assistant_stale"))


def no_longer_stale(tx: Tx, heard: list[tuple[str, int]]) -> None:
    """Unless they changed again meanwhile."""
    tx.many("DELETE FROM assistant_stale WHERE subject = ? AND revision = ?", heard)


def subjects(tx: Tx) -> list[str]:
    """Everything the school has to be asked about, the newest first; among those of late the most read
    come in between, one by one."""
    newest = [
        str(subject)
        for subject, _at in tx.rows(
            "SELECT subject, max(at) AS newest FROM search_v_document GROUP BY subject"
            " ORDER BY newest DESC, subject"
        )
    ]
    late = [one.partition(":")[2] for one in newest[:LATE] if one.startswith("newsletter:")]
    read = tx.rows(
        "SELECT id.value, (SELECT count(*) FROM newsletters_v_opening o"
        " WHERE o.newsletter_id = id.value) AS times FROM json_each(?) id ORDER BY times DESC",
        (encode(late),),
    )
    most_read = [f"newsletter:{newsletter_id}" for newsletter_id, _times in read]
    between = itertools.chain.from_iterable(zip(newest, most_read, strict=False))
    return list(dict.fromkeys([*between, *newest]))


def documents(tx: Tx, subject: str) -> tuple[Document, ...]:
    """A subject's documents with the keys of those who may read them; those in Korean alone."""
    rows = tx.rows(
        "SELECT d.title, d.text, d.href, d.kind, d.note, d.at, d.valid_from, d.valid_until,"
        " (SELECT json_group_array(key) FROM"
        "  (SELECT key FROM search_v_document_key k WHERE k.document = d.number ORDER BY key))"
        " FROM search_v_document d WHERE d.subject = ? AND d.kind != ? ORDER BY d.number",
        (subject, IN_ANOTHER_LANGUAGE),
    )
    return tuple(
        Document(
            subject=subject,
            title=title,
            text=text,
            href=href,
            kind=kind,
            note=note,
            at=at,
            valid_from=valid_from,
            valid_until=valid_until,
            keys=tuple(msgspec.json.decode(keys, type=list[str])),
        )
        for title, text, href, kind, note, at, valid_from, valid_until, keys in rows
    )
