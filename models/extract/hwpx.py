"""HWPX (OWPML, KS X 6101): sections in the order of the package's spine."""

import re
import zipfile
from pathlib import Path

from models.extract.archive import local, open_archive, part
from models.extract.chart import chart_lines
from models.extract.extraction import Unreadable
from models.extract.owpml import Sections, name_of
from models.extract.paragraph import Document

UNPACKED_LIMIT = 256 * 1024 * 1024  # bytes of all sections together
PACKAGE = "Contents/content.hpf"
MANIFEST = "META-INF/manifest.xml"
_SECTION = re.compile(r"Contents/section(\d+)\.xml", re.IGNORECASE)


def text(path: Path) -> str:
    """The document's text. Raises Unreadable when it is locked or unpacks to too much; BadZipFile,
    KeyError, ParseError, ValueError when it is damaged."""
    with open_archive(path) as archive:
        if _is_encrypted(archive):
            raise Unreadable("locked")
        names = _parts(archive)
        if sum(archive.getinfo(name).file_size for name in names) > UNPACKED_LIMIT:
            raise Unreadable("limits")
        document = Document()
        sections = Sections(document, lambda name: _chart(archive, name))
        for name in names:
            root = part(archive, name)
            if name_of(root) == "sec":
                sections.read(root)
            elif name_of(root) == "masterpage":
                document.add_header(sections.lines(root))
        return document.text()


def _is_encrypted(archive: zipfile.ZipFile) -> bool:
    """Whether the manifest (of OpenDocument, which OWPML takes over) tells how parts are locked."""
    if MANIFEST not in archive.namelist():
        return False
    return any(local(entry) == "encryption-data" for entry in part(archive, MANIFEST).iter())


def _parts(archive: zipfile.ZipFile) -> list[str]:
    """Master pages, then sections in the order of the spine; by their numbers where it names none.

    The spine names styles and scripts as well: those are no part of the text. Raises KeyError when
    it names a section that is not there.
    """
    present = set(archive.namelist())
    package = part(archive, PACKAGE)
    hrefs = {
        entry.get("id", ""): _found(entry.get("href", ""), present)
        for entry in package.iter()
        if local(entry) == "item"
    }
    spine = [
        hrefs.get(entry.get("idref", ""), "")
        for entry in package.iter()
        if local(entry) == "itemref"
    ]
    masters = sorted(name for name in present & {*hrefs.values()} if "masterpage" in name.lower())
    sections = [name for name in spine if _is_text(name) and name not in masters]
    if not sections:
        numbers = {int(m[1]): name for name in present if (m := _SECTION.fullmatch(name))}
        sections = [numbers[number] for number in sorted(numbers)]
    return masters + list(dict.fromkeys(sections))


def _found(href: str, present: set[str]) -> str:
    """The part a reference means: some programs write it relative to the package's own folder."""
    within = f"Contents/{href}"
    return within if href not in present and within in present else href


def _is_text(name: str) -> bool:
    return name.lower().endswith(".xml") and not name.lower().endswith("header.xml")


def _chart(archive: zipfile.ZipFile, name: str) -> list[str]:
    return chart_lines(part(archive, name)) if name in archive.namelist() else []
