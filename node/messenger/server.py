"""All that runs while a school has a messenger, started and stopped in order."""

import logging
import shutil
import tempfile
from pathlib import Path

import msgspec

from kit.clock import Clock
from kit.db import Database
from kit.supervisor import Supervisor
from node.messenger.addresses import AddressBook
from node.messenger.bot.hearing import Hearing
from node.messenger.bot.line import NAME, BotLine
from node.messenger.bot.sealed import Sealed
from node.messenger.bot.speaking import Speaking, Voice
from node.messenger.doors.entrance import Entrance
from node.messenger.doors.gate import Gate
from node.messenger.doors.inner import InnerDoors
from node.messenger.doors.relay import Relay
from node.messenger.doors.tunnel import Tunnel
from node.messenger.model import Identity
from node.messenger.synapse import homeserver
from node.messenger.synapse.homeserver import Addresses
from node.messenger.synapse.keeper import Keeper
from node.messenger.synapse.matrix import Matrix

log = logging.getLogger(__name__)


class Settings(msgspec.Struct, frozen=True):
    """Where things are. `port` 0: any free one. `address`: where other schools reach it, where that is
    another place than host and port. `public_url`: of the portal, where clients come in."""

    folder: Path
    key: Path
    host: str
    port: int
    address: str
    public_url: str
    upload_mb: int


class Server:
    """Synapse, its doors, gate and tunnel, and the bot that speaks with `voice`."""

    def __init__(
        self,
        db: Database,
        clock: Clock,
        settings: Settings,
        identity: Identity,
        addresses: AddressBook,
        entrance: Entrance,
        voice: Voice,
    ) -> None:
        self._settings = settings
        self._identity = identity
        # A socket's path may have 108 bytes at most: a data directory's may be longer.
        self._place = Path(tempfile.mkdtemp(prefix="madang-"))
        socket = self._place / "synapse"
        self._socket = socket
        settings.folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        own = homeserver.own_secrets(settings.folder)
        self.name = identity.server_name
        self.matrix = Matrix(socket)
        self.listening = Matrix(socket, at_once=0)  # open pages wait there, and nothing for them
        self.relay = Relay(socket, settings.upload_mb)
        self.keeper = Keeper(self.matrix, own, self.name, clock)
        line = BotLine(self.matrix, own, self.name)
        self.hearing = Hearing(db, clock, line)
        self.sealed = Sealed(settings.folder / "bot", socket, line, self.hearing)
        self.bot = Speaking(db, clock, line, voice, self.sealed.send)
        self.tunnel = Tunnel(addresses.leads_to)
        self._gate = Gate(
            self.name, self.relay, lambda name: addresses.address_of(name) is not None
        )
        self._inner = InnerDoors(own, entrance.inside, entrance.remember, self.hearing.deliver)
        self._supervisor = Supervisor()
        self._port = 0

    async def start(self) -> None:
        """Return when Synapse answers and the node's accounts are there.

        Raises NotReady, OSError (the port is taken), MatrixAway, MatrixRefused.
        """
        settings = self._settings
        certificate, authorities = self._write_pem()
        addresses = Addresses(
            socket=self._socket, inner=await self._inner.start(), tunnel=await self.tunnel.start()
        )
        school = homeserver.Served(self.name, settings.public_url, settings.upload_mb)
        config = homeserver.prepare(settings.folder, school, addresses, authorities)
        self._supervisor.add(homeserver.child(settings.folder, config, addresses))
        await self._supervisor.start()
        self._port = await self._gate.start(settings.host, settings.port, certificate, settings.key)
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

    @property
    def address(self) -> str:
        """host:port where other schools reach it, once it has started."""
        return self._settings.address or f"{self._settings.host}:{self._port}"

    async def stop(self) -> None:
        """In reverse: nobody comes in, then Synapse ends, then what it leans on."""
        await self.sealed.stop()
        await self._gate.stop()
        await self._supervisor.stop()
        await self.tunnel.stop()
        await self._inner.stop()
        await self.relay.close()
        await self.listening.close()
        await self.matrix.close()
        shutil.rmtree(self._place, ignore_errors=True)
