"""How far something that only grows was verified, so that each night begins where the last one ended
and goes through a part of the rest anew: all of it within a month."""

import msgspec

from kit.db import Tx

NIGHTS = 30


class Verified(msgspec.Struct, frozen=True):
    """All up to `size` was verified; `again`: how far it has been gone through once more. The marks
    are what the verifier needs to go on from there."""

    size: int = 0
    mark: str = ""
    again: int = 0
    again_mark: str = ""

    @property
    def until(self) -> int:
        """How far this night goes through once more."""
        return min(self.again - -self.size // NIGHTS, self.size)


def verified(tx: Tx, name: str) -> Verified:
    """How far; nothing yet where nothing is kept."""
    found = tx.struct(
        Verified, "SELECT size, mark, again, again_mark FROM kit_verified WHERE name = ?", (name,)
    )
    return found or Verified()


def save(tx: Tx, name: str, so_far: Verified, at: int) -> None:
    tx.execute(
        "INSERT INTO kit_verified (name, size, mark, again, again_mark, at)"
        " VALUES (?, ?, ?, ?, ?, ?) ON CONFLICT (name) DO UPDATE SET size = excluded.size,"
        " mark = excluded.mark, again = excluded.again, again_mark = excluded.again_mark,"
        " at = excluded.at",
        (name, *msgspec.structs.astuple(so_far), at),
    )
