"""The school's side of the province: join, sync once, look people up, tell how it stands."""

import asyncio
import enum
import logging
import random
import shutil
from collections.abc import Sequence

from kit import audit
from kit.card import Card, Entry, Weight
from kit.clock import DAY, SECOND
from kit.db import Tx
from kit.i18n import _
from node.federation import inbound, outbound, store
from node.federation.hub import ClockSkew, HubLine, HubRefusal, trust_of
from node.federation.joining import Joining, read_invitation
from node.federation.model import (
    Connection,
    Conversation,
    KeysState,
    Membership,
    NoRotation,
    NotJoined,
    Person,
    SyncFailed,
)
from node.federation.rotation import Rotating
from node.ground import Ground
from node.keys import KeysDoNotFit
from node.ledger.service import Ledger
from node.people.access import require_role, require_staff
from node.people.model import Asker, Role
from node.ports.province import Affair
from protocol.directory import SchoolEntry
from protocol.errors import ProtocolError, UnknownKey
from protocol.identity import KeyPair
from protocol.message import decode, encode
from protocol.rotation import RotationGrant, SignedRotation
from protocol.sync import BLOB_PATH, SYNC_PATH, Down, FailingJob, NodeState, Up

log = logging.getLogger(__name__)

FIRST_PAUSE_MS = 2 * SECOND
LONGEST_PAUSE_MS = 300 * SECOND
UNJOINED_PAUSE_MS = 3 * SECOND  # `madang-node join` works beside a running server


class Act(enum.StrEnum):
    JOIN = "federation:hub:join"
    ROTATE = "federation:keys:rotate"


