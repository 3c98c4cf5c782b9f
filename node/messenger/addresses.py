"""Where the school's server may lead: to the messengers of other schools, as the province lists them,
and to the push gateways that the administrator named."""

from collections.abc import Callable, Collection, Iterable

import msgspec

from kit.db import Database, Tx
from node.messenger import store
from node.messenger.model import Allowed, AllowedChanged, GatewaysChanged
from protocol.identity import SchoolId
from protocol.sync import MatrixAllowList, MatrixServer


class AddressBook:
    """Follows every commit: whoever is taken off is out of reach from then on."""

    def __init__(self, db: Database, own_school: SchoolId) -> None:
        self._db = db
        self._own_school = own_school
        self._servers: dict[str, str] = {}
        self._gateways: set[str] = set()
        self._met: set[str] = set()
        self._on_meeting: list[Callable[[], None]] = []
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
                self._gateways.clear()
                self._gateways.update(signal.hosts)

    async def open(self) -> None:
        """Read what it held when the node was stopped."""
        self._servers.update(await self._db.read(store.servers))
        self._gateways.update(one.host for one in await self._db.read(store.gateways))

    # Asked ------------------------------------------------------------------------------------

    @property
    def gateways(self) -> Collection[str]:
        """Push gateways, host:port, over which telephones may be woken."""
        return self._gateways

    @property
    def schools(self) -> int:
        """How many may be spoken with."""
        return len(self._servers)

    def address_of(self, server_name: str) -> str | None:
        """host:port of another school's server, which is remembered as met; None: it is a stranger."""
        address = self._servers.get(server_name)
        if address is not None and server_name not in self._met:
            self._met.add(server_name)
            for listener in self._on_meeting:
                listener()
        return address

    def leads_to(self, target: str) -> str | None:
        """Where a way out leads, of host:port as Synapse asks for it; None: nowhere."""
        school = self.address_of(target.rpartition(":")[0])
        return target if school is None and target in self._gateways else school

    # Whom we met ------------------------------------------------------------------------------

    def on_meeting(self, listener: Callable[[], None]) -> None:
        """Have somebody told of each school that is spoken with for the first time."""
        self._on_meeting.append(listener)

    async def keep_met(self) -> None:
        """Whoever is stopped now greets them tomorrow."""
        fresh = self._met - await self._db.read(store.met)
        if fresh:
            await self._db.write(lambda tx: store.meet(tx, fresh))

    async def met(self) -> set[str]:
        """Servers ever spoken with, as far as they may be now."""
        return await self._db.read(store.met) & set(self._servers)

    # The province -----------------------------------------------------------------------------

    def allow(self, tx: Tx, allowed: MatrixAllowList) -> None:
        """Take over the province's list, or what changed in it; whoever is no longer in it is cut off
        with the commit."""
        others = [one for one in allowed.servers if one.school_id != self._own_school]
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


def _addresses(servers: Iterable[MatrixServer]) -> dict[str, str]:
    """Server name → address."""
    return {one.server_name.lower(): one.address for one in servers}
