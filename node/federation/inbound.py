"""What comes down: each part to the service of one slice, cursor and effect in one transaction.

What this version does not understand is kept in `federation_kept`, not lost.
"""

from typing import NamedTuple

import msgspec

from kit.db import Tx, encode
from kit.outbox import publish
from node.federation import store
from node.federation.model import Membership, StandingChanged
from node.ledger.service import Ledger
from node.messenger.service import Messenger
from node.official.service import Official
from node.releases.service import Releases
from protocol.directory import Op
from protocol.heads import verify_witness
from protocol.identity import PublicKeys
from protocol.sync import (
    DirectoryPage,
    Down,
    MatrixAllowList,
    NoticePage,
    Standing,
    advance,
    fresh_items,
)


class Told(NamedTuple):
    """Those whose affairs the conversation carries."""

    ledger: Ledger
    official: Official
    messenger: Messenger
    releases: Releases


def take_over(
    tx: Tx,
    down: Down,
    *,
    membership: Membership,
    told: Told,
    now: int,
) -> bool:
    """Store all that came down; whether there is more, or news worth an answer at once."""
    if store.set_standing(tx, down.standing.value, down.standing_reason):
        publish(tx, StandingChanged(down.standing.value, down.standing_reason), now)
    store.set_two_machines(tx, down.two_machines_at)
    _log(tx, down, membership.grant.hub.keys, told.ledger)
    if down.directory_cursor is not None:
        store.save_cursor(tx, "share", down.directory_cursor)
    if down.resend_directory:
        store.forget_cursor(tx, "share")
    news = False
    if down.notices is not None:
        news = _notices(tx, down.notices, told.official) or news
    if down.directory is not None:
        _directory(tx, down.directory)
        news = down.directory.more or news
    if down.standing is not Standing.ACTIVE:
        cut_off(tx, told.messenger)
    elif down.matrix is not None:
        take_messengers(tx, down.matrix, told.messenger)
    if down.releases is not None:
        told.releases.offered(tx, down.releases)
        store.save_cursor(tx, "releases", down.releases.cursor)
    for envelope in down.envelopes:
        store.keep_unknown(tx, envelope.id, "envelope", encode(envelope), now)
    return news or down.resend_directory or down.send_consistency_from is not None


def take_messengers(tx: Tx, given: MatrixAllowList, messenger: Messenger) -> None:
    """The list, or what changed in the one held; changes of another list are asked for again."""
    if given.since is msgspec.UNSET or given.since == store.cursor(tx, "matrix"):
        messenger.allow(tx, given)
        store.save_cursor(tx, "matrix", given.cursor)


def cut_off(tx: Tx, messenger: Messenger) -> None:
    """Whoever is suspended or revoked speaks with no other school; the list comes anew later."""
    messenger.allow_nobody(tx)
    store.forget_cursor(tx, "matrix")


def _log(tx: Tx, down: Down, hub: PublicKeys, ledger: Ledger) -> None:
    witness = down.witness
    if witness is not None:
        verify_witness(witness, hub.signing_bytes)
        if not ledger.witnessed(tx, witness):
            witness = None  # of another history than this school's log has now
    size = down.send_consistency_from if down.accepted_size is None else down.accepted_size
    store.set_log(tx, size, down.log_refused, witness)


def _notices(tx: Tx, page: NoticePage, official: Official) -> bool:
    held = store.cursor(tx, "notices")
    fresh = fresh_items(held, page.cursor, page.items)
    for item in fresh:
        official.receive(tx, item.notice)
    store.save_cursor(tx, "notices", advance(held, page.cursor))
    return bool(fresh) or page.more


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
