"""The SQL of the drive: items with the asker's right, the tree, shares, versions, the trash."""

import msgspec

from kit.db import Row, Tx
from node.drive.model import Crumb, Item, Share, Version

_COLUMNS = (
    "i.id, i.area, i.parent_id, i.is_folder, i.name, i.version, i.size, i.sha256, i.media_type,"
    " i.created_at, i.changed_at, i.changed_by, i.gone_with, i.trashed_at, i.trashed_by,"
    " EXISTS (SELECT 1 FROM drive_share s WHERE s.item_id = i.id AND s.by_id <> '')"
)
# The strongest right that any of the asker's keys gives, here or in a folder above; a parameter.
_RIGHT = (
    "(SELECT coalesce(max(a.level), 0) FROM drive_within w"
    " JOIN drive_share a ON a.item_id = w.ancestor_id"
    " WHERE w.item_id = i.id AND a.key IN (SELECT value FROM json_each(?)))"
)
# The same from the folders above alone: what may be done with an item's place.
_RIGHT_ABOVE = _RIGHT[:-1] + " AND w.depth > 0)"
_SELECT = "SELECT " + _COLUMNS + ", " + _RIGHT + " AS level, i.modified_at FROM drive_item i"  # noqa: S608 - constants only
_ONE = _SELECT + " WHERE i.id = ?"
_ROOT = _SELECT + " WHERE i.area = ? AND i.parent_id IS NULL"
_NAMED = _SELECT + " WHERE i.parent_id = ? AND i.folded = ? AND i.gone_with IS NULL"
# Rights are asked of the page alone: its ids come in the order of an index. Names to which no content
# has come yet, and what Finder keeps beside files, are for programs only.
_PAGE = (
    "SELECT p.id FROM drive_item p INDEXED BY {index}"
    " WHERE p.parent_id = ? AND p.gone_with IS NULL AND (p.is_folder = 1 OR p.version > 0)"
    " AND substr(p.folded, 1, 2) <> '._' AND p.folded <> '.ds_store'"
    " ORDER BY {order} LIMIT ? OFFSET ?"
)
_CHILDREN = _SELECT + " WHERE i.id IN ({page}) ORDER BY {order}"


def _children_by(index: str, order: str) -> str:
    page = _PAGE.format(index=index, order=order.replace("i.", "p."))
    return _CHILDREN.format(page=page, order=order)


_ORDERS = {
    "name": _children_by("drive_item_by_name", "i.is_folder DESC, i.folded"),
    "changed": _children_by(
        "drive_item_by_change", "i.is_folder DESC, i.changed_at DESC, i.folded"
    ),
    "size": _children_by("drive_item_by_size", "i.is_folder DESC, i.size DESC, i.folded"),
}
ORDERS = tuple(_ORDERS)
_FOLDERS = (
    _SELECT + " WHERE i.parent_id = ? AND i.is_folder = 1 AND i.gone_with IS NULL"
    " ORDER BY i.folded LIMIT 500"
)
_FOLLOWING = (
    _SELECT + " WHERE i.parent_id = ? AND i.gone_with IS NULL AND i.folded > ?"
    " ORDER BY i.folded LIMIT ?"
)
_TRASH = (
    _SELECT + " WHERE i.trashed_at IS NOT NULL AND " + _RIGHT_ABOVE + " >= 2"
    " ORDER BY i.trashed_at DESC LIMIT 500"
)
_TRASH_OF_AREA = (
    "SELECT * FROM (" + _SELECT + " WHERE i.trashed_at IS NOT NULL AND i.area = ?)"  # noqa: S608
    " WHERE level >= 3"
)
_SHARED = (
    _SELECT  # noqa: S608 - constants only
    + " WHERE i.parent_id IS NOT NULL AND i.gone_with IS NULL AND i.area <> ? AND i.id IN"
    " (SELECT s.item_id FROM drive_share s WHERE s.by_id <> '' AND s.by_id <> ?"
    " AND s.at >= ? AND s.key IN (SELECT value FROM json_each(?)))"
    " ORDER BY i.changed_at DESC LIMIT ?"
)


def item(tx: Tx, keys: str, item_id: str) -> Item | None:
    """An item with the right that the holder of `keys` (JSON) has; also one in the trash."""
    return tx.struct(Item, _ONE, (keys, item_id))


def root(tx: Tx, keys: str, area: str) -> Item | None:
    return tx.struct(Item, _ROOT, (keys, area))


def named(tx: Tx, keys: str, parent_id: str, folded: str) -> Item | None:
    """What has this name in the folder."""
    return tx.struct(Item, _NAMED, (keys, parent_id, folded))


