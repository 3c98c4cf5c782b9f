"""The SQL of the reach ledger, notifications and mail."""

from collections.abc import Collection, Iterable, Mapping

from kit.db import Tx, Value, encode
from kit.ids import new_id
from node.notify.model import (
    PUBLISHED,
    LetterNow,
    Message,
    MessageKind,
    Reached,
    Share,
    Unreachable,
    Unsent,
    Waiting,
)
from node.people.access import READABLE, held_through, readable_params, sees_child
from node.people.model import Asker

Told = Mapping[str, Collection[str]]
"""Person → the children through whom they are told ("": in their own right)."""


def open_ledger(tx: Tx, newsletter_id: str, at: int) -> int:
    """A row for everybody the letter addresses, through each child it concerns; how many are new.

    Run again (a family that came later) it adds only those who are missing.
    """
    return tx.execute(
        "INSERT OR IGNORE INTO notify_reach (newsletter_id, person_id, student_id, sent_at,"
        " opened_at, unreachable)"
        " SELECT DISTINCT a.newsletter_id, k.person_id,"
        " CASE WHEN k.student_id IS NULL OR k.student_id = k.person_id THEN ''"
        " ELSE k.student_id END, ?, o.opened_at,"
        " CASE WHEN acc.last_sign_in_at IS NOT NULL THEN ''"
        " WHEN p.has_phone = 0 THEN ?"
        " WHEN acc.account_id IS NULL THEN ? ELSE ? END"
        " FROM newsletters_v_audience a"
        " JOIN people_v_key k ON k.key = a.key"
        " JOIN people_v_person p ON p.id = k.person_id"
        " LEFT JOIN signin_v_account acc ON acc.account_id = k.person_id"
        " LEFT JOIN newsletters_v_opening o"
        " ON o.newsletter_id = a.newsletter_id AND o.person_id = k.person_id"
        " WHERE a.newsletter_id = ?",
        (
            at,
            Unreachable.NO_PHONE.value,
            Unreachable.NO_ACCOUNT.value,
            Unreachable.NEVER_SIGNED_IN.value,
            newsletter_id,
        ),
    )


def has_opened(tx: Tx, newsletter_id: str, person_id: str) -> bool:
    """Whether the ledger says that this person has opened the letter."""
    found = tx.value(
        "SELECT 1 FROM notify_reach WHERE newsletter_id = ? AND person_id = ?"
        " AND opened_at IS NOT NULL",
        (newsletter_id, person_id),
    )
    return found is not None


def mark_opened(tx: Tx, newsletter_id: str, person_id: str, at: int) -> None:
    """Whoever opened it can be reached, whatever we thought before."""
    tx.execute(
        "UPDATE notify_reach SET opened_at = coalesce(opened_at, ?), unreachable = ''"
        " WHERE newsletter_id = ? AND person_id = ?",
        (at, newsletter_id, person_id),
    )


def mark_answered(tx: Tx, newsletter_id: str, student_id: str, guardian_id: str, at: int) -> None:
    """A child has an answer of this guardian; "" means of all its guardians."""
    tx.execute(
        "UPDATE notify_reach SET answered_at = ? WHERE newsletter_id = ? AND student_id = ?"
        " AND (? = '' OR person_id = ?)",
        (at, newsletter_id, student_id, guardian_id, guardian_id),
    )


def forget_answers(tx: Tx, newsletter_id: str) -> set[tuple[str, str]]:
    """Nobody has answered any more; who is told: (person, child) of whom an answer was known."""
    answered = {
        (str(person), str(child))
        for person, child in tx.rows(
            "SELECT person_id, student_id FROM notify_reach"
            " WHERE newsletter_id = ? AND answered_at IS NOT NULL",
            (newsletter_id,),
        )
    }
    tx.execute(
        "UPDATE notify_reach SET answered_at = NULL, reminded_at = NULL WHERE newsletter_id = ?",
        (newsletter_id,),
    )
    return answered


