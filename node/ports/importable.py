"""Port: what the rows of a file that a school brings can become: meals, lessons. Who reads files
(imports) knows nothing of either; a slice says which columns it wants and what becomes of the rows."""

from collections.abc import Callable, Sequence
from typing import Any

import msgspec

from kit.columns import WantedColumn
from kit.db import Tx


class FileRow(msgspec.Struct, frozen=True):
    """A row, its values by field. `line` counts as the spreadsheet does, of JSON its rows from 1."""

    line: int
    values: dict[str, str]


class OddRow(msgspec.Struct, frozen=True):
    """A row that cannot be read. `label` (of its column) and `reason` are msgids."""

    line: int
    label: str
    reason: str
    params: dict[str, object] = {}


class ImportEffect(msgspec.Struct, frozen=True):
    """What rows come to. `what`: what `Importable.take` takes over; `counts`: what changes, each a msgid
    with `count`; `samples`: some of it as it will be shown, pairs of what and how; `adds`, `alters`: how much
    of it the school does not have at all, or has otherwise."""

    what: Any
    odd: tuple[OddRow, ...]
    counts: tuple[tuple[str, int], ...]
    samples: tuple[tuple[str, str], ...]
    adds: int
    alters: int


class Importable(msgspec.Struct, frozen=True, kw_only=True):
    """A kind of thing that a file can bring. `title` and `hint` are msgids; at `href` it is seen."""

    about: str
    title: str
    hint: str
    href: str
    services: tuple[str, ...]
    """How 나이스 names it in its answers in JSON."""
    columns: tuple[WantedColumn, ...]
    require: Callable[[Any], None]
    """Raises NotFound or Forbidden for who may not bring it."""
    weigh: Callable[[Tx, Sequence[FileRow]], ImportEffect]
    """What rows come to now; changes nothing."""
    take: Callable[[Tx, Any, Any], None]
    """`take(tx, asker, what)`: all of it, in this unit."""