def children(tx: Tx, keys: str, folder_id: str, order: str, limit: int, offset: int) -> list[Item]:
    """A page of a folder, folders first. `order` is one of ORDERS."""
    return tx.structs(Item, _ORDERS[order], (keys, folder_id, limit, offset))


def folders(tx: Tx, keys: str, folder_id: str) -> list[Item]:
    return tx.structs(Item, _FOLDERS, (keys, folder_id))


def trash(tx: Tx, keys: str) -> list[Item]:
    """What was thrown away out of folders that the asker may change, the latest first."""
    return tx.structs(Item, _TRASH, (keys, keys))


def trash_of_area(tx: Tx, keys: str, area: str) -> list[Item]:
    return tx.structs(Item, _TRASH_OF_AREA, (keys, area))


def shared(
    tx: Tx, keys: str, own_area: str, person_id: str, since: int, limit: int = 200
) -> list[Item]:
    """What others shared with one of the keys since a moment, the latest changed first."""
    return tx.structs(Item, _SHARED, (keys, own_area, person_id, since, keys, limit))


def add(tx: Tx, new: Item, folded: str) -> None:
    """Put an item into its folder (or, without one, at the root of its area)."""
    tx.execute(
        "INSERT INTO drive_item (id, area, parent_id, is_folder, name, folded, created_at,"
        " changed_at, changed_by) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)",
        (
            new.id,
            new.area,
            new.parent_id,
            new.is_folder,
            new.name,
            folded,
            new.created_at,
            new.changed_at,
            new.changed_by,
        ),
    )
    tx.execute(
        "INSERT INTO drive_within (item_id, ancestor_id, depth)"
        " SELECT ?, ancestor_id, depth + 1 FROM drive_within WHERE item_id = ?"
        " UNION ALL SELECT ?, ?, 0",
        (new.id, new.parent_id, new.id, new.id),
    )


def path(tx: Tx, keys: str, item_id: str) -> list[Crumb]:
    """The folders above an item that the asker may see, the outermost first."""
    return tx.structs(
        Crumb,
        "SELECT i.id, i.name, i.area, i.parent_id IS NULL FROM drive_within t"
        " JOIN drive_item i ON i.id = t.ancestor_id"
        " WHERE t.item_id = ? AND t.depth > 0 AND EXISTS (SELECT 1 FROM drive_within w"
        " JOIN drive_share a ON a.item_id = w.ancestor_id WHERE w.item_id = i.id"
        " AND a.key IN (SELECT value FROM json_each(?))) ORDER BY t.depth DESC",
        (item_id, keys),
    )


def following(tx: Tx, keys: str, folder_id: str, after: str, limit: int) -> list[Item]:
    """What is in a folder in the order of folded names, behind `after`."""
    return tx.structs(Item, _FOLLOWING, (keys, folder_id, after, limit))


def hash_of(tx: Tx, item_id: str) -> str | None:
    """The hash of a file's content, empty for a folder; None where nothing has this id."""
    found = tx.value("SELECT sha256 FROM drive_item WHERE id = ? AND gone_with IS NULL", (item_id,))
    return None if found is None else str(found)


def call(tx: Tx, item_id: str, name: str, folded: str) -> None:
    """Another name; its content, and when that changed, is as it was."""
    tx.execute("UPDATE drive_item SET name = ?, folded = ? WHERE id = ?", (name, folded, item_id))


def rename(tx: Tx, item_id: str, name: str, folded: str, at: int, by: str) -> None:
    tx.execute(
        "UPDATE drive_item SET name = ?, folded = ?, changed_at = ?, changed_by = ? WHERE id = ?",
        (name, folded, at, by, item_id),
    )


def depth_of(tx: Tx, item_id: str) -> int:
    """How many folders are above an item."""
    return int(tx.value("SELECT max(depth) FROM drive_within WHERE item_id = ?", (item_id,)))


def height_of(tx: Tx, item_id: str) -> int:
    """How many levels there are below an item."""
    return int(tx.value("SELECT max(depth) FROM drive_within WHERE ancestor_id = ?", (item_id,)))


def is_within(tx: Tx, item_id: str, ancestor_id: str) -> bool:
    return bool(
        tx.value(
            "SELECT 1 FROM drive_within WHERE item_id = ? AND ancestor_id = ?",
            (item_id, ancestor_id),
        )
    )


