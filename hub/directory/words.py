"""What an entry is found by, and what a person typed into the search box means."""

import functools

import msgspec

from protocol.directory import Entry, StaffEntry, initial_consonants, normalise

MAX_ENDS = 12  # ends of a long (foreign) name that are searchable
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
    found = {name, initials, position, department} - {""}
    for text in (name, initials):
        found.update(text[start:] for start in range(1, min(len(text) - 1, MAX_ENDS)))
    return found


def terms(typed: str) -> list[str]:
    """The search terms of a text, normalised; at most four count."""
    found = [_term(part.replace("%", "").replace("_", "")) for part in typed.split()]
    return [term for term in dict.fromkeys(found) if term][:MAX_TERMS]


def _term(part: str) -> str:
    term = normalise(part)
    if all("\u1100" <= letter <= "\u1112" for letter in term):
        return initial_consonants(term)  # normalising makes conjoining letters of a typed ㄱ
    return term
