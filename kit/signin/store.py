"""The SQL of accounts, factors and sessions; the same on both databases."""

from kit.db import Tx
from kit.signin.model import Account, Passkey, Session

_ACCOUNT = (
    "SELECT account_id, login, password_hash, password_temporary, totp_secret, totp_pending,"
    " totp_last_step, last_sign_in_at, generation FROM signin_account WHERE closed_at IS NULL AND "
)
_SESSION = (
    "SELECT id, account_id, created_at, last_seen_at, expires_at, device, address, second_factor,"
    " (SELECT a.password_temporary FROM signin_account a"
    "  WHERE a.account_id = signin_session.account_id), verified_at"
    " FROM signin_session WHERE "
)
_PASSKEY = (
    "SELECT credential_id, account_id, public_key, sign_count, name, created_at, last_used_at"
    " FROM signin_passkey WHERE "
)


def add_account(
    tx: Tx, account_id: str, login: str, password_hash: str | None, temporary: bool, at: int
) -> bool:
    """Whether the login was free."""
    return bool(
        tx.execute(
            "INSERT INTO signin_account (account_id, login, password_hash, password_temporary,"
            " created_at) VALUES (?, ?, ?, ?, ?) ON CONFLICT (login) DO NOTHING",
            (account_id, login, password_hash, int(temporary), at),
        )
    )


def account(tx: Tx, account_id: str) -> Account | None:
    return tx.struct(Account, _ACCOUNT + "account_id = ?", (account_id,))


def account_of_login(tx: Tx, login: str) -> Account | None:
    return tx.struct(Account, _ACCOUNT + "login = ?", (login,))


def set_password(tx: Tx, account_id: str, password_hash: str, temporary: bool) -> None:
    tx.execute(
        "UPDATE signin_account SET password_hash = ?, password_temporary = ? WHERE account_id = ?",
        (password_hash, int(temporary), account_id),
    )


def set_pending(tx: Tx, account_id: str, secret: str) -> None:
    """A secret that was shown and not confirmed yet."""
    tx.execute(
        "UPDATE signin_account SET totp_pending = ? WHERE account_id = ?", (secret, account_id)
    )


def set_totp(tx: Tx, account_id: str, secret: str | None) -> None:
    """The second factor, or none; nothing waits to be confirmed then."""
    tx.execute(
        "UPDATE signin_account SET totp_secret = ?, totp_pending = NULL WHERE account_id = ?",
        (secret, account_id),
    )


def next_generation(tx: Tx, account_id: str) -> None:
    """Whatever was begun before, or is known from before, is worth nothing any more."""
    tx.execute(
        "UPDATE signin_account SET generation = generation + 1, totp_pending = NULL"
        " WHERE account_id = ?",
        (account_id,),
    )
    tx.execute("DELETE FROM signin_challenge WHERE account_id = ?", (account_id,))
    tx.execute("DELETE FROM signin_app_password WHERE account_id = ?", (account_id,))


def use_totp_step(tx: Tx, account_id: str, step: int) -> bool:
    """Whether this time step was not used before: a code works once."""
    return bool(
        tx.execute(
            "UPDATE signin_account SET totp_last_step = ?"
            " WHERE account_id = ? AND totp_last_step < ?",
            (step, account_id, step),
        )
    )


def replace_recovery_codes(tx: Tx, account_id: str, hashes: list[str]) -> None:
    tx.execute("DELETE FROM signin_recovery_code WHERE account_id = ?", (account_id,))
    tx.many(
        "INSERT INTO signin_recovery_code (account_id, code_hash) VALUES (?, ?)",
        [(account_id, code) for code in hashes],
    )


def use_recovery_code(tx: Tx, account_id: str, code_hash: str, at: int) -> bool:
    return bool(
        tx.execute(
            "UPDATE signin_recovery_code SET used_at = ?"
            " WHERE account_id = ? AND code_hash = ? AND used_at IS NULL",
            (at, account_id, code_hash),
        )
    )


