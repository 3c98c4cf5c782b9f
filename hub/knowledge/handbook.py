"""The handbook as a whole: built into an index, what a release of it holds, what waits for the next."""

import asyncio
import tempfile
from collections.abc import Callable
from pathlib import Path

import msgspec

from hub.child import run_child
from hub.knowledge import store
from hub.knowledge.model import HANDBOOK, Changes, HandbookEntry, document_of
from hub.officers.model import Officer
from kit.clock import Clock
from kit.db import Database, Tx

BUILD_WITHIN_S = 12 * 3600.0

Told = Callable[[int], None]
"""Progress of a build, in thousandths."""


class Snapshot(msgspec.Struct, frozen=True):
    """The handbook at the moment of a build: what `published` then keeps."""

    entries: tuple[HandbookEntry, ...]


class Handbook:
    """What `hub/releases` publishes; officers and administrators may have it built."""

    def __init__(self, db: Database, clock: Clock) -> None:
        self._db = db
        self._clock = clock

    async def changes(self, officer: Officer) -> Changes:
        """What the next publication would bring."""
        return await self._db.read(store.changes)

    async def build(self, folder: Path, told: Told, *, anew: bool = False) -> Snapshot:
        """Build the handbook into a folder that holds the release before, or nothing; it is a
        release directory then. `anew`: without a trace of what was removed since. Raises
        ChildFailed."""
        entries = await self._db.read(store.standing)

        def written(place: Path) -> None:
            with place.open("wb") as out:
                for entry in entries:
                    out.write(msgspec.json.encode(document_of(entry.slug, entry.content)) + b"\n")

        def heard(line: str) -> None:
            if line.isdigit():
                told(int(line))

        with tempfile.TemporaryDirectory(prefix="madang-build-") as place:
            listed = Path(place) / "documents.jsonl"
            await asyncio.to_thread(written, listed)
            await run_child(
                "hub.knowledge.builder",
                str(folder),
                str(listed),
                HANDBOOK,
                str(self._clock.now()),
                *(["anew"] if anew else []),
                heard=heard,
                within_s=BUILD_WITHIN_S,
            )
        return Snapshot(tuple(entries))

    def published(self, tx: Tx, version: int, snapshot: Snapshot) -> None:
        """Keep what a release holds, in the unit of its row."""
        store.keep_release(tx, version, [(entry.id, entry.state) for entry in snapshot.entries])

    def newest(self, tx: Tx, version: int | None, origin: int | None) -> None:
        """The newest release is another now (None: there is none); it holds what `origin` held, if
        that is given. What waits for publication is what differs from it."""
        if version is None:
            store.mark_published(tx, [])
            return
        states = store.release_states(tx, version)
        if states is None and origin is not None:
            states = store.release_states(tx, origin)
            if states is not None:
                store.keep_release(tx, version, states)
        if states is not None:
            store.mark_published(tx, states)
