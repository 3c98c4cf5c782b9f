"""What people miss: they report it, staff alone read it, and who found something like it has them told.

loss_id = await losses.report(guardian, child_id, LossWords("남색 우산", "등굣길", "2026-11-20"))
await losses.match(teacher, thing_id, loss_id)
"""

from datetime import date

from msgspec.structs import replace

from kit.clock import DAY, Clock, local_date
from kit.db import Database, Tx
from kit.i18n import _
from kit.ids import id_of, new_id
from kit.naming import composed
from kit.outbox import publish
from kit.problem import UNFIT, Invalid, NotFound
from kit.typed import one_line
from node.belongings import loss_store
from node.belongings.model import (
    LONGEST_PLACE,
    LONGEST_WORDS,
    MATCHED,
    MOST_LOSSES,
    REMEMBERED,
    FoundThing,
    Loss,
    LossLine,
    LossMatched,
    LossReported,
    LossWords,
    ThingClosed,
    TooManyLosses,
    day_of,
)
from node.belongings.rights import hands_over_all, own_thing, owners_of
from node.belongings.service import FORGOTTEN, keeping_of
from node.notices.model import Topic, Urgency
from node.notices.service import Notices
from node.people.access import of_now
from node.people.model import Asker

SHOWN = 100  # on the page of staff


class Losses:
    """Each verb is one unit."""

    def __init__(self, db: Database, clock: Clock, notices: Notices) -> None:
        self._db = db
        self._clock = clock
        self._notices = notices

    async def own(self, asker: Asker) -> list[LossLine]:
        """What the asker has reported and still misses."""
        return await self._db.read(lambda tx: loss_store.own(tx, asker.id, asker.own))

    async def newest(self, asker: Asker) -> list[LossLine]:
        """What anybody misses, for staff; nothing for others."""
        if not asker.is_staff:
            return []
        return await self._db.read(lambda tx: loss_store.newest(tx, SHOWN))

    async def report(
        self, asker: Asker, owner_id: str, written: LossWords, submission: str = ""
    ) -> str:
        """The asker, or a child of theirs, misses something; its id. The same sent twice (`submission`: the
        page's key) is one report. Publishes LossReported. Raises NotFound, Invalid, TooLong,
        TooManyLosses."""
        written = _checked(written, local_date(self._clock.now()))
        loss_id = id_of(asker.id, submission, owner_id, written) if submission else new_id()

        def unit(tx: Tx, now: Asker) -> str:
            if owner_id not in {one.id for one in owners_of(now)}:
                raise NotFound()
            if loss_store.loss(tx, loss_id) is not None:
                return loss_id
            if loss_store.count(tx, owner_id) >= MOST_LOSSES:
                raise TooManyLosses()
            new = Loss(
                loss_id,
                now.id,
                owner_id,
                written.words,
                written.place,
                written.lost_on,
                self._clock.now(),
            )
            loss_store.add(tx, new)
            publish(tx, LossReported(new.id, now.id), new.at)
            return new.id

        return await self._db.write(of_now(asker, unit))

    async def close(self, asker: Asker, loss_id: str) -> None:
        """It is back, or not missed any more: says who reported it and still may, or the office. Publishes
        LossReported. Raises NotFound."""

        def unit(tx: Tx, now: Asker) -> None:
            found = loss_store.loss(tx, loss_id)
            if found is None or not (_is_own(now, found) or hands_over_all(now)):
                raise NotFound()
            if found.closed_at is None:
                loss_store.close(tx, loss_id, self._clock.now())
                publish(tx, LossReported(loss_id, found.person_id), self._clock.now())

        await self._db.write(of_now(asker, unit))

    async def handed_over_by(self, asker: Asker, thing_id: str) -> FoundThing:
        """A thing that the asker hands over. Raises NotFound."""
        return await self._db.read(lambda tx: own_thing(tx, asker, thing_id))

    async def match(self, asker: Asker, thing_id: str, loss_id: str) -> None:
        """A thing that the asker hands over may be what is missed: who reported it is told. Publishes
        LossMatched. Raises NotFound, ThingClosed."""

        def unit(tx: Tx, now: Asker) -> None:
            thing, found = own_thing(tx, now, thing_id), loss_store.loss(tx, loss_id)
            if thing.closed_at is not None:
                raise ThingClosed()
            if found is None or found.closed_at is not None:
                raise NotFound()
            if found.thing_id == thing_id:
                return
            loss_store.match(tx, loss_id, thing_id)
            through = "" if found.owner_id == found.person_id else found.owner_id
            told = {found.person_id: (through,)}
            self._notices.tell(tx, told, Topic(MATCHED, loss_id), Urgency.USUAL)
            publish(tx, LossMatched(loss_id, thing_id, found.person_id), self._clock.now())

        await self._db.write(of_now(asker, unit))

    async def tidy(self) -> None:
        """Nightly: what was reported as long ago as things are kept is closed, what was closed a month ago
        goes; in portions."""
        now = self._clock.now()

        def close(tx: Tx) -> int:
            before = now - keeping_of(tx).days * DAY
            return loss_store.close_old(tx, before, now, FORGOTTEN)

        while await self._db.write(close):
            pass
        while await self._db.write(lambda tx: loss_store.forget(tx, now - REMEMBERED, FORGOTTEN)):
            pass


def _checked(written: LossWords, today: date) -> LossWords:
    """Raises Invalid, TooLong."""
    written = LossWords(
        composed(one_line("words", written.words, LONGEST_WORDS)),
        composed(one_line("place", written.place, LONGEST_PLACE)),
        written.lost_on.strip(),
    )
    wrong = {}
    if not written.words:
        wrong["words"] = _("무엇을 잃어버렸는지 적어 주세요. 예: 이름표가 달린 남색 우산")
    lost_on = day_of(written.lost_on)
    if lost_on is not None and lost_on > today:
        wrong["lost_on"] = _("잃어버린 날은 오늘보다 뒤일 수 없습니다.")
    if written.lost_on and lost_on is None:
        wrong["lost_on"] = UNFIT
    if wrong:
        raise Invalid(wrong)
    return replace(written, lost_on="" if lost_on is None else lost_on.isoformat())


def _is_own(asker: Asker, loss: Loss) -> bool:
    return loss.person_id == asker.id and loss.owner_id in asker.own
