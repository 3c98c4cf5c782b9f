"""The journal: files of lines that survive the end of the process, each kept until taken over.

A page appends its line before it is sent. The write goes to the system's page cache: `kill -9`
loses nothing, a power cut at most what was not taken over yet (a few seconds). Files are numbered;
each start begins a new one, and so does one that has grown long, so that nothing is ever appended
to a line that was cut off.
"""

import os
from pathlib import Path

import msgspec

from kit.db import outside_units
from node.access_log.model import MOST_PERSONS, JournalLine, JournalPlace

SUFFIX = ".jsonl"
LONGEST_FILE = 1024 * 1024  # bytes
READ_AT_ONCE = 256 * 1024
MOST_LINES = 100  # of a batch, and MOST_PERSONS in them: each is one short unit of the writer
LONGEST_LINE = 64 * 1024


class Batch(msgspec.Struct, frozen=True):
    """Lines that were read, and where reading goes on. None: a line that cannot be read."""

    lines: list[JournalLine | None]
    after: JournalPlace


class Journal:
    """The files of a folder: appended to by one process, read by the same."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._file = -1
        self._size = 0
        self._is_torn = False
        self.number = 0

    def open(self, after: int) -> None:
        """Begin a new file, numbered above `after` and all there are. Raises OSError."""
        self.number = max([after, *self._numbers()])
        self._folder.mkdir(mode=0o700, exist_ok=True)
        self._begin(self.number + 1)

    def close(self) -> None:
        if self._file >= 0:
            os.close(self._file)
            self._file = -1

    def append(self, line: JournalLine) -> None:
        """Raises OSError when the line cannot be written; nothing of it counts then."""
        if self._file < 0:
            self.open(self.number)
        if self._size >= LONGEST_FILE:
            self._begin(self.number + 1)
        content = msgspec.json.encode(line) + b"\n"
        if self._is_torn:
            content = b"\n" + content  # ends what was cut off
        written = os.write(self._file, content)
        self._size += written
        self._is_torn = written < len(content)
        if self._is_torn:
            raise OSError(f"{written} of {len(content)} bytes were written")

    @outside_units
    def read(self, place: JournalPlace) -> Batch | None:
        """What follows on a place; None where there is nothing yet."""
        for number in self._numbers():
            if number < place.number:
                continue
            position = place.position if number == place.number else 0
            with self._path(number).open("rb") as file:
                file.seek(position)
                content = file.read(READ_AT_ONCE)
            lines, size = _lines(content, is_finished=number != self.number)
            if size:
                return Batch(lines, JournalPlace(number, position + size))
        return None

    @outside_units
    def drop_before(self, number: int) -> None:
        """Remove the files that were taken over."""
        for old in self._numbers():
            if old < number:
                self._path(old).unlink(missing_ok=True)

    def _begin(self, number: int) -> None:
        fresh = os.open(
            self._path(number), os.O_WRONLY | os.O_APPEND | os.O_CREAT | os.O_EXCL, 0o600
        )
        self.close()
        self._file, self.number, self._size, self._is_torn = fresh, number, 0, False

    def _numbers(self) -> list[int]:
        found = (path.stem for path in self._folder.glob(f"*{SUFFIX}"))
        return sorted(int(stem) for stem in found if stem.isdecimal())

    def _path(self, number: int) -> Path:
        return self._folder / f"{number:08d}{SUFFIX}"


def _lines(content: bytes, *, is_finished: bool) -> tuple[list[JournalLine | None], int]:
    """The next lines, and how many bytes they take. A line without its end is waited for unless
    the file is finished: then nobody will ever write that end."""
    found: list[JournalLine | None] = []
    persons = size = 0
    while size < len(content) and len(found) < MOST_LINES:
        end = content.find(b"\n", size)
        if end < 0:
            if not is_finished and len(content) - size < LONGEST_LINE:
                break
            if size and len(content) == READ_AT_ONCE:
                break  # the rest of it is read next
            end = len(content) - 1
        text = content[size : end + 1]
        line = _decoded(text)
        if line is not None and persons and persons + len(line.persons) > MOST_PERSONS:
            break
        size = end + 1
        if text.strip():
            found.append(line)
            persons += len(line.persons) if line is not None else 0
    return found, size


def _decoded(text: bytes) -> JournalLine | None:
    try:
        return msgspec.json.decode(text, type=JournalLine)
    except (msgspec.DecodeError, UnicodeDecodeError):
        return None
