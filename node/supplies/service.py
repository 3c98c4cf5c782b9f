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
from node.ports.supplied import Supplied
from node.supplies import store
from node.supplies.model import (
    ShownSupply,
    SuppliesMoved,
    SupplyAct,
    SupplyAnswer,
    SupplyItem,
    SupplyShelf,
    SupplyUnfit,
)

WHO = (Role.ADMINISTRATOR,)


class Supplies:
    """The slice's face. `of`: what slices take, by kind."""

    def __init__(self, db: Database, clock: Clock, of: Mapping[str, Supplied]) -> None:
        self._db = db
        self._clock = clock
        self._of = of

    async def shelves(self, asker: Asker) -> list[SupplyShelf]:
        """All that came, by kind. Raises NotFound, Forbidden."""
        require_role(asker, *WHO)

        def unit(tx: Tx) -> list[SupplyShelf]:
            items = store.items(tx)
            return [
                SupplyShelf(one, tuple(self._shown(tx, it) for it in items if it.kind == one.kind))
                for one in self._of.values()
            ]

        return await self._db.read(unit)

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

        def unit(tx: Tx, now: Asker) -> Supplied:
            item = self._item(tx, kind, key)
            if item.digest != seen:
                raise ChangedMeanwhile()
            self._take(tx, now, item)
            return self._of[kind]

        return await self._db.write(with_role(asker, WHO, unit))

    async def take_all(self, asker: Asker, kind: str) -> tuple[Supplied, int]:
        """Use what the school does not have at all, of a kind; how many. Raises NotFound, Forbidden;
        publishes SuppliesMoved."""

        def unit(tx: Tx, now: Asker) -> tuple[Supplied, int]:
            if kind not in self._of:
                raise NotFound()
            found = [self._shown(tx, one) for one in store.items(tx) if one.kind == kind]
            new = [one.item for one in found if one.item.waits and one.weighed.is_new]
            for item in new:
                self._take(tx, now, item)
            return self._of[kind], len(new)

        return await self._db.write(with_role(asker, WHO, unit))

    def _take(self, tx: Tx, asker: Asker, item: SupplyItem) -> None:
        of = self._of[item.kind]
        weighed = of.weigh(tx, item.key, item.name, item.content)
        if not weighed.is_open:
            raise SupplyUnfit()
        of.take(tx, asker, item.key, item.name, item.content)
        self._answered(tx, asker, item, SupplyAct.TAKE, SupplyAnswer.TAKEN, weighed.ours)

    async def leave(self, asker: Asker, kind: str, key: str) -> None:
        """Keep what the school has; it is not asked again until the province changes it. Raises NotFound,
        Forbidden; publishes SuppliesMoved."""

        def unit(tx: Tx, now: Asker) -> None:
            item = self._item(tx, kind, key)
            self._answered(tx, now, item, SupplyAct.LEAVE, SupplyAnswer.LEFT, item.before)

        await self._db.write(with_role(asker, WHO, unit))

    async def bring_back(self, asker: Asker, kind: str, key: str) -> None:
        """What the school had before it took this. Raises NotFound, Forbidden; publishes SuppliesMoved and
        what its slice does."""

        def unit(tx: Tx, now: Asker) -> None:
            item = self._item(tx, kind, key)
            if not item.before:
                raise NotFound()
            self._of[kind].take(tx, now, key, item.name, item.before)
            self._answered(tx, now, item, SupplyAct.BRING_BACK, SupplyAnswer.LEFT, "")

        await self._db.write(with_role(asker, WHO, unit))

    def _answered(
        self,
        tx: Tx,
        asker: Asker,
        item: SupplyItem,
        act: SupplyAct,
        answer: SupplyAnswer,
        before: str,
    ) -> None:
        store.answer(tx, item, answer, before)
        audit.record(tx, self._clock, asker, act, f"{item.kind}/{item.key}", name=item.name)
        publish(tx, SuppliesMoved(1), self._clock.now())

    def _item(self, tx: Tx, kind: str, key: str) -> SupplyItem:
        found = store.item(tx, kind, key) if kind in self._of else None
        if found is None:
            raise NotFound()
        return found

    def _shown(self, tx: Tx, item: SupplyItem) -> ShownSupply:
        weigh = self._of[item.kind].weigh
        return ShownSupply(item, weigh(tx, item.key, item.name, item.content))

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
                text=_("살펴보고 우리 학교에서 쓸지 정해 주세요."),
                action=_("살펴보기"),
                live="supplies.moved",
            )
        ]
