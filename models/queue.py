"""Turns at the model: one question at a time, askers in rotation, nobody waits behind one who asks much."""

from collections import OrderedDict, deque
from typing import Generic, TypeVar

T = TypeVar("T")

MOST_WAITING = 60
MOST_OF_ONE = 3


class Full(Exception):
    """No more questions can wait, of this asker or at all."""


class FairQueue(Generic[T]):
    """First come first served within an asker, round robin between askers."""

    def __init__(self) -> None:
        self._waiting: OrderedDict[str, deque[T]] = OrderedDict()

    def __len__(self) -> int:
        return sum(map(len, self._waiting.values()))

    def put(self, asker: str, item: T) -> None:
        """Raises Full."""
        own = self._waiting.get(asker, deque())
        if len(own) >= MOST_OF_ONE or len(self) >= MOST_WAITING:
            raise Full()
        own.append(item)
        self._waiting.setdefault(asker, own)

    def take(self) -> T | None:
        """The next one; its asker goes to the end of the line."""
        if not self._waiting:
            return None
        asker, own = self._waiting.popitem(last=False)
        item = own.popleft()
        if own:
            self._waiting[asker] = own
        return item

    def remove(self, item: T) -> bool:
        """Whether the item was waiting and waits no more."""
        for asker, own in self._waiting.items():
            if item in own:
                own.remove(item)
                if not own:
                    del self._waiting[asker]
                return True
        return False
