"""The little Markdown the texts use, as blocks for documents on paper."""

import re

import msgspec


class Heading(msgspec.Struct, frozen=True):
    """A line that stands out."""

    text: str


class Line(msgspec.Struct, frozen=True):
    """A line of text; an empty one keeps paragraphs apart."""

    text: str


class Rows(msgspec.Struct, frozen=True):
    """A table; the first row is its head. All rows have `width` cells."""

    rows: tuple[tuple[str, ...], ...]
    width: int


_MARKS = re.compile(r"\*\*|`")


def blocks(markdown: str) -> list[Heading | Line | Rows]:
    """The text's lines and tables in order, without Markdown's marks."""
    found: list[Heading | Line | Rows] = []
    table: list[tuple[str, ...]] = []
    for line in [*markdown.split("\n"), ""]:
        if line.startswith("|"):
            table.append(tuple(plain(cell) for cell in line.strip().strip("|").split("|")))
            continue
        if table:
            found.append(_rows(table))
            table = []
        if line.startswith("#"):
            found.append(Heading(plain(line.lstrip("#"))))
        else:
            found.append(Line(plain(line.removeprefix("> "))))
    return found[:-1]


def plain(text: str) -> str:
    """Text without Markdown's marks. The indent of sub-items (a wide space) stays."""
    return _MARKS.sub("", text).strip(" ")


def _rows(table: list[tuple[str, ...]]) -> Rows:
    kept = [row for row in table if not all(re.fullmatch(r":?-+:?", cell) for cell in row)]
    width = max(len(row) for row in kept)
    return Rows(tuple(row + ("",) * (width - len(row)) for row in kept), width)
