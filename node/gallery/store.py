"""The SQL of the gallery: one statement a question."""

from collections.abc import Collection, Iterable, Mapping, Sequence

import msgspec

from kit.db import Tx, Value, encode
from kit.wording import class_words
from node.gallery.consents import SHOWN, agreeing
from node.gallery.model import Album, AlbumLine, ClassOfGallery, Hidden, Photo, PupilToMark
from node.people.access import READABLE, readable_params
from node.people.audience import holders
from node.people.model import Asker

_ALBUM = "SELECT a.id, a.class_id, a.class_name, a.title, a.by_name, a.made_at, a.published_at, a.gone_at"
_PHOTO = "SELECT p.id, p.album_id, p.sha256, p.small_sha256, p.words, p.at, p.gone_at"
_MAY_READ = (  # constants only, as all of these texts are
    "a.published_at IS NOT NULL AND a.gone_at IS NULL AND EXISTS"  # noqa: S608
    " (SELECT 1 FROM gallery_audience k"
    " WHERE k.album_id = a.id AND " + READABLE.replace("a.key", "k.key") + ")"
)

# Albums ------------------------------------------------------------------------------------------


def album(tx: Tx, album_id: str) -> Album | None:
    return tx.struct(Album, _ALBUM + " FROM gallery_album a WHERE a.id = ?", (album_id,))


def is_readable(tx: Tx, asker: Asker, album_id: str) -> bool:
    sql = "SELECT 1 FROM gallery_album a WHERE a.id = ? AND " + _MAY_READ  # noqa: S608
    return tx.value(sql, (album_id, *readable_params(asker))) is not None


def readable(tx: Tx, asker: Asker, before: Album | None, limit: int) -> list[AlbumLine]:
    """Published albums that the asker may read, the newest first, those before one."""
    start = ("", 2**62) if before is None else (before.id, before.published_at)
    rows = tx.rows(
        _ALBUM  # noqa: S608
        + ", coalesce((SELECT p.id FROM gallery_photo p WHERE p.album_id = a.id AND "
        + SHOWN
        + " ORDER BY p.at LIMIT 1), ''),"
        " (SELECT count(*) FROM gallery_photo p WHERE p.album_id = a.id AND " + SHOWN + ")"
        " FROM gallery_album a WHERE (a.published_at < ? OR a.published_at = ? AND a.id > ?)"
        " AND " + _MAY_READ + " ORDER BY a.published_at DESC, a.id LIMIT ?",
        (start[1], start[1], start[0], *readable_params(asker), limit),
    )
    return [AlbumLine(Album(*row[:8]), row[8], row[9]) for row in rows]


def unpublished(tx: Tx, classes: Collection[str]) -> list[Album]:
    """Drafts of these classes, and what was removed of them, the newest first."""
    return tx.structs(
        Album,
        _ALBUM + " FROM json_each(?) j CROSS JOIN gallery_album a ON a.class_id = j.value"
        " WHERE a.published_at IS NULL OR a.gone_at IS NOT NULL ORDER BY a.made_at DESC, a.id",
        (encode(sorted(classes)),),
    )


def add_album(tx: Tx, new: Album, keys: Sequence[str]) -> None:
    tx.execute(
        "INSERT INTO gallery_album (id, class_id, class_name, title, by_name, made_at, published_at,"
        " gone_at) VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
        msgspec.structs.astuple(new),
    )
    for key in keys:
        tx.execute("INSERT INTO gallery_audience (album_id, key) VALUES (?, ?)", (new.id, key))


def publish_album(tx: Tx, album_id: str, at: int) -> None:
    tx.execute("UPDATE gallery_album SET published_at = ? WHERE id = ?", (at, album_id))


def put_away_album(tx: Tx, album_id: str, at: int | None) -> None:
    """It is removed at a moment, or (None) brought back."""
    tx.execute("UPDATE gallery_album SET gone_at = ? WHERE id = ?", (at, album_id))