def mark_mail_refused(tx: Tx, newsletter_id: str, person_id: str) -> None:
    """Only for those who did not open it otherwise."""
    tx.execute(
        "UPDATE notify_reach SET unreachable = ?"
        " WHERE newsletter_id = ? AND person_id = ? AND opened_at IS NULL",
        (Unreachable.MAIL_REFUSED.value, newsletter_id, person_id),
    )


def recent_letters(tx: Tx, since: int) -> list[str]:
    return [
        letter
        for (letter,) in tx.rows(
            "SELECT id FROM newsletters_v_published WHERE published_at >= ?", (since,)
        )
    ]


def letter(tx: Tx, newsletter_id: str) -> LetterNow | None:
    """A letter that is published now."""
    return tx.struct(
        LetterNow,
        "SELECT n.id, n.title, n.published_at, n.author_id, n.form_id, f.deadline_at"
        " FROM newsletters_v_published n LEFT JOIN forms_v_form f ON f.subject = n.id"
        " WHERE n.id = ?",
        (newsletter_id,),
    )


def letter_held(tx: Tx, newsletter_id: str, person_id: str) -> str | None:
    """Title of a letter that could not go out, for who wrote or approved it or may approve; None
    when it is no such letter any more, or the person no such member of staff."""
    found = tx.value(
        "SELECT n.title FROM newsletters_v_letter n"
        " JOIN people_v_staff s ON s.person_id = ?"
        " WHERE n.id = ? AND n.state = 'held' AND (s.person_id IN (n.author_id, n.approver_id)"
        "  OR EXISTS (SELECT 1 FROM people_v_role r WHERE r.person_id = s.person_id"
        "  AND r.role IN ('principal', 'vice_principal')))",
        (person_id, newsletter_id),
    )
    return None if found is None else str(found)


def _audience(tx: Tx, newsletter_id: str) -> list[str]:
    """The keys of those whom a published letter addresses."""
    rows = tx.rows(
        "SELECT key FROM newsletters_v_audience WHERE newsletter_id = ?", (newsletter_id,)
    )
    return [key for (key,) in rows]


def _current(keys: list[str]) -> str:
    """Whom a letter with these keys addresses now, as a table of its own. Rows of others stay in
    the ledger as what was done, and count nowhere. (Keys one by one reach into the view's parts;
    a list from a table does not, and takes twice as long.)"""
    return (
        "WITH current AS MATERIALIZED (SELECT DISTINCT k.person_id,"  # noqa: S608 - only marks
        " CASE WHEN k.student_id IS NULL OR k.student_id = k.person_id THEN ''"
        " ELSE k.student_id END AS student_id FROM people_v_key k"
        f" WHERE k.key IN ({', '.join('?' for _key in keys)}))"
    )


_OWES_OWN = (
    " coalesce((SELECT f.both_guardians AND c.may_sign FROM people_v_child c"
    "  JOIN forms_v_form f ON f.subject = r.newsletter_id"
    "  WHERE c.guardian_id = r.person_id AND c.student_id = r.student_id), 0)"
)
_REACH = (
    " SELECT r.person_id, p.name,"  # noqa: S608 - constants only
    " coalesce((SELECT c.relation FROM people_v_child c"
    "  WHERE c.guardian_id = r.person_id AND c.student_id = r.student_id), ''),"
    " r.student_id, coalesce(s.name, p.name), coalesce(s.class_id, ''),"
    " coalesce(s.grade || '-' || s.class_number, ''), coalesce(s.number, 0),"
    " r.sent_at, r.opened_at, r.answered_at,"
    # Whoever has signed in since can be reached, whatever the ledger was opened with.
    " CASE WHEN r.unreachable = ? OR acc.last_sign_in_at IS NULL THEN r.unreachable"
    " ELSE '' END, r.reminded_at, p.language," + _OWES_OWN + " FROM notify_reach r"
    " JOIN people_v_person p ON p.id = r.person_id"
    " JOIN current ON current.person_id = r.person_id AND current.student_id = r.student_id"
    " LEFT JOIN signin_v_account acc ON acc.account_id = r.person_id"
    " LEFT JOIN people_v_student s"
    " ON s.student_id = CASE r.student_id WHEN '' THEN r.person_id ELSE r.student_id END"
    " WHERE r.newsletter_id = ? ORDER BY s.grade, s.class_number, s.number, p.name"
)
_SHARES = (
    " SELECT r.person_id, r.student_id, r.opened_at, r.answered_at,"  # noqa: S608 - constants only
    + _OWES_OWN
    + " FROM notify_reach r JOIN people_v_person p ON p.id = r.person_id"
    " JOIN current ON current.person_id = r.person_id AND current.student_id = r.student_id"
    " WHERE r.newsletter_id = ?"
)
_FAMILIES = (
    "SELECT r.person_id, r.student_id, r.opened_at, r.answered_at,"  # noqa: S608 - constants only
    + _OWES_OWN
    + " FROM notify_reach r WHERE r.newsletter_id = ?"
    " AND (r.person_id = ? OR r.student_id <> '') AND r.student_id IN"
    " (SELECT o.student_id FROM notify_reach o WHERE o.newsletter_id = ? AND o.person_id = ?)"
)


