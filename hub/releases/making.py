"""How releases come into being: the handbook's index upon the one before, beside it the list of what
schools may use as their own (hub/supplies); a model from a file.

A model is opened, and made smaller where that is wished, before it is published. Processes of their
own do it, in folders of their own, which are emptied at the next start: what was interrupted is
simply begun again.
"""

import asyncio
import contextlib
import logging
import os
import shutil
from collections.abc import AsyncIterator
from pathlib import Path

import msgspec

from hub.child import ChildFailed, run_child
from hub.knowledge.handbook import Handbook
from hub.officers.access import require_acting
from hub.officers.model import Officer
from hub.releases.gguf import QUANTIZED, Facts
from hub.releases.incoming import Incoming
from hub.releases.model import (
    EngineUnusable,
    IncomingFile,
    ModelUnusable,
    ModelWish,
    ModelWishWrong,
    NothingChanged,
    Release,
    ReleaseAct,
    ReleaseNotStored,
    Step,
)
from hub.releases.repository import ChunkLost
from hub.releases.service import Releases
from hub.releases.work import WorkReport
from hub.supplies.service import Supplies
from kit.db import Tx
from kit.i18n import _
from kit.ids import new_id
from kit.problem import Problem
from models.release import MODEL, VECTOR_FILES, BadRelease, ReleaseInfo, write
from models.selftest import engine_fault
from protocol.chunks import ReleaseKind

log = logging.getLogger(__name__)

GGUF = "hub.releases.gguf"
CHECK_WITHIN_S = 1800.0
QUANTIZE_WITHIN_S = 12 * 3600.0
HANDBOOK_TITLE = _("안내서 발행")


