"""What an entry is found by, and what a person typed into the search box means."""

import functools

import msgspec

from protocol.directory import Entry, StaffEntry, ends, initial_consonants, normalise, search_key

MAX_TERMS = 4
TOP = "\U0010ffff"
_SEPARATOR = " "  # never occurs in a normalised text, and sorts before all letters


class Keys(msgspec.Struct, frozen=True):
    """The normalised texts of a member of staff."""

    name: str
    initials: str
    position: str
    department: str
    text: str
    """All a further search term may fit: the above and the duty."""


def keys(entry: Entry) -> Keys:
    """What an entry is found by; of a school's own entry only the name."""
    name = normalise(entry.name)
    if not isinstance(entry, StaffEntry):
        return Keys(name, "", "", "", "")
    initials = initial_consonants(name)
    position = _frequent(entry.position)
    department = _frequent(entry.department)
    text = _SEPARATOR.join((name, initials, position, department, _frequent(entry.duty)))
    return Keys(name, initials, position, department, text)


_frequent = functools.lru_cache(maxsize=4096)(normalise)  # a province has few different positions


def words(name: str, initials: str, position: str, department: str) -> set[str]:
    """Name and its ends of two letters and more, 초성 likewise, position, department."""
    return ({name, initials, position, department} | ends(name) | ends(initials)) - {""}


def terms(typed: str) -> list[str]:
    """The search terms of a text, normalised; at most four count."""
    found = [search_key(part.replace("%", "").replace("_", "")) for part in typed.split()]
    return [term for term in dict.fromkeys(found) if term][:MAX_TERMS]
