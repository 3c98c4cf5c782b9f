"""The life of the school's server: it begins once the school belongs to a province, since its name and
its certificate come from there, and begins anew after whatever ended it."""

import asyncio
import contextlib
import logging
from collections.abc import Awaitable, Callable

from kit.clock import Clock
from kit.db import Database, StorageFailed, Tx
from kit.supervisor import NotReady
from node.messenger import store
from node.messenger.addresses import AddressBook
from node.messenger.doors.relay import Relay
from node.messenger.model import (
    Allowed,
    AllowedChanged,
    Identity,
    MessengerNotReady,
    OwnServerMoved,
    ServerStanding,
    ServerState,
    WorkToDo,
)
from node.messenger.server import Server
from node.messenger.synapse.matrix import MatrixAway, MatrixRefused
from node.messenger.upkeep import AGAIN_AFTER_S, Upkeep
from node.people.model import PeopleChanged, PersonClosed, StaffChanged

log = logging.getLogger(__name__)

LOOK_EVERY_S = 2.0

WAKING = (WorkToDo, Allowed, AllowedChanged, PeopleChanged, StaffChanged, PersonClosed)

Identify = Callable[[], Awaitable[Identity | None]]
"""The school's identity in its province; None: it has joined none."""
Build = Callable[[Identity], Server]
"""A server of this identity, not started."""


class Life:
    """Of a server that `build` makes anew for each identity the school has; None: it runs without."""

    def __init__(
        self,
        db: Database,
        clock: Clock,
        school_name: str,
        addresses: AddressBook,
        identify: Identify,
        build: Build | None,
    ) -> None:
        self._db = db
        self._clock = clock
        self._school_name = school_name
        self._addresses = addresses
        self._identify = identify
        self._build = build
        self._server: Server | None = None
        self.upkeep: Upkeep | None = None
        """While the server is ready."""
        self._reason = ""
        self._living: asyncio.Task[None] | None = None
        addresses.on_meeting(self._wake)
        db.on_commit(self._committed)

    def _committed(self, signals: list[object]) -> None:
        if any(isinstance(signal, WAKING) for signal in signals):
            self._wake()

    def _wake(self) -> None:
        if self.upkeep is not None:
            self.upkeep.wake()

    def back_online(self) -> None:
        """The province answers again after a silence: so will other schools."""
        if self.upkeep is not None:
            self.upkeep.greet()

    # Asked ------------------------------------------------------------------------------------

    @property
    def is_on(self) -> bool:
        return self._build is not None

    @property
    def relay(self) -> Relay | None:
        """The way to Synapse for clients; None while it is away."""
        return self._server.relay if self._server is not None and self.upkeep else None

    def ready(self) -> Server:
        """The running server. Raises MessengerNotReady."""
        if self._server is None or self.upkeep is None:
            raise MessengerNotReady()
        return self._server

    def standing(self) -> ServerStanding:
        """How the server fares, for pages and the doctor."""
        server, upkeep = self._server, self.upkeep
        if not self.is_on:
            return ServerStanding(ServerState.OFF)
        if server is None:
            return ServerStanding(
                ServerState.UNJOINED if not self._reason else ServerState.STARTING,
                reason=self._reason,
            )
        return ServerStanding(
            state=ServerState.READY if upkeep is not None else ServerState.STARTING,
            server_name=server.name,
            address=server.address if upkeep is not None else "",
            schools=self._addresses.schools,
            restarts=server.restarts,
            reason=upkeep.reason if upkeep is not None else self._reason,
        )

    # Lived ------------------------------------------------------------------------------------

    async def start(self) -> None:
        """Begin; nobody waits for it."""
        if self._build is not None:
            await self._addresses.open()
            self._living = asyncio.create_task(self._live(self._build), name="messenger")

    async def stop(self) -> None:
        if self._living is not None:
            self._living.cancel()
            await asyncio.gather(self._living, return_exceptions=True)
        await self._close()

    async def _close(self) -> None:
        self.upkeep = None
        if self._server is not None:
            server, self._server = self._server, None
            await server.stop()

    async def _live(self, build: Build) -> None:
        while True:
            try:
                identity = await self._identify()
                if identity is not None:
                    await self._serve(build, identity)
            except (NotReady, MatrixAway, MatrixRefused, OSError) as error:
                self._reason = str(error)
                log.warning("the messenger is away", extra={"reason": str(error)})
            except Exception as error:
                # Whatever ends it, it begins anew: nobody would look after it otherwise.
                cause = error.exceptions[0] if isinstance(error, ExceptionGroup) else error
                self._reason = f"{type(cause).__name__}: {cause}"
                log.exception("the messenger failed")
            await asyncio.sleep(AGAIN_AFTER_S)

    async def _serve(self, build: Build, identity: Identity) -> None:
        """Run the server of one identity until that changes, and leave nothing of it running."""
        try:
            server = self._server = build(identity)
            await server.start()
            await self._note_own(server)
            self._reason = ""
            upkeep = self.upkeep = Upkeep(
                self._db, self._clock, self._school_name, self._addresses, server
            )
            log.info("the messenger serves", extra={"server": server.name})
            async with asyncio.TaskGroup() as working:
                kept = working.create_task(upkeep.work(), name="messenger:upkeep")
                await self._other_identity(identity)
                kept.cancel()
        finally:
            await self._close()

    async def _other_identity(self, identity: Identity) -> None:
        """Return once the school has another name or certificate, or left its province."""
        is_same = True
        while is_same:
            await asyncio.sleep(LOOK_EVERY_S)
            with contextlib.suppress(StorageFailed):  # a full disk changes nobody's identity
                is_same = await self._identify() == identity

    async def _note_own(self, server: Server) -> None:
        """Where others reach us, for the next word to the province."""
        own = server.name, server.address

        def note(tx: Tx) -> None:
            if store.own(tx) != own:
                store.set_own(tx, *own)
                tx.signal(OwnServerMoved())

        await self._db.write(note)
