"""The SQL of consent forms."""

from collections.abc import Collection

import msgspec

from kit.db import Row, Tx, encode
from kit.wording import class_words
from node.forms.model import FormDraft, NewsletterId, ReceiptLine, SignedAnswer, Wording
from node.people.access import READABLE, readable_params
from node.people.audience import holders, of_students
from node.people.model import Asker
from node.questions.model import Answerer, Respondent
from protocol.records import Answer, Attachment

_ANSWER = (
    "a.asked_id, a.by_id, a.by_name, a.answers, a.leaf, a.record_hash, a.given_at,"
    " a.revision, a.on_paper_by, a.version, a.slot"
)
_GIVEN = "SELECT " + _ANSWER + " FROM questions_v_answer a WHERE "  # noqa: S608 - columns, no values
_GIVEN_IN = (
    "SELECT " + _ANSWER + ", a.questionnaire_id FROM questions_v_answer a"  # noqa: S608 - columns, no values
    " WHERE a.leaf > ? AND a.leaf <= ?"
)

NO_LEAF = -1
"""Of an answer whose row names no record: none stands there."""


class StoredForm(msgspec.Struct, frozen=True):
    """A form's row."""

    id: str
    newsletter_id: NewsletterId
    title: str
    draft: FormDraft
    document_hash: str
    author_id: str
    opened_at: int
    deadline_at: int | None
    closed_at: int | None = None
    """When its letter was withdrawn."""
    version: int = 1
    """Of the letter's wording that is signed now; `title` and `document_hash` are that wording's."""
    valid_from: int = 1
    """Answers to wordings before this one hold no more."""
    is_approved: int = 0
    """Whether an approver let its letter out; else its author decided alone."""
    is_confidential: int = 0
    """Whether it asks the guardians of chosen children alone."""
    disposed_at: int | None = None
    """When its answers were disposed of (ms)."""
    files: tuple[Attachment, ...] = ()
    """The letter's files."""


def _form(row: Row | None) -> StoredForm | None:
    if row is None:
        return None
    draft = msgspec.json.decode(row[3], type=FormDraft)
    try:
        files = msgspec.json.decode(row[-1], type=tuple[Attachment, ...])
    except msgspec.DecodeError:  # as with answers: records say what it was
        files = ()
    found = StoredForm(row[0], row[1], row[2], draft, *row[4:-1])
    return msgspec.structs.replace(found, files=files)


_FORM = (
    "SELECT id, subject, title, draft, document_hash, author_id, opened_at, deadline_at, closed_at,"
    " version, valid_from, is_approved, EXISTS (SELECT 1 FROM forms_audience a WHERE a.form_id = id)"
    " AND NOT EXISTS (SELECT 1 FROM forms_audience a WHERE a.form_id = id"
    "  AND a.key NOT LIKE 'guardians/child:%'),"
    " (SELECT d.at FROM forms_disposal d WHERE d.form_id = forms_form.id AND d.record IS NOT NULL),"
    " files FROM forms_form WHERE "
)


def form(tx: Tx, form_id: str) -> StoredForm | None:
    return _form(tx.row(_FORM + "id = ?", (form_id,)))


def form_of(tx: Tx, newsletter_id: NewsletterId) -> StoredForm | None:
    return _form(tx.row(_FORM + "subject = ?", (newsletter_id,)))


def add_form(tx: Tx, new: StoredForm, document: str, keys: set[str]) -> None:
    _add_document(tx, new.document_hash, document)
    tx.execute(
        "INSERT INTO forms_form (id, subject, title, draft, document_hash, author_id, opened_at,"
        " deadline_at, is_approved, files) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
        (
            new.id,
            new.newsletter_id,
            new.title,
            encode(new.draft),
            new.document_hash,
            new.author_id,
            new.opened_at,
            new.deadline_at,
            new.is_approved,
            encode(new.files),
        ),
    )
    tx.many(
        "INSERT INTO forms_audience (form_id, key) VALUES (?, ?)",
        [(new.id, key) for key in sorted(keys)],
    )
    first = Wording(1, new.title, new.document_hash, new.opened_at)
    _add_wording(tx, new.id, first)


