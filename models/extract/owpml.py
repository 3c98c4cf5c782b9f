"""The text of a section of HWPX (OWPML, KS X 6101) or HWPML: the same paragraphs, in XML of two
spellings. HWPML writes in capitals what OWPML writes small, and a few names differ.
"""

from collections.abc import Callable
from functools import partial
from xml.etree.ElementTree import Element

from models.extract.archive import local
from models.extract.labels import ENDNOTE, FOOTNOTE, MEMO, labelled
from models.extract.paragraph import Document, Paragraph
from models.extract.table import Cell, table_lines

# HWPML's names of what OWPML names otherwise.
_NAMES = {
    "TEXT": "run",
    "CHAR": "t",
    "TABLE": "tbl",
    "ROW": "tr",
    "CELL": "tc",
    "PARALIST": "sublist",
    "SECTION": "sec",
    "BUTTON": "btn",
    "RADIOBUTTON": "radiobtn",
    "CHECKBUTTON": "checkbtn",
    "POSITION": "pos",
    "EDITTEXT": "text",
}
_CHARACTERS = {
    "tab": "\t",
    "linebreak": "\n",
    "nbspace": " ",
    "fwspace": " ",
    "hypen": "-",  # sic: so the format spells it
    "hyphen": "-",
}
_INLINE = frozenset({*_CHARACTERS, "deletebegin", "deleteend"})  # some stand between texts
_COUNTED = frozenset({"figure", "picture", "table", "equation"})  # numbers that a caption shows
_UNREAD = frozenset(
    {
        "shapecomment",
        "parameters",
        "parameterset",
        "metatag",
        "linesegarray",
        "caption",
        "shapeobject",
        "memogroup",
    }
)


def name_of(element: Element) -> str:
    """An element's name in OWPML, in small letters."""
    name = local(element)
    return _NAMES.get(name, name.lower())


