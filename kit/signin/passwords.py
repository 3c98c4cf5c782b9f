"""Passwords: argon2id, outside the event loop, few at a time (a hash takes 64 MiB and 0.2 s)."""

import asyncio
import contextlib
from collections import deque
from collections.abc import AsyncIterator, Callable
from concurrent.futures import ThreadPoolExecutor
from typing import TypeVar

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError

from kit.signin.model import MIN_PASSWORD, Busy, WeakPassword

R = TypeVar("R")

MOST_WAITING = 120  # what two at once get done in some seconds: longer nobody should be kept
MOST_OF_ONE = 60  # from one address: a class that signs in together, and no more than half
AGAIN_AFTER_S = 5

# The shapes that password lists begin with; longer ones fall to the length rule's ten letters.
COMMON = frozenset(
    [
        "1234567890",
        "0123456789",
        "1q2w3e4r5t",
        "qwertyuiop",
        "password12",
        "password123",
        "password1234",
        "1111111111",
        "abcd123456",
        "abc1234567",
        "iloveyou12",
        "qwerty12345",
        "1qaz2wsx3edc",
        "12345678910",
        "a123456789",
        "asdf123456",
        "asdfghjkl1",
        "q1w2e3r4t5",
        "zxcvbnm123",
        "korea12345",
        "school1234",
    ]
)


class WaitingLine:
    """Turns at what few can do at the same time: one address after the other, and no more waiting
    than can be served soon."""

    def __init__(self, at_once: int, most: int, most_of_one: int) -> None:
        self._free = at_once
        self._most = most
        self._most_of_one = most_of_one
        self._count = 0
        self._waiting: dict[str, deque[asyncio.Future[None]]] = {}
        """By address, in the order in which they have their next turn."""

    @contextlib.asynccontextmanager
    async def turn(self, address: str) -> AsyncIterator[None]:
        """Wait for a turn. Raises Busy at once when too many wait already."""
        if self._free:
            self._free -= 1
        else:
            await self._wait(address)
        try:
            yield
        finally:
            self._next()

    async def _wait(self, address: str) -> None:
        own = self._waiting.get(address, deque())
        if self._count >= self._most or len(own) >= self._most_of_one:
            raise Busy(seconds=AGAIN_AFTER_S)
        mine = asyncio.get_running_loop().create_future()
        own.append(mine)
        self._waiting[address] = own
        self._count += 1
        try:
            await mine
        except asyncio.CancelledError:
            if not mine.cancelled():  # it was our turn already
                self._next()
            raise

    def _next(self) -> None:
        while self._waiting:
            address = next(iter(self._waiting))
            queue = self._waiting.pop(address)
            following = queue.popleft()
            self._count -= 1
            if queue:
                self._waiting[address] = queue  # behind the other addresses
            if not following.done():
                following.set_result(None)
                return
        self._free += 1


class Passwords:
    """Hashes and verifies; at most `at_once` at the same time."""

    def __init__(
        self, at_once: int = 2, most_waiting: int = MOST_WAITING, most_of_one: int = MOST_OF_ONE
    ) -> None:
        self._hasher = PasswordHasher()
        self.line = WaitingLine(at_once, most_waiting, most_of_one)
        self._pool = ThreadPoolExecutor(at_once, thread_name_prefix="argon2")
        self._dummy: str | None = None

    def close(self) -> None:
        self._pool.shutdown(wait=False)

    async def hash(self, password: str, *personal: str, address: str = "") -> str:
        """The hash of an acceptable password; `personal` are words it must not be made of,
        `address` is where it was typed (empty: on the server itself).

        Raises WeakPassword, Busy.
        """
        folded = password.casefold()
        near = any(word and len(word) >= 4 and word.casefold() in folded for word in personal)
        if (
            len(password) < MIN_PASSWORD
            or len(password) > 256
            or folded in COMMON
            or len(set(folded)) < 4
            or near
        ):
            raise WeakPassword()
        return await self._run(address, self._hasher.hash, password)

    async def verify(self, hashed: str | None, password: str, address: str = "") -> bool:
        """Whether the password fits. An unknown login costs the same work as a wrong password.

        Raises Busy.
        """
        if hashed is None:
            if self._dummy is None:
                self._dummy = await self._run(address, self._hasher.hash, "no such account")
            await self._run(address, self._check, self._dummy, password[:256])
            return False
        return await self._run(address, self._check, hashed, password[:256])

    def _check(self, hashed: str, password: str) -> bool:
        try:
            return self._hasher.verify(hashed, password)
        except (VerificationError, InvalidHashError):
            return False

    async def _run(self, address: str, work: Callable[..., R], *arguments: str) -> R:
        loop = asyncio.get_running_loop()
        async with self.line.turn(address):
            return await loop.run_in_executor(self._pool, work, *arguments)
