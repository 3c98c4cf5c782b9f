"""The text of a section of HWP 5: its paragraphs, with what their control characters stand for."""

import re
import struct
from collections.abc import Callable, Iterable, Iterator
from functools import partial
from itertools import islice, pairwise
from operator import itemgetter

from models.extract.hwp_records import (
    CTRL_HEADER,
    EQUATION,
    FORM_OBJECT,
    LIST_HEADER,
    MEMO_LIST,
    PARA_HEADER,
    PARA_TEXT,
    TABLE,
    TEXT_ART,
    Record,
    decoded,
    tree,
)
from models.extract.labels import ENDNOTE, FOOTNOTE, MEMO, labelled
from models.extract.paragraph import Document, Paragraph
from models.extract.table import Cell, table_lines

# Below 32 all units are codes. These stand alone; any other is eight units long: the code, six units
# of its own, the code again.
_SINGLE = frozenset({0, 10, 13, *range(24, 32)})
_WIDTH = 8
# Codes that a control record belongs to, in the order of the paragraph's text.
_EXTENDED = frozenset({1, 2, 3, 11, 12, 14, 15, 16, 17, 18, 21, 22, 23})
_CHARACTERS = {9: "\t", 10: "\n", 24: "-", 30: " ", 31: " "}

_COUNTED = frozenset({3, 4, 5})  # numbers of pictures, tables, equations: those a caption shows
_ABOVE = frozenset({0, 2})  # sides of a caption: left, top
_FORM_TEXT = re.compile(r"\b(?:Caption|Text):wstring:(\d{1,5}):")


def read_section(content: bytes, document: Document) -> None:
    """Adds the section's lines to the document. Raises ValueError when it is damaged."""
    document.body += _Section(document).read(tree(content))


class _Section:
    def __init__(self, document: Document) -> None:
        self._document = document
        self._memos: dict[int, list[str]] = {}
        self._controls: dict[bytes, Callable[[Record, Paragraph], None]] = {
            b"tbl ": self._table,
            b"gso ": self._drawing,
            b"eqed": self._equation,
            b"fn  ": partial(self._note, FOOTNOTE),
            b"en  ": partial(self._note, ENDNOTE),
            b"tcmt": partial(self._note, MEMO),
            b"head": self._header,
            b"foot": self._footer,
            b"secd": self._header,  # the section's master pages
            b"atno": self._number,
            b"tdut": self._ruby,
            b"tcps": self._overlapping,
            b"form": self._form,
        }

    def read(self, outermost: list[Record]) -> list[str]:
        for record in outermost:
            self._find_memos(record.children)
        lines = self._lines(record for record in outermost if record.tag == PARA_HEADER)
        for memo in self._memos.values():
            lines += labelled(MEMO, memo)
        return lines

    def _find_memos(self, records: list[Record]) -> None:
        """Memos stand below the section's last paragraph: the number of one, then its text."""
        heads = [at for at, record in enumerate(records) if record.tag == MEMO_LIST]
        for start, end in pairwise([*heads, len(records)]):
            paragraphs = [line for _, found in _lists(records[start:end]) for line in found]
            self._memos[records[start].uint32(0)] = self._lines(paragraphs)

    def _lines(self, paragraphs: Iterable[Record]) -> list[str]:
        return [line for paragraph in paragraphs for line in self._paragraph(paragraph)]

    def _paragraph(self, record: Record) -> list[str]:
        made = Paragraph()
        controls = list(record.inner(CTRL_HEADER))
        for text in record.inner(PARA_TEXT):
            for piece in _pieces(text.content):
                if isinstance(piece, str):
                    made.write(piece)
                elif (control := _claimed(controls, piece)) is not None:
                    self._control(control, made)
        for control in controls:
            self._control(control, made)
        return made.lines()

    def _control(self, control: Record, made: Paragraph) -> None:
        name = control.content[:4][::-1]
        read = self._controls.get(name, self._field if name.startswith(b"%") else self._anything)
        read(control, made)

    def _anything(self, control: Record, made: Paragraph) -> None:
        """What says nothing (a bookmark, a column), or what is not known: its text, if it has any."""
        made.put_behind(self._inside(control))

    def _inside(self, record: Record) -> list[str]:
        """The lines of all paragraphs below a record, however deep they stand."""
        lines = record.string(32).splitlines() if record.tag == TEXT_ART else []
        for child in record.children:
            if child.tag == PARA_HEADER:
                lines += self._paragraph(child)
            else:
                lines += self._inside(child)
        return lines

    def _drawing(self, control: Record, made: Paragraph) -> None:
        shapes = [
            child for child in control.children if child.tag not in (LIST_HEADER, PARA_HEADER)
        ]
        lines = [line for shape in shapes for line in self._inside(shape)]
        _put(control, self._captioned(control.children, lines), made)

    def _table(self, control: Record, made: Paragraph) -> None:
        tags = [child.tag for child in control.children]
        at = tags.index(TABLE) if TABLE in tags else 0
        cells = [
            (header, self._lines(paragraphs))
            for header, paragraphs in _lists(control.children[at:])
        ]
        rows = _rows(control.children[at], cells) if cells else []
        lines = self._captioned(control.children[:at], table_lines(rows))
        _put(control, lines, made)

    def _captioned(self, records: Iterable[Record], lines: list[str]) -> list[str]:
        """The lines with the caption that is among the records, above or below."""
        for header, paragraphs in _lists(records):
            caption = self._lines(paragraphs)
            is_above = header is not None and header.uint32(8) & 3 in _ABOVE
            lines = caption + lines if is_above else lines + caption
        return lines

    def _equation(self, control: Record, made: Paragraph) -> None:
        for equation in control.inner(EQUATION):
            made.write_equation(equation.string(4))
        made.put_behind(self._captioned(control.children, []))

    def _note(self, label: str, control: Record, made: Paragraph) -> None:
        made.put_behind(self._inside(control), label)

    def _field(self, control: Record, made: Paragraph) -> None:
        """A memo hangs on a field, whose last number names it; other fields stand in the text."""
        command_ends = 11 + 2 * control.uint16(9)
        made.put_behind(self._memos.pop(control.uint32(command_ends + 4), []), MEMO)

    def _header(self, control: Record, _: Paragraph) -> None:
        self._document.add_header(self._inside(control))

    def _footer(self, control: Record, _: Paragraph) -> None:
        self._document.add_footer(self._inside(control))

    def _number(self, control: Record, made: Paragraph) -> None:
        if control.uint32(4) & 0xF in _COUNTED:
            made.write(str(control.uint16(8)))

    def _ruby(self, control: Record, made: Paragraph) -> None:
        reading = control.string(6 + 2 * control.uint16(4))
        made.write(control.string(4))
        made.write(f"({reading})" if reading.strip() else "")

    def _overlapping(self, control: Record, made: Paragraph) -> None:
        made.write(control.string(4))

    def _form(self, control: Record, made: Paragraph) -> None:
        for form in control.inner(FORM_OBJECT):
            properties = decoded(form.content)
            if match := _FORM_TEXT.search(properties):
                made.write_apart(properties[match.end() : match.end() + int(match[1])])


