"""Makes the files that letters carry: HWPX, PDF and posters, the same bytes every time.

    content = make(spec, text, school)      # bytes; spec from text.attachments
    media_type(spec)                        # for the upload

PDF text is set in NanumGothic when Debian's fonts-nanum is there, else in a font every PDF reader
brings along. A poster needs a Korean font: without one `make` raises FontMissing, whose message
names the package; the demo then goes without posters.
"""

import io
import itertools
import random
import re
import zipfile
from functools import cache
from pathlib import Path

from PIL import Image, ImageDraw, ImageFont
from reportlab import platypus
from reportlab.lib import colors
from reportlab.lib.pagesizes import A4
from reportlab.lib.styles import ParagraphStyle
from reportlab.lib.units import mm
from reportlab.pdfbase import pdfmetrics
from reportlab.pdfbase.cidfonts import UnicodeCIDFont
from reportlab.pdfbase.ttfonts import TTFont
from reportlab.platypus import Flowable, Paragraph, SimpleDocTemplate, Spacer, TableStyle

from kit import cleaning
from kit.clock import local
from kit.markdown import Heading, Table, TypedLine
from scripts.demo_content.blocks import blocks
from scripts.demo_content.model import (
    NEWSLETTER,
    AttachmentText,
    NewsletterText,
    OfficialNoticeText,
)

MEDIA_TYPES = {
    "hwpx": "application/hwp+zip",
    "pdf": "application/pdf",
    "png": "image/png",
    "jpg": "image/jpeg",
}
_WRITTEN_AT = re.compile(rb"(?<=W3CDTF\">)[^<]+<")
_RANDOM_ID = re.compile(rb' id="\d{5,}"')
_NANUM = Path("/usr/share/fonts/truetype/nanum")
_POSTER_FONTS = (
    _NANUM / "NanumGothicBold.ttf",
    _NANUM / "NanumGothic.ttf",
    Path("/usr/share/fonts/opentype/noto/NotoSansCJK-Bold.ttc"),
    Path("/usr/share/fonts/opentype/noto/NotoSansCJK-Regular.ttc"),
)
_THEMES = {
    "blue": ("#0b3d91", "#dbe9ff"),
    "green": ("#1b5e20", "#e0f2e1"),
    "orange": ("#9a3b00", "#ffe9d6"),
    "purple": ("#4a148c", "#efe2f8"),
    "red": ("#8e1b1b", "#fde2e2"),
    "teal": ("#004d40", "#d9f2ee"),
}


class FontMissing(RuntimeError):
    """No Korean font for posters on this machine."""

    def __init__(self) -> None:
        super().__init__("Posters need a Korean font. Please run: sudo apt install fonts-nanum")


def media_type(spec: AttachmentText) -> str:
    """The media type of the file that `make` gives for the spec."""
    return MEDIA_TYPES[spec.make]


def make(spec: AttachmentText, text: NewsletterText | OfficialNoticeText, school: str) -> bytes:
    """The file's content. `school` is the name at its head. Raises FontMissing for a poster."""
    title = spec.title or text.title
    content = spec.content or _whole(text, school)
    if spec.make == "hwpx":
        return hwpx(school, title, content)
    if spec.make == "pdf":
        return pdf(school, title, content)
    return _poster(spec, school, title)


def _whole(text: NewsletterText | OfficialNoticeText, school: str) -> str:
    """A letter as a document: its body, day and sender, and the slip to tear off."""
    if not isinstance(text, NewsletterText):
        return text.body
    parts = [text.body]
    if text.kind == NEWSLETTER and text.published_at:
        when = local(text.published_at)
        parts += [f"{when.year}. {when.month}. {when.day}.", f"**{school}장** (직인생략)"]
    if text.reply_slip:
        parts.append(text.reply_slip)
    return "\n\n".join(parts)


# HWPX ---------------------------------------------------------------------------------------


def hwpx(school: str, title: str, content: str) -> bytes:
    """An HWPX document (KS X 6101) by python-hwpx, made of paragraphs and real tables."""
    from hwpx.document import HwpxDocument

    document = HwpxDocument.new()
    document.add_paragraph(cleaning.line(school))
    document.add_paragraph(cleaning.line(title))
    document.add_paragraph("")
    for block in blocks(cleaning.text(content)):
        if isinstance(block, Table):
            table = document.add_table(len(block.rows), len(block.aligned))
            for row, cells in enumerate(block.rows):
                for column, cell in enumerate(cells):
                    table.set_cell_text(row, column, cell.text)
        else:
            document.add_paragraph(block.text)
    return steady_archive(document.to_bytes())


def steady_archive(content: bytes) -> bytes:
    """The same archive with steady dates and ids: python-hwpx draws its ids at random, and every
    office format writes the time of day into its archive."""
    out = io.BytesIO()
    ids = itertools.count(1_000_000)
    with zipfile.ZipFile(io.BytesIO(content)) as old, zipfile.ZipFile(out, "w") as new:
        for entry in old.infolist():
            part = zipfile.ZipInfo(entry.filename, date_time=(2026, 9, 1, 9, 0, 0))
            part.compress_type = entry.compress_type
            written = old.read(entry)
            if entry.filename == "docProps/core.xml":
                written = _WRITTEN_AT.sub(b"2026-09-01T00:00:00Z<", written)
            if entry.filename.startswith("Contents/section"):
                written = _RANDOM_ID.sub(lambda _id: b' id="%d"' % next(ids), written)
            new.writestr(part, written)
    return out.getvalue()


# PDF ----------------------------------------------------------------------------------------


