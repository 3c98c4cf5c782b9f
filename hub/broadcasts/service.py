"""Official notices: write, send, correct, take back, follow, remind; hand them to the nodes.

What goes out has a number, its place in the streams of the schools it addresses. A correction, a
revocation or a reminder draws a new one: the node asks for what lies after its cursor and hears of
the notice again, always in the latest revision.
"""

import asyncio
import logging
from collections.abc import Callable, Sequence
from pathlib import PurePath

from msgspec.structs import replace

from hub.broadcasts import deliveries, store, tallies
from hub.broadcasts.dispatcher import Dispatcher
from hub.broadcasts.model import (
    MAX_FILE,
    MAX_FILES,
    MEDIA_TYPES,
    BeingCorrected,
    BeingSent,
    Choices,
    Content,
    Delivery,
    FileRefused,
    Line,
    NobodyAddressed,
    NothingToSend,
    Notice,
    NoticeAnswered,
    Scope,
    Tally,
    Target,
    Unfinished,
    content_of,
    faults,
)
from hub.officers.access import require_acting
from hub.officers.model import Officer, Role
from hub.schools.service import Schools
from kit.blobs import Blobs
from kit.card import Card, Entry, Weight
from kit.clock import Clock
from kit.db import Database, StorageFailed, Tx
from kit.filename import own_name
from kit.i18n import _
from kit.ids import new_id
from kit.problem import Conflict, NotFound
from kit.seen import check_seen
from protocol.directory import Cursor
from protocol.official import NoticeAck, NoticeAttachment, NoticeAudience, OfficialNotice
from protocol.sync import NoticePage, Standing, latest_acks

log = logging.getLogger(__name__)

FileChange = Callable[[tuple[NoticeAttachment, ...]], tuple[NoticeAttachment, ...]]
LISTED = 60  # schools up to which they are shown to be ticked
PER_PAGE = 30
MOST = 100_000  # schools: all there are
STREAM_PAGE = 50  # notices in one answer to a node
FAR = 100  # numbers after which a node that none of them concerns hears how far the stream is


