"""Photos: brought, marked, covered, removed. No photo is stored in which a child without consent is to be seen.

photo_id = await photos.add(asker, album_id, content, Marks("소풍", {child: Box(100, 100, 200, 200)}))
"""

from collections.abc import Mapping

import msgspec
from msgspec.structs import replace

from kit import audit
from kit.clock import Clock
from kit.db import Database, Tx
from kit.i18n import _
from kit.ids import new_id
from kit.outbox import publish
from kit.problem import Invalid, NotFound
from kit.typed import one_line
from models.extract.extraction import Box
from node.gallery import consents, store
from node.gallery.model import (
    LONGEST_WORDS,
    MOST_PHOTOS,
    SMALLEST_BOX,
    Album,
    AlbumFull,
    BadBox,
    GalleryAct,
    GalleryChanged,
    MarkSheet,
    NobodyMarked,
    Photo,
    Uncovered,
)
from node.gallery.pictures import AlbumPictures
from node.gallery.rights import may_make, own_album, own_photo
from node.people.access import of_now
from node.people.model import Asker

NO_WORDS = _(
    "사진에 무엇이 보이는지 한 줄로 입력해 주세요. 화면을 보지 못하는 사람에게 읽어 줍니다."
)


class Marks(msgspec.Struct, frozen=True):
    """What a teacher says of a photo: in words, and by child who is seen the box that covers them or
    None. `nobody`: no child is recognisable."""

    words: str
    seen: Mapping[str, Box | None] = {}
    nobody: bool = False


class Photos:
    """Each verb is one unit; pictures are made before it."""

    def __init__(self, db: Database, clock: Clock, pictures: AlbumPictures) -> None:
        self._db = db
        self._clock = clock
        self._pictures = pictures

    async def marking(self, asker: Asker, album_id: str) -> MarkSheet:
        """What is asked of a photo that is brought to an album. Raises NotFound."""

        def work(tx: Tx) -> MarkSheet:
            album = _open(own_album(tx, asker, album_id))
            children = tuple(store.pupils(tx, album.class_id, ""))
            return MarkSheet(album, None, children, consents.has_source(tx))

        return await self._db.read(work)

    async def marking_anew(self, asker: Asker, photo_id: str) -> MarkSheet:
        """What is asked of a stored one. Raises NotFound."""

        def work(tx: Tx) -> MarkSheet:
            album, photo = own_photo(tx, asker, photo_id)
            children = tuple(store.pupils(tx, _open(album).class_id, photo_id))
            return MarkSheet(album, photo, children, consents.has_source(tx))

        return await self._db.read(work)

    async def add(self, asker: Asker, album_id: str, content: bytes, marks: Marks) -> str:
        """A photo comes into an album, with its boxes burnt in; its id. Publishes GalleryChanged.

        Raises NotFound, Invalid, NobodyMarked, BadBox, Uncovered, AlbumFull, BadPhoto, NoRoomForPhoto.
        """
        words = _words(marks)

        def allowed(tx: Tx, now: Asker) -> Album:
            album = _open(own_album(tx, now, album_id))
            _check(tx, album, "", marks)
            if store.count(tx, album_id) >= MOST_PHOTOS:
                raise AlbumFull(most=MOST_PHOTOS)
            return album

        await self._db.read(lambda tx: allowed(tx, asker))
        async with self._pictures.covered(content, _boxes(marks)) as (big, small):

            def unit(tx: Tx, now: Asker) -> str:
                album = allowed(tx, now)
                photo = Photo(new_id(), album_id, big, small, words, self._clock.now(), None)
                store.add_photo(tx, photo, now.id)
                store.mark(tx, photo.id, _marked(marks, {}))
                self._changed(tx, album)
                return photo.id

            return await self._db.write(of_now(asker, unit))

    async def mark(self, asker: Asker, photo_id: str, marks: Marks) -> str:
        """A stored photo is marked anew, further boxes burnt in; its album. Who is covered stays so. The
        picture before goes from the disk. Publishes GalleryChanged; raises as `add` does."""
        words = _words(marks)

        def allowed(tx: Tx, now: Asker) -> tuple[Album, Photo]:
            album, photo = own_photo(tx, now, photo_id)
            _check(tx, _open(album), photo_id, marks)
            return album, photo

        _album, before = await self._db.read(lambda tx: allowed(tx, asker))
        async with self._pictures.covered(before.sha256, _boxes(marks)) as (big, small):

            def unit(tx: Tx, now: Asker) -> str:
                album, photo = allowed(tx, now)
                if photo.sha256 != before.sha256:  # another box was burnt in meanwhile
                    raise NotFound()
                changed = replace(photo, sha256=big, small_sha256=small, words=words)
                store.change_photo(tx, changed)
                store.mark(tx, photo_id, _marked(marks, store.seen(tx, photo_id)))
                store.erase_later(tx, {photo.sha256, photo.small_sha256} - {big, small})
                self._changed(tx, album)
                return album.id

            return await self._db.write(of_now(asker, unit))

    async def remove(self, asker: Asker, photo_id: str) -> str:
        """It is shown no more, and can be brought back for a while; its album. Publishes GalleryChanged.
        Raises NotFound."""
        return await self._put_away(asker, photo_id, self._clock.now())

    async def bring_back(self, asker: Asker, photo_id: str) -> str:
        """What was removed is shown again; its album. Publishes GalleryChanged. Raises NotFound."""
        return await self._put_away(asker, photo_id, None)

    async def _put_away(self, asker: Asker, photo_id: str, at: int | None) -> str:
        def unit(tx: Tx, now: Asker) -> str:
            album, _photo = own_photo(tx, now, photo_id)
            store.put_away_photo(tx, photo_id, at)
            if at is not None:
                audit.record(tx, self._clock, now, GalleryAct.REMOVE_PHOTO, photo_id)
            self._changed(tx, album)
            return album.id

        return await self._db.write(of_now(asker, unit))

    async def seen_by(self, asker: Asker, photo_id: str) -> Photo:
        """A photo that the asker may see. Raises NotFound."""

        def work(tx: Tx) -> Photo:
            photo = store.photo(tx, photo_id)
            album = None if photo is None else store.album(tx, photo.album_id)
            if photo is None or album is None:
                raise NotFound()
            if not may_make(asker, album.class_id) and not (
                store.is_readable(tx, asker, album.id) and store.is_shown(tx, photo_id)
            ):
                raise NotFound()
            return photo

        return await self._db.read(work)

    def _changed(self, tx: Tx, album: Album) -> None:
        if album.published_at is not None:
            publish(tx, GalleryChanged(album.id), self._clock.now())


