"""Locks of WebDAV: who has a file open. They hold against other programs; in the portal they are shown,
and whoever saves there makes a new version as ever."""

import msgspec

from kit.clock import DAY, SECOND, Clock
from kit.db import Database, Tx
from kit.ids import new_id
from kit.problem import Forbidden
from node.drive.model import (
    Item,
    Lock,
    Locked,
    NotALock,
    PreconditionFailed,
    Right,
    TooManyLocks,
    check_name,
    folded,
)
from node.drive.tree import lock_store, store
from node.drive.tree.held import Terms, require
from node.drive.tree.placing import fresh_item
from node.drive.tree.rights import reach, reach_folder
from node.people.access import of_now
from node.people.model import Asker

SHORTEST, LONGEST = 30, 3600  # seconds that a lock lives without being renewed
MOST = 500  # live ones of one person
REMEMBERED = DAY
FORGOTTEN = 200  # in one unit


class Wish(msgspec.Struct, frozen=True):
    """A lock that a client asks for. `owner`: who it says it is, as XML; `href`: what it locks, as it
    names it."""

    seconds: int
    is_deep: bool
    is_shared: bool
    owner: str
    href: str


class Locks:
    """Takes locks, renews and releases them."""

    def __init__(self, db: Database, clock: Clock) -> None:
        self._db = db
        self._clock = clock

    async def take(self, asker: Asker, item_id: str, wish: Wish, terms: Terms) -> Lock:
        """Lock an item. Raises NotFound, Forbidden, Locked, PreconditionFailed, TooManyLocks."""

        def unit(tx: Tx, asker: Asker) -> Lock:
            item = reach(tx, asker, item_id, Right.EDIT)
            return self._take(tx, asker, item, wish, terms)

        return await self._db.write(of_now(asker, unit))

    async def take_name(
        self, asker: Asker, folder_id: str, name: str, wish: Wish, terms: Terms
    ) -> Lock:
        """Lock a name that nothing has yet (RFC 4918, 7.3): what it is appears with its content, and
        the name goes with the lock. Raises what `take` raises, BadName, NotThere."""
        fit = check_name(name)

        def unit(tx: Tx, asker: Asker) -> Lock:
            folder = reach_folder(tx, asker, folder_id, Right.EDIT)
            there = store.named(tx, asker.keys, folder_id, folded(fit))
            if there is not None:
                return self._take(tx, asker, there, wish, terms)
            require(tx, terms, asker, [folder_id], self._clock.now(), subject=None)
            new = fresh_item(folder, fit, asker, self._clock.now(), is_folder=False)
            store.add(tx, new, folded(fit))
            return self._take(tx, asker, new, wish, Terms(tokens=terms.tokens))

        return await self._db.write(of_now(asker, unit))

    def _take(self, tx: Tx, asker: Asker, item: Item, wish: Wish, terms: Terms) -> Lock:
        now = self._clock.now()
        others = lock_store.of(tx, item.id, now)
        if wish.is_deep and item.is_folder:
            others += lock_store.below(tx, item.id, now)
        for other in others:
            if not (wish.is_shared and other.is_shared):
                raise Locked(by=other.person_name)
        if terms.clauses:
            require(tx, Terms(clauses=terms.clauses), asker, [], now)
        if lock_store.count_of(tx, asker.id, now) >= MOST:
            raise TooManyLocks()
        seconds = min(max(wish.seconds, SHORTEST), LONGEST)
        id = new_id() + new_id()[:12]
        new = Lock(
            token=f"urn:uuid:{id[:8]}-{id[8:12]}-4{id[13:16]}-8{id[17:20]}-{id[20:32]}",
            item_id=item.id,
            is_deep=int(wish.is_deep and bool(item.is_folder)),
            is_shared=int(wish.is_shared),
            person_id=asker.id,
            person_name=asker.name,
            owner=wish.owner,
            href=wish.href,
            seconds=seconds,
            until=now + seconds * SECOND,
            seen=item.version,
        )
        lock_store.add(tx, new)
        return new

    async def renew(
        self, asker: Asker, item_id: str, tokens: frozenset[str], seconds: int | None
    ) -> Lock:
        """A live lock of the asker's with its full time again (`seconds`: another), under the same
        token. Raises NotFound, PreconditionFailed: none of the tokens is such a lock's."""

        def unit(tx: Tx, asker: Asker) -> Lock:
            reach(tx, asker, item_id)
            now = self._clock.now()
            for lock in lock_store.of(tx, item_id, now):
                if lock.token in tokens and lock.person_id == asker.id:
                    lasts = min(max(seconds or lock.seconds, SHORTEST), LONGEST)
                    lock_store.renew(tx, lock.token, lasts, now + lasts * SECOND)
                    return lock_store.lock(tx, lock.token) or lock
            raise PreconditionFailed()

        return await self._db.write(of_now(asker, unit))

    async def release(self, asker: Asker, item_id: str, token: str) -> None:
        """Raises NotFound, NotALock (none of that token holds here), Forbidden (another's)."""

        def unit(tx: Tx, asker: Asker) -> None:
            reach(tx, asker, item_id)
            now = self._clock.now()
            held = [lock for lock in lock_store.of(tx, item_id, now) if lock.token == token]
            if not held:
                raise NotALock()
            if held[0].person_id != asker.id:
                raise Forbidden()
            lock_store.end(tx, token, now)
            locked = store.item(tx, asker.keys, held[0].item_id)
            is_nothing = locked is not None and locked.is_unfilled
            if is_nothing and not lock_store.of_items(tx, [held[0].item_id], now):
                store.erase(tx, held[0].item_id)

        await self._db.write(of_now(asker, unit))

    async def of(self, asker: Asker, item_id: str) -> list[Lock]:
        """The live locks that hold for an item. Raises NotFound."""
        now = self._clock.now()

        def unit(tx: Tx) -> list[Lock]:
            reach(tx, asker, item_id)
            return lock_store.of(tx, item_id, now)

        return await self._db.read(unit)

    async def expire(self) -> int:
        """Forget what has long been over, and names to which no content came; how many names."""

        def unit(tx: Tx) -> tuple[int, int]:
            now = self._clock.now()
            names = lock_store.unfilled(tx, now, FORGOTTEN)
            for item_id in names:
                store.erase(tx, item_id)
            return len(names), lock_store.forget(tx, now - REMEMBERED, FORGOTTEN)

        gone = 0
        while True:
            names, locks = await self._db.write(unit)
            gone += names
            if max(names, locks) < FORGOTTEN:
                return gone
