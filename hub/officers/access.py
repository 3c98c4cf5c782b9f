"""The rule of who may do what in the console: by role, in one place.

A right may end at any moment, also at another process of the same hub. Who writes asks for it in the unit
that writes (`with_role`): what was true when a request began counts for nothing.
"""

from collections.abc import Callable, Sequence
from functools import wraps
from typing import TypeVar

from hub.officers import store
from hub.officers.model import CONSOLE, Officer, OfficerDisabled, Role
from kit.db import Tx
from kit.problem import Forbidden, NotFound

T = TypeVar("T")

ACTING = (Role.OFFICER, Role.ADMINISTRATOR)
"""Who may change what schools see or hear; viewers only look."""


def known(tx: Tx, officer_id: str) -> Officer:
    """The officer behind an account. Raises NotFound, OfficerDisabled."""
    found = store.officer(tx, officer_id)
    if found is None:
        raise NotFound()
    officer, disabled_at = found
    if disabled_at is not None:
        raise OfficerDisabled()
    return officer


def require_role(officer: Officer, *roles: Role) -> None:
    """Raises Forbidden unless the officer has one of the roles."""
    if officer.role not in roles:
        raise Forbidden()


def with_role(
    officer: Officer, roles: Sequence[Role], work: Callable[[Tx, Officer], T]
) -> Callable[[Tx], T]:
    """The unit that does `work(tx, officer)` with the officer's rights of its moment: a body may be
    long on its way. It raises as `known` and `require_role`."""

    @wraps(work)  # its name is the one that /metrics tells
    def unit(tx: Tx) -> T:
        now = officer if officer == CONSOLE else known(tx, officer.id)
        require_role(now, *roles)
        return work(tx, now)

    return unit


def may_act(officer: Officer) -> bool:
    """Whether the officer is one of ACTING: pages offer them what they may do."""
    return officer.role in ACTING


def require_acting(officer: Officer) -> None:
    """Raises Forbidden for those who may only look."""
    require_role(officer, *ACTING)


def is_administrator(officer: Officer) -> bool:
    return officer.role is Role.ADMINISTRATOR
