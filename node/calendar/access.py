"""Who writes into the calendar. Who reads an entry says its audience keys (node.people.access)."""

from kit.problem import Forbidden
from node.calendar.model import CalendarEntry, EntryKind
from node.people.access import require_staff
from node.people.model import Asker, Role

KEEPERS = (
    Role.OFFICE,
    Role.HEAD,
    Role.VICE_PRINCIPAL,
    Role.PRINCIPAL,
    Role.ADMINISTRATOR,
)
"""Who keeps the school's calendar (학사일정)."""


def keeps(asker: Asker) -> bool:
    return not asker.roles.isdisjoint(KEEPERS)


def may_add(asker: Asker) -> bool:
    """Whether the asker may put anything into the calendar."""
    return keeps(asker) or bool(asker.classes)


def may_write(asker: Asker, entry: CalendarEntry) -> bool:
    """Whether the asker may put this into the calendar, change it or take it out: who keeps the calendar;
    a homeroom teacher what is on in their own class."""
    if keeps(asker):
        return True
    own = {f"{who}/class:{room}" for room in asker.classes for who in ("guardians", "students")}
    is_event = entry.kind is EntryKind.EVENT and not entry.blocks
    return is_event and bool(entry.keys) and own.issuperset(entry.keys)


def require_write(asker: Asker, *entries: CalendarEntry) -> None:
    """Raises NotFound for families, Forbidden for staff who may not."""
    require_staff(asker)
    if not all(may_write(asker, entry) for entry in entries):
        raise Forbidden()
