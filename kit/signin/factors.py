"""The second factor: codes of an authenticator (RFC 6238), and recovery codes on paper."""

import secrets

import pyotp

from kit.clock import SECOND
from kit.db import Tx
from kit.ids import token_hash
from kit.signin import attempts, markers, store
from kit.signin.attempts import count
from kit.signin.model import Account

RECOVERY_CODES = 8


def fits(tx: Tx, account: Account, code: str, marker: str, now: int) -> bool:
    """Whether the code is the account's, which must have a second factor; it is used up then.

    Raises TooMany: of codes fewer are free than of passwords. A device that is known by its
    `marker` is counted by itself.
    """
    assert account.totp_secret is not None
    known = markers.known(tx, account, marker) or ""
    attempt = attempts.begin(tx, (count(attempts.FACTOR, account.account_id, known),), now)
    code = code.replace(" ", "")
    right = totp_fits(tx, account.account_id, account.totp_secret, code, now)
    if right or store.use_recovery_code(tx, account.account_id, token_hash(code), now):
        attempts.succeed(tx, attempt)
        return True
    return False


def totp_fits(tx: Tx, account_id: str, secret: str, code: str, now: int) -> bool:
    """The neighbouring steps allowed, each step once."""
    totp = pyotp.TOTP(secret)
    step = now // (30 * SECOND)
    for near in (step - 1, step, step + 1):
        if secrets.compare_digest(totp.at(near * 30), code.strip()):
            return store.use_totp_step(tx, account_id, near)
    return False


def recovery_codes() -> list[str]:
    """New ones, to be shown once and kept as hashes."""
    return [
        f"{secrets.randbelow(10**5):05}-{secrets.randbelow(10**5):05}"
        for _ in range(RECOVERY_CODES)
    ]
