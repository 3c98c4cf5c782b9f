"""The SQL of the reach ledger, notifications and mail."""

from kit.db import Tx
from kit.ids import new_id
from node.notify.model import Mail, Message, MessageKind, Reached, Unreachable


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


def forget_answers(tx: Tx, newsletter_id: str) -> list[str]:
    """Nobody has answered any more; who is told: those of whom an answer was known."""
    people = [
        person
        for (person,) in tx.rows(
            "SELECT DISTINCT person_id FROM notify_reach"
            " WHERE newsletter_id = ? AND answered_at IS NOT NULL",
            (newsletter_id,),
        )
    ]
    tx.execute(
        "UPDATE notify_reach SET answered_at = NULL, reminded_at = NULL WHERE newsletter_id = ?",
        (newsletter_id,),
    )
    return people


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


def letter(tx: Tx, newsletter_id: str) -> tuple[str, int, str, str] | None:
    """(title, published_at, author_id, form_id) of a published letter."""
    row = tx.row(
        "SELECT title, published_at, author_id, form_id FROM newsletters_v_published WHERE id = ?",
        (newsletter_id,),
    )
    return None if row is None else (row[0], row[1], row[2], row[3])


def reach(tx: Tx, newsletter_id: str) -> list[Reached]:
    """The whole ledger of a letter, by class and number."""
    return tx.structs(
        Reached,
        "SELECT r.person_id, p.name,"
        " coalesce((SELECT c.relation FROM people_v_child c"
        "  WHERE c.guardian_id = r.person_id AND c.student_id = r.student_id), ''),"
        " r.student_id, coalesce(s.name, p.name), coalesce(s.class_id, ''),"
        " coalesce(s.grade || '-' || s.class_number, ''), coalesce(s.number, 0),"
        " r.sent_at, r.opened_at, r.answered_at,"
        # Whoever has signed in since can be reached, whatever the ledger was opened with.
        " CASE WHEN r.unreachable = ? OR acc.last_sign_in_at IS NULL THEN r.unreachable"
        " ELSE '' END, r.reminded_at, p.language,"
        " coalesce((SELECT f.both_guardians AND c.may_sign FROM people_v_child c"
        "  JOIN forms_v_form f ON f.subject = r.newsletter_id"
        "  WHERE c.guardian_id = r.person_id AND c.student_id = r.student_id), 0)"
        " FROM notify_reach r JOIN people_v_person p ON p.id = r.person_id"
        " LEFT JOIN signin_v_account acc ON acc.account_id = r.person_id"
        " LEFT JOIN people_v_student s"
        " ON s.student_id = CASE r.student_id WHEN '' THEN r.person_id ELSE r.student_id END"
        " WHERE r.newsletter_id = ?"
        " ORDER BY s.grade, s.class_number, s.number, p.name",
        (Unreachable.MAIL_REFUSED.value, newsletter_id),
    )


def remind(tx: Tx, newsletter_id: str, person_id: str, at: int) -> None:
    tx.execute(
        "UPDATE notify_reach SET reminded_at = ?, reminders = reminders + 1"
        " WHERE newsletter_id = ? AND person_id = ?",
        (at, newsletter_id, person_id),
    )


def add_message(tx: Tx, person_id: str, kind: MessageKind, title: str, href: str, at: int) -> None:
    tx.execute(
        "INSERT INTO notify_message (id, person_id, kind, title, href, at)"
        " VALUES (?, ?, ?, ?, ?, ?)",
        (new_id(), person_id, kind.value, title, href, at),
    )


def messages(tx: Tx, person_id: str, limit: int) -> list[Message]:
    return tx.structs(
        Message,
        "SELECT id, kind, title, href, at, seen_at FROM notify_message"
        " WHERE person_id = ? ORDER BY at DESC LIMIT ?",
        (person_id, limit),
    )


def unseen(tx: Tx, person_id: str, limit: int) -> list[Message]:
    return tx.structs(
        Message,
        "SELECT id, kind, title, href, at, seen_at FROM notify_message"
        " WHERE person_id = ? AND seen_at IS NULL ORDER BY at DESC LIMIT ?",
        (person_id, limit),
    )