def _pieces(content: bytes) -> Iterator[str | bytes]:
    """A paragraph's text in pieces; for a code that a control belongs to its name, as it is stored."""
    units = struct.unpack(f"<{len(content) // 2}H", content[: len(content) // 2 * 2])
    at = 0
    while at < len(units):
        code = units[at]
        if code >= 32:
            end = next((place for place in range(at, len(units)) if units[place] < 32), len(units))
            yield decoded(content[2 * at : 2 * end])
            at = end
        else:
            is_extended = code in _EXTENDED
            yield content[2 * at + 2 : 2 * at + 6] if is_extended else _CHARACTERS.get(code, "")
            at += 1 if code in _SINGLE else _WIDTH


def _claimed(controls: list[Record], name: bytes) -> Record | None:
    """The first of the controls with that name, taken out."""
    for at, control in enumerate(controls):
        if control.content[:4] == name:
            return controls.pop(at)
    return None


def _put(control: Record, lines: list[str], made: Paragraph) -> None:
    if control.uint32(4) & 1:  # treated as a character
        made.insert(lines)
    else:
        made.put_behind(lines)


def _lists(records: Iterable[Record]) -> list[tuple[Record | None, list[Record]]]:
    """Lists of paragraphs: the paragraphs follow the head of their list on its own level."""
    found: list[tuple[Record | None, list[Record]]] = []
    for record in records:
        if record.tag == LIST_HEADER:
            found.append((record, list(record.inner(PARA_HEADER))))
        elif record.tag == PARA_HEADER:
            if not found:
                found.append((None, []))
            found[-1][1].append(record)
    return found


_Cells = list[tuple[Record | None, list[str]]]


def _rows(table: Record, cells: _Cells) -> Iterator[list[Cell]]:
    """The cells by their addresses; in order, as many as a row has, where those cannot be true."""
    places = [(head.uint16(10), head.uint16(8)) if head else (0, 0) for head, _ in cells]
    spans = [(head.uint16(12), head.uint16(14)) if head else (0, 0) for head, _ in cells]
    if len(set(places)) < len(cells) or not all(map(all, spans)):
        yield from _rows_in_order(table, cells)
        return
    made = [Cell(lines, *span) for (_, lines), span in zip(cells, spans, strict=True)]
    rows: dict[int, list[tuple[int, Cell]]] = {}
    for (row, column), cell in zip(places, made, strict=True):
        rows.setdefault(row, []).append((column, cell))
    for row in range(max(rows) + 1):
        yield [cell for _, cell in sorted(rows.get(row, []), key=itemgetter(0))]


def _rows_in_order(table: Record, cells: _Cells) -> Iterator[list[Cell]]:
    remaining = (Cell(lines) for _, lines in cells)
    for row in range(table.uint16(4)):
        yield list(islice(remaining, table.uint16(18 + 2 * row)))
    yield from ([cell] for cell in remaining)
