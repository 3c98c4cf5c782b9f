"""Official notices: send what was written, correct, take back, follow, remind.

What goes out has a number, its place in the streams of the schools it addresses. A correction, a
revocation or a reminder draws a new one: the node asks for what lies after its cursor and hears of
the notice again, always in the latest revision.
"""

import logging
from collections.abc import Sequence

from msgspec.structs import replace

from hub.broadcasts import deliveries, store, tallies
from hub.broadcasts.access import require_at_rest, shown, writable
from hub.broadcasts.dispatcher import Dispatcher
from hub.broadcasts.model import (
    Delivery,
    NobodyAddressed,
    NothingToSend,
    Notice,
    NoticeLine,
    Scope,
    Tally,
    Target,
    Unfinished,
    faults,
)
from hub.officers.access import ACTING, with_role
from hub.officers.model import Officer, Role
from hub.schools.service import Schools
from kit.card import Card, Entry, Weight
from kit.clock import Clock
from kit.db import Database, StorageFailed, Tx
from kit.due import due
from kit.i18n import _
from kit.problem import Conflict
from protocol.official import NoticeAudience, OfficialNotice
from protocol.sync import Standing

log = logging.getLogger(__name__)

PER_PAGE = 30
MOST = 100_000  # schools: all there are


class Broadcasts:
    """The province's notices to its schools."""

    def __init__(self, db: Database, clock: Clock, schools: Schools) -> None:
        self._db = db
        self._clock = clock
        self._schools = schools
        self._dispatcher = Dispatcher(db, clock)
        self.carry_on = self._dispatcher.carry_on

    async def lines(self, officer: Officer, page: int = 1) -> tuple[list[NoticeLine], bool]:
        """A page of notices, and whether there are more. Drafts are their writers'."""
        offset = PER_PAGE * (max(1, page) - 1)
        every = officer.role is Role.ADMINISTRATOR
        lines = await self._db.read(
            lambda tx: store.lines(tx, officer.id, every, PER_PAGE + 1, offset)
        )
        return lines[:PER_PAGE], len(lines) > PER_PAGE

    # Sending ----------------------------------------------------------------------------------

    async def addressed(self, officer: Officer, target: Target) -> int:
        """How many schools a target means now."""
        return await self._db.read(lambda tx: len(self._addressed(tx, target)))

    def _addressed(self, tx: Tx, target: Target) -> list[str]:
        chosen = frozenset(target.schools)
        return [
            school.school_id
            for school in self._schools.addressable(tx)
            if school.standing is not Standing.REVOKED
            and (
                target.scope is Scope.ALL
                or (target.scope is Scope.CHOSEN and school.school_id in chosen)
                or (
                    target.scope is Scope.GROUP
                    and (not target.kinds or school.kind in target.kinds)
                    and (not target.districts or school.district in target.districts)
                    and (not target.rings or school.ring in target.rings)
                )
            )
        ]

    async def send(self, officer: Officer, notice_id: str, seen_at: int) -> int:
        """Send what was seen in the preview (`seen_at`: its updated_at); the revision sent.

        The first time to the schools the target means now, a correction to those addressed then.
        Returns once it is out. Raises NothingToSend, BeingCorrected, BeingSent, NobodyAddressed,
        Unfinished, Conflict when it changed after the preview.
        """

        def unit(tx: Tx, officer: Officer) -> int:
            known = writable(tx, officer, notice_id)
            if not known.touched:
                raise NothingToSend()
            if known.updated_at != seen_at:
                raise Conflict()
            lacking = faults(known.content)
            if lacking:
                raise Unfinished(lacking)
            if not known.revision and not deliveries.anybody_meant(tx, known.target):
                raise NobodyAddressed()
            return self._begin(tx, officer, self._official(known, _next_revision(tx, known)))

        revision = await self._db.write(with_role(officer, ACTING, unit))
        await self._go_out()
        return revision

    async def revoke(self, officer: Officer, notice_id: str) -> None:
        """Take a notice back at every addressed school. Raises NothingToSend, BeingSent."""

        def unit(tx: Tx, officer: Officer) -> None:
            known = shown(tx, officer, notice_id)
            require_at_rest(tx, notice_id)
            last = store.revision(tx, notice_id, known.revision)
            if last is None or known.revoked_at is not None:
                raise NothingToSend()
            revision = _next_revision(tx, known)
            self._begin(tx, officer, replace(last, revision=revision, revoked=True))

        await self._db.write(with_role(officer, ACTING, unit))
        await self._go_out()

    def _official(self, known: Notice, revision: int) -> OfficialNotice:
        content = known.content
        guardians = content.audience is NoticeAudience.GUARDIANS
        return OfficialNotice(
            id=known.id,
            revision=revision,
            reference=content.reference,
            title=content.title,
            body_markdown=content.body,
            audience=content.audience,
            issued_at=known.sent_at or self._clock.now(),
            department=content.department,
            contact=content.contact,
            deadline_at=content.deadline_at,
            must_acknowledge=content.must_acknowledge,
            publish_at=content.publish_at if guardians else None,
            attachments=content.attachments,
        )

    async def _go_out(self) -> None:
        """Carry on with what was decided. It is kept: if the disk is full now, it goes out when there
        is room again, and nobody is told that nothing was done."""
        try:
            await self.carry_on()
        except StorageFailed as error:
            log.warning("a notice waits on its way", extra={"reason": error.reason})

    def _begin(self, tx: Tx, officer: Officer, sent: OfficialNotice) -> int:
        """Put a revision on its way; its number."""
        now = self._clock.now()
        store.add_revision(tx, sent, officer.id, officer.name, now)
        deliveries.begin(tx, sent.id, sent.revision, officer.id, officer.name, now)
        return sent.revision

    async def remind(self, officer: Officer, notice_id: str) -> int:
        """Let the schools that owe an answer hear of the notice again; how many. Raises
        NothingToSend, BeingSent."""

        def unit(tx: Tx, officer: Officer) -> int:
            known = shown(tx, officer, notice_id)
            require_at_rest(tx, notice_id)
            if not known.revision or known.revoked_at is not None:
                raise NothingToSend()
            now = self._clock.now()
            return deliveries.begin(tx, notice_id, 0, officer.id, officer.name, now)

        seq = await self._db.write(with_role(officer, ACTING, unit))
        await self._go_out()
        return await self._db.read(lambda tx: deliveries.dispatched(tx, seq))

    # Following --------------------------------------------------------------------------------

    async def deliveries(
        self, officer: Officer, notice_id: str, limit: int = MOST, offset: int = 0
    ) -> tuple[Notice, Tally, Sequence[Delivery], Sequence[tuple[int, int, str, bool]]]:
        """A notice, the sums, addressed schools (those that have not received it first), and the
        revisions sent. Raises NotFound."""

        def unit(
            tx: Tx,
        ) -> tuple[Notice, Tally, Sequence[Delivery], Sequence[tuple[int, int, str, bool]]]:
            return (
                shown(tx, officer, notice_id),
                tallies.of(tx, notice_id),
                deliveries.deliveries(tx, notice_id, limit, offset),
                store.history(tx, notice_id),
            )

        return await self._db.read(unit)

    def cards(self, tx: Tx, officer: Officer, now: int) -> list[Card]:
        """For the overview: notices whose deadline passed without every school's word."""
        late = store.overdue(tx, now)
        entries = tuple(
            Entry(
                title=title,
                href=f"/notices/{notice_id}",
                counted=_("미확인 %(count)s개교"),
                count=missing,
                due=due(deadline, now),
            )
            for notice_id, title, deadline, missing in late[:5]
        )
        return [
            Card(
                name="notices",
                title=_("기한이 지난 공문"),
                icon="megaphone",
                href="/notices",
                weight=Weight.TASK if late else Weight.QUIET,
                count=len(late) or None,
                empty=_("기한이 지난 미확인 공문이 없습니다."),
                entries=entries,
                live="broadcasts.sent broadcasts.answered",
            )
        ]


def _next_revision(tx: Tx, known: Notice) -> int:
    """Higher than any that a school has: it takes none over that it believes to have already."""
    return deliveries.heard_of(tx, known.id, known.revision) + 1
