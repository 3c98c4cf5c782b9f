"""Passwords: argon2id, outside the event loop, few at a time (a hash takes 64 MiB and 0.2 s)."""

import asyncio
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import TypeVar

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError

from kit.signin.model import MIN_PASSWORD, WeakPassword

R = TypeVar("R")

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


class Passwords:
    """Hashes and verifies; at most `at_once` at the same time."""

    def __init__(self, at_once: int = 2) -> None:
        self._hasher = PasswordHasher()
        self._pool = ThreadPoolExecutor(at_once, thread_name_prefix="argon2")
        self._dummy: str | None = None

    def close(self) -> None:
        self._pool.shutdown(wait=False)

    async def hash(self, password: str, *personal: str) -> str:
        """The hash of an acceptable password; `personal` are words it must not be made of.

        Raises WeakPassword.
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
        return await self._run(self._hasher.hash, password)

    async def verify(self, hashed: str | None, password: str) -> bool:
        """Whether the password fits. An unknown login costs the same work as a wrong password."""
        if hashed is None:
            if self._dummy is None:
                self._dummy = await self._run(self._hasher.hash, "no such account")
            await self._run(self._check, self._dummy, password[:256])
            return False
        return await self._run(self._check, hashed, password[:256])

    def _check(self, hashed: str, password: str) -> bool:
        try:
            return self._hasher.verify(hashed, password)
        except (VerificationError, InvalidHashError):
            return False

    async def _run(self, work: Callable[..., R], *arguments: str) -> R:
        loop = asyncio.get_running_loop()
        return await loop.run_in_executor(self._pool, work, *arguments)
