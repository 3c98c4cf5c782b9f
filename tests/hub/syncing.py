"""The hub's conversation on real HTTPS, and a simulator of the node at its other end."""

import contextlib
import ssl
from collections.abc import AsyncIterator
from pathlib import Path

import aiohttp
import msgspec
from aiohttp import web

from hub import app
from hub.officers import store as officers_store
from hub.officers.model import Officer, Role
from hub.releases.web import PROGRESS
from hub.schools import store as schools_store
from hub.schools.model import Ring
from kit.clock import ManualClock
from kit.db import Tx
from kit.schema import set_meta
from protocol.directory import Cursor, DirectoryDelta, StaffEntry, share_digest, upsert
from protocol.heads import ConsistencyProof, SignedTreeHead, TreeHead, sign_head
from protocol.identity import KeyPair, SchoolId, SchoolKind
from protocol.merkle import consistency_proof, leaf_hash, subtree_of, tree_root
from protocol.message import decode, encode
from protocol.official import NoticeAck
from protocol.signing import known_keys, next_counter, sign_request, verify_response
from protocol.statistics import PaperStatistics
from protocol.sync import (
    SYNC_PATH,
    Cursors,
    Down,
    MatrixServer,
    NodeState,
    ReleaseReport,
    Up,
    advance,
)
from tests.hub.conftest import awake, hub_in
from tests.waiting import until

OFFICER = Officer("o1", "김주무관", Role.OFFICER)
ADMINISTRATOR = Officer("o2", "이팀장", Role.ADMINISTRATOR)
VIEWER = Officer("o3", "박주무관", Role.VIEWER)


class Refused(Exception):
    """The hub said no, and it was the hub that said so."""

    def __init__(self, status: int, code: str, next_counter: int) -> None:
        super().__init__(f"{status} {code}")
        self.status = status
        self.code = code
        self.next_counter = next_counter


class Hub:
    """A hub that listens to nodes; what it does by itself rests, but for the conversation."""

    def __init__(self, database_url: str, clock: ManualClock, folder: Path) -> None:
        self.clock = clock
        self._stand(hub_in(folder, database_url, clock))

    def _stand(self, hub: app.Hub) -> None:
        self._hub = hub
        self._open = contextlib.AsyncExitStack()
        self.ground = hub.ground
        self.db = hub.db
        self.packages = hub.assembly.packages
        self.origin = hub.config.origins[0]
        self.authority = hub.authority
        self.schools = hub.schools
        self.standings = hub.standings
        self.directory = hub.directory
        self.drafts = hub.drafts
        self.broadcasts = hub.broadcasts
        self.notice_stream = hub.notice_stream
        self.messengers = hub.messengers
        self.releases = hub.releases
        self.progress = hub.console[PROGRESS]
        self.waiting = hub.waiting
        self.lookout = hub.lookout
        self.evidence = hub.evidence

    async def start(self) -> None:
        await self._open.enter_async_context(awake(self._hub, "releases", "sync"))
        await self.db.write(with_officers)
        runner = web.AppRunner(self._hub.api)
        await runner.setup()
        self._open.push_async_callback(runner.cleanup)
        tls = self.authority.tls_context()
        port = self._hub.config.api_port
        await web.TCPSite(runner, "127.0.0.1", port, ssl_context=tls).start()

    async def stop(self) -> None:
        await self._open.aclose()

    async def new_life(self) -> None:
        """As after a restore from a backup: another epoch, and a process started anew."""
        await self.db.write(lambda tx: set_meta(tx, "epoch", "424242"))
        await self.stop()
        self._stand(app.build(self._hub.config, self.clock))
        await self.start()

    @contextlib.asynccontextmanager
    async def beside(self) -> AsyncIterator[app.Hub]:
        """The same hub in another process, over the same database."""
        other = app.build(self._hub.config, self.clock)
        async with other.assembly.opened():
            yield other

    async def enrol(self, school_id: str, name: str) -> "Node":
        """A school that has joined; the joining itself is specified elsewhere."""
        node = Node(self, school_id)
        now = self.clock.now()

        def unit(tx: Tx) -> None:
            kind = SchoolKind.ELEMENTARY
            schools_store.save_invited(tx, school_id, name, kind, "수원", Ring.ALL, now)
            schools_store.set_enrolled(tx, school_id, now)
            schools_store.save_key(tx, school_id, node.keys.public, now)

        await self.db.write(unit)
        return node

    async def exchange_key(self, node: "Node") -> None:
        """Another key of the same school is in force from now on."""
        node.keys, node.counter = KeyPair.generate(), 0
        now = self.clock.now()
        await self.db.write(
            lambda tx: schools_store.save_key(tx, node.school_id, node.keys.public, now)
        )


