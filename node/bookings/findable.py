"""Rooms and devices can be found, by staff."""

from kit.db import Tx
from kit.i18n import _
from node.bookings.model import FacilityChanged
from node.ports.findable import Document, Findable, Moved

STAFF = frozenset({"staff"})


def _documents(tx: Tx, facility_id: str) -> list[Document]:
    sql = "SELECT name, place, note, at FROM bookings_v_facility WHERE id = ?"
    subject, href = f"bookings:{facility_id}", f"/bookings/{facility_id}"
    return [
        Document(subject, "bookings", name, place, href, f"{place}\n{note}", at, STAFF)
        for name, place, note, at in tx.rows(sql, (facility_id,))
    ]


FINDABLE = Findable(
    about="bookings",
    kinds={"bookings": _("특별실·기자재")},
    documents=_documents,
    keys=lambda _tx, _facility_id: STAFF,
    moved_by={FacilityChanged: lambda _tx, event: Moved([event.facility_id])},
    readable="? AND EXISTS (SELECT 1 FROM bookings_v_facility f WHERE f.id = {id})",
    params=lambda asker: (int(asker.is_staff),),
)
