"""One file of any format → an Extraction. Runs inside the sandbox's child only."""

import logging
from pathlib import Path

from models.extract import sniff
from models.extract.extraction import TEXT_LIMIT, Extraction

log = logging.getLogger(__name__)


def read(media_type: str, source: Path, folder: Path) -> Extraction:
    """Text and pictures of the file; a file that cannot be read gives a problem, never an error."""
    try:
        text = _text(media_type, source)
        pages, count = _pictures(media_type, source, folder)
    except MemoryError:
        return Extraction(problem="limits")
    except Exception as error:
        log.warning("unreadable file", exc_info=error, extra={"media_type": media_type})
        return Extraction(problem="broken")
    if text is None and not pages:
        return Extraction(problem="unsupported")
    text = (text or "").replace("\x00", "").strip()[:TEXT_LIMIT]
    # Some parsers return nothing for a file they do not understand: say so.
    problem = "" if text or pages else "empty"
    return Extraction(text=text, pages=tuple(pages), page_count=count, problem=problem)


def _text(media_type: str, source: Path) -> str | None:
    if media_type == sniff.PDF:
        from models.extract import pdf

        return pdf.text(source)
    if media_type == sniff.HWP:
        from models.extract import hwp

        return hwp.text(source)
    if media_type == sniff.HWPX:
        from models.extract import hwpx

        return hwpx.text(source)
    if media_type == sniff.DOCX:
        from models.extract import docx

        return docx.text(source)
    if media_type == sniff.TEXT:
        from models.extract import plain

        return plain.text(source)
    return None


def _pictures(media_type: str, source: Path, folder: Path) -> tuple[list[str], int]:
    if media_type == sniff.PDF:
        from models.extract import pdf

        return pdf.pictures(source, folder)
    if media_type in sniff.IMAGES:
        from models.extract import picture

        return picture.pictures(source, folder)
    return [], 0
