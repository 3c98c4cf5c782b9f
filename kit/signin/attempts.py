"""Tries that may fail, counted before they are checked (docs/decisions/0015).

A try is counted in a unit of its own, and only then looked at: of thirty at the same time no more
are looked at than are free. What turned out right gets its try back, and so does what nobody could
look at.

    attempt = await db.write(lambda tx: attempts.begin(tx, counts, now))   # raises TooMany
    if await fits(…):
        await db.write(lambda tx: attempts.succeed(tx, attempt))

Counts stand in the database: a restart forgives nobody, and the processes of a hub share them.
What was typed is no part of them: a scope is a hash.
"""

import hashlib
import ipaddress
from collections.abc import Callable, Iterable
from typing import TypeVar

import msgspec

from kit.clock import DAY, HOUR, MINUTE, SECOND
from kit.db import Tx
from kit.problem import TooMany

T = TypeVar("T")

FIRST_PAUSE = 30 * SECOND
CLOCK_SET_BACK = MINUTE  # what began so far ahead was counted by a wrong clock, and is over
PRUNED = 20  # counts that are over and go with each new try: the table keeps to what goes on


class Limit(msgspec.Struct, frozen=True):
    """How many tries are free within `window` (ms). From then on each waits twice as long as the
    one before, `longest` (ms) at most. `clears`: one that is right forgets the wrong ones."""

    name: str
    free: int
    window: int
    longest: int
    clears: bool = False


PAIR = Limit("pair", 5, 15 * MINUTE, 15 * MINUTE, clears=True)
"""A login, tried from one address."""
LOGIN = Limit("login", 20, HOUR, 15 * MINUTE)
"""A login, tried from anywhere: guesses from many addresses."""
ADDRESS = Limit("address", 200, 15 * MINUTE, 15 * MINUTE)
"""An address, whatever it tries: a whole school may sit behind one."""
DEVICE = Limit("device", 5, 15 * MINUTE, 15 * MINUTE, clears=True)
"""A device that is known to an account: beside it nothing else of that account counts."""
FACTOR = Limit("factor", 10, DAY, HOUR, clears=True)
"""The second factor of an account, tried by whoever has its password: a million codes are few."""
SESSION = Limit("session", 5, 15 * MINUTE, 15 * MINUTE, clears=True)
"""A password asked for within a session."""
CODE = Limit("code", 100, 15 * MINUTE, 15 * MINUTE)
"""Codes that are printed on letters, tried from one address; they are too long to be guessed."""
ASKED = Limit("asked", 300, 15 * MINUTE, 15 * MINUTE)
"""What costs the server something and is open to everybody, asked from one address."""


class Count(msgspec.Struct, frozen=True):
    """What is counted under a limit."""

    limit: Limit
    scope: str


class Attempt(msgspec.Struct, frozen=True):
    """A try that was counted: under which counts, and until when each of them is closed by it (ms;
    0: it is not)."""

    counts: tuple[tuple[Count, int], ...]


def count(limit: Limit, *what: str) -> Count:
    """The count of `what` under a limit."""
    digest = hashlib.sha256("\0".join((limit.name, *what)).encode()).hexdigest()
    return Count(limit, f"{limit.name}:{digest[:40]}")


def network(address: str) -> str:
    """What of an address is one visitor's: of IPv6 the /64 that a line is given."""
    try:
        known = ipaddress.ip_address(address.split("%", 1)[0])
    except ValueError:
        return address[:64]
    if isinstance(known, ipaddress.IPv6Address):
        if known.ipv4_mapped is not None:
            return str(known.ipv4_mapped)
        return str(ipaddress.ip_network((int(known) >> 64 << 64, 64)))
    return str(known)


