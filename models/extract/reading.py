"""One file of any format → an Extraction. Runs inside the sandbox's child only."""

import errno
import logging
from collections.abc import Iterator
from pathlib import Path

from msgspec.structs import replace

from models.extract import sniff
from models.extract.extraction import TEXT_LIMIT, Extraction

log = logging.getLogger(__name__)


def read(media_type: str, source: Path, folder: Path) -> Iterator[Extraction]:
    """What is found in the file, more each time: its text, then picture by picture. One that cannot
    be read gives a problem, and so does one in which nothing is found.

    Raises OSError when the disk is full.
    """
    found = Extraction()
    problem = "unsupported"
    try:
        text = _text(media_type, source)
        if text is not None:
            # Some parsers return nothing for a file they do not understand: say so.
            problem = "empty"
            found = replace(found, text=text.replace("\x00", "").strip()[:TEXT_LIMIT])
    except Exception as error:
        problem = _problem_of(error, media_type)
    if found.text:
        yield found
    try:
        for name, count in _pictures(media_type, source, folder):
            found = replace(found, pages=(*found.pages, name), page_count=count)
            yield found
    except Exception as error:
        problem = _problem_of(error, media_type)
    if not found.text and not found.pages:
        yield Extraction(problem=problem)


def _problem_of(error: Exception, media_type: str) -> str:
    """What goes wrong while a file is read. Raises it again when the file is not to blame."""
    if isinstance(error, MemoryError):
        return "limits"
    if isinstance(error, OSError) and error.errno in (errno.ENOSPC, errno.EDQUOT):
        raise error
    if isinstance(error, OSError) and error.errno == errno.EFBIG:
        return "limits"
    log.warning("unreadable file", exc_info=error, extra={"media_type": media_type})
    return "broken"


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


def _pictures(media_type: str, source: Path, folder: Path) -> Iterator[tuple[str, int]]:
    """Each picture's name in the folder once it is drawn, with how many pages there are."""
    if media_type == sniff.PDF:
        from models.extract import pdf

        yield from pdf.pictures(source, folder)
    if media_type in sniff.IMAGES:
        from models.extract import picture

        yield picture.draw(source, folder), 1
