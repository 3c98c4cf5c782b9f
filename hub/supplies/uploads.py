"""Files of 나이스 that an officer uploads, from choosing them to the months that schools are given.

    upload = await uploads.bring(officer, SupplyKind.MEALS, files)
    await uploads.say(officer, kind, upload.id, 0, {0: "SD_SCHUL_CODE"})   # what nobody knew, once
    await uploads.take(officer, kind, upload.id)                           # all of it, or nothing

Files that every column is known of, and no row of which is odd, are taken over as they come. Others wait
in this process's memory for an hour; what was said of their columns is kept.
"""

import asyncio
from collections.abc import Mapping, Sequence

import msgspec
from msgspec.structs import replace

from hub.officers.access import ACTING, require_acting, with_role
from hub.officers.model import Officer
from hub.supplies import neis, store
from hub.supplies.model import SupplyAct
from hub.supplies.neis import FORMS, NeisApart, NeisFileOdd, NeisTable
from hub.supplies.parcels import Parcels
from kit import audit, columns
from kit.clock import HOUR, Clock
from kit.columns import ColumnToSay, WantedColumn
from kit.db import Database, Tx
from kit.ids import new_id
from kit.problem import NotFound
from kit.tables import as_heading
from kit.web.pending import Pending
from protocol.supplies import SupplyKind

KEPT_FOR = HOUR
SAMPLES = 5
LABELS = {kind: {one.field: one.label for one in form.columns} for kind, form in FORMS.items()}


class NeisUpload(msgspec.Struct, frozen=True):
    """Files that wait. `found`: what they come to, None while there are columns that nobody knows; `odd`:
    files that cannot be read; `is_taken`: there is nothing to wait for; `until` in ms."""

    id: str
    owner: str
    until: int
    size: int
    kind: SupplyKind
    tables: tuple[NeisTable, ...]
    unread: tuple[NeisFileOdd, ...]
    found: NeisApart | None = None
    is_taken: bool = False

    @property
    def odd(self) -> tuple[NeisFileOdd, ...]:
        """All that cannot be taken, in the order of the files."""
        return (*self.unread, *(self.found.odd if self.found is not None else ()))


class NeisAsked(msgspec.Struct, frozen=True):
    """A heading line that files have, as a person is asked about it. `at`: the first of these files; `same`: how
    many there are; `missing`: msgids of what is needed and found nowhere."""

    at: int
    file: str
    same: int
    columns: tuple[ColumnToSay, ...]
    wanted: tuple[WantedColumn, ...]
    missing: tuple[str, ...]