class Broadcasts:
    """The province's notices to its schools."""

    def __init__(self, db: Database, clock: Clock, blobs: Blobs, schools: Schools) -> None:
        self._db = db
        self._clock = clock
        self._schools = schools
        self._dispatcher = Dispatcher(db, clock)
        self.carry_on = self._dispatcher.carry_on
        self.blobs = blobs

    # Writing ----------------------------------------------------------------------------------

    async def lines(self, officer: Officer, page: int = 1) -> tuple[list[Line], bool]:
        """A page of notices, and whether there are more. Drafts are their writers'."""
        offset = PER_PAGE * (max(1, page) - 1)
        every = officer.role is Role.ADMINISTRATOR
        lines = await self._db.read(
            lambda tx: store.lines(tx, officer.id, every, PER_PAGE + 1, offset)
        )
        return lines[:PER_PAGE], len(lines) > PER_PAGE

    async def notice(self, officer: Officer, notice_id: str) -> Notice:
        """To go on writing. Raises NotFound, NothingToSend, BeingCorrected."""
        return await self._db.read(lambda tx: self._writable(tx, officer, notice_id))

    def _shown(self, tx: Tx, officer: Officer, notice_id: str) -> Notice:
        """A notice as the officer may see it: of a colleague's correction, what was sent before.
        Raises NotFound, also of a colleague's draft."""
        known = store.notice(tx, notice_id)
        if known is None:
            raise NotFound()
        if not known.touched or known.is_written_by(officer):
            return known
        sent = store.revision(tx, notice_id, known.revision)
        if sent is None:
            raise NotFound()
        return replace(
            known, content=content_of(sent), touched=False, corrected_by=known.written_by_name
        )

    def _writable(self, tx: Tx, officer: Officer, notice_id: str) -> Notice:
        """Raises Forbidden, NotFound, NothingToSend, BeingCorrected, BeingSent."""
        require_acting(officer)
        known = self._shown(tx, officer, notice_id)
        _require_at_rest(tx, notice_id)
        if known.revoked_at is not None:
            raise NothingToSend()
        if known.corrected_by:
            raise BeingCorrected(name=known.corrected_by)
        return known

    async def save(
        self,
        officer: Officer,
        notice_id: str | None,
        content: Content,
        target: Target,
        seen: str = "",
    ) -> str:
        """Keep a draft, or a correction to be sent later; attachments stay as they are. Its id.

        `seen`: the version it was written from. Raises NotFound, NothingToSend, BeingCorrected,
        ChangedMeanwhile.
        """
        require_acting(officer)

        def unit(tx: Tx) -> str:
            known = self._writable(tx, officer, notice_id) if notice_id else None
            if known is not None:
                check_seen(seen, *known.written)
            files = known.content.attachments if known else ()
            kept = replace(content, attachments=files)
            saved = known.id if known else new_id()
            now = self._clock.now()
            store.save_draft(tx, saved, kept, target, officer.id, officer.name, now)
            return saved

        return await self._db.write(unit)

    async def attach(self, officer: Officer, notice_id: str, name: str, body: bytes) -> None:
        """Add a file to what is being worked on. Raises FileRefused, NotFound."""
        require_acting(officer)
        name = own_name(name)
        media_type = MEDIA_TYPES.get(PurePath(name).suffix.lower().lstrip("."))
        if media_type is None or not 0 < len(body) <= MAX_FILE:
            raise FileRefused()
        digest = await asyncio.to_thread(self.blobs.put, body)
        file = NoticeAttachment(name=name, media_type=media_type, size=len(body), sha256=digest)

        def add(files: tuple[NoticeAttachment, ...]) -> tuple[NoticeAttachment, ...]:
            kept = [one for one in files if one.sha256 != digest]
            if len(kept) >= MAX_FILES:
                raise FileRefused()
            return (*kept, file)

        await self._change_files(officer, notice_id, add)

    async def detach(self, officer: Officer, notice_id: str, sha256: str) -> None:
        """Take a file out of what is being worked on."""
        require_acting(officer)
        await self._change_files(
            officer, notice_id, lambda files: tuple(f for f in files if f.sha256 != sha256)
        )

    async def _change_files(self, officer: Officer, notice_id: str, change: FileChange) -> None:
        def unit(tx: Tx) -> None:
            known = self._writable(tx, officer, notice_id)
            content = replace(known.content, attachments=change(known.content.attachments))
            now = self._clock.now()
            store.save_draft(tx, known.id, content, known.target, officer.id, officer.name, now)

        await self._db.write(unit)

    async def attachment(self, officer: Officer, notice_id: str, sha256: str) -> NoticeAttachment:
        """Raises NotFound."""
        shown = await self._db.read(lambda tx: self._shown(tx, officer, notice_id))
        for file in shown.content.attachments:
            if file.sha256 == sha256:
                return file
        raise NotFound()

    async def discard(self, officer: Officer, notice_id: str) -> None:
        """Throw a draft away, or a correction: what was sent stands again. A notice that was sent
        is taken back instead. Raises NotFound, NothingToSend, BeingCorrected."""

        def unit(tx: Tx) -> None:
            known = self._writable(tx, officer, notice_id)
            sent = store.revision(tx, notice_id, known.revision)
            if sent is None:
                store.drop_draft(tx, notice_id)
            else:
                store.drop_correction(tx, notice_id, content_of(sent), self._clock.now())

        await self._db.write(unit)

    def require_writer(self, officer: Officer) -> None:
        """Raises Forbidden for those who may only look."""
        require_acting(officer)

    async def choices(self, officer: Officer) -> Choices:
        """What a target may be made of, from the schools there are."""
        return await self._db.read(self._choices)

    def _choices(self, tx: Tx) -> Choices:
        schools = self._schools.addressable(tx)
        return Choices(
            kinds=tuple(sorted({school.kind for school in schools})),
            districts=tuple(sorted({school.district for school in schools} - {""})),
            rings=tuple(sorted({school.ring for school in schools} - {""})),
            schools=tuple((school.school_id, school.name) for school in schools)
            if len(schools) <= LISTED
            else (),
        )

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

        def unit(tx: Tx) -> int:
            known = self._writable(tx, officer, notice_id)
            if not known.touched:
                raise NothingToSend()
            if known.updated_at != seen_at:
                raise Conflict()
            lacking = faults(known.content)
            if lacking:
                raise Unfinished(lacking)
            if not known.revision and not deliveries.anybody_meant(tx, known.target):
                raise NobodyAddressed()
            return self._begin(tx, officer, self._official(known, known.revision + 1))

        revision = await self._db.write(unit)
        await self._go_out()
        return revision

    async def revoke(self, officer: Officer, notice_id: str) -> None:
        """Take a notice back at every addressed school. Raises NothingToSend, BeingSent."""
        require_acting(officer)

        def unit(tx: Tx) -> None:
            known = self._shown(tx, officer, notice_id)
            _require_at_rest(tx, notice_id)
            last = store.revision(tx, notice_id, known.revision)
            if last is None or known.revoked_at is not None:
                raise NothingToSend()
            self._begin(tx, officer, replace(last, revision=last.revision + 1, revoked=True))

        await self._db.write(unit)
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
        require_acting(officer)

        def unit(tx: Tx) -> int:
            known = self._shown(tx, officer, notice_id)
            _require_at_rest(tx, notice_id)
            if not known.revision or known.revoked_at is not None:
                raise NothingToSend()
            now = self._clock.now()
            return deliveries.begin(tx, notice_id, 0, officer.id, officer.name, now)

        seq = await self._db.write(unit)
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
                self._shown(tx, officer, notice_id),
                tallies.of(tx, notice_id),
                deliveries.deliveries(tx, notice_id, limit, offset),
                store.history(tx, notice_id),
            )

        return await self._db.read(unit)

    def cards(self, tx: Tx, officer: Officer, now: int) -> list[Card]:
        """For the overview: notices whose deadline passed without every school's word."""
        late = store.overdue(tx, now, 5)
        entries = tuple(
            Entry(
                title=title,
                href=f"/notices/{notice_id}",
                note=str(missing),
                chip=_("미확인 학교"),
                chip_kind="warning",
                at=deadline,
            )
            for notice_id, title, deadline, missing in late
        )
        return [
            Card(
                name="notices",
                title=_("기한이 지난 공문"),
                icon="megaphone",
                href="/notices",
                weight=Weight.TASK if late else Weight.QUIET,
                count=len(late) or None,
                empty=_("기한이 지나도록 확인되지 않은 공문이 없습니다."),
                entries=entries,
                live="broadcasts.sent broadcasts.answered",
            )
        ]

    # Towards the nodes ------------------------------------------------------------------------

    def behind(self, tx: Tx, school_id: str, held: Cursor | None, epoch: str) -> bool:
        """Whether a node with this cursor has something to hear."""
        last = deliveries.last_seq(tx)
        if held is None or held.epoch != epoch or held.seq > last or last - held.seq > FAR:
            return True
        return deliveries.has_news(tx, school_id, held.seq)

    def page(
        self, tx: Tx, school_id: str, held: Cursor | None, epoch: str, limit: int = STREAM_PAGE
    ) -> NoticePage:
        """The school's notices after its cursor; all of them for a cursor of another life."""
        start, last = 0, deliveries.last_seq(tx)
        if held is not None and held.epoch == epoch and held.seq <= last:
            start = held.seq
        items = deliveries.news(tx, school_id, start, limit + 1)
        more = len(items) > limit
        items = items[:limit]
        seq = items[-1].seq if more else last
        return NoticePage(cursor=Cursor(epoch=epoch, seq=seq), items=tuple(items), more=more)

    def take_acks(self, tx: Tx, school_id: str, acks: Sequence[NoticeAck]) -> int:
        """Keep what a school says became of its notices; how many of these words are new."""
        changed = deliveries.take_acks(tx, school_id, latest_acks(acks).values())
        if changed:
            tx.signal(NoticeAnswered(school_id))
        return len(changed)

    def file_for(self, tx: Tx, school_id: str, sha256: str) -> str | None:
        """Media type of a file of a notice addressed to this school, else None."""
        return deliveries.file_for(tx, school_id, sha256)

    def addressed_since(self, tx: Tx, seq: int) -> tuple[int, list[str]]:
        """The last number that schools may hear of, and who is to hear of what came after `seq`."""
        last = deliveries.last_seq(tx)
        return last, (deliveries.addressed_since(tx, seq, last) if last > seq else [])


def _require_at_rest(tx: Tx, notice_id: str) -> None:
    """Raises BeingSent."""
    if deliveries.is_pending(tx, notice_id):
        raise BeingSent()
