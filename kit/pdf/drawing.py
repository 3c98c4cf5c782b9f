"""Draws a paper on A4 sheets. Only `python -m kit.pdf` does: it takes what a long paper takes."""

import html
import re
import unicodedata
from collections.abc import Iterable, Iterator, Sequence
from io import BytesIO
from pathlib import Path
from typing import Any, Literal

from reportlab.lib import colors
from reportlab.lib.enums import TA_CENTER, TA_LEFT, TA_RIGHT
from reportlab.lib.pagesizes import A4
from reportlab.lib.styles import ParagraphStyle
from reportlab.lib.units import mm
from reportlab.pdfbase import pdfmetrics
from reportlab.pdfbase.ttfonts import TTFont
from reportlab.pdfgen.canvas import Canvas
from reportlab.platypus import (
    Flowable,
    HRFlowable,
    Paragraph,
    SimpleDocTemplate,
    Spacer,
    Table,
    TableStyle,
)

from kit import cleaning, markdown
from kit.pdf.document import Block, Boxes, Document, Form, Line, Place, Rule, Size, Typed
from kit.pdf.letters import drawable

REGULAR, BOLD = "Madang Paper", "Madang Paper Bold"
MARGIN = 20 * mm
WIDTH = A4[0] - 2 * MARGIN
LABEL_WIDTH, STEP_WIDTH = 32 * mm, 32 * mm
MOST_COLUMNS = 16  # of a table; the cells of wider ones stand in lines
_FONTS = Path(__file__).parent / "fonts"
_Alignment = Literal[0, 1, 2]  # TA_LEFT, TA_CENTER, TA_RIGHT
_PLACES: dict[Place, _Alignment] = {
    Place.LEFT: TA_LEFT,
    Place.CENTRE: TA_CENTER,
    Place.RIGHT: TA_RIGHT,
}
_ALIGNED: dict[str, _Alignment] = {"left": TA_LEFT, "center": TA_CENTER, "right": TA_RIGHT}
_SIZES = {Size.TITLE: 18.0, Size.HEAD: 12.5, Size.TEXT: 10.5, Size.SMALL: 8.5}
_GREY, _SHADE = colors.HexColor("#5a6270"), colors.HexColor("#f0f3f7")
_FIRST_ROW, _FIRST_COLUMN = ((0, 0), (-1, 0)), ((0, 0), (0, -1))
_PADDING = 6  # left and right in a cell
_SPACES = re.compile(r"^[ \t]+|[ \t]{2,}")


def drawn(document: Document) -> bytes:
    """The PDF of a paper."""
    font = TTFont(REGULAR, str(_FONTS / "regular.ttf"))
    pdfmetrics.registerFont(font)
    pdfmetrics.registerFont(TTFont(BOLD, str(_FONTS / "bold.ttf")))
    pdfmetrics.registerFontFamily(
        REGULAR, normal=REGULAR, bold=BOLD, italic=REGULAR, boldItalic=BOLD
    )
    pen = _Pen(font.face.charToGlyph)
    out = BytesIO()
    template = SimpleDocTemplate(
        out,
        pagesize=A4,
        leftMargin=MARGIN - 6,  # the frame adds as much
        rightMargin=MARGIN - 6,
        topMargin=18 * mm,
        bottomMargin=20 * mm,
        title=cleaning.line(document.title),
        author=cleaning.line(document.author),
        subject=cleaning.line(document.foot),
        creator="Madang",
        lang="ko-KR",
        invariant=1,  # the same paper is the same file, whoever asks and when
    )
    foot = pen.plain(document.foot)

    def below(canvas: Canvas, _template: object) -> None:
        canvas.setViewerPreference("DisplayDocTitle", "true")
        canvas.setFont(REGULAR, 8)
        canvas.setFillColor(_GREY)
        canvas.drawString(MARGIN, 11 * mm, foot)
        canvas.drawRightString(A4[0] - MARGIN, 11 * mm, str(canvas.getPageNumber()))

    blocks = [flowable for block in document.blocks for flowable in pen.block(block)]
    template.build(blocks, onFirstPage=below, onLaterPages=below)
    return out.getvalue()


