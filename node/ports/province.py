"""Port: what a slice has to do with the province, carried by whoever speaks with it (federation)."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any, Protocol

import msgspec

from kit.db import Tx
from protocol.directory import Cursor
from protocol.envelope import Envelope
from protocol.sync import Down


class Cursors(Protocol):
    """How far each stream from the hub was taken over, kept with what it brought."""

    def of(self, stream: str) -> Cursor | None: ...
    def save(self, stream: str, cursor: Cursor) -> None: ...
    def forget(self, stream: str) -> None: ...


def nothing_up(_tx: Tx) -> Mapping[str, object]:
    return {}


def no_files(_down: Down) -> Iterable[str]:
    return ()


class Affair(msgspec.Struct, frozen=True, kw_only=True):
    """What goes up and comes down for one slice."""

    take: Callable[[Tx, Down, Cursors], bool]
    """Takes over what came down, its cursor in the same unit; whether that is worth an answer at once.
    While the school does not stand well every stream is empty: `cut_off` tells so."""
    give: Callable[[Tx], Mapping[str, Any]] = nothing_up
    """Its fields of `protocol.sync.Up`."""
    files: Callable[[Down], Iterable[str]] = no_files
    """SHA-256 of what must be fetched before `take`: what is announced can be opened, offline too."""
    opens: Mapping[str, Callable[[Tx, Envelope], None]] = {}
    """Kinds of sealed mail it reads. Mail that nobody reads yet is kept until a program does."""
    cut_off: Callable[[Tx, Cursors], None] | None = None
    """The school was suspended or revoked."""
    back_online: Callable[[], None] | None = None
    """The hub is heard again."""
    prompts: Sequence[type] = ()
    """Signals after which the school speaks up at once."""
