"""Files of the drive: rows and contents as uploads leave them."""

import hashlib
import random
from pathlib import Path

from kit.clock import DAY
from kit.db import Tx
from kit.ids import new_id
from node.drive.model import Item, Version, folded
from node.people.access import load_asker
from scripts.years.earlier import drive_stores, read_text
from scripts.years.people import Crowd
from scripts.years.words import Words

store, texts = drive_stores()

FOLDERS = 40
MEDIA = "text/plain"
KEPT = 20


def add_files(
    tx: Tx, crowd: Crowd, rng: random.Random, count: int, blobs: Path, until: int
) -> list[str]:
    """So many text files in folders of the school's area and of each teacher's; their ids.

    The contents are written below `blobs` (the drive's), not forced to disk.
    """
    words = Words(rng)
    keys = load_asker(tx, crowd.principal).keys
    school = store.root(tx, keys, "school")
    assert school is not None
    owner = load_asker(tx, crowd.principal)
    folders = [_folder(tx, school, f"자료 {number:02}", until) for number in range(FOLDERS)]
    added = []
    for number in range(count):
        at = until - (count - number) * 900 * DAY // max(count, 1) - rng.randrange(DAY)
        name, text = words.file(number, at)
        content = (text + _noise(rng)).encode()
        digest = hashlib.sha256(content).hexdigest()
        _put(blobs, digest, content)
        item = _item(folders[rng.randrange(FOLDERS)], name, owner.name, at)
        store.add(tx, item, folded(name))
        store.add_version(
            tx, item.id, Version(1, digest, len(content), MEDIA, at, owner.name, None), KEPT
        )
        texts.want_text(tx, digest, MEDIA, "waiting", "")
        texts.keep_text(tx, read_text(digest, MEDIA, text))
        added.append(item.id)
    return added


def _folder(tx: Tx, parent: Item, name: str, at: int) -> Item:
    made = _item(parent, name, "", at, is_folder=True)
    store.add(tx, made, folded(name))
    return made


def _item(parent: Item, name: str, by: str, at: int, *, is_folder: bool = False) -> Item:
    return Item(
        id=new_id(),
        area=parent.area,
        parent_id=parent.id,
        is_folder=int(is_folder),
        name=name,
        version=0,
        size=0,
        sha256="",
        media_type="",
        created_at=at,
        changed_at=at,
        changed_by=by,
        gone_with=None,
        trashed_at=None,
        trashed_by="",
        is_shared=0,
        right=parent.right,
    )


def _noise(rng: random.Random) -> str:
    """What makes a file as large as a scanned page and hard to pack: 8 to 40 kB."""
    return rng.randbytes(rng.randrange(4_000, 20_000)).hex()


def _put(blobs: Path, digest: str, content: bytes) -> None:
    folder = blobs / digest[:2]
    folder.mkdir(parents=True, exist_ok=True)
    (folder / digest).write_bytes(content)
