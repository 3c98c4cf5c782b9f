"""What can be reserved: the administrator enters it, they and who looks after it write of it.

hall = await facilities.write(administrator, "", FacilityWords("과학실", "room", "3층"))
"""

from collections.abc import Sequence

from kit import audit
from kit.clock import Clock, local_date
from kit.db import Database, Tx
from kit.i18n import _
from kit.ids import new_id
from kit.naming import composed
from kit.outbox import publish
from kit.problem import Forbidden, Invalid, NotFound
from kit.seen import check_seen
from kit.typed import one_line
from node.bookings import store
from node.bookings.model import (
    AHEAD,
    BATCH,
    LONGEST_NAME,
    LONGEST_NOTE,
    LONGEST_PLACE,
    MOST_FACILITIES,
    MOST_PIECES,
    BookingsAct,
    Facility,
    FacilityChanged,
    FacilityKind,
    FacilityList,
    FacilityReserved,
    FacilityWords,
    TooManyFacilities,
)
from node.people.access import is_on_staff, of_now, require_staff
from node.people.model import Asker

OWN_SHOWN = 20


class Facilities:
    """Rooms and devices, as they are entered."""

    def __init__(self, db: Database, clock: Clock) -> None:
        self._db = db
        self._clock = clock

    async def all(self, asker: Asker) -> FacilityList:
        """What there is, with the asker's own next reservations, for staff. Raises NotFound."""
        require_staff(asker)
        today = local_date(self._clock.now())
        first, last = today.isoformat(), (today + AHEAD).isoformat()
        return await self._db.read(
            lambda tx: FacilityList(
                tuple(store.facilities(tx)),
                tuple(store.own(tx, asker.id, first, last, OWN_SHOWN)),
            )
        )

    async def to_write(
        self, asker: Asker, facility_id: str
    ) -> tuple[Facility | None, Sequence[tuple[str, str]]]:
        """A thing that the asker may write of ("": a new one), and who may look after it. Raises NotFound,
        Forbidden."""

        def work(tx: Tx) -> tuple[Facility | None, Sequence[tuple[str, str]]]:
            return _to_write(tx, asker, facility_id), store.colleagues(tx)

        return await self._db.read(work)

    async def write(
        self, asker: Asker, facility_id: str, written: FacilityWords, seen: str = ""
    ) -> str:
        """The administrator enters a thing (id "") or they and its keeper write it over; its id. Publishes
        FacilityChanged. Raises NotFound, Forbidden, Invalid, TooLong, TooManyFacilities, ChangedMeanwhile."""
        written = _checked(written)

        def unit(tx: Tx, now: Asker) -> str:
            found = _to_write(tx, now, facility_id)
            if found is not None:
                check_seen(seen, found.written)
            elif store.how_many(tx) >= MOST_FACILITIES:
                raise TooManyFacilities()
            if written.keeper_id and not is_on_staff(tx, written.keeper_id):
                raise Invalid({"keeper_id": _("담당자는 지금 근무하는 교직원 중에서 골라 주세요.")})
            id = facility_id or new_id()
            store.put_facility(tx, id, written, self._clock.now())
            publish(tx, FacilityChanged(id), self._clock.now())
            act = BookingsAct.EDIT if found else BookingsAct.ADD
            audit.record(tx, self._clock, now, act, id)
            return id

        return await self._db.write(of_now(asker, unit))

    async def remove(self, asker: Asker, facility_id: str) -> None:
        """The administrator takes a thing off that nobody has reserved from today on; its past goes before
        it, in portions. Publishes FacilityChanged. Raises NotFound, Forbidden, FacilityReserved."""

        def unit(tx: Tx, now: Asker) -> bool:
            seen_facility(tx, now, facility_id)
            if not now.is_administrator:
                raise Forbidden()
            at = self._clock.now()
            if store.is_reserved(tx, facility_id, local_date(at).isoformat()):
                raise FacilityReserved()
            past = store.some_of(tx, facility_id, BATCH)
            store.drop(tx, past)
            if len(past) == BATCH:
                return False
            store.remove_facility(tx, facility_id)
            publish(tx, FacilityChanged(facility_id), at)
            audit.record(tx, self._clock, now, BookingsAct.REMOVE, facility_id)
            return True

        while not await self._db.write(of_now(asker, unit)):
            pass


def keeps(asker: Asker, facility: Facility) -> bool:
    """Whether the asker may write of it and take reservations back: its keeper, the administrator."""
    return asker.is_staff and (asker.is_administrator or facility.keeper_id == asker.id)


def seen_facility(tx: Tx, asker: Asker, facility_id: str) -> Facility:
    """A thing, for staff. Raises NotFound."""
    require_staff(asker)
    found = store.facility(tx, facility_id)
    if found is None:
        raise NotFound()
    return found


def _to_write(tx: Tx, asker: Asker, facility_id: str) -> Facility | None:
    """Raises NotFound, Forbidden."""
    require_staff(asker)
    found = seen_facility(tx, asker, facility_id) if facility_id else None
    may = asker.is_administrator if found is None else keeps(asker, found)
    if not may:
        raise Forbidden()
    return found


def _checked(written: FacilityWords) -> FacilityWords:
    """Raises Invalid, TooLong."""
    name = composed(one_line("name", written.name, LONGEST_NAME))
    wrong = {}
    if not name:
        wrong["name"] = _("이름을 적어 주세요. 예: 과학실, 태블릿 충전함 1")
    if written.kind not in set(FacilityKind):
        wrong["kind"] = _("특별실인지 기자재인지 골라 주세요.")
    if not 1 <= written.pieces <= MOST_PIECES:
        wrong["pieces"] = _("수량을 1부터 99까지의 숫자로 적어 주세요.")
    if wrong:
        raise Invalid(wrong)
    return FacilityWords(
        name,
        written.kind,
        composed(one_line("place", written.place, LONGEST_PLACE)),
        written.pieces,
        composed(one_line("note", written.note, LONGEST_NOTE)),
        written.keeper_id,
        written.closed,
    )
