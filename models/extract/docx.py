"""DOCX (ECMA-376): every part of a Word document once, a line a paragraph.

Headers stand first and footers last. What hangs on a paragraph (a box, a note, a comment) stands in
lines of its own behind it. What was deleted, moved away or hidden is not read.
"""

import io
from collections.abc import Iterator, Mapping
from pathlib import Path, PurePosixPath
from typing import BinaryIO
from xml.etree.ElementTree import Element

from models.extract import plain, sniff
from models.extract.archive import local
from models.extract.equation import linear
from models.extract.labels import ENDNOTE, FOOTNOTE, MEMO, labelled
from models.extract.package import Package
from models.extract.symbols import symbol
from models.extract.table import Cell, table_lines

USUAL = "word/document.xml"
GONE = frozenset({"del", "moveFrom", "cellDel"})
_UNREAD = GONE | {"delText", "delInstrText", "instrText", "tblGrid", "rt"}
_CHARACTERS = {"tab": "\t", "ptab": "\t", "br": "\n", "cr": "\n", "noBreakHyphen": "-"}
_NOTES = {
    "footnoteReference": "footnotes",
    "endnoteReference": "endnotes",
    "commentReference": "comments",
}
_LABELS = {"footnotes": FOOTNOTE, "endnotes": ENDNOTE, "comments": MEMO}
_SEPARATORS = ("separator", "continuationSeparator", "continuationNotice")
_WRAPPERS = frozenset({"sdt", "sdtContent", "customXml", "ins", "moveTo"})
_OFF = ("0", "false", "off")


def text(path: Path) -> str:
    """The document's text. Raises BadZipFile, KeyError, ParseError, ValueError."""
    return "\n".join(_lines(path))


def _lines(source: Path | BinaryIO) -> list[str]:
    package = Package(source)
    try:
        return _Document(package).lines()
    finally:
        package.close()


class _Document:
    """The main part with the parts around it."""

    def __init__(self, package: Package) -> None:
        self._package = package
        self._main = package.main(USUAL)
        self._body = package.tree(self._main)
        self._notes = {
            (kind, _value(note, "id")): note
            for kind in _NOTES.values()
            for part in self._parts(kind)
            for note in package.tree(part)
            if _value(note, "type") not in _SEPARATORS
        }

    def lines(self) -> list[str]:
        return [
            *self._margin("header"),
            *_Story(self, self._main).lines(self._body),
            *self._uncalled(),
            *self._margin("footer"),
        ]

    def note(self, kind: str, number: str) -> list[str]:
        """The lines of a note or comment, told as one."""
        note = self._notes.get((kind, number))
        if note is None:
            return []
        return labelled(_LABELS[kind], _Story(self, self._main).lines(note))

    def drawn(self, part: str, reference: str) -> list[str]:
        """What a chart or a diagram says: they are parts of their own."""
        named = self._named(part, reference)
        lines = []
        for entry in self._package.tree(named).iter() if named else ():
            wanted = {"p": "t", "strCache": "v"}.get(local(entry))
            if wanted:
                lines.append("".join(e.text or "" for e in entry.iter() if local(e) == wanted))
        return [line for line in lines if line.strip()]

    def embedded(self, part: str, reference: str) -> list[str]:
        """A document, page or text that a program has put in whole."""
        named = self._named(part, reference)
        if named is None:
            return []
        content = self._package.read(named)
        if sniff.sniff(content) == sniff.DOCX:
            return _lines(io.BytesIO(content))
        return plain.text(content).split("\n")

    def _margin(self, kind: str) -> list[str]:
        """The headers or footers: one that several sections have is read once."""
        stories = {}
        for part in self._parts(kind):
            lines = _Story(self, part).lines(self._package.tree(part))
            stories["\n".join(lines).strip()] = lines
        return [line for said, lines in stories.items() if said for line in lines]

    def _uncalled(self) -> list[str]:
        """Notes that nothing refers to."""
        called = {
            (_NOTES[local(entry)], _value(entry, "id"))
            for entry in self._body.iter()
            if local(entry) in _NOTES
        }
        return [line for key in self._notes if key not in called for line in self.note(*key)]

    def _named(self, part: str, reference: str) -> str | None:
        """The part that a reference within a part names, if it is there."""
        found = (one.part for one in self._package.references(part) if one.id == reference)
        return next((name for name in found if name in self._package.names), None)

    def _parts(self, kind: str) -> list[str]:
        """The parts of a kind that the main part refers to; by their names where it names none."""
        references = self._package.references(self._main)
        if references:
            found = [one.part for one in references if one.kind == kind]
            return [part for part in dict.fromkeys(found) if part in self._package.names]
        folder = PurePosixPath(self._main).parent
        return sorted(
            name
            for name in self._package.names
            if PurePosixPath(name).parent == folder
            and PurePosixPath(name).stem.rstrip("0123456789") == kind
        )


