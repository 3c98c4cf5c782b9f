"""The SQL of what notify asks of others: letters, their forms, who is on the staff."""

from collections.abc import Iterable

from kit.db import Tx, encode
from node.approval.access import DECIDERS_NOW
from node.notify.model import REMINDED_BEFORE, LetterNow


def openers_after(tx: Tx, newsletter_id: str, person_id: str, limit: int) -> list[str]:
    """The next people who have opened a letter, by id."""
    rows = tx.rows(
        "SELECT person_id FROM newsletters_v_opening"
        " WHERE newsletter_id = ? AND person_id > ? ORDER BY person_id LIMIT ?",
        (newsletter_id, person_id, limit),
    )
    return [person for (person,) in rows]


def has_opened(tx: Tx, newsletter_id: str, person_id: str) -> bool:
    found = tx.value(
        "SELECT 1 FROM newsletters_v_opening WHERE newsletter_id = ? AND person_id = ?",
        (newsletter_id, person_id),
    )
    return found is not None


def people_after(tx: Tx, person_id: str, limit: int) -> list[str]:
    """The next people of the school, by id."""
    rows = tx.rows(
        "SELECT id FROM people_v_person WHERE id > ? ORDER BY id LIMIT ?", (person_id, limit)
    )
    return [person for (person,) in rows]


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
        "SELECT n.title FROM newsletters_v_letter n"  # noqa: S608 - constants only
        " JOIN people_v_staff s ON s.person_id = ?"
        " WHERE n.id = ? AND n.state = 'held' AND (s.person_id IN (n.author_id, n.approver_id)"
        "  OR s.person_id IN (" + DECIDERS_NOW + "))",
        (person_id, newsletter_id),
    )
    return None if found is None else str(found)


def at_school(tx: Tx, people: Iterable[str]) -> list[str]:
    """Those of them who are on the staff now."""
    rows = tx.rows(
        "SELECT DISTINCT person_id FROM people_v_staff"
        " WHERE person_id IN (SELECT value FROM json_each(?))",
        (encode(sorted(people)),),
    )
    return [person for (person,) in rows]


# Deadlines ------------------------------------------------------------------------------------


_FIRST, _SECOND, _LAST = REMINDED_BEFORE
# Forms that close soon, each with the moment from which the latest of its reminders is due: the letter was
# out by then, and nothing was said of the deadline since.
_DUE = (
    "SELECT f.id, f.subject FROM (SELECT id, subject, opened_at, deadline_at - CASE"  # noqa: S608 - numbers only
    f"  WHEN deadline_at <= ?1 + {_LAST} THEN {_LAST}"
    f"  WHEN deadline_at <= ?1 + {_SECOND} THEN {_SECOND} ELSE {_FIRST} END AS due_at"
    f"  FROM forms_v_form WHERE deadline_at > ?1 AND deadline_at <= ?1 + {_FIRST}) f"
    " WHERE f.opened_at <= f.due_at AND NOT EXISTS (SELECT 1 FROM notify_deadline_reminder d"
    "  WHERE d.form_id = f.id AND d.at >= f.due_at)"
)


def forms_due(tx: Tx, now: int) -> list[tuple[str, str]]:
    """(form, letter) of forms of whose deadline people are to be reminded now (REMINDED_BEFORE)."""
    return [(str(form), str(subject)) for form, subject in tx.rows(_DUE, (now,))]


def is_due(tx: Tx, form_id: str, now: int) -> bool:
    """Whether a form is one of these."""
    return tx.row(_DUE + " AND f.id = ?2", (now, form_id)) is not None


def note_deadline(tx: Tx, form_id: str, at: int) -> None:
    """People were told of a form's deadline: reminded of it, or that it was moved."""
    tx.execute(
        "INSERT INTO notify_deadline_reminder (form_id, at) VALUES (?, ?)"
        " ON CONFLICT (form_id) DO UPDATE SET at = excluded.at",
        (form_id, at),
    )