def mark_seen(tx: Tx, person_id: str, at: int) -> int:
    return tx.execute(
        "UPDATE notify_message SET seen_at = ? WHERE person_id = ? AND seen_at IS NULL",
        (at, person_id),
    )


def mark_seen_at(tx: Tx, person_id: str, href: str, at: int) -> None:
    """What a message pointed to was opened: it need not ask any more."""
    tx.execute(
        "UPDATE notify_message SET seen_at = ? WHERE person_id = ? AND href = ?"
        " AND seen_at IS NULL",
        (at, person_id, href),
    )


def approvers(tx: Tx) -> list[str]:
    return [
        person
        for (person,) in tx.rows(
            "SELECT DISTINCT person_id FROM people_v_role"
            " WHERE role IN ('principal', 'vice_principal')"
        )
    ]


def openers(tx: Tx, newsletter_id: str) -> list[str]:
    """Those who have read a letter: they are told when it is corrected."""
    return [
        person
        for (person,) in tx.rows(
            "SELECT person_id FROM newsletters_v_opening WHERE newsletter_id = ?",
            (newsletter_id,),
        )
    ]


# Mail -----------------------------------------------------------------------------------------


def queue_mail(
    tx: Tx, newsletter_id: str, kind: str, title: str, not_before_at: int, person_id: str = ""
) -> int:
    """A mail to everybody in the ledger with an address (or to one of them); how many."""
    people = tx.rows(
        "SELECT DISTINCT r.person_id, p.email FROM notify_reach r"
        " JOIN people_v_person p ON p.id = r.person_id"
        " WHERE r.newsletter_id = ? AND coalesce(p.email, '') <> '' AND (? = '' OR r.person_id = ?)",
        (newsletter_id, person_id, person_id),
    )
    tx.many(
        "INSERT INTO notify_mail (id, newsletter_id, person_id, address, kind, title,"
        " not_before_at) VALUES (?, ?, ?, ?, ?, ?, ?)",
        [
            (new_id(), newsletter_id, person, address, kind, title, not_before_at)
            for person, address in people
        ],
    )
    return len(people)


def waiting_mail(tx: Tx, now: int, limit: int) -> list[Mail]:
    return tx.structs(
        Mail,
        "SELECT m.id, m.newsletter_id, m.person_id, m.address, m.kind, m.title, m.attempts,"
        " coalesce(p.language, 'ko') FROM notify_mail m"
        " LEFT JOIN people_v_person p ON p.id = m.person_id"
        " WHERE m.sent_at IS NULL AND m.failed_at IS NULL AND m.not_before_at <= ?"
        " ORDER BY m.not_before_at LIMIT ?",
        (now, limit),
    )


def mail_sent(tx: Tx, mail_id: str, at: int) -> None:
    tx.execute(
        "UPDATE notify_mail SET sent_at = ?, attempts = attempts + 1, last_error = '' WHERE id = ?",
        (at, mail_id),
    )


def mail_failed(tx: Tx, mail_id: str, error: str, retry_at: int | None, at: int) -> None:
    """`retry_at` None: given up."""
    tx.execute(
        "UPDATE notify_mail SET attempts = attempts + 1, last_error = ?,"
        " not_before_at = coalesce(?, not_before_at), failed_at = ? WHERE id = ?",
        (error[:300], retry_at, None if retry_at is not None else at, mail_id),
    )


# Deadlines ------------------------------------------------------------------------------------


def forms_due(tx: Tx, now: int, until: int) -> list[tuple[str, str]]:
    """(form, letter) of forms that close between now and `until` and were not reminded of yet."""
    return [
        (form, subject)
        for form, subject in tx.rows(
            "SELECT f.id, f.subject FROM forms_v_form f"
            " WHERE f.deadline_at > ? AND f.deadline_at <= ?"
            " AND NOT EXISTS (SELECT 1 FROM notify_deadline_reminder d WHERE d.form_id = f.id)",
            (now, until),
        )
    ]


def note_deadline(tx: Tx, form_id: str, at: int) -> None:
    tx.execute(
        "INSERT INTO notify_deadline_reminder (form_id, at) VALUES (?, ?)"
        " ON CONFLICT (form_id) DO NOTHING",
        (form_id, at),
    )
