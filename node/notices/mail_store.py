"""The SQL of mail that waits, goes out or was refused."""

from collections.abc import Iterable

from kit.db import Tx, encode
from kit.ids import new_id
from node.notices.model import Told, Topic, WaitingMail
from node.ports.noticed import WhyUnsent


def with_address(tx: Tx, people: Iterable[str]) -> list[str]:
    """Those of them who have an address now."""
    rows = tx.rows(
        "SELECT p.id FROM json_each(?) j CROSS JOIN people_v_person p ON p.id = j.value"
        " WHERE coalesce(p.email, '') <> ''",
        (encode(sorted(people)),),
    )
    return [person for (person,) in rows]


def queue(tx: Tx, told: Told, what: Topic, not_before_at: int) -> None:
    """A mail to each of them who has an address when it is sent."""
    tx.many(
        "INSERT INTO notices_mail (id, about, person_id, address, kind, not_before_at, children)"
        " VALUES (?, ?, ?, '', ?, ?, ?)",
        [
            (new_id(), what.about, person, what.kind, not_before_at, encode(sorted(children)))
            for person, children in told.items()
        ],
    )


def outdate(tx: Tx, people: Iterable[str], what: Topic, at: int) -> None:
    """Close what waits to be said of a thing, where there is none of this kind: a new mail says it
    better."""
    tx.many(
        "UPDATE notices_mail SET failed_at = ?, last_error = ?"
        " WHERE about = ? AND person_id = ? AND (about <> '' OR kind = ?)"
        " AND sent_at IS NULL AND failed_at IS NULL AND claimed_at IS NULL",
        [(at, WhyUnsent.OUTDATED.value, what.about, person, what.kind) for person in people],
    )


def waiting_mail(tx: Tx, now: int, limit: int) -> list[WaitingMail]:
    """What may go out now and nobody has claimed, the longest waiting first."""
    return tx.structs(
        WaitingMail,
        "SELECT id, person_id, kind, about, children, not_before_at, attempts FROM notices_mail"
        " WHERE sent_at IS NULL AND failed_at IS NULL AND claimed_at IS NULL"
        " AND not_before_at <= ? ORDER BY not_before_at LIMIT ?",
        (now, limit),
    )


def mailbox(tx: Tx, person_id: str) -> tuple[str, str] | None:
    """(address, language) of somebody who has an address now; no language: none was chosen."""
    row = tx.row(
        "SELECT email, language FROM people_v_person WHERE id = ? AND coalesce(email, '') <> ''",
        (person_id,),
    )
    return None if row is None else (str(row[0]), str(row[1]))


def claim_mail(tx: Tx, mail_id: str, address: str, at: int) -> None:
    tx.execute(
        "UPDATE notices_mail SET claimed_at = ?, address = ?, attempts = attempts + 1 WHERE id = ?",
        (at, address, mail_id),
    )


def release_mail(tx: Tx, mail_id: str) -> None:
    """It was certainly not handed over: it waits on, as if it had not been tried."""
    tx.execute(
        "UPDATE notices_mail SET claimed_at = NULL, attempts = attempts - 1 WHERE id = ?",
        (mail_id,),
    )


def close_mail(tx: Tx, mail_id: str, why: WhyUnsent, at: int) -> None:
    tx.execute(
        "UPDATE notices_mail SET failed_at = ?, last_error = ? WHERE id = ?",
        (at, why.value, mail_id),
    )


def close_due(tx: Tx, why: WhyUnsent, now: int) -> None:
    """Close what waits and could have gone out by now."""
    tx.execute(
        "UPDATE notices_mail SET failed_at = ?, last_error = ?"
        " WHERE sent_at IS NULL AND failed_at IS NULL AND not_before_at <= ?",
        (now, why.value, now),
    )


def abandoned(tx: Tx, before: int) -> list[str]:
    """Mails claimed before a moment (ms) of which nobody has said what became of them."""
    rows = tx.rows(
        "SELECT id FROM notices_mail WHERE sent_at IS NULL AND failed_at IS NULL AND claimed_at < ?",
        (before,),
    )
    return [mail for (mail,) in rows]


def mail_sent(tx: Tx, mail_id: str, at: int) -> None:
    tx.execute("UPDATE notices_mail SET sent_at = ?, last_error = '' WHERE id = ?", (at, mail_id))


def mail_failed(tx: Tx, mail_id: str, error: str, retry_at: int | None, at: int) -> None:
    """`retry_at` None: given up."""
    tx.execute(
        "UPDATE notices_mail SET claimed_at = NULL, last_error = ?,"
        " not_before_at = coalesce(?, not_before_at), failed_at = ? WHERE id = ?",
        (error[:300], retry_at, None if retry_at is not None else at, mail_id),
    )


def forget_closed(tx: Tx, after: int, before: int, limit: int) -> int:
    """Forget what was sent or given up before a moment (ms), among the rows that came next after
    another (rowid); behind which it goes on, 0 when those to come are younger."""
    rows = tx.rows(
        "SELECT rowid, coalesce(sent_at, failed_at), not_before_at FROM notices_mail"
        " WHERE rowid > ? ORDER BY rowid LIMIT ?",
        (after, limit),
    )
    closed = [
        (row,) for row, closed_at, _at in rows if closed_at is not None and closed_at < before
    ]
    tx.many("DELETE FROM notices_mail WHERE rowid = ?", closed)
    return int(rows[-1][0]) if len(rows) == limit and rows[-1][2] < before else 0
