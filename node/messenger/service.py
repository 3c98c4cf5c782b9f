"""The school's messenger: its life, who may use it, what it says.

The server begins once the school belongs to a province, since its name and its certificate come
from there; after that it needs the province no more.
"""

import asyncio
import contextlib
import logging
from collections.abc import Awaitable, Callable, Iterable, Sequence
from typing import Protocol
from urllib.parse import urlsplit

import msgspec

from kit import audit
from kit.clock import DAY, Clock
from kit.db import Database, StorageFailed, Tx
from kit.signin.service import SignIn
from kit.supervisor import NotReady as ChildNotReady
from node.messenger import store
from node.messenger.bot.bot import Answer
from node.messenger.doors.entrance import Entrance
from node.messenger.doors.push import end_other_pushers
from node.messenger.doors.relay import Relay
from node.messenger.model import (
    AccountLocked,
    Allowed,
    AllowedChanged,
    ClientNotNamed,
    Colleague,
    GatewaysChanged,
    Identity,
    MessengerAct,
    NoAccount,
    NotReady,
    OwnServerMoved,
    Post,
    Standing,
    State,
    WorkToDo,
    back_to,
    is_called,
    to_be_named,
)
from node.messenger.server import Server, Settings
from node.messenger.synapse.matrix import MatrixAway, MatrixRefused
from node.messenger.synapse.reconcile import (
    compare_accounts,
    end_devices,
    reconcile_accounts,
    reconcile_rooms,
)
from node.people.access import require_staff
from node.people.model import Asker, PeopleChanged, PersonClosed, StaffChanged
from node.ports.told import Telling
from protocol.identity import SchoolId
from protocol.sync import MatrixAllowList, MatrixServer

log = logging.getLogger(__name__)

AGAIN_AFTER_S = 3.0
AT_LEAST_EVERY_S = 60.0
LOOK_EVERY_S = 2.0
GREETED_AT_ONCE = 8
FOUND = 30

WAKING = (WorkToDo, Allowed, AllowedChanged, PeopleChanged, StaffChanged, PersonClosed)


class Province(Protocol):
    """What the messenger asks of whoever speaks with the province."""

    async def identity(self) -> Identity | None:
        """The school's identity in its province; None: it has joined none."""

    def colleagues(self, tx: Tx, text: str, limit: int) -> list[Colleague]:
        """Staff of other schools by name."""

    def school_names(self, tx: Tx, school_ids: Iterable[str]) -> dict[str, str]:
        """School id → name, as far as they are known."""


