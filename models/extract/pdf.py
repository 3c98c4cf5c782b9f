"""PDF: text and pages as pictures, by pypdfium2."""

from collections.abc import Iterator
from pathlib import Path

import pypdfium2

WIDTH = 1000  # pixels of a page picture: readable on a phone when zoomed, small enough to send
TALLEST = 3000
PAGES = 20  # pictures made at most


def text(path: Path) -> str:
    """The text of all pages. Raises PdfiumError."""
    document = pypdfium2.PdfDocument(path)
    try:
        pieces = []
        for page in document:
            textpage = page.get_textpage()
            pieces.append(textpage.get_text_bounded())
            textpage.close()
            page.close()
        return "\n\n".join(pieces).replace("\r\n", "\n")
    finally:
        document.close()


def pictures(path: Path, folder: Path) -> Iterator[tuple[str, int]]:
    """Write the first pages as PNG into the folder: each file name once it is whole, with how many
    pages the document has. Raises PdfiumError."""
    document = pypdfium2.PdfDocument(path)
    try:
        for index in range(min(len(document), PAGES)):
            page = document[index]
            width, height = page.get_size()
            scale = min(WIDTH / max(width, 1), TALLEST / max(height, 1))
            picture = page.render(scale=scale).to_pil().convert("RGB")
            name = f"page-{index + 1:03}.png"
            picture.quantize(64).save(folder / name, optimize=True)
            page.close()
            yield name, len(document)
    finally:
        document.close()
