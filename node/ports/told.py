"""Port: what is said of an event where staff talk. Who says it (messenger) asks for the title when it
speaks, so that nothing is said of what was taken back meanwhile."""

from collections.abc import Callable, Mapping
from typing import Any

import msgspec

from kit.db import Tx
from kit.event import Event


class Saying(msgspec.Struct, frozen=True):
    """One thing to be said, once. `id`: the same for the same event; `what`: the kind of thing, in the
    school's own language, for people of both languages read it; `audience`: the keys of those who may
    know its title."""

    id: str
    what: str
    of: str
    href: str
    audience: tuple[str, ...]


Says = Callable[[Tx, Any], Saying | None]


class Telling(msgspec.Struct, frozen=True):
    """What a slice has said. `about`: the word before the id under which sayings are stored."""

    about: str
    says: Mapping[type[Event], Says]
    title: Callable[[Tx, str], str | None]
    """The title of one of its things now; None: it is not there any more."""
    unsays: Mapping[type[Event], Callable[[Any], str]] = {}
    """By which events one of its things is gone, and the id of that: what was said of it is taken back."""
