"""What is done over and over while a server runs: accounts, clients, rooms and pushers are brought in
step with the school's data, the bot speaks, other schools hear that we are back."""

import asyncio
import contextlib
import logging
from collections.abc import Awaitable, Callable

from kit.clock import DAY, Clock
from kit.db import Database
from node.messenger import store
from node.messenger.addresses import AddressBook
from node.messenger.doors.push import end_other_pushers
from node.messenger.server import Server
from node.messenger.synapse.matrix import MatrixAway, MatrixRefused
from node.messenger.synapse.reconcile import (
    compare_accounts,
    end_devices,
    reconcile_accounts,
    reconcile_rooms,
)

log = logging.getLogger(__name__)

AGAIN_AFTER_S = 3.0
AT_LEAST_EVERY_S = 60.0
GREETED_AT_ONCE = 8


class Upkeep:
    """Of one running server."""

    def __init__(
        self, db: Database, clock: Clock, school_name: str, addresses: AddressBook, server: Server
    ) -> None:
        self._db = db
        self._clock = clock
        self._school_name = school_name
        self._addresses = addresses
        self._server = server
        self.reason = ""
        """The last failure, in English."""
        self._due: list[asyncio.Event] = []
        self._accounts_tried = asyncio.Event()
        self._greet = True
        self._compared_at = 0
        self._swept_for: frozenset[str] | None = None

    def wake(self) -> None:
        """There may be something to do."""
        for due in self._due:
            due.set()

    def greet(self) -> None:
        """Have other schools hear that we are back."""
        self._greet = True
        self.wake()

    async def work(self) -> None:
        """Until it is cancelled."""
        steps = {
            "accounts": self._accounts,
            "devices": self._devices,
            "pushers": self._pushers,
            "rooms": self._rooms,
            "bot": self._bot,
            "strangers": self._server.tunnel.cut_off_strangers,
            "others": self._others,
        }
        async with asyncio.TaskGroup() as working:
            for name, step in steps.items():
                working.create_task(self._over_and_over(step), name=f"messenger:{name}")

    async def _over_and_over(self, step: Callable[[], Awaitable[None]]) -> None:
        """One kind of work, each time there may be some; none waits for the others."""
        due = asyncio.Event()
        self._due.append(due)
        while True:
            due.clear()
            try:
                await step()
            except (MatrixAway, MatrixRefused) as error:
                # Synapse is being restarted by its supervisor, or one thing cannot be done.
                self.reason = str(error)
                log.warning("the messenger has work left", extra={"reason": str(error)})
                await asyncio.sleep(AGAIN_AFTER_S)
                continue
            except Exception as error:
                # One kind of work that fails in a way unforeseen must not end the others.
                self.reason = f"{type(error).__name__}: {error}"
                log.exception("the messenger's work failed")
                await asyncio.sleep(AT_LEAST_EVERY_S)
                continue
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(AT_LEAST_EVERY_S):
                    await due.wait()

    async def _accounts(self) -> None:
        """Accounts first, then those rooms that wait for them; what Synapse says of them daily."""
        try:
            await self._reconcile_accounts()
        finally:
            self._accounts_tried.set()

    async def _reconcile_accounts(self) -> None:
        now = self._clock.now()
        if now - self._compared_at >= DAY:
            await compare_accounts(self._db, self._server.keeper)
            self._compared_at = now
        before = await self._db.read(store.accounts_told)
        if await reconcile_accounts(self._db, self._server.keeper, self._clock):
            await self._server.relay.cut_off_ended(self._server.matrix)
        if await self._db.read(store.accounts_told) != before:
            self._swept_for = None  # who was locked meanwhile has pushers from before
            self.wake()

    async def _devices(self) -> None:
        """Clients whose app password is gone; what they wait for reaches them no more."""
        if await end_devices(self._db, self._server.keeper):
            await self._server.relay.cut_off_ended(self._server.matrix)

    async def _pushers(self) -> None:
        """At the beginning and with each change of the gateways: what is there may be older."""
        gateways = frozenset(self._addresses.gateways)
        if gateways != self._swept_for:
            await end_other_pushers(self._db, self._server.keeper, gateways)
            self._swept_for = gateways

    async def _rooms(self) -> None:
        """After the accounts, so that at a school's first start a room is filled in one go; accounts
        that could not be made keep nobody else waiting."""
        await self._accounts_tried.wait()
        await reconcile_rooms(self._db, self._server.keeper, self._school_name)

    async def _bot(self) -> None:
        while await self._server.bot.work():
            pass

    async def _others(self) -> None:
        """Whom we met is kept, and greeted when we are back; they may be slow."""
        await self._addresses.keep_met()
        if self._greet:
            self._greet = False
            await self._greet_all()

    async def _greet_all(self) -> None:
        """Tell the servers we know that we are back: what they keep for us comes at once."""
        turns = asyncio.Semaphore(GREETED_AT_ONCE)

        async def greet(name: str) -> None:
            async with turns:
                with contextlib.suppress(MatrixAway, MatrixRefused):
                    await self._server.keeper.greet(name)

        await asyncio.gather(*(greet(name) for name in await self._addresses.met()))
