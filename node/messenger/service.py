"""The school's messenger as its pages and doors see it: who may use it, and whom they find."""

from collections.abc import Collection, Iterable
from typing import Protocol

from kit.db import Database, Tx
from kit.signin.service import SignIn
from node.messenger import store
from node.messenger.addresses import AddressBook
from node.messenger.bot.line import NAME as BOT_NAME
from node.messenger.doors.entrance import Entrance
from node.messenger.doors.relay import Relay
from node.messenger.life import Life
from node.messenger.model import (
    AccountLocked,
    Colleague,
    Identity,
    NoAccount,
    ServerStanding,
    is_called,
    local_of,
)
from node.messenger.server import Server
from node.messenger.synapse.matrix import path_of
from node.people.access import require_staff
from node.people.model import Asker

FOUND = 30


class ProvinceKnown(Protocol):
    """What the messenger asks of whoever speaks with the province."""

    async def identity(self) -> Identity | None:
        """The school's identity in its province; None: it has joined none."""

    def colleagues(self, tx: Tx, text: str, limit: int) -> list[Colleague]:
        """Staff of other schools by name."""

    def school_names(self, tx: Tx, school_ids: Iterable[str]) -> dict[str, str]:
        """School id → name, as far as they are known."""


class Messenger:
    """The slice's face."""

    def __init__(
        self,
        db: Database,
        school_name: str,
        signin: SignIn,
        province: ProvinceKnown,
        addresses: AddressBook,
        entrance: Entrance,
        life: Life,
    ) -> None:
        self._db = db
        self._school_name = school_name
        self._signin = signin
        self._province = province
        self.addresses = addresses
        self.entrance = entrance
        self.life = life

    @property
    def public_url(self) -> str:
        """The address of the portal, without a slash at its end."""
        return self._signin.public_url

    @property
    def is_on(self) -> bool:
        return self.life.is_on

    @property
    def relay(self) -> Relay | None:
        """The way to Synapse for clients; None while it is away."""
        return self.life.relay

    @property
    def gateways(self) -> Collection[str]:
        """Push gateways, host:port, over which telephones may be woken."""
        return self.addresses.gateways

    def ready(self) -> Server:
        """The running server. Raises MessengerNotReady."""
        return self.life.ready()

    def standing(self) -> ServerStanding:
        """How the server fares, for pages and the doctor."""
        return self.life.standing()

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

    async def find(self, asker: Asker, text: str) -> list[Colleague]:
        """Colleagues by name: of this school first, then of others as the province lists them."""
        require_staff(asker)
        return await self._db.read(lambda tx: self._called(tx, text, self._school_name))

    async def found_for(self, token: str, text: str) -> list[Colleague]:
        """As `find`, for a client of somebody's own that holds this access token; the bot among them,
        and those of this school without its name.

        Raises MessengerNotReady, MatrixAway, MatrixRefused (the token is nobody's), NoAccount.
        """
        server = self.ready()
        asked = await server.matrix.call("GET", path_of("account", "whoami"), token)
        localpart = local_of(str(asked["user_id"]), server.name)
        bot = Colleague(server.keeper.bot_id, BOT_NAME, "", "", "")

        def look(tx: Tx) -> list[Colleague]:
            if not store.person_of_localpart(tx, localpart):
                raise NoAccount()
            found = self._called(tx, text, "")
            return [bot, *found] if text and is_called(BOT_NAME, text) else found

        return await self._db.read(look)

    def _called(self, tx: Tx, text: str, school: str) -> list[Colleague]:
        """Whom a name fits; those of this one are said to be of `school`."""
        if not text:
            return []
        everybody = store.colleagues(tx, school)
        own = [one for one in everybody if is_called(one.display_name, text)][:FOUND]
        others = self._province.colleagues(tx, text, FOUND)
        return own + [one for one in others if one.user_id]

    async def names_of(self, user_ids: set[str]) -> dict[str, str]:
        """User id → what they are called, of those of this school, whether they left or not."""
        return await self._db.read(lambda tx: store.names_of(tx, user_ids)) if user_ids else {}

    async def schools_of(self, servers: set[str]) -> dict[str, str]:
        """Server name → name of the school it belongs to; the server's own where none is known."""

        def look(tx: Tx) -> dict[str, str]:
            ids = store.schools_of(tx, servers)
            names = self._province.school_names(tx, ids.values())
            return {server: names.get(ids.get(server, ""), server) for server in servers}

        return await self._db.read(look) if servers else {}
