"""HWP 5 (한글): text with tables, by hwp-hwpx-parser."""

from pathlib import Path

from hwp_hwpx_parser import HWP5Reader


def text(path: Path) -> str:
    """The document's text. Raises what the parser raises for a damaged or locked file."""
    reader = HWP5Reader(str(path))
    try:
        return str(reader.extract_text())
    finally:
        reader.close()
