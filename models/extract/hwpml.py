"""HWPML (.hml, 글 문서 파일 구조 HWPML, revision 1.2): a whole 한글 document in one file of XML."""

from pathlib import Path

from models.extract.archive import PART_LIMIT, parsed
from models.extract.extraction import Unreadable
from models.extract.owpml import Sections, name_of
from models.extract.paragraph import Document


def text(path: Path) -> str:
    """The document's text. Raises Unreadable when it is too large; ParseError; ValueError when it
    declares a document type."""
    if path.stat().st_size > PART_LIMIT:
        raise Unreadable("limits")
    document = Document()
    sections = Sections(document)
    for element in parsed(path.read_bytes()).iter():
        if name_of(element) == "sec":
            sections.read(element)
    return document.text()
