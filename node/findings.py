"""What the doctor finds: words of every check of a node."""

import enum
from collections.abc import Iterable

import msgspec


class Level(enum.StrEnum):
    """How much a finding matters."""

    OK = "ok"
    WARNING = "warning"
    DANGER = "danger"


class Finding(msgspec.Struct, frozen=True):
    """What was looked at and found. `text` and `advice` are msgids, filled by `params`."""

    level: Level
    text: str
    advice: str = ""
    params: dict[str, object] = {}
    fatal: bool = False  # the node cannot start, so nothing more can be looked at


ORDER = (Level.DANGER, Level.WARNING, Level.OK)


def ordered(found: Iterable[Finding]) -> list[Finding]:
    """What matters most first."""
    return sorted(found, key=lambda finding: ORDER.index(finding.level))
