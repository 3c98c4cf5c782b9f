"""Who gets what of the province: staff look people up, the administrator joins and syncs."""

from functools import partial

from kit.db import Tx
from kit.ids import new_id
from node.federation import store as federation_store
from node.federation.model import Conversation
from protocol.directory import SchoolEntry, StaffEntry
from protocol.identity import SchoolId, SchoolKind
from tests.node.planting import Planting
from tests.node.routes import COLLEAGUES, NOTHING, NUMBERS, RIGHTS, Route, only, staff

WATCHERS = ("principal", "administrator")


def _plant(planting: Planting, tx: Tx) -> None:
    """What other schools of the province share."""
    school = SchoolEntry(
        id=SchoolId("J107530202"),
        name=planting.typed("school"),
        school_kind=SchoolKind.MIDDLE,
        district=planting.typed("district"),
        address=planting.typed("address"),
        phone=planting.typed("phone"),
        homepage=f"javascript:{planting.typed('homepage')}",
        matrix_server=planting.typed("server"),
    )
    staff = StaffEntry(
        id=new_id(),
        name=planting.typed("name"),
        position=planting.typed("position"),
        department=planting.typed("department"),
        duty=planting.typed("duty"),
        matrix_id=planting.typed("matrix id"),
        extension=planting.typed("extension"),
    )
    for entry in (school, staff):
        federation_store.keep_entry(tx, "J107530202", entry)
    federation_store.change_share(tx, staff.id, staff, "0" * 64)
    state = Conversation(failures=3, last_error=planting.typed("error"))
    federation_store.save_conversation(tx, state)


async def sow(planting: Planting) -> None:
    await planting.school.db.write(partial(_plant, planting))


ROUTES = (
    Route("GET", "/directory", staff(200), nobody=COLLEAGUES),
    Route("GET", "/admin/province", only(WATCHERS, 200), nobody=NUMBERS),
    # Not a code: whoever may join is told so, and the principal may look but not join.
    Route(
        "POST",
        "/admin/province/join",
        only(("administrator",), 422),
        data={"invitation": "x"},
        proof=RIGHTS,
    ),
    # No province yet: the flash says that it did not work.
    Route("POST", "/admin/province/sync", only(WATCHERS, 303), proof=NOTHING),
)

HOLDS_NOBODY = "staff as the lists have them"

UNTYPED = {
    "federation_membership.witness": "a digest, a secret, a signature or what is signed with",
    "federation_cursor.epoch": "a digest, a secret, a signature or what is signed with",
    "federation_enrolment.invitation": "a digest, a secret, a signature or what is signed with",
    "federation_enrolment.request_json": "a digest, a secret, a signature or what is signed with",
    "federation_rotation.statement": "a digest, a secret, a signature or what is signed with",
    "federation_membership.standing": "a word or a sentence of ours",
    "federation_cursor.stream": "a word or a sentence of ours",
}

STAYS = {
    "federation_conversation": "one row",
    "federation_counter": "one row",
    "federation_enrolment": "one row",
    "federation_membership": "one row",
    "federation_rotation": "one row",
    "federation_share": "as many as classes (sixty a year), groups, staff and their rights",
}

FROM_AN_END = {
    "node.federation.store.changes_after": "a batch behind the hub",
    "node.federation.colleagues.elsewhere": "names with such a part, a page",
    "node.federation.colleagues.bring_next": "a batch of names that an earlier release kept",
}

ON_REQUEST = {
    "node.federation.store.whole_share": "to a hub that lost its directory",
    "node.federation.store.counts": "once a day: how many the school has",
    "node.federation.store.kept_of": "a program that reads more than the one before starts",
}
