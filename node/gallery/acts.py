"""What the acts of this slice are called on the page of the audit log."""

from kit.i18n import _
from node.gallery.model import GalleryAct

ACTS: dict[str, str] = {
    GalleryAct.PUBLISH: _("앨범 공개"),
    GalleryAct.REMOVE_ALBUM: _("앨범 삭제"),
    GalleryAct.REMOVE_PHOTO: _("앨범의 사진 삭제"),
    GalleryAct.SOURCE: _("초상권 동의 확인 질문 추가"),
    GalleryAct.NO_SOURCE: _("초상권 동의 확인 질문 제외"),
}
