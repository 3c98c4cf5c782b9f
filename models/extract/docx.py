"""DOCX (ECMA-376): paragraphs in order, cells of a table row separated by tabs."""

from pathlib import Path
from xml.etree.ElementTree import Element

from models.extract.archive import local, open_archive, part


def text(path: Path) -> str:
    """The body's text, a line a paragraph. Raises KeyError, BadZipFile, ParseError, ValueError."""
    with open_archive(path) as archive:
        body = part(archive, "word/document.xml")
    return "\n".join(_lines(body))


def _lines(element: Element) -> list[str]:
    lines: list[str] = []
    for child in element:
        name = local(child)
        if name == "p":
            lines.append(_paragraph(child))
        elif name == "tr":
            cells = [" ".join(filter(None, _lines(c))) for c in child if local(c) == "tc"]
            lines.append("\t".join(cells))
        else:
            lines += _lines(child)
    return lines


def _paragraph(paragraph: Element) -> str:
    pieces = []
    for entry in paragraph.iter():
        name = local(entry)
        if name == "t":
            pieces.append(entry.text or "")
        elif name in ("tab", "br"):
            pieces.append("\t" if name == "tab" else "\n")
    return "".join(pieces).strip()
