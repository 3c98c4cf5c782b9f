"""Who comes in with a Matrix client: by their password, by an app's, or by the portal's leave.

Synapse is told none of these. A client's request is changed for a ticket on its way in
(`node.messenger.doors.login`), which works once; Synapse brings it back to the node (`node.messenger.doors.inner`)
and hears whose it is. So the node says itself why somebody does not come in, knows from where they
come, and can take a ticket back that is under way.
"""

from urllib.parse import urlsplit

import msgspec

from kit.clock import MINUTE, Clock
from kit.db import Database, Tx
from kit.ids import new_secret
from kit.problem import Problem
from kit.signin import apps
from kit.signin.model import SignInRefused
from kit.signin.service import SignIn
from node.messenger import store
from node.messenger.doors.inner import Admitted, SignedIn, SignInTried
from node.messenger.model import (
    DOOR,
    AccountLocked,
    AppPasswordNeeded,
    MessengerNotReady,
    NoAccount,
    PasswordTemporary,
    WorkToDo,
    local_of,
)

AGAIN = "messenger-again"  # a client that is in asks its user for the password once more
TICKET_LASTS = 2 * MINUTE


class Ticket(msgspec.Struct, frozen=True):
    """Lets one client in, once. `secret` is all that the client or Synapse holds of it."""

    secret: str
    person_id: str
    admitted: Admitted
    until: int


