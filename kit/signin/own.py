"""One's own account: what the person of a session does with their password, factors and sessions."""

import pyotp

from kit.clock import Clock
from kit.db import Database, Tx
from kit.ids import token_hash
from kit.outbox import publish
from kit.problem import NotFound, SignInRequired
from kit.signin import attempts, factors, store
from kit.signin.accounts import Accounts
from kit.signin.attempts import Attempt, count, network
from kit.signin.model import (
    Account,
    Busy,
    Passkey,
    PasskeysChanged,
    SecondFactorRefused,
    Session,
    WeakPassword,
    WrongPassword,
)
from kit.signin.passkeys import Passkeys
from kit.signin.passwords import Passwords
from kit.signin.sessions import Sessions


def account_of(tx: Tx, session: Session) -> Account:
    """The account of a session that has not ended meanwhile. Raises SignInRequired."""
    account = store.account(tx, session.account_id)
    if account is None or not store.stands(tx, session.id):
        raise SignInRequired()
    return account


class OwnAccount:
    """Acts of whoever has a session; `kit.signin.fresh` says how lately they proved who they are."""

    def __init__(
        self,
        db: Database,
        clock: Clock,
        accounts: Accounts,
        sessions: Sessions,
        passwords: Passwords,
        passkeys: Passkeys,
        site_name: str,
    ) -> None:
        self._db = db
        self._clock = clock
        self._accounts = accounts
        self._sessions = sessions
        self._passwords = passwords
        self._passkeys = passkeys
        self._site_name = site_name

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

    async def end_other_sessions(self, session: Session) -> int:
        """Sign out everywhere but here; how many sessions ended. Raises SignInRequired."""

        def end(tx: Tx) -> int:
            account_of(tx, session)
            return self._accounts.end_sessions(tx, session.account_id, session.id)

        return await self._db.write(end)

    async def change_password(self, session: Session, current: str, new: str) -> None:
        """Change one's password; other devices are signed out.

        Raises WrongPassword, WeakPassword, TooMany, Busy, SignInRequired.
        """
        asked = count(attempts.SESSION, session.id)
        now = self._clock.now()

        def begin(tx: Tx) -> tuple[Account, Attempt]:
            return account_of(tx, session), attempts.begin(tx, (asked,), now)

        account, attempt = await self._db.write(begin)
        hashed, place = account.password_hash, network(session.address)
        try:
            if hashed is not None and not await self._passwords.verify(hashed, current, place):
                raise WrongPassword()
            made = await self._passwords.hash(new, account.login, address=place)
        except (Busy, WeakPassword):
            await self._db.write(lambda tx: attempts.give_back(tx, attempt))
            raise

        def change(tx: Tx) -> None:
            if account_of(tx, session).secrets != account.secrets:
                raise WrongPassword()
            attempts.succeed(tx, attempt)
            store.set_password(tx, account.account_id, made, False)
            self._accounts.end_sessions(tx, account.account_id, session.id)

        await self._db.write(change)
        self._sessions.forget(
            account.account_id
        )  # what is kept of this session says "temporary" still

    async def begin_totp(self, session: Session) -> str:
        """The otpauth:// address to show as QR; it counts only after `confirm_totp`.
        Raises SignInRequired."""

        def begin(tx: Tx) -> tuple[str, str]:
            account = account_of(tx, session)
            secret = account.totp_pending or pyotp.random_base32()
            if account.totp_pending is None:
                store.set_pending(tx, account.account_id, secret)
            return secret, account.login

        secret, login = await self._db.write(begin)
        return pyotp.TOTP(secret).provisioning_uri(name=login, issuer_name=self._site_name)

    async def confirm_totp(self, session: Session, code: str) -> list[str]:
        """Turn the second factor on; the recovery codes, shown once.

        Raises SecondFactorRefused, SignInRequired.
        """
        codes, now = factors.recovery_codes(), self._clock.now()

        def confirm(tx: Tx) -> bool:
            account = account_of(tx, session)
            pending = account.totp_pending
            if pending is None or not factors.totp_fits(tx, account.account_id, pending, code, now):
                return False
            store.set_totp(tx, account.account_id, pending)
            store.replace_recovery_codes(tx, account.account_id, [token_hash(one) for one in codes])
            store.confirm_second_factor(tx, session.id)
            return True

        if not await self._db.write(confirm):
            raise SecondFactorRefused()
        self._sessions.forget(session.account_id)
        return codes

    async def add_passkey(
        self, session: Session, ceremony_id: str, credential: str, name: str
    ) -> None:
        """Keep a passkey of the device that answered. Raises PasskeyRefused, SignInRequired."""
        made = await self._passkeys.registered(session.account_id, ceremony_id, credential, name)

        def keep(tx: Tx) -> None:
            account_of(tx, session)
            store.add_passkey(tx, made)
            publish(tx, PasskeysChanged(made.account_id), made.created_at)

        await self._db.write(keep)

    async def remove_passkey(self, session: Session, credential_id: str) -> None:
        """Raises NotFound, SignInRequired."""

        def remove(tx: Tx) -> None:
            account_id = account_of(tx, session).account_id
            if not store.remove_passkey(tx, account_id, credential_id):
                raise NotFound()
            publish(tx, PasskeysChanged(account_id), self._clock.now())

        await self._db.write(remove)
