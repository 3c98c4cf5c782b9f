"""One sync: verify, take over what came up, answer with what is new, wait when nothing is.

A sync is one unit of work on the writer, in which its counter and all its effects become durable
together, and a read only when there is something to tell. What a node repeats each time (state,
acknowledgements, the same head) is compared by hash and costs no write.
"""

import asyncio
import hashlib
import logging

import msgspec
from msgspec.structs import replace

from hub.broadcasts.model import News
from hub.broadcasts.stream import NoticeStream
from hub.directory.service import Directory
from hub.ground import Ground
from hub.messenger.model import AllowListChanged
from hub.messenger.service import Messengers
from hub.officers.access import require_acting, require_role
from hub.officers.model import Officer, Role
from hub.releases.model import ReleaseNews
from hub.releases.stream import ReleaseStream
from hub.schools.model import SchoolKey, StandingChanged
from hub.schools.service import Schools
from hub.sync import store
from hub.sync.logs import LogOutcome, Logs
from hub.sync.machines import Machines
from hub.sync.model import Act, Alarm, Contact, Fork, Turned
from hub.sync.waiting import Waiting
from kit import audit
from kit.blobs import Blobs
from kit.card import Card, Entry, Weight
from kit.clock import MINUTE
from kit.db import StorageFailed, Tx
from kit.i18n import _
from kit.problem import NotFound
from kit.schema import get_meta
from protocol.message import decode
from protocol.signing import VerifiedRequest, check_counter
from protocol.sync import MATRIX_CHANGES, Cursors, Down, NodeState, Standing, Up

log = logging.getLogger(__name__)

STATE_AT_LEAST_MS = 4 * MINUTE  # an unchanged state is written this often
DISK_STEP = 256 * 1024 * 1024  # bytes; a smaller change of free space is no news


class Taken(msgspec.Struct, frozen=True):
    """What a sync did, and whether there is something to tell at once."""

    school_id: str
    down: Down
    news: bool
    cursors: Cursors
    understands: frozenset[str]