class Messenger:
    """The slice's face. `settings` None: this school runs without a messenger."""

    def __init__(
        self,
        db: Database,
        clock: Clock,
        signin: SignIn,
        *,
        school_id: SchoolId,
        school_name: str,
        public_url: str,
        address: str,
        settings: Settings | None,
        clients: frozenset[str],
        province: Province,
        answer: Answer,
        tellings: Sequence[Telling],
    ) -> None:
        """`answer`: what the bot says to whoever asks it; `tellings`: of whose things it speaks."""
        self._db = db
        self._clock = clock
        self.entrance = Entrance(db, clock, signin)
        self._school_id = school_id
        self._school_name = school_name
        self.public_url = public_url
        self._address = address
        self._settings = settings
        self._clients = clients | {urlsplit(public_url).hostname or ""}
        self._province = province
        self._answer = answer
        self._tellings = {one.about: one for one in tellings}
        self._server: Server | None = None
        self._ready = False
        self._reason = ""
        self._reached_at = ""
        self._servers: dict[str, str] = {}
        self._met: set[str] = set()
        self.gateways: set[str] = set()
        """Push gateways, host:port, over which telephones may be woken."""
        self._swept_for: frozenset[str] | None = None
        self._living: asyncio.Task[None] | None = None
        self._work: list[asyncio.Event] = []
        self._greet = False
        self._compared_at = 0
        db.on_commit(self._committed)

    def _committed(self, signals: list[object]) -> None:
        for signal in signals:
            if isinstance(signal, Allowed):
                self._servers.clear()
                self._servers.update(signal.servers)
            if isinstance(signal, AllowedChanged):
                for name in signal.gone:
                    self._servers.pop(name, None)
                self._servers.update(signal.servers)
            if isinstance(signal, GatewaysChanged):
                self.gateways.clear()
                self.gateways.update(signal.hosts)
            if isinstance(signal, WAKING):
                self._wake()

    # Life -------------------------------------------------------------------------------------

    @property
    def is_on(self) -> bool:
        return self._settings is not None

    @property
    def relay(self) -> Relay | None:
        """The way to Synapse for clients; None while it is away."""
        return self._server.relay if self._server is not None and self._ready else None

    async def start(self) -> None:
        """Begin; nobody waits for it."""
        if self._settings is not None:
            self._servers.update(await self._db.read(store.servers))
            self.gateways.update(one.host for one in await self._db.read(store.gateways))
            self._living = asyncio.create_task(self._live(self._settings), name="messenger")

    async def stop(self) -> None:
        if self._living is not None:
            self._living.cancel()
            await asyncio.gather(self._living, return_exceptions=True)
        await self._close()

    async def _close(self) -> None:
        self._ready = False
        if self._server is not None:
            server, self._server = self._server, None
            await server.stop()

    async def _live(self, settings: Settings) -> None:
        while True:
            try:
                identity = await self._province.identity()
                if identity is not None:
                    await self._serve(settings, identity)
            except (ChildNotReady, MatrixAway, MatrixRefused, OSError) as error:
                self._reason = str(error)
                log.warning("the messenger is away", extra={"reason": str(error)})
            except Exception as error:
                # Whatever ends it, it begins anew: nobody would look after it otherwise.
                cause = error.exceptions[0] if isinstance(error, ExceptionGroup) else error
                self._reason = f"{type(cause).__name__}: {cause}"
                log.exception("the messenger failed")
            await asyncio.sleep(AGAIN_AFTER_S)

    async def _serve(self, settings: Settings, identity: Identity) -> None:
        """Run the server of one identity until that changes, and leave nothing of it running."""
        try:
            await self._run(settings, identity)
        finally:
            await self._close()

    async def _run(self, settings: Settings, identity: Identity) -> None:
        server = self._server = Server(
            self._db,
            self._clock,
            settings,
            identity,
            self._servers,
            self.gateways,
            self.entrance.inside,
            self.entrance.remember,
            self._meet,
        )
        server.bot.answer, server.bot.titles = self._answer, self.title
        await server.start()
        await self._note_own(identity.server_name, server.port)
        self._ready, self._greet, self._reason = True, True, ""
        self._compared_at, self._swept_for = 0, None
        log.info("the messenger serves", extra={"server": identity.server_name})
        steps = {
            "accounts": lambda: self._accounts(server),
            "devices": lambda: self._devices(server),
            "pushers": lambda: self._pushers(server),
            "rooms": lambda: reconcile_rooms(self._db, server.keeper, self._school_name),
            "bot": lambda: self._bot(server),
            "strangers": server.tunnel.cut_off_strangers,
            "others": lambda: self._others(server),
        }
        async with asyncio.TaskGroup() as working:
            tasks = [
                working.create_task(self._over_and_over(step), name=f"messenger:{name}")
                for name, step in steps.items()
            ]
            await self._other_identity(identity)
            for task in tasks:
                task.cancel()

    async def _other_identity(self, identity: Identity) -> None:
        """Return once the school has another name or certificate, or left its province."""
        is_same = True
        while is_same:
            await asyncio.sleep(LOOK_EVERY_S)
            with contextlib.suppress(StorageFailed):  # a full disk changes nobody's identity
                is_same = await self._province.identity() == identity

    async def _over_and_over(self, step: Callable[[], Awaitable[None]]) -> None:
        """One kind of work, each time there may be some; none waits for the others."""
        work = asyncio.Event()
        self._work.append(work)
        try:
            while True:
                work.clear()
                try:
                    await step()
                except (MatrixAway, MatrixRefused) as error:
                    # Synapse is being restarted by its supervisor, or one thing cannot be done.
                    self._reason = str(error)
                    log.warning("the messenger has work left", extra={"reason": str(error)})
                    await asyncio.sleep(AGAIN_AFTER_S)
                    continue
                except Exception as error:
                    # One kind of work that fails in a way unforeseen must not end the others.
                    self._reason = f"{type(error).__name__}: {error}"
                    log.exception("the messenger's work failed")
                    await asyncio.sleep(AT_LEAST_EVERY_S)
                    continue
                with contextlib.suppress(TimeoutError):
                    async with asyncio.timeout(AT_LEAST_EVERY_S):
                        await work.wait()
        finally:
            self._work.remove(work)

    async def _accounts(self, server: Server) -> None:
        """Accounts first, then those rooms that wait for them; what Synapse says of them daily."""
        now = self._clock.now()
        if now - self._compared_at >= DAY:
            await compare_accounts(self._db, server.keeper)
            self._compared_at = now
        before = await self._db.read(store.accounts_told)
        if await reconcile_accounts(self._db, server.keeper, self._clock):
            await server.relay.cut_off_ended(server.matrix)
        if await self._db.read(store.accounts_told) != before:
            self._swept_for = None  # who was locked meanwhile has pushers from before
            self._wake()

    async def _devices(self, server: Server) -> None:
        """Clients whose app password is gone; what they wait for reaches them no more."""
        if await end_devices(self._db, server.keeper):
            await server.relay.cut_off_ended(server.matrix)

    async def _pushers(self, server: Server) -> None:
        """At the beginning and with each change of the gateways: what is there may be older."""
        gateways = frozenset(self.gateways)
        if gateways != self._swept_for:
            await end_other_pushers(self._db, server.keeper, gateways)
            self._swept_for = gateways

    async def _bot(self, server: Server) -> None:
        while await server.bot.work():
            pass

    async def _others(self, server: Server) -> None:
        """Whom we met is kept, and greeted when we are back; they may be slow."""
        fresh = self._met - await self._db.read(store.met)
        if fresh:
            await self._db.write(lambda tx: store.meet(tx, fresh))
        if self._greet:
            self._greet = False
            await self._greet_all(server)

    async def _note_own(self, server_name: str, port: int) -> None:
        """Where others reach us, for the next word to the province."""
        address = self._address or f"{self._settings.host if self._settings else ''}:{port}"
        self._reached_at = address

        def note(tx: Tx) -> None:
            if store.own(tx) != (server_name, address):
                store.set_own(tx, server_name, address)
                tx.signal(OwnServerMoved())

        await self._db.write(note)

    async def _greet_all(self, server: Server) -> None:
        """Tell the servers we know that we are back: what they keep for us comes at once."""
        peers = await self._db.read(store.met) & set(self._servers)
        turns = asyncio.Semaphore(GREETED_AT_ONCE)

        async def greet(name: str) -> None:
            async with turns:
                with contextlib.suppress(MatrixAway, MatrixRefused):
                    await server.keeper.greet(name)

        await asyncio.gather(*(greet(name) for name in peers))

    def _meet(self, server_name: str) -> None:
        """Remember a school at once: whoever is stopped now greets it tomorrow."""
        if server_name not in self._met:
            self._met.add(server_name)
            self._wake()

    def back_online(self) -> None:
        """The province answers again after a silence: so will other schools."""
        self._greet = True
        self._wake()

    def _wake(self) -> None:
        for work in self._work:
            work.set()

    # The province ------------------------------------------------------------------------------

    def own(self, tx: Tx) -> MatrixServer | None:
        """What the province may tell other schools of this one's server."""
        found = store.own(tx) if self.is_on else None
        if found is None:
            return None
        return MatrixServer(school_id=self._school_id, server_name=found[0], address=found[1])

    def allow(self, tx: Tx, allowed: MatrixAllowList) -> None:
        """Take over the province's list, or what changed in it; whoever is no longer in it is cut off
        with the commit."""
        others = [one for one in allowed.servers if one.school_id != self._school_id]
        if allowed.since is msgspec.UNSET:
            store.replace_servers(tx, others)
            tx.signal(Allowed(_addresses(others)))
        else:
            gone = [name.lower() for name in allowed.gone or ()]
            store.change_servers(tx, others, gone)
            tx.signal(AllowedChanged(_addresses(others), frozenset(gone)))

    def allow_nobody(self, tx: Tx) -> None:
        """This school was suspended or left."""
        store.replace_servers(tx, ())
        tx.signal(Allowed({}))

    # Accounts ----------------------------------------------------------------------------------

    def client_to_be_named(self, redirect: str) -> str:
        """The host to type before a client there may sign in; empty where none need be.
        Raises WrongRedirect."""
        return to_be_named(back_to(redirect), self._clients)

    async def allow_client(self, asker: Asker, redirect: str, name: str) -> str:
        """Single sign-on: the address that takes a client back, with a token that works once.
        `name`: what the asker typed for its host, where it must be named.

        Raises WrongRedirect, ClientNotNamed, NoAccount, AccountLocked, NotReady.
        """
        require_staff(asker)
        parts = back_to(redirect)
        needed = to_be_named(parts, self._clients)
        if needed and name.strip().lower() != needed:
            raise ClientNotNamed(name=needed)
        await self.localpart(asker)
        self.ready()
        ticket = await self.entrance.leave(asker.id)
        await self._db.write(
            lambda tx: audit.record(
                tx,
                self._clock,
                actor=asker.id,
                actor_name=asker.name,
                action=MessengerAct.ALLOW,
                subject=asker.id,
                detail={"to": parts.netloc},
            )
        )
        join = "&" if parts.query else "?"
        plain = redirect.split("#", 1)[0]
        return f"{plain}{join}loginToken={ticket.secret}"

    async def localpart(self, asker: Asker) -> str:
        """The asker's account. Raises NoAccount, AccountLocked."""
        require_staff(asker)

        def look(tx: Tx) -> str:
            found = store.localpart_of(tx, asker.id)
            if not found and (by := store.locked_by(tx, asker.id)):
                raise AccountLocked(by=by, administrators=", ".join(store.administrators(tx)))
            return found

        found = await self._db.read(look)
        if not found:
            raise NoAccount()
        return found

    def ready(self) -> Server:
        """The running server. Raises NotReady."""
        if self._server is None or not self._ready:
            raise NotReady()
        return self._server

    async def find(self, asker: Asker, text: str) -> list[Colleague]:
        """Colleagues by name: of this school first, then of others as the province lists them."""
        require_staff(asker)
        if not text:
            return []

        def look(tx: Tx) -> list[Colleague]:
            everybody = store.colleagues(tx, self._school_name)
            own = [one for one in everybody if is_called(one.name, text)][:FOUND]
            others = self._province.colleagues(tx, text, FOUND)
            return own + [one for one in others if one.user_id]

        return await self._db.read(look)

    async def schools_of(self, servers: set[str]) -> dict[str, str]:
        """Server name → name of the school it belongs to; the server's own where none is known."""

        def look(tx: Tx) -> dict[str, str]:
            ids = store.schools_of(tx, servers)
            names = self._province.school_names(tx, ids.values())
            return {server: names.get(ids.get(server, ""), server) for server in servers}

        return await self._db.read(look) if servers else {}

    def title(self, tx: Tx, about: str) -> str | None:
        """The title of what a post tells of (`newsletter:ID`), "" for a post of its own; None: it is
        not there any more."""
        what, _colon, of = about.partition(":")
        telling = self._tellings.get(what)
        if not about:
            return ""
        return telling.title(tx, of) if telling is not None else None

    # What happened at school ---------------------------------------------------------------------

    def people_changed(self, tx: Tx) -> None:
        if self.is_on:
            tx.signal(WorkToDo())

    def sign_in_reset(self, tx: Tx, person_id: str) -> None:
        """All their devices sign in again, and app passwords are no more."""
        store.want_logout(tx, person_id)
        self.people_changed(tx)

    def say(self, tx: Tx, post: Post) -> None:
        """Have the bot say something in a room of the school, once."""
        if self.is_on:
            store.add_post(tx, post, self._clock.now())
            tx.signal(WorkToDo())

    def standing(self) -> Standing:
        """How the server fares, for pages and the doctor."""
        server = self._server
        if not self.is_on:
            return Standing(State.OFF)
        if server is None:
            return Standing(
                State.UNJOINED if not self._reason else State.STARTING, reason=self._reason
            )
        return Standing(
            state=State.READY if self._ready else State.STARTING,
            server_name=server.keeper.server_name,
            address=self._reached_at,
            schools=len(self._servers),
            restarts=server.restarts,
            reason=self._reason,
        )


def _addresses(servers: Iterable[MatrixServer]) -> dict[str, str]:
    """Server name → address."""
    return {one.server_name.lower(): one.address for one in servers}
