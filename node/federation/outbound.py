"""What goes up: the node's share of the directory and the message of each sync."""

from collections.abc import Sequence

from kit.db import Tx
from kit.schema import get_meta
from node.federation import store
from node.federation.model import Membership
from node.ledger.service import Ledger
from node.ports.province import Affair
from protocol.directory import DirectoryDelta, Entry, entry_hash, share_digest
from protocol.heads import ConsistencyProof
from protocol.sync import MATRIX_CHANGES, Cursors, NodeState, Up

MAX_CHANGES = 2_000  # increments in one sync; the rest goes with the next


def reconcile_share(tx: Tx, school: Entry) -> int:
    """Bring the change log in step with people as they are now; the number of changes.

    Reconciled rather than replayed from events, so it may run any number of times.
    """
    wanted: dict[str, Entry] = {entry.id: entry for entry in store.staff_rows(tx)}
    wanted[school.id] = school
    held = store.share(tx)
    changed = 0
    for entry_id, entry in wanted.items():
        digest = entry_hash(entry)
        if held.get(entry_id) != digest:
            store.change_share(tx, entry_id, entry, digest)
            changed += 1
    for entry_id in held.keys() - wanted.keys():
        store.change_share(tx, entry_id, None, "")
        changed += 1
    return changed


def directory_delta(tx: Tx, epoch: str) -> DirectoryDelta:
    """The changes the hub has not confirmed; the whole share when it knows another life of ours."""
    confirmed = store.cursor(tx, "share")
    last = store.last_change(tx)
    digest = share_digest(store.share(tx).values())
    if confirmed is None or confirmed.epoch != epoch or confirmed.seq > last:
        return DirectoryDelta(
            epoch=epoch,
            from_seq=0,
            to_seq=last,
            digest=digest,
            full=True,
            entries=tuple(store.whole_share(tx)),
        )
    entries = tuple(store.changes_after(tx, confirmed.seq, MAX_CHANGES))
    to_seq = entries[-1].seq if len(entries) == MAX_CHANGES else last
    return DirectoryDelta(
        epoch=epoch, from_seq=confirmed.seq, to_seq=to_seq, digest=digest, entries=entries
    )


def compose(
    tx: Tx,
    *,
    membership: Membership,
    ledger: Ledger,
    affairs: Sequence[Affair],
    state: NodeState,
    now: int,
    wait_ms: int,
) -> Up:
    """The message of one sync, from one snapshot of the database."""
    epoch = get_meta(tx, "epoch") or ""
    head = ledger.head(tx)
    proof: ConsistencyProof | None = None
    if membership.accepted_size and head.head.size > membership.accepted_size:
        proof = ledger.consistency(tx, membership.accepted_size, head.head.size)
    return Up(
        sent_at=now,
        epoch=epoch,
        state=state,
        cursors=Cursors(
            notices=store.cursor(tx, "notices"),
            directory=store.cursor(tx, "directory"),
            matrix=store.cursor(tx, "matrix"),
            releases=store.cursor(tx, "releases"),
        ),
        head=head,
        consistency=proof,
        directory=directory_delta(tx, epoch),
        wait_ms=wait_ms,
        understands=(MATRIX_CHANGES,),
        **{name: said for affair in affairs for name, said in affair.give(tx).items()},
    )
