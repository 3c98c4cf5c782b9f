"""What the readers of 한글 documents (HWP 5, HWPX, HWPML) have in common: how a paragraph becomes
lines, and where in the text stands what stands on every page."""

import re
from collections.abc import Iterable

from models.extract.labels import labelled

_APART = "\0"  # a space is wanted here, unless there is one
_GLUED = re.compile(r"(?<=[^\s\0])\0+(?=[^\s\0])")
# What an equation's script says of its looks only: thin spaces, alignment, growing brackets.
_LOOKS = re.compile(r'"([^"]*)"|[`~&#]|\b(?:left|right)\b', re.IGNORECASE)


class Paragraph:
    """Collects one paragraph: its words, what stands among them, and what belongs behind them."""

    def __init__(self) -> None:
        self._pieces: list[str] = []
        self._lines: list[str] = []
        self._behind: list[str] = []
        self._deletions: set[str] = set()

    def write(self, text: str) -> None:
        if not self._deletions:
            self._pieces.append(text)

    def write_apart(self, text: str) -> None:
        """What is no part of a word (a formula, a field): never glued to its neighbours."""
        self.write(f"{_APART}{' '.join(text.split())}{_APART}")

    def write_equation(self, script: str) -> None:
        """An equation as it was typed, in the words of 한글's equation editor."""
        self.write_apart(_LOOKS.sub(lambda found: f" {found[1] or ''} ", script))

    def insert(self, lines: list[str]) -> None:
        """What stands in the text like a letter and has lines of its own (a table, a box)."""
        if not lines:
            self.write(_APART)
        elif not self._deletions:
            self._end_line()
            self._lines += lines

    def put_behind(self, lines: list[str], label: str = "") -> None:
        """What hangs on a word and stands elsewhere on the page (a note, a floating box)."""
        if not self._deletions:
            said = [line for line in lines if line.strip()]
            self._behind += labelled(label, said) if label else said

    def begin_deletion(self, name: str) -> None:
        """What follows was deleted while changes were tracked."""
        self._deletions.add(name)

    def end_deletion(self, name: str) -> None:
        self._deletions.discard(name)

    def lines(self) -> list[str]:
        """An empty paragraph is an empty line."""
        self._end_line()
        return [*self._lines, *self._behind] or [""]

    def _end_line(self) -> None:
        text = _GLUED.sub(" ", "".join(self._pieces)).replace(_APART, "")
        self._pieces = []
        if text.strip():
            self._lines += [line.rstrip() for line in text.split("\n")]


class Document:
    """Collects a document. What stands on every page is kept once, above or below the rest."""

    def __init__(self) -> None:
        self.body: list[str] = []
        self._headers: dict[tuple[str, ...], None] = {}
        self._footers: dict[tuple[str, ...], None] = {}

    def add_header(self, lines: Iterable[str]) -> None:
        self._headers[_says_something(lines)] = None

    def add_footer(self, lines: Iterable[str]) -> None:
        self._footers[_says_something(lines)] = None

    def text(self) -> str:
        above = [line for header in self._headers for line in header]
        below = [line for footer in self._footers for line in footer]
        return "\n".join([*above, *self.body, *below])


def _says_something(lines: Iterable[str]) -> tuple[str, ...]:
    """Without lines that hold but a page's number, which is none here. Even and odd pages differ in
    where their lines stand."""
    return tuple(line.strip() for line in lines if any(map(str.isalnum, line)))
