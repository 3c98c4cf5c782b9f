"""Reads PDF files back as their readers do: by words and by pictures."""

import pypdfium2 as pdfium
from PIL import Image


def sheets(content: bytes) -> list[str]:
    """The text of each page."""
    with pdfium.PdfDocument(content) as opened:
        return [page.get_textpage().get_text_range() for page in opened]


def words(content: bytes) -> str:
    """All text, with single spaces between the words."""
    return " ".join(" ".join(sheets(content)).split())


def images(content: bytes) -> list[Image.Image]:
    """Each page as a picture, 72 dots an inch."""
    with pdfium.PdfDocument(content) as opened:
        return [page.render(scale=1).to_pil() for page in opened]
