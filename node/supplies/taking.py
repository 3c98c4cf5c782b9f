"""A supply becomes the school's, in one unit: because an administrator says so now, or said so for its kind."""

from kit import audit
from kit.clock import Clock
from kit.db import Database, Tx
from kit.outbox import publish
from node.people.model import Asker
from node.ports.supplied import Supplied, WeighedSupply
from node.supplies import store
from node.supplies.model import SuppliesMoved, SupplyAct, SupplyAnswer, SupplyItem, SupplyUnfit


async def weighed_before(db: Database, of: Supplied, item: SupplyItem) -> WeighedSupply | None:
    """How something of many rows stands, for the unit that takes it; None: that unit weighs it itself."""
    if not of.own_rows:
        return None
    return await db.read(lambda tx: of.weigh(tx, item.key, item.name, item.content))


def take(
    tx: Tx,
    clock: Clock,
    asker: Asker,
    of: Supplied,
    item: SupplyItem,
    before: WeighedSupply | None,
) -> None:
    """`before`: as `weighed_before` said. Raises SupplyUnfit where there is nothing to take (any more)."""
    weighed = before or of.weigh(tx, item.key, item.name, item.content)
    if not weighed.is_open:
        raise SupplyUnfit()
    of.take(tx, asker, item.key, item.name, item.content, weighed.what)
    answered(tx, clock, asker, item, SupplyAct.TAKE, SupplyAnswer.TAKEN, weighed.ours)


def answered(
    tx: Tx,
    clock: Clock,
    asker: Asker,
    item: SupplyItem,
    act: SupplyAct,
    answer: SupplyAnswer,
    before: str,
) -> None:
    store.answer(tx, item, answer, before)
    audit.record(tx, clock, asker, act, f"{item.kind}/{item.key}", name=item.name)
    publish(tx, SuppliesMoved(1), clock.now())
