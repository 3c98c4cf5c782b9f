"""Words of the conversation, seen from the hub."""

import enum
from typing import ClassVar

import msgspec

from kit.detail import Detail
from kit.event import Event
from kit.i18n import _
from protocol.heads import SignedTreeHead, Witness


class Contact(msgspec.Struct, frozen=True):
    """What is remembered of a node from sync to sync. `counter` is the last one of key `key_id`;
    `alarm_at`: since when two machines seem to speak with it, 0 when they do not."""

    counter: int = 0
    last_sync_at: int = 0
    node_epoch: str = ""
    state_hash: str = ""
    state_at: int = 0
    acks_hash: str = ""
    key_id: str = ""
    address: str = ""
    alarm_at: int = 0


class Accepted(msgspec.Struct, frozen=True):
    """The last head of a school's log that was accepted, and our word on it."""

    size: int
    root: str
    witness: Witness


class Fork(msgspec.Struct, frozen=True):
    """Evidence of a log that contradicts itself: two heads as the school signed them (JSON), the
    one accepted and the first refused. `heads`: how many were refused before it was settled."""

    id: str
    school_id: str
    school_name: str
    found_at: int
    code: str
    message: str
    seen: str
    given: str
    heads: int
    settled_at: int | None
    settled_by: str

    @property
    def seen_size(self) -> int:
        """Records of the log that was accepted."""
        return _size(self.seen)

    @property
    def given_size(self) -> int:
        """Records of the log that was refused."""
        return _size(self.given)


def _size(head: str) -> int:
    return msgspec.json.decode(head, type=SignedTreeHead).head.size if head else 0


class Sign(enum.StrEnum):
    """By what two machines with one key showed themselves."""

    EPOCHS = "epochs"
    ADDRESSES = "addresses"


class Change(msgspec.Struct, frozen=True):
    """From when on a node was heard as this life of its database, from this address."""

    at: int
    epoch: str
    address: str


class Alarm(msgspec.Struct, frozen=True):
    """One key that two machines seem to speak with. `last_at`: when the last change was heard."""

    id: str
    school_id: str
    school_name: str
    sign: Sign
    found_at: int
    last_at: int
    evidence: tuple[Change, ...]
    settled_at: int | None
    settled_by: str


class TwoMachinesHeard(Event, frozen=True, tag="sync.two_machines"):
    """Two machines seem to speak with one school's key."""

    school_id: str
    alarm_id: str


class LogForkFound(Event, frozen=True, tag="sync.fork_found"):
    """A school showed a log that contradicts the one it had shown before."""

    school_id: str
    fork_id: str


class SyncAct(enum.StrEnum):
    """What of this slice is written to the audit log."""

    FORK_FOUND = "sync:log:fork_found"
    LOG_RESTARTED = "sync:log:restart"
    MACHINES_FOUND = "sync:machines:found"
    MACHINES_SETTLED = "sync:machines:settle"


ACTS: dict[str, str] = {
    SyncAct.FORK_FOUND: _("기록부 불일치 발견"),
    SyncAct.LOG_RESTARTED: _("기록부 새로 시작"),
    SyncAct.MACHINES_FOUND: _("같은 키로 서버 두 대 접속"),
    SyncAct.MACHINES_SETTLED: _("서버 두 대 접속 경보 처리"),
}
DETAILS: dict[str, Detail | None] = {
    "seen": Detail(_("확인한 기록"), counted=_("%(count)s건")),
    "given": Detail(_("보고한 기록"), counted=_("%(count)s건")),
    "sign": Detail(
        _("근거"),
        {Sign.EPOCHS: _("데이터베이스가 서로 다름"), Sign.ADDRESSES: _("주소가 서로 다름")},
    ),
    "evidence": None,
}


class Turned(Exception):
    """A request that is not answered with what it asks for; told in a signed problem document.

    `code` stands in the document's `title`, so that a node can act on it.
    """

    status: ClassVar[int] = 403

    def __init__(self, code: str, detail: str = "") -> None:
        super().__init__(code)
        self.code = code
        self.detail = detail
