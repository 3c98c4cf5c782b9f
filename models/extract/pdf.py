"""PDF: text and pages as pictures, by pypdfium2. A page that cannot be read costs that page."""

import ctypes
import logging
from collections.abc import Iterator
from itertools import pairwise
from pathlib import Path

import pypdfium2
import pypdfium2.raw as pdfium

from models.extract.extraction import TEXT_LIMIT, Part, Picture
from models.extract.wrapped import Line, Sheet, paragraphs

log = logging.getLogger(__name__)

WIDTH = 1000  # pixels of a page picture: readable on a phone when zoomed, small enough to send
TALLEST = 3000
PAGES = 20  # pictures made at most
TOLD_EACH = 20  # pages: what was read by then is kept when a limit ends the reading


def texts(path: Path) -> Iterator[Part]:
    """The text of the pages, more each time. Raises PdfiumError for a file that cannot be opened."""
    document = pypdfium2.PdfDocument(path)
    sheets: list[Sheet] = []
    unread: list[int] = []
    letters = 0
    try:
        for index in range(len(document)):
            if letters > TEXT_LIMIT:
                yield Part(paragraphs(sheets), tuple(unread), is_cut=True)
                return
            try:
                sheets.append(_sheet(document, index))
            except pypdfium2.PdfiumError as error:
                log.warning("unreadable page", exc_info=error, extra={"page": index + 1})
                unread.append(index + 1)
            else:
                letters += sum(len(line.text) for line in sheets[-1].lines)
            if index % TOLD_EACH == TOLD_EACH - 1:
                yield Part(paragraphs(sheets), tuple(unread), is_cut=True)
        yield Part(paragraphs(sheets), tuple(unread))
    finally:
        document.close()


def pictures(path: Path, folder: Path) -> Iterator[Picture]:
    """Write the first pages as PNG into the folder, each told once it is whole. Raises PdfiumError
    for a file that cannot be opened."""
    document = pypdfium2.PdfDocument(path)
    try:
        for index in range(min(len(document), PAGES)):
            name = f"page-{index + 1:03}.png"
            try:
                _draw(document, index, folder / name)
            except pypdfium2.PdfiumError as error:
                log.warning("page not drawn", exc_info=error, extra={"page": index + 1})
                name = ""
            yield Picture(name, index + 1, len(document))
    finally:
        document.close()


def _draw(document: pypdfium2.PdfDocument, index: int, target: Path) -> None:
    page = document[index]
    width, height = page.get_size()
    scale = min(WIDTH / max(width, 1), TALLEST / max(height, 1))
    picture = page.render(scale=scale).to_pil().convert("RGB")
    picture.quantize(64).save(target, optimize=True)
    page.close()


def _sheet(document: pypdfium2.PdfDocument, index: int) -> Sheet:
    page = document[index]
    try:
        textpage = page.get_textpage()
        try:
            return Sheet(list(_lines(textpage)), page.get_width())
        finally:
            textpage.close()
    finally:
        page.close()


class _Letter:
    """A character where it is printed; what PDFium puts in between has no width."""

    def __init__(self, textpage: pypdfium2.PdfTextPage, index: int) -> None:
        self.code: int = pdfium.FPDFText_GetUnicode(textpage, index)
        self.is_space = self.code in (0x20, 0xA0, 0x3000, 0x09)
        box = pdfium.FS_RECTF()
        pdfium.FPDFText_GetLooseCharBox(textpage, index, box)
        self.left, self.right = box.left, box.right
        self.height = box.top - box.bottom
        x, y = ctypes.c_double(), ctypes.c_double()
        pdfium.FPDFText_GetCharOrigin(textpage, index, x, y)
        self.base = y.value


def _lines(textpage: pypdfium2.PdfTextPage) -> Iterator[Line]:
    letters: list[_Letter] = []
    for index in range(textpage.count_chars()):
        letter = _Letter(textpage, index)
        if letter.code not in (0x0A, 0x0D):
            letters.append(letter)
        elif any(not one.is_space for one in letters):
            yield _line(letters)
            letters = []
    if any(not one.is_space for one in letters):
        yield _line(letters)


def _line(letters: list[_Letter]) -> Line:
    """A line of letters of which one is more than space."""
    while letters[0].is_space:
        letters = letters[1:]
    codes = [0x20 if letter.is_space else letter.code for letter in letters]
    printed = [letter for letter in letters if not letter.is_space]
    spaces = [at for at, letter in enumerate(letters) if letter.is_space]
    word = letters[: spaces[0]] if spaces else letters
    gaps = [b.left - a.right for a, b in pairwise(printed)]
    return Line(
        text="".join(map(chr, codes)),
        left=printed[0].left,
        right=printed[-1].right,
        base=printed[0].base,
        height=max(letter.height for letter in printed),
        first=printed[0].right - printed[0].left,
        word=word[-1].right - word[0].left,
        gap=max(gaps, default=0.0),
    )
