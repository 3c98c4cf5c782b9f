"""One file of any format → an Extraction. Runs inside the sandbox's child only."""

import errno
import logging
import re
from collections.abc import Iterator
from pathlib import Path

from msgspec.structs import replace

from models.extract import sniff
from models.extract.extraction import TEXT_LIMIT, Extraction, Part, Picture, Unreadable

log = logging.getLogger(__name__)

_LINE_ENDS = re.compile(r"\r\n?|[\f\v\x85\u2028\u2029]")
_CONTROLS = re.compile(r"[\x00-\x08\x0e-\x1f\x7f]")
_BLANK_LINES = re.compile(r"\n[ \t]*\n\s*\n")


def read(media_type: str, source: Path, folder: Path) -> Iterator[Extraction]:
    """What is found in the file, more each time: its text, then picture by picture. One that cannot
    be read gives a problem, and so does one in which nothing is found.

    Raises OSError when the disk is full.
    """
    found = Extraction()
    problem = "unsupported"
    try:
        for part in _parts(media_type, source):
            # Some parsers return nothing for a file they do not understand: say so.
            problem = "broken" if part.unread else "empty"
            found = _with(found, part)
            if found.text:
                yield found
    except Exception as error:
        problem = _problem_of(error, media_type)
    try:
        for picture in _pictures(media_type, source, folder):
            unread = {*found.unread} if picture.name else {*found.unread, picture.number}
            found = replace(
                found,
                pages=(*found.pages, picture.name),
                page_count=picture.page_count,
                unread=tuple(sorted(unread)),
            )
            if found.text or any(found.pages):
                yield found
    except Exception as error:
        problem = _problem_of(error, media_type)
    if not found.text and not any(found.pages):
        yield Extraction(problem=problem)


def _with(found: Extraction, part: Part) -> Extraction:
    text = _tidy(part.text)
    return replace(
        found,
        text=text[:TEXT_LIMIT],
        unread=part.unread,
        is_cut=part.is_cut or len(text) > TEXT_LIMIT,
    )


def _tidy(text: str) -> str:
    """Only what can be shown and sent on: whole characters, line ends of one kind."""
    whole = text.encode("utf-16-le", "surrogatepass").decode("utf-16-le", "replace")
    lines = _CONTROLS.sub("", _LINE_ENDS.sub("\n", whole))
    return _BLANK_LINES.sub("\n\n", lines).strip(" \n\ufeff")


def _problem_of(error: Exception, media_type: str) -> str:
    """What goes wrong while a file is read. Raises it again when the file is not to blame."""
    if isinstance(error, Unreadable):
        return error.problem
    if isinstance(error, MemoryError | RecursionError):
        return "limits"
    if isinstance(error, OSError) and error.errno in (errno.ENOSPC, errno.EDQUOT):
        raise error
    if isinstance(error, OSError) and error.errno == errno.EFBIG:
        return "limits"
    log.warning("unreadable file", exc_info=error, extra={"media_type": media_type})
    return "broken"


def _parts(media_type: str, source: Path) -> Iterator[Part]:
    """The text, more each time; nothing for a format without text."""
    if media_type == sniff.PDF:
        from models.extract import pdf

        yield from pdf.texts(source)
        return
    text = _text(media_type, source)
    if text is not None:
        yield Part(text)


def _text(media_type: str, source: Path) -> str | None:
    if media_type == sniff.HWP:
        from models.extract import hwp

        return hwp.text(source)
    if media_type == sniff.HWPX:
        from models.extract import hwpx

        return hwpx.text(source)
    if media_type == sniff.HWPML:
        from models.extract import hwpml

        return hwpml.text(source)
    if media_type == sniff.DOCX:
        from models.extract import docx

        return docx.text(source)
    if media_type in (sniff.TEXT, sniff.RTF, sniff.HTML):
        from models.extract import plain

        return plain.text(source.read_bytes())
    return None


def _pictures(media_type: str, source: Path, folder: Path) -> Iterator[Picture]:
    """Each picture once it is drawn."""
    if media_type == sniff.PDF:
        from models.extract import pdf

        yield from pdf.pictures(source, folder)
    if media_type in sniff.IMAGES:
        from models.extract import picture

        yield Picture(picture.draw(source, folder), 1, 1)