def families(tx: Tx, album_id: str) -> dict[str, tuple[str, ...]]:
    """Guardians and students for whom an album is, each with the children through whom."""
    sql = "SELECT key FROM gallery_audience WHERE album_id = ?"
    holder, params = holders([key for (key,) in tx.rows(sql, (album_id,))])
    found: dict[str, tuple[str, ...]] = {}
    for person, student in tx.rows(
        "WITH " + holder + " SELECT person_id, student_id FROM holder",  # noqa: S608
        params,
    ):
        found[person] = (*found.get(person, ()), student)
    return found


# Classes -----------------------------------------------------------------------------------------


def classes(tx: Tx) -> list[ClassOfGallery]:
    """Of the current year."""
    rows = tx.rows("SELECT id, grade, number FROM people_v_class ORDER BY grade, number")
    return [ClassOfGallery(id, class_words(grade, number)) for id, grade, number in rows]


def pupils(tx: Tx, class_id: str, photo_id: str) -> list[PupilToMark]:
    """The children of a class and those who are marked in a photo ("" for none), by number."""
    rows = tx.rows(
        "SELECT student_id, name, number FROM people_v_student WHERE class_id = ?"
        " UNION SELECT k.id, k.name, coalesce((SELECT e.number FROM people_v_student e"
        "  WHERE e.student_id = s.student_id), 999)"
        " FROM gallery_seen s JOIN people_v_known k ON k.id = s.student_id"
        " WHERE s.photo_id = ? ORDER BY 3, 2",
        (class_id, photo_id),
    )
    agree = agreeing(tx, [student for student, *_rest in rows])
    marks = seen(tx, photo_id)
    return [
        PupilToMark(student, name, student in agree, student in marks, marks.get(student, False))
        for student, name, _number in rows
    ]


# Photos ------------------------------------------------------------------------------------------


def photo(tx: Tx, photo_id: str) -> Photo | None:
    return tx.struct(Photo, _PHOTO + " FROM gallery_photo p WHERE p.id = ?", (photo_id,))


def is_shown(tx: Tx, photo_id: str) -> bool:
    sql = "SELECT 1 FROM gallery_photo p WHERE p.id = ? AND " + SHOWN  # noqa: S608
    return tx.value(sql, (photo_id,)) is not None


def shown(tx: Tx, album_id: str) -> list[Photo]:
    """What others than those who mark it see of an album."""
    return tx.structs(
        Photo,
        _PHOTO + " FROM gallery_photo p WHERE p.album_id = ? AND " + SHOWN + " ORDER BY p.at, p.id",
        (album_id,),
    )


def hidden(tx: Tx, album_id: str) -> list[Hidden]:
    """What they do not, with the names of the children who hide it."""
    found = tx.structs(
        Photo,
        _PHOTO
        + " FROM gallery_photo p WHERE p.album_id = ? AND p.gone_at IS NULL AND NOT "
        + SHOWN
        + " ORDER BY p.at, p.id",
        (album_id,),
    )
    return [
        Hidden(
            one,
            tuple(
                pupil.name
                for pupil in pupils(tx, "", one.id)
                if not pupil.is_covered and not pupil.agrees
            ),
        )
        for one in found
    ]


def removed(tx: Tx, album_id: str) -> list[Photo]:
    return tx.structs(
        Photo,
        _PHOTO + " FROM gallery_photo p WHERE p.album_id = ? AND p.gone_at IS NOT NULL"
        " ORDER BY p.gone_at DESC",
        (album_id,),
    )


def count(tx: Tx, album_id: str) -> int:
    """Photos of an album, those that were removed too."""
    sql = "SELECT count(*) FROM gallery_photo WHERE album_id = ?"
    return int(tx.value(sql, (album_id,)))


def add_photo(tx: Tx, new: Photo, by_id: str) -> None:
    tx.execute(
        "INSERT INTO gallery_photo (id, album_id, sha256, small_sha256, words, at, gone_at, by_id)"
        " VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
        (*msgspec.structs.astuple(new), by_id),
    )


def change_photo(tx: Tx, now: Photo) -> None:
    tx.execute(
        "UPDATE gallery_photo SET sha256 = ?, small_sha256 = ?, words = ? WHERE id = ?",
        (now.sha256, now.small_sha256, now.words, now.id),
    )