class Sections:
    """Reads sections into a document. `chart` gives the lines of a chart by the name of its part."""

    def __init__(self, document: Document, chart: Callable[[str], list[str]] | None = None) -> None:
        self._document = document
        self._chart_lines = chart
        self._memos: set[tuple[str, ...]] = set()  # those told where they hang
        self._items: dict[str, Callable[[Element, Paragraph], None]] = {
            "t": self._text,
            "ctrl": self._run,
            "switch": self._switch,
            "autonum": self._number,
            "footnote": partial(self._note, FOOTNOTE),
            "endnote": partial(self._note, ENDNOTE),
            "hiddencomment": self._memo,
            "fieldbegin": self._memo,
            "header": self._header,
            "footer": self._footer,
            "secpr": self._master_pages,
            "secdef": self._master_pages,
            "equation": self._equation,
            "dutmal": self._ruby,
            "compose": self._overlapping,
            "btn": self._button,
            "radiobtn": self._button,
            "checkbtn": self._button,
            "combobox": self._chosen,
            "listbox": self._chosen,
            "edit": self._typed,
            "chart": self._chart,
        }

    def read(self, section: Element) -> None:
        """Some programs list all memos of a section besides: those that hang nowhere come last."""
        lines = self.lines(section)
        for group in section:
            if name_of(group) == "memogroup":
                for memo in group:
                    said = self.lines(memo)
                    lines += labelled(MEMO, said) if tuple(said) not in self._memos else []
        self._document.body += lines

    def lines(self, container: Element) -> list[str]:
        """The lines of all paragraphs within, however deep they stand."""
        found: list[str] = []
        for child in container:
            name = name_of(child)
            if name == "p":
                found += self._paragraph(child)
            elif name not in _UNREAD:
                found += self._object(child)
        return found

    def _paragraph(self, element: Element) -> list[str]:
        made = Paragraph()
        for run in element:
            if name_of(run) not in _UNREAD:
                self._run(run, made)
        return made.lines()

    def _run(self, element: Element, made: Paragraph) -> None:
        for child in element:
            name = name_of(child)
            read = self._inline if name in _INLINE else self._items.get(name, self._placed_object)
            read(child, made)

    def _text(self, element: Element, made: Paragraph) -> None:
        made.write(element.text or "")
        for child in element:
            self._inline(child, made)
            made.write(child.tail or "")

    def _inline(self, element: Element, made: Paragraph) -> None:
        name = name_of(element)
        if name == "deletebegin":
            made.begin_deletion(_attribute(element, "id"))
        elif name == "deleteend":
            made.end_deletion(_attribute(element, "id"))
        else:
            made.write(_CHARACTERS.get(name, ""))
            self._text(element, made)

    def _placed_object(self, element: Element, made: Paragraph) -> None:
        lines = self._object(element)
        if _stands_in_text(element):
            made.insert(lines)
        else:
            made.put_behind(lines)

    def _object(self, element: Element) -> list[str]:
        """A table, a drawing or a part of one, with its caption above or below."""
        name = name_of(element)
        if name == "tbl":
            within = self._table(element)
        else:
            within = _attribute(element, "text").splitlines() if name == "textart" else []
            within += self.lines(element)
        for caption in _of_shape(element, "caption"):
            is_above = _attribute(caption, "side").lower() in ("top", "left")
            lines = self.lines(caption)
            within = lines + within if is_above else within + lines
        return within

    def _table(self, element: Element) -> list[str]:
        rows = [row for row in element if name_of(row) == "tr"]
        return table_lines(
            [self._cell(cell) for cell in row if name_of(cell) == "tc"] for row in rows
        )

    def _cell(self, cell: Element) -> Cell:
        span = next((child for child in cell if name_of(child) == "cellspan"), cell)
        return Cell(self.lines(cell), _count(span, "colspan"), _count(span, "rowspan"))

    def _switch(self, element: Element, made: Paragraph) -> None:
        """The same thing for newer and older programs: read once."""
        for name in ("case", "default"):
            for branch in element:
                if name_of(branch) == name:
                    return self._run(branch, made)
        return None

    def _number(self, element: Element, made: Paragraph) -> None:
        if (
            _attribute(element, "numtype") or _attribute(element, "numbertype")
        ).lower() in _COUNTED:
            made.write(_attribute(element, "num") or _attribute(element, "number"))

    def _note(self, label: str, element: Element, made: Paragraph) -> None:
        made.put_behind(self.lines(element), label)

    def _memo(self, element: Element, made: Paragraph) -> None:
        lines = self.lines(element)
        self._memos.add(tuple(lines))
        made.put_behind(lines, MEMO)

    def _header(self, element: Element, _: Paragraph) -> None:
        self._document.add_header(self.lines(element))

    def _footer(self, element: Element, _: Paragraph) -> None:
        self._document.add_footer(self.lines(element))

    def _master_pages(self, element: Element, made: Paragraph) -> None:
        """And headers and footers, which some programs write into the section's properties too."""
        for child in element:
            read = self._footer if name_of(child) == "footer" else self._header
            read(child, made)

    def _equation(self, element: Element, made: Paragraph) -> None:
        made.write_equation(_text_of(element, "script"))
        made.put_behind(self._object(element))

    def _ruby(self, element: Element, made: Paragraph) -> None:
        reading = _text_of(element, "subtext")
        made.write(_text_of(element, "maintext"))
        made.write(f"({reading})" if reading.strip() else "")

    def _overlapping(self, element: Element, made: Paragraph) -> None:
        made.write(_attribute(element, "composetext") or "".join(element.itertext()))

    def _button(self, element: Element, made: Paragraph) -> None:
        made.write_apart(next(filter(None, (_attribute(e, "caption") for e in element.iter())), ""))

    def _chosen(self, element: Element, made: Paragraph) -> None:
        value = _attribute(element, "selectedvalue") or _attribute(element, "text")
        shown = [
            _attribute(item, "displaytext")
            for item in element
            if name_of(item) == "listitem" and _attribute(item, "value") == value
        ]
        made.write_apart(next(filter(None, shown), value))

    def _typed(self, element: Element, made: Paragraph) -> None:
        made.write_apart(_text_of(element, "text"))

    def _chart(self, element: Element, made: Paragraph) -> None:
        name = _attribute(element, "chartidref")
        if name and self._chart_lines is not None:
            made.put_behind(self._chart_lines(name))
        self._placed_object(element, made)


def _of_shape(element: Element, name: str) -> list[Element]:
    """An object's own parts of that name: in HWPML they stand one deeper."""
    holders = [element, *(child for child in element if name_of(child) == "shapeobject")]
    return [part for holder in holders for part in holder if name_of(part) == name]


def _stands_in_text(element: Element) -> bool:
    positions = _of_shape(element, "pos")
    return any(_attribute(place, "treataschar").lower() in ("1", "true") for place in positions)


def _text_of(element: Element, name: str) -> str:
    return "".join("".join(child.itertext()) for child in element if name_of(child) == name)


def _attribute(element: Element, name: str) -> str:
    """The value of an attribute, whose name is given in small letters."""
    return next((value for key, value in element.items() if key.lower() == name), "")


def _count(element: Element, name: str) -> int:
    value = _attribute(element, name)
    return int(value) if value.isascii() and value.isdigit() and len(value) < 6 else 1
