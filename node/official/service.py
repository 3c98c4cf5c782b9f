"""Official notices: received from the province, read by staff, passed on to guardians or not.

official.receive(tx, notice)        # federation, in the unit that moves its cursor
official.delivery(tx, notice_id)    # counts for the province, never a person
"""

import msgspec
from markupsafe import Markup
from msgspec.structs import replace

from kit import audit
from kit.card import Card, Entry, Weight
from kit.clock import DAY, Clock
from kit.db import Database, Tx, decode, encode
from kit.i18n import _
from kit.outbox import publish
from kit.problem import NotFound
from kit.schema import get_meta, set_meta
from kit.seen import check_seen
from kit.typed import whole
from kit.web.markdown import rendered
from node.approval.access import DECIDERS, RULERS
from node.files.model import Attachment, File
from node.files.service import Files
from node.forms.model import NewsletterId
from node.newsletters.model import Content, Sort
from node.newsletters.service import Newsletters
from node.official import store
from node.official.landing import GUARDIANS, Dispatcher, mark
from node.official.model import (
    STANDING_LABELS,
    Landing,
    Notice,
    NoticeId,
    NoticeLine,
    NotNow,
    OfficialAcknowledged,
    OfficialAct,
    OfficialReceived,
    OfficialVetoed,
    Standing,
    VetoReason,
    carrier,
    landing_time,
)
from node.people.access import of_now, require_role, require_staff, with_role
from node.people.model import Asker, Role
from protocol.official import NoticeAck, OfficialNotice

SETTING = "official.landing"
REPORTED = 60 * DAY  # how long the province is told how a notice fares
LONGEST_ANSWER = 2000
LONGEST_REASON = 500
HANDLERS = (*DECIDERS, Role.HEAD, Role.OFFICE, Role.ADMINISTRATOR)


class Opened(msgspec.Struct, frozen=True):
    """A notice for its page. `readers` and `addressees` are counts."""

    notice: Notice
    html: Markup
    files: list[Attachment]
    addressees: int
    readers: int


