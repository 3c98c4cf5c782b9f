"""Who gets what of releases: the administrator looks and presses, neighbours ask for chunks."""

from functools import partial

from kit.clock import HOUR
from kit.db import Tx
from node.releases import store as releases_store
from protocol.sync import ReleasePointer
from tests.node.planting import Planting
from tests.node.routes import DECISIONS, ENTRANCE, NOTHING, NUMBERS, Route, only, public

ADMINISTRATOR = ("administrator",)


def _plant(planting: Planting, tx: Tx) -> None:
    """What the province points to, and what failed."""
    now = planting.school.clock.now()
    releases_store.point_to(tx, (ReleasePointer(kind="knowledge", version=7, size=9),))
    releases_store.tried(tx, "knowledge", planting.typed("error"), now + HOUR)
    releases_store.begin(tx, "model", 7, planting.typed("name"), 9, now)
    releases_store.set_step(tx, "model", 7, "refused", now, planting.typed("error"))


async def sow(planting: Planting) -> None:
    await planting.school.db.write(partial(_plant, planting))


ROUTES = (
    Route("GET", "/admin/releases", only(ADMINISTRATOR, 200), nobody=NUMBERS),
    # Nothing came yet, so there is nothing to go back to.
    Route(
        "POST",
        "/admin/releases/{kind}/back",
        only(ADMINISTRATOR, 409),
        url="/admin/releases/model/back",
        proof=DECISIONS,
    ),
    Route(
        "POST",
        "/admin/releases/{kind}/again",
        only(ADMINISTRATOR, 303),
        url="/admin/releases/model/again",
        proof=NOTHING,
    ),
    # Chunks are public, and of this one nobody heard.
    Route(
        "GET",
        "/v1/chunks/{sha256}",
        public(404),
        url="/v1/chunks/" + "0" * 64,
        nobody=ENTRANCE,
        piece="bytes for other nodes",
        unmet="nobody types into it",
    ),
    Route(
        "GET",
        "/v1/releases/{kind}/{version}/held",
        public(404),
        url="/v1/releases/model/1/held",
        nobody=ENTRANCE,
        piece="bytes for other nodes",
        unmet="nobody types into it",
    ),
)

HOLDS_NOBODY = "files of the province"

UNTYPED = {
    "releases_release.step": "a word or a sentence of ours",
}

STAYS = {
    "releases_clock": "one row",
    "releases_release": "a few in the school's life",
    "releases_wanted": "a few in the school's life",
}
