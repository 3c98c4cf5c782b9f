"""A school's own file as a table: one that says to be of another school is none."""

from collections.abc import Collection

from kit import neis
from kit.columns import FileTable
from kit.db import outside_units
from kit.i18n import _
from kit.tables import MOST_ROWS, NoTable
from node.ports.importable import Importable

SCHOOL, SCHOOL_NAME = "SD_SCHUL_CODE", "SCHUL_NM"


@outside_units
def read(of: Importable, content: bytes, remembered: Collection[str], school: str) -> FileTable:
    """A file as a table. `remembered`: headings that somebody has explained; `school`: the code of this
    school, whose data alone are read. Raises NoTable. Work for a thread."""
    found = neis.read(of.services, of.columns, content, remembered)
    if len(found.lines) > MOST_ROWS:
        reason = _("한 번에 %(rows)s줄까지 올릴 수 있습니다. 나누어 올려 주세요.")
        raise NoTable(reason, rows=MOST_ROWS)
    return _of_school(found, school)


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
