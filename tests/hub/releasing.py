"""A hub's releases and handbook on a database, without pages and ports."""

import contextlib
from pathlib import Path

from hub.releases.web import MAKING, PROGRESS
from hub.schools import store as schools_store
from hub.schools.model import Ring
from kit.clock import ManualClock
from kit.db import Tx
from protocol.identity import SchoolKind
from tests.hub.conftest import awake, hub_in
from tests.hub.syncing import with_officers

ROOT = Path(__file__).parents[2]
HANDBOOK = ROOT / "scripts" / "demo_content" / "handbook"
VECTORS = ROOT / "scripts" / "demo_content" / "vectors"


class Workplace:
    """The slices that make and offer releases, of a hub whose pages nobody asks for."""

    def __init__(self, database_url: str, clock: ManualClock, folder: Path) -> None:
        self.folder = folder
        self._hub = hub = hub_in(folder, database_url, clock)
        self._open = contextlib.AsyncExitStack()
        self.clock = clock
        self.db = hub.db
        self.releases = hub.releases
        self.stream = hub.release_stream
        self.progress = hub.console[PROGRESS]
        self.repository = hub.releases.repository
        self.knowledge = hub.knowledge
        self.intake = hub.intake
        self.handbook = hub.handbook
        self.supplies = hub.supplies
        self.making = hub.console[MAKING]

    async def start(self) -> None:
        await self._open.enter_async_context(awake(self._hub, "releases"))
        await self.db.write(with_officers)

    async def stop(self) -> None:
        await self._open.aclose()

    async def enrol(self, school_id: str, ring: Ring = Ring.ALL) -> None:
        now = self.clock.now()

        def unit(tx: Tx) -> None:
            kind = SchoolKind.ELEMENTARY
            schools_store.save_invited(tx, school_id, school_id, kind, "", ring, now)
            schools_store.set_enrolled(tx, school_id, now)

        await self.db.write(unit)

    def unpacked(self, kind: str, version: int, name: str) -> Path:
        """The files of a release, as a school would have them."""
        place = self.folder / name
        place.mkdir()
        assert kind in ("knowledge", "model")
        self.repository.unpack(kind, version, place)  # type: ignore[arg-type]
        return place
