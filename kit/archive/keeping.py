"""The backups of a server: made at night or at once, the newest kept, found again."""

import asyncio
import logging
from collections.abc import Callable
from pathlib import Path

from kit.archive import packing, reading
from kit.archive.model import FilesLost, KeptArchive, existing
from kit.archive.packing import Source
from kit.archive.reading import Whole
from kit.archive.room import RESERVE

log = logging.getLogger(__name__)


class BackUp:
    """Makes the backups of one server, and removes the oldest.

    `keep`: how many stay; `source`: the server as it is now, and the bytes to leave free on its disk;
    `write`: makes an archive of it in the folder.
    """

    def __init__(
        self,
        folder: Path,
        keep: int,
        source: Callable[[int], Source],
        write: Callable[[Source], Path],
    ) -> None:
        self._folder = folder
        self._keep = keep
        self._source = source
        self._write = write
        self.reserve = RESERVE

    async def make(self) -> Path:
        """Write a verified archive; where it lies. Raises BackupError."""
        return await asyncio.to_thread(self._make)

    def _make(self) -> Path:
        source = self._source(self.reserve)
        try:
            made = self._write(source)
        except FilesLost:
            packing.tidy(source, self._folder, self._keep)
            raise
        packing.tidy(source, self._folder, self._keep)
        log.info("backup made", extra={"file": made.name, "bytes": made.stat().st_size})
        return made

    def existing(self) -> list[KeptArchive]:
        """The backups kept, the newest first."""
        return existing(self._folder, self._source(self.reserve).suffixes)

    def find(self, name: str) -> Path | None:
        """The archive of that name, if it is one of the backups."""
        return next((self._folder / one.name for one in self.existing() if one.name == name), None)

    async def missing(self) -> list[str]:
        """Files that the newest backup names and that do not lie beside it. Raises BackupError."""
        newest = next(iter(self.existing()), None)
        if newest is None:
            return []
        archive, server = self._folder / newest.name, self._server
        return await asyncio.to_thread(reading.missing, archive, server)

    async def whole(self, archive: Path) -> Whole | None:
        """A backup with the files beside it, as one archive to carry away; None for one that holds
        them itself. Raises BackupError."""
        return await asyncio.to_thread(reading.whole, archive, self._server)

    @property
    def _server(self) -> str:
        return self._source(self.reserve).listing.server
