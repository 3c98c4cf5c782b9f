"""Who gets what of supplies: the administrator decides; nobody else sees what came."""

from functools import partial

from kit.db import Tx
from node.supplies import store
from node.supplies.model import SupplyAnswer, SupplyItem
from tests.node.planting import Planting
from tests.node.routes import PUBLISHED, RIGHTS, Route, only

ADMINISTRATOR = ("administrator",)


def _plant(planting: Planting, tx: Tx) -> None:
    """A kind of paper, as the province sent it."""
    item = SupplyItem(
        kind="paper",
        key="planted",
        name=planting.typed("name"),
        content=planting.typed("content"),
        digest="1",
        arrived_at=planting.school.clock.now(),
        answer=SupplyAnswer.TAKEN,
        waits=False,
        before=planting.typed("before"),
    )
    store.put(tx, item)


async def sow(planting: Planting) -> None:
    await planting.school.db.write(partial(_plant, planting))


ONE = "/admin/supplies/paper/absence"

# Nothing came yet: there is nothing to take, and nothing to look at.
ROUTES = (
    Route("GET", "/admin/supplies", only(ADMINISTRATOR, 200), nobody=PUBLISHED),
    Route(
        "POST",
        "/admin/supplies/{kind}",
        only(ADMINISTRATOR, 303),
        url="/admin/supplies/paper",
        proof=RIGHTS,
    ),
    Route(
        "POST",
        "/admin/supplies/{kind}/come",
        only(ADMINISTRATOR, 303),
        url="/admin/supplies/meals/come",
        data={"by_itself": ""},
        proof=RIGHTS,
    ),
    Route(
        "GET",
        "/admin/supplies/{kind}/{key}",
        only(ADMINISTRATOR, 404),
        url=ONE,
        nobody=PUBLISHED,
    ),
    Route(
        "POST",
        "/admin/supplies/{kind}/{key}/take",
        only(ADMINISTRATOR, 404),
        url=ONE + "/take",
        data={"seen": "1"},
        proof=RIGHTS,
    ),
    Route(
        "POST",
        "/admin/supplies/{kind}/{key}/leave",
        only(ADMINISTRATOR, 404),
        url=ONE + "/leave",
        proof=RIGHTS,
    ),
    Route(
        "POST",
        "/admin/supplies/{kind}/{key}/back",
        only(ADMINISTRATOR, 404),
        url=ONE + "/back",
        proof=RIGHTS,
    ),
)

HOLDS_NOBODY = "what the province publishes"

UNTYPED = {
    "supplies_by_itself.set_by": "an id, or the ids and keys of several",
    "supplies_item.kind": "a word of ours",
    "supplies_item.digest": "a digest",
    "supplies_item.answer": "a word of ours",
}

STAYS = {
    "supplies_item": "some dozens, as the province's list is bounded",
    "supplies_release": "one row",
    "supplies_by_itself": "a row a kind",
}
