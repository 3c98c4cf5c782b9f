"""App passwords: one for each client that cannot ask for a second factor, or should not know the
password.

    secret = apps.make(tx, account_id, "drive", "내 노트북", now)    # shown once
    password_id = apps.use(tx, account_id, "drive", typed, now)      # "" where it is none of theirs

Each opens one door (the messenger, the drive) and no session: whoever finds one in a lost telephone has
what that client had. 93 random bits cannot be guessed, so a try costs a look at an index and nobody is
kept waiting. They end with all other ways in (`store.next_generation`).
"""

import re
import secrets

import msgspec

from kit.clock import HOUR
from kit.db import Tx
from kit.i18n import _
from kit.ids import new_id, token_hash
from kit.problem import Problem

LETTERS = "abcdefghjkmnpqrstuvwxyz23456789"  # none that one mistakes for another
LENGTH, PART = 20, 4
MOST = 20  # of one account at one door
NOTED_AFTER = HOUR  # `used_at` is written at most this often: clients send theirs with each request


class AppPassword(msgspec.Struct, frozen=True):
    """A password for one client; the secret is shown once."""

    id: str
    name: str
    made_at: int
    used_at: int | None


class TooManyAppPasswords(Problem):
    code = "too-many-app-passwords"
    status = 409
    text = _("앱 암호는 20개까지 만들 수 있습니다. 사용하지 않는 앱 암호를 삭제해 주세요.")


def listed(tx: Tx, account_id: str, door: str) -> list[AppPassword]:
    """The latest first."""
    return tx.structs(
        AppPassword,
        "SELECT id, name, made_at, used_at FROM signin_app_password"
        " WHERE account_id = ? AND door = ? ORDER BY made_at DESC",
        (account_id, door),
    )


def make(tx: Tx, account_id: str, door: str, name: str, now: int) -> str:
    """A new one's secret, kept nowhere. Raises TooManyAppPasswords."""
    if len(listed(tx, account_id, door)) >= MOST:
        raise TooManyAppPasswords()
    secret = _grouped("".join(secrets.choice(LETTERS) for _letter in range(LENGTH)))
    tx.execute(
        "INSERT INTO signin_app_password (id, account_id, door, name, secret_hash, made_at)"
        " VALUES (?, ?, ?, ?, ?, ?)",
        (new_id(), account_id, door, name, token_hash(secret), now),
    )
    return secret


def which(tx: Tx, account_id: str, door: str, typed: str) -> AppPassword | None:
    """The one that was typed: capitals, spaces and missing dashes are forgiven."""
    letters = re.sub(r"[\s\-–—]", "", typed.lower())
    if len(letters) != LENGTH:
        return None
    return tx.struct(
        AppPassword,
        "SELECT id, name, made_at, used_at FROM signin_app_password"
        " WHERE secret_hash = ? AND account_id = ? AND door = ?",
        (token_hash(_grouped(letters)), account_id, door),
    )


def use(tx: Tx, account_id: str, door: str, typed: str, now: int) -> str:
    """The id of the one that was typed, which counts as used now; empty: it is none."""
    found = which(tx, account_id, door, typed)
    if found is None:
        return ""
    note(tx, found, now)
    return found.id


def is_to_be_noted(found: AppPassword, now: int) -> bool:
    """Whether its use should be written once more."""
    return found.used_at is None or not 0 <= now - found.used_at < NOTED_AFTER


def note(tx: Tx, found: AppPassword, now: int) -> None:
    """It is used now."""
    tx.execute("UPDATE signin_app_password SET used_at = ? WHERE id = ?", (now, found.id))


def remove(tx: Tx, account_id: str, door: str, password_id: str) -> AppPassword | None:
    """End one; None where there is no such one of theirs."""
    found = next((one for one in listed(tx, account_id, door) if one.id == password_id), None)
    tx.execute(
        "DELETE FROM signin_app_password WHERE id = ? AND account_id = ? AND door = ?",
        (password_id, account_id, door),
    )
    return found


def remove_all(tx: Tx, account_id: str, door: str) -> None:
    """End all that open this door."""
    tx.execute(
        "DELETE FROM signin_app_password WHERE account_id = ? AND door = ?", (account_id, door)
    )


def _grouped(letters: str) -> str:
    return "-".join(letters[at : at + PART] for at in range(0, LENGTH, PART))
