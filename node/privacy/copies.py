"""The copy of everything about one person: made beside the pages, fetched for thirty days.

A ZIP with a page to read (index.html) and each table as JSON and CSV. Slices offer their tables
(kit.held); this only gathers. A copy that was asked for is made also after the server ended midway.
"""

import asyncio
import enum
import logging
import zipfile
from collections.abc import Callable, Sequence
from functools import partial
from pathlib import Path

import jinja2
import msgspec

from kit import audit, cleaning, sheets
from kit.clock import Clock
from kit.db import Database, Tx, encode, outside_units
from kit.held import Held, Holds, when
from kit.outbox import publish
from kit.problem import NotFound
from node.people.access import of_now, with_role
from node.people.model import Asker
from node.privacy import case_store
from node.privacy.case import Case, CaseChanged, CopyState, Table
from node.privacy.cases import Cases, require_own
from node.privacy.service import OFFICER, require_officer

log = logging.getLogger(__name__)

FOLDER = "privacy"


class CopyAct(enum.StrEnum):
    """What the audit log says of copies."""

    MAKE = "privacy:copy:make"
    FETCH = "privacy:copy:fetch"


class Copies:
    """Makes copies one after the other. `parts`: what each slice holds of somebody."""

    def __init__(
        self,
        db: Database,
        clock: Clock,
        folder: Path,
        cases: Cases,
        parts: Sequence[Holds],
        template: jinja2.Template,
    ) -> None:
        self._db = db
        self._clock = clock
        self._folder = folder
        self._cases = cases
        self._parts = parts
        self._template = template
        self._turn = asyncio.Lock()
        self.waiting = asyncio.Event()
        """Set while a copy waits to be made."""

    async def ask(self, asker: Asker, case_id: str) -> None:
        """Have a copy made, also anew. Officer only. Raises NotFound."""
        case = (await self._cases.case(asker, case_id)).case
        now = self._clock.now()

        def work(tx: Tx, asker: Asker) -> None:
            case_store.ask_copy(tx, case_id, len(self._parts), now)
            audit.record(tx, self._clock, asker, CopyAct.MAKE, case.person_id, case=case.id)

        await self._db.write(with_role(asker, OFFICER, work))
        self.waiting.set()

    async def fetch(self, asker: Asker, case_id: str) -> Path:
        """Where a copy lies, for the officer. Raises NotFound; each fetching is audited."""
        require_officer(asker)
        view = await self._cases.case(asker, case_id)
        if view.copy is None or not view.copy.is_there(self._clock.now()):
            raise NotFound()
        return await self._fetched(asker, view.case, require_officer)

    async def fetch_own(self, asker: Asker, case_id: str) -> Path:
        """Where a copy lies, for whoever asked for it once it was released. Raises NotFound."""
        view = await self._cases.own_case(asker, case_id)
        if view.copy is None or not view.copy.is_released(self._clock.now()):
            raise NotFound()
        return await self._fetched(asker, view.case, lambda now: require_own(now, view.case))

    async def _fetched(self, asker: Asker, case: Case, require: Callable[[Asker], None]) -> Path:
        """Where it lies, for who may still have it when that is noted: `require` raises else."""
        path = self._path(case.id)
        if not await asyncio.to_thread(path.is_file):
            raise NotFound()

        def noted(tx: Tx, asker: Asker) -> None:
            require(asker)
            audit.record(tx, self._clock, asker, CopyAct.FETCH, case.person_id, case=case.id)

        await self._db.write(of_now(asker, noted))
        return path

    # Making -----------------------------------------------------------------------------------

    async def make_waiting(self) -> None:
        """Make every copy that waits, one at a time whoever calls."""
        self.waiting.clear()
        async with self._turn:
            while (copy := await self._db.read(case_store.waiting_copy)) is not None:
                await self._make_or_say(copy.case_id)

    async def _make_or_say(self, case_id: str) -> None:
        """Make a copy; one that cannot be made is said to have failed, and holds up no other. Nothing
        is left of it, nor of one that was made before: nobody would fetch or remove that."""
        try:
            await self._make(case_id)
        except Exception:
            log.exception("no copy of a person's data", extra={"case": case_id})
            await asyncio.to_thread(self._discard, case_id)
            failed = partial(
                case_store.finish_copy,
                case_id=case_id,
                state=CopyState.FAILED,
                tables="[]",
                at=None,
            )
            await self._db.write(failed)

    async def _make(self, case_id: str) -> None:
        case = await self._db.read(lambda tx: case_store.case(tx, case_id))
        assert case is not None
        held: list[Held] = []
        for done, part in enumerate(self._parts, 1):
            held += await self._db.read(partial(_held, part, case.person_id))
            await self._db.write(partial(case_store.set_done, case_id=case_id, done=done))
        now = self._clock.now()
        await asyncio.to_thread(self._write, case, held, now)
        tables = encode([Table(one.name, one.title, len(one.rows), one.kept) for one in held])

        def work(tx: Tx) -> None:
            case_store.finish_copy(tx, case_id, CopyState.READY, tables, now)
            publish(tx, CaseChanged(""), now)

        await self._db.write(work)

    @outside_units
    def _write(self, case: Case, held: Sequence[Held], now: int) -> None:
        self._folder.mkdir(mode=0o700, exist_ok=True)
        half = self._half(case.id)
        half.touch(mode=0o600)
        with zipfile.ZipFile(half, "w", zipfile.ZIP_DEFLATED) as packed:
            packed.writestr("index.html", self._page(case, held, now))
            for one in held:
                rows = [dict(zip(one.columns, row, strict=True)) for row in one.rows]
                text = msgspec.json.format(msgspec.json.encode(rows))
                packed.writestr(f"{one.name}.json", text)
                packed.writestr(f"{one.name}.csv", sheets.csv([one.columns, *one.rows]))
        half.replace(self._path(case.id))

    def _page(self, case: Case, held: Sequence[Held], now: int) -> str:
        text = self._template.render(case=case, held=held, made=when(now))
        return cleaning.text(text)

    async def remove_old(self) -> None:
        """Remove the copies whose thirty days are over."""
        now = self._clock.now()
        for case_id in await self._db.read(lambda tx: case_store.outdated_copies(tx, now)):
            await asyncio.to_thread(self._discard, case_id)
            await self._db.write(partial(case_store.forget_copy, case_id=case_id))

    @outside_units
    def _discard(self, case_id: str) -> None:
        self._path(case_id).unlink(missing_ok=True)
        self._half(case_id).unlink(missing_ok=True)

    def _path(self, case_id: str) -> Path:
        return self._folder / f"{case_id}.zip"

    def _half(self, case_id: str) -> Path:
        """Where it is written until it is whole."""
        return self._folder / f".{case_id}"


def _held(part: Holds, person_id: str, tx: Tx) -> list[Held]:
    return part(tx, person_id)
