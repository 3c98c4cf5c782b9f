"""Rows of tables in the text of a passage: their cells, and the head that says what these are.

A table is lines whose cells stand apart by a tab, by three spaces (as PDF has them) or by `|`.
"""

import re
from collections.abc import Sequence

_APART = re.compile(r"\t| {3,}")
_RULE = re.compile(r"[\s|:=-]*-{3}[\s|:=-]*")
_DIGIT = re.compile(r"\d")
LONGEST_HEAD = 14  # characters of a cell
# What stands at the left of a table that has no head: the box of a letter.
_BOX = re.compile(
    r"일 ?시|날짜|기간|시간|장소|곳|대상|인원|내용|주제|방법|준비물|비용|참가비|문의|담당|신청.*|제출.*|강사"
)


def cells_of(line: str) -> tuple[str, ...]:
    """The cells of a row; none where the line is no row."""
    text = line.strip("\n")
    if text.count("|") > 1 and text.lstrip().startswith("|"):
        parts = text.strip().strip("|").split("|")
    else:
        parts = _APART.split(text.strip(" "))
    return tuple(part.strip() for part in parts) if len(parts) > 1 else ()


def is_rule(line: str) -> bool:
    """Whether a line only draws the rule below a table's head."""
    return bool(_RULE.fullmatch(line))


def is_head(cells: Sequence[str], below: Sequence[str]) -> bool:
    """Whether a row says what the cells of the row below are."""
    if len(cells) != len(below) or len(cells) < 2 or not cells[-1]:
        return False
    if any(_DIGIT.search(cell) or len(cell) > LONGEST_HEAD for cell in cells):
        return False
    return len(cells) > 2 or not (_BOX.fullmatch(cells[0]) and _BOX.fullmatch(below[0]))


def under(head: Sequence[str], cells: Sequence[str]) -> str:
    """A row as it is said: each cell with what its column is called."""
    if not head:
        filled = [cell for cell in cells if cell]
        return f"{filled[0]}: {filled[1]}" if len(filled) == 2 else " · ".join(filled)
    pairs = zip(head, cells, strict=True)
    return " · ".join(f"{name}: {cell}" if name else cell for name, cell in pairs if cell)
