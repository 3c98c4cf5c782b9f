"""A hub's releases and handbook on a database, without pages and ports."""

from pathlib import Path

from hub.knowledge.service import Knowledge
from hub.releases.incoming import Incoming
from hub.releases.making import Making
from hub.releases.repository import Repository
from hub.releases.service import Releases
from hub.schools import store as schools_store
from hub.schools.model import Ring
from kit.blobs import Blobs
from kit.clock import Clock
from kit.db import Database, Tx
from kit.schema import migrate
from protocol.identity import SchoolKind
from tests.hub.syncing import SLICES

ROOT = Path(__file__).parents[2]
HANDBOOK = ROOT / "scripts" / "demo_content" / "handbook"
VECTORS = ROOT / "scripts" / "demo_content" / "vectors"


class Workplace:
    """The slices that make and offer releases."""

    def __init__(self, db: Database, clock: Clock, folder: Path) -> None:
        self.db = db
        self.clock = clock
        self.folder = folder
        self.repository = Repository(folder / "releases", folder / "keys", clock)
        self.releases = Releases(db, clock, self.repository)
        self.knowledge = Knowledge(db, clock, Blobs(folder / "blobs"))
        self.making = Making(self.releases, self.knowledge, Incoming(folder / "incoming"))

    async def start(self) -> None:
        await migrate(self.db, SLICES, self.clock, 1, 1)
        await self.making.start()
        await self.releases.start()

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
