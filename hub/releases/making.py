"""How releases come into being: the handbook's index built upon the one before.

The work happens in processes of their own and in folders below `releases/work/`, which are emptied
at the next start: what was interrupted is simply begun again.
"""

import asyncio
import contextlib
import logging
import shutil
from collections.abc import AsyncIterator
from pathlib import Path

from hub.knowledge.service import Knowledge
from hub.officers.access import require_role
from hub.officers.model import Officer
from hub.releases.model import NothingChanged, Release, Step
from hub.releases.repository import ChunkLost
from hub.releases.service import ACTING, Releases
from hub.releases.work import Report
from kit.i18n import _
from kit.ids import new_id
from models.release import BadRelease
from protocol.chunks import ReleaseKind

log = logging.getLogger(__name__)

VECTORS = ("vectors.ids", "vectors.f16")
HANDBOOK_TITLE = _("안내서 발행")


class Making:
    """Makes releases and publishes them to the pilot ring."""

    def __init__(self, releases: Releases, knowledge: Knowledge) -> None:
        self._releases = releases
        self._knowledge = knowledge
        self.folder = releases.repository.folder / "work"

    async def start(self) -> None:
        """Throw away what an earlier process left unfinished."""
        await asyncio.to_thread(shutil.rmtree, self.folder, ignore_errors=True)

    @contextlib.asynccontextmanager
    async def _workplace(self) -> AsyncIterator[Path]:
        place = self.folder / new_id()
        await asyncio.to_thread(place.mkdir, mode=0o700, parents=True)
        try:
            yield place
        finally:
            await asyncio.to_thread(shutil.rmtree, place, ignore_errors=True)

    # The handbook -----------------------------------------------------------------------------

    async def begin_handbook(self, officer: Officer, note: str = "") -> str:
        """Have the handbook published; the id of the work. Raises NothingChanged."""
        require_role(officer, *ACTING)
        changes = await self._knowledge.changes(officer)
        if not changes.any:
            raise NothingChanged()

        async def job(report: Report) -> int:
            return (await self.publish_handbook(officer, note, report=report)).version

        return await self._releases.workshop.begin(officer, "knowledge", HANDBOOK_TITLE, job)

    async def publish_handbook(
        self,
        officer: Officer,
        note: str = "",
        *,
        report: Report | None = None,
        vectors: Path | None = None,
    ) -> Release:
        """Build the index upon the last release and publish it to the pilot ring.

        `vectors`: a folder with vectors made before, for a first release that is to be quick.
        Raises ChildFailed, ReleaseUnusable, RepositoryUnusable.
        """
        require_role(officer, *ACTING)
        report = report or Report()
        async with self._workplace() as place:
            await self._lay_out_last("knowledge", place)
            if vectors is not None and not (place / VECTORS[0]).exists():
                for name in VECTORS:
                    await asyncio.to_thread(shutil.copy, vectors / name, place / name)
            report.at(Step.BUILDING)
            snapshot = await self._knowledge.build(
                place, lambda permille: report.at(Step.BUILDING, permille)
            )
            return await self._releases.publish(
                officer,
                "knowledge",
                place,
                note=note,
                report=report,
                also=lambda tx: self._knowledge.published(tx, snapshot),
            )

    async def _lay_out_last(self, kind: ReleaseKind, place: Path) -> None:
        """The files of the last release that is still whole, if any."""
        repository = self._releases.repository
        for version in reversed(await asyncio.to_thread(repository.versions, kind)):
            try:
                await asyncio.to_thread(repository.unpack, kind, version, place)
                return
            except (BadRelease, ChunkLost) as error:
                log.warning("a release is not whole", extra={"version": version, "why": str(error)})
                await asyncio.to_thread(_empty, place)


def _empty(place: Path) -> None:
    shutil.rmtree(place)
    place.mkdir(mode=0o700)
