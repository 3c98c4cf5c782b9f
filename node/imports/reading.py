"""Files into headings and lines: workbooks and CSV (`kit.tables`), and the JSON in which 나이스 answers:
`{"mealServiceDietInfo": [{"head": [{"list_total_count": 1}, …]}, {"row": [{"MLSV_YMD": …}]}]}`.
"""

from collections.abc import Collection, Mapping, Sequence
from typing import Any

import msgspec

from kit.db import outside_units
from kit.i18n import _
from kit.tables import LARGEST, MOST_ROWS, TITLES, Line, NoTable, as_heading, block, table
from node.imports.model import FileTable
from node.ports.importable import Importable, WantedColumn

SCHOOL, SCHOOL_NAME = "SD_SCHUL_CODE", "SCHUL_NM"
NOTHING_FOUND = "INFO-200"


@outside_units
def read(of: Importable, content: bytes, remembered: Collection[str], school: str) -> FileTable:
    """A file as a table. `remembered`: headings that somebody has explained; `school`: the code of this
    school, whose data alone are read. Raises NoTable. Work for a thread."""
    text = content.removeprefix(b"\xef\xbb\xbf").lstrip()
    if text.startswith(b"{"):
        return _answer(of, text, school)
    known = {one for column in of.columns for one in column.headings} | set(remembered)

    def named(values: Sequence[str]) -> int:
        return len({as_heading(value) for value in values} & known)

    lines = table(content, named, block)
    top = _top([values for _line, values in lines[:TITLES]], named)
    headings = tuple(" ".join(one.split()) for one in lines[top][1])
    return _of_school(FileTable(headings, tuple(lines[top + 1 :])), school)


def _top(rows: Sequence[Sequence[str]], named: Any) -> int:
    """Which row holds the headings: the first that names most columns; where none names any, the first
    that fills as many cells as most below it do, for what stands above is a title."""
    counts = [named(values) for values in rows]
    if max(counts):
        return counts.index(max(counts))
    filled = [sum(map(bool, values)) for values in rows]
    return next(at for at, count in enumerate(filled) if 2 * count > max(filled))


def _answer(of: Importable, text: bytes, school: str) -> FileTable:
    if len(text) > LARGEST:
        raise NoTable(_("파일이 너무 큽니다(8 MB까지). 나누어 올려 주세요."))
    try:
        answer = msgspec.json.decode(text, type=dict[str, Any])
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        raise NoTable(_("JSON 파일이 끝까지 저장되지 않았습니다. 다시 내려받아 주세요.")) from error
    service = next((one for one in of.services if one in answer), None)
    if service is None:
        raise _refused(answer)
    head, rows = _parts(answer[service])
    if not rows:
        raise NoTable(_("나이스 파일에 자료가 없습니다. 기간과 학교를 확인해 주세요."))
    if len(rows) > MOST_ROWS:
        reason = _("한 번에 %(rows)s줄까지 올릴 수 있습니다. 나누어 올려 주세요.")
        raise NoTable(reason, rows=MOST_ROWS)
    headings = tuple(dict.fromkeys(str(name) for row in rows for name in row))
    lines = tuple(
        (at, [block(_written(row.get(name))) for name in headings])
        for at, row in enumerate(rows, 1)
    )
    return _of_school(FileTable(headings, lines, head), school)


def _written(value: object) -> str:
    return "" if value is None else str(value)


def _refused(answer: Mapping[str, Any]) -> NoTable:
    """Why an answer has nothing of what is wanted."""
    result = answer.get("RESULT")
    if isinstance(result, dict):
        if result.get("CODE") == NOTHING_FOUND:
            return NoTable(_("나이스 파일에 자료가 없습니다. 기간과 학교를 확인해 주세요."))
        said = str(result.get("MESSAGE", result.get("CODE", "")))[:200]
        return NoTable(
            _("나이스 오류 메시지가 저장된 파일입니다. 다시 내려받아 주세요: %(said)s"), said=said
        )
    names = ", ".join(list(answer)[:3])[:100]
    return NoTable(_("다른 자료가 든 파일입니다(%(names)s)."), names=names)


def _parts(parts: object) -> tuple[int, list[dict[str, Any]]]:
    """(how many rows there are altogether, those that are here) of a service's answer."""
    total, rows = 0, []
    for part in parts if isinstance(parts, list) else []:
        if not isinstance(part, dict):
            continue
        for one in part.get("head") or []:
            count = one.get("list_total_count") if isinstance(one, dict) else None
            total = count if isinstance(count, int) else total
        rows += [row for row in part.get("row") or [] if isinstance(row, dict)]
    return total, rows


def _of_school(found: FileTable, school: str) -> FileTable:
    """The same table. Raises NoTable where it says to be of another school."""
    at = next((at for at, one in enumerate(found.headings) if one.upper() == SCHOOL), None)
    if at is None:
        return found
    named = next((at for at, one in enumerate(found.headings) if one.upper() == SCHOOL_NAME), at)
    for _line, values in found.lines:
        code = values[at] if at < len(values) else ""
        if code and not school.endswith(code.zfill(7)):
            name = values[named] if named < len(values) else code
            raise NoTable(_("다른 학교(%(name)s)의 자료입니다."), name=name[:80])
    return found


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


def values_of(line: Line, at: Mapping[str, int]) -> dict[str, str]:
    """A line's values by field."""
    cells = line[1]
    return {field: cells[place] if place < len(cells) else "" for field, place in at.items()}
