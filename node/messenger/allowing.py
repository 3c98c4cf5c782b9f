"""Single sign-on: whoever is signed in to the portal lets a client of theirs in from there."""

from urllib.parse import urlsplit

from kit import audit
from kit.clock import Clock
from kit.db import Database, Tx
from node.messenger.model import ClientNotNamed, MessengerAct, back_to, to_be_named
from node.messenger.service import Messenger
from node.people.access import of_now, require_staff
from node.people.model import Asker


class Allowing:
    """`known`: hosts of clients that need not be named before one signs in there; the portal's own
    is one of them."""

    def __init__(
        self,
        db: Database,
        clock: Clock,
        messenger: Messenger,
        known: frozenset[str],
    ) -> None:
        self._db = db
        self._clock = clock
        self._messenger = messenger
        self._named = known

    @property
    def _known(self) -> frozenset[str]:
        return self._named | {urlsplit(self._messenger.public_url).hostname or ""}

    def to_be_named(self, redirect: str) -> str:
        """The host to type before a client there may sign in; empty where none need be.
        Raises WrongRedirect."""
        return to_be_named(back_to(redirect), self._known)

    async def allow(self, asker: Asker, redirect: str, name: str) -> str:
        """The address that takes a client back, with a token that works once. `name`: what the asker
        typed for its host, where it must be named.

        Raises NotFound, WrongRedirect, ClientNotNamed, NoAccount, AccountLocked, MessengerNotReady.
        """
        require_staff(asker)
        parts = back_to(redirect)
        needed = to_be_named(parts, self._known)
        if needed and name.strip().lower() != needed:
            raise ClientNotNamed(name=needed)
        await self._messenger.localpart(asker)
        self._messenger.ready()
        ticket = await self._messenger.entrance.leave(asker.id)

        def noted(tx: Tx, asker: Asker) -> None:
            require_staff(asker)
            audit.record(tx, self._clock, asker, MessengerAct.ALLOW, asker.id, to=parts.netloc)

        await self._db.write(of_now(asker, noted))  # before anybody holds the ticket
        join = "&" if parts.query else "?"
        plain = redirect.split("#", 1)[0]
        return f"{plain}{join}loginToken={ticket.secret}"