def keep_account(tx: Tx, account: Account) -> None:
    """A copy of an account of another database. Of codes used by time, the later step counts."""
    tx.execute(
        "INSERT INTO signin_account (account_id, login, password_hash, password_temporary,"
        " totp_secret, totp_pending, totp_last_step, created_at, last_sign_in_at, generation)"
        " VALUES (?, ?, ?, ?, ?, ?, ?, 0, ?, ?) ON CONFLICT (account_id) DO UPDATE SET"
        " login = excluded.login, password_hash = excluded.password_hash,"
        " password_temporary = excluded.password_temporary, totp_secret = excluded.totp_secret,"
        " totp_pending = excluded.totp_pending, generation = excluded.generation,"
        " totp_last_step = max(signin_account.totp_last_step, excluded.totp_last_step),"
        " closed_at = NULL",
        (
            account.account_id,
            account.login,
            account.password_hash,
            int(account.password_temporary),
            account.totp_secret,
            account.totp_pending,
            account.totp_last_step,
            account.last_sign_in_at,
            account.generation,
        ),
    )


def recovery_codes(tx: Tx, account_id: str) -> list[str]:
    """The hashes of those not used yet."""
    rows = tx.rows(
        "SELECT code_hash FROM signin_recovery_code WHERE account_id = ? AND used_at IS NULL",
        (account_id,),
    )
    return [row[0] for row in rows]


def used_recovery_codes(tx: Tx, account_id: str) -> list[tuple[str, int]]:
    """The hashes of those used, each with when (ms)."""
    rows = tx.rows(
        "SELECT code_hash, used_at FROM signin_recovery_code"
        " WHERE account_id = ? AND used_at IS NOT NULL",
        (account_id,),
    )
    return [(str(code_hash), int(at)) for code_hash, at in rows]


def keep_recovery_codes(tx: Tx, account_id: str, hashes: list[str]) -> None:
    """A copy of another database's; one that was used here stays used."""
    tx.execute(
        "DELETE FROM signin_recovery_code WHERE account_id = ? AND used_at IS NULL", (account_id,)
    )
    tx.many(
        "INSERT INTO signin_recovery_code (account_id, code_hash) VALUES (?, ?)"
        " ON CONFLICT (account_id, code_hash) DO NOTHING",
        [(account_id, code) for code in hashes],
    )


def close_account(tx: Tx, account_id: str, at: int) -> None:
    """The login becomes free again; the password is no more."""
    tx.execute(
        "UPDATE signin_account SET closed_at = ?, login = login || '#' || account_id,"
        " password_hash = NULL WHERE account_id = ? AND closed_at IS NULL",
        (at, account_id),
    )


# Sessions -------------------------------------------------------------------------------------


def add_session(tx: Tx, token_hash: str, session: Session) -> None:
    tx.execute(
        "INSERT INTO signin_session (token_hash, id, account_id, created_at, last_seen_at,"
        " expires_at, device, address, second_factor, verified_at)"
        " VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
        (
            token_hash,
            session.id,
            session.account_id,
            session.created_at,
            session.last_seen_at,
            session.expires_at,
            session.device,
            session.address,
            int(session.second_factor),
            session.verified_at,
        ),
    )
    tx.execute(
        "UPDATE signin_account SET last_sign_in_at = ? WHERE account_id = ?",
        (session.created_at, session.account_id),
    )


def session(tx: Tx, token_hash: str) -> Session | None:
    return tx.struct(Session, _SESSION + "token_hash = ?", (token_hash,))


def stands(tx: Tx, session_id: str) -> bool:
    """Whether a session has not ended meanwhile."""
    return bool(tx.value("SELECT 1 FROM signin_session WHERE id = ?", (session_id,)))


def sessions(tx: Tx, account_id: str, now: int) -> list[Session]:
    return tx.structs(
        Session,
        _SESSION + "account_id = ? AND expires_at > ? ORDER BY last_seen_at DESC",
        (account_id, now),
    )


def touch_session(tx: Tx, token_hash: str, at: int, expires_at: int) -> None:
    tx.execute(
        "UPDATE signin_session SET last_seen_at = ?, expires_at = ? WHERE token_hash = ?",
        (at, expires_at, token_hash),
    )


