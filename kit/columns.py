"""Files whose columns nobody has agreed on: headings and lines, which column is what, and what somebody has
said about headings that nobody knew.

    table = columns.read(content, wanted, remembered)
    places = columns.places(table.headings, wanted, remembered)     # field → column
    said = columns.said(table.headings, fields, {0: "day", 3: ""})  # what a person chose; to be remembered
"""

from collections.abc import Callable, Collection, Iterable, Mapping, Sequence

import msgspec

from kit.i18n import _
from kit.problem import Invalid, NotFound
from kit.tables import TITLES, Line, as_heading, block, table

SAMPLES = 3
LONGEST_SAMPLE = 40  # characters
LONGEST_HEADING = 100
LEAVE_OUT = _("사용하지 않는 열")
_POSTED = "column-"


class WantedColumn(msgspec.Struct, frozen=True):
    """A column: its field, what it is called (a msgid), by which headings it is known (as
    `kit.tables.as_heading` writes them: lower case, no spaces), whether nothing goes without it."""

    field: str
    label: str
    headings: tuple[str, ...]
    is_needed: bool = False


class FileTable(msgspec.Struct, frozen=True):
    """A file as headings and lines. `total`: how many rows its maker says there are, 0 if nothing."""

    headings: tuple[str, ...]
    lines: tuple[Line, ...]
    total: int = 0

    @property
    def is_part(self) -> bool:
        return self.total > len(self.lines)


class ColumnToSay(msgspec.Struct, frozen=True):
    """A column of a file, with some of what stands in it, and which field it is; "": none."""

    at: int
    heading: str
    samples: tuple[str, ...]
    field: str


class SaidColumns(msgspec.Struct, frozen=True):
    """What somebody said columns are. `places`: field → column of this file; `names`: heading → field, ""
    for one that is not read, for the next files."""

    places: dict[str, int]
    names: dict[str, str]


def read(content: bytes, wanted: Sequence[WantedColumn], remembered: Collection[str]) -> FileTable:
    """A workbook or CSV as a table. `remembered`: headings that somebody has explained. Raises NoTable."""
    known = {one for column in wanted for one in column.headings} | set(remembered)

    def named(values: Sequence[str]) -> int:
        return len({as_heading(value) for value in values} & known)

    lines = table(content, named, block)
    top = _top([values for _line, values in lines[:TITLES]], named)
    headings = tuple(" ".join(one.split()) for one in lines[top][1])
    return FileTable(headings, tuple(lines[top + 1 :]))


def _top(rows: Sequence[Sequence[str]], named: Callable[[Sequence[str]], int]) -> int:
    """Which row holds the headings: the first that names most columns; where none names any, the first
    that fills as many cells as most below it do, for what stands above is a title."""
    counts = [named(values) for values in rows]
    if max(counts):
        return counts.index(max(counts))
    filled = [sum(map(bool, values)) for values in rows]
    return next(at for at, count in enumerate(filled) if 2 * count > max(filled))


def places(
    headings: Sequence[str], wanted: Sequence[WantedColumn], remembered: Mapping[str, str]
) -> dict[str, int]:
    """Which column each field stands in: as somebody has said, else by the headings that are known,
    the first of these first."""
    names = [as_heading(one) for one in headings]
    found: dict[str, int] = {}
    for at, name in enumerate(names):
        field = remembered.get(name)
        if field and field not in found:
            found[field] = at
    free = {at for at, name in enumerate(names) if name not in remembered}
    for column in wanted:
        if column.field in found:
            continue
        standing = (at for one in column.headings for at in sorted(free) if names[at] == one)
        place = next(standing, None)
        if place is not None:
            found[column.field] = place
            free.discard(place)
    return found


def missing(wanted: Iterable[WantedColumn], at: Mapping[str, int]) -> tuple[WantedColumn, ...]:
    """Those that are needed and stand nowhere."""
    return tuple(one for one in wanted if one.is_needed and one.field not in at)


def values_of(line: Line, at: Mapping[str, int]) -> dict[str, str]:
    """A line's values by field."""
    cells = line[1]
    return {field: cells[place] if place < len(cells) else "" for field, place in at.items()}


# What nobody knows is asked once ----------------------------------------------------------------------


def to_say(of: FileTable, at: Mapping[str, int]) -> tuple[ColumnToSay, ...]:
    """The columns of a file in which something stands, as a person is asked about them."""
    fields = {place: field for field, place in at.items()}
    found = []
    for place, name in enumerate(of.headings):
        cells = (values[place] for _line, values in of.lines if place < len(values))
        seen = dict.fromkeys(one[:LONGEST_SAMPLE] for one in cells if one)
        if name or seen:
            found.append(ColumnToSay(place, name, tuple(seen)[:SAMPLES], fields.get(place, "")))
    return tuple(found)


def posted_columns(posted: Iterable[tuple[str, object]]) -> dict[int, str]:
    """What the form of `kit/columns.html` sends: column, from 0 on → field."""
    return {
        int(name.removeprefix(_POSTED)): field
        for name, field in posted
        if isinstance(field, str) and name[len(_POSTED) :].isdecimal() and len(name) < 11
    }


def said(
    headings: Sequence[str], wanted: Sequence[WantedColumn], chosen: Mapping[int, str]
) -> SaidColumns:
    """What a person chose, by the number of the column from 0 on: a field, "" for one that is not read.
    Raises NotFound, Invalid."""
    fields = {column.field for column in wanted}
    at: dict[str, int] = {}
    for place, field in chosen.items():
        if not 0 <= place < len(headings) or (field and field not in fields):
            raise NotFound()
        if field in at:
            twice = _("같은 항목을 두 열에 선택했습니다. 하나만 선택해 주세요.")
            raise Invalid({f"{_POSTED}{place}": twice})
        if field:
            at[field] = place
    names = {
        as_heading(headings[place])[:LONGEST_HEADING]: field
        for place, field in sorted(chosen.items(), key=lambda one: bool(one[1]))
        if headings[place] and "\x00" not in headings[place]
    }
    return SaidColumns(at, names)
