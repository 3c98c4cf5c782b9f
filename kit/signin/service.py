"""Signing in: the verbs.

Verbs that take `tx` run inside the caller's unit of work (an invitation accepted, a person closed);
the others are whole acts. Failures are counted per login and per address in the database, so a
restart forgives nobody.
"""

import hashlib
import re
import secrets

import msgspec
import pyotp

from kit.clock import DAY, MINUTE, SECOND, Clock
from kit.db import Database, Tx
from kit.ids import new_id, new_secret
from kit.outbox import publish
from kit.problem import NotFound, TooMany
from kit.signin import markers, store
from kit.signin.model import (
    Account,
    BadLogin,
    LoginTaken,
    NewSession,
    Passkey,
    SecondFactorNeeded,
    SecondFactorRefused,
    Session,
    SignedOutElsewhere,
    SignInRefused,
)
from kit.signin.passkeys import Passkeys
from kit.signin.passwords import Passwords

LOGIN = re.compile(r"[a-z0-9][a-z0-9._-]{2,31}")
TOUCH_AFTER = 10 * MINUTE  # last_seen_at is written at most this often: a read stays a read
FREE_FAILURES = {"login": 5, "address": 60}  # a whole school may sit behind one address
WINDOW = 15 * MINUTE
LONGEST_BLOCK = 15 * MINUTE
RECOVERY_CODES = 8


