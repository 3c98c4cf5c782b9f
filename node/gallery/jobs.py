"""What the gallery does by itself."""

from kit.i18n import _
from kit.jobs import Daily, Every
from node.gallery.pictures import Pictures
from node.gallery.service import Gallery


def works(gallery: Gallery, pictures: Pictures) -> list[Daily | Every]:
    """The periodic work."""
    return [
        Every("gallery.erase", _("바뀐 사진의 옛 파일 지우기"), 60, pictures.erase),
        Daily("gallery.forget", _("삭제한 지 오래된 사진과 앨범 지우기"), 3, 40, gallery.forget),
    ]