class _Pen:
    """Makes what reportlab sets out of blocks. Lines end between words alone."""

    def __init__(self, known: dict[int, int]) -> None:
        self._known = known

    def plain(self, text: str) -> str:
        """Text with letters of the font alone."""
        return drawable(text, self._known)

    def block(self, block: Block) -> Iterator[Flowable]:
        match block:
            case Boxes():
                if block.steps:
                    yield self._boxes(block)
            case Line():
                words = self._typed(block.text)
                if block.size in (Size.TITLE, Size.HEAD):
                    words = f"<b>{words}</b>"
                yield self._paragraph(words, block.size, _PLACES[block.place])
            case Rule():
                yield HRFlowable("100%", 1, color=colors.black, spaceBefore=2, spaceAfter=6)
            case Form():
                yield self._form(block)
            case Typed():
                yield from self._blocks(markdown.parse(block.text), WIDTH)

    def _boxes(self, boxes: Boxes) -> Flowable:
        rows = [
            [self._cell(self._typed(one.title), TA_CENTER) for one in boxes.steps],
            [self._cell(self._typed(f"{one.name}\n{one.day}"), TA_CENTER) for one in boxes.steps],
        ]
        width = min(STEP_WIDTH, WIDTH / len(boxes.steps))
        return _grid(rows, [width] * len(boxes.steps), head=_FIRST_ROW, place="RIGHT")

    def _form(self, form: Form) -> Flowable:
        rows = [
            [
                self._cell(f"<b>{self._typed(label)}</b>"),
                [self._cell(self._typed(line)) for line in answer.split("\n")],
            ]
            for label, answer in form.rows
        ]
        return _grid(rows, [LABEL_WIDTH, WIDTH - LABEL_WIDTH], head=_FIRST_COLUMN)

    def _blocks(self, blocks: Iterable[markdown.Block], room: float) -> Iterator[Flowable]:
        for block in blocks:
            match block:
                case markdown.TypedLine():
                    yield self._line(block)
                case markdown.Heading():
                    yield self._paragraph(f"<b>{self._runs(block.line)}</b>", Size.HEAD, TA_LEFT)
                case markdown.Box():
                    yield _boxed(list(self._blocks(block.blocks, room - 2 * _PADDING)))
                case markdown.Table():
                    yield from self._table(block, room)
                case markdown.Part():
                    yield from self._part(block, room)

    def _part(self, part: markdown.Part, room: float) -> Iterator[Flowable]:
        """Below its language's name; where the font lacks letters of it, a line says where it is read."""
        written = [one for one in self._all_text(part.blocks) if one.isalpha()]
        yield HRFlowable("100%", 0.5, color=_GREY, spaceBefore=10, spaceAfter=4)
        if all(ord(one) in self._known for one in written):
            yield self._paragraph(f"<b>{self._typed(part.language.name)}</b>", Size.HEAD, TA_LEFT)
            yield from self._blocks(part.blocks, room)
        else:
            elsewhere = (
                f"이 글의 {part.language.label} 번역은 화면과 인쇄용 보기에서 읽을 수 있습니다."
            )
            yield self._paragraph(elsewhere, Size.SMALL, TA_LEFT)

    @staticmethod
    def _all_text(blocks: tuple[markdown.Block, ...]) -> str:
        return unicodedata.normalize("NFC", "".join(markdown.seen(blocks)))

    def _line(self, line: markdown.TypedLine) -> Flowable:
        if not line.text.strip():
            return Spacer(1, 7)
        label = self.plain(line.text[: line.label]).replace(" ", "\u00a0")
        hang = pdfmetrics.stringWidth(label, REGULAR, _SIZES[Size.TEXT]) if label else 0
        return self._paragraph(self._runs(line), Size.TEXT, TA_LEFT, hang)

    def _table(self, table: markdown.Table, room: float) -> Iterator[Flowable]:
        columns = max(map(len, table.rows))
        if columns > MOST_COLUMNS:
            for row in table.rows:
                yield self._paragraph(" | ".join(map(self._runs, row)), Size.TEXT, TA_LEFT)
            return
        rows = []
        for number, row in enumerate(table.rows):
            is_head = table.has_head and number == 0
            cells = []
            for at in range(columns):
                align = table.aligned[at] if at < len(table.aligned) else ""
                words = self._runs(row[at]) if at < len(row) else ""
                place = TA_CENTER if is_head else _ALIGNED.get(align, TA_LEFT)
                cells.append(self._cell(f"<b>{words}</b>" if is_head else words, place))
            rows.append(cells)
        head = _FIRST_ROW if table.has_head else None
        yield _grid(rows, self._widths(table, columns, room), head=head)

    def _widths(self, table: markdown.Table, columns: int, room: float) -> list[float]:
        """Of the columns within `room` points, by their longest cells."""
        longest = [36.0] * columns
        for row in table.rows:
            for at, cell in enumerate(row):
                width = pdfmetrics.stringWidth(self.plain(cell.text), BOLD, 10) + 2 * _PADDING + 2
                longest[at] = max(longest[at], min(width, room / 2))
        whole = sum(longest)
        return [room * one / whole for one in longest]

    def _cell(self, words: str, place: _Alignment = TA_LEFT) -> Flowable:
        return Paragraph(words, _style(10, place))

    def _paragraph(self, words: str, size: Size, place: _Alignment, hang: float = 0) -> Flowable:
        return Paragraph(words, _style(_SIZES[size], place, hang))

    def _runs(self, line: markdown.TypedLine) -> str:
        return "".join(
            f"<b>{self._typed(run.text)}</b>" if run.bold else self._typed(run.text)
            for run in line.runs
        )

    def _typed(self, text: str) -> str:
        """Text as markup of reportlab; spaces that a paragraph would join stay as many as they are."""
        kept = _SPACES.sub(lambda found: "\u00a0" * len(found[0]), self.plain(text))
        return html.escape(kept, quote=False).replace("\n", "<br/>")


