"""SQL of the officers."""

from hub.officers.model import Officer, OfficerLine, Role
from kit.db import Tx


def add(tx: Tx, officer: Officer, at: int) -> None:
    tx.execute(
        "INSERT INTO officers_officer (officer_id, name, role, created_at) VALUES (?, ?, ?, ?)",
        (officer.id, officer.name, officer.role.value, at),
    )


def officer(tx: Tx, officer_id: str) -> tuple[Officer, int | None] | None:
    """The officer and when the account was disabled."""
    row = tx.row(
        "SELECT officer_id, name, role, disabled_at FROM officers_officer WHERE officer_id = ?",
        (officer_id,),
    )
    return None if row is None else (Officer(row[0], row[1], Role(row[2])), row[3])


def lines(tx: Tx) -> list[OfficerLine]:
    """All accounts, those in use first."""
    return [
        OfficerLine(row[0], row[1], row[2], Role(row[3]), *row[4:])
        for row in tx.rows(
            "SELECT o.officer_id, a.login, o.name, o.role, o.created_at, o.disabled_at,"
            " a.last_sign_in_at FROM officers_officer o"
            " JOIN signin_v_account a ON a.account_id = o.officer_id"
            " ORDER BY CASE WHEN o.disabled_at IS NULL THEN 0 ELSE 1 END, o.name, o.officer_id"
        )
    ]


def set_role(tx: Tx, officer_id: str, role: Role) -> None:
    tx.execute(
        "UPDATE officers_officer SET role = ? WHERE officer_id = ?", (role.value, officer_id)
    )


def set_disabled(tx: Tx, officer_id: str, at: int | None) -> None:
    tx.execute("UPDATE officers_officer SET disabled_at = ? WHERE officer_id = ?", (at, officer_id))


def administrators(tx: Tx) -> int:
    """How many can still let others in."""
    return int(
        tx.value(
            "SELECT count(*) FROM officers_officer"
            " WHERE role = 'administrator' AND disabled_at IS NULL"
        )
    )