class NeisUploads:
    """Officers and administrators; what waits is its uploader's alone."""

    def __init__(self, db: Database, clock: Clock, parcels: Parcels) -> None:
        self._db = db
        self._clock = clock
        self._parcels = parcels
        self._waiting: Pending[NeisUpload] = Pending(clock)

    async def bring(
        self, officer: Officer, kind: SupplyKind, files: Sequence[tuple[str, bytes]]
    ) -> NeisUpload:
        """Read files; taken at once where nothing is to be said or mended. Raises ChangedMeanwhile,
        TooManySupplies."""
        require_acting(officer)
        known = await self._db.read(lambda tx: store.remembered(tx, kind))
        tables, unread = await asyncio.to_thread(neis.read, kind, files, known)
        upload = await self._weighed(
            NeisUpload(
                id=new_id(),
                owner=officer.id,
                until=self._clock.now() + KEPT_FOR,
                size=4 * sum(len(content) for _name, content in files),
                kind=kind,
                tables=tables,
                unread=unread,
            )
        )
        if upload.found is not None and not upload.odd:
            await self._parcels.put(officer, kind, upload.found.months)
            return replace(upload, is_taken=True)
        self._waiting.keep(upload)
        return upload

    async def _weighed(self, upload: NeisUpload) -> NeisUpload:
        if any(neis.missing(upload.kind, one) for one in upload.tables):
            return replace(upload, found=None)
        found = await asyncio.to_thread(neis.apart, upload.kind, upload.tables)
        return replace(upload, found=found)

    def find(self, officer: Officer, kind: SupplyKind, upload_id: str) -> NeisUpload:
        """Raises NotFound, once it has waited too long, Forbidden."""
        require_acting(officer)
        upload = self._waiting.find(upload_id, officer.id)
        if upload is None or upload.kind != kind:
            raise NotFound()
        return upload

    def asked(self, upload: NeisUpload, at: int | None = None) -> NeisAsked | None:
        """The columns of a file (`at`), else of the first that has some nobody knows; None: there is none.
        Raises NotFound."""
        if at is None:
            unclear = (n for n, one in enumerate(upload.tables) if neis.missing(upload.kind, one))
            at = next(unclear, None)
            if at is None:
                return None
        if not 0 <= at < len(upload.tables):
            raise NotFound()
        one = upload.tables[at]
        return NeisAsked(
            at=at,
            file=one.file,
            same=sum(it.table.headings == one.table.headings for it in upload.tables),
            columns=columns.to_say(one.table, one.places),
            wanted=FORMS[upload.kind].columns,
            missing=tuple(column.label for column in neis.missing(upload.kind, one)),
        )

    async def say(
        self,
        officer: Officer,
        kind: SupplyKind,
        upload_id: str,
        at: int,
        chosen: Mapping[int, str],
    ) -> None:
        """Say what the columns of a file are, and of all that have the same headings. It is remembered for the
        next ones. Raises NotFound, Invalid, Forbidden."""
        upload = self.find(officer, kind, upload_id)
        if not 0 <= at < len(upload.tables):
            raise NotFound()
        headings = upload.tables[at].table.headings
        said = columns.said(headings, FORMS[kind].columns, chosen)
        left = frozenset(place for place, field in chosen.items() if not field)
        await self._db.write(
            with_role(officer, ACTING, lambda tx, _now: store.remember(tx, kind, said.names))
        )
        known = await self._db.read(lambda tx: store.remembered(tx, kind))
        tables = tuple(
            replace(one, places=said.places, left=left)
            if one.table.headings == headings
            else neis.placed(kind, one.file, one.table, known)
            for one in upload.tables
        )
        upload = await self._weighed(replace(upload, tables=tables))
        self._waiting.drop(upload.id)
        self._waiting.keep(upload)

    async def remembered(self, officer: Officer) -> dict[SupplyKind, list[tuple[str, str]]]:
        """What was said of headings, by kind: (heading, msgid of what it is)."""

        def unit(tx: Tx) -> dict[SupplyKind, list[tuple[str, str]]]:
            return {
                kind: [
                    (heading, labels.get(field, columns.LEAVE_OUT))
                    for heading, field in sorted(store.remembered(tx, kind).items())
                ]
                for kind, labels in LABELS.items()
            }

        return await self._db.read(unit)

    async def forget(self, officer: Officer, kind: SupplyKind) -> None:
        """All that was said of headings of a kind: the next file is asked about anew. Raises Forbidden."""

        def unit(tx: Tx, now: Officer) -> None:
            if store.forget_headings(tx, kind):
                audit.record(tx, self._clock, now, SupplyAct.FORGET_HEADINGS, kind)

        await self._db.write(with_role(officer, ACTING, unit))

    async def take(self, officer: Officer, kind: SupplyKind, upload_id: str) -> NeisApart | None:
        """All of an upload; None where something of it is odd or not known yet: then nothing has changed.
        Raises NotFound, Forbidden, ChangedMeanwhile, TooManySupplies."""
        upload = self.find(officer, kind, upload_id)
        if upload.found is None or upload.odd:
            return None
        await self._parcels.put(officer, kind, upload.found.months)
        self._waiting.drop(upload.id)
        return upload.found


def samples(upload: NeisUpload) -> list[tuple[str, str, list[tuple[str, str]]]]:
    """Some of what schools would be given: (school's code, month, a row: what each column is called, a msgid
    where we have one, and its cell)."""
    if upload.found is None:
        return []
    labels = {
        name: one.label for one in FORMS[upload.kind].columns for name in (*one.headings, one.field)
    }
    shown = []
    for month, parcels in upload.found.months.items():
        for school, parcel in list(parcels.items())[:SAMPLES]:
            row = [
                (labels.get(name, labels.get(as_heading(name), name)), " ".join(cell.split()))
                for name, cell in zip(parcel.headings, parcel.rows[0], strict=True)
                if cell
            ]
            shown.append((school, month, row))
    return shown[:SAMPLES]
