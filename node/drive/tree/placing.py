"""New things and their names within a folder."""

from msgspec.structs import replace

from kit.db import Tx
from kit.ids import new_id
from node.drive.model import Item, folded, numbered
from node.drive.tree import store
from node.people.model import Asker


def fresh_item(parent: Item, name: str, asker: Asker, now: int, *, is_folder: bool) -> Item:
    """A new item for a folder."""
    item = item_in(parent.area, parent.id, name, asker, now, is_folder=is_folder)
    return replace(item, right=parent.right)


def item_in(
    area: str, parent_id: str, name: str, asker: Asker, now: int, *, is_folder: bool
) -> Item:
    """A new item for a folder of that area, without any right of who asks."""
    return Item(
        id=new_id(),
        area=area,
        parent_id=parent_id,
        is_folder=int(is_folder),
        name=name,
        version=0,
        size=0,
        sha256="",
        media_type="",
        created_at=now,
        changed_at=now,
        changed_by=asker.name,
        gone_with=None,
        trashed_at=None,
        trashed_by="",
        is_shared=0,
        right=0,
    )


def free_name(tx: Tx, keys: str, folder_id: str, name: str) -> str:
    """The name, or one with a number when it is taken."""
    number = 1
    free = name
    while store.named(tx, keys, folder_id, folded(free)) is not None:
        number += 1
        free = numbered(name, number)
    return free