def _add_document(tx: Tx, digest: str, text: str) -> None:
    tx.execute(
        "INSERT INTO forms_document (hash, text) VALUES (?, ?) ON CONFLICT (hash) DO NOTHING",
        (digest, text),
    )


def _add_wording(tx: Tx, form_id: str, new: Wording) -> None:
    tx.execute(
        "INSERT INTO forms_wording (form_id, version, title, document_hash, at)"
        " VALUES (?, ?, ?, ?, ?)",
        (form_id, *msgspec.structs.astuple(new)),
    )


def reword(tx: Tx, form_id: str, new: Wording, document: str, valid_from: int) -> None:
    """From now on the form is signed under another wording."""
    _add_document(tx, new.document_hash, document)
    _add_wording(tx, form_id, new)
    tx.execute(
        "UPDATE forms_form SET title = ?, document_hash = ?, version = ?, valid_from = ?"
        " WHERE id = ?",
        (new.title, new.document_hash, new.version, valid_from, form_id),
    )


def wordings(tx: Tx, form_id: str) -> tuple[Wording, ...]:
    """All wordings a form was signed under, the newest last."""
    return tuple(
        tx.structs(
            Wording,
            "SELECT version, title, document_hash, at FROM forms_wording WHERE form_id = ?"
            " ORDER BY version",
            (form_id,),
        )
    )


def document(tx: Tx, digest: str) -> str | None:
    found = tx.value("SELECT text FROM forms_document WHERE hash = ?", (digest,))
    return None if found is None else str(found)


def set_deadline(tx: Tx, form_id: str, deadline_at: int) -> None:
    tx.execute("UPDATE forms_form SET deadline_at = ? WHERE id = ?", (deadline_at, form_id))


def set_approved(tx: Tx, form_id: str) -> None:
    tx.execute("UPDATE forms_form SET is_approved = 1 WHERE id = ?", (form_id,))


def close(tx: Tx, form_id: str, at: int) -> None:
    """Also those who look at the deadline alone find it past."""
    tx.execute(
        "UPDATE forms_form SET closed_at = ?, deadline_at = min(coalesce(deadline_at, ?), ?)"
        " WHERE id = ?",
        (at, at - 1, at - 1, form_id),
    )


def children_asked(tx: Tx, form_id: str, guardian_id: str) -> set[str]:
    """Those of a guardian's children whom the form asks about."""
    return {
        student
        for (student,) in tx.rows(
            "SELECT DISTINCT k.student_id FROM forms_audience f"
            " JOIN people_v_key k ON k.key = f.key AND k.person_id = ?"
            " WHERE f.form_id = ? AND k.student_id IS NOT NULL",
            (guardian_id, form_id),
        )
    }


def students_asked(
    tx: Tx, form_id: str, classes: Collection[str] | None = None
) -> list[Respondent]:
    """All whom the form asks about, or those in some classes: also those of whom no guardian is
    known, for they would be missed by nobody."""
    keys = audience(tx, form_id)
    by_guardian = {key for key in keys if "/group:" in key}  # whose children may be in no group
    holder, params = holders(of_students(keys) | by_guardian, classes=classes)
    sql = (
        " SELECT s.student_id, s.name, s.class_id, s.grade, s.class_number, s.number"
        " FROM people_v_student s WHERE s.student_id IN (SELECT student_id FROM holder)"
        " ORDER BY s.grade, s.class_number, s.number"
    )
    return [
        Respondent(student, name, class_id, class_words(grade, class_number), number)
        for student, name, class_id, grade, class_number, number in tx.rows(
            "WITH " + holder + sql, params
        )
    ]


def class_of(tx: Tx, student_id: str) -> str | None:
    """The class in which a child is now."""
    found = tx.value("SELECT class_id FROM people_v_student WHERE student_id = ?", (student_id,))
    return None if found is None else str(found)


def author_name(tx: Tx, author_id: str) -> str:
    """Empty when the author is no longer at the school."""
    found = tx.value("SELECT name FROM people_v_staff WHERE person_id = ?", (author_id,))
    return str(found or "")


