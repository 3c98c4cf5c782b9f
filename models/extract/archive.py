"""XML parts of a zipped document, read within bounds."""

import zipfile
from pathlib import Path
from xml.etree import ElementTree

PART_LIMIT = 64 * 1024 * 1024  # bytes of one unpacked part: a bomb ends here


class _Plain(ElementTree.TreeBuilder):
    """Builds a tree of XML that declares no document type: that is where entities come from."""

    def doctype(self, name: str, pubid: str | None, system: str | None) -> None:
        raise ValueError("the XML declares a document type")


def part(archive: zipfile.ZipFile, name: str) -> ElementTree.Element:
    """An XML part parsed. Raises ValueError when it is too large or declares a document type."""
    return parsed(content(archive, name))


def content(archive: zipfile.ZipFile, name: str) -> bytes:
    """A part unpacked. Raises ValueError when it is too large."""
    with archive.open(name) as source:
        unpacked = source.read(PART_LIMIT + 1)
    if len(unpacked) > PART_LIMIT:
        raise ValueError(f"{name} is too large")
    return unpacked


def parsed(xml: bytes) -> ElementTree.Element:
    """XML as a tree. Raises ParseError; ValueError when it declares a document type."""
    parser = ElementTree.XMLParser(target=_Plain())  # noqa: S314 - no entities; bounded; in a sandbox
    return ElementTree.fromstring(xml, parser)  # noqa: S314


def open_archive(path: Path) -> zipfile.ZipFile:
    return zipfile.ZipFile(path)


def local(element: ElementTree.Element) -> str:
    """An element's name without its namespace."""
    return element.tag.rsplit("}", 1)[-1]
