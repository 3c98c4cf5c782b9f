"""Which notices an officer sees, and which may be written on."""

from msgspec.structs import replace

from hub.broadcasts import deliveries, store
from hub.broadcasts.model import BeingCorrected, BeingSent, NothingToSend, Notice, content_of
from hub.officers.access import require_acting
from hub.officers.model import Officer
from kit.db import Tx
from kit.problem import NotFound


def shown(tx: Tx, officer: Officer, notice_id: str) -> Notice:
    """A notice as the officer may see it: of a colleague's correction, what was sent before.
    Raises NotFound, also of a colleague's draft."""
    known = store.notice(tx, notice_id)
    if known is None:
        raise NotFound()
    if not known.touched or known.is_written_by(officer):
        return known
    sent = store.revision(tx, notice_id, known.revision)
    if sent is None:
        raise NotFound()
    return replace(
        known, content=content_of(sent), touched=False, corrected_by=known.written_by_name
    )


def writable(tx: Tx, officer: Officer, notice_id: str) -> Notice:
    """Raises Forbidden, NotFound, NothingToSend, BeingCorrected, BeingSent."""
    require_acting(officer)
    known = shown(tx, officer, notice_id)
    require_at_rest(tx, notice_id)
    if known.revoked_at is not None:
        raise NothingToSend()
    if known.corrected_by:
        raise BeingCorrected(name=known.corrected_by)
    return known


def require_at_rest(tx: Tx, notice_id: str) -> None:
    """Raises BeingSent."""
    if deliveries.is_pending(tx, notice_id):
        raise BeingSent()