def guardians(tx: Tx, student_id: str) -> list[Answerer]:
    """A child's guardians who may sign."""
    return tx.structs(
        Answerer,
        "SELECT c.guardian_id, p.name, c.relation FROM people_v_child c"
        " JOIN people_v_person p ON p.id = c.guardian_id"
        " WHERE c.student_id = ? AND c.may_sign = 1 ORDER BY p.name",
        (student_id,),
    )


def signers(
    tx: Tx, form_id: str, classes: Collection[str] | None = None
) -> dict[str, list[Answerer]]:
    """By child, of all or of those in some classes: the guardians whom the form asks and who may
    sign."""
    holder, params = holders(audience(tx, form_id), classes=classes)
    sql = (
        " SELECT h.student_id, p.id, p.name, c.relation FROM holder h"
        " CROSS JOIN people_v_child c ON c.guardian_id = h.person_id AND c.student_id = h.student_id"
        " JOIN people_v_person p ON p.id = h.person_id WHERE c.may_sign = 1 ORDER BY p.name"
    )
    found: dict[str, list[Answerer]] = {}
    for student, *guardian in tx.rows("WITH " + holder + sql, params):
        found.setdefault(student, []).append(Answerer(*guardian))
    return found


def given(tx: Tx, form_id: str, student_id: str) -> list[SignedAnswer]:
    """A child's answers as stored, also those to a wording that has been asked anew since."""
    return [
        _given(row)
        for row in tx.rows(
            _GIVEN + "a.questionnaire_id = ? AND a.asked_id = ? ORDER BY a.given_at",
            (form_id, student_id),
        )
    ]


def answer_rows(tx: Tx, form_id: str) -> list[Row]:
    """The rows of every answer of a form, beginning with the child, ending with the slot."""
    return tx.rows(_GIVEN + "a.questionnaire_id = ?", (form_id,))


def all_given(tx: Tx, form_id: str) -> list[SignedAnswer]:
    """Every answer of a form as stored, also those to a wording that was asked anew since."""
    return [_given(row) for row in answer_rows(tx, form_id)]


def given_of(tx: Tx, form_id: str, students: Collection[str]) -> list[SignedAnswer]:
    """The same of some children."""
    some = "a.questionnaire_id = ? AND a.asked_id IN (SELECT value FROM json_each(?))"
    return [_given(row) for row in tx.rows(_GIVEN + some, (form_id, encode(sorted(students))))]


def recorded(tx: Tx, form_id: str) -> list[Row]:
    """(position, text) of every record of a form in the log, in order."""
    return tx.rows(
        "SELECT position, text FROM ledger_v_leaf WHERE form_id = ? ORDER BY position", (form_id,)
    )


def children_recorded(tx: Tx, form_id: str, after: int) -> list[Row]:
    """(position, child) of a form's records behind a position of the log, in order."""
    return tx.rows(
        "SELECT position, child_id FROM ledger_v_leaf WHERE form_id = ? AND position > ?"
        " ORDER BY position",
        (form_id, after),
    )


def recorded_among(tx: Tx, form_id: str, students: Collection[str]) -> list[Row]:
    """(position, text) of some children's records of a form, in order."""
    return tx.rows(
        "SELECT position, text FROM ledger_v_leaf WHERE form_id = ?"
        " AND child_id IN (SELECT value FROM json_each(?)) ORDER BY position",
        (form_id, encode(sorted(students))),
    )


def recorded_of(tx: Tx, form_id: str, student_id: str) -> list[Row]:
    """(position, text) of a child's records of a form, in order."""
    return tx.rows(
        "SELECT position, text FROM ledger_v_leaf WHERE form_id = ? AND child_id = ?"
        " ORDER BY position",
        (form_id, student_id),
    )


def given_in(tx: Tx, form_id: str, student_id: str, slot: str) -> SignedAnswer | None:
    """The answer of a child, or of one of its guardians, as stored."""
    row = tx.row(
        _GIVEN + "a.questionnaire_id = ? AND a.asked_id = ? AND a.slot = ?",
        (form_id, student_id, slot),
    )
    return None if row is None else _given(row)