def _style(size: float, place: _Alignment, hang: float = 0) -> ParagraphStyle:
    return ParagraphStyle(
        "written",
        fontName=REGULAR,
        fontSize=size,
        leading=size * 1.5,
        alignment=place,
        leftIndent=hang,
        firstLineIndent=-hang,
        spaceBefore=size * (0.15 if place == TA_LEFT else 0.6),
        spaceAfter=size * 0.3 if size > 11 else 0,
    )


def _grid(
    rows: Sequence[list[Any]],
    widths: list[float],
    *,
    head: tuple[tuple[int, int], tuple[int, int]] | None,
    place: Literal["CENTER", "RIGHT"] = "CENTER",
) -> Flowable:
    """A table with lines; a row that is higher than a page goes on upon the next."""
    looks: list[Any] = [
        ("GRID", (0, 0), (-1, -1), 0.5, _GREY),
        ("VALIGN", (0, 0), (-1, -1), "TOP" if head == _FIRST_COLUMN else "MIDDLE"),
        ("TOPPADDING", (0, 0), (-1, -1), 3),
        ("BOTTOMPADDING", (0, 0), (-1, -1), 5),
    ]
    if head is not None:
        looks.append(("BACKGROUND", *head, _SHADE))
    return Table(
        rows,
        colWidths=widths,
        style=TableStyle(looks),
        hAlign=place,
        repeatRows=1 if head == _FIRST_ROW and len(rows) > 1 else 0,
        splitInRow=1,
        spaceBefore=4,
        spaceAfter=6,
    )


def _boxed(blocks: list[Flowable]) -> Flowable:
    """Blocks within a frame, which breaks between them."""
    looks: list[Any] = [
        ("BOX", (0, 0), (-1, -1), 0.8, _GREY),
        ("TOPPADDING", (0, 0), (-1, -1), 1),
        ("BOTTOMPADDING", (0, 0), (-1, -1), 2),
    ]
    return Table(
        [[one] for one in blocks],
        colWidths=[WIDTH],
        style=TableStyle(looks),
        splitInRow=1,
        spaceBefore=4,
        spaceAfter=6,
    )