def move(tx: Tx, item_id: str, parent_id: str, area: str) -> None:
    """Hang an item with everything below it into another folder."""
    tx.execute(
        "DELETE FROM drive_within WHERE item_id IN"
        " (SELECT item_id FROM drive_within WHERE ancestor_id = ?) AND ancestor_id NOT IN"
        " (SELECT item_id FROM drive_within WHERE ancestor_id = ?)",
        (item_id, item_id),
    )
    tx.execute(
        "INSERT INTO drive_within (item_id, ancestor_id, depth)"
        " SELECT below.item_id, above.ancestor_id, below.depth + above.depth + 1"
        " FROM drive_within below, drive_within above"
        " WHERE below.ancestor_id = ? AND above.item_id = ?",
        (item_id, parent_id),
    )
    tx.execute("UPDATE drive_item SET parent_id = ? WHERE id = ?", (parent_id, item_id))
    before = _area_of(tx, item_id)
    if before != area:
        size = used_below(tx, item_id)
        _add_used(tx, before, -size)
        _add_used(tx, area, size)
    tx.execute(
        "UPDATE drive_item SET area = ? WHERE area <> ? AND id IN"
        " (SELECT item_id FROM drive_within WHERE ancestor_id = ?)",
        (area, area, item_id),
    )


class Below(msgspec.Struct, frozen=True):
    """What lies somewhere below a folder."""

    id: str
    parent_id: str
    is_folder: int
    name: str
    size: int


def below(tx: Tx, folder_id: str, limit: int) -> list[Below]:
    """What pages show of what lies below a folder, whoever asks; those nearer to it first."""
    return tx.structs(
        Below,
        "SELECT i.id, i.parent_id, i.is_folder, i.name, i.size FROM drive_within w"
        " JOIN drive_item i ON i.id = w.item_id"
        " WHERE w.ancestor_id = ? AND w.depth > 0 AND i.gone_with IS NULL"
        " AND (i.is_folder = 1 OR i.version > 0)"
        " AND substr(i.folded, 1, 2) <> '._' AND i.folded <> '.ds_store'"
        " ORDER BY w.depth LIMIT ?",
        (folder_id, limit),
    )


def files_below(tx: Tx, item_id: str) -> list[str]:
    """The files at or below an item, in the trash or not."""
    return [
        file_id
        for (file_id,) in tx.rows(
            "SELECT i.id FROM drive_within w JOIN drive_item i ON i.id = w.item_id"
            " WHERE w.ancestor_id = ? AND i.is_folder = 0",
            (item_id,),
        )
    ]


def child_ids(tx: Tx, folder_id: str) -> list[str]:
    """What is in its place in a folder, whoever asks."""
    return [
        item_id
        for (item_id,) in tx.rows(
            "SELECT id FROM drive_item WHERE parent_id = ? AND gone_with IS NULL", (folder_id,)
        )
    ]


def left_areas(tx: Tx) -> list[Row]:
    """Areas that hold files and belong to nobody on the staff any more: id of the root, area,
    name of the person whose it was, files, bytes."""
    return tx.rows(
        "SELECT r.id, r.area, r.changed_by, count(DISTINCT i.id), coalesce(sum(v.size), 0)"
        " FROM drive_item r JOIN drive_within w ON w.ancestor_id = r.id"
        " JOIN drive_item i ON i.id = w.item_id AND i.is_folder = 0 AND i.gone_with IS NULL"
        " JOIN drive_version v ON v.item_id = i.id"
        " WHERE r.parent_id IS NULL AND r.area <> 'school' AND r.area NOT IN"
        " (SELECT 'person:' || person_id FROM people_v_staff"
        " UNION ALL SELECT 'department:' || department FROM people_v_staff)"
        " GROUP BY r.id ORDER BY r.changed_by, r.area"
    )


# The trash ---------------------------------------------------------------------------------------


def throw_away(tx: Tx, item_id: str, at: int, by: str) -> None:
    """An item and what is still in its place below it leave together."""
    tx.execute(
        "UPDATE drive_item SET gone_with = ? WHERE gone_with IS NULL AND id IN"
        " (SELECT item_id FROM drive_within WHERE ancestor_id = ?)",
        (item_id, item_id),
    )
    tx.execute(
        "UPDATE drive_item SET trashed_at = ?, trashed_by = ? WHERE id = ?", (at, by, item_id)
    )


def bring_back(tx: Tx, item_id: str, name: str, folded: str) -> None:
    """What left with an item stands in its place again; the item under this name."""
    tx.execute(
        "UPDATE drive_item SET name = ?, folded = ?, trashed_at = NULL, trashed_by = ''"
        " WHERE id = ?",
        (name, folded, item_id),
    )
    tx.execute("UPDATE drive_item SET gone_with = NULL WHERE gone_with = ?", (item_id,))


def erase(tx: Tx, item_id: str) -> None:
    """Remove an item, everything below it, their versions and shares."""
    _add_used(tx, _area_of(tx, item_id), -used_below(tx, item_id))
    below = tx.rows(
        "SELECT item_id FROM drive_within WHERE ancestor_id = ? ORDER BY depth DESC", (item_id,)
    )
    tx.many("DELETE FROM drive_item WHERE id = ?", below)