class SessionsEnded(msgspec.Struct, frozen=True):
    """Signal of a unit that ended sessions of an account; `keep` is the id of one that goes on."""

    account_id: str
    keep: str | None


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
        self._cache: dict[str, Session] = {}
        self._marker_key: str | None = None
        self._life = 0  # counts endings, so that a slow read cannot bring an ended session back
        db.on_commit(self._committed)
        self.public_url = public_url.rstrip("/")
        self.site_name = site_name
        self.require_totp = require_totp
        self.passwords = Passwords()
        self.passkeys = Passkeys(db, clock, public_url=self.public_url, site_name=site_name)

    def close(self) -> None:
        self.passwords.close()

    async def hash_password(self, password: str, *personal: str) -> str:
        """An argon2id hash. Raises WeakPassword."""
        return await self.passwords.hash(password, *personal)

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
        if not store.add_account(
            tx, account_id, login, password_hash, temporary, self._clock.now()
        ):
            raise LoginTaken()

    def set_password(
        self, tx: Tx, account_id: str, password_hash: str, *, temporary: bool = False
    ) -> None:
        store.set_password(tx, account_id, password_hash, temporary)

    def reset_second_factor(self, tx: Tx, account_id: str) -> None:
        """For whoever lost their device; they enrol again at the next sign-in."""
        store.set_totp(tx, account_id, None, None)
        store.replace_recovery_codes(tx, account_id, [])

    def end_sessions(self, tx: Tx, account_id: str, keep: str | None = None) -> int:
        """Sign an account out everywhere (but in the session `keep`); how many sessions ended."""
        tx.signal(SessionsEnded(account_id, keep))
        return store.end_sessions(tx, account_id, keep)

    def close_account(self, tx: Tx, account_id: str) -> None:
        """No sign-in any more, at once."""
        self.end_sessions(tx, account_id)
        store.close_account(tx, account_id, self._clock.now())

    def start_session(
        self, tx: Tx, account_id: str, *, device: str, address: str, second_factor: bool = False
    ) -> NewSession:
        """A session without asking for a password: for whoever has just proved who they are."""
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
        )
        store.add_session(tx, token_hash(token), session)
        return NewSession(token, session, markers.marker(markers.key(tx), account_id))

    async def marked(self, marker: str) -> str | None:
        """The account whose session this device had, also after its end; None for what we did not
        make. It says whose unsent words wait here, and is no right to anything."""
        if self._marker_key is None:
            self._marker_key = await self._db.write(markers.key)
        return markers.account_of(self._marker_key, marker)

    # Signing in and out -----------------------------------------------------------------------

    async def sign_in(
        self, login: str, password: str, code: str | None, *, device: str, address: str
    ) -> NewSession:
        """A session for the right password (and TOTP or recovery code where there is one).

        Raises SignInRefused, SecondFactorNeeded, SecondFactorRefused, TooMany.
        """
        login = login.strip().lower()
        scopes = {"login": f"login:{login[:64]}", "address": f"address:{address}"}
        await self._check_limits(scopes)
        account = await self._db.read(lambda tx: store.account_of_login(tx, login))
        hashed = account.password_hash if account is not None else None
        if not await self.passwords.verify(hashed, password) or account is None:
            await self._failed(scopes)
            raise SignInRefused()
        if account.totp_secret is not None and not code:
            raise SecondFactorNeeded()
        second = account.totp_secret is not None

        def finish(tx: Tx) -> NewSession | None:
            if second and not self._second_factor(tx, account, code or ""):
                return None
            store.clear_attempts(tx, scopes["login"])
            return self.start_session(
                tx, account.account_id, device=device, address=address, second_factor=second
            )

        started = await self._db.write(finish)
        if started is None:
            await self._failed(scopes)
            raise SecondFactorRefused()
        return started

    async def password_fits(self, login: str, password: str) -> bool:
        """Whether a program may come in by this password alone, without a session of ours.

        Never where a second factor is set or the password is temporary. Raises TooMany.
        """
        scopes = {"login": f"login:{login[:64]}"}
        await self._check_limits(scopes)
        account = await self._db.read(lambda tx: store.account_of_login(tx, login))
        hashed = account.password_hash if account is not None else None
        if not await self.passwords.verify(hashed, password) or account is None:
            await self._failed(scopes)
            return False
        return account.totp_secret is None and not account.password_temporary

    async def sign_in_with_passkey(
        self, challenge_id: str, credential: str, *, device: str, address: str
    ) -> NewSession:
        """A session for a passkey's answer (JSON). Raises PasskeyRefused, TooMany."""
        scopes = {"address": f"address:{address}"}
        await self._check_limits(scopes)
        passkey = await self.passkeys.verify(challenge_id, credential)
        return await self._db.write(
            lambda tx: self.start_session(
                tx, passkey.account_id, device=device, address=address, second_factor=True
            )
        )

    async def session(self, token: str) -> Session | None:
        """The live session of a token. Cheap: the database is asked once per device."""
        key = token_hash(token)
        now = self._clock.now()
        session = self._cache.get(key)
        if session is None:
            life = self._life
            session = await self._db.read(lambda tx: store.session(tx, key))
            if session is None:
                return None
            if life == self._life:
                self._cache[key] = session
        if now >= session.expires_at or now >= session.created_at + self._absolute:
            self._cache.pop(key, None)
            return None
        if now - session.last_seen_at > TOUCH_AFTER:
            return await self._touch(key, session, now)
        return session

    async def sign_out(self, session: Session) -> None:
        await self.end_session(session.account_id, session.id)

    async def end_session(self, account_id: str, session_id: str) -> None:
        """End one of one's own sessions. Raises NotFound."""

        def end(tx: Tx) -> bool:
            tx.signal(SessionsEnded(account_id, None))
            return bool(store.end_session(tx, account_id, session_id))

        if not await self._db.write(end):
            raise NotFound()

    async def end_other_sessions(self, session: Session) -> int:
        return await self._db.write(lambda tx: self._end_elsewhere(tx, session))

    def _end_elsewhere(self, tx: Tx, session: Session) -> int:
        publish(tx, SignedOutElsewhere(session.account_id), self._clock.now())
        return self.end_sessions(tx, session.account_id, session.id)

    # One's own account ------------------------------------------------------------------------

    async def overview(self, session: Session) -> tuple[Account, list[Session], list[Passkey]]:
        """The account with its sessions and passkeys."""
        now = self._clock.now()

        def look(tx: Tx) -> tuple[Account, list[Session], list[Passkey]]:
            account = store.account(tx, session.account_id)
            if account is None:
                raise NotFound()
            return (
                account,
                store.sessions(tx, session.account_id, now),
                store.passkeys(tx, session.account_id),
            )

        return await self._db.read(look)

    async def change_password(self, session: Session, current: str, new: str) -> None:
        """Change one's password; other devices are signed out.

        Raises SignInRefused, WeakPassword, TooMany.
        """
        account, _sessions, _passkeys = await self.overview(session)
        scopes = {"login": f"login:{account.login}"}
        await self._check_limits(scopes)
        if account.password_hash is not None and not await self.passwords.verify(
            account.password_hash, current
        ):
            await self._failed(scopes)
            raise SignInRefused()
        hashed = await self.hash_password(new, account.login)

        def change(tx: Tx) -> None:
            store.set_password(tx, account.account_id, hashed, False)
            self._end_elsewhere(tx, session)

        await self._db.write(change)
        self._forget(account.account_id)  # what is kept of this session says "temporary" still

    async def begin_totp(self, session: Session) -> str:
        """The otpauth:// address to show as QR; it counts only after `confirm_totp`."""
        account, _sessions, _passkeys = await self.overview(session)
        secret = account.totp_pending or pyotp.random_base32()
        if account.totp_pending is None:
            await self._db.write(
                lambda tx: store.set_totp(tx, account.account_id, account.totp_secret, secret)
            )
        return pyotp.TOTP(secret).provisioning_uri(name=account.login, issuer_name=self.site_name)

    async def confirm_totp(self, session: Session, code: str) -> list[str]:
        """Turn the second factor on; the recovery codes, shown once. Raises SecondFactorRefused."""
        codes = [
            f"{secrets.randbelow(10**5):05}-{secrets.randbelow(10**5):05}"
            for _ in range(RECOVERY_CODES)
        ]

        def confirm(tx: Tx) -> bool:
            account = store.account(tx, session.account_id)
            if account is None or account.totp_pending is None:
                return False
            if not self._totp_holds(tx, account.account_id, account.totp_pending, code):
                return False
            store.set_totp(tx, account.account_id, account.totp_pending, None)
            store.replace_recovery_codes(tx, account.account_id, [token_hash(one) for one in codes])
            store.confirm_second_factor(tx, session.id)
            return True

        if not await self._db.write(confirm):
            raise SecondFactorRefused()
        self._forget(session.account_id)
        return codes

    async def remove_passkey(self, session: Session, credential_id: str) -> None:
        if not await self._db.write(
            lambda tx: store.remove_passkey(tx, session.account_id, credential_id)
        ):
            raise NotFound()

    async def forget_expired(self) -> None:
        """Daily: sessions, challenges and counters whose time is over."""
        now = self._clock.now()
        await self._db.write(lambda tx: store.forget_expired(tx, now))

    # Inside -----------------------------------------------------------------------------------

    def _second_factor(self, tx: Tx, account: Account, code: str) -> bool:
        code = code.replace(" ", "")
        assert account.totp_secret is not None
        if self._totp_holds(tx, account.account_id, account.totp_secret, code):
            return True
        return store.use_recovery_code(tx, account.account_id, token_hash(code), self._clock.now())

    def _totp_holds(self, tx: Tx, account_id: str, secret: str, code: str) -> bool:
        """RFC 6238, the neighbouring steps allowed, each step once."""
        totp = pyotp.TOTP(secret)
        step = self._clock.now() // (30 * SECOND)
        for near in (step - 1, step, step + 1):
            if secrets.compare_digest(totp.at(near * 30), code.strip()):
                return store.use_totp_step(tx, account_id, near)
        return False

    async def _touch(self, key: str, session: Session, now: int) -> Session | None:
        expires_at = min(now + self._idle, session.created_at + self._absolute)
        await self._db.write(lambda tx: store.touch_session(tx, key, now, expires_at))
        life = self._life
        fresh = await self._db.read(lambda tx: store.session(tx, key))
        if fresh is None:
            self._cache.pop(key, None)
        elif life == self._life:
            self._cache[key] = fresh
        return fresh

    def _committed(self, signals: list[object]) -> None:
        for signal in signals:
            if isinstance(signal, SessionsEnded):
                self._forget(signal.account_id, signal.keep)

    def _forget(self, account_id: str, keep: str | None = None) -> None:
        self._life += 1
        self._cache = {
            key: session
            for key, session in self._cache.items()
            if session.account_id != account_id or session.id == keep
        }

    async def _check_limits(self, scopes: dict[str, str]) -> None:
        now = self._clock.now()

        def blocked(tx: Tx) -> int:
            return max(store.attempts(tx, scope)[2] for scope in scopes.values())

        until = await self._db.read(blocked)
        if until > now:
            raise TooMany(seconds=(until - now) // SECOND + 1)

    async def _failed(self, scopes: dict[str, str]) -> None:
        now = self._clock.now()

        def count(tx: Tx) -> None:
            for kind, scope in scopes.items():
                failures, first_at, _until = store.attempts(tx, scope)
                if now - first_at > WINDOW:
                    failures, first_at = 0, now
                failures += 1
                over = failures - FREE_FAILURES[kind]
                pause = min(LONGEST_BLOCK, 30 * SECOND * 2 ** min(over, 10)) if over >= 0 else 0
                store.save_attempts(tx, scope, failures, first_at, now + pause)

        await self._db.write(count)


def token_hash(token: str) -> str:
    """Tokens and codes are kept as SHA-256: whoever reads the database cannot use them."""
    return hashlib.sha256(token.encode()).hexdigest()


_SYSTEMS = ("Android", "iPhone", "iPad", "Windows", "Mac OS", "CrOS", "Linux")
_BROWSERS = {
    "SamsungBrowser": "Samsung Internet",
    "Whale": "Whale",
    "KAKAOTALK": "KakaoTalk",
    "Edg": "Edge",
    "Firefox": "Firefox",
    "Chrome": "Chrome",
    "Safari": "Safari",
}


def device_words(user_agent: str) -> str:
    """A user agent in words one recognises one's phone by: `Android · Chrome`."""
    system = next((name for name in _SYSTEMS if name in user_agent), "")
    browser = next((words for mark, words in _BROWSERS.items() if mark in user_agent), "")
    return " · ".join(part for part in (system, browser) if part) or user_agent[:40] or "?"
