"""Audience keys: what school, province and the worker of their passages must read alike.

A text carries the keys of those it is for (`guardians/class:…`, `staff/role:…`); the school that
wrote them says who holds them (`node.people.audience`). One thing is known to all who keep texts:
what goes to families all staff may read, what goes to some of the staff is read key by key.
"""

STAFF = "staff"
"""What every key of the staff begins with, and no other."""

OF_FAMILIES = f"NOT LIKE '{STAFF}%'"
"""`is_of_families` as SQL asks it of a column: `a.key NOT LIKE …`."""


def is_of_families(key: str) -> bool:
    """Whether a key addresses families: all staff may read what goes to them."""
    return not key.startswith(STAFF)