def begin(tx: Tx, counts: Iterable[Count], now: int) -> Attempt:
    """Count a try under all of these. Raises TooMany when one of them is closed; then none counts
    it."""
    counts = tuple(counts)
    until = max((_closed_until(tx, one.scope, now) for one in counts), default=0)
    if until > now:
        raise TooMany(seconds=(until - now) // SECOND + 1)
    made = Attempt(tuple((one, _add(tx, one, now)) for one in counts))
    _prune(tx, now)
    return made


def give_back(tx: Tx, attempt: Attempt) -> None:
    """Nobody could look at it: as if it had not been."""
    for one, closed_until in attempt.counts:
        tx.execute(
            "UPDATE signin_attempt SET failures = failures - 1,"
            " blocked_until = CASE WHEN blocked_until = ? THEN 0 ELSE blocked_until END"
            " WHERE scope = ? AND failures > 0",
            (closed_until, one.scope),
        )


def succeed(tx: Tx, attempt: Attempt) -> None:
    """It was right: what only its owner reaches is forgotten, the others get the try back."""
    for one, _until in attempt.counts:
        if one.limit.clears:
            tx.execute("DELETE FROM signin_attempt WHERE scope = ?", (one.scope,))
    give_back(tx, Attempt(tuple(one for one in attempt.counts if not one[0].limit.clears)))


def look_up(tx: Tx, counts: Iterable[Count], now: int, find: Callable[[], T | None]) -> T | None:
    """What is found by a code, within the unit that counts the look: only what finds nothing stays
    counted. Raises TooMany."""
    attempt = begin(tx, counts, now)
    found = find()
    if found is not None:
        give_back(tx, attempt)
    return found


def forget(tx: Tx, now: int) -> None:
    """Counts that are over."""
    tx.execute(
        "DELETE FROM signin_attempt WHERE ends_at <= ? OR first_at > ?", (now, now + CLOCK_SET_BACK)
    )


def _closed_until(tx: Tx, scope: str, now: int) -> int:
    found = tx.value(
        "SELECT blocked_until FROM signin_attempt WHERE scope = ? AND first_at <= ?",
        (scope, now + CLOCK_SET_BACK),
    )
    return int(found or 0)


def _add(tx: Tx, one: Count, now: int) -> int:
    """Until when the count is closed by this try; 0: it is not."""
    tx.execute(
        "DELETE FROM signin_attempt WHERE scope = ? AND (ends_at <= ? OR first_at > ?)",
        (one.scope, now, now + CLOCK_SET_BACK),
    )
    failures = int(
        tx.value(
            "INSERT INTO signin_attempt (scope, failures, first_at, blocked_until, ends_at)"
            " VALUES (?, 1, ?, 0, ?) ON CONFLICT (scope) DO UPDATE SET"
            " failures = signin_attempt.failures + 1 RETURNING failures",
            (one.scope, now, now + one.limit.window),
        )
    )
    over = failures - one.limit.free
    if over < 0:
        return 0
    until = now + min(one.limit.longest, FIRST_PAUSE << min(over, 10))
    tx.execute(
        "UPDATE signin_attempt SET blocked_until = ?,"
        " ends_at = CASE WHEN ends_at < ? THEN ? ELSE ends_at END WHERE scope = ?",
        (until, until, until, one.scope),
    )
    return until


def _prune(tx: Tx, now: int) -> None:
    tx.execute(
        "DELETE FROM signin_attempt WHERE scope IN (SELECT scope FROM signin_attempt"
        " WHERE ends_at <= ? ORDER BY ends_at LIMIT ?)",
        (now, PRUNED),
    )


def of_password(door: str, login: str, address: str, known: str | None) -> tuple[Count, ...]:
    """What a password is counted under: by itself where the device is known, so that it comes in
    while strangers guess. An empty `address`: a client that is signed in asks once more."""
    if known is not None:
        return (count(DEVICE, door, known),)
    place = network(address)
    of_login = (count(PAIR, door, login, place), count(LOGIN, door, login))
    return (*of_login, count(ADDRESS, door, place)) if place else of_login
