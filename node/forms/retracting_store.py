"""The SQL of consents that were taken back."""

from kit.db import Row, Tx
from kit.wording import class_words
from node.forms.model import Retraction, SignedAnswer

# What was taken back, and not consented to again or asked anew since.
_STANDING = (
    " FROM forms_retraction r CROSS JOIN forms_signature s ON s.leaf = r.leaf"
    " CROSS JOIN forms_form f ON f.id = r.form_id"
    " JOIN questions_v_answer a ON a.leaf = s.retracts AND a.questionnaire_id = r.form_id"
    "  AND a.version >= f.valid_from"
)


def add(
    tx: Tx, form_id: str, consent: SignedAnswer, leaf: int, *, child_name: str, at: int
) -> None:
    """The signature that takes a consent back, and what must stop because of it."""
    tx.execute(
        "INSERT INTO forms_signature (leaf, form_id, student_id, guardian_id, revision, signed_at,"
        " version, child_name, retracts) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)",
        (
            leaf,
            form_id,
            consent.asked_id,
            consent.by_id,
            consent.revision,
            at,
            consent.version,
            child_name,
            consent.leaf,
        ),
    )
    tx.execute("INSERT INTO forms_retraction (leaf, form_id) VALUES (?, ?)", (leaf, form_id))


def retraction_of(tx: Tx, consent: int) -> int | None:
    """Place of the record that takes the consent on a place back."""
    found = tx.value("SELECT leaf FROM forms_signature WHERE retracts = ?", (consent,))
    return None if found is None else int(found)


def of_form(tx: Tx, form_id: str) -> list[tuple[str, Retraction]]:
    """(class, what was taken back) of a form's children who are at the school, the newest first."""
    rows = tx.rows(
        "SELECT k.class_id, r.leaf, s.child_name, k.grade, k.class_number, p.name, s.signed_at,"
        " r.stopped_at, r.stopped_by"
        + _STANDING
        + " JOIN people_v_student k ON k.student_id = s.student_id"
        " JOIN people_v_person p ON p.id = s.guardian_id"
        " WHERE r.form_id = ? ORDER BY r.leaf DESC",
        (form_id,),
    )
    return [
        (class_id, Retraction(leaf, child, class_words(grade, number), *rest))
        for class_id, leaf, child, grade, number, *rest in rows
    ]


def stop(tx: Tx, leaf: int, by: str, at: int) -> bool:
    """Whether what rests on a retracted consent was still to be stopped."""
    open_ = "SELECT 1 FROM forms_retraction WHERE leaf = ? AND stopped_at IS NULL"
    if tx.value(open_, (leaf,)) is None:
        return False
    tx.execute(
        "UPDATE forms_retraction SET stopped_at = ?, stopped_by = ? WHERE leaf = ?", (at, by, leaf)
    )
    return True


def form_of(tx: Tx, leaf: int) -> tuple[str, str] | None:
    """(form, child) of a retraction."""
    row = tx.row(
        "SELECT r.form_id, s.student_id FROM forms_retraction r"
        " JOIN forms_signature s ON s.leaf = r.leaf WHERE r.leaf = ?",
        (leaf,),
    )
    return None if row is None else (str(row[0]), str(row[1]))


def is_open(tx: Tx, form_id: str) -> bool:
    """Whether something that rests on a retracted consent is still to be stopped."""
    sql = "SELECT 1" + _STANDING + " WHERE r.form_id = ? AND r.stopped_at IS NULL LIMIT 1"
    return tx.value(sql, (form_id,)) is not None


def to_stop(tx: Tx, person_id: str, is_approver: bool, limit: int) -> list[Row]:
    """(form, title, child, when) of what is still to be stopped: of an author's own forms and, for
    those who approve, of authors who have left."""
    return tx.rows(
        "SELECT r.form_id, f.title, s.child_name, s.signed_at"  # noqa: S608 - constants only
        + _STANDING
        + " WHERE r.stopped_at IS NULL AND (f.author_id = ? OR ? AND NOT EXISTS"
        "  (SELECT 1 FROM people_v_staff p WHERE p.person_id = f.author_id))"
        " ORDER BY r.leaf LIMIT ?",
        (person_id, is_approver, limit),
    )


def recorded_at(tx: Tx, position: int) -> str | None:
    """The text of a record of the log."""
    found = tx.value("SELECT text FROM ledger_v_leaf WHERE position = ?", (position,))
    return None if found is None else str(found)
