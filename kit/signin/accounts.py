"""Accounts: what is done with one inside the caller's unit of work (an invitation accepted, a person
closed), by whoever has asked who may."""

import re

from kit.clock import Clock
from kit.db import Tx
from kit.ids import new_id, new_secret, token_hash
from kit.outbox import publish
from kit.problem import NotFound
from kit.signin import markers, store
from kit.signin.device import device_words
from kit.signin.model import (
    BadLogin,
    FirstSignIn,
    LoginTaken,
    NewSession,
    PasskeysChanged,
    Session,
    SessionsEnded,
    SignedOutElsewhere,
)

LOGIN = re.compile(r"[a-z0-9][a-z0-9._-]{2,31}")


class Accounts:
    """The accounts of one server. `idle`: ms after which a session that nobody uses has ended."""

    def __init__(self, clock: Clock, idle: int) -> None:
        self._clock = clock
        self._idle = idle

    def create(
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

    def close(self, tx: Tx, account_id: str) -> None:
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

    def _take_back(self, tx: Tx, account_id: str) -> None:
        store.remove_passkeys(tx, account_id)
        publish(tx, PasskeysChanged(account_id), self._clock.now())
        self.end_sessions(tx, account_id)
