"""The words of files: what is stored, what it is attached to, what can be seen of it."""

from typing import Self

import msgspec

from kit.clock import DAY
from kit.db import Row, Value, decode, encode
from kit.event import Event
from kit.i18n import _
from kit.problem import Needs, Problem


class File(msgspec.Struct, frozen=True):
    """A stored file: its content lies in the blobs under `sha256`. `size` in bytes; `words` as of an
    Attachment."""

    name: str
    media_type: str
    size: int
    sha256: str
    words: str = ""


class Carrier(msgspec.Struct, frozen=True):
    """What files are attached to: a thing of some slice, by its `kind` (newsletter, official) and id."""

    kind: str
    id: str


class Attachment(msgspec.Struct, frozen=True):
    """A file as it is attached; `position` counts from 1 on. `words`: what it says or shows, as whoever
    attached it has put it down, for those who cannot see it; "" where its own text is enough."""

    id: str
    kind: str
    carrier_id: str
    position: int
    name: str
    media_type: str
    size: int
    sha256: str
    words: str = ""

    @property
    def file(self) -> File:
        """What is stored, to attach it elsewhere."""
        return File(self.name, self.media_type, self.size, self.sha256, self.words)


class Upload(msgspec.Struct, frozen=True):
    """A file on its way. `into`: what it is to belong to; `replaces`: what it is a new version of, where
    its owner knows versions. `size` may be UNKNOWN; `sha256` is what its sender says it will be ("" when
    not said); `became` the id of what it became; `offset` the bytes that have arrived."""

    id: str
    person_id: str
    into: str
    replaces: str
    name: str
    size: int
    sha256: str
    expires_at: int
    became: str
    offset: int = 0

    @property
    def percent(self) -> int:
        """How much of it has arrived."""
        return self.offset * 100 // max(self.size, 1)


UPLOAD_KEPT = 7 * DAY
"""How long the server waits for who began to send a file."""


class Preview(msgspec.Struct, frozen=True):
    """What can be seen of a content without downloading: page images (blob hashes of PNG or JPEG)
    or plain text.

    `state` is waiting, ready or failed; `problem` says in a msgid why there is nothing to see.
    `pages` has "" for a page that could not be drawn; `unread` are the numbers of pages of which
    something could not be read; `is_cut`: the text goes on.
    """

    sha256: str
    media_type: str
    state: str
    pages: tuple[str, ...]
    page_count: int
    text: str
    problem: str
    unread: tuple[int, ...] = ()
    is_cut: bool = False

    @classmethod
    def read(cls, row: Row) -> Self:
        """Of a row that has its fields in their order, lists as JSON."""
        sha256, media_type, state, pages, count, text, problem, unread, is_cut = row
        drawn, unreadable = decode(pages, tuple[str, ...]), decode(unread, tuple[int, ...])
        return cls(sha256, media_type, state, drawn, count, text, problem, unreadable, bool(is_cut))

    def made(self) -> tuple[Value, ...]:
        """What a row holds of it from `state` on."""
        drawn, unreadable = encode(self.pages), encode(self.unread)
        return self.state, drawn, self.page_count, self.text, self.problem, unreadable, self.is_cut

    def picture(self, number: int) -> str:
        """The hash of a page's picture; "" where there is none."""
        return self.pages[number - 1] if 1 <= number <= len(self.pages) else ""


class Worded(msgspec.Struct, frozen=True):
    """An attachment, and what of its content can be read. `text`: how its own text begins; `state`: of its
    preview."""

    attachment: Attachment
    state: str
    text: str
    problem: str

    @property
    def is_waiting(self) -> bool:
        """Nobody has looked into it yet."""
        return self.state == "waiting"

    @property
    def has_words(self) -> bool:
        """Whether whoever cannot see it learns what it says."""
        return bool(self.attachment.words) or letters(self.text) >= FEWEST_LETTERS


FEWEST_LETTERS = 2
"""Of a text: fewer are the number of a page, or what a scanner has put there."""


