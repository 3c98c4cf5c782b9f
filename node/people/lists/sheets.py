"""The lists a school brings, read into rows with faults: columns in any order, by their Korean or
English headings, with titles above them. Nothing here knows the database.
"""

import msgspec

from kit.db import outside_units
from kit.i18n import _
from kit.tables import TITLES, Line, NoTable, as_heading, table
from node.people.lists import cells
from node.people.lists.columns import COLUMNS, Fault, Kind, Row


class Sheet(msgspec.Struct, frozen=True):
    """A list as it was read: rows that fit, the faults of those that do not, the headings of columns
    that nobody reads, and of documented headings what the file has in their stead."""

    kind: Kind
    rows: list[Row]
    faults: list[Fault]
    unread: tuple[str, ...] = ()
    headings: dict[str, str] = {}


@outside_units
def read(kind: Kind, content: bytes) -> Sheet:
    """A file as a sheet. A file that is no list at all is one fault of line 1."""
    try:
        return _sheet(kind, table(content, lambda values: _known(kind, values)))
    except NoTable as none:
        return Sheet(kind, [], [Fault(kind, 1, "", none.reason, none.params)])


def _sheet(kind: Kind, lines: list[Line]) -> Sheet:
    top = _headings_at(kind, [values for _line, values in lines[:TITLES]])
    heading_line, headings = lines[top]
    places, faults = _places(kind, heading_line, headings)
    if faults:
        return Sheet(kind, [], faults)
    rows = []
    for line, values in lines[top + 1 :]:
        row, wrong = cells.row(kind, line, values, places)
        if len(values) > len(headings) and any(values[len(headings) :]):
            reason = _("제목 줄보다 칸이 많습니다. 쉼표가 들어 있는 칸은 따옴표로 묶어야 합니다.")
            wrong = [Fault(kind, line, "", reason), *wrong]
        faults += wrong
        if not wrong:
            rows.append(row)
    read_places = set(places.values())
    unread = tuple(
        heading for at, heading in enumerate(headings) if heading and at not in read_places
    )
    called = {
        column.headings[0]: " ".join(headings[places[column.field]].split())
        for column in COLUMNS[kind]
        if column.field in places
    }
    return Sheet(kind, rows, faults, unread, called)


def _known(kind: Kind, values: list[str]) -> int:
    """How many columns of the list a row names."""
    names = {as_heading(value) for value in values}
    return sum(not names.isdisjoint(column.headings) for column in COLUMNS[kind])


def _headings_at(kind: Kind, rows: list[list[str]]) -> int:
    """Which row holds the headings: the first that names most columns. What stands above it is a
    title; where no row names any, the first one is told to be wrong."""
    counts = [_known(kind, values) for values in rows]
    return counts.index(max(counts))


_MISSING = _("‘%(heading)s’ 열이 없습니다. 열 제목이 있는 줄을 확인해 주세요.")
_MISSING_KEY = _(
    "‘%(heading)s’ 열이 없습니다. 해마다 바뀌지 않는 번호를 이 제목의 열에 넣어 주세요."
)


def _places(kind: Kind, line: int, headings: list[str]) -> tuple[dict[str, int], list[Fault]]:
    """Where each field stands, and the needed columns that are missing or there twice."""
    names = [as_heading(heading) for heading in headings]
    places = {}
    faults = []

    def fault(reason: str, heading: str) -> None:
        faults.append(Fault(kind, line, heading, reason, {"heading": heading}))

    for column in COLUMNS[kind]:
        name = next((name for name in column.headings if name in names), None)
        if name is None:
            if column.required:
                fault(_MISSING_KEY if column.field in cells.KEYS else _MISSING, column.headings[0])
        elif names.count(name) > 1:
            fault(_("‘%(heading)s’ 열이 두 번 있습니다. 하나만 남겨 주세요."), name)
        else:
            places[column.field] = names.index(name)
    return places, faults
