"""The SQL of supplies: one statement a question."""

from collections.abc import Iterable, Mapping

from hub.supplies.model import SupplyItem
from kit.db import Tx, decode, encode
from protocol.parcels import ParcelAnswer, ParcelTree, read_tree

_ITEM = (
    "SELECT kind, key, name, state, published, changed_at, changed_by, withdrawn_at, schools"
    " FROM supplies_item"
)


def items(tx: Tx) -> list[SupplyItem]:
    """All: some dozens, as `MOST_OF_A_KIND` says; without their contents."""
    return tx.structs(SupplyItem, _ITEM + " ORDER BY kind, key")


def item(tx: Tx, kind: str, key: str) -> SupplyItem | None:
    return tx.struct(SupplyItem, _ITEM + " WHERE kind = ? AND key = ?", (kind, key))


def content(tx: Tx, kind: str, key: str) -> str:
    return str(
        tx.value("SELECT content FROM supplies_item WHERE kind = ? AND key = ?", (kind, key))
    )


def put(tx: Tx, one: SupplyItem, content: str) -> None:
    """As it is from now on; what was published of it stays."""
    tx.execute(
        "INSERT INTO supplies_item (kind, key, name, content, state, published, changed_at,"
        " changed_by, withdrawn_at, schools) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)"
        " ON CONFLICT (kind, key) DO UPDATE SET name = excluded.name, content = excluded.content,"
        " state = excluded.state, changed_at = excluded.changed_at,"
        " changed_by = excluded.changed_by, withdrawn_at = excluded.withdrawn_at,"
        " schools = excluded.schools",
        (
            one.kind,
            one.key,
            one.name,
            content,
            one.state,
            one.published,
            one.changed_at,
            one.changed_by,
            one.withdrawn_at,
            one.schools,
        ),
    )


def withdraw(tx: Tx, kind: str, key: str, at: int | None, by: str, changed_at: int) -> None:
    """Out of the next publication, or (`at` None) back into it."""
    tx.execute(
        "UPDATE supplies_item SET withdrawn_at = ?, changed_by = ?, changed_at = ?"
        " WHERE kind = ? AND key = ?",
        (at, by, changed_at, kind, key),
    )


def forget(tx: Tx, kind: str, key: str) -> None:
    tx.execute("DELETE FROM supplies_item WHERE kind = ? AND key = ?", (kind, key))


def keep_release(tx: Tx, version: int, held: Iterable[tuple[str, str, str]]) -> None:
    """What a release holds."""
    tx.execute(
        "INSERT INTO supplies_release (version, held) VALUES (?, ?)", (version, encode(list(held)))
    )


def release(tx: Tx, version: int) -> list[tuple[str, str, str]] | None:
    """What a release holds; None: it is older than our records."""
    row = tx.row("SELECT held FROM supplies_release WHERE version = ?", (version,))
    return None if row is None else decode(row[0], list[tuple[str, str, str]])


def mark_published(tx: Tx, held: Iterable[tuple[str, str, str]]) -> None:
    """This is what schools are given; all else is not in the release."""
    tx.execute("UPDATE supplies_item SET published = '' WHERE published <> ''")
    tx.many(
        "UPDATE supplies_item SET published = ? WHERE kind = ? AND key = ?",
        [(state, kind, key) for kind, key, state in held],
    )
    tx.execute("DELETE FROM supplies_item WHERE withdrawn_at IS NOT NULL AND published = ''")


def tree(tx: Tx, kind: str, key: str) -> ParcelTree | None:
    """What a file of 나이스 stands below; None: there is none."""
    found = tx.value("SELECT content FROM supplies_item WHERE kind = ? AND key = ?", (kind, key))
    return None if found is None else read_tree(found)


def remembered(tx: Tx, kind: str) -> dict[str, str]:
    """Heading → field, "" for one that is not read."""
    sql = "SELECT heading, field FROM supplies_heading WHERE kind = ?"
    return {str(heading): str(field) for heading, field in tx.rows(sql, (kind,))}


def remember(tx: Tx, kind: str, said: Mapping[str, str]) -> None:
    tx.many(
        "INSERT INTO supplies_heading (kind, heading, field) VALUES (?, ?, ?)"
        " ON CONFLICT (kind, heading) DO UPDATE SET field = excluded.field",
        [(kind, heading, field) for heading, field in said.items()],
    )


def forget_headings(tx: Tx, kind: str) -> int:
    return tx.execute("DELETE FROM supplies_heading WHERE kind = ?", (kind,))


def plant(tx: Tx, root: str, at: int) -> None:
    """A root below which parcels are put; again: it is as new."""
    tx.execute(
        "INSERT INTO supplies_tree (root, made_at) VALUES (?, ?)"
        " ON CONFLICT (root) DO UPDATE SET made_at = excluded.made_at",
        (root, at),
    )


def put_parcels(tx: Tx, root: str, some: Iterable[tuple[str, ParcelAnswer]]) -> None:
    tx.many(
        "INSERT INTO supplies_parcel (root, school, position, proof, packed)"
        " VALUES (?, ?, ?, ?, ?) ON CONFLICT (root, school) DO NOTHING",
        [(root, school, one.position, " ".join(one.proof), one.packed) for school, one in some],
    )


def packed(tx: Tx, root: str) -> list[tuple[str, bytes]]:
    """The parcels below a root, by school: some thousands of some kilobytes."""
    rows = tx.rows(
        "SELECT school, packed FROM supplies_parcel WHERE root = ? ORDER BY school", (root,)
    )
    return [(school, bytes(content)) for school, content in rows]


def parcel(tx: Tx, root: str, school: str) -> ParcelAnswer | None:
    row = tx.row(
        "SELECT position, proof, packed FROM supplies_parcel WHERE root = ? AND school = ?",
        (root, school),
    )
    if row is None:
        return None
    return ParcelAnswer(position=row[0], proof=tuple(row[1].split()), packed=bytes(row[2]))


def old_trees(tx: Tx, until: int) -> list[str]:
    """Roots planted before a moment that no file stands below any more, and that the newest release does
    not name."""
    found = [
        root for (root,) in tx.rows("SELECT root FROM supplies_tree WHERE made_at < ?", (until,))
    ]
    if not found:
        return []
    contents = [row[0] for row in tx.rows("SELECT content FROM supplies_item WHERE schools > 0")]
    named = {read_tree(one).root for one in contents}
    return [root for root in found if root not in named]


def forget_parcels(tx: Tx, root: str, most: int) -> int:
    """Some of those below a root; how many."""
    return tx.execute(
        "DELETE FROM supplies_parcel WHERE root = ? AND school IN"
        " (SELECT school FROM supplies_parcel WHERE root = ? ORDER BY school LIMIT ?)",
        (root, root, most),
    )


def fell(tx: Tx, root: str) -> None:
    tx.execute("DELETE FROM supplies_tree WHERE root = ?", (root,))
