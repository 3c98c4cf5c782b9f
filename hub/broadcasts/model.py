"""Words of the official notices: what an officer writes, to whom, and what became of it."""

import enum

import msgspec
from msgspec.structs import replace

from hub.officers.model import Officer, Role
from kit.detail import Detail
from kit.due import Due, due
from kit.event import Event
from kit.i18n import _
from kit.problem import Invalid, Problem
from kit.seen import seen_of
from protocol.official import NoticeAttachment, NoticeAudience, OfficialNotice

MAX_FILE = 30 * 1024 * 1024  # bytes of one attachment
MAX_FILES = 10
MEDIA_TYPES = {
    "pdf": "application/pdf",
    "hwp": "application/x-hwp",
    "hwpx": "application/hwp+zip",
    "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
    "docx": "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
    "pptx": "application/vnd.openxmlformats-officedocument.presentationml.presentation",
    "png": "image/png",
    "jpg": "image/jpeg",
    "jpeg": "image/jpeg",
    "zip": "application/zip",
    "txt": "text/plain; charset=utf-8",
}


class Scope(enum.StrEnum):
    """How the addressed schools are named."""

    ALL = "all"
    GROUP = "group"
    CHOSEN = "chosen"


class Target(msgspec.Struct, frozen=True):
    """The addressed schools: all active ones, those in every group named, or those chosen."""

    scope: Scope = Scope.ALL
    kinds: tuple[str, ...] = ()
    districts: tuple[str, ...] = ()
    rings: tuple[str, ...] = ()
    schools: tuple[str, ...] = ()


class NoticeContent(msgspec.Struct, frozen=True):
    """What is said. Times in ms."""

    title: str
    reference: str = ""
    body: str = ""
    audience: NoticeAudience = NoticeAudience.STAFF
    department: str = ""
    contact: str = ""
    deadline_at: int | None = None
    must_acknowledge: bool = False
    publish_at: int | None = None
    attachments: tuple[NoticeAttachment, ...] = ()


def faults(content: NoticeContent) -> dict[str, str]:
    """What keeps a notice from being sent: part of it → msgid. A school makes a letter of what is
    for guardians, and a letter has a title and words."""
    found = {}
    if not content.title.strip():
        found["title"] = _("제목을 입력해 주세요.")
    if content.audience is not NoticeAudience.GUARDIANS:
        return found
    if not content.body.strip():
        found["body"] = _("보호자가 읽을 내용을 입력해 주세요. 첨부 파일만으로는 보낼 수 없습니다.")
    last, first = content.deadline_at, content.publish_at
    if last is not None and first is not None and last <= first:
        found["deadline"] = _("기한이 보호자에게 보내는 시각보다 늦어야 합니다.")
    return found


class Choices(msgspec.Struct, frozen=True):
    """What an officer may choose from; `schools` (id, name) only where they are few."""

    kinds: tuple[str, ...]
    districts: tuple[str, ...]
    rings: tuple[str, ...]
    schools: tuple[tuple[str, str], ...]


class Standing(enum.StrEnum):
    """Where a notice stands with the province."""

    DRAFT = "draft"
    SENT = "sent"
    REVOKED = "revoked"


STANDING_LABELS = {
    Standing.DRAFT: _("작성 중"),
    Standing.SENT: _("발송함"),
    Standing.REVOKED: _("회수함"),
}
AUDIENCE_LABELS = {NoticeAudience.STAFF: _("교직원"), NoticeAudience.GUARDIANS: _("보호자")}


def content_of(sent: OfficialNotice) -> NoticeContent:
    """What a notice said when it was sent."""
    return NoticeContent(
        title=sent.title,
        reference=sent.reference,
        body=sent.body_markdown,
        audience=sent.audience,
        department=sent.department,
        contact=sent.contact,
        deadline_at=sent.deadline_at,
        must_acknowledge=sent.must_acknowledge,
        publish_at=sent.publish_at,
        attachments=sent.attachments,
    )


class Notice(msgspec.Struct, frozen=True):
    """A notice as an officer sees it; `schools` were addressed.

    `touched`: `content` was not sent; it is the draft or the correction of `written_by`.
    `corrected_by`: the name of a colleague who is writing a correction that the reader does not see.
    """

    id: str
    content: NoticeContent
    target: Target
    touched: bool
    revision: int
    schools: int
    created_at: int
    created_by_name: str
    updated_at: int
    sent_at: int | None
    revoked_at: int | None
    written_by: str
    written_by_name: str
    corrected_by: str = ""

    @property
    def standing(self) -> Standing:
        if self.revoked_at is not None:
            return Standing.REVOKED
        return Standing.SENT if self.revision else Standing.DRAFT

    def is_written_by(self, officer: Officer) -> bool:
        """Whether what was not sent yet is this officer's to see and to send. Administrators look
        after what colleagues leave behind."""
        return self.written_by == officer.id or officer.role is Role.ADMINISTRATOR

    @property
    def written(self) -> tuple[object, ...]:
        """What the composer writes; files are added and taken beside it."""
        return replace(self.content, attachments=()), self.target

    @property
    def seen(self) -> str:
        """The version guard of the composer."""
        return seen_of(*self.written)


class NoticeLine(msgspec.Struct, frozen=True):
    """A notice in the list, with how it fares."""

    id: str
    title: str
    revision: int
    schools: int
    must_acknowledge: bool
    deadline_at: int | None
    updated_at: int
    sent_at: int | None
    revoked_at: int | None
    created_by_name: str
    received: int
    acknowledged: int
    vetoed: int

    @property
    def standing(self) -> Standing:
        if self.revoked_at is not None:
            return Standing.REVOKED
        return Standing.SENT if self.revision else Standing.DRAFT

    def due(self, now: int) -> Due | None:
        """The deadline, for as long as schools have not acknowledged that have to."""
        waits = self.standing is Standing.SENT and self.acknowledged < self.schools
        return due(self.deadline_at, now) if waits and self.must_acknowledge else None


