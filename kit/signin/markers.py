"""Devices that are known: whose they are, under a seal of this server.

A marker is a cookie that outlives the session of a sign-in. It opens nothing. It says whose unsent
words wait here (and withholds what is another's), and lets the device's owner in while strangers
guess (kit.signin.attempts). It holds until the account's ways in are taken back.
"""

import hashlib
import hmac

import msgspec

from kit.db import Tx
from kit.ids import new_id, new_secret
from kit.schema import get_meta, set_meta
from kit.signin import store
from kit.signin.model import Account

_KEY = "signin.marker_key"


class Device(msgspec.Struct, frozen=True):
    """A device that has been signed in as somebody, and in which generation of the account."""

    account_id: str
    id: str
    generation: int


def key(tx: Tx) -> str:
    """The server's key for markers; made when first asked for."""
    known = get_meta(tx, _KEY)
    if known is None:
        known = new_secret()
        set_meta(tx, _KEY, known)
    return known


def stored_key(tx: Tx) -> str | None:
    """The server's key for markers, where it has made one."""
    return get_meta(tx, _KEY)


def keep_key(tx: Tx, known: str) -> None:
    """The same key elsewhere: a device that is known stays known."""
    set_meta(tx, _KEY, known)


def mark(tx: Tx, account: Account, before: str) -> str:
    """A marker for a device that is signed in to the account. A device that has one `before` keeps
    its id, and so what it tried wrongly stays counted."""
    its_key = key(tx)
    device = device_of(its_key, before)
    own = device is not None and device.account_id == account.account_id
    id = device.id if device is not None and own else new_id()
    return marker(its_key, Device(account.account_id, id, account.generation))


def known(tx: Tx, account: Account | None, text: str) -> str | None:
    """The id of a device that is known to this account; None for any other."""
    device = device_of(key(tx), text)
    if account is None or device is None:
        return None
    same = (device.account_id, device.generation) == (account.account_id, account.generation)
    return device.id if same else None


def known_to_anybody(tx: Tx, text: str) -> str | None:
    """The id of a device that is known to the account it names."""
    device = device_of(key(tx), text)
    account = None if device is None else store.account(tx, device.account_id)
    return known(tx, account, text)


def marker(key: str, device: Device) -> str:
    """The device's marker."""
    said = f"{device.account_id}.{device.id}.{device.generation}"
    return f"{said}.{hmac.new(key.encode(), said.encode(), hashlib.sha256).hexdigest()}"


def device_of(key: str, text: str) -> Device | None:
    """The device of a marker; None for what this server did not make."""
    parts = text.rsplit(".", 3)
    if len(parts) != 4 or not parts[2].isdecimal():
        return None
    device = Device(parts[0], parts[1], int(parts[2]))
    if hmac.compare_digest(marker(key, device).encode(), text.encode()):
        return device
    return None
