"""Official notices: from the province to all or chosen schools, for staff or straight to guardians."""

from enum import StrEnum
from typing import Annotated

import msgspec

from protocol.message import Count, Millis, Sha256


class NoticeAudience(StrEnum):
    """Whom a notice is for. For guardians the school may delay or veto it (since 2024 practice)."""

    STAFF = "staff"
    GUARDIANS = "guardians"


class NoticeAttachment(msgspec.Struct, frozen=True, kw_only=True):
    """A file of a notice, named by its SHA-256 and fetched separately (`GET /v1/blobs/<sha256>`)."""

    name: Annotated[str, msgspec.Meta(max_length=255)]
    media_type: str
    size: Count
    sha256: Sha256


class OfficialNotice(msgspec.Struct, frozen=True, kw_only=True):
    """One notice in one revision. A later revision replaces the earlier; `revoked` withdraws it.

    The 공문 itself lives in K-에듀파인: `reference` is its number there.
    """

    id: Annotated[str, msgspec.Meta(max_length=64)]
    revision: Annotated[int, msgspec.Meta(ge=1)] = 1
    reference: str
    title: Annotated[str, msgspec.Meta(min_length=1, max_length=300)]
    body_markdown: str
    audience: NoticeAudience
    issued_at: Millis
    department: str = ""
    contact: str = ""
    deadline_at: Millis | None = None
    must_acknowledge: bool = False
    publish_at: Millis | None = None
    """Guardians only: when it lands in their list unless the school delays or vetoes it; None: at once."""
    attachments: tuple[NoticeAttachment, ...] = ()
    revoked: bool = False


class NoticeAck(msgspec.Struct, frozen=True, kw_only=True):
    """Up: what became of a notice in this school. Counts only, never a person. The latest one holds."""

    notice_id: str
    revision: int
    received_at: Millis
    addressees: Count = 0
    """How many people it is shown to."""
    read: Count = 0
    """How many of them opened it."""
    acknowledged_at: Millis | None = None
    published_at: Millis | None = None
    """When it landed with guardians."""
    delayed_until: Millis | None = None
    vetoed_at: Millis | None = None
    reason: str = ""
    """Why the school delays or vetoes."""
