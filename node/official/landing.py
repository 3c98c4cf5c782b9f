"""Notices on their way to guardians: each lands by itself, or is set aside with the reason why."""

import functools
import logging

from msgspec.structs import replace

from kit.clock import Clock
from kit.db import Database, StorageFailed, Tx
from kit.i18n import _
from kit.outbox import publish
from kit.patience import Patience
from node.files.model import File
from node.files.service import Files
from node.forms.model import NewsletterId
from node.newsletters.model import Incomplete, Publication, Sort, Source, State
from node.newsletters.service import Newsletters
from node.official import store
from node.official.model import (
    Notice,
    OfficialHeld,
    OfficialLanded,
    OfficialRevoked,
    Standing,
    carrier,
)
from node.people.model import Asker, Audience, Kind

log = logging.getLogger(__name__)

GUARDIANS = Audience(Kind.GUARDIAN).key
UNEXPECTED = _(
    "알 수 없는 문제로 보내지 못했습니다. 다시 보내 보시고, 계속되면 학교 관리자에게 알려 주세요."
)


class Dispatcher:
    """Makes letters of notices, and takes them back."""

    def __init__(self, db: Database, clock: Clock, files: Files, newsletters: Newsletters) -> None:
        self._db = db
        self._clock = clock
        self._files = files
        self._newsletters = newsletters
        self._patience = Patience(clock)

    async def land_due(self) -> int:
        """Let land what has waited long enough; how many did. Safe to run at any time.

        Each notice is one unit, and none that fails stops the next. Raises StorageFailed.
        """
        now = self._clock.now()
        landed = 0
        for notice_id in await self._db.read(lambda tx: store.landing(tx, now)):
            if self._patience.waits(notice_id):
                continue
            try:
                land = functools.partial(self._land_waiting, notice_id=notice_id, now=now)
                landed += await self._db.write(land)
                self._patience.forget(notice_id)
            except StorageFailed:
                raise  # no notice is to blame: all of them wait
            except Exception:
                log.exception("a notice could not land", extra={"notice": notice_id})
                if self._patience.ends(notice_id):
                    hold = functools.partial(self._hold_waiting, notice_id=notice_id)
                    await self._db.write(hold)
        return landed

    def _land_waiting(self, tx: Tx, notice_id: str, now: int) -> int:
        notice = store.notice(tx, notice_id)
        if notice is None or notice.standing is not Standing.WAITING:
            return 0
        if notice.lands_at is None or notice.lands_at > now:
            return 0
        return self.land_or_hold(tx, notice)

    def _hold_waiting(self, tx: Tx, notice_id: str) -> None:
        notice = store.notice(tx, notice_id)
        if notice is not None and notice.standing is Standing.WAITING:
            self._hold(tx, notice, UNEXPECTED)

    def land_or_hold(self, tx: Tx, notice: Notice) -> int:
        """Let a notice land whose hour has come, or set it aside; how many landed."""
        try:
            self.land(tx, notice)
        except Incomplete as lacking:
            self._hold(tx, notice, "\n".join(lacking.fields.values()))
            return 0
        return 1

    def _hold(self, tx: Tx, notice: Notice, why: str) -> None:
        """Those who decide see it on their front page, with the reason (msgids, one a line)."""
        now = self._clock.now()
        store.put(tx, replace(notice, held_at=now, held_for=why))
        publish(tx, OfficialHeld(notice_id=notice.id), now)

    def land(self, tx: Tx, notice: Notice) -> NewsletterId:
        """Publish a notice as a letter to all guardians; the letter's id.

        Raises Incomplete, before anything is written, when there is nothing to publish.
        """
        now = self._clock.now()
        publication = Publication(
            kind=Sort.OFFICIAL,
            title=notice.title,
            body=notice.body,
            keys=(GUARDIANS,),
            files=self.files(tx, notice.id),
            author_name=notice.department or "교육청",
            department=notice.department,
            telephone=notice.contact,
            source=mark(notice),
            approver_name=notice.decided_by,
        )
        letter_id = self._newsletters.publish_now(tx, _province(notice), publication)
        landed = replace(notice, landed_at=now, letter_id=letter_id, held_at=None, held_for="")
        store.put(tx, landed)
        publish(tx, OfficialLanded(notice_id=notice.id, newsletter_id=letter_id), now)
        return letter_id

    def correct_letter(self, tx: Tx, notice: Notice) -> None:
        """The province corrects what it sent to guardians itself. What was meant for staff, a school's
        approver has passed on: its correction waits for an approver, too."""
        letter = self._newsletters.letter(tx, notice.letter_id)
        if letter is None or letter.state != State.PUBLISHED:
            return
        verbs = self._newsletters
        correct = verbs.correct_now if notice.is_for_guardians else verbs.propose_now
        correct(
            tx,
            _province(notice),
            letter,
            notice.title,
            notice.body,
            "교육청이 내용을 정정하여 다시 보냄",
        )

    def take_back(self, tx: Tx, notice: Notice) -> None:
        self.withdraw_letter(tx, notice, _province(notice), "교육청이 회수함")
        publish(tx, OfficialRevoked(notice_id=notice.id), self._clock.now())

    def withdraw_letter(self, tx: Tx, notice: Notice, asker: Asker, reason: str) -> None:
        if notice.landed_at is None:
            return
        letter = self._newsletters.letter(tx, notice.letter_id)
        if letter is not None and letter.state == State.PUBLISHED:
            self._newsletters.withdraw_now(tx, asker, letter, reason)

    def files(self, tx: Tx, notice_id: str) -> tuple[File, ...]:
        return tuple(one.file for one in self._files.attached(tx, carrier(notice_id)))


def mark(notice: Notice) -> Source:
    """What stands on the letters made of a notice."""
    return Source(f"official:{notice.id}")


def _province(notice: Notice) -> Asker:
    """The province as the author of its notices: an asker without any rights."""
    name = notice.department or "교육청"
    return Asker("province", name, name, frozenset(), frozenset(), "[]")
