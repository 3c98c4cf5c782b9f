"""Words of the handbook: documents, who reads them at school, what changed since the last release."""

import enum
from datetime import date

import msgspec

from kit.clock import DAY, moment
from kit.db import outside_units
from kit.detail import Detail
from kit.event import Event
from kit.i18n import _
from kit.markdown import visible_text
from kit.problem import Problem
from models.passages import Document, state_of

HANDBOOK = "학교 업무·생활 안내서"
LONGEST_BODY = 300_000  # characters
LARGEST_FILE = 30 * 1024 * 1024  # bytes
LARGEST_UPLOAD = 200 * 1024 * 1024  # bytes of all files of one upload
MOST_FILES = 50  # in one upload


class Audience(enum.StrEnum):
    """Who may find a document at school. Staff also find what is for families."""

    EVERYONE = "everyone"
    GUARDIANS = "guardians"
    STUDENTS = "students"
    STAFF = "staff"


# The keys of audiences at a school (node/people/access.py, docs/decisions/0008-audience-keys.md).
KEYS = {
    Audience.EVERYONE: ("guardians", "students", "staff"),
    Audience.GUARDIANS: ("guardians",),
    Audience.STUDENTS: ("students",),
    Audience.STAFF: ("staff",),
}
KNOWLEDGE_AUDIENCES = {
    Audience.EVERYONE: _("모두"),
    Audience.GUARDIANS: _("보호자와 교직원"),
    Audience.STUDENTS: _("학생과 교직원"),
    Audience.STAFF: _("교직원만"),
}


class DocumentContent(msgspec.Struct, frozen=True, kw_only=True):
    """What a document says. Days are ISO text, the last one included; '' is open."""

    title: str
    body: str
    audience: Audience = Audience.STAFF
    category: str = ""
    source: str = ""
    valid_from: str = ""
    valid_until: str = ""

    def check(self) -> None:
        """Raises ContentWrong."""
        if not self.title or len(self.title) > 300:
            raise ContentWrong(reason=_("제목을 300자 안으로 입력해 주세요."))
        if not self.body.strip() or len(self.body) > LONGEST_BODY:
            raise ContentWrong(reason=_("본문은 비어 있거나 30만 자를 넘을 수 없습니다."))
        for day in filter(None, (self.valid_from, self.valid_until)):
            try:
                date.fromisoformat(day)
            except ValueError as error:
                raise ContentWrong(reason=_("날짜는 2026-03-01처럼 입력해 주세요.")) from error
        if self.valid_from and self.valid_until and self.valid_until < self.valid_from:
            raise ContentWrong(reason=_("종료일이 시행일보다 빠릅니다."))


class OriginalFile(msgspec.Struct, frozen=True):
    """The file a document was made from; all '' for one that was written here."""

    name: str = ""
    sha256: str = ""
    media_type: str = ""


class HandbookEntry(msgspec.Struct, frozen=True, kw_only=True):
    """A document with how it stands. Times in ms."""

    id: str
    slug: str
    content: DocumentContent
    file: OriginalFile
    version: int
    state: str
    published_state: str
    created_at: int
    updated_at: int
    updated_by_name: str
    withdrawn_at: int | None

    @property
    def pending(self) -> "Pending":
        return _pending(self)


class HandbookLine(msgspec.Struct, frozen=True):
    """A document in the list: all but its body. Times in ms."""

    id: str
    title: str
    category: str
    audience: Audience
    valid_from: str
    valid_until: str
    file_name: str
    version: int
    state: str
    published_state: str
    updated_at: int
    updated_by_name: str
    withdrawn_at: int | None

    @property
    def pending(self) -> "Pending":
        return _pending(self)


def _pending(one: HandbookEntry | HandbookLine) -> "Pending":
    if one.withdrawn_at is not None:
        return Pending.REMOVED if one.published_state else Pending.GONE
    if not one.published_state:
        return Pending.NEW
    return Pending.NONE if one.state == one.published_state else Pending.CHANGED


class Pending(enum.StrEnum):
    """What the next publication does with a document."""

    NONE = "none"
    NEW = "new"
    CHANGED = "changed"
    REMOVED = "removed"
    GONE = "gone"


