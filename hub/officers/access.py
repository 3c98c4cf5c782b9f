"""The rule of who may do what in the console: by role, in one place."""

from hub.officers.model import Officer, Role
from kit.problem import Forbidden


def require_role(officer: Officer, *roles: Role) -> None:
    """Raises Forbidden unless the officer has one of the roles."""
    if officer.role not in roles:
        raise Forbidden()


def may_act(officer: Officer) -> bool:
    """Whether the officer may change what schools see or hear; viewers only look."""
    return officer.role in (Role.OFFICER, Role.ADMINISTRATOR)


def require_acting(officer: Officer) -> None:
    """Raises Forbidden for those who may only look."""
    if not may_act(officer):
        raise Forbidden()


def is_administrator(officer: Officer) -> bool:
    return officer.role is Role.ADMINISTRATOR
