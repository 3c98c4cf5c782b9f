"""The words of files that a school brings: as they were read, and what they would change."""

import msgspec

from kit.columns import ColumnToSay, FileTable
from node.ports.importable import Importable, ImportEffect


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
