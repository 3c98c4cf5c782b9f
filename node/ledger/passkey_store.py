"""The SQL of the passkeys that the log names."""

import msgspec

from kit.db import Tx


class NamedAt(msgspec.Struct, frozen=True):
    """Where the log names a passkey that is one still."""

    position: int
    credential_id: str


_STANDING = (
    "SELECT position, credential_id FROM ledger_passkey WHERE account_id = ? AND removed IS NULL"
)


def standing(tx: Tx, account_id: str) -> list[NamedAt]:
    """The passkeys of an account, as the log has them now."""
    return tx.structs(NamedAt, _STANDING, (account_id,))


def add(
    tx: Tx, position: int, account_id: str, credential_id: str, public_key: str, at: int
) -> None:
    tx.execute(
        "INSERT INTO ledger_passkey (position, account_id, credential_id, public_key, at)"
        " VALUES (?, ?, ?, ?, ?)",
        (position, account_id, credential_id, public_key, at),
    )


def removed(tx: Tx, named: int, position: int) -> None:
    """The record at a position says that what another named is a passkey no more."""
    tx.execute("UPDATE ledger_passkey SET removed = ? WHERE position = ?", (position, named))


def naming(tx: Tx, account_id: str, public_key: str, before: int, at: int) -> int | None:
    """Where the log had named a person's key before a position and a moment, and had not taken it back."""
    found = tx.value(
        "SELECT max(position) FROM ledger_passkey WHERE account_id = ? AND public_key = ?"
        " AND position < ? AND at <= ? AND (removed IS NULL OR removed > ?)",
        (account_id, public_key, before, at, before),
    )
    return None if found is None else int(found)


def name_of(tx: Tx, person_id: str) -> str:
    """What somebody is called; "" where they are not known any more."""
    return str(tx.value("SELECT name FROM people_v_person WHERE id = ?", (person_id,)) or "")