def confirm_second_factor(tx: Tx, session_id: str) -> None:
    tx.execute("UPDATE signin_session SET second_factor = 1 WHERE id = ?", (session_id,))


def verify_session(tx: Tx, session_id: str, at: int) -> bool:
    """Whether the session is here."""
    return bool(
        tx.execute("UPDATE signin_session SET verified_at = ? WHERE id = ?", (at, session_id))
    )


def forget_session(tx: Tx, token_hash: str) -> None:
    tx.execute("DELETE FROM signin_session WHERE token_hash = ?", (token_hash,))


def end_session(tx: Tx, account_id: str, session_id: str) -> int:
    return tx.execute(
        "DELETE FROM signin_session WHERE account_id = ? AND id = ?", (account_id, session_id)
    )


def end_sessions(tx: Tx, account_id: str, keep: str | None) -> int:
    return tx.execute(
        "DELETE FROM signin_session WHERE account_id = ? AND id <> ?", (account_id, keep or "")
    )


def forget_expired(tx: Tx, now: int) -> None:
    tx.execute("DELETE FROM signin_session WHERE expires_at <= ?", (now,))
    tx.execute("DELETE FROM signin_challenge WHERE expires_at <= ?", (now,))


# Passkeys -------------------------------------------------------------------------------------


def add_challenge(
    tx: Tx, id: str, account_id: str, challenge: str, now: int, expires_at: int
) -> None:
    """Keep a challenge, and none that is over."""
    tx.execute("DELETE FROM signin_challenge WHERE expires_at <= ?", (now,))
    tx.execute(
        "INSERT INTO signin_challenge (id, account_id, challenge, expires_at) VALUES (?, ?, ?, ?)",
        (id, account_id, challenge, expires_at),
    )


def take_challenge(tx: Tx, id: str, account_id: str, now: int) -> str | None:
    """The challenge, once."""
    row = tx.row(
        "DELETE FROM signin_challenge WHERE id = ? AND account_id = ? AND expires_at > ?"
        " RETURNING challenge",
        (id, account_id, now),
    )
    return None if row is None else str(row[0])


def add_passkey(tx: Tx, passkey: Passkey) -> None:
    tx.execute(
        "INSERT INTO signin_passkey (credential_id, account_id, public_key, sign_count, name,"
        " created_at, last_used_at) VALUES (?, ?, ?, ?, ?, ?, ?)",
        (
            passkey.credential_id,
            passkey.account_id,
            passkey.public_key,
            passkey.sign_count,
            passkey.name,
            passkey.created_at,
            passkey.last_used_at,
        ),
    )


def passkey(tx: Tx, credential_id: str) -> Passkey | None:
    return tx.struct(Passkey, _PASSKEY + "credential_id = ?", (credential_id,))


def passkeys(tx: Tx, account_id: str) -> list[Passkey]:
    return tx.structs(Passkey, _PASSKEY + "account_id = ? ORDER BY created_at", (account_id,))


def accounts_with_passkeys(tx: Tx, after: str, limit: int) -> list[str]:
    rows = tx.rows(
        "SELECT DISTINCT account_id FROM signin_passkey WHERE account_id > ?"
        " ORDER BY account_id LIMIT ?",
        (after, limit),
    )
    return [str(account_id) for (account_id,) in rows]


def use_passkey(tx: Tx, credential_id: str, sign_count: int, at: int) -> bool:
    """Whether the passkey is still there and was not used with this count before (0: its device
    does not count)."""
    return bool(
        tx.execute(
            "UPDATE signin_passkey SET sign_count = ?, last_used_at = ? WHERE credential_id = ?"
            " AND (sign_count < ? OR (sign_count = 0 AND ? = 0))",
            (sign_count, at, credential_id, sign_count, sign_count),
        )
    )


def remove_passkey(tx: Tx, account_id: str, credential_id: str) -> int:
    return tx.execute(
        "DELETE FROM signin_passkey WHERE account_id = ? AND credential_id = ?",
        (account_id, credential_id),
    )


def remove_passkeys(tx: Tx, account_id: str) -> None:
    tx.execute("DELETE FROM signin_passkey WHERE account_id = ?", (account_id,))
