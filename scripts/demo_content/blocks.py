"""A text's blocks for documents on paper: what stands in a box stands among the rest."""

from kit.markdown import Box, Heading, Table, TypedLine, parse


def blocks(text: str) -> list[Heading | TypedLine | Table]:
    """Headings, lines and tables in order, without the marks of the text."""
    found: list[Heading | TypedLine | Table] = []
    for block in parse(text):
        found += block.blocks if isinstance(block, Box) else [block]
    return [_filled(block) if isinstance(block, Table) else block for block in found]


def _filled(table: Table) -> Table:
    """With rows of the same length, as paper wants them."""
    width = max(map(len, table.rows))
    rows = [row + (TypedLine(()),) * (width - len(row)) for row in table.rows]
    return Table(tuple(rows), ("",) * width)
