"""How long one thing is tried again that failed for a reason nobody expected, while others go on.

patience = Patience(clock)
for thing in due:
    if patience.waits(thing.id):
        continue
    try:
        work(thing)
    except Exception:
        if patience.ends(thing.id):
            set_aside(thing)
"""

from kit.clock import MINUTE, Clock

ATTEMPTS = 5


class Patience:
    """Counts failures by key: tried again after 1, 2, 4 and 8 minutes, and not after the fifth.

    Kept in memory: after a start everything is tried anew.
    """

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._failed: dict[str, tuple[int, int]] = {}
        """Key → how often it failed, and when it is tried again (ms)."""

    def waits(self, key: str) -> bool:
        """Whether it is too soon to try again."""
        return key in self._failed and self._clock.now() < self._failed[key][1]

    def ends(self, key: str) -> bool:
        """Note a failure; whether it was the last to be put up with."""
        times = self._failed.pop(key, (0, 0))[0] + 1
        if times >= ATTEMPTS:
            return True
        self._failed[key] = (times, self._clock.now() + MINUTE * 2 ** (times - 1))
        return False

    def forget(self, key: str) -> None:
        """It went well."""
        self._failed.pop(key, None)
