"""The words of supplies: what schools are given, and what waits for publication."""

import enum
import hashlib

import msgspec

from kit.detail import SUBJECT, Detail
from kit.event import Event
from kit.i18n import _
from kit.problem import Problem
from protocol.supplies import LetterAudience, LetterKind, SupplyKind

LARGEST_PAPER = 256 * 1024  # bytes, as a school takes it
MOST_FILES = 30  # in one upload
MOST_OF_A_KIND = 100
LONGEST_NAME = 60  # characters
LONGEST_TITLE, LONGEST_BODY = 200, 50_000  # characters, as a school takes them
MOST_QUESTIONS = 30

SUPPLY_KIND_LABELS = {
    SupplyKind.PAPER: _("서류 종류"),
    SupplyKind.LETTER: _("글 양식"),
    SupplyKind.HOLIDAY: _("공휴일"),
    SupplyKind.CALENDAR: _("나이스 학사일정"),
    SupplyKind.MEALS: _("나이스 급식"),
    SupplyKind.TIMETABLE: _("나이스 시간표"),
}

LETTER_KIND_LABELS = {
    LetterKind.NEWSLETTER: _("가정통신문"),
    LetterKind.CLASS_NOTICE: _("알림장"),
}
LETTER_AUDIENCE_LABELS = {
    LetterAudience.OPEN: _("쓸 때 선택"),
    LetterAudience.GUARDIANS: _("모든 보호자"),
    LetterAudience.STUDENTS: _("모든 학생"),
    LetterAudience.STAFF: _("모든 교직원"),
}


class SupplyPending(enum.StrEnum):
    """What the next publication does with it."""

    NONE = "none"
    NEW = "new"
    CHANGED = "changed"
    REMOVED = "removed"


SUPPLY_PENDING_LABELS = {
    SupplyPending.NONE: _("발행됨"),
    SupplyPending.NEW: _("발행 전"),
    SupplyPending.CHANGED: _("수정한 내용 발행 전"),
    SupplyPending.REMOVED: _("회수함, 다음 발행부터 제외"),
}
SUPPLY_PENDING_CHIPS = {
    SupplyPending.NONE: "success",
    SupplyPending.NEW: "info",
    SupplyPending.CHANGED: "warning",
    SupplyPending.REMOVED: "warning",
}


class SupplyItem(msgspec.Struct, frozen=True):
    """One of them, as the console lists it. `state` is a digest of what it says, `published` that of the last
    publication ('': not in it); `schools`: of how many a file of 나이스 has something. Times in ms."""

    kind: str
    key: str
    name: str
    state: str
    published: str
    changed_at: int
    changed_by: str
    withdrawn_at: int | None
    schools: int = 0

    @property
    def pending(self) -> SupplyPending:
        if self.withdrawn_at is not None:
            return SupplyPending.REMOVED
        if not self.published:
            return SupplyPending.NEW
        return SupplyPending.NONE if self.state == self.published else SupplyPending.CHANGED


class SupplyChanges(msgspec.Struct, frozen=True):
    """What the next publication would bring."""

    waiting: int

    @property
    def any(self) -> bool:
        return bool(self.waiting)


class Listed(msgspec.Struct, frozen=True):
    """What a release holds: kind, key and state of each."""

    held: tuple[tuple[str, str, str], ...]


def state_of(name: str, content: str) -> str:
    return hashlib.sha256(f"{name}\n{content}".encode()).hexdigest()


class SuppliesChanged(Event, frozen=True, tag="supplies.changed"):
    """What schools are to be given changed."""

    items: int


class SupplyAct(enum.StrEnum):
    """Acts for the audit log."""

    PUT = "supplies:item:put"
    REMOVE = "supplies:item:remove"
    RESTORE = "supplies:item:restore"
    FORGET_HEADINGS = "supplies:headings:forget"


SUPPLY_ACT_LABELS: dict[str, str] = {
    SupplyAct.PUT: _("학교에 보낼 자료 등록"),
    SupplyAct.REMOVE: _("학교에 보낼 자료 회수"),
    SupplyAct.RESTORE: _("학교에 보낼 자료 복원"),
    SupplyAct.FORGET_HEADINGS: _("기억한 열 제목 삭제"),
}
SUPPLY_DETAILS: dict[str, Detail | None] = {
    SUBJECT: Detail("", parts=("kind", "key")),
    "kind": Detail(_("종류"), SUPPLY_KIND_LABELS),
    "key": Detail(_("날짜"), is_day=True),
    "name": Detail(_("이름")),
}


class PaperFilesWrong(Problem):
    """Files that are no kinds of papers; none of the upload was taken."""

    code = "paper-files-wrong"
    status = 422
    field = "files"
    text = _(
        "서류 종류 파일이 아닌 파일이 있어 등록하지 않았습니다. 아래 파일을 빼고 다시 올려 주세요: %(files)s"
    )


class LetterFilesWrong(Problem):
    """Files that are no templates of letters; none of the upload was taken."""

    code = "letter-files-wrong"
    status = 422
    field = "letters"
    text = _(
        "글 양식 파일이 아닌 파일이 있어 등록하지 않았습니다. 아래 파일을 빼고 다시 올려 주세요: %(files)s"
    )


class HolidaysWrong(Problem):
    """Lines that name no day; none of the list was taken."""

    code = "holidays-wrong"
    status = 422
    field = "days"
    text = _("%(lines)s번째 줄을 읽을 수 없어 등록하지 않았습니다. 수정하여 다시 입력해 주세요.")


class TooManySupplies(Problem):
    code = "too-many-supplies"
    status = 409
    text = _("종류별로 100건까지 보낼 수 있습니다. 사용하지 않는 항목을 먼저 회수해 주세요.")


class NeisFilesMissing(Problem):
    """Nothing to read, or more than one upload may bring."""

    code = "neis-files-missing"
    status = 422
    field = "files"
    text = _("나이스에서 받은 파일을 선택해 주세요. 한 번에 30개까지 올릴 수 있습니다.")
