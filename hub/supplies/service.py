"""What schools are given to use as their own: kinds of papers and holidays, put in and taken out.

Nothing reaches a school by being saved: it goes with the next publication of the handbook
(`hub/releases`), as a file of that release.

    await supplies.add_papers(officer, [("absence.json", content)])
    await supplies.add_holidays(officer, "2027-05-04 임시공휴일")
    listed = await supplies.lay_out(folder)       # of a release that is being made
"""

import asyncio
import re
from collections.abc import Sequence
from datetime import date
from pathlib import Path

import msgspec

from hub.officers.access import ACTING, require_acting, with_role
from hub.officers.model import Officer
from hub.supplies import store
from hub.supplies.model import (
    LARGEST_PAPER,
    LONGEST_NAME,
    MOST_OF_A_KIND,
    HolidaysWrong,
    Listed,
    PaperFilesWrong,
    SuppliesChanged,
    SupplyAct,
    SupplyChanges,
    SupplyItem,
    SupplyPending,
    TooManySupplies,
    state_of,
)
from kit import audit
from kit.clock import Clock
from kit.db import Database, Tx
from kit.outbox import publish
from kit.problem import NotFound
from protocol.message import encode
from protocol.supplies import PAPER_FORMAT, SUPPLIES_FILE, Supply, SupplyKind, SupplyList

ID = re.compile(r"[0-9a-z-]{1,40}")
FIRST_YEAR, LAST_YEAR = 2015, 2099


class _PaperName(msgspec.Struct, frozen=True):
    name: str


class _PaperHead(msgspec.Struct, frozen=True):
    """What the province reads of a kind of paper; a school reads all of it before it takes it."""

    format: str
    id: str
    type: _PaperName


