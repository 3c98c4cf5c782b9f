"""Who else may see or change a folder or file: people, departments, groups, the whole staff."""

from msgspec.structs import replace

from kit.clock import Clock
from kit.db import Database, Tx
from kit.problem import Forbidden, NotFound
from node.drive.model import (
    SCHOOL,
    BadShare,
    DriveAct,
    FixedShare,
    Item,
    Right,
    Share,
)
from node.drive.tree import store
from node.drive.tree.rights import reach
from node.drive.tree.telling import announce, note
from node.people.access import of_now
from node.people.audience import colleague_labels, colleagues
from node.people.model import Asker, Choice, Scope

GIVEN = (Right.VIEW, Right.EDIT)


class Sharing:
    """Gives and withdraws rights."""

    def __init__(self, db: Database, clock: Clock) -> None:
        self._db = db
        self._clock = clock

    async def choices(self, asker: Asker) -> dict[Scope, list[Choice]]:
        """With whom things can be shared."""
        return await self._db.read(lambda tx: colleagues(tx, without=asker.id))

    def of(self, tx: Tx, item: Item) -> tuple[list[Share], list[Share]]:
        """The item's own shares, and what the folders above it give; with words for whom."""
        own, inherited = store.shares(tx, item.id), store.inherited_shares(tx, item.id)
        words = colleague_labels(tx, {share.key for share in (*own, *inherited)})

        def worded(shares: list[Share]) -> list[Share]:
            return [replace(share, label=words[share.key]) for share in shares]

        return worded(own), worded(inherited)

    async def give(self, asker: Asker, item_id: str, key: str, right: Right) -> None:
        """Let the holders of a key see or change an item and what is in it, from now on.

        Raises NotFound, Forbidden (who does not decide over it; an area as a whole), BadShare,
        FixedShare.
        """
        if right not in GIVEN:
            raise BadShare()

        def unit(tx: Tx, asker: Asker) -> None:
            item = self._decided(tx, asker, item_id)
            offered = colleagues(tx, without=asker.id).values()
            if not any(key == one.key for choices in offered for one in choices):
                raise BadShare()
            now = self._clock.now()
            if not store.put_share(tx, item_id, key, right, now, asker.id, asker.name):
                raise FixedShare()
            self._changed(tx, asker, item, DriveAct.SHARE, key=key, right=int(right))

        await self._db.write(of_now(asker, unit))

    async def withdraw(self, asker: Asker, item_id: str, key: str) -> None:
        """End a share: whoever had the item through it alone finds it no more, with the commit.

        Raises NotFound, Forbidden.
        """

        def unit(tx: Tx, asker: Asker) -> None:
            item = self._decided(tx, asker, item_id)
            if not store.remove_share(tx, item_id, key):
                raise NotFound()
            self._changed(tx, asker, item, DriveAct.UNSHARE, key=key)

        await self._db.write(of_now(asker, unit))

    def _decided(self, tx: Tx, asker: Asker, item_id: str) -> Item:
        item = reach(tx, asker, item_id, Right.OWN)
        if item.parent_id is None and item.area != SCHOOL:
            raise Forbidden()
        return item

    def _changed(self, tx: Tx, asker: Asker, item: Item, act: DriveAct, **detail: object) -> None:
        note(tx, self._clock, asker, act, item, name=item.name, **detail)
        announce(tx, item.id, self._clock.now())
