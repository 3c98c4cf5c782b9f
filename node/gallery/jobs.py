"""What the gallery does by itself."""

from kit.i18n import _
from kit.jobs import Daily, Every
from node.gallery.pictures import AlbumPictures
from node.gallery.service import Gallery


def works(gallery: Gallery, pictures: AlbumPictures) -> list[Daily | Every]:
    """The periodic work."""
    return [
        Every("gallery.erase", _("교체된 사진의 이전 파일 삭제"), 60, pictures.erase),
        Daily("gallery.forget", _("삭제한 지 오래된 사진과 앨범 완전 삭제"), 3, 40, gallery.forget),
    ]
