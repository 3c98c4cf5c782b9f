"""Things that wait in this process's memory for one person, for a while and within limits."""

from typing import Generic, Protocol, TypeVar

from kit.clock import Clock

PER_OWNER = 8
ANONYMOUS = 2_000  # of those who are not signed in: sign-up, sign-in
MOST_BYTES = 64 << 20


class Waiting(Protocol):
    """`owner` is an account, empty for who has none: then the unguessable `id` is the only key."""

    @property
    def id(self) -> str: ...
    @property
    def owner(self) -> str: ...
    @property
    def until(self) -> int: ...
    @property
    def size(self) -> int: ...


T = TypeVar("T", bound=Waiting)


class Pending(Generic[T]):
    """What waits, the oldest first out; nothing is written to the disk."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._waiting: dict[str, T] = {}
        self._bytes = 0

    def keep(self, thing: T) -> None:
        """Keep it, and let go of what is over or beyond the limits."""
        now = self._clock.now()
        for one in [one for one in self._waiting.values() if one.until <= now]:
            self.drop(one.id)
        own = [one for one in self._waiting.values() if one.owner == thing.owner]
        most = PER_OWNER if thing.owner else ANONYMOUS
        for one in own[: max(0, len(own) - most + 1)]:
            self.drop(one.id)
        while self._waiting and self._bytes + thing.size > MOST_BYTES:
            self.drop(next(iter(self._waiting)))
        self._waiting[thing.id] = thing
        self._bytes += thing.size

    def find(self, id: str, owner: str) -> T | None:
        """What waits under this id for this account."""
        one = self._waiting.get(id)
        if one is None or one.until <= self._clock.now() or one.owner not in ("", owner):
            return None
        return one

    def drop(self, id: str) -> None:
        gone = self._waiting.pop(id, None)
        if gone is not None:
            self._bytes -= gone.size

    def forget(self, owner: str) -> None:
        """Nothing of this account waits any more: it has signed out."""
        for one in [one for one in self._waiting.values() if one.owner == owner]:
            self.drop(one.id)