def _given(row: Row) -> SignedAnswer:
    try:
        answers = msgspec.json.decode(row[3], type=tuple[Answer, ...])
    except msgspec.DecodeError:  # whoever wrote that, it was not us: the record tells what it was
        answers = ()
    leaf, record_hash, given_at, revision, on_paper_by, version, slot = row[4:]
    is_bound = leaf is not None and record_hash is not None
    return SignedAnswer(
        asked_id=row[0],
        by_id=row[1],
        by_name=row[2],
        answers=answers,
        given_at=given_at,
        revision=revision,
        on_paper_by=on_paper_by,
        version=version,
        slot=slot,
        leaf=leaf if is_bound else NO_LEAF,
        record_hash=record_hash if is_bound else "",
    )


def add_signature(
    tx: Tx, form_id: str, answer: SignedAnswer, *, child_name: str, drawing_hash: str | None
) -> None:
    """What was signed; `child_name` is the name on the record."""
    tx.execute(
        "INSERT INTO forms_signature (leaf, form_id, student_id, guardian_id, revision,"
        " signed_at, drawing_hash, version, child_name) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)",
        (
            answer.leaf,
            form_id,
            answer.asked_id,
            answer.by_id,
            answer.revision,
            answer.given_at,
            drawing_hash,
            answer.version,
            child_name,
        ),
    )


def submission(tx: Tx, page: str, digest: str, guardian_id: str) -> int | None:
    """The leaf that the last sending of the same page became, where it sent the same (`digest`)."""
    sent = tx.rows(
        "SELECT leaf, submission FROM forms_submission WHERE submission > ? AND submission < ?"
        " AND guardian_id = ?",
        (f"{page}/", f"{page}/g", guardian_id),  # behind all hexadecimal digits
    )
    of_page = [(leaf, key) for leaf, key in sent if len(key) == len(page) + 1 + len(digest)]
    leaf, key = max(of_page, default=(None, ""))
    return leaf if key == f"{page}/{digest}" else None


def add_submission(tx: Tx, page: str, digest: str, guardian_id: str, leaf: int) -> None:
    tx.execute(
        "INSERT INTO forms_submission (submission, guardian_id, leaf) VALUES (?, ?, ?)"
        " ON CONFLICT (submission) DO UPDATE SET leaf = excluded.leaf",
        (f"{page}/{digest}", guardian_id, leaf),
    )


def last_leaf_before(tx: Tx, at: int) -> int:
    """The last signature that was given before a moment (ms); -1 for none."""
    found = tx.value(
        "SELECT leaf FROM forms_signature WHERE leaf >= 0 AND signed_at < ? ORDER BY leaf DESC LIMIT 1",
        (at,),
    )
    return -1 if found is None else int(found)


def forget_submissions(tx: Tx, leaf: int, after: str, limit: int) -> str | None:
    """Of the next submissions forget those up to a leaf; where to go on, None at the end."""
    found = tx.rows(
        "SELECT submission, leaf FROM forms_submission WHERE submission > ?"
        " ORDER BY submission LIMIT ?",
        (after, limit),
    )
    tx.many(
        "DELETE FROM forms_submission WHERE submission = ?",
        [(submission,) for submission, became in found if became <= leaf],
    )
    return str(found[-1][0]) if len(found) == limit else None


class SignatureRow(msgspec.Struct, frozen=True):
    """A signature as stored beside its record."""

    leaf: int
    form_id: str
    student_id: str
    guardian_id: str
    signed_at: int
    drawing_hash: str | None
    version: int
    child_name: str
    retracts: int | None
    """Place of the consent that it takes back."""


_SIGNATURE = (
    "SELECT leaf, form_id, student_id, guardian_id, signed_at, drawing_hash, version,"
    " child_name, retracts FROM forms_signature WHERE "
)


def signature(tx: Tx, leaf: int) -> SignatureRow | None:
    return tx.struct(SignatureRow, _SIGNATURE + "leaf = ?", (leaf,))


