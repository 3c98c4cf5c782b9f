"""The words of files that a school brings: as they were read, and what they would change."""

import msgspec

from kit.i18n import _
from kit.tables import Line
from node.ports.importable import Importable, ImportEffect


class FileTable(msgspec.Struct, frozen=True):
    """A file as headings and lines. `total`: how many rows its maker says there are, 0 if nothing."""

    headings: tuple[str, ...]
    lines: tuple[Line, ...]
    total: int = 0

    @property
    def is_part(self) -> bool:
        return self.total > len(self.lines)


class BroughtFile(msgspec.Struct, frozen=True):
    """A file that waits for a yes. `places`: field → which column; `until` in ms."""

    id: str
    owner: str
    until: int
    size: int
    about: str
    name: str
    table: FileTable
    places: dict[str, int]


class ColumnToSay(msgspec.Struct, frozen=True):
    """A column of a file, with some of what stands in it, and which field it is; "": none."""

    at: int
    heading: str
    samples: tuple[str, ...]
    field: str


class ShownFile(msgspec.Struct, frozen=True):
    """A file before anything has changed. `missing`: labels of columns that nobody has found yet, and
    `effect` is None while there are any."""

    file: BroughtFile
    of: Importable
    columns: tuple[ColumnToSay, ...]
    missing: tuple[str, ...]
    effect: ImportEffect | None

    @property
    def fit(self) -> int:
        """How many rows can be taken over."""
        if self.effect is None:
            return 0
        return len(self.file.table.lines) - len({one.line for one in self.effect.odd})


LEAVE_OUT = _("사용하지 않는 열")
