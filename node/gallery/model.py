"""The words of the gallery: albums of a class, photos, who is seen in them."""

import enum

import msgspec

from kit.clock import DAY
from kit.event import Event
from kit.i18n import _
from kit.problem import Problem

LONGEST_TITLE = 100  # characters
LONGEST_WORDS = 300
MOST_PHOTOS = 200  # of one album
SMALLEST_BOX = 20  # thousandths of the picture's width and height
RECOVERABLE = 7 * DAY
"""For how long what was removed can be brought back."""
TOLD = "gallery:published"
"""The kind of the notice."""


class Album(msgspec.Struct, frozen=True):
    """Photos of a class under a title; a draft until it is published. Times in ms."""

    id: str
    class_id: str
    class_name: str
    title: str
    by_name: str
    made_at: int
    published_at: int | None
    gone_at: int | None


class AlbumLine(msgspec.Struct, frozen=True):
    """An album in a list: its newest photo that the reader may see ("" where none is), and how many."""

    album: Album
    cover: str
    count: int


class Photo(msgspec.Struct, frozen=True):
    """A stored picture and its thumbnail, with whatever covers children burnt in. `words`: what is to be
    seen."""

    id: str
    album_id: str
    sha256: str
    small_sha256: str
    words: str
    at: int
    gone_at: int | None


class Hidden(msgspec.Struct, frozen=True):
    """A photo that nobody sees but those who mark it: children in it of whom no consent holds, uncovered."""

    photo: Photo
    names: tuple[str, ...]


class PupilToMark(msgspec.Struct, frozen=True):
    """A child who may be marked in a photo. `agrees`: a consent to be seen holds; `is_seen` and
    `is_covered` as the photo has it."""

    id: str
    name: str
    agrees: bool
    is_seen: bool = False
    is_covered: bool = False


class ClassOfGallery(msgspec.Struct, frozen=True):
    """A class for which somebody makes albums."""

    id: str
    name: str


class Albums(msgspec.Struct, frozen=True):
    """The front page. `drafts` and `gone`: of classes whose albums the reader makes; `classes`: those."""

    lines: tuple[AlbumLine, ...]
    drafts: tuple[Album, ...]
    gone: tuple[Album, ...]
    classes: tuple[ClassOfGallery, ...]
    has_source: bool
    before: str = ""


class OpenedAlbum(msgspec.Struct, frozen=True):
    """An album with the photos that the reader may see; what is hidden and what was removed for who
    makes it."""

    album: Album
    photos: tuple[Photo, ...]
    hidden: tuple[Hidden, ...]
    gone: tuple[Photo, ...]
    is_own: bool


class MarkSheet(msgspec.Struct, frozen=True):
    """What is marked: a photo, None where it is brought with it, and who may be in it."""

    album: Album
    photo: Photo | None
    pupils: tuple[PupilToMark, ...]
    has_source: bool


class PortraitQuestion(msgspec.Struct, frozen=True):
    """A question of a consent form: the form's title, the question."""

    form_id: str
    field: str
    title: str
    label: str


class GalleryPublished(Event, frozen=True, tag="gallery.published"):
    """An album is shown to its class."""

    album_id: str


class GalleryChanged(Event, frozen=True, tag="gallery.changed"):
    """A published album, or its photos, became others: added, marked anew, removed, brought back."""

    album_id: str


class GalleryAct(enum.StrEnum):
    """Acts for the audit log."""

    PUBLISH = "gallery:album:publish"
    REMOVE_ALBUM = "gallery:album:remove"
    REMOVE_PHOTO = "gallery:photo:remove"
    SOURCE = "gallery:source:add"
    NO_SOURCE = "gallery:source:remove"


class NobodyMarked(Problem):
    code = "nobody-marked"
    status = 422
    text = _(
        "사진에 누가 보이는지 표시해 주세요. 알아볼 수 있는 학생이 없으면 ‘알아볼 수 있는 학생이 없음’을 선택하세요."
    )


class Uncovered(Problem):
    code = "uncovered-child"
    status = 422
    text = _(
        "%(names)s 학생은 초상권 동의가 없어 이 사진을 저장하지 않았습니다. 사진에서 그 학생을 상자로 가리거나 다른 사진을 선택해 주세요."
    )


class BadBox(Problem):
    code = "bad-box"
    status = 422
    text = _("가림 상자가 사진을 벗어났거나 너무 작습니다. 상자를 다시 그려 주세요.")


class NothingToShow(Problem):
    code = "empty-album"
    status = 409
    text = _("공개할 사진이 없습니다. 사진을 먼저 올려 주세요.")


class AlbumFull(Problem):
    code = "album-full"
    status = 409
    text = _("앨범 하나에는 사진을 %(most)s장까지 올릴 수 있습니다. 새 앨범을 만들어 주세요.")
