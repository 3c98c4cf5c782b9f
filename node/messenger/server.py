"""All that runs while a school has a messenger, started and stopped in order."""

import logging
import shutil
import tempfile
from collections.abc import Callable
from pathlib import Path

import msgspec

from kit.clock import Clock
from kit.db import Database
from kit.supervisor import Supervisor
from node.messenger.bot.bot import NAME, Bot
from node.messenger.bot.sealed import Sealed
from node.messenger.doors.gate import Gate
from node.messenger.doors.inner import Admit, InnerDoors, Remember
from node.messenger.doors.relay import Relay
from node.messenger.doors.tunnel import Tunnel
from node.messenger.model import Identity
from node.messenger.synapse import homeserver
from node.messenger.synapse.homeserver import Addresses
from node.messenger.synapse.keeper import Keeper
from node.messenger.synapse.matrix import Matrix

log = logging.getLogger(__name__)


class Settings(msgspec.Struct, frozen=True):
    """Where things are. `port` 0: any free one."""

    folder: Path
    key: Path
    host: str
    port: int
    upload_mb: int


class Server:
    """Synapse, its doors, gate and tunnel. `servers` is the province's list, `gateways` the push
    gateways (host:port), both changed in place; `met` hears of each school that is spoken with."""

    def __init__(
        self,
        db: Database,
        clock: Clock,
        settings: Settings,
        identity: Identity,
        servers: dict[str, str],
        gateways: set[str],
        admit: Admit,
        remember: Remember,
        met: Callable[[str], None],
    ) -> None:
        self._settings = settings
        self._identity = identity
        self._servers = servers
        self._gateways = gateways
        # A socket's path may have 108 bytes at most: a data directory's may be longer.
        self._place = Path(tempfile.mkdtemp(prefix="madang-"))
        socket = self._place / "synapse"
        self._socket = socket
        settings.folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        own = homeserver.own_secrets(settings.folder)
        name = identity.server_name
        self.matrix = Matrix(socket)
        self.listening = Matrix(socket, at_once=0)  # open pages wait there, and nothing for them
        self.relay = Relay(socket)
        self.bot = Bot(db, clock, self.matrix, own, name)
        self.keeper = Keeper(self.matrix, own, name, clock)
        self.sealed = Sealed(settings.folder / "bot", socket, self.keeper, self.bot)
        self._met = met
        self.tunnel = Tunnel(self._leads_to)
        self.gate = Gate(name, self.relay, lambda name: self._address_of(name) is not None)
        self._inner = InnerDoors(own, admit, remember, self.bot.deliver)
        self._supervisor = Supervisor()
        self.port = 0

    def _address_of(self, server_name: str) -> str | None:
        address = self._servers.get(server_name)
        if address is not None:
            self._met(server_name)
        return address

    def _leads_to(self, target: str) -> str | None:
        """Where the tunnel leads, of what Synapse asks for."""
        school = self._address_of(target.rpartition(":")[0])
        return target if school is None and target in self._gateways else school

    async def start(self) -> None:
        """Return when Synapse answers and the node's accounts are there.

        Raises NotReady, OSError (the port is taken), MatrixAway, MatrixRefused.
        """
        settings = self._settings
        certificate, authorities = self._write_pem()
        addresses = Addresses(
            socket=self._socket, inner=await self._inner.start(), tunnel=await self.tunnel.start()
        )
        config = homeserver.prepare(
            settings.folder,
            self._identity.server_name,
            addresses,
            authorities,
            settings.upload_mb,
        )
        self._supervisor.add(homeserver.child(settings.folder, config, addresses))
        await self._supervisor.start()
        self.port = await self.gate.start(settings.host, settings.port, certificate, settings.key)
        await self.keeper.open()
        await self.keeper.set_account(homeserver.BOT, NAME, locked=False)
        await self.sealed.start()

    def _write_pem(self) -> tuple[Path, Path]:
        certificate = self._settings.folder / "certificate.pem"
        authorities = self._settings.folder / "province.pem"
        chain = "".join(self._identity.ca_chain_pem)
        certificate.write_text(self._identity.certificate_pem + chain)
        authorities.write_text(chain)
        return certificate, authorities

    @property
    def restarts(self) -> int:
        return self._supervisor.running[0].restarts if self._supervisor.running else 0

    async def stop(self) -> None:
        """In reverse: nobody comes in, then Synapse ends, then what it leans on."""
        await self.sealed.stop()
        await self.gate.stop()
        await self._supervisor.stop()
        await self.tunnel.stop()
        await self._inner.stop()
        await self.relay.close()
        await self.listening.close()
        await self.matrix.close()
        shutil.rmtree(self._place, ignore_errors=True)