def _open(album: Album) -> Album:
    if album.gone_at is not None:
        raise NotFound()
    return album


def _words(marks: Marks) -> str:
    words = one_line("words", marks.words, LONGEST_WORDS)
    if not words:
        raise Invalid({"words": NO_WORDS})
    return words


def _boxes(marks: Marks) -> list[Box]:
    return [box for box in marks.seen.values() if box is not None]


def _marked(marks: Marks, before: Mapping[str, bool]) -> dict[str, bool]:
    """Who is covered: by a new box, or by one that is burnt in already."""
    kept = {student: True for student, is_covered in before.items() if is_covered}
    return {student: box is not None for student, box in marks.seen.items()} | kept


def _check(tx: Tx, album: Album, photo_id: str, marks: Marks) -> None:
    """Raises NobodyMarked, BadBox, Uncovered; NotFound for a child who is not of the class."""
    if bool(marks.seen) == marks.nobody:
        raise NobodyMarked()
    for box in _boxes(marks):
        ends = box.left + box.width, box.top + box.height
        small = min(box.width, box.height) < SMALLEST_BOX
        if small or min(box.left, box.top) < 0 or max(ends) > 1000:
            raise BadBox()
    children = {one.id: one for one in store.pupils(tx, album.class_id, photo_id)}
    if not marks.seen.keys() <= children.keys():
        raise NotFound()
    uncovered = [
        children[student].name
        for student, box in marks.seen.items()
        if box is None and not children[student].agrees and not children[student].is_covered
    ]
    if uncovered:
        raise Uncovered(names=", ".join(uncovered))
