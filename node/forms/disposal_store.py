"""The SQL of the disposal of consents: for how long they are kept, what is due, what was approved, what goes."""

from collections.abc import Sequence

import msgspec

from kit.db import Row, Tx


class DueForm(msgspec.Struct, frozen=True):
    """A form whose period of retention is over: the last thing happened to it in `year`; `count`: records."""

    form_id: str
    title: str
    year: int
    retention_years: int
    count: int

    @property
    def key(self) -> str:
        return self.form_id

    @property
    def kept_until(self) -> int:
        """The last year of the period."""
        return self.year + self.retention_years


class FormDisposal(msgspec.Struct, frozen=True):
    """The disposal of what was due, as a person approved it. `done`: how many of `count` records are gone;
    `record`: the place in the ledger where it says so; times in ms."""

    id: str
    form_id: str
    title: str
    year: int
    retention_years: int
    count: int
    done: int
    by_id: str
    by_name: str
    at: int
    record: int | None = None
    done_at: int | None = None


class FoundDue(msgspec.Struct, frozen=True):
    """What the night found of a form. `due`: (year, years, records), None where it is not due."""

    form_id: str
    due: tuple[int, int, int] | None


_DISPOSAL = (
    "SELECT id, form_id, title, year, retention_years, count, done, by_id, by_name, at, record,"
    " done_at FROM forms_disposal"
)


def retention(tx: Tx) -> dict[str, int]:
    """Years by legal basis, as the school has set them."""
    return {
        str(basis): years for basis, years in tx.rows("SELECT basis, years FROM forms_retention")
    }


def set_retention(tx: Tx, basis: str, years: int) -> None:
    tx.execute(
        "INSERT INTO forms_retention (basis, years) VALUES (?, ?)"
        " ON CONFLICT (basis) DO UPDATE SET years = excluded.years",
        (basis, years),
    )


# What is due -------------------------------------------------------------------------------------------


_OPENED = (
    "SELECT f.id, json_extract(f.draft, '$.legal_basis'), json_extract(f.draft, '$.retention_years'),"
    " max(f.opened_at, coalesce(f.deadline_at, 0), coalesce(f.closed_at, 0)),"
    " (f.deadline_at IS NULL AND f.closed_at IS NULL AND EXISTS"
    "   (SELECT 1 FROM forms_signature s JOIN people_v_student p ON p.student_id = s.student_id"
    "    WHERE s.form_id = f.id))"
    "  OR EXISTS (SELECT 1 FROM forms_retraction r WHERE r.form_id = f.id AND r.stopped_at IS NULL)"
    " FROM forms_form f"
)


def opened_behind(tx: Tx, after: str, before: int, limit: int) -> list[Row]:
    """(form, legal basis, years that the form says, the later of its opening, deadline and closing, whether
    something of it still holds) of the next forms by id that were opened before a moment (ms) and not
    disposed of. What has no deadline holds as long as a child for whom it was answered is at the school, and any
    while what rested on a retracted consent has not stopped."""
    return tx.rows(
        _OPENED + " WHERE f.id > ? AND f.opened_at < ?"  # noqa: S608 - constants only
        " AND NOT EXISTS (SELECT 1 FROM forms_disposal d WHERE d.form_id = f.id)"
        " ORDER BY f.id LIMIT ?",
        (after, before, limit),
    )


def opened(tx: Tx, form_id: str) -> Row | None:
    """The same of one."""
    return tx.row(_OPENED + " WHERE f.id = ?", (form_id,))


def last_signed(tx: Tx, form_id: str) -> int:
    """When the form was signed last, or a consent taken back (ms); 0: never."""
    sql = "SELECT max(signed_at) FROM forms_signature WHERE form_id = ?"
    return int(tx.value(sql, (form_id,)) or 0)


def count(tx: Tx, form_id: str) -> int:
    """Records of a form in the log."""
    return int(tx.value("SELECT count(*) FROM ledger_v_leaf WHERE form_id = ?", (form_id,)))


def known_due(tx: Tx) -> dict[str, tuple[int, int, int]]:
    """(year, years, records) by form, of what waits for approval."""
    rows = tx.rows("SELECT form_id, year, retention_years, count FROM forms_due")
    return {str(form): (year, years, records) for form, year, years, records in rows}


def put_due(tx: Tx, found: Sequence[FoundDue]) -> None:
    tx.many(
        "DELETE FROM forms_due WHERE form_id = ?",
        [(one.form_id,) for one in found],
    )
    tx.many(
        "INSERT INTO forms_due (form_id, year, retention_years, count) VALUES (?, ?, ?, ?)",
        [(one.form_id, *one.due) for one in found if one.due is not None],
    )


def drop_due(tx: Tx, form_id: str) -> None:
    tx.execute("DELETE FROM forms_due WHERE form_id = ?", (form_id,))


