"""What comes down: each part to the service of one slice, cursor and effect in one transaction.

Sealed mail that this version does not understand is kept in `federation_kept`; a later one that does
reads it after its first start (`read_kept`).
"""

import functools
import logging
from collections.abc import Sequence

from kit.db import Database, Tx, decode, encode
from kit.outbox import publish
from node.federation import store
from node.federation.model import Membership, StandingChanged
from node.ledger.service import Ledger
from node.ports.province import Affair
from protocol.directory import Cursor, Op
from protocol.envelope import Envelope
from protocol.heads import verify_witness
from protocol.identity import PublicKeys
from protocol.sync import (
    DirectoryPage,
    Down,
    Standing,
    advance,
    fresh_items,
)

log = logging.getLogger(__name__)


class HeldCursors:
    """How far each stream from the hub was taken over, within one unit."""

    def __init__(self, tx: Tx) -> None:
        self._tx = tx

    def of(self, stream: str) -> Cursor | None:
        return store.cursor(self._tx, stream)

    def save(self, stream: str, cursor: Cursor) -> None:
        store.save_cursor(self._tx, stream, cursor)

    def forget(self, stream: str) -> None:
        store.forget_cursor(self._tx, stream)


def take_over(
    tx: Tx,
    down: Down,
    *,
    membership: Membership,
    ledger: Ledger,
    affairs: Sequence[Affair],
    now: int,
) -> bool:
    """Store all that came down; whether there is more, or news worth an answer at once."""
    if store.set_standing(tx, down.standing.value, down.standing_reason):
        publish(tx, StandingChanged(down.standing.value, down.standing_reason), now)
    store.set_two_machines(tx, down.two_machines_at)
    _log(tx, down, membership.grant.hub.keys, ledger)
    if down.directory_cursor is not None:
        store.save_cursor(tx, "share", down.directory_cursor)
    if down.resend_directory:
        store.forget_cursor(tx, "share")
    news = False
    if down.directory is not None:
        _directory(tx, down.directory)
        news = down.directory.more
    for affair in affairs:
        news = affair.take(tx, down, HeldCursors(tx)) or news
    if down.standing is not Standing.ACTIVE:
        cut_off(tx, affairs)
    for envelope in down.envelopes:
        if not open_mail(tx, envelope, affairs):
            store.keep_unknown(tx, envelope.id, "envelope", encode(envelope), now)
    return news or down.resend_directory or down.send_consistency_from is not None


def open_mail(tx: Tx, envelope: Envelope, affairs: Sequence[Affair]) -> bool:
    """Give sealed mail to whoever reads its kind; whether anybody does."""
    readers = [affair.opens[envelope.kind] for affair in affairs if envelope.kind in affair.opens]
    for read in readers:
        read(tx, envelope)
    return bool(readers)


async def read_kept(db: Database, affairs: Sequence[Affair]) -> int:
    """Read what an earlier program could only keep, each sender's mail in order and each in a unit of
    its own; how many were read. Mail whose reader fails stays, and is tried after the next start."""
    kinds = {kind for affair in affairs for kind in affair.opens}
    if not kinds:
        return 0

    def read_one(tx: Tx, entry_id: str) -> None:
        kept = store.kept_mail(tx, entry_id)
        if kept is not None and open_mail(tx, decode(kept, Envelope), affairs):
            store.forget_kept(tx, entry_id)

    count = 0
    for entry_id in await db.read(lambda tx: store.kept_of(tx, kinds)):
        try:
            await db.write(functools.partial(read_one, entry_id=entry_id))
        except Exception:
            log.exception("kept mail cannot be read", extra={"mail": entry_id})
        else:
            count += 1
    return count


def cut_off(tx: Tx, affairs: Sequence[Affair]) -> None:
    """The school was suspended or revoked."""
    for affair in affairs:
        if affair.cut_off is not None:
            affair.cut_off(tx, HeldCursors(tx))


def _log(tx: Tx, down: Down, hub: PublicKeys, ledger: Ledger) -> None:
    witness = down.witness
    if witness is not None:
        verify_witness(witness, hub.signing_bytes)
        if not ledger.witnessed(tx, witness):
            witness = None  # of another history than this school's log has now
    size = down.send_consistency_from if down.accepted_size is None else down.accepted_size
    store.set_log(tx, size, down.log_refused, witness)


def _directory(tx: Tx, page: DirectoryPage) -> None:
    held = store.cursor(tx, "directory")
    if page.reset:
        store.forget_directory(tx)
        held = None
    for item in fresh_items(held, page.cursor, page.items):
        if item.increment is None:
            store.forget_school(tx, item.school_id)
        elif item.increment.op is Op.REMOVE or item.increment.entry is None:
            store.forget_entry(tx, item.school_id, item.increment.id)
        else:
            store.keep_entry(tx, item.school_id, item.increment.entry)
    store.save_cursor(tx, "directory", advance(held, page.cursor))