def put_away_photo(tx: Tx, photo_id: str, at: int | None) -> None:
    """It is removed at a moment, or (None) brought back."""
    tx.execute("UPDATE gallery_photo SET gone_at = ? WHERE id = ?", (at, photo_id))


def seen(tx: Tx, photo_id: str) -> dict[str, bool]:
    """Who is marked in a photo, and whether they are covered."""
    sql = "SELECT student_id, is_covered FROM gallery_seen WHERE photo_id = ?"
    return {student: bool(is_covered) for student, is_covered in tx.rows(sql, (photo_id,))}


def mark(tx: Tx, photo_id: str, marks: Mapping[str, bool]) -> None:
    """These are seen now, covered or not, and nobody else."""
    tx.execute("DELETE FROM gallery_seen WHERE photo_id = ?", (photo_id,))
    for student, is_covered in marks.items():
        tx.execute(
            "INSERT INTO gallery_seen (photo_id, student_id, is_covered) VALUES (?, ?, ?)",
            (photo_id, student, int(is_covered)),
        )


# What goes ---------------------------------------------------------------------------------------


def erase_later(tx: Tx, digests: Iterable[str]) -> None:
    """Pictures are to go from the disk."""
    for digest in digests:
        sql = "INSERT INTO gallery_erasure (sha256) VALUES (?) ON CONFLICT DO NOTHING"
        tx.execute(sql, (digest,))


def to_erase(tx: Tx, limit: int) -> list[tuple[str, bool]]:
    """Pictures that are to go, and whether a photo still shows the same."""
    rows = tx.rows(
        "SELECT e.sha256, EXISTS (SELECT 1 FROM gallery_photo p WHERE p.sha256 = e.sha256)"
        " OR EXISTS (SELECT 1 FROM gallery_photo p WHERE p.small_sha256 = e.sha256)"
        " FROM gallery_erasure e ORDER BY e.sha256 LIMIT ?",
        (limit,),
    )
    return [(digest, bool(is_used)) for digest, is_used in rows]


def erased(tx: Tx, digests: Collection[str]) -> None:
    sql = "DELETE FROM gallery_erasure WHERE sha256 IN (SELECT value FROM json_each(?))"
    tx.execute(sql, (encode(sorted(digests)),))


def forget_photos(tx: Tx, before: int, limit: int) -> int:
    """Some of the photos that were removed before a moment, or whose album was, go for good; how many."""
    found = tx.rows(
        "SELECT p.id, p.sha256, p.small_sha256 FROM gallery_photo p WHERE p.gone_at < ?"
        " UNION SELECT p.id, p.sha256, p.small_sha256 FROM gallery_album a"
        " CROSS JOIN gallery_photo p ON p.album_id = a.id WHERE a.gone_at < ? LIMIT ?",
        (before, before, limit),
    )
    ids: tuple[Value, ...] = (encode([id for id, *_digests in found]),)
    tx.execute("DELETE FROM gallery_seen WHERE photo_id IN (SELECT value FROM json_each(?))", ids)
    tx.execute("DELETE FROM gallery_photo WHERE id IN (SELECT value FROM json_each(?))", ids)
    erase_later(tx, {digest for _id, *digests in found for digest in digests})
    return len(found)


def forget_albums(tx: Tx, before: int, limit: int) -> int:
    """Albums that were removed before a moment and have no photos any more; how many."""
    found = tx.rows(
        "SELECT a.id FROM gallery_album a WHERE a.gone_at < ?"
        " AND NOT EXISTS (SELECT 1 FROM gallery_photo p WHERE p.album_id = a.id) LIMIT ?",
        (before, limit),
    )
    ids: tuple[Value, ...] = (encode([id for (id,) in found]),)
    tx.execute(
        "DELETE FROM gallery_audience WHERE album_id IN (SELECT value FROM json_each(?))", ids
    )
    tx.execute("DELETE FROM gallery_album WHERE id IN (SELECT value FROM json_each(?))", ids)
    return len(found)
