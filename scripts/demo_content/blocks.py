"""A text's blocks for documents on paper: what stands in a box stands among the rest."""

from kit.markdown import Box, Heading, Line, Table, parse


def blocks(text: str) -> list[Heading | Line | Table]:
    """Headings, lines and tables in order, without the marks of the text."""
    found: list[Heading | Line | Table] = []
    for block in parse(text):
        if isinstance(block, Box):
            found += block.blocks
        else:
            found.append(block)
    return found