def reach(tx: Tx, newsletter_id: str) -> list[Reached]:
    """The ledger of a letter, by class and number: of those whom it addresses now."""
    keys = _audience(tx, newsletter_id)
    params = (*keys, Unreachable.MAIL_REFUSED.value, newsletter_id)
    return tx.structs(Reached, _current(keys) + _REACH, params)


def shares(tx: Tx, newsletter_id: str) -> list[Share]:
    """The same without names and places, in half the time: for units that write."""
    keys = _audience(tx, newsletter_id)
    return tx.structs(Share, _current(keys) + _SHARES, (*keys, newsletter_id))


def families_of(tx: Tx, newsletter_id: str, person_id: str) -> list[Share]:
    """The shares of everybody through whose child (or in whose own right) somebody has a letter: of
    those whom it addresses now."""
    params = (newsletter_id, person_id, newsletter_id, person_id)
    rows = tx.structs(Share, _FAMILIES, params)
    people = {row.person_id for row in rows}
    now = {person: addressed_through(tx, newsletter_id, person) for person in people}
    return [row for row in rows if row.student_id in now[row.person_id]]


def addressed_through(tx: Tx, newsletter_id: str, person_id: str) -> set[str]:
    """The children through whom a published letter addresses somebody now ("": in their own
    right). One person's keys: a join with everybody's takes a hundred times as long."""
    keys = set(_audience(tx, newsletter_id))
    return {child for child, held in held_through(tx, person_id).items() if held & keys}


def reminded_since(tx: Tx, newsletter_id: str, since: int) -> set[tuple[str, str]]:
    """(person, child) of whom was reminded of a letter after a moment (ms)."""
    rows = tx.rows(
        "SELECT person_id, student_id FROM notify_reach"
        " WHERE newsletter_id = ? AND reminded_at >= ?",
        (newsletter_id, since),
    )
    return {(person, child) for person, child in rows}


def note_reminded(tx: Tx, newsletter_id: str, told: Told, at: int) -> None:
    tx.many(
        "UPDATE notify_reach SET reminded_at = ?, reminders = reminders + 1"
        " WHERE newsletter_id = ? AND person_id = ? AND student_id = ?",
        [
            (at, newsletter_id, person, child)
            for person, children in told.items()
            for child in children
        ],
    )


# Notifications --------------------------------------------------------------------------------


def add_messages(tx: Tx, told: Told, kind: MessageKind, newsletter_id: str, at: int) -> None:
    tx.many(
        "INSERT INTO notify_message (id, person_id, kind, newsletter_id, at, children)"
        " VALUES (?, ?, ?, ?, ?, ?)",
        [
            (new_id(), person, kind.value, newsletter_id, at, encode(sorted(children)))
            for person, children in told.items()
        ],
    )


