"""Who gave the right password and still owes the second factor: a note under a seal of this server.

It opens nothing by itself, is good for LASTS, and only while password, second factor and generation of
the account are those it was given for.
"""

import hashlib
import hmac

import msgspec

from kit.clock import MINUTE
from kit.signin.model import Account

LASTS = 5 * MINUTE


def note(key: str, account: Account, now: int) -> str:
    """The note; `key` as for markers."""
    said = f"{account.account_id}.{now + LASTS}"
    return f"{said}.{_seal(key, said, account)}"


def account_id_of(text: str) -> str:
    """Whom a note names, true or not."""
    return text.split(".", 1)[0]


def holds(key: str, text: str, account: Account, now: int) -> bool:
    """Whether the note is ours, of this account as it is now, and of late."""
    said, _dot, seal = text.rpartition(".")
    account_id, _dot, until = said.partition(".")
    if account_id != account.account_id or not until.isdecimal():
        return False
    is_ours = hmac.compare_digest(_seal(key, said, account).encode(), seal.encode())
    return is_ours and now < int(until) <= now + LASTS


def _seal(key: str, said: str, account: Account) -> str:
    sealed = msgspec.json.encode(["halfway", said, *account.secrets])
    return hmac.new(key.encode(), sealed, hashlib.sha256).hexdigest()
