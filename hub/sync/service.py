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

from hub.broadcasts.stream import NoticeStream
from hub.directory.service import Directory
from hub.ground import Ground
from hub.messenger.service import Messengers
from hub.releases.stream import ReleaseStream
from hub.schools.model import SchoolKey
from hub.schools.service import Schools
from hub.statistics.service import Statistics
from hub.sync import store
from hub.sync.logs import LogOutcome, Logs
from hub.sync.machines import Machines
from hub.sync.model import Contact, Turned
from hub.sync.waiting import Waiting
from kit.blobs import Blobs
from kit.clock import MINUTE
from kit.db import Tx
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


class Carried(msgspec.Struct, frozen=True):
    """What the conversation carries, each with the slice whose matter it is."""

    directory: Directory
    notices: NoticeStream
    messengers: Messengers
    releases: ReleaseStream
    statistics: Statistics


class Behind(msgspec.Struct, frozen=True):
    """What a node has not heard yet."""

    notices: bool
    directory: bool
    matrix: bool
    releases: bool

    @property
    def anything(self) -> bool:
        return self.notices or self.directory or self.matrix or self.releases

    @property
    def notices_alone(self) -> bool:
        return self.notices and not (self.directory or self.matrix or self.releases)


class Sync:
    """The hub's end of the conversation."""

    def __init__(
        self,
        ground: Ground,
        schools: Schools,
        carried: Carried,
        waiting: Waiting,
    ) -> None:
        self._db = ground.db
        self._clock = ground.clock
        self._schools = schools
        self._directory = carried.directory
        self._notices = carried.notices
        self._messengers = carried.messengers
        self._releases = carried.releases
        self._statistics = carried.statistics
        self._waiting = waiting
        self._logs = Logs(ground.clock, ground.keys)
        self._machines = Machines(ground.clock)
        self._keys: dict[str, bytes] = {}
        self._school_of: dict[str, str] = {}
        self._epoch = ""

    async def start(self) -> None:
        """Learn the life of this database, which every cursor carries."""
        self._epoch = await self._db.read(lambda tx: get_meta(tx, "epoch") or "")

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
        future = self._waiting.begin(school_id) if up.wait_ms else None
        try:
            taken = await self._db.write(lambda tx: self._take(tx, request, up, address))
            woken = False
            if future is not None and not taken.news:
                woken = await _until(future, up.wait_ms) or self._waiting.take(school_id)
            if woken:
                told = await self._db.glance(lambda tx: self._tell_notices(tx, request, taken))
                if told is None:
                    told = await self._db.read(lambda tx: self._tell(tx, request, taken))
                return replace(told, retry_after_ms=self._waiting.rest_ms())
            if taken.news:
                return await self._db.read(lambda tx: self._tell(tx, request, taken))
        finally:
            self._waiting.end(school_id, future)
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
        counted = self._statistics.take(tx, school.school_id, up.statistics)
        if counted is not None:
            down, changed = replace(down, statistics=counted), True
        news = changed or heard.news or self._behind(tx, school.school_id, up.cursors).anything
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

    def _behind(self, tx: Tx, school_id: str, held: Cursors) -> Behind:
        epoch = self._epoch
        return Behind(
            notices=self._notices.behind(tx, school_id, held.notices, epoch),
            directory=self._directory.behind(tx, held.directory, epoch),
            matrix=self._messengers.behind(tx, school_id, held.matrix, epoch),
            releases=self._releases.behind(tx, school_id, held.releases, epoch),
        )

    def _tell_notices(self, tx: Tx, request: VerifiedRequest, taken: Taken) -> Down | None:
        """The answer to one of a crowd, which a notice to all has woken: thousands of them cost less in
        the event loop than on their way to a reader. None where it would hold more."""
        behind = self._behind(tx, taken.school_id, taken.cursors)
        return self._tell(tx, request, taken, behind) if behind.notices_alone else None

    def _tell(
        self, tx: Tx, request: VerifiedRequest, taken: Taken, behind: Behind | None = None
    ) -> Down:
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
        behind = behind or self._behind(tx, taken.school_id, held)
        if behind.notices:
            page = self._notices.page(tx, taken.school_id, held.notices, self._epoch)
            down = replace(down, notices=page)
        if behind.directory:
            share = self._directory.page(tx, taken.school_id, held.directory, self._epoch)
            down = replace(down, directory=share)
        if behind.matrix:
            changes = MATRIX_CHANGES in taken.understands
            allowed = self._messengers.allowed(tx, held.matrix, self._epoch, changes=changes)
            down = replace(down, matrix=allowed)
        if behind.releases:
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
