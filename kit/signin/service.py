"""Signing in: the verbs.

Verbs that take `tx` run inside the caller's unit of work (an invitation accepted, a person closed);
the others are whole acts. A try is counted before it is checked (kit.signin.attempts), and what was
checked is looked at again in the unit that acts on it: a reset meanwhile leaves it without effect.
"""

import re
from collections.abc import Callable
from typing import TypeVar

import pyotp

from kit.clock import DAY, MINUTE, Clock
from kit.db import Database, Tx
from kit.ids import new_id, new_secret, token_hash
from kit.outbox import publish
from kit.problem import NotFound, SignInRequired, TooMany
from kit.signin import attempts, factors, markers, store
from kit.signin.attempts import Attempt, count, network
from kit.signin.device import device_words
from kit.signin.model import (
    Account,
    BadLogin,
    Busy,
    Checked,
    FirstSignIn,
    LoginTaken,
    NewSession,
    Passkey,
    PasskeyRefused,
    SecondFactorNeeded,
    SecondFactorRefused,
    Session,
    SessionsEnded,
    SessionVerified,
    SignedOutElsewhere,
    SignInRefused,
    WeakPassword,
    WrongPassword,
)
from kit.signin.passkeys import Ceremony, Passkeys, Used
from kit.signin.passwords import Passwords
from kit.signin.spare import Spare

T = TypeVar("T")
LOGIN = re.compile(r"[a-z0-9][a-z0-9._-]{2,31}")
TOUCH_AFTER = 10 * MINUTE  # last_seen_at is written at most this often: a read stays a read
KEPT_FOR = MINUTE  # a session ended by another process is known as such after this at the latest
PORTAL = "portal"  # the door of our own pages; others name theirs


