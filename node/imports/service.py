"""Files that a school brings, from choosing one to the yes.

    file = await imports.bring(asker, "meals", "12월.json", content)
    shown = await imports.show(asker, "meals", file)      # what it would change
    await imports.take(asker, "meals", file)              # all of it, in one unit

A heading that nobody knows is asked about once and remembered. Nothing changes before the yes, and then
everything that was shown does: rows that cannot be read are named, and left out only if somebody says so.
"""

import asyncio
from collections.abc import Mapping, Sequence

from msgspec.structs import replace

from kit import columns
from kit.clock import HOUR, Clock
from kit.columns import FileTable
from kit.db import Database, Tx
from kit.i18n import _
from kit.ids import new_id
from kit.problem import Invalid, NotFound
from kit.tables import NoTable
from kit.web.pending import Pending
from node.imports import reading, store
from node.imports.model import BroughtFile, ShownFile
from node.people.access import of_now
from node.people.model import Asker
from node.ports.importable import FileRow, Importable

KEPT_FOR = HOUR


class FileImports:
    """Reads files for all slices that offer something importable."""

    def __init__(
        self, db: Database, clock: Clock, school: str, offered: Sequence[Importable]
    ) -> None:
        """`school`: this school's id, which ends with its code in 나이스."""
        self._db = db
        self._clock = clock
        self._school = school
        self._offered = {one.about: one for one in offered}
        self._waiting: Pending[BroughtFile] = Pending(clock)

    def offered(self, asker: Asker, about: str) -> Importable:
        """What a file can bring under this name. Raises NotFound, Forbidden."""
        found = self._offered.get(about)
        if found is None:
            raise NotFound()
        found.require(asker)
        return found

    async def bring(self, asker: Asker, about: str, name: str, content: bytes) -> str:
        """Read a file and keep it for an hour; its id. Raises Invalid, NotFound, Forbidden."""
        of = self.offered(asker, about)
        known = await self._db.read(lambda tx: store.remembered(tx, about))
        try:
            table = await asyncio.to_thread(reading.read, of, content, known, self._school)
        except NoTable as none:
            raise Invalid({"file": none.reason}, **none.params) from none
        if not table.lines:
            raise Invalid({"file": _("제목 줄 아래에 내용이 없습니다.")})
        file = BroughtFile(
            id=new_id(),
            owner=asker.id,
            until=self._clock.now() + KEPT_FOR,
            size=2 * len(content),
            about=about,
            name=name[:200],
            table=table,
            places=columns.places(table.headings, of.columns, known),
        )
        self._waiting.keep(file)
        return file.id

    async def show(self, asker: Asker, about: str, file_id: str) -> ShownFile:
        """What a file would change, or which of its columns nobody knows yet. Raises NotFound, once it
        has waited too long, Forbidden."""
        of, file = self._found(asker, about, file_id)
        return await self._shown(of, file)

    async def say(self, asker: Asker, about: str, file_id: str, said: Mapping[int, str]) -> None:
        """Say what columns are, by their number from 0 on: a field, "" for one that is not read. It is
        remembered for the next file. Raises Invalid, NotFound, Forbidden."""
        of, file = self._found(asker, about, file_id)
        found = columns.said(file.table.headings, of.columns, said)

        def unit(tx: Tx, now: Asker) -> None:
            of.require(now)
            store.remember(tx, about, found.names)

        await self._db.write(of_now(asker, unit))
        self._waiting.drop(file_id)
        self._waiting.keep(replace(file, places=found.places))

    async def take(
        self, asker: Asker, about: str, file_id: str, *, without_odd: bool = False
    ) -> bool:
        """Take over all that a file brings; False where rows of it cannot be read and nobody said to
        leave these out: then nothing has changed. Raises NotFound, Forbidden."""
        of, file = self._found(asker, about, file_id)
        shown = await self._shown(of, file)
        if without_odd and shown.effect is not None and shown.effect.odd:
            odd = {one.line for one in shown.effect.odd}
            lines = tuple(line for line in file.table.lines if line[0] not in odd)
            table = FileTable(file.table.headings, lines)
            shown = await self._shown(of, replace(file, table=table))
        effect = shown.effect
        if effect is None or effect.odd or not shown.fit:
            return False

        def unit(tx: Tx, now: Asker) -> None:
            of.require(now)
            of.take(tx, now, effect.what)

        await self._db.write(of_now(asker, unit))
        self._waiting.drop(file_id)
        return True

    def _found(self, asker: Asker, about: str, file_id: str) -> tuple[Importable, BroughtFile]:
        of = self.offered(asker, about)
        file = self._waiting.find(file_id, asker.id)
        if file is None or file.about != about:
            raise NotFound()
        return of, file

    async def _shown(self, of: Importable, file: BroughtFile) -> ShownFile:
        missing = tuple(one.label for one in columns.missing(of.columns, file.places))
        effect = None
        if not missing:
            rows = [
                FileRow(line[0], columns.values_of(line, file.places)) for line in file.table.lines
            ]
            effect = await self._db.read(lambda tx: of.weigh(tx, rows))
        return ShownFile(file, of, columns.to_say(file.table, file.places), missing, effect)
