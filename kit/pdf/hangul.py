"""Writes a paper as an HWPX file (OWPML, KS X 6101), which Hancom Office opens and edits, in the layout of
its PDF. python-hwpx writes the package upon a document that Hancom Office itself made. Only
`python -m kit.pdf` does it."""

from collections.abc import Callable, Iterable, Sequence
from typing import Any

from hwpx.document import HwpxDocument

from kit import cleaning, markdown
from kit.pdf.document import Block, Boxes, Document, Form, Line, Place, Rule, Size, Typed

_MM = 283.465  # HWPUNIT, of which an inch has 7,200
MARGIN, EDGE = round(20 * _MM), round(10 * _MM)
WIDTH = round(170 * _MM)
LABEL_WIDTH, STEP_WIDTH = round(32 * _MM), round(32 * _MM)
MOST_COLUMNS = 16  # of a table; the cells of wider ones stand in lines
_SIZES = {Size.TITLE: 18, Size.HEAD: 12, Size.TEXT: 10, Size.SMALL: 8}  # points
_ALIGNED = {"left": Place.LEFT, "center": Place.CENTRE, "right": Place.RIGHT}
_HORIZONTAL = {Place.LEFT: "LEFT", Place.CENTRE: "CENTER", Place.RIGHT: "RIGHT"}
_SHADE = "#F0F3F7"

Runs = Sequence[tuple[str, bool]]
"""Parts of a line, bold or not."""
NewParagraph = Callable[[], Any]


def written(document: Document) -> bytes:
    """The HWPX file of a paper."""
    made = HwpxDocument.new()
    try:
        made.page.set_margins(
            left=MARGIN, right=MARGIN, top=EDGE, bottom=EDGE, header=0, footer=EDGE
        )
        made.page.set_page_number(prefix=f"{cleaning.line(document.foot)} · ", align="LEFT")
        made.parts.set_document_metadata(
            title=cleaning.line(document.title),
            creator=cleaning.line(document.author),
            subject=cleaning.line(document.foot),
        )
        made.parts.clear_preview()  # of the empty document
        pen = _Pen(made)
        for block in document.blocks:
            pen.block(block)
        return bytes(made.to_bytes())
    finally:
        made.close()


class _Pen:
    """Adds blocks to a document."""

    def __init__(self, made: Any) -> None:
        self._made = made
        self._places = {
            place: made.oxml.headers[0].ensure_paragraph_alignment(name)
            for place, name in _HORIZONTAL.items()
        }
        self._letters: dict[tuple[Size, bool], str] = {}

    def block(self, block: Block) -> None:
        match block:
            case Boxes():
                if block.steps:
                    self._boxes(block)
            case Line():
                is_bold = block.size in (Size.TITLE, Size.HEAD)
                self._line([(block.text, is_bold)], block.place, block.size)
            case Rule():
                stroke = self._paragraph(Place.LEFT)
                self._say(stroke, [("", False)], Size.SMALL)
                self._made.styles.apply_paragraph_format(
                    paragraphs=[stroke], bottom_border=True, border_color="#000000"
                )
            case Form():
                self._form(block)
            case Typed():
                self._blocks(markdown.parse(block.text), lambda: self._paragraph(Place.LEFT), WIDTH)

    def _boxes(self, boxes: Boxes) -> None:
        width = min(STEP_WIDTH * len(boxes.steps), WIDTH)
        table = self._paragraph(Place.RIGHT).add_table(2, len(boxes.steps), width=width)
        for at, step in enumerate(boxes.steps):
            self._fill(table.cell(0, at), [[(step.title, False)]], Place.CENTRE)
            self._fill(table.cell(1, at), [[(step.name, False)], [(step.day, False)]], Place.CENTRE)
            table.set_cell_shading(0, at, _SHADE)

    def _form(self, form: Form) -> None:
        table = self._paragraph(Place.LEFT).add_table(len(form.rows), 2, width=WIDTH)
        table.set_column_widths([LABEL_WIDTH, WIDTH - LABEL_WIDTH])
        for at, (label, answer) in enumerate(form.rows):
            self._fill(table.cell(at, 0), [[(label, True)]], Place.LEFT)
            self._fill(
                table.cell(at, 1), [[(line, False)] for line in answer.split("\n")], Place.LEFT
            )
            table.set_cell_shading(at, 0, _SHADE)

    def _blocks(
        self, blocks: Iterable[markdown.Block], new_paragraph: NewParagraph, room: int
    ) -> None:
        for block in blocks:
            match block:
                case markdown.TypedLine():
                    self._say(new_paragraph(), _runs(block))
                case markdown.Heading():
                    self._say(new_paragraph(), [(block.text, True)], Size.HEAD)
                case markdown.Box():
                    cell = new_paragraph().add_table(1, 1, width=room).cell(0, 0)
                    self._blocks(block.blocks, _within(cell), room - round(6 * _MM))
                case markdown.Table():
                    self._table(block, new_paragraph, room)
                case markdown.Part():
                    self._say(new_paragraph(), [(block.language.name, True)], Size.HEAD)
                    self._blocks(block.blocks, new_paragraph, room)

    def _table(self, table: markdown.Table, new_paragraph: NewParagraph, room: int) -> None:
        columns = max(map(len, table.rows))
        if columns > MOST_COLUMNS:
            for row in table.rows:
                self._say(new_paragraph(), [(" | ".join(cell.text for cell in row), False)])
            return
        made = new_paragraph().add_table(len(table.rows), columns, width=room)
        for down, row in enumerate(table.rows):
            is_head = table.has_head and down == 0
            for across, cell in enumerate(row):
                align = table.aligned[across] if across < len(table.aligned) else ""
                place = Place.CENTRE if is_head else _ALIGNED.get(align, Place.LEFT)
                runs = [(cell.text, True)] if is_head else _runs(cell)
                self._fill(made.cell(down, across), [runs], place)
            if is_head:
                for across in range(columns):
                    made.set_cell_shading(0, across, _SHADE)

    def _line(self, runs: Runs, place: Place, size: Size) -> None:
        self._say(self._paragraph(place), runs, size)

    def _paragraph(self, place: Place) -> Any:
        return self._made.add_paragraph(
            "", para_pr_id_ref=self._places[place], include_run=False, inherit_style=False
        )

    def _fill(self, cell: Any, lines: Iterable[Runs], place: Place) -> None:
        new_paragraph = _within(cell)
        for runs in lines:
            paragraph = new_paragraph()
            paragraph.para_pr_id_ref = self._places[place]
            self._say(paragraph, runs)

    def _say(self, paragraph: Any, runs: Runs, size: Size = Size.TEXT) -> None:
        for text, bold in runs:
            paragraph.add_run(
                cleaning.text(text),
                char_pr_id_ref=self._letters_of(size, bold),
                expand_special_characters=True,
            )

    def _letters_of(self, size: Size, bold: bool) -> str:
        if (size, bold) not in self._letters:
            made = self._made.styles.ensure_run(bold=bold, size=_SIZES[size])
            self._letters[size, bold] = made
        return self._letters[size, bold]


def _runs(line: markdown.TypedLine) -> Runs:
    return [(run.text, run.bold) for run in line.runs]


def _within(cell: Any) -> NewParagraph:
    """Paragraphs of a cell, which has an empty first one."""
    first = iter(cell.paragraphs[:1])
    return lambda: next(first, None) or cell.add_paragraph()
