"""Albums can be found by their titles, by those for whom they are and by staff."""

from kit.db import Tx
from kit.i18n import _
from node.gallery.model import GalleryChanged, GalleryPublished
from node.people.access import READABLE, readable_params
from node.ports.findable import Document, Findable, Moved


def _documents(tx: Tx, album_id: str) -> list[Document]:
    sql = "SELECT title, class_name, published_at FROM gallery_v_album WHERE id = ?"
    return [
        Document(
            subject=f"gallery:{album_id}",
            kind="gallery",
            title=title,
            note=room,
            href=f"/gallery/{album_id}",
            text=f"{room} 사진 앨범: {title}",
            at=at,
            keys=_keys(tx, album_id),
        )
        for title, room, at in tx.rows(sql, (album_id,))
    ]


def _keys(tx: Tx, album_id: str) -> frozenset[str]:
    sql = "SELECT key FROM gallery_v_audience WHERE album_id = ?"
    return frozenset(key for (key,) in tx.rows(sql, (album_id,)))


FINDABLE = Findable(
    about="gallery",
    kinds={"gallery": _("사진 앨범")},
    documents=_documents,
    keys=_keys,
    moved_by={
        GalleryPublished: lambda _tx, event: Moved([event.album_id]),
        GalleryChanged: lambda _tx, event: Moved([event.album_id]),
    },
    readable="EXISTS (SELECT 1 FROM gallery_v_album v WHERE v.id = {id}) AND EXISTS ("  # noqa: S608 - constants only
    "SELECT 1 FROM gallery_v_audience a WHERE a.album_id = {id} AND " + READABLE + ")",
    params=readable_params,
)
