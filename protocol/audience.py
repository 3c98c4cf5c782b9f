"""Audience keys: what school, province and the worker of their passages must read alike.

A text carries the keys of those it is for (`guardians/class:…`, `staff/role:…`); the school that
wrote them says who holds them (`node.people.audience`). One thing is known to all who keep texts:
what goes to families at large all staff may read; what goes to some of the staff, or to the families of
chosen children, is read key by key.
"""

STAFF = "staff"
"""What every key of the staff begins with, and no other."""
CHOSEN = ("guardians/child:", "students/child:")
"""What the keys of chosen children begin with: the child's guardians hold the one, the child the other."""

_KEY_BY_KEY = (STAFF, *CHOSEN)
OF_FAMILIES = " AND ".join(f"{{0}} NOT LIKE '{begin}%'" for begin in _KEY_BY_KEY)
"""`is_of_families` as SQL asks it of a column, whose name stands for {0}."""


def is_of_families(key: str) -> bool:
    """Whether a key addresses families at large: all staff may read what goes to them."""
    return not key.startswith(_KEY_BY_KEY)


def is_of_chosen(key: str) -> bool:
    """Whether a key addresses a chosen child or their guardians."""
    return key.startswith(CHOSEN)


def is_of_staff(key: str) -> bool:
    """Whether a key addresses somebody on the staff."""
    return key.startswith(STAFF)
