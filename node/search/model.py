"""What a finding looks like, and what is said when the index moves."""

import msgspec

from kit.event import Event

LONGEST_QUESTION = 100


class TextPart(msgspec.Struct, frozen=True):
    """A piece of text; `hit` when it is what was asked for."""

    text: str
    hit: bool


class Hit(msgspec.Struct, frozen=True):
    """A finding. `title` and `snippet` in parts to be highlighted; `note` names a file."""

    kind: str
    href: str
    title: list[TextPart]
    snippet: list[TextPart]
    note: str
    at: int


class Found(msgspec.Struct, frozen=True):
    """A page of findings.

    `count`: how many there are, or, with `is_more`, at least. `is_loose`: no text has all the words, so
    these have some of them. `instead`: nothing was found as it was typed, so this was looked for.
    """

    hits: list[Hit]
    is_loose: bool = False
    next_page: int | None = None
    count: int = 0
    is_more: bool = False
    instead: str = ""


class SearchChanged(Event, frozen=True, tag="search.changed"):
    """The documents of a thing came, changed or went: `search_v_document` tells what holds now."""

    subject: str


class Unwritten(msgspec.Struct, frozen=True):
    """Said with a commit: a document was kept whose text is not in the index yet."""