class Entrance:
    """The one way in for people's clients."""

    def __init__(self, db: Database, clock: Clock, signin: SignIn) -> None:
        self._db = db
        self._clock = clock
        self._signin = signin
        self._tickets: dict[str, Ticket] = {}

    async def admit(self, user: str, password: str, address: str) -> Ticket:
        """For a password typed into a client at this address; `user` is a login, a localpart, a
        whole Matrix id, or either of the two first as `@login:HOST` with the portal's host: so
        clients have people write who they are, and look for the server there.

        One sentence (SignInRefused) for all that is wrong before the password is known to be right,
        TooMany and Busy likewise for everybody. Whoever has the right one is told what else keeps
        them out: AppPasswordNeeded, PasswordTemporary, AccountLocked, NoAccount, MessengerNotReady.
        """
        return self._keep(await self._checked(user, password, address, DOOR))

    async def leave(self, person_id: str) -> Ticket:
        """For somebody who is signed in to the portal. Raises AccountLocked, NoAccount, MessengerNotReady."""
        return self._keep(_or_refuse(await self._db.write(lambda tx: self._entry(tx, person_id))))

    def whose(self, secret: str) -> Ticket:
        """A ticket that a client holds. Raises SignInRefused."""
        ticket = self._tickets.get(secret)
        if ticket is None or ticket.until <= self._clock.now():
            raise SignInRefused()
        return ticket

    async def inside(self, credentials: SignInTried) -> Admitted:
        """What Synapse hears of what it was handed: a ticket, or a password that a client asked for
        once more. Nobody (Admitted()) where the ticket was taken back meanwhile."""
        ticket = self._tickets.pop(credentials.password, None)
        if ticket is None:
            try:
                again = await self._checked(credentials.user, credentials.password, "", AGAIN)
            except Problem:
                return Admitted()
            return again.admitted
        held = ticket
        stands = await self._db.read(lambda tx: _stands(tx, held))
        return ticket.admitted if stands and ticket.until > self._clock.now() else Admitted()

    async def remember(self, signed_in: SignedIn) -> None:
        """A client is in. By which app password: it ends with it, even if that is gone by now. Where
        the account's ways in were taken back while it came in, it is put out with the others."""

        def work(tx: Tx) -> None:
            own = store.own(tx)
            localpart = local_of(signed_in.user_id, own[0]) if own is not None else ""
            person_id = store.person_of_localpart(tx, localpart)
            if store.generation_of(tx, person_id) != signed_in.generation:
                store.want_logout(tx, person_id)
                tx.signal(WorkToDo())
            if not signed_in.app_password:
                store.forget_device(tx, person_id, signed_in.device_id)
                return
            by = signed_in.app_password
            store.remember_device(tx, person_id, signed_in.device_id, by)
            if all(one.id != by for one in apps.listed(tx, person_id, DOOR)):
                tx.signal(WorkToDo())

        await self._db.write(work)

    # Inside -----------------------------------------------------------------------------------

    async def _checked(self, user: str, password: str, address: str, door: str) -> Ticket:
        user = user.strip().lower()
        now = self._clock.now()
        portal = urlsplit(self._signin.public_url)
        homes = frozenset((portal.netloc.lower(), portal.hostname or ""))

        def by_app(tx: Tx) -> tuple[str, Ticket | Problem | None]:
            """An app's password cannot be guessed: it is not counted, and nobody is kept waiting."""
            found = _who_types(tx, user, homes)
            if found is None:
                return user, None
            login, person_id = found
            by = apps.use(tx, person_id, DOOR, password, now)
            return login, self._entry(tx, person_id, by) if by else None

        login, entry = await self._db.write(by_app)
        if entry is not None:
            return _or_refuse(entry)
        # Nobody's login takes as long as a wrong password: nobody learns which logins there are.
        checked = await self._signin.check_password(login, password, address=address, door=door)

        def by_password(tx: Tx) -> Ticket | Problem:
            self._signin.settle(tx, checked)
            if checked.account.totp_secret is not None:
                return AppPasswordNeeded()
            if checked.account.password_temporary:
                return PasswordTemporary()
            return self._entry(tx, checked.account.account_id)

        return _or_refuse(await self._db.write(by_password))

    def _entry(self, tx: Tx, person_id: str, app_password: str = "") -> Ticket | Problem:
        """For somebody whose right to come in was proved."""
        own, now = store.own(tx), self._clock.now()
        if own is None:
            return MessengerNotReady()
        if by := store.locked_by(tx, person_id):
            return AccountLocked(by=by, administrators=", ".join(store.administrators(tx)))
        localpart = store.localpart_of(tx, person_id)
        if not localpart:  # they came in before their account was made for them
            for member in store.members(tx):
                if member.person_id == person_id:
                    localpart = store.add_account(tx, member, now)
                    tx.signal(WorkToDo())
        if not localpart:
            return NoAccount()
        admitted = Admitted(
            f"@{localpart}:{own[0]}",
            store.display_name(tx, person_id),
            app_password,
            store.generation_of(tx, person_id),
        )
        return Ticket(new_secret(), person_id, admitted, now + TICKET_LASTS)

    def _keep(self, ticket: Ticket) -> Ticket:
        now = self._clock.now()
        for over in [one.secret for one in self._tickets.values() if one.until <= now]:
            del self._tickets[over]
        self._tickets[ticket.secret] = ticket
        return ticket


def _or_refuse(entry: Ticket | Problem) -> Ticket:
    if isinstance(entry, Problem):
        raise entry
    return entry


def _stands(tx: Tx, ticket: Ticket) -> bool:
    """Whether nothing was taken back since the ticket was given: sign-in, place, account, app."""
    admitted = ticket.admitted
    if store.generation_of(tx, ticket.person_id) != admitted.generation:
        return False
    by = admitted.app_password
    if by and all(one.id != by for one in apps.listed(tx, ticket.person_id, DOOR)):
        return False
    return bool(store.localpart_of(tx, ticket.person_id))


def _who_types(tx: Tx, user: str, homes: frozenset[str]) -> tuple[str, str] | None:
    """(login, person id) of a login, a localpart, or a whole Matrix id of this school. `homes`: hosts
    that stand for the school in `@login:HOST`."""
    if not user.startswith("@"):
        return store.login_of(tx, user)
    name, _colon, host = user[1:].partition(":")
    if host in homes:
        return store.login_of(tx, name)
    own = store.own(tx)
    localpart = local_of(user, own[0]) if own is not None else ""
    return store.login_of_localpart(tx, localpart) if localpart else None
