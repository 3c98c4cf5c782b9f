"""Secrets that a page shows once to the officer who made them; kept in memory, never stored."""

from kit.clock import MINUTE, Clock

KEPT_FOR = 15 * MINUTE


class ShownOnce:
    """A secret per subject, for its maker, for a quarter of an hour."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._kept: dict[tuple[str, str], tuple[str, int]] = {}

    def keep(self, officer_id: str, subject: str, secret: str) -> None:
        """Hold `secret` for this officer to read."""
        now = self._clock.now()
        self._kept = {key: held for key, held in self._kept.items() if now < held[1]}
        self._kept[officer_id, subject] = (secret, now + KEPT_FOR)

    def read(self, officer_id: str, subject: str) -> str | None:
        """The secret while its time lasts (a printed page may be reloaded)."""
        held = self._kept.get((officer_id, subject))
        return held[0] if held is not None and self._clock.now() < held[1] else None

    def take(self, officer_id: str, subject: str) -> str | None:
        """The secret, gone afterwards."""
        secret = self.read(officer_id, subject)
        self._kept.pop((officer_id, subject), None)
        return secret