PENDING_LABELS = {
    Pending.NONE: _("발행됨"),
    Pending.NEW: _("발행 전"),
    Pending.CHANGED: _("수정한 내용 발행 전"),
    Pending.REMOVED: _("회수함, 다음 발행부터 제외"),
    Pending.GONE: _("회수함"),
}
PENDING_CHIPS = {
    Pending.NONE: "success",
    Pending.NEW: "info",
    Pending.CHANGED: "warning",
    Pending.REMOVED: "warning",
    Pending.GONE: "neutral",
}


class Changes(msgspec.Struct, frozen=True):
    """What the next publication would bring."""

    documents: int
    new: int
    changed: int
    removed: int

    @property
    def any(self) -> bool:
        return bool(self.new or self.changed or self.removed)


class Version(msgspec.Struct, frozen=True):
    """A saved state of a document."""

    version: int
    act: str
    content: DocumentContent
    at: int
    by_name: str


class Filter(msgspec.Struct, frozen=True):
    """Which documents are wanted."""

    q: str = ""
    category: str = ""
    audience: Audience | None = None
    show: str = ""
    page: int = 1


class Added(msgspec.Struct, frozen=True):
    """What became of an uploaded file; `problem` is a msgid, '' when it is in the handbook."""

    name: str
    document_id: str = ""
    problem: str = ""


class Imported(msgspec.Struct, frozen=True):
    """What a bulk import did."""

    added: int
    changed: int
    unchanged: int


def subject_of(slug: str) -> str:
    """How the index names a document."""
    return f"handbook:{slug}"


def document_of(slug: str, content: DocumentContent) -> Document:
    """A document as the index takes it."""
    begins = _midnight(content.valid_from)
    ends = _midnight(content.valid_until)
    return Document(
        subject=subject_of(slug),
        title=content.title,
        text=visible_text(content.body),
        href="",
        kind=content.category,
        keys=KEYS[content.audience],
        note=content.source,
        at=begins or 0,
        valid_from=begins,
        valid_until=None if ends is None else ends + DAY,
        origin="province",
    )


def _midnight(day: str) -> int | None:
    if not day:
        return None
    when = date.fromisoformat(day)
    return moment(when.year, when.month, when.day)


@outside_units
def state_of_content(slug: str, content: DocumentContent) -> str:
    """Equal when the index need not change."""
    return state_of([document_of(slug, content)])


class KnowledgeChanged(Event, frozen=True, tag="knowledge.changed"):
    """Documents of the handbook changed."""

    documents: int


class HandbookAct(enum.StrEnum):
    """What of this slice is written to the audit log, and to a document's history."""

    ADD = "knowledge:document:add"
    EDIT = "knowledge:document:edit"
    REPLACE = "knowledge:document:replace"
    WITHDRAW = "knowledge:document:withdraw"
    RESTORE = "knowledge:document:restore"
    IMPORT = "knowledge:document:import"


KNOWLEDGE_ACT_LABELS: dict[str, str] = {
    HandbookAct.ADD: _("안내서 글 추가"),
    HandbookAct.EDIT: _("안내서 글 수정"),
    HandbookAct.REPLACE: _("안내서 글 파일 교체"),
    HandbookAct.WITHDRAW: _("안내서 글 회수"),
    HandbookAct.RESTORE: _("안내서 글 복원"),
    HandbookAct.IMPORT: _("안내서 글 일괄 등록"),
}
KNOWLEDGE_DETAILS: dict[str, Detail | None] = {
    "title": Detail(_("제목")),
    "added": Detail(_("추가"), counted=_("%(count)s건")),
    "changed": Detail(_("변경"), counted=_("%(count)s건")),
    "unchanged": Detail(_("변경 없음"), counted=_("%(count)s건")),
}


class ContentWrong(Problem):
    code = "document-wrong"
    status = 422
    field = "body"
    text = _("글을 저장하지 못했습니다. %(reason)s")


class FileUnreadable(Problem):
    """No text could be taken from a file."""

    code = "document-unreadable"
    status = 422
    text = _("파일에서 글을 읽지 못했습니다. %(reason)s")


class DocumentWithdrawn(Problem):
    code = "document-withdrawn"
    status = 409
    text = _("회수한 글입니다. 복원한 뒤에 수정해 주세요.")


class FolderWrong(Problem):
    code = "knowledge-folder-wrong"
    status = 422
    text = _("폴더를 가져오지 못했습니다: %(reason)s")
