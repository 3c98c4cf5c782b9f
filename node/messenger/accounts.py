"""What people and the administrator do with accounts: app passwords, locks, a look at Synapse's side."""

from kit import audit
from kit.clock import Clock
from kit.db import Database, Tx
from kit.problem import NotFound
from kit.signin import apps
from kit.signin.apps import AppPassword
from node.messenger import store
from node.messenger.model import (
    DOOR,
    AccountLine,
    Compared,
    MessengerAct,
    MessengerNotReady,
    WorkToDo,
)
from node.messenger.service import Messenger
from node.messenger.synapse.matrix import MatrixAway, MatrixRefused
from node.messenger.synapse.reconcile import compare_accounts
from node.people.access import of_now, require_role, require_staff, with_role
from node.people.model import Asker, Role


class Accounts:
    """The node's side of them; `reconcile.py` brings Synapse in step."""

    def __init__(self, db: Database, clock: Clock, messenger: Messenger) -> None:
        self._db = db
        self._clock = clock
        self._messenger = messenger

    # App passwords ----------------------------------------------------------------------------

    async def app_passwords(self, asker: Asker) -> list[AppPassword]:
        require_staff(asker)
        return await self._db.read(lambda tx: apps.listed(tx, asker.id, DOOR))

    async def make_app_password(self, asker: Asker, name: str) -> str:
        """A password for one client, told once. Raises TooManyAppPasswords."""

        def work(tx: Tx, asker: Asker) -> str:
            require_staff(asker)
            secret = apps.make(tx, asker.id, DOOR, name, self._clock.now())
            audit.record(tx, self._clock, asker, MessengerAct.APP_PASSWORD, asker.id)
            return secret

        return await self._db.write(of_now(asker, work))

    async def remove_app_password(self, asker: Asker, password_id: str) -> bool:
        """Remove it, and end the clients that signed in by it; whether these are known, or there
        were none. Raises NotFound."""

        def work(tx: Tx, asker: Asker) -> bool:
            gone = apps.remove(tx, asker.id, DOOR, password_id)
            if gone is None:
                raise NotFound()
            tx.signal(WorkToDo())
            return gone.used_at is None or store.has_signed_in(tx, password_id)

        return await self._db.write(of_now(asker, work))

    # The administrator ------------------------------------------------------------------------

    async def lines(self, asker: Asker) -> list[AccountLine]:
        require_role(asker, Role.ADMINISTRATOR)
        return await self._db.read(store.account_lines)

    async def lock(
        self, asker: Asker, person_id: str, *, locked: bool, log_out: bool = False
    ) -> None:
        """Hold an account, or let it go again: a lost telephone, a leave. Raises NotFound.

        A client that is locked out keeps what it holds; `log_out` ends it for good, whereupon it
        drops that.
        """
        at = self._clock.now() if locked else None

        def work(tx: Tx, asker: Asker) -> None:
            if not store.set_locked(tx, person_id, at, asker.name):
                raise NotFound()
            if log_out:
                store.want_logout(tx, person_id)
            act = MessengerAct.LOCK if locked else MessengerAct.UNLOCK
            audit.record(
                tx, self._clock, asker, act, person_id, **({"log_out": True} if log_out else {})
            )
            tx.signal(WorkToDo())

        await self._db.write(with_role(asker, (Role.ADMINISTRATOR,), work))

    async def compare(self) -> Compared:
        """What Synapse says of the accounts beside what the node's data say; what differs is being
        mended. Nothing is said while Synapse is away."""
        try:
            return await compare_accounts(self._db, self._messenger.ready().keeper)
        except (MessengerNotReady, MatrixAway, MatrixRefused):
            return Compared()
