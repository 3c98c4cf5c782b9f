"""Files of all slices, but those of the drive, whose contents are its own.

file = await asyncio.to_thread(files.keep, "안내.hwp", content)
files.previews.want(tx, file.sha256, file.media_type)      # in the unit that attaches it
preview = await files.previews.of(file.sha256)
"""

from kit.blobs import Blobs
from kit.clock import Clock
from kit.db import Database
from kit.filename import own_name
from kit.typed import whole
from models.extract import sniff
from node.files.model import BadFile, File, TooLargeToAttach
from node.files.previews import Previews

LONGEST_FILE_NAME = 255
FILE_LIMIT = 30 * 1024 * 1024  # bytes of one attachment


class Files:
    """The slice's face. Who may have a file, the slice says that attaches it."""

    def __init__(self, db: Database, clock: Clock, blobs: Blobs) -> None:
        self.blobs = blobs
        self.previews = Previews(db, clock, blobs)

    def keep(self, name: str, content: bytes) -> File:
        """Store a file's content (blocking; on disk when it returns). Raises BadFile,
        TooLargeToAttach."""
        if len(content) > FILE_LIMIT:
            raise TooLargeToAttach(megabytes=FILE_LIMIT // 1024 // 1024)
        media_type = sniff.sniff(content)
        if media_type is None:
            raise BadFile()
        return File(
            _file_name(name, sniff.SUFFIXES[media_type], media_type),
            media_type,
            len(content),
            self.blobs.put(content),
        )


def _file_name(name: str, suffix: str, media_type: str) -> str:
    """The name without a path or control characters, ending as its content says. Raises TooLong."""
    fit = (c for c in own_name(name) if c.isprintable() and c not in '<>:"|?*')
    plain = "".join(fit).strip(". ")
    alike = {
        sniff.JPEG: (".jpg", ".jpeg"),
        sniff.HTML: (".html", ".htm"),
        sniff.TEXT: (".txt", ".csv", ".md"),
    }
    if not plain.lower().endswith(alike.get(media_type, (suffix,))):
        plain = (plain or "attachment") + suffix
    return whole("files", plain, LONGEST_FILE_NAME)
