"""How a school stands in the province: suspended, taken up again, let go; its district and its ring."""

from hub.officers.access import ACTING, require_acting, with_role
from hub.officers.model import Officer
from hub.schools import store
from hub.schools.model import (
    LONGEST_NAME,
    NotInThisState,
    ReasonMissing,
    Ring,
    SchoolAct,
    SchoolPlaced,
    StandingChanged,
    State,
)
from hub.schools.service import known
from kit import audit
from kit.clock import Clock
from kit.db import Database, Tx
from kit.outbox import publish
from kit.seen import check_seen
from kit.typed import one_line
from protocol.attestation import Ending

LONGEST_REASON = 500


class Standings:
    """What officers decide about a school that joined. Each act is audited with its reason.

    `suspend`, `resume` and `revoke` raise NotFound, ReasonMissing and NotInThisState.
    """

    def __init__(self, db: Database, clock: Clock) -> None:
        self._db = db
        self._clock = clock

    async def suspend(self, officer: Officer, school_id: str, reason: str) -> None:
        """From its next request on the school hears only that it is suspended."""
        await self._stand(officer, school_id, reason, SchoolAct.SUSPEND)

    async def resume(self, officer: Officer, school_id: str, reason: str) -> None:
        await self._stand(officer, school_id, reason, SchoolAct.RESUME)

    async def revoke(self, officer: Officer, school_id: str, reason: str) -> None:
        """The school's keys end for good; it can come back only by a new invitation."""
        await self._stand(officer, school_id, reason, SchoolAct.REVOKE)

    async def _stand(self, officer: Officer, school_id: str, reason: str, act: SchoolAct) -> None:
        require_acting(officer)
        reason = one_line("reason", reason, LONGEST_REASON)
        if not reason:
            raise ReasonMissing()
        now = self._clock.now()
        before, after = _MOVES[act]

        def unit(tx: Tx, officer: Officer) -> None:
            school = known(tx, school_id)
            if school.state not in before:
                raise NotInThisState()
            told = "" if after is State.ACTIVE else reason
            store.set_standing(tx, school_id, after, told, now)
            if after is State.REVOKED:
                store.end_keys(tx, school_id, Ending.REVOKED, now)
            audit.record(
                tx, self._clock, officer, act, school_id, reason=reason, was=school.state.value
            )
            publish(tx, StandingChanged(school_id, after.value), now)

        await self._db.write(with_role(officer, ACTING, unit))

    async def place(
        self, officer: Officer, school_id: str, district: str, ring: Ring, seen: str = ""
    ) -> None:
        """Which district office a school belongs to, and when it gets new releases.

        Raises NotFound, ChangedMeanwhile.
        """
        require_acting(officer)
        office = one_line("district", district, LONGEST_NAME)

        def unit(tx: Tx, officer: Officer) -> None:
            found = known(tx, school_id)
            check_seen(seen, found.district, found.ring)
            store.set_place(tx, school_id, office, ring)
            audit.record(
                tx,
                self._clock,
                officer,
                SchoolAct.PLACE,
                school_id,
                district=office,
                ring=ring.value,
            )
            publish(tx, SchoolPlaced(school_id), self._clock.now())

        await self._db.write(with_role(officer, ACTING, unit))


_MOVES = {
    SchoolAct.SUSPEND: ((State.ACTIVE,), State.SUSPENDED),
    SchoolAct.RESUME: ((State.SUSPENDED,), State.ACTIVE),
    SchoolAct.REVOKE: ((State.ACTIVE, State.SUSPENDED), State.REVOKED),
}
