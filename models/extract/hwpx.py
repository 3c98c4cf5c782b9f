"""HWPX (OWPML, KS X 6101): text with tables, by hwp-hwpx-parser."""

import zipfile
from pathlib import Path

from hwp_hwpx_parser import HWPXReader

UNPACKED_LIMIT = 256 * 1024 * 1024  # bytes of all parts together


def text(path: Path) -> str:
    """The document's text. Raises ValueError when it unpacks to too much, else what the parser
    raises for a damaged file."""
    with zipfile.ZipFile(path) as archive:
        if sum(entry.file_size for entry in archive.infolist()) > UNPACKED_LIMIT:
            raise ValueError("unpacks to too much")
    reader = HWPXReader(str(path))
    try:
        return str(reader.extract_text())
    finally:
        reader.close()
