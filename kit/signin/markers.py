"""Whose session a device had: an account's id under a seal of this server.

A form sent after the session ended is kept for the person who wrote it; the marker, a cookie that
outlives the session, says who that is. It opens nothing: it only withholds what is another's.
"""

import hashlib
import hmac

from kit.db import Tx
from kit.ids import new_secret
from kit.schema import get_meta, set_meta

_KEY = "signin.marker_key"


def key(tx: Tx) -> str:
    """The server's key for markers; made when first asked for."""
    known = get_meta(tx, _KEY)
    if known is None:
        known = new_secret()
        set_meta(tx, _KEY, known)
    return known


def marker(key: str, account_id: str) -> str:
    """The account's marker."""
    seal = hmac.new(key.encode(), account_id.encode(), hashlib.sha256).hexdigest()
    return f"{account_id}.{seal}"


def account_of(key: str, text: str) -> str | None:
    """The account of a marker; None for what this server did not make."""
    account_id = text.rpartition(".")[0]
    if account_id and hmac.compare_digest(marker(key, account_id).encode(), text.encode()):
        return account_id
    return None
