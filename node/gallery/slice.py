"""The gallery joins the server."""

from kit.blobs import Blobs
from kit.card import Group, NavItem, Place
from kit.i18n import _
from kit.slice import Kept
from node.gallery import about, jobs, photos_web, web
from node.gallery.acts import ACTS
from node.gallery.findable import FINDABLE
from node.gallery.marking import Photos
from node.gallery.model import GalleryChanged, GalleryPublished
from node.gallery.noticed import GALLERY_NOTICED
from node.gallery.pictures import AlbumPictures
from node.gallery.service import Gallery
from node.ground import Ground
from node.notices.service import Notices
from node.people import hearing
from node.slice import Slice


def join(ground: Ground, notices: Notices) -> tuple[Gallery, Slice]:
    db, clock = ground.db, ground.clock
    pictures = AlbumPictures(db, Blobs(ground.config.gallery))
    gallery = Gallery(db, clock, notices, Photos(db, clock, pictures), pictures)
    return gallery, Slice(
        package="node.gallery",
        routes=(*web.ROUTES, *photos_web.ROUTES),
        keep=(Kept(web.GALLERY, gallery),),
        nav=(
            Place(
                46,
                NavItem("/gallery", _("사진 앨범"), "image", Group.SCHOOL_LIFE, phone=False),
                lambda asker: True,
            ),
        ),
        acts=ACTS,
        heard_by={GalleryPublished: hearing.everybody, GalleryChanged: hearing.everybody},
        findable=(FINDABLE,),
        noticed=(GALLERY_NOTICED,),
        works=jobs.works(gallery, pictures),
        held=about.about,
    )
