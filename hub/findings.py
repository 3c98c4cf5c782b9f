"""What the doctor finds: words of every check of a hub."""

import enum

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


def fine(text: str, **params: object) -> Finding:
    return Finding(Level.OK, text, params=params)


def warn(text: str, advice: str, **params: object) -> Finding:
    return Finding(Level.WARNING, text, advice, params)


def wrong(text: str, advice: str, **params: object) -> Finding:
    return Finding(Level.DANGER, text, advice, params)