class Supplies:
    """Every officer may look, officers and administrators write."""

    def __init__(self, db: Database, clock: Clock) -> None:
        self._db = db
        self._clock = clock

    async def items(self, officer: Officer) -> list[SupplyItem]:
        """All, with what the next publication does with each."""
        return await self._db.read(store.items)

    async def changes(self, officer: Officer) -> SupplyChanges:
        """What the next publication would bring."""
        found = await self._db.read(store.items)
        return SupplyChanges(sum(one.pending is not SupplyPending.NONE for one in found))

    # Writing ----------------------------------------------------------------------------------

    async def add_papers(self, officer: Officer, files: Sequence[tuple[str, bytes]]) -> int:
        """Kinds of papers as schools export them, all or none; how many. Raises PaperFilesWrong (which
        names the files), TooManySupplies."""
        require_acting(officer)
        found, wrong = [], []
        for name, content in files:
            supply = _paper(content)
            found.append(supply) if supply is not None else wrong.append(name)
        if wrong or not found:
            raise PaperFilesWrong(files=", ".join(wrong) or "-")
        return await self.put(officer, found)

    async def add_holidays(self, officer: Officer, typed: str) -> int:
        """Lines such as `2027-05-04 임시공휴일`, all or none; how many. Raises HolidaysWrong (which names
        the lines), TooManySupplies."""
        require_acting(officer)
        found, wrong = [], []
        for number, line in enumerate(typed.splitlines(), 1):
            if line.strip():
                supply = _holiday(line.strip())
                found.append(supply) if supply is not None else wrong.append(str(number))
        if wrong or not found:
            raise HolidaysWrong(lines=", ".join(wrong) or "1")
        return await self.put(officer, found)

    async def put(self, officer: Officer, supplies: Sequence[Supply]) -> int:
        """Publishes SuppliesChanged."""

        def unit(tx: Tx, now: Officer) -> int:
            at = self._clock.now()
            for one in supplies:
                held = store.item(tx, one.kind, one.key)
                item = SupplyItem(
                    kind=one.kind,
                    key=one.key,
                    name=one.name,
                    state=state_of(one.name, one.content),
                    published=held.published if held else "",
                    changed_at=at,
                    changed_by=now.name,
                    withdrawn_at=None,
                )
                store.put(tx, item, one.content)
                act = f"{one.kind}/{one.key}"
                audit.record(tx, self._clock, now, SupplyAct.PUT, act, name=one.name)
            there = store.items(tx)
            if any(sum(it.kind == kind for it in there) > MOST_OF_A_KIND for kind in SupplyKind):
                raise TooManySupplies()
            publish(tx, SuppliesChanged(len(supplies)), at)
            return len(supplies)

        return await self._db.write(with_role(officer, ACTING, unit))

    async def remove(self, officer: Officer, kind: str, key: str) -> None:
        """Out of the next publication; what was never published goes at once. Raises NotFound; publishes
        SuppliesChanged."""

        def unit(tx: Tx, now: Officer) -> None:
            item, at = _known(tx, kind, key), self._clock.now()
            if item.published:
                store.withdraw(tx, kind, key, at, now.name, at)
            else:
                store.forget(tx, kind, key)
            self._noted(tx, now, SupplyAct.REMOVE, item)

        await self._db.write(with_role(officer, ACTING, unit))

    async def restore(self, officer: Officer, kind: str, key: str) -> None:
        """Back into the next publication. Raises NotFound; publishes SuppliesChanged."""

        def unit(tx: Tx, now: Officer) -> None:
            item = _known(tx, kind, key)
            if item.withdrawn_at is not None:
                store.withdraw(tx, kind, key, None, now.name, self._clock.now())
                self._noted(tx, now, SupplyAct.RESTORE, item)

        await self._db.write(with_role(officer, ACTING, unit))

    def _noted(self, tx: Tx, officer: Officer, act: SupplyAct, item: SupplyItem) -> None:
        audit.record(tx, self._clock, officer, act, f"{item.kind}/{item.key}", name=item.name)
        publish(tx, SuppliesChanged(1), self._clock.now())

    # For releases -----------------------------------------------------------------------------

    async def lay_out(self, folder: Path) -> Listed:
        """Put the list as it is now into a release that is being made."""

        def unit(tx: Tx) -> list[tuple[SupplyItem, str]]:
            there = [one for one in store.items(tx) if one.withdrawn_at is None]
            return [(one, store.content(tx, one.kind, one.key)) for one in there]

        found = await self._db.read(unit)
        listed = SupplyList(
            items=tuple(
                Supply(kind=one.kind, key=one.key, name=one.name, content=content)
                for one, content in found
            )
        )
        await asyncio.to_thread((folder / SUPPLIES_FILE).write_bytes, encode(listed))
        return Listed(tuple((one.kind, one.key, one.state) for one, _content in found))

    def published(self, tx: Tx, version: int, listed: Listed) -> None:
        """Keep what a release holds, in the unit of its row."""
        store.keep_release(tx, version, listed.held)

    def newest(self, tx: Tx, version: int | None, origin: int | None) -> None:
        """The newest release is another now (None: there is none); it holds what `origin` held, if that
        is given. What waits is what differs from it."""
        held = [] if version is None else store.release(tx, version)
        if held is None and version is not None and origin is not None:
            held = store.release(tx, origin)
            if held is not None:
                store.keep_release(tx, version, held)
        store.mark_published(tx, held or [])


def _known(tx: Tx, kind: str, key: str) -> SupplyItem:
    found = store.item(tx, kind, key)
    if found is None:
        raise NotFound()
    return found


def _paper(content: bytes) -> Supply | None:
    """The kind of paper in a file; None where it is none."""
    if len(content) > LARGEST_PAPER:
        return None
    try:
        text = content.decode()
        head = msgspec.json.decode(text, type=_PaperHead)
    except (UnicodeDecodeError, msgspec.MsgspecError, RecursionError):
        return None
    name = " ".join(head.type.name.split())
    fits = head.format == PAPER_FORMAT and ID.fullmatch(head.id) and 0 < len(name) <= LONGEST_NAME
    if not fits or "\x00" in text or "\\u0000" in text:
        return None
    return Supply(kind=SupplyKind.PAPER, key=head.id, name=name, content=text)


def _holiday(line: str) -> Supply | None:
    """The holiday in a line; None where it names no day."""
    day, _space, name = line.partition(" ")
    name = " ".join(name.split())
    try:
        on = date.fromisoformat(day)
    except ValueError:
        return None
    fits = (
        FIRST_YEAR <= on.year <= LAST_YEAR and 0 < len(name) <= LONGEST_NAME and "\x00" not in name
    )
    return Supply(kind=SupplyKind.HOLIDAY, key=on.isoformat(), name=name) if fits else None
