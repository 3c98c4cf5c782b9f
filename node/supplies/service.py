"""What came from the province, and what becomes of it: nothing by itself, each thing when the
administrator says so.

    shelves = await supplies.shelves(asker)
    await supplies.take(asker, "paper", "absence", seen)    # as it was looked at
    await supplies.leave(asker, "paper", "absence")
    await supplies.bring_back(asker, "paper", "absence")    # as it was before it was taken
"""

from collections.abc import Mapping

from kit import audit
from kit.card import Card, Weight
from kit.clock import Clock
from kit.db import Database, Tx
from kit.i18n import _
from kit.outbox import publish
from kit.problem import NotFound
from kit.seen import ChangedMeanwhile
from node.people.access import require_role, with_role
from node.people.model import Asker, Role
from node.ports.supplied import Supplied, WeighedSupply
from node.supplies import store, taking
from node.supplies.model import (
    ShownSupply,
    SuppliesMoved,
    SupplyAct,
    SupplyAnswer,
    SupplyItem,
    SupplyShelf,
)

WHO = (Role.ADMINISTRATOR,)


class Supplies:
    """The slice's face. `of`: what slices take, by kind; `has_rows`: 나이스 knows the school, so that months can
    have rows of its own."""

    def __init__(
        self, db: Database, clock: Clock, of: Mapping[str, Supplied], *, has_rows: bool
    ) -> None:
        self._db = db
        self._clock = clock
        self._of = of
        self._has_rows = has_rows

    async def shelves(self, asker: Asker) -> list[SupplyShelf]:
        """All that came, by kind. Raises NotFound, Forbidden."""
        require_role(asker, *WHO)

        def unit(tx: Tx) -> list[SupplyShelf]:
            items, come = store.items(tx), store.by_themselves(tx)
            return [
                SupplyShelf(
                    one,
                    tuple(self._listed(tx, one, it) for it in items if it.kind == one.kind),
                    one.kind in come,
                    self._has_rows or not one.own_rows,
                )
                for one in self._of.values()
            ]

        return await self._db.read(unit)

    async def unread(self, asker: Asker) -> str:
        """Why the newest list could not be read, as the program says it. Raises NotFound, Forbidden."""
        require_role(asker, *WHO)
        return await self._db.read(store.unread)

    async def one(self, asker: Asker, kind: str, key: str) -> tuple[Supplied, ShownSupply]:
        """One of them, beside what the school has. Raises NotFound, Forbidden."""
        require_role(asker, *WHO)

        def unit(tx: Tx) -> tuple[Supplied, ShownSupply]:
            item = self._item(tx, kind, key)
            return self._of[kind], self._shown(tx, item)

        return await self._db.read(unit)

    async def take(self, asker: Asker, kind: str, key: str, seen: str) -> Supplied:
        """Use it at this school. `seen`: the digest of what was looked at. Raises NotFound, Forbidden,
        ChangedMeanwhile, SupplyUnfit; publishes SuppliesMoved and what its slice does."""

        require_role(asker, *WHO)
        shown = await self._db.read(lambda tx: self._item(tx, kind, key))
        before = await taking.weighed_before(self._db, self._of[kind], shown)

        def unit(tx: Tx, now: Asker) -> Supplied:
            item = self._item(tx, kind, key)
            if shown.digest != seen or item.digest != seen:
                raise ChangedMeanwhile()
            taking.take(tx, self._clock, now, self._of[kind], item, before)
            return self._of[kind]

        return await self._db.write(with_role(asker, WHO, unit))

    async def take_all(self, asker: Asker, kind: str) -> tuple[Supplied, int]:
        """Use what the school does not have at all, of a kind; how many. Raises NotFound, Forbidden;
        publishes SuppliesMoved."""

        require_role(asker, *WHO)
        if kind not in self._of:
            raise NotFound()

        def waiting(tx: Tx) -> list[ShownSupply]:
            found = [self._shown(tx, it) for it in store.items(tx) if it.kind == kind and it.waits]
            return [one for one in found if one.weighed and one.weighed.is_new]

        taken = 0
        for shown in await self._db.read(waiting):  # a unit each: a month may be a thousand rows
            before = await taking.weighed_before(self._db, self._of[kind], shown.item)

            def unit(
                tx: Tx,
                now: Asker,
                shown: ShownSupply = shown,
                before: WeighedSupply | None = before,
            ) -> int:
                item = store.item(tx, kind, shown.item.key)
                if item is None or not item.waits or item.digest != shown.item.digest:
                    return 0
                taking.take(tx, self._clock, now, self._of[kind], item, before)
                return 1

            taken += await self._db.write(with_role(asker, WHO, unit))
        return self._of[kind], taken

    async def come(self, asker: Asker, kind: str, *, by_itself: bool) -> None:
        """Whether months of 나이스 that come from now on are taken by themselves. Raises NotFound, Forbidden;
        publishes SuppliesMoved."""

        def unit(tx: Tx, now: Asker) -> None:
            if kind not in self._of or not self._of[kind].own_rows:
                raise NotFound()
            if by_itself:
                store.let_come(tx, kind, now.id, self._clock.now())
            else:
                store.let_wait(tx, kind)
            act = SupplyAct.LET_COME if by_itself else SupplyAct.LET_WAIT
            audit.record(tx, self._clock, now, act, kind)
            publish(tx, SuppliesMoved(0), self._clock.now())

        await self._db.write(with_role(asker, WHO, unit))

    async def leave(self, asker: Asker, kind: str, key: str) -> None:
        """Keep what the school has; it is not asked again until the province changes it. Raises NotFound,
        Forbidden; publishes SuppliesMoved."""

        def unit(tx: Tx, now: Asker) -> None:
            item = self._item(tx, kind, key)
            taking.answered(
                tx, self._clock, now, item, SupplyAct.LEAVE, SupplyAnswer.LEFT, item.before
            )

        await self._db.write(with_role(asker, WHO, unit))

    async def bring_back(self, asker: Asker, kind: str, key: str) -> None:
        """What the school had before it took this. Raises NotFound, Forbidden; publishes SuppliesMoved and
        what its slice does."""

        def unit(tx: Tx, now: Asker) -> None:
            item = self._item(tx, kind, key)
            if not item.before:
                raise NotFound()
            self._of[kind].take(tx, now, key, item.name, item.before, None)
            taking.answered(tx, self._clock, now, item, SupplyAct.BRING_BACK, SupplyAnswer.LEFT, "")

        await self._db.write(with_role(asker, WHO, unit))

    def _item(self, tx: Tx, kind: str, key: str) -> SupplyItem:
        found = store.item(tx, kind, key) if kind in self._of else None
        if found is None:
            raise NotFound()
        return found

    def _shown(self, tx: Tx, item: SupplyItem) -> ShownSupply:
        weigh = self._of[item.kind].weigh
        return ShownSupply(item, weigh(tx, item.key, item.name, item.content))

    def _listed(self, tx: Tx, of: Supplied, item: SupplyItem) -> ShownSupply:
        """For a list: months that were decided on are not read again."""
        return ShownSupply(item, None) if of.own_rows and not item.waits else self._shown(tx, item)

    def cards(self, tx: Tx, asker: Asker, _now: int) -> list[Card]:
        """For the administrator, while something waits."""
        waiting = store.waiting(tx) if asker.is_administrator else 0
        if not waiting:
            return []
        return [
            Card(
                name="supplies",
                title=_("교육청에서 온 자료"),
                icon="inbox",
                href="/admin/supplies",
                weight=Weight.TASK,
                count=waiting,
                text=_("확인하고 우리 학교에서 사용할지 선택해 주세요."),
                action=_("확인하기"),
                live="supplies.moved",
            )
        ]
