"""A text's blocks for documents on paper: what stands in a box stands among the rest."""

from collections.abc import Iterable, Iterator

from kit.markdown import Block, Box, Heading, Part, Table, TypedLine, parse


def blocks(text: str) -> list[Heading | TypedLine | Table]:
    """Headings, lines and tables in order, without the marks of the text."""
    found = list(_without_frames(parse(text)))
    return [_filled(block) if isinstance(block, Table) else block for block in found]


def _without_frames(within: Iterable[Block]) -> Iterator[Heading | TypedLine | Table]:
    for block in within:
        if isinstance(block, Box | Part):
            yield from _without_frames(block.blocks)
        else:
            yield block


def _filled(table: Table) -> Table:
    """With rows of the same length, as paper wants them."""
    width = max(map(len, table.rows))
    rows = [row + (TypedLine(()),) * (width - len(row)) for row in table.rows]
    return Table(tuple(rows), ("",) * width)