def letters(text: str) -> int:
    """How many letters a text has, of whatever script."""
    return sum(char.isalpha() for char in text)


PROBLEMS = {
    "": "",
    "empty": _("파일에서 읽을 수 있는 글을 찾지 못했습니다. 내려받아서 열어 주세요."),
    "broken": _(
        "파일이 손상되었거나 암호가 걸려 있어 미리 볼 수 없습니다. 내려받아서 열어 주세요."
    ),
    "limits": _("파일이 너무 크거나 복잡해서 미리 볼 수 없습니다. 내려받아서 열어 주세요."),
    "unsupported": _("미리보기가 없는 형식입니다. 내려받아서 열어 주세요."),
    "locked": _("암호나 보안 설정이 걸린 문서라서 미리 볼 수 없습니다. 내려받아서 열어 주세요."),
    "old": _("한글 97이나 그 이전에 저장한 문서라서 미리 볼 수 없습니다. 내려받아서 열어 주세요."),
    "distributed": _("배포용 문서의 본문을 읽지 못했습니다. 내려받아서 열어 주세요."),
}
"""By what an extraction tells: why there is nothing to see."""


class AttachmentExtracted(Event, frozen=True, tag="newsletter.attachment_extracted"):
    """A file's text became known (or that it has none)."""

    sha256: str


LARGEST_PHOTO = 30 * 1024 * 1024
"""Bytes of one photo."""


class BadFile(Problem):
    code = "bad-file"
    status = 422
    text = _(
        "첨부할 수 없는 파일입니다. PDF, 한글(HWP·HWPX), Word, Excel, PowerPoint, 그림, "
        "텍스트 파일을 올려 주세요."
    )


class FileGone(Problem):
    code = "file-gone"
    status = 409
    text = _("파일이 저장되지 않았습니다. 파일을 다시 올려 주세요.")


class TooLargeToAttach(Problem):
    code = "file-too-large"
    status = 413
    text = _("파일 하나는 %(megabytes)sMB까지 첨부할 수 있습니다.")


class BadUpload(Problem):
    code = "upload-malformed"
    status = 400
    text = _("파일을 올리는 요청의 형식이 올바르지 않습니다.")


class OffsetDiffers(Problem):
    code = "upload-offset"
    status = 409
    text = _("이어 올릴 위치가 맞지 않습니다. 이어 올리기를 다시 해 주세요.")


class ChecksumDiffers(Problem):
    code = "upload-checksum"
    status = 460  # tus: Checksum Mismatch
    text = _("올라온 파일이 보낸 파일과 다릅니다. 다시 올려 주세요.")


class TooManyUploads(Problem):
    code = "uploads-open"
    status = 429
    text = _("끝나지 않은 업로드가 너무 많습니다. 먼저 완료하거나 취소해 주세요.")


class UploadGone(Problem):
    code = "upload-gone"
    status = 410
    text = _("기한이 지났거나 취소된 업로드입니다. 처음부터 다시 올려 주세요.")


class DiskFull(Problem):
    code = "upload-disk-full"
    status = 507
    text = _("학교 서버의 디스크가 거의 차서 올리지 못했습니다.")
    needs = Needs.REPAIR


class BadPhoto(Problem):
    code = "bad-photo"
    status = 422
    text = _(
        "사진으로 열 수 없는 파일입니다. JPG, PNG, WebP 사진을 선택해 주세요. 아이폰의 HEIC 사진은 ‘사진’ 앱에서 JPG로 내보낸 뒤 올려 주세요."
    )


class PhotoTooLarge(Problem):
    code = "photo-too-large"
    status = 413
    text = _("사진 한 장은 %(megabytes)sMB까지 올릴 수 있습니다.")


class NoRoomForPhoto(Problem):
    code = "photo-disk-full"
    status = 507
    text = _("학교 서버의 저장 공간이 부족해 사진을 저장하지 못했습니다. 잠시 뒤 다시 올려 주세요.")