class Arrival(enum.StrEnum):
    """What became of a notice at one school, as far as that school said."""

    PENDING = "pending"
    OUTDATED = "outdated"
    RECEIVED = "received"
    ACKNOWLEDGED = "acknowledged"
    PUBLISHED = "published"
    DELAYED = "delayed"
    VETOED = "vetoed"


ARRIVAL_LABELS = {
    Arrival.PENDING: _("미접수"),
    Arrival.OUTDATED: _("정정 전 내용 접수"),
    Arrival.RECEIVED: _("접수함"),
    Arrival.ACKNOWLEDGED: _("확인함"),
    Arrival.PUBLISHED: _("보호자에게 발송됨"),
    Arrival.DELAYED: _("발송 연기"),
    Arrival.VETOED: _("발송 거부"),
}


class Delivery(msgspec.Struct, frozen=True):
    """A notice at one school. Counts of people, never who. Times in ms."""

    school_id: str
    school_name: str
    revision: int
    received_at: int | None
    addressees: int
    read: int
    acknowledged_at: int | None
    published_at: int | None
    delayed_until: int | None
    vetoed_at: int | None
    reason: str
    reminded_at: int | None


def arrival(delivery: Delivery, revision: int) -> Arrival:
    """The last thing that holds of a delivery when `revision` is the notice's present one."""
    if delivery.received_at is None:
        return Arrival.PENDING
    if delivery.vetoed_at is not None:
        return Arrival.VETOED
    if delivery.revision < revision:
        return Arrival.OUTDATED
    if delivery.published_at is not None:
        return Arrival.PUBLISHED
    if delivery.delayed_until is not None:
        return Arrival.DELAYED
    if delivery.acknowledged_at is not None:
        return Arrival.ACKNOWLEDGED
    return Arrival.RECEIVED


class Tally(msgspec.Struct, frozen=True):
    """Sums over all addressed schools."""

    schools: int
    received: int
    acknowledged: int
    published: int
    delayed: int
    vetoed: int
    addressees: int
    read: int


class NoticeSent(Event, frozen=True, tag="broadcasts.sent"):
    """A revision went out; also when a notice was taken back."""

    notice_id: str
    revision: int


class NoticeAnswered(Event, frozen=True, tag="broadcasts.answered"):
    """A school said what became of a notice. For open pages only: it is signalled, never kept."""

    school_id: str


class News(msgspec.Struct, frozen=True):
    """Signal after a commit: something went out; who is to hear of it says the stream."""


class Dispatch(msgspec.Struct, frozen=True):
    """Something that lets schools hear of a notice, on its way or out. `revision` 0: a reminder;
    `position`: how far its schools are addressed, `schools`: how many they are so far."""

    seq: int
    notice: int
    notice_id: str
    revision: int
    begun_at: int
    sent_by: str
    sent_by_name: str
    position: str
    schools: int


class Said(msgspec.Struct, frozen=True):
    """What a school last said of a notice. Counts of people, never who. Times in ms."""

    revision: int
    received_at: int | None
    addressees: int
    read: int
    acknowledged_at: int | None
    published_at: int | None
    delayed_until: int | None
    vetoed_at: int | None
    reason: str


class NoticeAct(enum.StrEnum):
    """What of this slice is written to the audit log."""

    SEND = "broadcasts:notice:send"
    CORRECT = "broadcasts:notice:correct"
    REVOKE = "broadcasts:notice:revoke"
    REMIND = "broadcasts:notice:remind"


ACTS: dict[str, str] = {
    NoticeAct.SEND: _("공문 발송"),
    NoticeAct.CORRECT: _("공문 정정"),
    NoticeAct.REVOKE: _("공문 회수"),
    NoticeAct.REMIND: _("공문 재알림"),
}
DETAILS: dict[str, Detail | None] = {
    "title": Detail(_("제목")),
    "revision": Detail(_("버전")),
    "schools": Detail(_("학교"), counted=_("%(count)s개교")),
}


class NothingToSend(Problem):
    """Nothing changed since the last revision, or the notice was taken back."""

    code = "nothing-to-send"
    status = 409
    text = _("보낼 내용이 없습니다. 이미 보냈거나 회수한 공문입니다.")


class Unfinished(Invalid):
    """What schools could not pass on to guardians. `fields`: part of the notice → msgid."""

    code = "notice-unfinished"
    text = _("아직 보낼 수 없는 공문입니다. 아래 내용을 고친 뒤에 다시 보내 주세요.")


class BeingCorrected(Problem):
    """A colleague's correction is not sent yet."""

    code = "being-corrected"
    status = 409
    text = _(
        "%(name)s 님이 이 공문의 정정을 작성하고 있습니다. 정정을 보내거나 취소한 뒤에 고칠 수 "
        "있습니다."
    )


class BeingSent(Problem):
    """A revision or a reminder is on its way to the schools."""

    code = "being-sent"
    status = 409
    text = _("이 공문을 학교에 보내고 있습니다. 잠시 뒤에 다시 시도해 주세요.")


class NobodyAddressed(Problem):
    """No school fits the target."""

    code = "nobody-addressed"
    status = 422
    text = _("받을 학교가 없습니다. 받는 학교를 다시 선택해 주세요.")


class FileRefused(Problem):
    """An attachment of a kind or size that schools cannot take."""

    code = "file-refused"
    status = 422
    text = _("첨부할 수 없는 파일입니다. 30MB 이하의 문서나 그림을 10개까지 첨부할 수 있습니다.")
