"""A zip as it is written: in pieces, to somewhere that cannot go back.

archive = Archive()
for piece in archive.file(path, "1학기/계획.hwpx", size, at): ...
rest = archive.end()
"""

import io
import zipfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from kit.clock import local
from kit.db import outside_units

PIECE = 256 * 1024
_FOLDER = 0o40755 << 16 | 0x10  # as Unix and as Windows say it


class Archive:
    """Contents are stored as they are: documents and pictures of today are packed already. Names are
    UTF-8 and flagged so. A piece comes once there is enough for one, so small files share it."""

    def __init__(self) -> None:
        self._out = _Out()
        self._zip = zipfile.ZipFile(self._out, "w")

    @outside_units
    def file(self, content: Path, name: str, size: int, at: int) -> Iterator[bytes]:
        """Raises FileNotFoundError before anything of the file is written."""
        with content.open("rb") as source:
            info = zipfile.ZipInfo(name, _written(at))
            info.file_size = size  # past 2 GB the entry is of another form
            with self._zip.open(info, "w") as into:
                while chunk := source.read(PIECE):
                    into.write(chunk)
                    yield from self._out.full()
        yield from self._out.full()

    def folder(self, name: str, at: int) -> Iterator[bytes]:
        info = zipfile.ZipInfo(f"{name}/", _written(at))
        info.external_attr = _FOLDER
        self._zip.writestr(info, b"")
        yield from self._out.full()

    def words(self, name: str, text: str, at: int) -> None:
        """A text with a mark that tells old editors that it is UTF-8."""
        self._zip.writestr(zipfile.ZipInfo(name, _written(at)), text.encode("utf-8-sig"))

    def end(self) -> bytes:
        """What is left, with the directory: without it no program takes it for a whole zip."""
        self._zip.close()
        return self._out.taken()


class _Out(io.RawIOBase):
    """What was written and not yet taken. It knows no place (`tell`), so `zipfile` never goes back."""

    def __init__(self) -> None:
        super().__init__()
        self._waiting = bytearray()

    def writable(self) -> bool:
        return True

    def write(self, piece: Any) -> int:
        self._waiting += piece
        return len(piece)

    def full(self) -> Iterator[bytes]:
        if len(self._waiting) >= PIECE:
            yield self.taken()

    def taken(self) -> bytes:
        taken = bytes(self._waiting)
        self._waiting.clear()
        return taken


def _written(at: int) -> tuple[int, int, int, int, int, int]:
    """A moment by the school's clock; a zip knows the years from 1980 to 2107."""
    then = local(at)
    if not 1980 <= then.year <= 2107:
        return (1980, 1, 1, 0, 0, 0)
    return (then.year, then.month, then.day, then.hour, then.minute, then.second)
