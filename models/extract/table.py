"""A table as lines, the same for every format: a line a row, cells in their columns."""

from collections.abc import Iterable, Sequence

import msgspec

WIDEST = 1000  # columns or rows that one cell may span (as in HTML's own rule)


class Cell(msgspec.Struct, frozen=True):
    """What stands in a cell, with how many columns and rows it spans."""

    lines: Sequence[str]
    across: int = 1
    down: int = 1


def table_lines(rows: Iterable[Sequence[Cell]]) -> list[str]:
    """A line for each row that says something, its cells separated by tabs.

    What a cell covers stays an empty cell, so that all others keep their columns. A row of one cell
    is a frame around text: its lines stay lines.
    """
    lines: list[str] = []
    covered: dict[int, int] = {}  # column → rows below that a cell above still covers
    for row in rows:
        texts: list[str] = []
        fresh: dict[int, int] = {}
        for cell in row:
            while covered.get(len(texts)):
                texts.append("")
            span = range(len(texts), len(texts) + min(max(cell.across, 1), WIDEST))
            texts += [one_line(cell.lines), *[""] * (len(span) - 1)]
            fresh |= dict.fromkeys(span, min(cell.down, WIDEST) - 1)
        if len(row) == 1 and not covered:
            lines += row[0].lines
        else:
            lines.append("\t".join(texts).rstrip("\t"))
        left = {column: rows - 1 for column, rows in covered.items()} | fresh
        covered = {column: rows for column, rows in left.items() if rows > 0}
    return [line for line in lines if line.strip()]


def one_line(lines: Iterable[str]) -> str:
    """A cell's paragraphs, and the cells of a table within it, beside each other."""
    return " ".join(" ".join(lines).split())
