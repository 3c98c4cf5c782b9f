"""Staff of this school and of the others, as they are looked up."""

from collections.abc import Iterable

import msgspec

from kit.db import Row, Tx
from kit.i18n import _
from kit.moves import Moving
from node.federation.model import StaffFound
from node.ground import School
from protocol.directory import StaffEntry, initial_consonants, name_parts, normalise

PORTION = 20  # names of an earlier release in one step
_LAST = "\U0010ffff"


def here(school: School, staff: Iterable[StaffEntry], key: str) -> list[StaffFound]:
    """Those of this school's staff with `key` (normalised) in their name or what they are, or as 초성."""
    return [
        _colleague(school.id, school.name, one)
        for one in sorted(staff, key=lambda one: one.name)
        if key in normalise(" ".join((one.name, one.position, one.department, one.duty)))
        or key in initial_consonants(one.name)
    ]


_ELSEWHERE = (
    "SELECT e.school_id, s.name, e.entry FROM federation_entry e"
    " LEFT JOIN federation_entry s ON s.school_id = e.school_id AND s.entry_id = e.school_id"
)


def elsewhere(tx: Tx, key: str, limit: int) -> list[StaffFound]:
    """Staff of other schools whose name begins with `key` (normalised), then those who have it within
    their name or as 초성."""
    place = (key, key + _LAST)
    rows = tx.rows(
        _ELSEWHERE + " WHERE e.kind = 'staff' AND e.name_key >= ? AND e.name_key < ?"
        " ORDER BY e.name_key LIMIT ?",
        (*place, limit),
    )
    rows += tx.rows(
        "SELECT e.school_id, s.name, e.entry FROM (SELECT DISTINCT school_id, entry_id"
        " FROM (SELECT school_id, entry_id FROM federation_name_part"
        " WHERE part >= ? AND part < ? ORDER BY part LIMIT ?)) w"
        " JOIN federation_entry e ON e.school_id = w.school_id AND e.entry_id = w.entry_id"
        " LEFT JOIN federation_entry s ON s.school_id = e.school_id AND s.entry_id = e.school_id"
        " WHERE NOT (e.name_key >= ? AND e.name_key < ?) ORDER BY e.name_key",
        (*place, 2 * limit, *place),
    )
    return [_read(row) for row in rows[:limit]]


def note(tx: Tx, school_id: str, entry_id: str, name: str) -> None:
    """Let somebody be found by the parts of this name, and of no other."""
    place = (school_id, entry_id)
    tx.execute("DELETE FROM federation_name_part WHERE school_id = ? AND entry_id = ?", place)
    tx.many(
        "INSERT INTO federation_name_part (part, school_id, entry_id) VALUES (?, ?, ?)",
        [(part, *place) for part in sorted(name_parts(name))],
    )


def bring_next(tx: Tx, at: str | None) -> str | None:
    """The next names of those that an earlier release kept; `at`: school and entry as JSON."""
    school_id, entry_id = msgspec.json.decode(at, type=tuple[str, str]) if at else ("", "")
    found = tx.rows(
        "SELECT school_id, entry_id, kind, name FROM federation_entry"
        " WHERE (school_id, entry_id) > (?, ?) ORDER BY school_id, entry_id LIMIT ?",
        (school_id, entry_id, PORTION),
    )
    for school_id, entry_id, kind, name in found:
        if kind == "staff":
            note(tx, school_id, entry_id, name)
    return msgspec.json.encode(found[-1][:2]).decode() if found else None


MOVES = (Moving("federation.names", _("다른 학교 교직원을 찾을 준비를 합니다."), bring_next),)


def _read(row: Row) -> StaffFound:
    school_id, school_name, body = row
    entry = msgspec.json.decode(body, type=StaffEntry)
    return _colleague(school_id, school_name or school_id, entry)


def _colleague(school_id: str, school_name: str, entry: StaffEntry) -> StaffFound:
    return StaffFound(
        school_id,
        school_name,
        entry.name,
        entry.position,
        entry.department,
        entry.duty,
        entry.extension,
        entry.matrix_id,
    )