class Official:
    """The slice's face."""

    def __init__(self, db: Database, clock: Clock, files: Files, newsletters: Newsletters) -> None:
        self._db = db
        self._clock = clock
        self._files = files
        self._newsletters = newsletters
        self._dispatcher = Dispatcher(db, clock, files, newsletters)
        self.land_due = self._dispatcher.land_due

    # From and to the province ----------------------------------------------------------------

    def receive(self, tx: Tx, notice: OfficialNotice) -> None:
        """Take a notice in, within the caller's unit. A repeated or older revision changes
        nothing; a newer one replaces the text and, with guardians, corrects the letter."""
        known = store.notice(tx, notice.id)
        if known is not None and known.revision >= notice.revision:
            return
        now = self._clock.now()
        fresh = self._as_row(tx, notice, known, now)
        store.put(tx, fresh)
        self._files.detach_all(tx, carrier(notice.id))
        for a in notice.attachments:
            file = File(a.name, a.media_type, a.size, a.sha256)
            self._files.attach(tx, carrier(notice.id), file, is_coming=True)
        if fresh.revoked_at is not None:
            self._dispatcher.take_back(tx, fresh)
            return
        event = OfficialReceived(
            notice_id=fresh.id, audience=fresh.audience, revision=fresh.revision
        )
        publish(tx, event, now)
        if fresh.landed_at is not None:
            self._dispatcher.correct_letter(tx, fresh)
        elif fresh.lands_at is not None and fresh.lands_at <= now and fresh.vetoed_at is None:
            self._dispatcher.land_or_hold(tx, fresh)

    def _as_row(self, tx: Tx, notice: OfficialNotice, known: Notice | None, now: int) -> Notice:
        guardians = notice.audience.value == "guardians"
        received = known.received_at if known is not None else now
        lands = landing_time(received, notice.publish_at, self.landing(tx)) if guardians else None
        if known is not None and known.delayed_until is not None:
            lands = known.delayed_until
        fresh = Notice(
            id=NoticeId(notice.id),
            revision=notice.revision,
            reference=notice.reference,
            title=notice.title,
            body=notice.body_markdown,
            audience=notice.audience.value,
            department=notice.department,
            contact=notice.contact,
            issued_at=notice.issued_at,
            received_at=received,
            deadline_at=notice.deadline_at,
            must_acknowledge=int(notice.must_acknowledge),
            lands_at=lands,
            delayed_until=None,
            landed_at=None,
            letter_id=NewsletterId(""),
            vetoed_at=None,
            reason="",
            decided_by="",
            acknowledged_at=None,
            acknowledged_by="",
            answered_at=None,
            answer="",
            revoked_at=now if notice.revoked else None,
            held_at=None,
            held_for="",
        )
        if known is None:
            return fresh
        return replace(
            fresh,
            delayed_until=known.delayed_until,
            landed_at=known.landed_at,
            letter_id=known.letter_id,
            vetoed_at=known.vetoed_at,
            reason=known.reason,
            decided_by=known.decided_by,
        )

    def delivery(self, tx: Tx, notice_id: str) -> NoticeAck:
        """How a notice fares in this school: counts only, never a person. Raises NotFound."""
        notice = _existing(tx, notice_id)
        if not notice.is_for_guardians:
            return _ack(notice, store.staff(tx), store.staff_readers(tx, notice_id))
        return _ack(notice, store.guardians(tx), store.guardian_readers(tx, notice.letter_id))

    def acks(self, tx: Tx) -> list[NoticeAck]:
        """How the notices of the last two months fare; each kind of people is counted once."""
        since = self._clock.now() - REPORTED
        notices = store.received_since(tx, since)
        read: dict[str, int] = {}
        staff = guardians = 0
        if any(not notice.is_for_guardians for notice in notices):
            staff = store.staff(tx)
            read |= store.staff_readers_since(tx, since)
        if any(notice.is_for_guardians for notice in notices):
            guardians = store.guardians(tx)
            read |= store.guardian_readers_since(tx, since)
        return [
            _ack(one, guardians if one.is_for_guardians else staff, read.get(one.id, 0))
            for one in notices
        ]

    # Staff -----------------------------------------------------------------------------------

    async def listing(
        self, asker: Asker, before: int | None = None, limit: int = 30
    ) -> tuple[list[NoticeLine], int | None]:
        """Notices, the newest first, and where the next page begins. Raises NotFound."""
        require_staff(asker)
        found = await self._db.read(
            lambda tx: store.lines(tx, asker.id, min(before or 2**62, 2**62), limit + 1)
        )
        further = found[limit - 1].notice.received_at if len(found) > limit else None
        return found[:limit], further

    async def open(self, asker: Asker, notice_id: str) -> Opened:
        """A notice for its page; the first opening is noted. Of one that the province has taken back
        only those who handle notices see more than the title. Raises NotFound."""
        require_staff(asker)

        def look(tx: Tx) -> tuple[Opened, bool]:
            notice = _existing(tx, notice_id)
            ack = self.delivery(tx, notice_id)
            files = self._files.attached(tx, carrier(notice_id))
            if not _stands_for(asker, notice):
                notice, files = replace(notice, body="", answer=""), []
            opened = Opened(notice, Markup(), files, ack.addressees, ack.read)
            return opened, store.has_opened(tx, notice_id, asker.id)

        opened, seen = await self._db.read(look)
        if not seen:
            now = self._clock.now()
            await self._db.note(lambda tx: store.record_opening(tx, notice_id, asker.id, now))
        return replace(opened, html=await rendered(opened.notice.body))

    async def file(self, asker: Asker, notice_id: str, position: int) -> Attachment:
        """A file of a notice. Raises NotFound."""
        require_staff(asker)

        def unit(tx: Tx) -> Attachment:
            if not _stands_for(asker, _existing(tx, notice_id)):
                raise NotFound()
            for file in self._files.attached(tx, carrier(notice_id)):
                if file.position == position:
                    return file
            raise NotFound()

        return await self._db.read(unit)

    async def acknowledge(self, asker: Asker, notice_id: str) -> None:
        """Say that the school has taken note. Raises NotFound, Forbidden, NotNow."""
        require_role(asker, *HANDLERS)

        def unit(tx: Tx, asker: Asker) -> None:
            notice = _existing(tx, notice_id)
            if notice.revoked_at is not None:
                raise NotNow()
            if notice.acknowledged_at is not None:
                return
            now = self._clock.now()
            store.put(tx, replace(notice, acknowledged_at=now, acknowledged_by=asker.name))
            publish(tx, OfficialAcknowledged(notice_id=notice_id), now)
            audit.record(tx, self._clock, asker, OfficialAct.ACKNOWLEDGE, notice_id)

        await self._db.write(with_role(asker, HANDLERS, unit))

    async def answer(self, asker: Asker, notice_id: str, text: str) -> None:
        """Keep what the school answered (the answer itself goes through K-에듀파인)."""
        require_role(asker, *HANDLERS)
        if not text.strip():
            raise VetoReason()
        answer = whole("text", text.strip(), LONGEST_ANSWER)

        def unit(tx: Tx, asker: Asker) -> None:
            notice = _existing(tx, notice_id)
            if notice.revoked_at is not None or notice.is_for_guardians:
                raise NotNow()
            now = self._clock.now()
            answered = replace(
                notice,
                answered_at=now,
                answer=answer,
                acknowledged_at=notice.acknowledged_at or now,
                acknowledged_by=notice.acknowledged_by or asker.name,
            )
            store.put(tx, answered)
            publish(tx, OfficialAcknowledged(notice_id=notice_id), now)
            audit.record(tx, self._clock, asker, OfficialAct.ANSWER, notice_id)

        await self._db.write(with_role(asker, HANDLERS, unit))

    async def turn(self, asker: Asker, notice_id: str) -> NewsletterId:
        """A newsletter draft from a notice, with its files; the draft's id. Raises NotFound."""

        def unit(tx: Tx, asker: Asker) -> NewsletterId:
            require_staff(asker)
            notice = _existing(tx, notice_id)
            if notice.revoked_at is not None:
                raise NotNow()
            content = Content(notice.title, notice.body, (GUARDIANS,))
            draft = self._newsletters.desk.add(
                tx,
                asker,
                Sort.NEWSLETTER,
                content,
                self._dispatcher.files(tx, notice_id),
                mark(notice),
            )
            if not notice.letter_id:
                store.put(tx, replace(notice, letter_id=draft))
            audit.record(tx, self._clock, asker, OfficialAct.TURN, notice_id)
            return draft

        return await self._db.write(of_now(asker, unit))

    # To guardians ----------------------------------------------------------------------------

    async def release(self, asker: Asker, notice_id: str) -> NewsletterId:
        """An approver lets a notice land with guardians now; the letter's id.

        A notice for staff may be passed on this way as well. Raises NotFound, Forbidden, NotNow.
        """
        require_role(asker, *DECIDERS)

        def unit(tx: Tx, asker: Asker) -> NewsletterId:
            notice = _existing(tx, notice_id)
            landed = notice.landed_at is not None
            if landed or notice.vetoed_at is not None or notice.revoked_at is not None:
                raise NotNow()
            audit.record(tx, self._clock, asker, OfficialAct.RELEASE, notice_id)
            return self._dispatcher.land(tx, replace(notice, decided_by=asker.name))

        return await self._db.write(with_role(asker, DECIDERS, unit))

    async def veto(self, asker: Asker, notice_id: str, reason: str) -> None:
        """An approver keeps a notice from the guardians; a letter that has landed is withdrawn.

        Raises NotFound, Forbidden, NotNow, VetoReason.
        """
        require_role(asker, *DECIDERS)
        reason = _reason(reason)

        def unit(tx: Tx, asker: Asker) -> None:
            notice = _decidable(tx, notice_id)
            now = self._clock.now()
            vetoed = replace(notice, vetoed_at=now, reason=reason, decided_by=asker.name)
            store.put(tx, vetoed)
            self._dispatcher.withdraw_letter(tx, vetoed, asker, reason)
            publish(tx, OfficialVetoed(notice_id=notice_id), now)
            audit.record(tx, self._clock, asker, OfficialAct.VETO, notice_id)

        await self._db.write(with_role(asker, DECIDERS, unit))

    async def delay(self, asker: Asker, notice_id: str, until: int, reason: str) -> None:
        """An approver puts a notice off. Raises NotFound, Forbidden, NotNow, VetoReason."""
        require_role(asker, *DECIDERS)
        reason = _reason(reason)

        def unit(tx: Tx, asker: Asker) -> None:
            notice = _decidable(tx, notice_id)
            now = self._clock.now()
            if notice.landed_at is not None or until <= now:
                raise NotNow()
            delayed = replace(
                notice,
                lands_at=until,
                delayed_until=until,
                reason=reason,
                decided_by=asker.name,
                held_at=None,
                held_for="",
            )
            store.put(tx, delayed)
            publish(tx, OfficialVetoed(notice_id=notice_id), now)
            audit.record(tx, self._clock, asker, OfficialAct.DELAY, notice_id)

        await self._db.write(with_role(asker, DECIDERS, unit))

    # Setting, card ---------------------------------------------------------------------------

    def landing(self, tx: Tx) -> Landing:
        """How long the school keeps notices for guardians back."""
        stored = get_meta(tx, SETTING)
        return Landing() if stored is None else decode(stored, Landing)

    async def current_landing(self, asker: Asker) -> Landing:
        require_staff(asker)
        return await self._db.read(self.landing)

    async def set_landing(self, asker: Asker, landing: Landing, seen: str = "") -> None:
        """Change the delay for notices to come. Raises NotFound, Forbidden."""
        require_role(asker, *RULERS)

        def unit(tx: Tx, asker: Asker) -> None:
            check_seen(seen, self.landing(tx))
            set_meta(tx, SETTING, encode(landing))
            audit.record(tx, self._clock, asker, OfficialAct.SETTING, SETTING)

        await self._db.write(with_role(asker, RULERS, unit))

    def cards(self, tx: Tx, asker: Asker, now: int) -> list[Card]:
        """For staff: notices that want something."""
        if not asker.is_staff:
            return []
        undone = store.undone(tx, asker.id, now - REPORTED, 11)
        if not undone:
            return []
        dated = sorted(
            ((line.notice.due(now), line) for line in undone),
            key=lambda one: 2**62 if one[0] is None else one[0].at,
        )
        entries = tuple(
            Entry(
                title=line.notice.title,
                href=f"/official/{line.notice.id}",
                note=line.notice.department,
                chip=STANDING_LABELS[line.notice.standing],
                chip_kind="warning" if line.notice.is_open else "neutral",
                at=line.notice.received_at,
                due=due,
                unread=line.opened_at is None,
            )
            for due, line in dated[:5]
        )
        is_late = any(due is not None and due.is_past for due, _line in dated)
        wants = Weight.URGENT if is_late else Weight.TASK
        return [
            Card(
                name="official",
                title=_("교육청 공문"),
                icon="building",
                href="/official",
                weight=wants if asker.roles & set(HANDLERS) else Weight.NEWS,
                count=len(undone),
                entries=entries,
                live="official.received official.acknowledged official.vetoed official.landed"
                " official.revoked official.held",
            )
        ]