def agreements(tx: Tx, person_id: str) -> list[Row]:
    """(version, hash of the wording, when) of somebody's agreements to sign electronically."""
    return tx.rows(
        "SELECT version, text_hash, agreed_at FROM people_v_agreement"
        " WHERE person_id = ? AND kind = 'signing'",
        (person_id,),
    )


def receipts(tx: Tx, guardian_id: str, before: int | None, limit: int) -> list[ReceiptLine]:
    """A guardian's signatures, the newest first, those before a leaf, each with the title and the name
    that were signed. Whether one still holds is said only of a child whom the guardian may still see."""
    last = "SELECT signed_at FROM forms_signature WHERE leaf = ?"
    signed_at = 2**62 if before is None else int(tx.value(last, (before,)) or 0)
    rows = tx.rows(
        "SELECT s.leaf, s.form_id, w.title, s.child_name, s.signed_at, s.revision,"
        " CASE WHEN f.closed_at IS NULL AND EXISTS (SELECT 1 FROM people_v_child c"
        "  WHERE c.guardian_id = s.guardian_id AND c.student_id = s.student_id)"
        " THEN EXISTS (SELECT 1 FROM questions_v_answer a WHERE a.questionnaire_id = s.form_id"
        "  AND a.asked_id = s.student_id AND a.leaf = coalesce(s.retracts, s.leaf)"
        "  AND a.version >= f.valid_from)"
        "  AND b.leaf IS NULL END, s.retracts IS NOT NULL, b.leaf IS NOT NULL"
        " FROM forms_signature s JOIN forms_form f ON f.id = s.form_id"
        " JOIN forms_wording w ON w.form_id = s.form_id AND w.version = s.version"
        " LEFT JOIN forms_signature b ON b.retracts = s.leaf"
        " WHERE s.guardian_id = ? AND (s.signed_at, s.leaf) < (?, ?)"
        " ORDER BY s.signed_at DESC, s.leaf DESC LIMIT ?",
        (guardian_id, signed_at, before or 0, limit),
    )
    return [
        ReceiptLine(
            leaf,
            form_id,
            title,
            name,
            at,
            revision,
            None if holds is None else bool(holds),
            bool(retracts),
            bool(retracted),
        )
        for leaf, form_id, title, name, at, revision, holds, retracts, retracted in rows
    ]


def unanswered(tx: Tx, guardian_id: str, children: Collection[str], now: int) -> list[Row]:
    """(form, newsletter, title, deadline, student, name) that wait for a guardian's answer for one of
    these children, soonest first. Begins with the forms that are open, not with all that a key ever had."""
    return tx.rows(
        "WITH held AS MATERIALIZED"
        " (SELECT key, student_id FROM people_v_key WHERE person_id = ?"
        "  AND student_id IN (SELECT value FROM json_each(?))),"
        " open AS MATERIALIZED (SELECT id FROM forms_form WHERE deadline_at > ?"
        "  UNION ALL SELECT id FROM forms_form WHERE deadline_at IS NULL)"
        " SELECT DISTINCT f.id, f.subject, f.title, f.deadline_at, c.student_id, c.name"
        " FROM open CROSS JOIN forms_audience a ON a.form_id = open.id"
        " CROSS JOIN held k ON k.key = a.key"
        " CROSS JOIN forms_form f ON f.id = a.form_id"
        " JOIN people_v_child c ON c.guardian_id = ? AND c.student_id = k.student_id"
        " WHERE c.may_sign = 1"
        " AND NOT EXISTS (SELECT 1 FROM questions_v_answer g WHERE g.questionnaire_id = f.id"
        "  AND g.asked_id = k.student_id AND g.version >= f.valid_from"
        "  AND (g.slot IN ('', c.guardian_id) OR json_extract(f.draft, '$.both_guardians') IS NOT 1))"
        " ORDER BY f.deadline_at IS NULL, f.deadline_at LIMIT 20",
        (guardian_id, encode(sorted(children)), now, guardian_id),
    )


