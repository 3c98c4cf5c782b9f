"""Port: what of a slice can be found, by search and by the assistant."""

from collections.abc import Callable, Iterable, Mapping
from typing import Any

import msgspec

from kit.db import Tx, Value
from kit.event import Event

IN_ANOTHER_LANGUAGE = "in_another_language"
"""The kind of documents that are not in Korean: found by their own words, and never quoted to a question in
Korean."""


class Document(msgspec.Struct, frozen=True):
    """Something to be found by those who hold one of `keys`; `valid_from` and `valid_until` bound
    when its text holds (ms, None: no limit). `subject`: the thing that it is of, `about:ID`."""

    subject: str
    kind: str
    title: str
    note: str
    href: str
    text: str
    at: int
    keys: frozenset[str]
    valid_from: int | None = None
    valid_until: int | None = None


class Moved(msgspec.Struct, frozen=True):
    """Ids of things whose documents came, changed or went; `keys_only`: what they say is the same, who
    may read it is not."""

    of: Iterable[str]
    keys_only: bool = False


class Findable(msgspec.Struct, frozen=True, kw_only=True):
    """A kind of thing that can be found. `about`: the word before the id in `Document.subject`."""

    about: str
    kinds: Mapping[str, str]
    """What its documents are called, by `Document.kind` a msgid: in the list of what one may look for
    they stand in this order."""
    documents: Callable[[Tx, str], list[Document]]
    """What there is to find of a thing now; nothing once it was taken back."""
    keys: Callable[[Tx, str], frozenset[str]]
    """The keys of those who may read it; none once it is gone."""
    moved_by: Mapping[type[Event], Callable[[Tx, Any], Moved]]
    readable: str
    """SQL: whether the asker may read the thing whose id stands for `{id}`, by the rights of this moment;
    asked once more of everything that is shown."""
    params: Callable[[Any], tuple[Value, ...]]
    """Of `readable`, by the asker."""
