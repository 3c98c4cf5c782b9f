"""The SQL of contacts: one statement a question."""

import msgspec

from kit.db import Tx
from node.contacts.model import Contact

_CONTACT = (
    "SELECT id, name, about, telephone, hours, for_guardians, for_students, position"
    " FROM contacts_entry"
)


def contacts(tx: Tx) -> list[Contact]:
    """All, in their order: some dozens."""
    return tx.structs(Contact, _CONTACT + " ORDER BY position, id")


def contact(tx: Tx, contact_id: str) -> Contact | None:
    return tx.struct(Contact, _CONTACT + " WHERE id = ?", (contact_id,))


def put(tx: Tx, one: Contact) -> None:
    tx.execute(
        "INSERT OR REPLACE INTO contacts_entry (id, name, about, telephone, hours, for_guardians,"
        " for_students, position) VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
        msgspec.structs.astuple(one),
    )


def remove(tx: Tx, contact_id: str) -> None:
    tx.execute("DELETE FROM contacts_entry WHERE id = ?", (contact_id,))
