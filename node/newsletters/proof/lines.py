"""The lines of a letter as they are read: what a line is about, and the rows of its tables."""

import re
from collections.abc import Iterator

import msgspec

_MARK = re.compile(r"^\s*(?:[>#*-]+\s+)*(?:\d{1,2}[.)]|[가-하][.)]|[①-⑳]|[-*•○●▶▪※])\s+")
_LABEL = re.compile(r"\s*(?P<label>[^:：|\n]{1,20}?)\s?[:：](?!\d)")
_CLAUSE = re.compile(r"(?<=[다요오음임니][.!?])\s+|(?<=[고며나만니데]),\s+|\s+[-–—]\s+|\n")
_SEPARATOR = re.compile(r"\s*[|]?(?:\s*:?-{2,}:?\s*[|]?)+\s*")


class TextLine(msgspec.Struct, frozen=True):
    """A line from `start` on. `label`: what stands before its colon, or in the first cell of its row;
    `cells`: of a row, with where each starts; `header`: the first row of its table."""

    start: int
    text: str
    label: str = ""
    cells: tuple[tuple[int, str], ...] = ()
    header: tuple[str, ...] = ()

    @property
    def end(self) -> int:
        return self.start + len(self.text)

    @property
    def is_row(self) -> bool:
        return bool(self.cells)

    def clause(self, start: int, end: int) -> tuple[int, str]:
        """The part of a sentence in which something stands, and where it begins; of a row all of it."""
        if self.is_row:
            return self.start, self.text
        first, last = 0, len(self.text)
        for cut in _CLAUSE.finditer(self.text):
            if cut.end() <= start - self.start:
                first = cut.end()
            elif cut.start() >= end - self.start:
                last = cut.start()
                break
        return self.start + first, self.text[first:last]


def lines(text: str) -> list[TextLine]:
    """The lines that say something, in order."""
    return list(_lines(text))


def _lines(text: str) -> Iterator[TextLine]:
    at = 0
    header: tuple[str, ...] = ()
    for raw in text.split("\n"):
        start, at = at, at + len(raw) + 1
        if not raw.strip():
            header = ()
            continue
        if not raw.lstrip().startswith("|"):
            header = ()
            yield TextLine(start, raw, _label(raw))
            continue
        if _SEPARATOR.fullmatch(raw):
            continue
        cells = tuple(_cells(start, raw))
        if not header:
            header = tuple(cell for _at, cell in cells)
            yield TextLine(start, raw, "", cells, ())
            continue
        yield TextLine(start, raw, cells[0][1] if cells else "", cells, header)


def _cells(start: int, row: str) -> Iterator[tuple[int, str]]:
    at = start + row.index("|") + 1
    for cell in row.strip().strip("|").split("|"):
        yield at + len(cell) - len(cell.lstrip()), cell.strip().replace("**", "")
        at += len(cell) + 1


def _label(line: str) -> str:
    mark = _MARK.match(line)
    found = _LABEL.match(line, mark.end() if mark else 0)
    return found["label"].strip("* ") if found else ""
