"""The school's side of the province: join, sync once, look people up, tell how it stands."""

import asyncio
import logging
import shutil
from collections.abc import Sequence

from kit import audit
from kit.db import Tx
from node.federation import colleagues, inbound, outbound, store
from node.federation.hub import ClockSkew, HubLine, HubRefusal, clock_failed, line_to
from node.federation.joining import Joining, read_invitation
from node.federation.key_talk import KeyTalk
from node.federation.model import (
    FederationAct,
    KeysState,
    Membership,
    NoRotation,
    NotJoined,
    ProvinceConnection,
    StaffFound,
    SyncFailed,
)
from node.federation.rotation import Rotating
from node.ground import Ground
from node.ledger.service import Ledger
from node.people.access import COMMAND_LINE, require_role, require_staff, with_role
from node.people.model import Asker, Role
from node.ports.province import Affair
from protocol.directory import SchoolEntry, search_key
from protocol.errors import ProtocolError, UnknownKey
from protocol.message import decode, encode
from protocol.sync import BLOB_PATH, SYNC_PATH, Down, FailingJob, NodeState, Up

log = logging.getLogger(__name__)

FOUND_AT_ONCE = 50  # people of other schools


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
        self.not_before_ms = 0
        """The hub asked for so much patience."""
        self._turn = asyncio.Lock()
        self.wake = asyncio.Event()
        self.brings_head = False
        """The sync under way does: the hub answers it at once."""
        self._ledger = ledger
        self._rotating = Rotating(
            ground.db, ground.clock, ground.keyring, self._ledger, ground.school.id
        )
        self._key_talk = KeyTalk(
            ground.db, ground.clock, self._rotating, self._ledger, self._stands
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
        if actor is not None:  # what the hub grants then stands, whoever asked
            await self._db.read(with_role(actor, (Role.ADMINISTRATOR,), lambda _tx, _now: None))
        invitation = read_invitation(text, hub_url, self._ground.school.id)
        membership = await self.joining.join(invitation)
        await self._db.write(
            lambda tx: audit.record(
                tx,
                self._clock,
                actor or COMMAND_LINE,
                FederationAct.JOIN,
                membership.grant.hub.name,
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
            await self._rotating.exchange(
                statement, lambda tx: self._key_talk.follow(tx, statement)
            )
            return await self.keys()
        try:
            await self.sync_now()
        except SyncFailed as error:
            reason = error.reason[:500]
            await self._db.write(lambda tx: store.set_rotation_error(tx, reason))
        return await self.keys()

    # Sync -------------------------------------------------------------------------------------

    async def sync_once(self, wait_ms: int = 0) -> bool:
        """One exchange with the hub; whether another should follow at once.

        Raises SyncFailed. Nothing that the hub said before is lost by a failure.
        """
        async with self._turn:
            membership = await self._db.read(store.membership)
            if membership is None:
                raise NotJoined()
            await self._key_talk.exchange(membership)
            await self._db.write(lambda tx: outbound.reconcile_share(tx, self._school_entry()))
            up = await self._compose(membership, wait_ms)
            line = await self._open_line(membership)
            down = await self._exchange(line, up)
            await self._fetch_attachments(line, down)
            self.not_before_ms = down.retry_after_ms
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
        self.brings_head = size > (membership.accepted_size or 0)
        return up

    async def _exchange(self, line: HubLine, up: Up) -> Down:
        try:
            answer = await line.call("POST", SYNC_PATH, encode(up), self.joining.take_counter)
            return decode(answer, Down)
        except ClockSkew as error:
            raise clock_failed(error) from error
        except HubRefusal as error:
            raise await self._said_no(line, error) from error
        except ProtocolError as error:
            raise SyncFailed(f"the hub's answer cannot be read: {error.message}") from error

    async def _said_no(self, line: HubLine, error: HubRefusal) -> SyncFailed:
        """Do what follows from a refusal; what the sync ends with."""
        if error.signed and error.status == 403:
            await self._refused(error, line.key_id)
        if error.signed and error.code == UnknownKey.code:
            await self._key_talk.tell_again()
        following = error.next_counter
        if following:  # somebody else counts on with our key: do not stand behind them
            await self._db.write(lambda tx: self.joining.raise_counter(tx, following))
        return SyncFailed(f"the hub refused: {error.detail or error.code or error.status}")

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
        """Files of new notices, before the notices: what is announced can be opened, offline too. Only
        a file of which the hub itself says that it has none keeps no notice waiting. Raises SyncFailed."""
        for sha256 in [one for affair in self._affairs for one in affair.files(down)]:
            if self._ground.blobs.path(sha256).exists():
                continue
            try:
                content = await line.call("GET", BLOB_PATH + sha256, b"", self.joining.take_counter)
            except ClockSkew as error:
                raise clock_failed(error) from error
            except HubRefusal as error:
                if not (error.signed and error.status == 404):
                    raise await self._said_no(line, error) from error
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
        self._line = line_to(self._clock, membership, pair)
        self._line_of = line_of
        return self._line

    def _school_entry(self) -> SchoolEntry:
        school = self._ground.school
        return SchoolEntry(
            id=school.id,
            name=school.name,
            school_kind=school.kind,
            phone=self._ground.settings.now.telephone,
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

    # What people see --------------------------------------------------------------------------

    async def standing(self, asker: Asker) -> ProvinceConnection:
        """The administrator's view of the connection. For the school's heads, too."""
        require_role(asker, Role.ADMINISTRATOR, Role.PRINCIPAL, Role.VICE_PRINCIPAL)
        return await self._db.read(self.connection)

    def connection(self, tx: Tx) -> ProvinceConnection:
        """How this school stands with its province."""
        lost = self._ledger.lost(tx)
        return ProvinceConnection(store.membership(tx), store.conversation(tx), lost)

    async def find_staff(self, asker: Asker, typed: str) -> list[StaffFound]:
        """Staff of this school, then of the province's others from what this node keeps. Staff only."""
        require_staff(asker)
        key = search_key(typed)
        if not key:
            return []

        def look(tx: Tx) -> list[StaffFound]:
            own = colleagues.here(self._ground.school, store.staff_rows(tx), key)
            return own + colleagues.elsewhere(tx, key, FOUND_AT_ONCE)

        return await self._db.read(look)