def drop_unseen(
    tx: Tx, people: Iterable[str], kinds: Iterable[MessageKind], newsletter_id: str
) -> None:
    """Forget what nobody has looked at yet: a new line says it better."""
    listed = encode(sorted(kinds))
    tx.many(
        "DELETE FROM notify_message WHERE person_id = ? AND seen_at IS NULL AND newsletter_id = ?"
        " AND kind IN (SELECT value FROM json_each(?))",
        [(person, newsletter_id, listed) for person in people],
    )


_MESSAGE = (
    "SELECT m.id, m.kind, m.newsletter_id, n.title, n.state, f.deadline_at, m.at, m.seen_at"
    " FROM notify_message m JOIN newsletters_v_letter n ON n.id = m.newsletter_id"
    " LEFT JOIN forms_v_form f ON f.subject = m.newsletter_id"
    " WHERE m.person_id = ?"
)
# What concerns a reader is shown while the letter stands and they may read it: families through one
# of the children through whom they were told, whatever they may read through others. What concerns
# those who write and decide, while they do.
_AUDIENCE = "SELECT 1 FROM newsletters_v_audience a WHERE a.newsletter_id = n.id AND "
_THROUGH = (
    "SELECT 1 FROM newsletters_v_audience a, json_each(m.children) c"
    " WHERE a.newsletter_id = n.id"
    " AND c.value || ' ' || a.key IN (SELECT value FROM json_each(?))"
)
_SHOWN = (
    " AND CASE m.kind WHEN 'to_approve' THEN ?"  # is_approver
    " WHEN 'returned' THEN ? AND n.author_id = m.person_id"  # is_staff
    " WHEN 'held' THEN ? OR ? AND m.person_id IN (n.author_id, n.approver_id)"
    " ELSE n.state = 'published' AND (? AND (n.author_id = m.person_id"
    f"  OR EXISTS ({_AUDIENCE}{READABLE})) OR EXISTS ({_THROUGH})) END"
)
# What asks for something, asks until it is done or cannot be done any more.
_ASKS = (
    " AND m.seen_at IS NULL AND CASE m.kind"
    " WHEN 'to_approve' THEN n.state = 'submitted' OR n.has_proposal"
    # Sent back before publication, or a correction after it.
    " WHEN 'returned' THEN n.state = 'draft' OR m.at >="
    "  (SELECT v.published_at FROM newsletters_v_published v WHERE v.id = n.id)"
    " WHEN 'held' THEN n.state = 'held'"
    " WHEN 'corrected' THEN 1"
    " ELSE f.deadline_at IS NULL OR f.deadline_at >= ? END"
)


def messages(tx: Tx, asker: Asker, limit: int) -> list[Message]:
    """The asker's latest notifications."""
    sql = _MESSAGE + _SHOWN + " ORDER BY m.at DESC LIMIT ?"
    return tx.structs(Message, sql, (*_shown_to(tx, asker), limit))


def unseen(tx: Tx, asker: Asker, now: int, limit: int) -> list[Message]:
    """Notifications that wait for the asker and still ask for something."""
    sql = _MESSAGE + _SHOWN + _ASKS + " ORDER BY +m.at DESC LIMIT ?"  # few: by their own index
    return tx.structs(Message, sql, (*_shown_to(tx, asker), now, limit))


def _shown_to(tx: Tx, asker: Asker) -> tuple[Value, ...]:
    """The parameters of `_MESSAGE` and `_SHOWN`."""
    held = [f"{child} {key}" for child, keys in _held(tx, asker).items() for key in keys]
    is_staff, is_approver = int(asker.is_staff), int(asker.is_approver)
    decides = (is_approver, is_staff, is_approver, is_staff)
    return (asker.id, *decides, is_staff, *readable_params(asker), encode(sorted(held)))


def _held(tx: Tx, asker: Asker) -> dict[str, set[str]]:
    """What the asker holds through whom: a front page may be narrowed to one child."""
    held = held_through(tx, asker.id)
    return {child: held[child] for child in held if not child or sees_child(asker, child)}


