"""A folder as one zip, made while it goes out: nothing of it lies on the disk, one piece is in memory.

    packed = await packing.begin(asker, folder_id)      # raises before a byte is sent
    async for piece in packing.pieces(asker, packed, "빠진 파일"): ...

The right is asked anew for each file at its turn. What cannot be given any more, since the right ended, the
file went or the disk has lost it, is left out, and a text in the zip names it: nobody takes it for whole.
"""

import asyncio
from collections.abc import AsyncGenerator, AsyncIterator, Iterator

import msgspec

from kit.blobs import Blobs
from kit.clock import Clock
from kit.db import Database, Tx
from kit.problem import NotFound
from node.drive.model import LARGEST_PACKED, MOST_PACKED, Item, TooMuchToPack, folded, numbered
from node.drive.reading.archive import Archive
from node.drive.tree import store
from node.drive.tree.rights import reach_file, reach_folder
from node.people.access import of_now
from node.people.model import Asker


class Packed(msgspec.Struct, frozen=True):
    """A folder and the paths within it, by id, of what goes into its zip."""

    folder: Item
    paths: dict[str, str]
    is_folder: frozenset[str]


class Packing:
    """Packs folders."""

    def __init__(self, db: Database, clock: Clock, blobs: Blobs) -> None:
        self._db = db
        self._clock = clock
        self._blobs = blobs

    async def begin(self, asker: Asker, folder_id: str) -> Packed:
        """Raises NotFound, TooMuchToPack."""

        def unit(tx: Tx) -> Packed:
            # Whoever may see a folder may see what is in it: rights are inherited.
            folder = reach_folder(tx, asker, folder_id)
            found = store.below(tx, folder_id, MOST_PACKED + 1)
            if len(found) > MOST_PACKED or sum(one.size for one in found) > LARGEST_PACKED:
                raise TooMuchToPack()
            paths = _paths(folder_id, found)
            return Packed(folder, paths, frozenset(one.id for one in found if one.is_folder))

        return await self._db.read(unit)

    async def pieces(
        self, asker: Asker, packed: Packed, left_out: str
    ) -> AsyncGenerator[bytes, None]:
        """The zip. `left_out`: the name of the text that names what is not in it."""
        archive = Archive()
        missing = []
        for item_id, path in packed.paths.items():
            if item_id in packed.is_folder:
                async for piece in _in_thread(archive.folder(path, packed.folder.changed_at)):
                    yield piece
                continue
            now = await self._now(asker, item_id)
            if now is None:
                missing.append(path)
                continue
            content = self._blobs.path(now.sha256)
            at = now.changed_at if now.modified_at is None else now.modified_at
            try:
                async for piece in _in_thread(archive.file(content, path, now.size, at)):
                    yield piece
            except FileNotFoundError:
                missing.append(path)
        ended_at = self._clock.now()

        def finish() -> bytes:
            if missing:
                name = _free(f"{left_out}.txt", packed.paths)
                archive.words(name, "\r\n".join([*missing, ""]), ended_at)
            return archive.end()

        yield await asyncio.to_thread(finish)

    async def _now(self, asker: Asker, item_id: str) -> Item | None:
        """The file as the asker has it at this moment, if they do."""

        def unit(tx: Tx, asker: Asker) -> Item:
            return reach_file(tx, asker, item_id)

        try:
            return await self._db.read(of_now(asker, unit))
        except NotFound:
            return None


def _paths(folder_id: str, found: list[store.Below]) -> dict[str, str]:
    """The path of each, folder by folder. What lies in a folder that is not shown is not there either."""
    paths = {folder_id: ""}
    for one in found:  # a folder comes before what is in it
        if one.parent_id in paths:
            paths[one.id] = f"{paths[one.parent_id]}/{one.name}".lstrip("/")
    del paths[folder_id]
    return dict(sorted(paths.items(), key=lambda one: one[1]))


def _free(name: str, paths: dict[str, str]) -> str:
    """The name, or one with a number where something has it."""
    taken = {folded(path) for path in paths.values()}
    tried, number = name, 1
    while folded(tried) in taken:
        number += 1
        tried = numbered(name, number)
    return tried


async def _in_thread(pieces: Iterator[bytes]) -> AsyncIterator[bytes]:
    while piece := await asyncio.to_thread(next, pieces, b""):
        yield piece
