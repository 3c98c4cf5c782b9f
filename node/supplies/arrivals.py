"""The list of supplies is read from each release of the handbook that arrives, whether or not the
assistant uses it: its signature was verified before it got its place on the disk."""

import asyncio
import contextlib
import hashlib
import logging
from collections.abc import AsyncIterator, Mapping, Sequence
from pathlib import Path

from kit.clock import Clock
from kit.db import Database, StorageFailed, Tx
from kit.outbox import publish
from node.people.access import rights_now
from node.ports.supplied import Supplied, WeighedSupply
from node.releases.model import Away, ReleaseReady
from node.releases.service import Releases
from node.supplies import store
from node.supplies.model import SuppliesMoved, SupplyAnswer, SupplyItem
from node.supplies.taking import take
from protocol.errors import ProtocolError
from protocol.message import encode
from protocol.parcels import LARGEST_ANSWER, PARCEL_PATH, read_answer, read_tree
from protocol.supplies import LARGEST_SUPPLIES, SUPPLIES_FILE, Supply, SupplyList, read_supplies

log = logging.getLogger(__name__)

LOOK_EVERY_S = 60.0
NO_PARCEL = 404


class SupplyArrivals:
    """`of`: what slices take, by kind; `code`: this school's at 나이스, empty where it has none: then no
    month is its own. `is_used`: the assistant takes handbooks into use; else they are in use once they
    were read here, so that the province knows."""

    def __init__(
        self,
        db: Database,
        clock: Clock,
        releases: Releases,
        of: Mapping[str, Supplied],
        code: str,
        *,
        is_used: bool,
    ) -> None:
        self._db = db
        self._clock = clock
        self._releases = releases
        self._of = of
        self._school = code
        self._is_used = is_used
        self._due = asyncio.Event()
        db.on_commit(self._committed)

    def _committed(self, signals: list[object]) -> None:
        if any(isinstance(signal, ReleaseReady) for signal in signals):
            self._due.set()

    @contextlib.asynccontextmanager
    async def running(self) -> AsyncIterator[None]:
        """What arrives is read while the server runs."""
        work = asyncio.create_task(self._run(), name="supplies")
        yield
        work.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await work

    async def _run(self) -> None:
        while True:
            self._due.clear()
            try:
                await self.look()
            except (StorageFailed, OSError) as error:  # a full disk: it is read later
                log.error("supplies cannot be kept", extra={"reason": str(error)})
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(LOOK_EVERY_S):
                    await self._due.wait()

    async def look(self) -> None:
        """Take over the list of the release that is here, unless it was before."""
        found = await self._releases.in_use("knowledge")
        if found is None:
            return
        version = found.version
        if version != await self._db.read(store.taken_from):
            await self._read(Path(found.path), version)
        if not self._is_used and not found.is_active:
            await self._releases.activated("knowledge", version)

    async def _read(self, home: Path, version: int) -> None:
        """A list that cannot be read leaves what came before, and the administrator reads why."""
        listed, why = None, ""
        try:
            listed = await asyncio.to_thread(_listed, home)
        except ProtocolError as error:
            why = str(error)
            log.error("supplies cannot be read", extra={"reason": why})
        if why != await self._db.read(store.unread):
            await self._db.write(lambda tx: store.note_unread(tx, why))
        if listed is not None:
            await self._take_over(listed, version)

    async def _take_over(self, listed: SupplyList, version: int) -> None:
        """The list at once; of months of 나이스 each as it is fetched. Where one cannot be fetched now, the
        list is read again later."""
        known = [one for one in listed.items if one.kind in self._of]
        months = [one for one in known if self._of[one.kind].own_rows and self._school]
        await self._db.write(lambda tx: self._replace(tx, known))
        is_whole = True
        for one in months:
            is_whole &= await self._fetch(one)
        if is_whole:
            await self._db.write(lambda tx: store.take_from(tx, version))

    def _replace(self, tx: Tx, known: Sequence[Supply]) -> None:
        held = {(one.kind, one.key): one for one in store.items(tx)}
        new = 0
        for one in known:
            before = held.pop((one.kind, one.key), None)
            if self._of[one.kind].own_rows:
                continue
            if before is None or before.digest != _digest(one):
                weigh = self._of[one.kind].weigh
                self._put(tx, one, one.content, weigh(tx, one.key, one.name, one.content))
                new += 1
        for kind, key in held:
            store.remove(tx, kind, key)
        for kind, of in self._of.items():
            if of.listed is not None:
                of.listed(tx, frozenset(one.key for one in known if one.kind == kind))
        if new or held:
            publish(tx, SuppliesMoved(new), self._clock.now())

    def _put(self, tx: Tx, one: Supply, content: str, weighed: WeighedSupply) -> SupplyItem:
        item = SupplyItem(
            kind=one.kind,
            key=one.key,
            name=one.name,
            content=content,
            digest=_digest(one),
            arrived_at=self._clock.now(),
            answer=SupplyAnswer.NONE,
            waits=weighed.is_open,
            before="",
        )
        store.put(tx, item)
        return item

    async def _fetch(self, one: Supply) -> bool:
        """This school's own rows of a month, unless they are here; False: they cannot be had now."""
        held = await self._db.read(lambda tx: store.item(tx, one.kind, one.key))
        if held is not None and held.digest == _digest(one):
            return True
        try:
            tree = read_tree(one.content)
            path = f"{PARCEL_PATH}{tree.root}/{self._school}"
            raw = await self._releases.beside(path, LARGEST_ANSWER)
            parcel = await asyncio.to_thread(
                read_answer, raw, tree, self._school, one.kind, one.key
            )
        except Away as away:
            if away.status != NO_PARCEL:
                log.warning("rows of 나이스 cannot be fetched", extra={"reason": str(away)})
                return False
            if held is not None:  # the province has nothing of this school any more
                await self._db.write(lambda tx: self._gone(tx, held))
            return True
        except ProtocolError as error:
            log.error("rows of 나이스 cannot be believed", extra={"reason": str(error)})
            return True
        content = encode(parcel).decode()
        weigh = self._of[one.kind].weigh
        weighed = await self._db.read(lambda tx: weigh(tx, one.key, one.name, content))
        await self._db.write(lambda tx: self._came(tx, one, content, weighed))
        return True

    def _gone(self, tx: Tx, held: SupplyItem) -> None:
        store.remove(tx, held.kind, held.key)
        publish(tx, SuppliesMoved(0), self._clock.now())

    def _came(self, tx: Tx, one: Supply, content: str, weighed: WeighedSupply) -> None:
        """Another school's correction moves the root, and nothing here."""
        held = store.item(tx, one.kind, one.key)
        if held is not None and held.content == content:
            store.renew(tx, held, _digest(one))
            return
        item = self._put(tx, one, content, weighed)
        said_by = store.by_themselves(tx).get(one.kind)
        asker = rights_now(tx, said_by) if item.waits and said_by else None
        if asker is not None and asker.is_administrator:
            take(tx, self._clock, asker, self._of[one.kind], item, weighed)
        else:
            publish(tx, SuppliesMoved(1), self._clock.now())


def _digest(one: Supply) -> str:
    return hashlib.sha256(f"{one.name}\n{one.content}".encode()).hexdigest()


def _listed(home: Path) -> SupplyList | None:
    """The list in a release, an empty one where it has none; None where the release is gone. Raises
    ProtocolError."""
    try:
        with (home / SUPPLIES_FILE).open("rb") as file:
            return read_supplies(file.read(LARGEST_SUPPLIES + 1))
    except FileNotFoundError:
        return SupplyList() if home.is_dir() else None  # another release took its place meanwhile
