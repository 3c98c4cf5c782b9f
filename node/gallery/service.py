"""Albums: made by who answers for a class, shown to its families and the staff. Photos have verbs of their own
(`node.gallery.marking`).

album_id = await gallery.make(asker, class_id, "가을 소풍")
await gallery.publish(asker, album_id)
"""

from pathlib import Path

from kit import audit
from kit.clock import DAY, Clock
from kit.db import Database, Tx
from kit.i18n import _
from kit.ids import new_id
from kit.outbox import publish
from kit.problem import Invalid, NotFound
from kit.typed import one_line
from node.gallery import consents, store
from node.gallery.marking import Photos
from node.gallery.model import (
    LONGEST_TITLE,
    RECOVERABLE,
    TOLD,
    Album,
    Albums,
    GalleryAct,
    GalleryChanged,
    GalleryPublished,
    NothingToShow,
    OpenedAlbum,
    PortraitQuestion,
)
from node.gallery.pictures import AlbumPictures
from node.gallery.rights import may_make, own_album, own_classes
from node.notices.model import Topic, Urgency
from node.notices.service import Notices
from node.people.access import EVERY_CLASS, of_now, require_role, with_role
from node.people.model import Asker, Audience, Kind, Scope

PAGE = 24
OFFERED = 30  # questions of consent forms to choose from
OFFERED_FOR = 400 * DAY  # since their form opened
FORGOTTEN = 50  # photos, or albums, that one unit forgets


