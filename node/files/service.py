"""Files of all slices, but those of the drive, whose contents are its own.

file = await asyncio.to_thread(files.keep, "안내.hwp", content)
files.attach(tx, Carrier("newsletter", letter_id), file)     # in the unit of whoever may
preview = await files.preview(attachment)                    # of one that the asker may see
"""

from collections.abc import Iterable, Sequence

from kit.blobs import Blobs
from kit.clock import Clock
from kit.db import Database, Tx
from kit.filename import own_name
from kit.ids import new_id
from kit.problem import NotFound
from kit.typed import lines, whole
from models.extract import sniff
from node.files import store
from node.files.model import (
    Attachment,
    BadFile,
    Carrier,
    File,
    FileGone,
    Preview,
    TooLargeToAttach,
    Worded,
)
from node.files.previews import Previews
from node.slice import Slice

LONGEST_FILE_NAME = 255
LONGEST_WORDS = 2000  # characters
FILE_LIMIT = 30 * 1024 * 1024  # bytes of one attachment


class Files:
    """The slice's face. Who may have a file, the slice says that attaches it."""

    def __init__(self, db: Database, clock: Clock, blobs: Blobs, slices: Sequence[Slice]) -> None:
        """`slices`: all that join, those above too, who say which contents they hold."""
        self.blobs = blobs
        self.previews = Previews(db, clock, blobs, slices)

    # Attached: the slice says who may, within a unit of its own --------------------------------

    def attached(self, tx: Tx, to: Carrier) -> list[Attachment]:
        """The files of a thing, in the order in which they were attached."""
        return store.attached(tx, to)

    def attachment(self, tx: Tx, kind: str, attachment_id: str) -> Attachment | None:
        """One by its id, if a thing of this kind carries it."""
        return store.attachment(tx, kind, attachment_id)

    def attach(
        self, tx: Tx, to: Carrier, file: File, words: str = "", *, is_coming: bool = False
    ) -> str:
        """Attach a stored file, with what it says or shows, and ask for its preview; the attachment's id.
        `is_coming`: its content is fetched later. Raises TooLong, and FileGone where the last that held the
        same content let it go since it was stored."""
        if not (is_coming or self.blobs.path(file.sha256).exists()):
            raise FileGone()
        attachment_id = new_id()
        store.attach(tx, attachment_id, to, file)
        if words:
            self.describe(tx, to, attachment_id, words)
        self.previews.want(tx, file.sha256, file.media_type)
        return attachment_id

    def describe(self, tx: Tx, to: Carrier, attachment_id: str, words: str) -> bool:
        """Put down what a file of a thing says or shows; False when it is none of its files. Raises
        TooLong."""
        kept = whole("words", lines(words).strip(), LONGEST_WORDS)
        if attachment_id not in {one.id for one in self.attached(tx, to)}:
            return False
        store.describe(tx, attachment_id, kept)
        return True

    def worded(self, tx: Tx, to: Carrier) -> list[Worded]:
        """The files of a thing, each with what can be read of it by now."""
        found = self.attached(tx, to)
        known = store.beginnings(tx, (one.sha256 for one in found))
        unknown = ("waiting", "", "")
        return [Worded(one, *known.get(one.sha256, unknown)) for one in found]

    async def look_into(self, files: Iterable[Worded]) -> None:
        """Find the text of those of which nobody has looked for it yet: one after the other, each in a
        process of its own."""
        for one in files:
            if one.is_waiting:
                await self.previews.of(one.attachment.sha256)

    def detach(self, tx: Tx, to: Carrier, attachment_id: str) -> bool:
        """Take a file off a thing; its content goes from the disk as well (`erase`). False when it was none
        of its files."""
        found = [one.sha256 for one in self.attached(tx, to) if one.id == attachment_id]
        self.let_go(tx, found)
        return bool(store.detach(tx, to, attachment_id))

    def detach_all(self, tx: Tx, to: Carrier) -> None:
        """Take all files off a thing; their contents go from the disk as well (`erase`)."""
        self.let_go(tx, {one.sha256 for one in self.attached(tx, to)})
        store.detach_all(tx, to)

    def let_go(self, tx: Tx, contents: Iterable[str]) -> None:
        """Whoever held these contents holds them no more (`Slice.holding`)."""
        store.erase_later(tx, contents)

    async def erase(self) -> int:
        """What was let go goes from the disk with its previews, unless somebody holds the same content
        (`Slice.holding`); how many contents were looked at. One run makes up for what a kill left."""
        return await self.previews.erase()

    # Contents --------------------------------------------------------------------------------

    async def preview(self, seen: Attachment) -> Preview:
        """What can be seen of a file that the asker may see, made now when nobody looked before.
        Raises NotFound while its content is on its way."""
        made = await self.previews.of(seen.sha256)
        if made is None:
            raise NotFound()
        return made

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