def _stands_for(asker: Asker, notice: Notice) -> bool:
    """Whether the asker sees the notice whole: what was taken back, as a record of who handles it."""
    return notice.revoked_at is None or bool(asker.roles & set(HANDLERS))


def _existing(tx: Tx, notice_id: str) -> Notice:
    notice = store.notice(tx, notice_id)
    if notice is None:
        raise NotFound()
    return notice


def _decidable(tx: Tx, notice_id: str) -> Notice:
    """A notice for guardians about which the school may still decide. Raises NotFound, NotNow."""
    notice = _existing(tx, notice_id)
    if notice.standing not in (Standing.WAITING, Standing.HELD, Standing.LANDED):
        raise NotNow()
    return notice


def _ack(notice: Notice, everybody: int, readers: int) -> NoticeAck:
    """What the province is told; nobody is addressed by a letter that has not landed."""
    if notice.is_for_guardians and notice.landed_at is None:
        everybody = 0
    return NoticeAck(
        notice_id=notice.id,
        revision=notice.revision,
        received_at=notice.received_at,
        addressees=everybody,
        read=min(readers, everybody),
        acknowledged_at=notice.acknowledged_at,
        published_at=notice.landed_at,
        delayed_until=notice.delayed_until,
        vetoed_at=notice.vetoed_at,
        reason=notice.reason or notice.held_for,
    )


def _reason(text: str) -> str:
    reason = text.strip()
    if not reason:
        raise VetoReason()
    return whole("text", reason, LONGEST_REASON)