@cache
def _pdf_font() -> str:
    """Name of a registered font with Korean letters."""
    file = _NANUM / "NanumGothic.ttf"
    if file.exists():
        pdfmetrics.registerFont(TTFont("NanumGothic", str(file)))
        return "NanumGothic"
    pdfmetrics.registerFont(UnicodeCIDFont("HYSMyeongJo-Medium"))
    return "HYSMyeongJo-Medium"


def pdf(school: str, title: str, content: str) -> bytes:
    """A PDF of A4 pages with the school's name, the title, and the content's lines and tables."""
    out = io.BytesIO()
    document = SimpleDocTemplate(
        out,
        pagesize=A4,
        leftMargin=20 * mm,
        rightMargin=20 * mm,
        topMargin=18 * mm,
        bottomMargin=18 * mm,
        title=cleaning.line(title),
        author=cleaning.line(school),
        invariant=1,
    )
    font = _pdf_font()
    body = ParagraphStyle("body", fontName=font, fontSize=10.5, leading=17, wordWrap="CJK")
    head = ParagraphStyle("head", parent=body, fontSize=12.5, leading=20, spaceBefore=6)
    name = ParagraphStyle("name", parent=body, fontSize=17, leading=26, alignment=1, spaceAfter=10)
    story: list[Flowable] = [Paragraph(_markup(school), body), Paragraph(_markup(title), name)]
    for block in blocks(content):
        match block:
            case Table():
                story += [_pdf_table(block, body, document.width), Spacer(1, 8)]
            case Heading():
                story.append(Paragraph(_markup(block.text), head))
            case TypedLine() if block.text:
                story.append(Paragraph(_markup(block.text), body))
            case _:
                story.append(Spacer(1, 6))
    document.build(story)
    return out.getvalue()


def _pdf_table(rows: Table, style: ParagraphStyle, width: float) -> Flowable:
    cells = [[Paragraph(_markup(cell.text), style) for cell in row] for row in rows.rows]
    columns = len(rows.aligned)
    table = platypus.Table(cells, colWidths=[width / columns] * columns, repeatRows=1)
    table.setStyle(
        TableStyle(
            [
                ("GRID", (0, 0), (-1, -1), 0.5, colors.grey),
                ("BACKGROUND", (0, 0), (-1, 0), colors.HexColor("#eef2f7")),
                ("VALIGN", (0, 0), (-1, -1), "MIDDLE"),
            ]
        )
    )
    return table


def _markup(text: str) -> str:
    """Text for a paragraph: reportlab draws nothing for a letter that its font lacks."""
    drawn = cleaning.drawn(text, _draws)
    return drawn.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")


def _draws(letter: str) -> bool:
    """Whether the font of the PDFs has a letter; of a reader's own font one knows its code only."""
    font = pdfmetrics.getFont(_pdf_font())
    if isinstance(font, TTFont):
        return ord(letter) in font.face.charToGlyph
    return letter.encode("cp949", "ignore") != b""


# Posters ------------------------------------------------------------------------------------


def _poster_font() -> str:
    for file in _POSTER_FONTS:
        if file.exists():
            return str(file)
    raise FontMissing()


def _poster(spec: AttachmentText, school: str, title: str) -> bytes:
    """A poster of 900 × 1273 pixels: title, subtitle, a line per line of the spec's content."""
    file = _poster_font()
    dark, light = _THEMES[spec.theme]
    width, height, margin = 900, 1273, 60
    image = Image.new("RGB", (width, height), light)
    draw = ImageDraw.Draw(image)
    rng = random.Random(title)
    for _ in range(26):
        x, y, r = rng.randrange(width), rng.randrange(height), rng.randrange(12, 70)
        draw.ellipse((x - r, y - r, x + r, y + r), outline="white", width=4)
    draw.rectangle((0, 0, width, 330), fill=dark)
    subtitle, *lines = spec.content.strip().split("\n")
    _centred(draw, title, 120, ImageFont.truetype(file, 66), width - margin, "white")
    _centred(draw, subtitle, 240, ImageFont.truetype(file, 34), width - margin, light)
    draw.rounded_rectangle((margin, 390, width - margin, height - 150), 28, fill="white")
    y = 440
    for line in lines:
        font = ImageFont.truetype(file, 34)
        for part in _wrapped(draw, line, font, width - 2 * margin - 80):
            draw.text((margin + 40, y), part, font=font, fill="#1d1d1d")
            y += 56
        y += 14
    _centred(draw, school, height - 100, ImageFont.truetype(file, 40), width - margin, dark)
    out = io.BytesIO()
    if spec.make == "png":
        image.quantize(64).save(out, "PNG")
    else:
        image.save(out, "JPEG", quality=82)
    return out.getvalue()


def _centred(
    draw: ImageDraw.ImageDraw,
    text: str,
    y: int,
    font: ImageFont.FreeTypeFont,
    room: int,
    fill: str,
) -> None:
    """A line in the middle of the page, made smaller until it fits into `room` pixels."""
    while draw.textlength(text, font) > room and font.size > 20:
        font = font.font_variant(size=font.size - 3)
    draw.text((450, y), text, font=font, fill=fill, anchor="mm")


def _wrapped(
    draw: ImageDraw.ImageDraw, text: str, font: ImageFont.FreeTypeFont, room: int
) -> list[str]:
    lines, line = [], ""
    for word in text.split(" "):
        longer = f"{line} {word}".strip()
        if line and draw.textlength(longer, font) > room:
            lines.append(line)
            line = word
        else:
            line = longer
    return [*lines, line]
