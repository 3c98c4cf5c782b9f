"""Who gets what of contacts: everybody what is for them; the administrator writes."""

from functools import partial

from kit.db import Tx
from node.contacts import store
from node.contacts.model import Contact
from tests.node.planting import Planting
from tests.node.routes import NOTHING, PUBLISHED, Route, everyone, only

ADMINISTRATOR = ("administrator",)
WRITTEN = {"name": "보건실", "telephone": "031-000-0101"}


def _plant(planting: Planting, tx: Tx) -> None:
    typed = planting.typed
    store.put(
        tx,
        Contact("planted", typed("name"), typed("about"), "117", typed("hours"), True, True, 1),
    )


async def sow(planting: Planting) -> None:
    await planting.school.db.write(partial(_plant, planting))


ROUTES = (
    Route("GET", "/contacts", everyone(200), nobody=PUBLISHED),
    Route("POST", "/contacts", only(ADMINISTRATOR, 303), data=WRITTEN, proof=NOTHING),
    Route(
        "GET",
        "/contacts/{id}",
        only(ADMINISTRATOR, 404),
        url="/contacts/none",
        nobody=PUBLISHED,
    ),
    Route(
        "POST",
        "/contacts/{id}",
        only(ADMINISTRATOR, 404),
        url="/contacts/none",
        data=WRITTEN,
        proof=NOTHING,
    ),
    Route(
        "POST",
        "/contacts/{id}/up",
        only(ADMINISTRATOR, 404),
        url="/contacts/none/up",
        proof=NOTHING,
    ),
    Route(
        "POST",
        "/contacts/{id}/remove",
        only(ADMINISTRATOR, 404),
        url="/contacts/none/remove",
        proof=NOTHING,
    ),
)

HOLDS_NOBODY = "places of the school, not persons"

UNTYPED = {
    "contacts_entry.id": "an id",
    "contacts_entry.telephone": "digits",
}

STAYS = {
    "contacts_entry": "sixty at most",
}