class Gallery:
    """The slice's face."""

    def __init__(
        self, db: Database, clock: Clock, notices: Notices, photos: Photos, pictures: AlbumPictures
    ) -> None:
        self._db = db
        self._clock = clock
        self._notices = notices
        self._pictures = pictures
        self.photos = photos

    def path(self, digest: str) -> Path:
        """Where a picture lies."""
        return self._pictures.path(digest)

    async def albums(self, asker: Asker, before: str = "") -> Albums:
        """What the asker may read, a page from behind an album on, and what they make."""

        def work(tx: Tx) -> Albums:
            last = store.album(tx, before) if before else None
            lines = store.readable(tx, asker, last, PAGE + 1)
            own = own_classes(tx, asker)
            rest = store.unpublished(tx, [one.id for one in own])
            return Albums(
                tuple(lines[:PAGE]),
                tuple(one for one in rest if one.gone_at is None),
                tuple(one for one in rest if one.gone_at is not None),
                tuple(own),
                consents.has_source(tx),
                lines[PAGE - 1].album.id if len(lines) > PAGE else "",
            )

        return await self._db.read(work)

    async def album(self, asker: Asker, album_id: str) -> OpenedAlbum:
        """An album with its photos. Raises NotFound."""

        def work(tx: Tx) -> OpenedAlbum:
            found = store.album(tx, album_id)
            is_own = found is not None and may_make(asker, found.class_id)
            if found is None or not (is_own or store.is_readable(tx, asker, album_id)):
                raise NotFound()
            return OpenedAlbum(
                found,
                tuple(store.shown(tx, album_id)),
                tuple(store.hidden(tx, album_id)) if is_own else (),
                tuple(store.removed(tx, album_id)) if is_own else (),
                is_own,
            )

        return await self._db.read(work)

    async def make(self, asker: Asker, class_id: str, title: str) -> str:
        """An album that only those who make it see as yet; its id. Raises NotFound, Invalid, TooLong."""
        title = one_line("title", title, LONGEST_TITLE)
        if not title:
            raise Invalid({"title": _("앨범 제목을 입력해 주세요.")})

        def unit(tx: Tx, now: Asker) -> str:
            room = next((one for one in own_classes(tx, now) if one.id == class_id), None)
            if room is None:
                raise NotFound()
            at = self._clock.now()
            album = Album(new_id(), room.id, room.name, title, now.name, at, None, None)
            keys = [
                Audience(kind, Scope.CLASS, room.id).key for kind in (Kind.GUARDIAN, Kind.STUDENT)
            ]
            store.add_album(tx, album, keys)
            return album.id

        return await self._db.write(of_now(asker, unit))

    async def publish(self, asker: Asker, album_id: str) -> None:
        """The class sees it, and is told once. Publishes GalleryPublished; raises NotFound,
        NothingToShow."""

        def unit(tx: Tx, now: Asker) -> None:
            album = own_album(tx, now, album_id)
            if album.gone_at is not None:
                raise NotFound()
            if album.published_at is not None:
                return
            if not store.shown(tx, album_id):
                raise NothingToShow()
            at = self._clock.now()
            store.publish_album(tx, album_id, at)
            publish(tx, GalleryPublished(album_id), at)
            audit.record(tx, self._clock, now, GalleryAct.PUBLISH, album_id)
            people = store.families(tx, album_id)
            self._notices.tell(tx, people, Topic(TOLD, album_id), Urgency.CALM)

        await self._db.write(of_now(asker, unit))

    async def remove(self, asker: Asker, album_id: str) -> None:
        """Nobody sees it any more; it can be brought back for a while. Publishes GalleryChanged. Raises
        NotFound."""
        await self._put_away(asker, album_id, self._clock.now())

    async def bring_back(self, asker: Asker, album_id: str) -> None:
        """As it was. Publishes GalleryChanged. Raises NotFound."""
        await self._put_away(asker, album_id, None)

    async def _put_away(self, asker: Asker, album_id: str, at: int | None) -> None:
        def unit(tx: Tx, now: Asker) -> None:
            album = own_album(tx, now, album_id)
            store.put_away_album(tx, album_id, at)
            if at is not None:
                audit.record(tx, self._clock, now, GalleryAct.REMOVE_ALBUM, album_id)
            if album.published_at is not None:
                publish(tx, GalleryChanged(album_id), self._clock.now())

        await self._db.write(of_now(asker, unit))

    # By which form families consent ---------------------------------------------------------------

    async def sources(self, asker: Asker) -> tuple[list[PortraitQuestion], list[PortraitQuestion]]:
        """The questions that count, and others to choose from. Raises NotFound, Forbidden."""
        require_role(asker, *EVERY_CLASS)
        since = self._clock.now() - OFFERED_FOR
        return await self._db.read(
            lambda tx: (consents.sources(tx), consents.offered(tx, since, OFFERED))
        )

    async def name_source(self, asker: Asker, form_id: str, field: str) -> None:
        """Consent by this question counts for every class. Raises NotFound, Forbidden."""

        def unit(tx: Tx, now: Asker) -> None:
            if not consents.is_question(tx, form_id, field):
                raise NotFound()
            consents.name(tx, form_id, field, now.name, self._clock.now())
            audit.record(tx, self._clock, now, GalleryAct.SOURCE, form_id)

        await self._db.write(with_role(asker, EVERY_CLASS, unit))

    async def drop_source(self, asker: Asker, form_id: str, field: str) -> None:
        """It counts no more: what rests on it alone is hidden. Raises NotFound, Forbidden."""

        def unit(tx: Tx, now: Asker) -> None:
            if not consents.drop(tx, form_id, field):
                raise NotFound()
            audit.record(tx, self._clock, now, GalleryAct.NO_SOURCE, form_id)

        await self._db.write(with_role(asker, EVERY_CLASS, unit))

    # What is over ----------------------------------------------------------------------------------

    async def forget(self) -> None:
        """What was removed long enough ago goes for good, in portions, its pictures from the disk."""
        before = self._clock.now() - RECOVERABLE
        while await self._db.write(lambda tx: store.forget_photos(tx, before, FORGOTTEN)):
            pass
        while await self._db.write(lambda tx: store.forget_albums(tx, before, FORGOTTEN)):
            pass
        await self._pictures.erase()
