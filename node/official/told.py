"""What is said of an official notice where staff talk."""

from kit.db import Tx
from node.official.model import OfficialReceived, OfficialRevoked
from node.ports.told import Saying, Telling

STAFF = ("staff",)


def _received(tx: Tx, event: OfficialReceived) -> Saying | None:
    if _title(tx, event.notice_id) is None:
        return None
    what = "공문 알림" if event.revision <= 1 else "공문 알림(고침)"
    number = event.notice_id
    return Saying(f"official-{number}-{event.revision}", what, number, f"/official/{number}", STAFF)


def _title(tx: Tx, notice_id: str) -> str | None:
    """Of a notice that was not taken back."""
    found = tx.value("SELECT title FROM official_v_notice WHERE id = ?", (notice_id,))
    return None if found is None else str(found)


TELLING = Telling(
    "official",
    {OfficialReceived: _received},
    _title,
    {OfficialRevoked: lambda event: event.notice_id},
)
