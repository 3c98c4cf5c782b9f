"""The one conversation of a node with its hub: `POST /v1/sync`, Up and Down, safe to repeat.

The node asks, always; the hub holds the request up to `wait_ms` when it has nothing to tell. Every
stream has a cursor (epoch, seq): an epoch is drawn at random for each database life, so that a
server restored from a backup is noticed and the stream starts again. Each part may be lost, doubled
or late: cursors only move by what was stored, counts replace counts, the latest ack holds.
"""

from collections.abc import Iterable
from enum import StrEnum
from typing import Annotated, Protocol, TypeVar

import msgspec

from protocol.chunks import ReleaseKind
from protocol.directory import Cursor, DirectoryDelta, Increment
from protocol.envelope import Envelope
from protocol.heads import ConsistencyProof, SignedTreeHead, Witness
from protocol.identity import SchoolId
from protocol.message import Count, Message, Millis
from protocol.official import NoticeAck, OfficialNotice
from protocol.statistics import PaperStatistics

SYNC_PATH = "/v1/sync"
BLOB_PATH = "/v1/blobs/"
"""GET /v1/blobs/<sha256>, signed: an attachment of a notice."""
MAX_WAIT_MS = 60_000
MATRIX_CHANGES = "matrix.changes"
"""A node that says so hears what changed in the list of messengers instead of the whole list."""


class Standing(StrEnum):
    """How a school stands with its province. A suspended school hears only that; nothing else flows."""

    ACTIVE = "active"
    SUSPENDED = "suspended"
    REVOKED = "revoked"


class FailingJob(msgspec.Struct, frozen=True, kw_only=True):
    """A periodic job of the node whose last run failed."""

    name: str
    failed_at: Millis
    error: Annotated[str, msgspec.Meta(max_length=500)]


class NodeState(msgspec.Struct, frozen=True, kw_only=True):
    """How the node fares. `counts` are totals by name (students, guardians, staff, classes, …)."""

    version: str
    started_at: Millis
    disk_free: Count
    disk_total: Count
    last_backup_at: Millis | None = None
    failing_jobs: tuple[FailingJob, ...] = ()
    counts: dict[str, Count] = {}


class Cursors(msgspec.Struct, frozen=True, kw_only=True):
    """Up: how far the node took over the hub's streams. None: never yet, or start again."""

    notices: Cursor | None = None
    directory: Cursor | None = None
    matrix: Cursor | None = None
    releases: Cursor | None = None


class MatrixServer(msgspec.Struct, frozen=True, kw_only=True):
    """A school's messenger: permanent server name, present address (host:port).

    `portal`, which only a node says of its own: the address of its portal, where clients come in.
    """

    school_id: SchoolId
    server_name: str
    address: str = ""
    portal: str | msgspec.UnsetType = msgspec.UNSET


class MatrixAllowList(msgspec.Struct, frozen=True, kw_only=True):
    """All servers this node may federate with; replaces the list held. Sent when it changed.

    With `since`, which only a node hears that understands MATRIX_CHANGES: what changed in the list of
    that cursor. `servers` were added or are reached elsewhere, those named in `gone` are in it no more.
    """

    cursor: Cursor
    servers: tuple[MatrixServer, ...]
    since: Cursor | msgspec.UnsetType = msgspec.UNSET
    gone: tuple[str, ...] | msgspec.UnsetType = msgspec.UNSET
    """Server names."""


class ReleaseStep(StrEnum):
    """How far a node is with a release. `REFUSED` carries the code of why."""

    FETCHING = "fetching"
    READY = "ready"
    ACTIVE = "active"
    REFUSED = "refused"
    ROLLED_BACK = "rolled_back"


class ReleaseReport(msgspec.Struct, frozen=True, kw_only=True):
    """Up: what became of the newest release of a kind that the hub pointed to, or ever did.

    `active` is the version in use (0: none), `version` the one that `step` speaks of, `permille` how
    much of it is there, `error` the code of the reason it was refused, after a colon more of it. `own`:
    this school takes none of that kind; it has one of its own, or no use for any.
    """

    kind: ReleaseKind
    active: Count = 0
    version: Count = 0
    step: ReleaseStep
    permille: Annotated[int, msgspec.Meta(ge=0, le=1000)] = 0
    error: Annotated[str, msgspec.Meta(max_length=200)] = ""
    own: bool = False


class ReleasePointer(msgspec.Struct, frozen=True, kw_only=True):
    """The release of a kind that this school should have. What it is, only its signed manifest says.

    `version` grows with every publication, also when an older content is published again.
    """

    kind: ReleaseKind
    version: Count
    size: Count


class ReleasePage(msgspec.Struct, frozen=True, kw_only=True):
    """All releases this school should have now; replaces those held. Sent when it changed."""

    cursor: Cursor
    items: tuple[ReleasePointer, ...] = ()