def with_officers(tx: Tx) -> None:
    for one in (OFFICER, ADMINISTRATOR, VIEWER):
        if officers_store.officer(tx, one.id) is None:
            officers_store.add(tx, one, 0)


class Node:
    """The other side: signs, verifies, keeps cursors and a log, as a node must."""

    def __init__(self, hub: Hub, school_id: str) -> None:
        self.hub = hub
        self.school_id = SchoolId(school_id)
        self.keys = KeyPair.generate()
        self.counter = 0
        self.epoch = "node-life-1"
        self.staff: list[StaffEntry] = []
        self.confirmed: Cursor | None = None
        self.notices: dict[str, int] = {}
        self.others: dict[str, str] = {}
        self.cursors = Cursors()
        self.acks: tuple[NoticeAck, ...] = ()
        self.reports: tuple[ReleaseReport, ...] = ()
        self.matrix: MatrixServer | None = None
        self.understands: tuple[str, ...] | msgspec.UnsetType = msgspec.UNSET
        self.statistics: PaperStatistics | msgspec.UnsetType = msgspec.UNSET
        self.servers: dict[str, str] = {}
        self.leaves: list[bytes] = []
        self.accepted_size: int | None = None
        self._sessions: dict[str, aiohttp.ClientSession] = {}
        self.move("127.0.0.1")

    def move(self, address: str) -> None:
        """Speak from this address from now on."""
        if address not in self._sessions:
            tls = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
            tls.load_verify_locations(cadata="\n".join(self.hub.authority.chain_pem))
            connector = aiohttp.TCPConnector(ssl=tls, local_addr=(address, 0))
            self._sessions[address] = aiohttp.ClientSession(connector=connector)
        self._session = self._sessions[address]

    async def close(self) -> None:
        for session in self._sessions.values():
            await session.close()

    # What it says -----------------------------------------------------------------------------

    def share(self) -> DirectoryDelta:
        increments = tuple(upsert(seq, entry) for seq, entry in enumerate(self.staff, start=1))
        to_seq = len(increments)
        digest = share_digest(increment.hash or "" for increment in increments)
        confirmed = self.confirmed
        full = confirmed is None or confirmed.epoch != self.epoch
        from_seq = 0 if full or confirmed is None else confirmed.seq
        return DirectoryDelta(
            epoch=self.epoch,
            from_seq=from_seq,
            to_seq=to_seq,
            digest=digest,
            full=full,
            entries=tuple(one for one in increments if one.seq > from_seq),
        )

    def head(self) -> SignedTreeHead:
        head = TreeHead(
            school_id=self.school_id,
            size=len(self.leaves),
            root=tree_root(self._hashes()).hex(),
            at=self.hub.clock.now(),
        )
        return sign_head(self.keys, head)

    def _hashes(self) -> list[bytes]:
        return [leaf_hash(entry) for entry in self.leaves]

    def proof(self) -> ConsistencyProof | None:
        size = self.accepted_size
        if not size or size >= len(self.leaves):
            return None
        hashes = consistency_proof(size, len(self.leaves), subtree_of(self._hashes()))
        return ConsistencyProof(
            from_size=size, to_size=len(self.leaves), hashes=tuple(h.hex() for h in hashes)
        )

    def up(self, wait_ms: int = 0) -> Up:
        return Up(
            sent_at=self.hub.clock.now(),
            epoch=self.epoch,
            state=NodeState(version="1.0", started_at=1, disk_free=10**11, disk_total=2 * 10**11),
            cursors=self.cursors,
            head=self.head(),
            consistency=self.proof(),
            directory=self.share(),
            acks=self.acks,
            releases=self.reports,
            matrix=self.matrix,
            wait_ms=wait_ms,
            understands=self.understands,
            statistics=self.statistics,
        )

    def signed(
        self, body: bytes, method: str = "POST", path: str = SYNC_PATH, *, counter: int = 0
    ) -> dict[str, str]:
        """Headers for a request; `counter` of somebody who counts otherwise."""
        if not counter:
            counter = self.counter = next_counter(self.counter, self.hub.clock.now())
        return sign_request(
            self.keys,
            method=method,
            url=self.hub.origin + path,
            body=body,
            counter=counter,
            now=self.hub.clock.now(),
        )

    # Talking ----------------------------------------------------------------------------------

    async def send(
        self,
        body: bytes,
        signed: dict[str, str],
        method: str = "POST",
        path: str = SYNC_PATH,
    ) -> bytes:
        """One request; the verified answer. Raises Refused."""
        headers = {"Content-Type": "application/json", **signed}
        url = self.hub.origin + path
        async with self._session.request(method, url, data=body, headers=headers) as response:
            answer = await response.read()
            verify_response(
                status=response.status,
                headers=response.headers,
                body=answer,
                request_signature=signed["Signature"],
                resolve_key=known_keys(self.hub.ground.keys.public),
                now=self.hub.clock.now(),
            )
            if response.status != 200:
                said = msgspec.json.decode(answer)
                raise Refused(response.status, said["title"], said["next_counter"])
            return answer

    async def sync(self, wait_ms: int = 0, *, lose_answer: bool = False) -> Down:
        """One sync, taken over unless the answer is lost on its way."""
        body = encode(self.up(wait_ms))
        down = decode(await self.send(body, self.signed(body)), Down)
        if not lose_answer:
            self.take_over(down)
        return down

    async def settle(self) -> Down:
        """Sync until there is nothing more to say or hear."""
        for _turn in range(50):
            down = await self.sync()
            told = down.notices or down.directory or down.resend_directory
            if not told and down.send_consistency_from is None:
                return down
        raise AssertionError("hub and node never come to rest")

    async def blob(self, sha256: str) -> bytes:
        path = f"/v1/blobs/{sha256}"
        return await self.send(b"", self.signed(b"", "GET", path), "GET", path)

    def take_over(self, down: Down) -> None:
        notices, directory = self.cursors.notices, self.cursors.directory
        if down.notices is not None:
            for item in down.notices.items:
                if self.notices.get(item.notice.id, 0) < item.notice.revision:
                    self.notices[item.notice.id] = item.notice.revision
            notices = advance(notices, down.notices.cursor)
        if down.directory is not None:
            if down.directory.reset:
                self.others.clear()
            for change in down.directory.items:
                self._other(change.school_id, change.increment)
            directory = advance(directory, down.directory.cursor)
        releases = self.cursors.releases
        if down.releases is not None:
            releases = advance(releases, down.releases.cursor)
        matrix = self.cursors.matrix
        if down.matrix is not None:
            matrix = down.matrix.cursor
            if down.matrix.since is msgspec.UNSET:
                self.servers.clear()
            for name in down.matrix.gone or ():
                self.servers.pop(name, None)
            self.servers |= {one.server_name: one.address for one in down.matrix.servers}
        self.cursors = Cursors(
            notices=notices, directory=directory, matrix=matrix, releases=releases
        )
        if down.directory_cursor is not None:
            self.confirmed = down.directory_cursor
        if down.resend_directory:
            self.confirmed = None
        if down.accepted_size is not None:
            self.accepted_size = down.accepted_size

    def _other(self, school_id: str, increment: object) -> None:
        change = msgspec.to_builtins(increment)
        if change is None:
            for key in [key for key in self.others if key.startswith(school_id)]:
                del self.others[key]
        elif change["op"] == "remove":
            self.others.pop(f"{school_id}/{change['id']}", None)
        else:
            self.others[f"{school_id}/{change['id']}"] = change["entry"]["name"]


async def waiters(hub: Hub, wanted: int) -> None:
    """Return once so many requests are held."""
    await until(lambda: len(hub.waiting) == wanted)
