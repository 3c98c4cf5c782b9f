"""Who decides on what others wrote (결재), and who says what is decided without them."""

import msgspec

from kit.db import Tx, encode
from node.approval import line_store
from node.approval.model import Matter
from node.people.access import as_now, require_role
from node.people.model import APPROVERS, Asker, Role

DECIDERS = tuple(sorted(APPROVERS))
RULERS = (*DECIDERS, Role.ADMINISTRATOR)
"""Who sets the school's rules of decision, and how long what comes from the province waits."""
EDITORS = (*RULERS, Role.OFFICE)
"""Who keeps the table of duties, and says of others that they are away."""
_ROLES = ", ".join(f"'{role.value}'" for role in DECIDERS)
DECIDERS_NOW = f"SELECT person_id FROM people_v_role WHERE role IN ({_ROLES})"  # noqa: S608


class Decider(msgspec.Struct, frozen=True):
    """Somebody of whom `decider` found in this unit that they decide."""

    id: str
    name: str


def decider(tx: Tx, asker: Asker) -> Decider:
    """The asker as one who decides at this moment. Raises NotFound, Forbidden."""
    now = as_now(tx, asker)
    require_role(now, *DECIDERS)
    return Decider(now.id, now.name)


def deciders_of(tx: Tx, matter: Matter) -> list[str]:
    """Who is to be told that a matter waits: everybody who decides, nobody of what is on a line, for that
    tells whoever holds the step."""
    return [] if line_store.underway(tx, matter) else deciders(tx)


def deciders(tx: Tx) -> list[str]:
    """Everybody who decides at this moment."""
    found = tx.rows("SELECT DISTINCT person_id FROM (" + DECIDERS_NOW + ")")  # noqa: S608
    return [str(person) for (person,) in found]


def is_ruler(asker: Asker) -> bool:
    """Whether somebody sets the rules of decision, and finds somebody for what nobody has."""
    return not asker.roles.isdisjoint(RULERS)


def rulers(tx: Tx) -> list[str]:
    """Everybody who is one at this moment."""
    found = tx.rows(
        "SELECT DISTINCT person_id FROM people_v_role"
        " WHERE role IN (SELECT value FROM json_each(?)) ORDER BY person_id",
        (encode(RULERS),),
    )
    return [str(person) for (person,) in found]