def due_between(tx: Tx, asker: Asker, since: int, until: int, limit: int) -> list[Row]:
    """(form, newsletter, title, deadline) of the forms that the asker may read and that close between two
    moments, soonest first."""
    return tx.rows(
        "SELECT f.id, f.subject, f.title, f.deadline_at FROM forms_form f"  # noqa: S608 - constants only
        " WHERE f.deadline_at >= ? AND f.deadline_at < ? AND f.closed_at IS NULL"
        " AND EXISTS (SELECT 1 FROM forms_audience a WHERE a.form_id = f.id AND "
        + READABLE
        + ") ORDER BY f.deadline_at LIMIT ?",
        (since, until, *readable_params(asker), limit),
    )


def own_open(tx: Tx, author_id: str, now: int) -> list[Row]:
    """(form, title, deadline, children answered) of a member of staff's forms that are still open.

    Of children who have left nothing counts, nor where a consent was taken back; where both guardians
    must sign, one is not enough.
    """
    return tx.rows(
        "SELECT f.id, f.title, f.deadline_at,"
        " (SELECT count(DISTINCT a.asked_id) FROM questions_v_answer a"
        "  JOIN people_v_student s ON s.student_id = a.asked_id"
        "  WHERE a.questionnaire_id = f.id AND a.version >= f.valid_from"
        "  AND a.asked_id NOT IN (SELECT b.asked_id FROM forms_retraction r"
        "   JOIN forms_signature t ON t.leaf = r.leaf"
        "   JOIN questions_v_answer b ON b.leaf = t.retracts AND b.questionnaire_id = r.form_id"
        "   WHERE r.form_id = f.id)"
        "  AND (a.slot = '' OR json_extract(f.draft, '$.both_guardians') IS NOT 1 OR NOT EXISTS ("
        "   SELECT 1 FROM people_v_child c JOIN people_v_person p ON p.id = c.guardian_id"
        "   WHERE c.student_id = a.asked_id AND c.may_sign = 1 AND NOT EXISTS ("
        "    SELECT 1 FROM questions_v_answer b WHERE b.questionnaire_id = f.id"
        "    AND b.asked_id = a.asked_id AND b.slot = c.guardian_id"
        "    AND b.version >= f.valid_from))))"
        " FROM forms_form f WHERE f.author_id = ? AND (f.deadline_at IS NULL OR f.deadline_at > ?)"
        " ORDER BY f.deadline_at LIMIT 10",
        (author_id, now),
    )


def agreement(tx: Tx, person_id: str) -> int | None:
    """The version of the agreement to sign electronically that somebody accepted."""
    found = tx.value(
        "SELECT max(version) FROM people_v_agreement WHERE person_id = ? AND kind = 'signing'",
        (person_id,),
    )
    return None if found is None else int(found)


# For those who compare all rows with the log -----------------------------------------------------------


def signatures_in(tx: Tx, after: int, last: int) -> list[SignatureRow]:
    """Signatures stored for positions of the log behind `after`, up to `last`."""
    return tx.structs(SignatureRow, _SIGNATURE + "leaf > ? AND leaf <= ?", (after, last))


def answers_in(tx: Tx, after: int, last: int) -> list[tuple[str, SignedAnswer]]:
    """(form, answer) stored for positions of the log behind `after`, up to `last`."""
    rows = tx.rows(_GIVEN_IN, (after, last))
    return [(row[-1], _given(row[:-1])) for row in rows]


def forms_behind(tx: Tx, after: str, limit: int) -> list[Row]:
    """(form, title) of the next forms by id."""
    return tx.rows(
        "SELECT id, title FROM forms_form WHERE id > ? ORDER BY id LIMIT ?", (after, limit)
    )


def form_row(tx: Tx, form_id: str) -> Row:
    """All that the form's row says."""
    found = tx.row(
        "SELECT id, subject, title, draft, document_hash, author_id, opened_at, deadline_at,"
        " closed_at, version, valid_from, is_approved, files FROM forms_form WHERE id = ?",
        (form_id,),
    )
    assert found is not None
    return found


def audience(tx: Tx, form_id: str) -> list[str]:
    rows = tx.rows("SELECT key FROM forms_audience WHERE form_id = ? ORDER BY key", (form_id,))
    return [key for (key,) in rows]
