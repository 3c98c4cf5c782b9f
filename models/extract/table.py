"""A table as lines, the same for every format: cells in their columns, a cell's paragraphs one below
the other."""

from collections.abc import Iterable, Sequence
from itertools import zip_longest

import msgspec

WIDEST = 1000  # columns or rows that one cell may span (as in HTML's own rule)


class Cell(msgspec.Struct, frozen=True):
    """What stands in a cell, with how many columns and rows it spans."""

    lines: Sequence[str]
    across: int = 1
    down: int = 1


def table_lines(rows: Iterable[Sequence[Cell]]) -> list[str]:
    """The lines that say something, the cells beside each other separated by tabs.

    A row is as many lines as its tallest cell. What a cell covers stays an empty place, so that all
    others keep their columns; a column in which no cell begins is none. A row of one cell is a frame
    around text: its lines stay lines.
    """
    placed = _placed(rows)
    begins = sorted({column for row, _ in placed for column in row})
    lines: list[str] = []
    for row, is_frame in placed:
        if is_frame:
            lines += row[0].lines
        else:
            lines += _row_lines([row.get(column) for column in begins])
    return [line for line in lines if line.strip()]


def _placed(rows: Iterable[Sequence[Cell]]) -> list[tuple[dict[int, Cell], bool]]:
    """Each row's cells by the column they begin in, and whether it is nothing but one cell."""
    placed = []
    covered: dict[int, int] = {}  # column → rows below that a cell above still covers
    for row in rows:
        at = 0
        cells: dict[int, Cell] = {}
        fresh: dict[int, int] = {}
        for cell in row:
            while covered.get(at):
                at += 1
            cells[at] = cell
            width = min(max(cell.across, 1), WIDEST)
            fresh |= dict.fromkeys(range(at, at + width), min(cell.down, WIDEST) - 1)
            at += width
        placed.append((cells, len(row) == 1 and not covered))
        left = {column: rows - 1 for column, rows in covered.items()} | fresh
        covered = {column: rows for column, rows in left.items() if rows > 0}
    return placed


def _row_lines(cells: Iterable[Cell | None]) -> list[str]:
    columns = [_one_below_the_other(cell.lines) if cell else [] for cell in cells]
    return ["\t".join(texts).rstrip("\t") for texts in zip_longest(*columns, fillvalue="")]


def _one_below_the_other(lines: Iterable[str]) -> list[str]:
    """A cell's lines; the cells of a table within it stand beside each other, without tabs."""
    return [text for text in (" ".join(line.split()) for line in lines) if text]