def mark_seen(tx: Tx, person_id: str, at: int) -> int:
    return tx.execute(
        "UPDATE notify_message SET seen_at = ? WHERE person_id = ? AND seen_at IS NULL",
        (at, person_id),
    )


def mark_seen_of(tx: Tx, person_id: str, newsletter_id: str, at: int) -> None:
    """A letter was opened or answered: what was said of it need not ask any more."""
    tx.execute(
        "UPDATE notify_message SET seen_at = ? WHERE person_id = ? AND newsletter_id = ?"
        " AND seen_at IS NULL",
        (at, person_id, newsletter_id),
    )


def approvers(tx: Tx) -> list[str]:
    return [
        person
        for (person,) in tx.rows(
            "SELECT DISTINCT person_id FROM people_v_role"
            " WHERE role IN ('principal', 'vice_principal')"
        )
    ]


def administrators(tx: Tx) -> list[str]:
    found = tx.rows("SELECT person_id FROM people_v_role WHERE role = 'administrator'")
    return [person for (person,) in found]


def at_school(tx: Tx, people: Iterable[str]) -> list[str]:
    """Those of them who are on the staff now."""
    rows = tx.rows(
        "SELECT DISTINCT person_id FROM people_v_staff"
        " WHERE person_id IN (SELECT value FROM json_each(?))",
        (encode(sorted(people)),),
    )
    return [person for (person,) in rows]


_OPENERS = (
    " SELECT o.person_id, coalesce(c.student_id, '') FROM newsletters_v_opening o"
    " LEFT JOIN current c ON c.person_id = o.person_id WHERE o.newsletter_id = ?"
    " AND (c.person_id IS NOT NULL OR o.person_id IN (SELECT person_id FROM people_v_staff))"
)


def openers(tx: Tx, newsletter_id: str) -> dict[str, set[str]]:
    """Those who have read a letter and still may: they are told when it is corrected."""
    keys = _audience(tx, newsletter_id)
    found: dict[str, set[str]] = {}
    for person, child in tx.rows(_current(keys) + _OPENERS, (*keys, newsletter_id)):
        found.setdefault(person, set()).add(child)
    return found


# Mail -----------------------------------------------------------------------------------------


def queue_mail_to_all(tx: Tx, newsletter_id: str, not_before_at: int) -> None:
    """Tell everybody in the ledger who has an address that a letter is there."""
    told: dict[str, set[str]] = {}
    for person, child in tx.rows(
        "SELECT r.person_id, r.student_id FROM notify_reach r"
        " JOIN people_v_person p ON p.id = r.person_id"
        " WHERE r.newsletter_id = ? AND coalesce(p.email, '') <> ''",
        (newsletter_id,),
    ):
        told.setdefault(person, set()).add(child)
    queue_mail(tx, newsletter_id, PUBLISHED, told, not_before_at)


def queue_mail(tx: Tx, newsletter_id: str, kind: str, told: Told, not_before_at: int) -> None:
    """A mail to each of them who has an address when it is sent."""
    tx.many(
        "INSERT INTO notify_mail (id, newsletter_id, person_id, address, kind, not_before_at,"
        " children) VALUES (?, ?, ?, '', ?, ?, ?)",
        [
            (new_id(), newsletter_id, person, kind, not_before_at, encode(sorted(children)))
            for person, children in told.items()
        ],
    )


def replace_mail(tx: Tx, newsletter_id: str, people: Iterable[str], at: int) -> None:
    """Close what waits to be said of a letter: a new mail says it better."""
    tx.many(
        "UPDATE notify_mail SET failed_at = ?, last_error = ?"
        " WHERE newsletter_id = ? AND person_id = ?"
        " AND sent_at IS NULL AND failed_at IS NULL AND claimed_at IS NULL",
        [(at, Unsent.OUTDATED.value, newsletter_id, person) for person in people],
    )


