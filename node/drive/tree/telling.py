"""What is told of a change: to those who hear of files, and in the audit log."""

from kit import audit
from kit.clock import Clock
from kit.db import Tx
from kit.outbox import publish
from node.drive.model import DriveAct, DriveFileChanged, Item
from node.drive.tree import store
from node.people.model import Asker


def announce(tx: Tx, item_id: str, now: int, *, content: bool = False) -> None:
    """Say of every file at or below an item that its place or its readers are others now."""
    for file_id in store.files_below(tx, item_id):
        publish(tx, DriveFileChanged(item_id=file_id, content=content), now)


def note(tx: Tx, clock: Clock, asker: Asker, act: DriveAct, item: Item, **detail: object) -> None:
    """Put an act into the audit log."""
    audit.record(tx, clock, asker, act, f"drive:{item.id}", **detail)
