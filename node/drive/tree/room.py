"""How much room there is: each area's quota, and what the disk must keep free."""

from pathlib import Path

from kit.db import Tx
from node.drive.model import Area, Item, Limits, QuotaReached
from node.drive.tree import store
from node.files.arriving import require_disk
from node.people.access import name_of


class Room:
    """Says whether something still fits."""

    def __init__(self, folder: Path, limits: Limits) -> None:
        self._folder = folder
        self._limits = limits

    def quota(self, area: str) -> int:
        """Bytes that an area may hold."""
        return self._limits.personal if area.startswith("person:") else self._limits.shared

    def require(self, tx: Tx, area: str, size: int) -> None:
        """Raises QuotaReached when `size` more bytes do not fit into the area."""
        if store.used(tx, area) + size > self.quota(area):
            raise QuotaReached()

    def require_disk(self, size: int) -> None:
        """Raises DiskFull when `size` more bytes would not leave the disk its reserve."""
        require_disk(self._folder, size, self._limits.reserve)

    def area(self, tx: Tx, root: Item) -> Area:
        """An area with its use."""
        kind, _colon, of = root.area.partition(":")
        name = name_of(tx, of) if kind == "person" else of
        return Area(
            root.id, kind, name, root.right, store.used(tx, root.area), self.quota(root.area)
        )