class Making:
    """Makes releases and publishes them to the pilot ring."""

    def __init__(
        self, releases: Releases, handbook: Handbook, supplies: Supplies, incoming: Incoming
    ) -> None:
        self._releases = releases
        self._handbook = handbook
        self._supplies = supplies
        self.incoming = incoming
        self.folder = releases.repository.folder / "work"
        releases.follow(self._follow)

    async def start(self) -> None:
        """Throw away what an earlier process left unfinished."""
        await asyncio.to_thread(shutil.rmtree, self.folder, ignore_errors=True)
        await self.incoming.start()

    @contextlib.asynccontextmanager
    async def _workplace(self) -> AsyncIterator[Path]:
        place = self.folder / new_id()
        await asyncio.to_thread(place.mkdir, mode=0o700, parents=True)
        try:
            yield place
        finally:
            await asyncio.to_thread(shutil.rmtree, place, ignore_errors=True)

    # The handbook -----------------------------------------------------------------------------

    async def begin_handbook(self, officer: Officer, note: str = "", *, anew: bool = False) -> str:
        """Have the handbook published; the id of the work. Raises NothingChanged.

        `anew`: without a trace of what was removed before, also when nothing else changed.
        """
        require_acting(officer)
        if not await self._waits(officer) and not anew:
            raise NothingChanged()

        async def job(report: WorkReport) -> int:
            if not await self._waits(officer) and not anew:
                raise NothingChanged()  # pressed twice: the turn before took everything along
            made = await self.publish_handbook(officer, note, report=report, anew=anew)
            return made.version

        return await self._releases.workshop.begin(officer, "knowledge", HANDBOOK_TITLE, job)

    async def _waits(self, officer: Officer) -> bool:
        """Whether a publication would bring anything."""
        changes = await self._handbook.changes(officer)
        return changes.any or (await self._supplies.changes(officer)).any

    async def publish_handbook(
        self,
        officer: Officer,
        note: str = "",
        *,
        report: WorkReport | None = None,
        vectors: Path | None = None,
        anew: bool = False,
    ) -> Release:
        """Build the index upon the last release and publish it to the pilot ring; `anew`, or when
        one was withdrawn since, without a trace of what was removed.

        `vectors`: a folder with vectors made before, for a first release that is to be quick.
        Raises ChildFailed, ReleaseUnusable, RepositoryUnusable.
        """
        require_acting(officer)
        report = report or WorkReport()
        anew = anew or await self._releases.withdrew("knowledge")
        async with self._workplace() as place:
            await self._lay_out_last("knowledge", place)
            if vectors is not None and not (place / VECTOR_FILES[0]).exists():
                for name in VECTOR_FILES:
                    await asyncio.to_thread(shutil.copy, vectors / name, place / name)
            report.at(Step.BUILDING)
            snapshot = await self._handbook.build(
                place, lambda permille: report.at(Step.BUILDING, permille), anew=anew
            )
            listed = await self._supplies.lay_out(place)

            def published(tx: Tx, version: int) -> None:
                self._handbook.published(tx, version, snapshot)
                self._supplies.published(tx, version, listed)

            return await self._releases.publish(
                officer, "knowledge", place, note=note, report=report, also=published
            )

    def _follow(self, tx: Tx, kind: ReleaseKind, newest: Release | None) -> None:
        if kind == "knowledge":
            version, origin = (newest.version, newest.origin_version) if newest else (None, None)
            self._handbook.newest(tx, version, origin)
            self._supplies.newest(tx, version, origin)

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

    async def files(self) -> list[IncomingFile]:
        """Model files that wait."""
        return await asyncio.to_thread(self.incoming.files)

    # Models -----------------------------------------------------------------------------------

    async def upload(
        self, officer: Officer, name: str, pieces: AsyncIterator[bytes], size: int
    ) -> str:
        """Take a model file of about `size` bytes; every console sees how far it is. Its name.

        Raises ModelFileRefused; then nothing of it stays.
        """
        require_acting(officer)
        kept = ""

        async def job(report: WorkReport) -> int | None:
            nonlocal kept

            def told(came: int) -> None:
                report.at(Step.RECEIVING, min(999, 1000 * came // max(size, 1)))

            kept = await self.incoming.take(name, pieces, size, told)
            return None

        await self._releases.workshop.run_now(officer, "model", name, job)
        try:
            await self._releases.note_file(officer, ReleaseAct.UPLOAD, kept)
        except Problem:  # it was long on its way: whoever sent it may have lost the right
            await self.incoming.remove(kept)
            raise
        return kept

    async def remove_file(self, officer: Officer, name: str) -> None:
        """Remove a model file that waits. Raises NotFound."""
        require_acting(officer)
        await asyncio.to_thread(self.incoming.path, name)  # raises NotFound
        await self._releases.note_file(officer, ReleaseAct.REMOVE, name)
        await self.incoming.remove(name)

    async def begin_model(self, officer: Officer, wish: ModelWish) -> str:
        """Have a model published; the id of the work. Raises NotFound, ModelWishWrong."""
        require_acting(officer)
        self._check(wish)

        async def job(report: WorkReport) -> int:
            return (await self.publish_model(officer, wish, report=report)).version

        return await self._releases.workshop.begin(officer, "model", wish.name, job)

    def _check(self, wish: ModelWish) -> Path:
        known = wish.quantize in ("", *QUANTIZED)
        if not (wish.name and wish.licence and known and 512 <= wish.context <= 131072):
            raise ModelWishWrong()
        return self.incoming.path(wish.file)

    async def publish_model(
        self, officer: Officer, wish: ModelWish, *, report: WorkReport | None = None
    ) -> Release:
        """Open the file, quantize it where wished, and publish it to the pilot ring.

        Raises NotFound, ModelWishWrong, EngineUnusable, ModelUnusable, ReleaseUnusable,
        RepositoryUnusable.
        """
        require_acting(officer)
        source = self._check(wish)
        report = report or WorkReport()
        report.at(Step.CHECKING)
        fault = await asyncio.to_thread(engine_fault)
        if fault:
            raise EngineUnusable(reason=fault)
        async with self._workplace() as place:
            model = place / MODEL
            await self._facts(source, wish.context)
            if wish.quantize:
                await self._quantize(source, model, wish.quantize, report)
                report.at(Step.CHECKING)
                await self._facts(model, wish.context)
            else:
                await asyncio.to_thread(_link, source, model)
            info = ReleaseInfo(
                kind="model",
                version="0",
                name=wish.name,
                created_at=0,
                context=wish.context,
                licence=wish.licence,
            )
            await asyncio.to_thread(write, place, info)
            return await self._releases.publish(
                officer, "model", place, note=wish.note, report=report
            )

    async def _facts(self, model: Path, context: int) -> Facts:
        """What a model says of itself, once it could be loaded. Raises ModelUnusable."""
        lines: list[str] = []
        try:
            await run_child(
                GGUF, "check", str(model), str(context), heard=lines.append, within_s=CHECK_WITHIN_S
            )
            return msgspec.json.decode(lines[-1], type=Facts)
        except (ChildFailed, IndexError, msgspec.DecodeError) as error:
            raise ModelUnusable(reason=_reason(error)) from error

    async def _quantize(self, source: Path, target: Path, kind: str, report: WorkReport) -> None:
        size = source.stat().st_size
        try:
            await asyncio.to_thread(self._releases.repository.require_room, size)
        except OSError as error:
            raise ReleaseNotStored(reason=error.strerror or str(error)) from error
        watching = asyncio.create_task(_watch(source, target, report))
        try:
            await run_child(
                GGUF, "quantize", str(source), str(target), kind,
                heard=lambda line: None, within_s=QUANTIZE_WITHIN_S,
            )  # fmt: skip
        except ChildFailed as error:
            raise ModelUnusable(reason=_reason(error)) from error
        finally:
            watching.cancel()


def _reason(error: Exception) -> str:
    return str(error.params["reason"]) if isinstance(error, ChildFailed) else str(error)


async def _watch(source: Path, target: Path, report: WorkReport) -> None:
    """How far a quantization is: by what is written, in parts of the source."""
    whole = source.stat().st_size
    while True:
        written = target.stat().st_size if target.exists() else 0
        report.at(Step.QUANTIZING, min(990, 1000 * written // whole))
        await asyncio.sleep(1)


def _link(source: Path, target: Path) -> None:
    try:
        os.link(source, target)
    except OSError:
        shutil.copyfile(source, target)


def _empty(place: Path) -> None:
    shutil.rmtree(place)
    place.mkdir(mode=0o700)