def has_waiting_mail(tx: Tx, person_id: str, kind: str) -> bool:
    """Whether somebody is about to get a mail of this kind."""
    found = tx.value(
        "SELECT 1 FROM notify_mail WHERE newsletter_id = '' AND person_id = ? AND kind = ?"
        " AND sent_at IS NULL AND failed_at IS NULL AND claimed_at IS NULL LIMIT 1",
        (person_id, kind),
    )
    return found is not None


def waiting_mail(tx: Tx, now: int, limit: int) -> list[Waiting]:
    """What may go out now and nobody has claimed, the longest waiting first."""
    return tx.structs(
        Waiting,
        "SELECT id, newsletter_id, person_id, kind, attempts, children FROM notify_mail"
        " WHERE sent_at IS NULL AND failed_at IS NULL AND claimed_at IS NULL"
        " AND not_before_at <= ? ORDER BY not_before_at LIMIT ?",
        (now, limit),
    )


def mailbox(tx: Tx, person_id: str) -> tuple[str, str] | None:
    """(address, language) of somebody who has an address now."""
    row = tx.row(
        "SELECT email, language FROM people_v_person WHERE id = ? AND coalesce(email, '') <> ''",
        (person_id,),
    )
    return None if row is None else (str(row[0]), str(row[1] or "ko"))


def claim_mail(tx: Tx, mail_id: str, address: str, at: int) -> None:
    tx.execute(
        "UPDATE notify_mail SET claimed_at = ?, address = ?, attempts = attempts + 1 WHERE id = ?",
        (at, address, mail_id),
    )


def release_mail(tx: Tx, mail_id: str) -> None:
    """It was certainly not handed over: it waits on, as if it had not been tried."""
    tx.execute(
        "UPDATE notify_mail SET claimed_at = NULL, attempts = attempts - 1 WHERE id = ?",
        (mail_id,),
    )


def close_mail(tx: Tx, mail_id: str, why: Unsent, at: int) -> None:
    tx.execute(
        "UPDATE notify_mail SET failed_at = ?, last_error = ? WHERE id = ?",
        (at, why.value, mail_id),
    )


def abandoned(tx: Tx, before: int) -> list[str]:
    """Mails claimed before a moment (ms) of which nobody has said what became of them."""
    rows = tx.rows(
        "SELECT id FROM notify_mail WHERE sent_at IS NULL AND failed_at IS NULL AND claimed_at < ?",
        (before,),
    )
    return [mail for (mail,) in rows]


def mail_sent(tx: Tx, mail_id: str, at: int) -> None:
    tx.execute("UPDATE notify_mail SET sent_at = ?, last_error = '' WHERE id = ?", (at, mail_id))


def mail_failed(tx: Tx, mail_id: str, error: str, retry_at: int | None, at: int) -> None:
    """`retry_at` None: given up."""
    tx.execute(
        "UPDATE notify_mail SET claimed_at = NULL, last_error = ?,"
        " not_before_at = coalesce(?, not_before_at), failed_at = ? WHERE id = ?",
        (error[:300], retry_at, None if retry_at is not None else at, mail_id),
    )


# Deadlines ------------------------------------------------------------------------------------


def forms_due(tx: Tx, now: int, before: int) -> list[tuple[str, str]]:
    """(form, letter) of forms that close within `before` ms and were not reminded of yet.

    A reminder counts for the deadline it was made before: one that was moved has its own.
    """
    return [
        (form, subject)
        for form, subject in tx.rows(
            "SELECT f.id, f.subject FROM forms_v_form f"
            " WHERE f.deadline_at > ? AND f.deadline_at <= ?"
            " AND NOT EXISTS (SELECT 1 FROM notify_deadline_reminder d"
            " WHERE d.form_id = f.id AND d.at >= f.deadline_at - ?)",
            (now, now + before, before),
        )
    ]


def note_deadline(tx: Tx, form_id: str, at: int) -> None:
    tx.execute(
        "INSERT INTO notify_deadline_reminder (form_id, at) VALUES (?, ?)"
        " ON CONFLICT (form_id) DO UPDATE SET at = excluded.at",
        (form_id, at),
    )