class _Story:
    """Text that runs on: the body, a box, a note. A field may begin in one paragraph and end in
    another."""

    def __init__(self, document: _Document, part: str) -> None:
        self._document = document
        self._part = part
        self._fields: list[bool] = []  # of each open field: whether its result has begun

    def lines(self, element: Element) -> list[str]:
        lines: list[str] = []
        said: list[str] = []
        behind: list[str] = []
        for child in _shown(element):
            name = local(child)
            if name == "p":
                self._read(child, said, behind)
                if not _runs_on(child):
                    lines += [*_paragraph(said), *behind]
                    said, behind = [], []
            elif name == "tbl":
                lines += [*_paragraph(said), *behind] if said else behind
                said, behind = [], []
                lines += table_lines(self._rows(child))
            elif name == "altChunk":
                lines += self._document.embedded(self._part, _value(child, "id"))
            else:
                lines += self.lines(child)
        return lines + _paragraph(said) * bool(said) + behind

    def _read(self, element: Element, said: list[str], behind: list[str]) -> None:
        for child in _shown(element):
            name = local(child)
            if name == "fldChar":
                self._turn(_value(child, "fldCharType"))
            elif name == "txbxContent":
                behind += _Story(self._document, self._part).lines(child)
            elif name in _NOTES:
                behind += self._document.note(_NOTES[name], _value(child, "id"))
            elif name in ("relIds", "chart"):
                wanted = _value(child, "dm") or _value(child, "id")
                behind += self._document.drawn(self._part, wanted)
            elif name == "ruby":
                said.append(self._ruby(child))
            elif (read := _read_character(child, name)) is None:
                if not (name == "r" and _is_set(child, "vanish")):
                    self._read(child, said, behind)
            elif all(self._fields):
                said.append(read)

    def _turn(self, kind: str) -> None:
        """A field begins with its code; its result begins behind it."""
        if kind == "begin":
            self._fields.append(False)
        elif kind == "separate" and self._fields:
            self._fields[-1] = True
        elif kind == "end" and self._fields:
            self._fields.pop()

    def _ruby(self, ruby: Element) -> str:
        """What stands above a word, in brackets behind it."""
        parts = {}
        for part in ruby:
            said: list[str] = []
            self._read(part, said, [])
            parts[local(part)] = "".join(said)
        base, above = parts.get("rubyBase", ""), parts.get("rt", "")
        return f"{base}({above})" if above.strip() else base

    def _rows(self, table: Element) -> Iterator[list[Cell]]:
        for row in _within(table, "tr"):
            if _properties(row).keys() & GONE:
                continue
            before = _number(_properties(row).get("gridBefore"), 0)
            yield [
                *([Cell([], before)] if before else []),
                *(self._cell(cell) for cell in _within(row, "tc")),
            ]

    def _cell(self, cell: Element) -> Cell:
        properties = _properties(cell)
        merge = properties.get("vMerge")
        is_covered = merge is not None and _value(merge, "val") != "restart"
        is_read = not is_covered and not properties.keys() & GONE
        across = _number(properties.get("gridSpan"), 1)
        return Cell(self.lines(cell) if is_read else [], across)


def _read_character(element: Element, name: str) -> str | None:
    """What an element of a run says; None for one that holds others."""
    if name == "t":
        return (element.text or "").replace("\n", " ")
    if name == "oMath":
        return linear(element)
    if name == "sym":
        return symbol(_value(element, "font"), _value(element, "char"))
    if name == "textpath":
        return _value(element, "string")  # letters drawn as a picture (WordArt)
    return _CHARACTERS.get(name)


def _paragraph(said: list[str]) -> list[str]:
    return [line.strip() for line in "".join(said).split("\n")]


def _shown(element: Element) -> Iterator[Element]:
    """The children that are read; of alternatives one: the first that says something."""
    for child in element:
        name = local(child)
        if name == "AlternateContent":
            spoken = [one for one in child if any((e.text or "").strip() for e in one.iter())]
            for chosen in (spoken or list(child))[:1]:
                yield from _shown(chosen)
        elif name not in _UNREAD and not name.endswith("Pr"):
            yield child


def _within(element: Element, name: str) -> Iterator[Element]:
    """Rows of a table or cells of a row, also where a wrapper stands around them."""
    for child in _shown(element):
        if local(child) == name:
            yield child
        elif local(child) in _WRAPPERS:
            yield from _within(child, name)


def _properties(element: Element) -> Mapping[str, Element]:
    """What is set of an element, by name."""
    return {
        local(one): one
        for child in element
        if local(child) in ("pPr", "rPr", "trPr", "tcPr")
        for one in child
    }


def _runs_on(paragraph: Element) -> bool:
    """Whether the end of a paragraph was deleted or moved away: the next goes on in its line."""
    mark = _properties(paragraph).get("rPr")
    return mark is not None and any(local(one) in GONE for one in mark)


def _is_set(element: Element, name: str) -> bool:
    found = _properties(element).get(name)
    return found is not None and _value(found, "val") not in _OFF


def _number(element: Element | None, usual: int) -> int:
    found = "" if element is None else _value(element, "val")
    return int(found) if found.isdigit() else usual


def _value(element: Element, name: str) -> str:
    """An attribute, whatever its namespace."""
    return next((v for key, v in element.items() if key.rsplit("}", 1)[-1] == name), "")