def trashed_before(tx: Tx, at: int, limit: int) -> list[str]:
    return [
        item_id
        for (item_id,) in tx.rows(
            "SELECT id FROM drive_item WHERE trashed_at <= ? ORDER BY trashed_at LIMIT ?",
            (at, limit),
        )
    ]


# Versions and room -------------------------------------------------------------------------------


def add_version(
    tx: Tx, item_id: str, new: Version, kept: int, modified_at: int | None = None
) -> None:
    """The file is this from now on; only the last `kept` versions stay."""
    tx.execute(
        "INSERT INTO drive_version (item_id, number, sha256, size, media_type, at, by_name,"
        " restored_from, by_id) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)",
        (item_id, *msgspec.structs.astuple(new)),
    )
    oldest = (item_id, new.number - kept)
    gone = tx.value(
        "SELECT coalesce(sum(size), 0) FROM drive_version WHERE item_id = ? AND number <= ?", oldest
    )
    _add_used(tx, _area_of(tx, item_id), new.size - gone)
    tx.execute("DELETE FROM drive_version WHERE item_id = ? AND number <= ?", oldest)
    tx.execute(
        "UPDATE drive_item SET version = ?, sha256 = ?, size = ?, media_type = ?, changed_at = ?,"
        " changed_by = ?, modified_at = ? WHERE id = ?",
        (
            new.number,
            new.sha256,
            new.size,
            new.media_type,
            new.at,
            new.by_name,
            modified_at,
            item_id,
        ),
    )


def versions(tx: Tx, item_id: str) -> list[Version]:
    """What a file was, the newest first."""
    return tx.structs(
        Version,
        "SELECT number, sha256, size, media_type, at, by_name, restored_from, by_id"
        " FROM drive_version WHERE item_id = ? ORDER BY number DESC",
        (item_id,),
    )


def version(tx: Tx, item_id: str, number: int) -> Version | None:
    return tx.struct(
        Version,
        "SELECT number, sha256, size, media_type, at, by_name, restored_from, by_id"
        " FROM drive_version WHERE item_id = ? AND number = ?",
        (item_id, number),
    )


def used(tx: Tx, area: str) -> int:
    """Bytes of an area: every version of every file in the tree of its root, the trash too."""
    return int(tx.value("SELECT bytes FROM drive_used WHERE area = ?", (area,)) or 0)


def _add_used(tx: Tx, area: str, size: int) -> None:
    tx.execute(
        "INSERT INTO drive_used (area, bytes) VALUES (?, ?)"
        " ON CONFLICT (area) DO UPDATE SET bytes = bytes + excluded.bytes",
        (area, size),
    )


def _area_of(tx: Tx, item_id: str) -> str:
    return str(tx.value("SELECT area FROM drive_item WHERE id = ?", (item_id,)))


def used_below(tx: Tx, item_id: str) -> int:
    return int(
        tx.value(
            "SELECT coalesce(sum(v.size), 0) FROM drive_within w"
            " JOIN drive_version v ON v.item_id = w.item_id WHERE w.ancestor_id = ?",
            (item_id,),
        )
    )


# Shares ------------------------------------------------------------------------------------------


def put_share(tx: Tx, item_id: str, key: str, level: int, at: int, by_id: str, by_name: str) -> int:
    """Give a right; 0 when the key has one of the area's own rows, which is left as it is."""
    return tx.execute(
        "INSERT INTO drive_share (item_id, key, level, at, by_id, by_name)"
        " VALUES (?, ?, ?, ?, ?, ?) ON CONFLICT (item_id, key) DO UPDATE SET"
        " level = excluded.level, at = excluded.at, by_id = excluded.by_id,"
        " by_name = excluded.by_name WHERE drive_share.by_id <> ''",
        (item_id, key, level, at, by_id, by_name),
    )


def remove_share(tx: Tx, item_id: str, key: str) -> int:
    return tx.execute(
        "DELETE FROM drive_share WHERE item_id = ? AND key = ? AND by_id <> ''", (item_id, key)
    )


def shares(tx: Tx, item_id: str) -> list[Share]:
    return tx.structs(
        Share,
        "SELECT key, level, at, by_name, by_id = '' FROM drive_share WHERE item_id = ?"
        " ORDER BY at, key",
        (item_id,),
    )


def inherited_shares(tx: Tx, item_id: str) -> list[Share]:
    """What the folders above give."""
    return tx.structs(
        Share,
        "SELECT a.key, max(a.level), min(a.at), a.by_name, 1 FROM drive_within w"
        " JOIN drive_share a ON a.item_id = w.ancestor_id"
        " WHERE w.item_id = ? AND w.depth > 0 GROUP BY a.key ORDER BY min(a.at), a.key",
        (item_id,),
    )