def due(tx: Tx) -> list[DueForm]:
    """By year, the earliest first: what waits for somebody's approval."""
    return tx.structs(
        DueForm,
        "SELECT d.form_id, f.title, d.year, d.retention_years, d.count FROM forms_due d"
        " CROSS JOIN forms_form f ON f.id = d.form_id ORDER BY d.year, f.title",
    )


def is_any_due(tx: Tx) -> bool:
    return tx.value("SELECT 1 FROM forms_due LIMIT 1") is not None


# What was approved -------------------------------------------------------------------------------------


def add(tx: Tx, new: FormDisposal) -> None:
    tx.execute(
        "INSERT INTO forms_disposal (id, form_id, title, year, retention_years, count, done, by_id,"
        " by_name, at, record, done_at) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
        msgspec.structs.astuple(new),
    )


def open_ones(tx: Tx) -> list[FormDisposal]:
    """Approved and not done yet, the earliest first."""
    return tx.structs(FormDisposal, _DISPOSAL + " WHERE done_at IS NULL ORDER BY at")


def latest(tx: Tx, limit: int) -> list[FormDisposal]:
    return tx.structs(FormDisposal, _DISPOSAL + " ORDER BY at DESC LIMIT ?", (limit,))


def one(tx: Tx, disposal_id: str) -> FormDisposal | None:
    return tx.struct(FormDisposal, _DISPOSAL + " WHERE id = ?", (disposal_id,))


def drop(tx: Tx, disposal_id: str) -> None:
    """It was approved and is not due any more."""
    tx.execute("DELETE FROM forms_disposal WHERE id = ? AND record IS NULL", (disposal_id,))


def recorded(tx: Tx, disposal_id: str, record: int, records: int) -> None:
    """The log says it; how many records go."""
    tx.execute(
        "UPDATE forms_disposal SET record = ?, count = ? WHERE id = ?",
        (record, records, disposal_id),
    )


def more_done(tx: Tx, disposal_id: str, more: int, done_at: int | None) -> None:
    tx.execute(
        "UPDATE forms_disposal SET done = done + ?, done_at = ? WHERE id = ?",
        (more, done_at, disposal_id),
    )


# What goes ---------------------------------------------------------------------------------------------


def positions(tx: Tx, form_id: str, after: int, limit: int) -> list[int]:
    """Places of the next records of a form in the log."""
    rows = tx.rows(
        "SELECT position FROM ledger_v_leaf WHERE form_id = ? AND position > ? ORDER BY position"
        " LIMIT ?",
        (form_id, after, limit),
    )
    return [position for (position,) in rows]


def children(tx: Tx, form_id: str, limit: int) -> list[str]:
    """Some of those of whom the log still has records of a form."""
    rows = tx.rows(
        "SELECT DISTINCT child_id FROM ledger_v_leaf WHERE form_id = ? AND child_id IS NOT NULL"
        " LIMIT ?",
        (form_id, limit),
    )
    return [str(child) for (child,) in rows]


def records_of(tx: Tx, form_id: str, student_id: str) -> list[int]:
    rows = tx.rows(
        "SELECT position FROM ledger_v_leaf WHERE form_id = ? AND child_id = ?",
        (form_id, student_id),
    )
    return [position for (position,) in rows]


def signatures_of(tx: Tx, form_id: str, student_id: str) -> list[Row]:
    """(place, guardian, hash of the drawing) of what was signed for a child."""
    return tx.rows(
        "SELECT leaf, guardian_id, drawing_hash FROM forms_signature"
        " WHERE form_id = ? AND student_id = ?",
        (form_id, student_id),
    )


def unrecorded(tx: Tx, form_id: str, limit: int) -> list[str]:
    """Children of whom something is stored and the log has no record."""
    rows = tx.rows(
        "SELECT DISTINCT student_id FROM forms_signature WHERE form_id = ? LIMIT ?",
        (form_id, limit),
    )
    return [str(child) for (child,) in rows]


def forget(tx: Tx, form_id: str, student_id: str) -> None:
    """What was signed and taken back for a child."""
    own = (form_id, student_id)
    tx.execute(
        "DELETE FROM forms_retraction WHERE leaf IN"
        " (SELECT leaf FROM forms_signature WHERE form_id = ? AND student_id = ?)",
        own,
    )
    tx.execute("DELETE FROM forms_signature WHERE form_id = ? AND student_id = ?", own)


def end(tx: Tx, form_id: str, at: int) -> None:
    """From now on nobody is asked by it."""
    tx.execute(
        "UPDATE forms_form SET deadline_at = min(coalesce(deadline_at, ?), ?) WHERE id = ?",
        (at - 1, at - 1, form_id),
    )
