"""What a paper says, for whoever draws it: blocks from top to bottom, and nothing of pages."""

import enum

import msgspec


class Place(enum.StrEnum):
    """Where a line stands between the margins."""

    LEFT = "left"
    CENTRE = "centre"
    RIGHT = "right"


class Size(enum.StrEnum):
    """How large a line is written."""

    TITLE = "title"
    HEAD = "head"
    TEXT = "text"
    SMALL = "small"


class Kind(enum.StrEnum):
    """As which file a paper is made."""

    PDF = "pdf"
    HWPX = "hwpx"


class Step(msgspec.Struct, frozen=True):
    """A box of the approval line: what the step is called, who decided, on which day."""

    title: str
    name: str
    day: str


class Boxes(msgspec.Struct, frozen=True, tag="boxes"):
    """The boxes of an approval line (결재란), at the upper right."""

    steps: tuple[Step, ...]


class Line(msgspec.Struct, frozen=True, tag="line"):
    """A line; longer ones are broken between words."""

    text: str
    place: Place = Place.LEFT
    size: Size = Size.TEXT


class Rule(msgspec.Struct, frozen=True, tag="rule"):
    """A stroke from margin to margin."""


class Form(msgspec.Struct, frozen=True, tag="form"):
    """The fields of a paper form: their names and what stands in them, as it was typed."""

    rows: tuple[tuple[str, str], ...]


class Typed(msgspec.Struct, frozen=True, tag="typed"):
    """A text with the marks of `kit.markdown`."""

    text: str


Block = Boxes | Line | Rule | Form | Typed


class Document(msgspec.Struct, frozen=True):
    """A paper. `foot` stands below each page beside its number."""

    title: str
    author: str
    foot: str
    blocks: tuple[Block, ...]
