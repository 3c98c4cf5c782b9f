"""The words of the access log (접속기록)."""

import enum
import hashlib
from typing import Protocol, runtime_checkable

import msgspec

from kit.clock import HOUR, local
from kit.i18n import _


class What(enum.StrEnum):
    """What was done (수행업무) with the data of others."""

    LIST = "list"
    PERSON = "person"
    RESULTS = "results"
    REACH = "reach"
    SLIPS = "slips"
    ALLERGIES = "allergies"
    RECEIPT = "receipt"
    PAPER = "paper"
    PAPERS = "papers"
    INVITATIONS = "invitations"
    QUESTIONS = "questions"
    FILE = "file"
    DOWNLOAD = "download"
    EXPORT = "export"
    BACKUP = "backup"
    SEARCH = "search"
    AUDIT = "audit"
    ACCESS_LOG = "access_log"
    CASES = "cases"
    COPY = "copy"
    GAP = "gap"  # what could not be written or read; `title` says how many entries are missing


WHAT_LABELS = {
    What.LIST: _("명단 조회"),
    What.PERSON: _("인적사항 조회"),
    What.RESULTS: _("회신 결과 조회"),
    What.REACH: _("전달 현황 조회"),
    What.SLIPS: _("종이 안내 인쇄"),
    What.ALLERGIES: _("알레르기 명단 조회"),
    What.RECEIPT: _("동의 기록 조회"),
    What.PAPER: _("종이 회신 입력 화면"),
    What.PAPERS: _("제출 서류 조회"),
    What.INVITATIONS: _("초대장 출력"),
    What.QUESTIONS: _("전달된 질문 조회"),
    What.FILE: _("드라이브 파일 열람"),
    What.DOWNLOAD: _("드라이브 파일 내려받기"),
    What.EXPORT: _("엑셀 내려받기"),
    What.BACKUP: _("백업 내려받기"),
    What.SEARCH: _("찾기"),
    What.AUDIT: _("활동 기록 조회"),
    What.ACCESS_LOG: _("접속기록 조회"),
    What.CASES: _("정보주체 요구 조회"),
    What.COPY: _("개인정보 사본 내려받기"),
    What.GAP: _("기록되지 않은 접속"),
}

# 제8조 2항: whoever finds a download asks for its reason.
DOWNLOADS = frozenset({What.DOWNLOAD, What.EXPORT, What.BACKUP, What.COPY})


class Odd(enum.IntFlag):
    """Why somebody should look at an entry."""

    OFF_HOURS = 1
    BULK = 2
    ELSEWHERE = 4
    DOWNLOAD = 8
    GAP = 16


ODD_LABELS = {
    Odd.OFF_HOURS: _("야간·주말"),
    Odd.BULK: _("단시간 대량 조회"),
    Odd.ELSEWHERE: _("다른 반"),
    Odd.DOWNLOAD: _("내려받기"),
    Odd.GAP: _("기록 누락"),
}

DAY_BEGINS, DAY_ENDS = 7, 20  # hours of the school's day; what lies outside is the night
SATURDAY = 5
BULK_PERSONS = 300  # shown to one reader within BULK_WITHIN
BULK_WITHIN = HOUR
MOST_PERSONS = 500  # of one entry; a longer list is several entries


@runtime_checkable
class Looker(Protocol):
    """Whoever looks, as far as the log must know. `own`: ids of persons whose data are theirs to
    see: themselves and their children."""

    @property
    def id(self) -> str: ...
    @property
    def name(self) -> str: ...
    @property
    def is_staff(self) -> bool: ...
    @property
    def own(self) -> frozenset[str]: ...


class JournalLine(msgspec.Struct, frozen=True):
    """A line of the journal. `at` in ms; `subject` the id of what was shown, `title` its name."""

    at: int
    reader_id: str
    reader_name: str
    address: str
    what: What
    subject: str
    title: str
    persons: tuple[str, ...] = ()


class LookEntry(msgspec.Struct, frozen=True):
    """A line as it is kept."""

    seq: int
    at: int
    reader_id: str
    reader_name: str
    address: str
    what: str
    subject: str
    title: str
    persons: str  # JSON
    shown: int
    odd: int
    hash: bytes

    @property
    def person_ids(self) -> list[str]:
        return msgspec.json.decode(self.persons, type=list[str])

    @property
    def what_label(self) -> str:
        return WHAT_LABELS[What(self.what)]

    @property
    def odd_labels(self) -> list[str]:
        return [ODD_LABELS[flag] for flag in Odd(self.odd)]


class JournalPlace(msgspec.Struct, frozen=True):
    """How far the journal was read: the number of a file, bytes into it."""

    number: int
    position: int


class ChainHead(msgspec.Struct, frozen=True):
    """The end of the chain."""

    seq: int
    hash: str


class LogState(msgspec.Struct, frozen=True):
    """How the log fares. Times in ms; `broken_at` the seq of the first entry that does not fit
    the chain; `missed` entries could not be written since `failing_since`."""

    entries: int
    head: ChainHead
    first_at: int | None
    checked_at: int | None
    broken_at: int | None
    missed: int = 0
    failing_since: int | None = None


class EntriesWanted(msgspec.Struct, frozen=True):
    """Which entries: of a time (ms), by one reader, about one person, odd ones alone; those
    before `(at, seq)`."""

    since: int
    until: int
    reader_id: str = ""
    person_id: str = ""
    is_odd: bool = False
    before: tuple[int, int] = (2**62, 2**62)


def is_off_hours(at: int) -> bool:
    """Night, or the weekend."""
    when = local(at)
    return when.weekday() >= SATURDAY or not DAY_BEGINS <= when.hour < DAY_ENDS


def chained(previous: bytes, entry: LookEntry) -> bytes:
    """The hash of an entry that follows on the one whose hash is `previous`."""
    content = msgspec.structs.astuple(entry)[:-1]
    return hashlib.sha256(previous + msgspec.json.encode(content)).digest()