class Sync:
    """The hub's end of the conversation."""

    def __init__(
        self,
        ground: Ground,
        schools: Schools,
        directory: Directory,
        notices: NoticeStream,
        messengers: Messengers,
        releases: ReleaseStream,
    ) -> None:
        self._db = ground.db
        self._clock = ground.clock
        self._schools = schools
        self._directory = directory
        self._notices = notices
        self._messengers = messengers
        self._releases = releases
        self._logs = Logs(ground.clock, ground.keys)
        self._machines = Machines(ground.clock)
        self._keys: dict[str, bytes] = {}
        self._school_of: dict[str, str] = {}
        self._epoch = ""
        self._looked_to = (0, 0)
        self._looks: set[asyncio.Task[None]] = set()
        self.waiting = Waiting()
        ground.db.on_commit(self._committed)

    async def start(self) -> None:
        """Learn the life of this database, which every cursor carries, and where it stands."""

        self._epoch, self._looked_to = await self._db.read(
            lambda tx: (get_meta(tx, "epoch") or "", self._newest(tx))
        )

    def _newest(self, tx: Tx) -> tuple[int, int]:
        """The last numbers of notices and of releases that schools may hear of."""
        beyond = 2**62
        return (
            self._notices.addressed_since(tx, beyond)[0],
            self._releases.changed_since(tx, beyond)[0],
        )

    async def stop(self) -> None:
        """Wait for what still looks into the database."""
        await asyncio.gather(*self._looks)

    def _committed(self, signals: list[object]) -> None:
        for signal in signals:
            if isinstance(signal, News):
                self._begin_look()
            elif isinstance(signal, ReleaseNews):
                self.waiting.wake(signal.schools)
            elif isinstance(signal, StandingChanged):
                self.waiting.wake([signal.school_id])
            elif isinstance(signal, AllowListChanged):
                self.waiting.wake_all()

    def _begin_look(self) -> None:
        look = asyncio.create_task(self.look(offers=False), name="sync:look for news")
        self._looks.add(look)
        look.add_done_callback(self._looks.discard)

    # Keys -------------------------------------------------------------------------------------

    async def learn_key(self, key_id: str) -> None:
        """Have the key of this id at hand, so that a signature can be verified without waiting.

        What a key is kept for is only that: whether its school is in good standing is asked in
        the unit of work of every request.
        """
        if key_id in self._keys:
            return
        found = await self._db.read(lambda tx: self._schools.school_of(tx, key_id))
        if found is not None:
            self._keys[key_id] = found.signing_key
            self._school_of[key_id] = found.school_id

    def key(self, key_id: str) -> bytes | None:
        """The public key of a school learnt before."""
        return self._keys.get(key_id)

    # The conversation -------------------------------------------------------------------------

    async def sync(self, request: VerifiedRequest, address: str = "") -> Down:
        """Answer a verified request that came from `address`. Raises Turned, SignatureRefused,
        MalformedMessage and what else of the protocol is broken; nothing of such a request is stored.
        """
        up = decode(request.body, Up)
        school_id = self._school_of.get(request.key_id, "")
        if up.wait_ms:  # what is refused lets no other request of the school go
            await self._db.glance(lambda tx: self._admit(tx, request))
        # In line before the unit runs: news that comes between its commit and the wait is heard.
        future = self.waiting.begin(school_id) if up.wait_ms else None
        try:
            taken = await self._db.write(lambda tx: self._take(tx, request, up, address))
            woken = False
            if future is not None and not taken.news:
                woken = await _until(future, up.wait_ms)
            if taken.news or woken:
                down = await self._db.read(lambda tx: self._tell(tx, request, taken))
                return replace(down, retry_after_ms=self.waiting.rest_ms()) if woken else down
        finally:
            self.waiting.end(school_id, future)
        return replace(taken.down, sent_at=self._clock.now())

    def _school(self, tx: Tx, key_id: str) -> SchoolKey:
        """The school of a key at this very moment. Raises Turned when it may no longer speak."""
        school = self._schools.school_of(tx, key_id)
        if school is None:
            raise Turned("signature.unknown_key")
        if school.standing is Standing.REVOKED:
            raise Turned("school-revoked", school.reason)
        return school

    def _admit(self, tx: Tx, request: VerifiedRequest) -> None:
        """Raises Turned, CounterReplayed, CounterAhead where `_take` would."""
        school = self._school(tx, request.key_id)
        known = store.contact(tx, school.school_id)
        last = known.counter if known.key_id == school.key_id else 0
        check_counter(last, request.counter, self._clock.now())

    def _take(self, tx: Tx, request: VerifiedRequest, up: Up, address: str) -> Taken:
        """Counter and effects, durable together."""
        now = self._clock.now()
        school = self._school(tx, request.key_id)
        known = self._contact(tx, school)
        check_counter(known.counter, request.counter, now)
        fresh = self._machines.hear(tx, school.school_id, known, up.epoch[:200], address)
        fresh = replace(fresh, counter=request.counter, last_sync_at=now)
        down = Down(
            sent_at=now,
            standing=school.standing,
            standing_reason=school.reason,
            next_counter=request.counter + 1,
            two_machines_at=fresh.alarm_at or None,
        )
        if school.standing is not Standing.ACTIVE:
            store.save_contact(tx, school.school_id, fresh)
            return Taken(school.school_id, down, False, up.cursors, frozenset())
        fresh = self._state(tx, school.school_id, up.state, fresh, now)
        fresh = self._acks(tx, school.school_id, up, fresh)
        store.save_contact(tx, school.school_id, fresh)
        self._messengers.record(tx, school.school_id, up.matrix)
        self._releases.record(tx, school.school_id, up.releases, now)
        heard = self._logs.take_over(tx, school, up)
        down, changed = self._share(tx, school.school_id, up, _with_log(down, heard))
        news = changed or heard.news or self._has_news(tx, school.school_id, up.cursors)
        understands = frozenset(up.understands or ())
        return Taken(school.school_id, down, news, up.cursors, understands)

    def _contact(self, tx: Tx, school: SchoolKey) -> Contact:
        """What is remembered of the node that has this key; a new key begins anew."""
        known = store.contact(tx, school.school_id)
        if known.key_id == school.key_id:
            return known
        self._machines.forget(tx, school.school_id)
        return replace(
            known, key_id=school.key_id, counter=0, node_epoch="", address="", alarm_at=0
        )

    def _state(self, tx: Tx, school_id: str, state: NodeState, known: Contact, now: int) -> Contact:
        calm = replace(state, disk_free=state.disk_free // DISK_STEP)
        digest = _hash(calm)
        if digest == known.state_hash and now - known.state_at < STATE_AT_LEAST_MS:
            return known
        self._schools.record_state(tx, school_id, state, now)
        return replace(known, state_hash=digest, state_at=now)

    def _acks(self, tx: Tx, school_id: str, up: Up, known: Contact) -> Contact:
        digest = _hash(up.acks) if up.acks else ""
        if digest == known.acks_hash:
            return known
        self._notices.take_acks(tx, school_id, up.acks)
        return replace(known, acks_hash=digest)

    def _share(self, tx: Tx, school_id: str, up: Up, down: Down) -> tuple[Down, bool]:
        if up.directory is None:
            return down, False
        outcome = self._directory.take_over(tx, school_id, up.directory)
        down = replace(down, directory_cursor=outcome.cursor, resend_directory=outcome.resend)
        told = up.directory.from_seq < up.directory.to_seq
        return down, outcome.resend or outcome.changed or told

    def _has_news(self, tx: Tx, school_id: str, held: Cursors) -> bool:
        epoch = self._epoch
        return (
            self._notices.behind(tx, school_id, held.notices, epoch)
            or self._directory.behind(tx, held.directory, epoch)
            or self._messengers.behind(tx, school_id, held.matrix, epoch)
            or self._releases.behind(tx, school_id, held.releases, epoch)
        )

    def _tell(self, tx: Tx, request: VerifiedRequest, taken: Taken) -> Down:
        """The answer with everything that is new, by one snapshot."""
        school = self._school(tx, request.key_id)
        down = replace(
            taken.down,
            sent_at=self._clock.now(),
            standing=school.standing,
            standing_reason=school.reason,
        )
        if school.standing is not Standing.ACTIVE:
            return down
        held = taken.cursors
        if self._notices.behind(tx, taken.school_id, held.notices, self._epoch):
            page = self._notices.page(tx, taken.school_id, held.notices, self._epoch)
            down = replace(down, notices=page)
        if self._directory.behind(tx, held.directory, self._epoch):
            share = self._directory.page(tx, taken.school_id, held.directory, self._epoch)
            down = replace(down, directory=share)
        if self._messengers.behind(tx, taken.school_id, held.matrix, self._epoch):
            changes = MATRIX_CHANGES in taken.understands
            allowed = self._messengers.allowed(tx, held.matrix, self._epoch, changes=changes)
            down = replace(down, matrix=allowed)
        if self._releases.behind(tx, taken.school_id, held.releases, self._epoch):
            offer = self._releases.page(tx, taken.school_id, held.releases, self._epoch)
            down = replace(down, releases=offer)
        return down

    async def file(self, request: VerifiedRequest, sha256: str) -> str:
        """Media type of an attachment this school may fetch. Raises Turned, SignatureRefused."""

        def unit(tx: Tx) -> str:
            school = self._school(tx, request.key_id)
            if school.standing is not Standing.ACTIVE:
                raise Turned("school-suspended", school.reason)
            known = self._contact(tx, school)
            check_counter(known.counter, request.counter, self._clock.now())
            store.save_contact(tx, school.school_id, replace(known, counter=request.counter))
            media_type = self._notices.file_for(tx, school.school_id, sha256)
            return media_type or ""

        found = await self._db.write(unit)
        if not found:
            raise Missing("not-found")
        return found

    async def content(self, blobs: Blobs, sha256: str) -> bytes:
        """The bytes of an attachment. Raises Missing when the disk has lost or changed it."""
        try:
            return await asyncio.to_thread(blobs.get, sha256)
        except (FileNotFoundError, ValueError) as error:
            log.error("an attachment cannot be read", extra={"sha256": sha256, "error": str(error)})
            raise Missing("not-found") from error

    async def look(self, *, offers: bool = True) -> None:
        """Wake those for whom something was written since the last look, also by another process of
        this hub. Without `offers` only for notices."""
        before = self._looked_to

        def look(tx: Tx) -> tuple[tuple[int, int], list[str]]:
            if not len(self.waiting):
                return self._newest(tx), []
            last, told = self._notices.addressed_since(tx, before[0])
            offer, offered = self._releases.changed_since(tx, before[1])
            return ((last, offer), [*told, *offered]) if offers else ((last, before[1]), told)

        try:
            now, schools = await self._db.read(look)
        except StorageFailed:
            log.warning("could not look for news")
            return
        if schools or not len(self.waiting):  # who came meanwhile is looked for once more
            self._looked_to = now
        self.waiting.wake(schools)

    # For officers -----------------------------------------------------------------------------

    async def forks(self, officer: Officer) -> list[Fork]:
        """Evidence of logs that contradict themselves."""
        return await self._db.read(store.forks)

    async def restart_log(self, officer: Officer, school_id: str) -> bool:
        """Take the school's next head as a first one: after a restore from a backup whose
        reason the officer knows. The evidence stays. Whether there was a log refused: one that
        contradicts nothing goes on as it is."""
        require_role(officer, Role.ADMINISTRATOR)
        now = self._clock.now()

        def unit(tx: Tx) -> bool:
            if not store.settle(tx, school_id, officer.name, now):
                return False
            store.forget_log(tx, school_id)
            audit.record(
                tx,
                self._clock,
                actor=officer.id,
                actor_name=officer.name,
                action=Act.LOG_RESTARTED,
                subject=school_id,
            )
            return True

        restarted = await self._db.write(unit)
        self.waiting.wake([school_id])  # its next head comes at once
        return restarted

    async def alarms(self, officer: Officer) -> list[Alarm]:
        """Schools whose key two machines seem to speak with, and what shows it."""
        return await self._db.read(store.alarms)

    async def settle_machines(self, officer: Officer, school_id: str) -> None:
        """The officer knows what it was; the school hears no more of it, the evidence stays. Goes
        on: raises the alarm again. Raises NotFound."""
        require_acting(officer)
        now = self._clock.now()

        def unit(tx: Tx) -> None:
            if not store.settle_alarms(tx, school_id, officer.name, now):
                raise NotFound()
            store.forget_changes(tx, school_id)
            audit.record(
                tx,
                self._clock,
                actor=officer.id,
                actor_name=officer.name,
                action=Act.MACHINES_SETTLED,
                subject=school_id,
            )

        await self._db.write(unit)

    def cards(self, tx: Tx, officer: Officer, now: int) -> list[Card]:
        """For the overview: keys with two machines, schools whose log contradicts itself."""
        return [*self._machine_cards(tx), *self._fork_cards(tx)]

    def _machine_cards(self, tx: Tx) -> list[Card]:
        open_alarms = [alarm for alarm in store.alarms(tx, 5) if alarm.settled_at is None]
        if not open_alarms:
            return []
        return [
            Card(
                name="machines",
                title=_("한 열쇠로 두 서버가 말하는 학교"),
                icon="triangle-alert",
                href="/logs",
                weight=Weight.URGENT,
                count=len(open_alarms),
                text=_("학교 서버의 디스크가 복제되었거나 옛 서버가 켜져 있을 수 있습니다."),
                action=_("증거 보기"),
                entries=tuple(
                    Entry(title=alarm.school_name, href="/logs", at=alarm.found_at)
                    for alarm in open_alarms
                ),
                live="sync.two_machines",
            )
        ]

    def _fork_cards(self, tx: Tx) -> list[Card]:
        open_forks = store.open_forks(tx)
        if not open_forks:
            return []
        return [
            Card(
                name="forks",
                title=_("기록이 어긋난 학교"),
                icon="triangle-alert",
                href="/logs",
                weight=Weight.URGENT,
                count=len(open_forks),
                text=_(
                    "서명된 기록부가 앞서 본 것을 잇지 않습니다. 백업에서 되살렸는지 학교에 확인해 주세요."
                ),
                action=_("증거 보기"),
                entries=tuple(
                    Entry(title=fork.school_name, href="/logs", at=fork.found_at)
                    for fork in open_forks[:5]
                ),
                live="sync.fork_found",
            )
        ]


async def _until(future: asyncio.Future[bool], wait_ms: int) -> bool:
    """Whether there was news before the time was over."""
    try:
        async with asyncio.timeout(wait_ms / 1000):
            return await future
    except TimeoutError:
        return False


class Missing(Turned):
    """No such file, or none for this school."""

    status = 404


def _with_log(down: Down, heard: LogOutcome) -> Down:
    return replace(
        down,
        accepted_size=heard.accepted_size,
        send_consistency_from=heard.consistency_from,
        witness=heard.witness,
        log_refused=heard.refused,
    )


def _hash(value: object) -> str:
    return hashlib.sha256(msgspec.json.encode(value)).hexdigest()[:32]
