"""What is said of an album of which a class was told, in the portal; no mail is sent of photos."""

from collections.abc import Collection, Mapping, Sequence

from kit.db import Tx, encode
from kit.i18n import _
from node.gallery.model import TOLD, GalleryPublished
from node.people.access import READABLE, readable_params, rights_now
from node.people.model import Asker
from node.ports.noticed import Noticed, Notification, Said, WhyUnsent, Written


def _readable(tx: Tx, asker: Asker, albums: Collection[str]) -> dict[str, str]:
    """Titles of those of the albums that somebody may read, with the class."""
    rows = tx.rows(
        "SELECT v.id, v.title, v.class_name FROM json_each(?) j"  # noqa: S608 - constants only
        " CROSS JOIN gallery_v_album v ON v.id = j.value WHERE EXISTS"
        " (SELECT 1 FROM gallery_v_audience a WHERE a.album_id = v.id AND " + READABLE + ")",
        (encode(sorted(albums)), *readable_params(asker)),
    )
    return {id: f"{title} · {room}" for id, title, room in rows}


def in_portal(
    tx: Tx, asker: Asker, notices: Sequence[Notification], _now: int
) -> Mapping[str, Said]:
    titles = _readable(tx, asker, {one.about for one in notices})
    return {
        one.id: Said(titles[one.about], f"/gallery/{one.about}", None, asks=False)
        for one in notices
        if one.about in titles
    }


def by_mail(tx: Tx, notice: Notification, _now: int) -> Written | WhyUnsent:
    """What a mail says, if the reader may still see the album."""
    title = _readable(tx, rights_now(tx, notice.person_id), [notice.about]).get(notice.about)
    if title is None:
        return WhyUnsent.NOT_ADDRESSED
    return Written(
        _("[%(school)s] 새 사진 앨범: %(title)s"),
        _(
            "새 사진 앨범이 올라왔습니다.\n\n%(title)s\n\n아래 주소에서 볼 수 있습니다. 로그인이 필요합니다.\n%(link)s"
        ),
        f"/gallery/{notice.about}",
        title=title,
    )


def titles(tx: Tx, person_id: str, albums: Collection[str]) -> Mapping[str, str]:
    return _readable(tx, rights_now(tx, person_id), albums)


GALLERY_NOTICED = Noticed(
    kinds={TOLD: _("새 사진 앨범이 올라왔습니다")},
    in_portal=in_portal,
    by_mail=by_mail,
    titles=titles,
    told_by=(GalleryPublished,),
)