class Up(Message, frozen=True, kw_only=True):
    """What the node says. `epoch` is that of the node's database."""

    sent_at: Millis
    epoch: str
    state: NodeState
    cursors: Cursors = Cursors()
    head: SignedTreeHead | None = None
    consistency: ConsistencyProof | None = None
    """From the size of the last head the hub accepted (`Down.accepted_size`) to that of `head`."""
    directory: DirectoryDelta | None = None
    acks: tuple[NoticeAck, ...] = ()
    envelopes: tuple[Envelope, ...] = ()
    releases: tuple[ReleaseReport, ...] = ()
    matrix: MatrixServer | None = None
    """This school's own messenger, where it can be reached now; None while it has none."""
    wait_ms: Annotated[int, msgspec.Meta(ge=0, le=MAX_WAIT_MS)] = 0
    understands: tuple[str, ...] | msgspec.UnsetType = msgspec.UNSET
    """What was added to this version of the conversation and the node can take, such as
    MATRIX_CHANGES; a hub that does not know a word passes over it."""
    statistics: PaperStatistics | msgspec.UnsetType = msgspec.UNSET
    """Counts of papers, where the school tells them; without it the hub forgets those it has."""


class SequencedNotice(msgspec.Struct, frozen=True, kw_only=True):
    """A notice in the hub's stream towards this school."""

    seq: Count
    notice: OfficialNotice


class NoticePage(msgspec.Struct, frozen=True, kw_only=True):
    """Notices after the node's cursor, in order. `more`: ask again at once."""

    cursor: Cursor
    items: tuple[SequencedNotice, ...] = ()
    more: bool = False


class RemoteIncrement(msgspec.Struct, frozen=True, kw_only=True):
    """An increment of another school in the hub's stream. `seq` is the hub's, not the school's.

    `increment` None: the school left, all its entries go.
    """

    seq: Count
    school_id: SchoolId
    increment: Increment | None


class DirectoryPage(msgspec.Struct, frozen=True, kw_only=True):
    """Changes of other schools after the node's cursor. `reset`: forget all others' entries first."""

    cursor: Cursor
    items: tuple[RemoteIncrement, ...] = ()
    reset: bool = False
    more: bool = False


class Down(Message, frozen=True, kw_only=True):
    """What the hub says. When `standing` is not active, all streams are empty."""

    sent_at: Millis
    standing: Standing
    standing_reason: str = ""
    notices: NoticePage | None = None
    directory: DirectoryPage | None = None
    matrix: MatrixAllowList | None = None
    directory_cursor: Cursor | None = None
    """How far the hub took over this node's directory share."""
    resend_directory: bool = False
    """Send the whole share (`DirectoryDelta.full`) next: gap, other epoch or digest mismatch."""
    accepted_size: Count | None = None
    """Size of the last head the hub accepted; the next consistency proof starts there."""
    send_consistency_from: Count | None = None
    witness: Witness | None = None
    log_refused: str = ""
    """Code of the error when the head was refused (`log.forked`, …); the hub's officers know too."""
    envelopes: tuple[Envelope, ...] = ()
    releases: ReleasePage | None = None
    next_counter: Count = 0
    """The next request's counter must be at least this."""
    retry_after_ms: Count = 0
    """Wait at least so long before the next sync (0: the node's own rhythm)."""
    two_machines_at: Millis | None = None
    """Since when two machines seem to speak with this school's key; None: they do not, or an officer
    knows why."""
    statistics: Cursor | msgspec.UnsetType = msgspec.UNSET
    """How far the hub took over this node's counts of papers; the next are told from there."""


class _Sequenced(Protocol):
    @property
    def seq(self) -> int: ...


S = TypeVar("S", bound=_Sequenced)


def fresh_items(held: Cursor | None, page_cursor: Cursor, items: Iterable[S]) -> list[S]:
    """Those items of a page that were not taken over yet, in order of seq, each once.

    Another epoch than the one held: all of them. The caller stores them and `page_cursor` in one
    transaction; `advance` says whether the cursor moves.
    """
    floor = held.seq if held is not None and held.epoch == page_cursor.epoch else -1
    by_seq = {item.seq: item for item in items if item.seq > floor}
    return [by_seq[seq] for seq in sorted(by_seq)]


def advance(held: Cursor | None, given: Cursor) -> Cursor:
    """The cursor after a page: never backwards within an epoch (a late, repeated page changes nothing)."""
    if held is not None and held.epoch == given.epoch and held.seq >= given.seq:
        return held
    return given


def latest_acks(acks: Iterable[NoticeAck]) -> dict[str, NoticeAck]:
    """By notice id the ack that holds: that of the highest revision, the last one of equals."""
    result: dict[str, NoticeAck] = {}
    for ack in acks:
        known = result.get(ack.notice_id)
        if known is None or ack.revision >= known.revision:
            result[ack.notice_id] = ack
    return result
