"""Who makes albums of a class: who may see all of it (`may_see_class`), its homeroom teacher among them. Who
sees them the albums' keys say: its families, and staff."""

from kit.db import Tx
from kit.problem import NotFound
from node.gallery import store
from node.gallery.model import Album, ClassOfGallery, Photo
from node.people.access import may_see_class
from node.people.model import Asker


def may_make(asker: Asker, class_id: str) -> bool:
    return asker.is_staff and may_see_class(asker, class_id)


def own_classes(tx: Tx, asker: Asker) -> list[ClassOfGallery]:
    """Classes of the year of which the asker makes albums."""
    if not asker.is_staff:
        return []
    return [one for one in store.classes(tx) if may_make(asker, one.id)]


def own_album(tx: Tx, asker: Asker, album_id: str) -> Album:
    """An album that the asker makes, a removed one too. Raises NotFound."""
    found = store.album(tx, album_id)
    if found is None or not may_make(asker, found.class_id):
        raise NotFound()
    return found


def own_photo(tx: Tx, asker: Asker, photo_id: str) -> tuple[Album, Photo]:
    """A photo of such an album. Raises NotFound."""
    found = store.photo(tx, photo_id)
    if found is None:
        raise NotFound()
    return own_album(tx, asker, found.album_id), found