class Federation:
    """Talks to the hub, one conversation at a time."""

    def __init__(self, ground: Ground, ledger: Ledger, affairs: Sequence[Affair]) -> None:
        """`affairs`: what the slices have to do with the province."""
        self._ground = ground
        self._affairs = affairs
        self._started_at = ground.clock.now()
        self._db = ground.db
        self._clock = ground.clock
        self._line: HubLine | None = None
        self._line_of: str = ""
        self._not_before_ms = 0  # the hub asked for so much patience
        self._turn = asyncio.Lock()
        self.wake = asyncio.Event()
        self.grown = asyncio.Event()
        """The ledger has grown: its head should go up, but not in haste after a failure."""
        self._brings_head = False  # the sync under way: the hub answers it at once
        self._ledger = ledger
        self._rotating = Rotating(
            ground.db, ground.clock, ground.keyring, self._ledger, ground.school.id
        )
        self.joining = Joining(ground.db, ground.clock, self._rotating, self._ledger, ground.school)

    async def close(self) -> None:
        await self._rotating.close()
        if self._line is not None:
            await self._line.close()
            self._line = None

    # Joining ----------------------------------------------------------------------------------

    async def join(self, text: str, hub_url: str | None, actor: Asker | None = None) -> Membership:
        """Join by an invitation (QR text, or typed code with the hub's address).

        Raises a JoinProblem; a refused attempt leaves the school as it was, and may be repeated.
        """
        if actor is not None:
            require_role(actor, Role.ADMINISTRATOR)
        invitation = read_invitation(text, hub_url, self._ground.school.id)
        membership = await self.joining.join(invitation)
        await self._db.write(
            lambda tx: audit.record(
                tx,
                self._clock,
                actor=actor.id if actor else "cli",
                actor_name=actor.name if actor else "madang-node",
                action=Act.JOIN,
                subject=membership.grant.hub.name,
            )
        )
        self.wake.set()
        return membership

    # Keys -------------------------------------------------------------------------------------

    async def settle_keys(self) -> None:
        """After a start: which key is in force the database says, and the files follow it.

        Raises KeysDoNotFit.
        """

        def look(tx: Tx) -> str:
            held = store.membership(tx)
            return self._ledger.begin(tx, held.grant.attestation if held is not None else None)

        in_force = await self._db.write(look)
        await asyncio.to_thread(self._ground.keyring.settle, in_force)

    async def keys(self) -> KeysState:
        """The school's keys as they are, and those that are to follow."""
        return await self._db.read(
            lambda tx: KeysState(tuple(self._ledger.keys(tx)), store.rotation(tx))
        )

    async def rotate_keys(self) -> KeysState:
        """Exchange the school's keys: at once where it belongs to no province, else as soon as its
        hub has accepted the new ones; until then they are pending. Raises NoRotation.
        """
        membership = await self._db.read(store.membership)
        if membership is not None and membership.standing == "revoked":
            raise NoRotation()
        statement = await self._rotating.begin()
        if membership is None:
            await self._rotating.exchange(statement, lambda tx: self._follow(tx, statement))
            return await self.keys()
        try:
            await self.sync_now()
        except SyncFailed as error:
            reason = error.reason[:500]
            await self._db.write(lambda tx: store.set_rotation_error(tx, reason))
        return await self.keys()

    def _follow(
        self,
        tx: Tx,
        statement: SignedRotation,
        membership: Membership | None = None,
        grant: RotationGrant | None = None,
    ) -> None:
        self._rotating.follow(tx, statement, membership, grant)
        audit.record(
            tx,
            self._clock,
            actor="cli",
            actor_name="madang-node",
            action=Act.ROTATE,
            subject=statement.rotation.keys.fingerprint,
        )

    async def _exchange_keys(self, membership: Membership) -> None:
        """Have the keys accepted that are to follow, before anything else is said with the old ones:
        their answer may have been lost. A hub that cannot or will not now is asked again later.

        Raises SyncFailed when it is out of reach or has ended the school's keys.
        """
        begun = await self._db.read(store.rotation)
        if begun is None or membership.standing == "revoked":
            return  # keys that are to follow revoked ones are to join, which the hub knows as that
        statement = begun.statement
        try:
            line = self._line_to(membership, await self._rotating.pair())
            try:
                grant = await self._rotating.ask(line, membership, statement)
            finally:
                await line.close()
        except KeysDoNotFit:
            log.exception("the keys that were to follow are lost")
            await self._rotating.discard()
            return
        except ClockSkew as error:
            raise _clock_failed(error) from error
        except HubRefusal as error:
            await self._rotation_refused(error)
            return
        await self._rotating.exchange(
            statement, lambda tx: self._follow(tx, statement, membership, grant)
        )

    async def _tell_keys_again(self) -> None:
        """The hub came back from a backup that does not know the keys in force, but the ones they
        followed: both keys' statement tells it once more. Raises SyncFailed."""
        membership, pair, keys = await self._db.read(
            lambda tx: (store.membership(tx), self._ledger.signer(tx), self._ledger.keys(tx))
        )
        statement = keys[-1].rotation
        if membership is None or statement is None:
            return
        line = self._line_to(membership, pair)
        try:
            grant = await self._rotating.ask(line, membership, statement, following=False)
        except (HubRefusal, ClockSkew) as error:
            log.warning("the hub knows no key of this school", extra={"reason": str(error)})
            return
        finally:
            await line.close()
        await self._db.write(lambda tx: self._rotating.vouched_again(tx, membership, grant))

    async def _rotation_refused(self, error: HubRefusal) -> None:
        reason = error.detail or error.code or str(error.status)
        log.warning("the hub did not accept the new keys", extra={"reason": reason})
        await self._db.write(lambda tx: store.set_rotation_error(tx, reason[:500]))
        if error.signed and error.code in ("school-revoked", "key-ended"):
            await self._rotating.discard()
            await self._stands("revoked", error.detail)
            raise SyncFailed(f"the hub refused: {reason}")

    # Sync -------------------------------------------------------------------------------------

    async def sync_once(self, wait_ms: int = 0) -> bool:
        """One exchange with the hub; whether another should follow at once.

        Raises SyncFailed. Nothing that the hub said before is lost by a failure.
        """
        async with self._turn:
            membership = await self._db.read(store.membership)
            if membership is None:
                raise NotJoined()
            await self._exchange_keys(membership)
            await self._db.write(lambda tx: outbound.reconcile_share(tx, self._school_entry()))
            up = await self._compose(membership, wait_ms)
            line = await self._open_line(membership)
            down = await self._exchange(line, up)
            await self._fetch_attachments(line, down)
            self._not_before_ms = down.retry_after_ms
            return await self._take_over(membership, down)

    async def sync_now(self) -> bool:
        """`sync_once` for somebody who waits: the running conversation, which may be holding the
        line for a minute, steps aside. Raises SyncFailed."""
        self.wake.set()
        return await self.sync_once()

    async def _compose(self, membership: Membership, wait_ms: int) -> Up:
        state = await self._state()
        now = self._clock.now()
        up = await self._db.read(
            lambda tx: outbound.compose(
                tx,
                membership=membership,
                ledger=self._ledger,
                affairs=self._affairs,
                state=state,
                now=now,
                wait_ms=wait_ms,
            )
        )
        size = up.head.head.size if up.head is not None else 0
        self._brings_head = size > (membership.accepted_size or 0)
        return up

    async def _exchange(self, line: HubLine, up: Up) -> Down:
        try:
            answer = await line.call("POST", SYNC_PATH, encode(up), self.joining.take_counter)
            return decode(answer, Down)
        except ClockSkew as error:
            raise _clock_failed(error) from error
        except HubRefusal as error:
            if error.signed and error.status == 403:
                await self._refused(error, line.key_id)
            if error.signed and error.code == UnknownKey.code:
                await self._tell_keys_again()
            following = error.next_counter
            if following:  # somebody else counts on with our key: do not stand behind them
                await self._db.write(lambda tx: self.joining.raise_counter(tx, following))
            raise SyncFailed(f"the hub refused: {error.detail or error.code}") from error
        except ProtocolError as error:
            raise SyncFailed(f"the hub's answer cannot be read: {error.message}") from error

    async def _refused(self, error: HubRefusal, key_id: str) -> None:
        standing = {"school-suspended": "suspended", "school-revoked": "revoked"}.get(error.code)
        if standing is None:
            return

        def is_ours(tx: Tx) -> bool:
            # A key that another process has exchanged meanwhile, or is about to: not the school's.
            return self._ledger.signer(tx).key_id == key_id and store.rotation(tx) is None

        if await self._db.read(is_ours):
            await self._stands(standing, error.detail)

    async def _stands(self, standing: str, reason: str) -> None:
        def refused(tx: Tx) -> None:
            store.set_standing(tx, standing, reason)
            inbound.cut_off(tx, self._affairs)

        await self._db.write(refused)

    async def _fetch_attachments(self, line: HubLine, down: Down) -> None:
        """Files of new notices, before the notices: what is announced can be opened, offline too."""
        for sha256 in [one for affair in self._affairs for one in affair.files(down)]:
            if self._ground.blobs.path(sha256).exists():
                continue
            try:
                content = await line.call("GET", BLOB_PATH + sha256, b"", self.joining.take_counter)
            except HubRefusal:
                log.warning("attachment missing at hub", extra={"sha256": sha256})
                continue
            stored = await asyncio.to_thread(self._ground.blobs.put, content)
            if stored != sha256:
                raise SyncFailed("an attachment arrived with another content")

    async def _take_over(self, membership: Membership, down: Down) -> bool:
        now = self._clock.now()

        def take(tx: Tx) -> bool:
            more = inbound.take_over(
                tx,
                down,
                membership=membership,
                ledger=self._ledger,
                affairs=self._affairs,
                now=now,
            )
            self.joining.raise_counter(tx, down.next_counter)
            return more

        return await self._db.write(take)

    async def _open_line(self, membership: Membership) -> HubLine:
        pair = await self._db.read(self._ledger.signer)
        line_of = f"{membership.grant.request} {membership.grant.hub.urls[0]} {pair.key_id}"
        if self._line is not None and self._line_of == line_of:
            return self._line
        if self._line is not None:
            await self._line.close()
        self._line = self._line_to(membership, pair)
        self._line_of = line_of
        return self._line

    def _line_to(self, membership: Membership, pair: KeyPair) -> HubLine:
        """A line to the school's hub on which these keys speak."""
        hub = membership.grant.hub
        url = hub.urls[0]
        tls = trust_of(hub.ca_chain_pem) if url.startswith("https:") else True
        return HubLine(url, tls, pair, hub.keys, self._clock)

    def _school_entry(self) -> SchoolEntry:
        school = self._ground.school
        return SchoolEntry(
            id=school.id,
            name=school.name,
            school_kind=school.kind,
            phone=self._ground.config.telephone,
        )

    async def _state(self) -> NodeState:
        jobs = await self._ground.jobs.states()
        counts = await self._db.read(store.counts)
        disk = shutil.disk_usage(self._ground.config.root)
        backup = next((job.last_ok_at for job in jobs if job.name.endswith("backup")), None)
        return NodeState(
            version=self._ground.school.software,
            started_at=self._started_at,
            disk_free=disk.free,
            disk_total=disk.total,
            last_backup_at=backup,
            failing_jobs=tuple(
                FailingJob(name=job.name, failed_at=job.last_run_at or 0, error=job.last_error)
                for job in jobs
                if job.last_error
            ),
            counts=counts,
        )

    async def sync_if_joined(self) -> None:
        """For the schedule: nothing to do while the school belongs to no province."""
        if await self._db.read(store.membership) is not None:
            await self.sync_once()

    # The loop ---------------------------------------------------------------------------------

    async def converse(self) -> None:
        """Talk to the hub for ever: long-poll, back off with full jitter, never give up."""
        while True:
            membership = await self._db.read(store.membership)
            if membership is None:
                await self._pause(UNJOINED_PAUSE_MS)
                continue
            pause_ms = await self._one_turn(membership)
            await self._pause(pause_ms)

    async def _one_turn(self, membership: Membership) -> int:
        """One sync with its bookkeeping; how long to wait before the next (ms)."""
        settings = membership.grant.sync
        started = self._clock.now()
        state = await self._db.read(store.conversation)
        wait_ms = settings.wait_ms if state.last_ok_at is not None else 0
        try:
            again = await self._sync_until_woken(wait_ms)
        except SyncFailed as error:
            ceiling = min(LONGEST_PAUSE_MS, FIRST_PAUSE_MS * 2 ** min(state.failures, 10))
            pause = max(error.retry_after_ms, random.randint(ceiling // 4, ceiling))
            log.warning("sync failed", extra={"reason": error.reason, "pause_ms": pause})
            failed = Conversation(
                started, state.last_ok_at, state.failures + 1, error.reason[:500], started + pause
            )
            await self._db.write(lambda tx: store.save_conversation(tx, failed))
            return pause
        if state.failures:
            for affair in self._affairs:
                if affair.back_online is not None:
                    affair.back_online()
        now = self._clock.now()
        held_back = max(0, settings.interval_ms - (now - started))
        pause = 0 if again or wait_ms else min(held_back, SECOND)
        done = Conversation(started, now, 0, "", now + pause)
        await self._db.write(lambda tx: store.save_conversation(tx, done))
        return max(pause if again else max(pause, SECOND), self._not_before_ms)

    async def _sync_until_woken(self, wait_ms: int) -> bool:
        """A sync whose long wait ends early when this school has something to say: everything in
        it may be repeated, so breaking off costs nothing.

        A sync that brings a head the hub has not seen has no long wait. It is left to end when the
        ledger grows on, or on a slow line many signatures one after the other would never arrive.
        """
        self.grown.clear()
        self._brings_head = False
        talking = asyncio.create_task(self.sync_once(wait_ms))
        waking = asyncio.create_task(self.wake.wait())
        growing = asyncio.create_task(self.grown.wait())
        try:
            await asyncio.wait({talking, waking, growing}, return_when=asyncio.FIRST_COMPLETED)
            if self._brings_head and not (talking.done() or waking.done()):
                await asyncio.wait({talking, waking}, return_when=asyncio.FIRST_COMPLETED)
            if talking.done():
                return talking.result() or growing.done()
            self.wake.clear()
            return True
        finally:
            for task in (talking, waking, growing):
                task.cancel()
            await asyncio.gather(talking, waking, growing, return_exceptions=True)

    async def _pause(self, pause_ms: int) -> None:
        if pause_ms <= 0:
            return
        try:
            async with asyncio.timeout(pause_ms / 1000):
                await self.wake.wait()
        except TimeoutError:
            return
        self.wake.clear()

    # What people see --------------------------------------------------------------------------

    async def standing(self, asker: Asker) -> Connection:
        """The administrator's view of the connection. For the school's heads, too."""
        require_role(asker, Role.ADMINISTRATOR, Role.PRINCIPAL, Role.VICE_PRINCIPAL)
        return await self._db.read(self.connection)

    def connection(self, tx: Tx) -> Connection:
        """How this school stands with its province."""
        lost = self._ledger.lost(tx)
        return Connection(store.membership(tx), store.conversation(tx), lost)

    async def find_staff(self, asker: Asker, text: str) -> list[Person]:
        """Staff of other schools of the province, from what this node keeps. Staff only."""
        require_staff(asker)
        text = text.strip()
        if not text:
            return []
        return await self._db.read(lambda tx: store.find_staff(tx, text, 50))

    def cards(self, tx: Tx, asker: Asker, now: int) -> list[Card]:
        """For the administrator: only when something needs attention."""
        if not asker.is_administrator:
            return []
        membership = store.membership(tx)
        if membership is None:
            return [
                Card(
                    name="federation",
                    title=_("도교육청 연결"),
                    icon="link",
                    href="/admin/province",
                    weight=Weight.TASK,
                    text=_("아직 도교육청에 가입하지 않았습니다. 초대장이 있으면 가입해 주세요."),
                    action=_("가입하기"),
                )
            ]
        state = store.conversation(tx)
        silent = state.last_ok_at is not None and now - state.last_ok_at > DAY
        twin = membership.two_machines_at is not None
        if membership.standing == "active" and not (silent or twin or membership.log_refused):
            return []
        text = _("도교육청과의 연결을 확인해 주세요.")
        if membership.log_refused:
            text = _("도교육청이 이 학교의 동의 기록을 받아들이지 않았습니다.")
        if twin:
            text = _("이 학교의 열쇠로 두 대의 서버가 도교육청과 말하고 있습니다.")
        reason = membership.standing_reason or state.last_error
        return [
            Card(
                name="federation",
                title=_("도교육청 연결"),
                icon="link",
                href="/admin/province",
                weight=Weight.URGENT,
                text=text,
                action=_("확인하기"),
                entries=(Entry(title=reason, href="/admin/province"),) if reason else (),
            )
        ]


def _clock_failed(error: ClockSkew) -> SyncFailed:
    return SyncFailed(f"clock: {abs(error.skew_ms) // SECOND} s away from the hub's")
