"""Signing in, and proving once more who one is.

A try is counted before it is checked (kit.signin.attempts), and what was
checked is looked at again in the unit that acts on it: a reset meanwhile leaves it without effect.
"""

from collections.abc import Callable
from typing import TypeVar

from kit.clock import DAY, Clock
from kit.db import Database, Tx
from kit.problem import TooMany
from kit.signin import attempts, factors, halfway, markers, store
from kit.signin.accounts import Accounts
from kit.signin.attempts import Attempt, count, network
from kit.signin.model import (
    Account,
    Busy,
    Checked,
    NewSession,
    PasskeyRefused,
    PasswordAgain,
    SecondFactorNeeded,
    SecondFactorRefused,
    Session,
    SessionVerified,
    SignInRefused,
    WrongPassword,
)
from kit.signin.own import OwnAccount, account_of
from kit.signin.passkeys import Ceremony, Passkeys, Used
from kit.signin.passwords import Passwords
from kit.signin.sessions import Sessions
from kit.signin.spare import Spare

T = TypeVar("T")
PORTAL = "portal"  # the door of our own pages; others name theirs


class SignIn:
    """The way in of one server, with its `accounts`, its `sessions` and what people do with their `own`."""

    def __init__(
        self,
        db: Database,
        clock: Clock,
        *,
        public_url: str,
        site_name: str,
        require_totp: bool = False,
        idle_days: float = 30,
        absolute_days: float = 180,
    ) -> None:
        self._db = db
        self._clock = clock
        self._marker_key: str | None = None
        self.site_name = site_name
        self.require_totp = require_totp
        self._spare = Spare(db)
        self.passwords = Passwords()
        self.passkeys = Passkeys(db, clock, site_name=site_name)
        self.serve_at(public_url)
        idle, absolute = int(idle_days * DAY), int(absolute_days * DAY)
        self.accounts = Accounts(clock, idle)
        self.sessions = Sessions(db, clock, self._spare, idle=idle, absolute=absolute)
        self.own = OwnAccount(
            db, clock, self.accounts, self.sessions, self.passwords, self.passkeys, site_name
        )

    def serve_at(self, public_url: str) -> None:
        """The pages' address from now on: cookies are named after its scheme, passkeys after its host."""
        self.public_url = public_url.rstrip("/")
        self.passkeys.serve_at(self.public_url)

    def close(self) -> None:
        self._spare.close()
        self.passwords.close()

    async def hash_password(self, password: str, *personal: str, address: str = "") -> str:
        """An argon2id hash. Raises WeakPassword, Busy."""
        return await self.passwords.hash(password, *personal, address=network(address))

    # Known devices ----------------------------------------------------------------------------

    async def marked(self, marker: str) -> str | None:
        """The account whose session this device had, also after its end; None for what we did not
        make, and for what was taken back. It says whose unsent words wait here, and is no right to
        anything."""
        device = markers.device_of(await self._key(), marker)
        if device is None:
            return None
        account = await self._db.glance(lambda tx: store.account(tx, device.account_id))
        is_known = account is not None and account.generation == device.generation
        return device.account_id if is_known else None

    async def _key(self, login: str = "") -> str:
        """The server's key for what it seals; where a full disk keeps none, one of this process."""
        if self._marker_key is None:
            self._marker_key = await self._db.read(markers.stored_key)
        if self._marker_key is None:
            return await self._spare.let_in(login, markers.key)
        return self._marker_key

    async def mark(self, session: Session, marker: str) -> str:
        """The marker of a device that stays known where others were signed out."""

        def again(tx: Tx) -> str:
            return markers.mark(tx, account_of(tx, session), marker)

        return await self._db.write(again)

    # Signing in and out -----------------------------------------------------------------------

    async def sign_in(
        self,
        login: str,
        password: str,
        code: str | None,
        *,
        device: str,
        address: str,
        marker: str = "",
    ) -> NewSession:
        """A session for the right password (and TOTP or recovery code where there is one).

        Raises SignInRefused, SecondFactorNeeded, SecondFactorRefused, TooMany, Busy.
        """

        def start(tx: Tx, account: Account) -> NewSession:
            return self.accounts.start_session(
                tx,
                account.account_id,
                device=device,
                address=address,
                marker=marker,
                second_factor=account.totp_secret is not None,
            )

        return await self.prove(login, password, code, start, address=address, marker=marker)

    async def finish(
        self, begun: str, code: str, *, device: str, address: str, marker: str = ""
    ) -> NewSession:
        """A session for the second factor of whoever has given the right password (`begun`: the note
        of SecondFactorNeeded). Raises PasswordAgain, SecondFactorRefused, TooMany."""
        key, now = await self._key(), self._clock.now()
        account_id = halfway.account_id_of(begun)
        named = await self._db.glance(lambda tx: store.account(tx, account_id))

        def enter(tx: Tx) -> NewSession | None:
            account = store.account(tx, account_id)
            if account is None or not halfway.holds(key, begun, account, now):
                raise PasswordAgain()
            if not factors.fits(tx, account, code, marker, now):
                return None
            return self.accounts.start_session(
                tx, account_id, device=device, address=address, marker=marker, second_factor=True
            )

        if named is None:
            raise PasswordAgain()
        started = await self._spare.let_in(named.login, enter)
        if started is None:
            raise SecondFactorRefused()
        return started

    async def prove(
        self,
        login: str,
        password: str,
        code: str | None,
        then: Callable[[Tx, Account], T],
        *,
        address: str,
        marker: str = "",
    ) -> T:
        """What `then` gives, in the unit that finds password and second factor right still.

        Raises SignInRefused, SecondFactorNeeded, SecondFactorRefused, TooMany, Busy.
        """
        checked = await self.check_password(login, password, address=address, marker=marker)
        account = checked.account
        second = account.totp_secret is not None
        if second and not code:
            await self.withdraw(checked)
            raise SecondFactorNeeded(
                halfway.note(await self._key(login), account, self._clock.now())
            )

        now = self._clock.now()

        def finish(tx: Tx) -> tuple[T] | None:
            if second and not factors.fits(tx, account, code or "", marker, now):
                return None
            self.settle(tx, checked)
            return (then(tx, account),)

        try:
            done = await self._spare.let_in(account.login, finish)
        except TooMany:  # codes of others, not this password
            await self.withdraw(checked)
            raise
        if done is None:
            raise SecondFactorRefused()
        return done[0]

    async def check_password(
        self, login: str, password: str, *, address: str, marker: str = "", door: str = PORTAL
    ) -> Checked:
        """A password that is right now, its try counted. It is nothing yet: `settle` it in the unit
        that acts on it, or `withdraw` it. Each door has its own counts.

        Raises SignInRefused, TooMany, Busy.
        """
        login = login.strip().lower()
        now = self._clock.now()

        def begin(tx: Tx) -> tuple[Account | None, Attempt]:
            account = store.account_of_login(tx, login)
            known = markers.known(tx, account, marker)
            return account, attempts.begin(
                tx, attempts.of_password(door, login, address, known), now
            )

        account, attempt = await self._spare.let_in(login, begin)
        hashed = account.password_hash if account is not None else None
        try:
            fits = await self.passwords.verify(hashed, password, network(address))
        except Busy:
            await self._spare.let_in(login, lambda tx: attempts.give_back(tx, attempt))
            raise
        if not fits or account is None:
            raise SignInRefused()
        return Checked(account, attempt)

    def settle(self, tx: Tx, checked: Checked) -> None:
        """Act on a password that was right. Raises SignInRefused where it is no more: the account
        was closed or reset meanwhile, or has another password or second factor."""
        account = store.account(tx, checked.account.account_id)
        if account is None or account.secrets != checked.account.secrets:
            raise SignInRefused()
        attempts.succeed(tx, checked.attempt)

    async def withdraw(self, checked: Checked) -> None:
        """Nobody comes in by it, for another reason than a wrong guess."""
        login, attempt = checked.account.login, checked.attempt
        await self._spare.let_in(login, lambda tx: attempts.give_back(tx, attempt))

    async def asked(self, what: str, address: str, marker: str = "") -> None:
        """Count what everybody may ask and what costs the server something; a device that is known
        to anybody is counted by itself. Raises TooMany."""
        now = self._clock.now()

        def ask(tx: Tx) -> None:
            whose = markers.known_to_anybody(tx, marker) or network(address)
            attempts.begin(tx, (count(attempts.ASKED, what, whose),), now)

        await self._db.write(ask)

    async def begin_passkey(self, *, address: str, marker: str = "") -> Ceremony:
        """Ask for a passkey of whoever has one. Raises TooMany."""
        await self.asked("passkey", address, marker)
        return await self.passkeys.begin_sign_in()

    async def sign_in_with_passkey(
        self, challenge_id: str, credential: str, *, device: str, address: str, marker: str = ""
    ) -> NewSession:
        """A session for a passkey's answer (JSON) to a challenge of ours. Raises PasskeyRefused.

        There are as many answers as challenges, which are counted by address.
        """
        used = await self.passkeys.verify(challenge_id, credential)

        def finish(tx: Tx) -> NewSession:
            self.settle_passkey(tx, used)
            return self.accounts.start_session(
                tx,
                used.account.account_id,
                device=device,
                address=address,
                marker=marker,
                second_factor=True,
            )

        return await self._db.write(finish)

    def settle_passkey(self, tx: Tx, used: Used) -> None:
        """Act on a passkey that answered. Raises PasskeyRefused where it opens nothing any more."""
        account, now = store.account(tx, used.account.account_id), self._clock.now()
        stands = account is not None and account.generation == used.account.generation
        if not stands or not store.use_passkey(tx, used.credential_id, used.sign_count, now):
            raise PasskeyRefused()

    # Proving again within a session -----------------------------------------------------------

    async def confirm(
        self, session: Session, password: str, code: str | None, *, address: str, marker: str = ""
    ) -> None:
        """The person of a session proves who they are by password (and TOTP where it is set).

        Raises WrongPassword, SecondFactorNeeded, SecondFactorRefused, TooMany, Busy.
        """
        account, _sessions, _passkeys = await self.own.overview(session)

        def note(tx: Tx, _account: Account) -> bool:
            return self._verified(tx, session)

        login = account.login
        try:
            stored = await self.prove(login, password, code, note, address=address, marker=marker)
        except SignInRefused as error:
            raise WrongPassword() from error
        if not stored:
            self._spare.keep_proof(session.id, self._clock.now())
        self.sessions.forget(account.account_id)

    async def confirm_by_passkey(
        self, session: Session, challenge_id: str, credential: str
    ) -> None:
        """The same by a passkey of this account; another's is refused. Raises PasskeyRefused."""
        used = await self.passkeys.verify(challenge_id, credential)
        if used.account.account_id != session.account_id:
            raise PasskeyRefused()

        def finish(tx: Tx) -> None:
            self.settle_passkey(tx, used)
            self._verified(tx, session)

        await self._db.write(finish)

    def _verified(self, tx: Tx, session: Session) -> bool:
        """Whether it could be noted: a session on a full disk cannot be changed."""
        tx.signal(SessionVerified(session.account_id))
        return store.verify_session(tx, session.id, self._clock.now())

    async def forget_expired(self) -> None:
        """Daily: sessions, challenges and counters whose time is over."""
        now = self._clock.now()

        def forget(tx: Tx) -> None:
            store.forget_expired(tx, now)
            attempts.forget(tx, now)

        await self._db.write(forget)