class SignIn:
    """Accounts and sessions of one server."""

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
        self._idle = int(idle_days * DAY)
        self._absolute = int(absolute_days * DAY)
        self._cache: dict[str, tuple[Session, int]] = {}
        """Session and until when (ms) it is not asked for again, by hash of its token."""
        self._marker_key: str | None = None
        self._life = 0  # counts endings, so that a slow read cannot bring an ended session back
        db.on_commit(self._committed)
        self.public_url = public_url.rstrip("/")
        self.site_name = site_name
        self.require_totp = require_totp
        self._spare = Spare(db)
        self.passwords = Passwords()
        self.passkeys = Passkeys(db, clock, public_url=self.public_url, site_name=site_name)

    def close(self) -> None:
        self._spare.close()
        self.passwords.close()

    async def hash_password(self, password: str, *personal: str, address: str = "") -> str:
        """An argon2id hash. Raises WeakPassword, Busy."""
        return await self.passwords.hash(password, *personal, address=network(address))

    # Accounts, inside the caller's unit -------------------------------------------------------

    def create_account(
        self,
        tx: Tx,
        account_id: str,
        login: str,
        password_hash: str | None,
        *,
        temporary: bool = False,
    ) -> None:
        """Give somebody a login. `temporary`: the password must be changed at the first sign-in.

        Raises BadLogin, LoginTaken.
        """
        if not LOGIN.fullmatch(login):
            raise BadLogin()
        now = self._clock.now()
        if not store.add_account(tx, account_id, login, password_hash, temporary, now):
            raise LoginTaken()

    def reset_password(
        self, tx: Tx, account_id: str, password_hash: str, *, temporary: bool = False
    ) -> None:
        """For whoever forgot it: the old one, passkeys and sessions are no more. The second factor
        stays: whoever is told the new password must have that, too."""
        store.set_password(tx, account_id, password_hash, temporary)
        self._take_back(tx, account_id)

    def reset_second_factor(self, tx: Tx, account_id: str) -> None:
        """For whoever lost their device: its passkeys go along, all sessions end, and they enrol
        again at the next sign-in."""
        store.set_totp(tx, account_id, None)
        store.replace_recovery_codes(tx, account_id, [])
        self._take_back(tx, account_id)

    def reset(self, tx: Tx, account_id: str, password_hash: str) -> None:
        """Both: nothing by which anybody came in before lets them in any more."""
        store.set_password(tx, account_id, password_hash, False)
        self.reset_second_factor(tx, account_id)

    def end_sessions(self, tx: Tx, account_id: str, keep: str | None = None) -> int:
        """Sign an account out everywhere (but in the session `keep`), and end what was begun;
        how many sessions ended."""
        tx.signal(SessionsEnded(account_id, keep))
        publish(tx, SignedOutElsewhere(account_id), self._clock.now())
        store.next_generation(tx, account_id)
        return store.end_sessions(tx, account_id, keep)

    def close_account(self, tx: Tx, account_id: str) -> None:
        """No sign-in any more, at once."""
        self.reset_second_factor(tx, account_id)
        store.close_account(tx, account_id, self._clock.now())

    def start_session(
        self,
        tx: Tx,
        account_id: str,
        *,
        device: str,
        address: str,
        marker: str = "",
        second_factor: bool = False,
    ) -> NewSession:
        """A session without asking for a password: for whoever has just proved who they are.
        Raises NotFound where the account is closed."""
        account = store.account(tx, account_id)
        if account is None:
            raise NotFound()
        if account.last_sign_in_at is None:
            tx.signal(FirstSignIn(account_id))
        now = self._clock.now()
        token = new_secret()
        session = Session(
            id=new_id(),
            account_id=account_id,
            created_at=now,
            last_seen_at=now,
            expires_at=now + self._idle,
            device=device_words(device),
            address=address,
            second_factor=second_factor,
            verified_at=now,
        )
        store.add_session(tx, token_hash(token), session)
        return NewSession(token, session, markers.mark(tx, account, marker))

    # Known devices ----------------------------------------------------------------------------

    async def marked(self, marker: str) -> str | None:
        """The account whose session this device had, also after its end; None for what we did not
        make, and for what was taken back. It says whose unsent words wait here, and is no right to
        anything."""
        if self._marker_key is None:
            self._marker_key = await self._db.write(markers.key)
        device = markers.device_of(self._marker_key, marker)
        if device is None:
            return None
        account = await self._db.glance(lambda tx: store.account(tx, device.account_id))
        is_known = account is not None and account.generation == device.generation
        return device.account_id if is_known else None

    async def mark(self, session: Session, marker: str) -> str:
        """The marker of a device that stays known where others were signed out."""

        def again(tx: Tx) -> str:
            return markers.mark(tx, self._of(tx, session), marker)

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
            return self.start_session(
                tx,
                account.account_id,
                device=device,
                address=address,
                marker=marker,
                second_factor=account.totp_secret is not None,
            )

        return await self.prove(login, password, code, start, address=address, marker=marker)

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
            raise SecondFactorNeeded()

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
            self._settle_passkey(tx, used)
            return self.start_session(
                tx,
                used.account.account_id,
                device=device,
                address=address,
                marker=marker,
                second_factor=True,
            )

        return await self._db.write(finish)

    def _settle_passkey(self, tx: Tx, used: Used) -> None:
        """Act on a passkey that answered. Raises PasskeyRefused where it opens nothing any more."""
        account, now = store.account(tx, used.account.account_id), self._clock.now()
        stands = account is not None and account.generation == used.account.generation
        if not stands or not store.use_passkey(tx, used.credential_id, used.sign_count, now):
            raise PasskeyRefused()

    async def session(self, token: str) -> Session | None:
        """The live session of a token. Cheap: the database is asked once a minute."""
        key, now = token_hash(token), self._clock.now()
        session = self._kept(key, now) or await self.unused_session(token)
        if session is None or now - session.last_seen_at <= TOUCH_AFTER:
            return session
        expires_at = min(now + self._idle, session.created_at + self._absolute)
        await self._db.note(lambda tx: store.touch_session(tx, key, now, expires_at))
        return await self._look(key, now)

    async def unused_session(self, token: str, *, anew: bool = False) -> Session | None:
        """The same, for what goes on by itself: it is no use of the session. `anew`: ask now."""
        key, now = token_hash(token), self._clock.now()
        session = (not anew and self._kept(key, now)) or await self._look(key, now)
        if session is not None and not self._lives(session, now):
            self._cache.pop(key, None)
            return None
        return session

    def _kept(self, key: str, now: int) -> Session | None:
        """A live session that was looked up within the last minute."""
        session, until = self._cache.get(key, (None, 0))
        is_recent = until - KEPT_FOR <= now < until
        return session if session and is_recent and self._lives(session, now) else None

    def _lives(self, session: Session, now: int) -> bool:
        return now < session.expires_at and now < session.created_at + self._absolute

    async def _look(self, key: str, now: int) -> Session | None:
        life = self._life
        session = await self._spare.session(key)
        if session is None:
            session = await self._db.glance(lambda tx: store.session(tx, key))
        if session is None:
            self._cache.pop(key, None)
            return None
        session = self._spare.with_proof(session)
        if life == self._life:
            self._cache[key] = (session, now + KEPT_FOR)
        return session

    async def sign_out(self, session: Session) -> None:
        await self.end_session(session.account_id, session.id)

    async def end_session(self, account_id: str, session_id: str) -> None:
        """End one of one's own sessions. Raises NotFound."""

        def end(tx: Tx) -> bool:
            tx.signal(SessionsEnded(account_id, None))
            return bool(store.end_session(tx, account_id, session_id))

        if self._spare.end_session(account_id, session_id):
            self._forget(account_id)
        elif not await self._db.write(end):
            raise NotFound()

    async def end_other_sessions(self, session: Session) -> int:
        """Sign out everywhere but here; how many sessions ended. Raises SignInRequired."""

        def end(tx: Tx) -> int:
            self._of(tx, session)
            return self.end_sessions(tx, session.account_id, session.id)

        return await self._db.write(end)

    # Proving again within a session -----------------------------------------------------------

    async def confirm(
        self, session: Session, password: str, code: str | None, *, address: str, marker: str = ""
    ) -> None:
        """The person of a session proves who they are by password (and TOTP where it is set).

        Raises WrongPassword, SecondFactorNeeded, SecondFactorRefused, TooMany, Busy.
        """
        account, _sessions, _passkeys = await self.overview(session)

        def note(tx: Tx, _account: Account) -> bool:
            return self._verified(tx, session)

        login = account.login
        try:
            stored = await self.prove(login, password, code, note, address=address, marker=marker)
        except SignInRefused as error:
            raise WrongPassword() from error
        if not stored:
            self._spare.keep_proof(session.id, self._clock.now())
        self._forget(account.account_id)

    async def confirm_by_passkey(
        self, session: Session, challenge_id: str, credential: str
    ) -> None:
        """The same by a passkey of this account; another's is refused. Raises PasskeyRefused."""
        used = await self.passkeys.verify(challenge_id, credential)
        if used.account.account_id != session.account_id:
            raise PasskeyRefused()

        def finish(tx: Tx) -> None:
            self._settle_passkey(tx, used)
            self._verified(tx, session)

        await self._db.write(finish)

    def _verified(self, tx: Tx, session: Session) -> bool:
        """Whether it could be noted: a session on a full disk cannot be changed."""
        tx.signal(SessionVerified(session.account_id))
        return store.verify_session(tx, session.id, self._clock.now())

    # One's own account ------------------------------------------------------------------------

    async def overview(self, session: Session) -> tuple[Account, list[Session], list[Passkey]]:
        """The account with its sessions and passkeys."""
        now = self._clock.now()

        def look(tx: Tx) -> tuple[Account, list[Session], list[Passkey]]:
            account = store.account(tx, session.account_id)
            if account is None:
                raise NotFound()
            sessions = store.sessions(tx, session.account_id, now)
            return account, sessions, store.passkeys(tx, session.account_id)

        return await self._db.read(look)

    async def change_password(self, session: Session, current: str, new: str) -> None:
        """Change one's password; other devices are signed out.

        Raises WrongPassword, WeakPassword, TooMany, Busy, SignInRequired.
        """
        asked = count(attempts.SESSION, session.id)
        now = self._clock.now()

        def begin(tx: Tx) -> tuple[Account, Attempt]:
            return self._of(tx, session), attempts.begin(tx, (asked,), now)

        account, attempt = await self._db.write(begin)
        hashed, place = account.password_hash, network(session.address)
        try:
            if hashed is not None and not await self.passwords.verify(hashed, current, place):
                raise WrongPassword()
            made = await self.hash_password(new, account.login, address=session.address)
        except (Busy, WeakPassword):
            await self._db.write(lambda tx: attempts.give_back(tx, attempt))
            raise

        def change(tx: Tx) -> None:
            if self._of(tx, session).secrets != account.secrets:
                raise WrongPassword()
            attempts.succeed(tx, attempt)
            store.set_password(tx, account.account_id, made, False)
            self.end_sessions(tx, account.account_id, session.id)

        await self._db.write(change)
        self._forget(account.account_id)  # what is kept of this session says "temporary" still

    async def begin_totp(self, session: Session) -> str:
        """The otpauth:// address to show as QR; it counts only after `confirm_totp`.
        Raises SignInRequired."""

        def begin(tx: Tx) -> tuple[str, str]:
            account = self._of(tx, session)
            secret = account.totp_pending or pyotp.random_base32()
            if account.totp_pending is None:
                store.set_pending(tx, account.account_id, secret)
            return secret, account.login

        secret, login = await self._db.write(begin)
        return pyotp.TOTP(secret).provisioning_uri(name=login, issuer_name=self.site_name)

    async def confirm_totp(self, session: Session, code: str) -> list[str]:
        """Turn the second factor on; the recovery codes, shown once.

        Raises SecondFactorRefused, SignInRequired.
        """
        codes, now = factors.recovery_codes(), self._clock.now()

        def confirm(tx: Tx) -> bool:
            account = self._of(tx, session)
            pending = account.totp_pending
            if pending is None or not factors.totp_fits(tx, account.account_id, pending, code, now):
                return False
            store.set_totp(tx, account.account_id, pending)
            store.replace_recovery_codes(tx, account.account_id, [token_hash(one) for one in codes])
            store.confirm_second_factor(tx, session.id)
            return True

        if not await self._db.write(confirm):
            raise SecondFactorRefused()
        self._forget(session.account_id)
        return codes

    async def add_passkey(
        self, session: Session, ceremony_id: str, credential: str, name: str
    ) -> None:
        """Keep a passkey of the device that answered. Raises PasskeyRefused, SignInRequired."""
        made = await self.passkeys.registered(session.account_id, ceremony_id, credential, name)

        def keep(tx: Tx) -> None:
            self._of(tx, session)
            store.add_passkey(tx, made)

        await self._db.write(keep)

    async def remove_passkey(self, session: Session, credential_id: str) -> None:
        own = session.account_id
        if not await self._db.write(lambda tx: store.remove_passkey(tx, own, credential_id)):
            raise NotFound()

    async def forget_expired(self) -> None:
        """Daily: sessions, challenges and counters whose time is over."""
        now = self._clock.now()

        def forget(tx: Tx) -> None:
            store.forget_expired(tx, now)
            attempts.forget(tx, now)

        await self._db.write(forget)

    # Inside -----------------------------------------------------------------------------------

    def _take_back(self, tx: Tx, account_id: str) -> None:
        store.remove_passkeys(tx, account_id)
        self.end_sessions(tx, account_id)

    def _of(self, tx: Tx, session: Session) -> Account:
        """The account of a session that has not ended meanwhile. Raises SignInRequired."""
        account = store.account(tx, session.account_id)
        if account is None or not store.stands(tx, session.id):
            raise SignInRequired()
        return account

    def _committed(self, signals: list[object]) -> None:
        for signal in signals:
            if isinstance(signal, SessionsEnded):
                self._forget(signal.account_id, signal.keep)
            elif isinstance(signal, SessionVerified):
                self._forget(signal.account_id)

    def _forget(self, account_id: str, keep: str | None = None) -> None:
        self._life += 1
        self._cache = {
            key: kept
            for key, kept in self._cache.items()
            if kept[0].account_id != account_id or kept[0].id == keep
        }
