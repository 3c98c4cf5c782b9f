"""What schools hear of releases: each by its ring, from its cursor on; and what they say back."""

from hub.releases import store
from hub.releases.model import RINGS, ReleaseNews, ReleaseReported
from kit.db import Tx
from protocol.chunks import KINDS
from protocol.directory import Cursor
from protocol.sync import ReleasePage, ReleaseReport


class ReleaseStream:
    """The end of the conversation with the nodes that carries releases; it acts in its units."""

    def behind(self, tx: Tx, school_id: str, held: Cursor | None, epoch: str) -> bool:
        """Whether a node with this cursor is to hear what it should have."""
        _ring, seq = store.school_ring(tx, school_id)
        if held is None:
            return seq > 0
        return held.epoch != epoch or held.seq < seq

    def page(self, tx: Tx, school_id: str, held: Cursor | None, epoch: str) -> ReleasePage:
        """All that the school should have now. What lies below that which it uses is left out:
        a school never goes back to a lower version."""
        ring, seq = store.school_ring(tx, school_id)
        used = store.used_by(tx, school_id)
        items = tuple(
            one for one in store.pointers(tx, ring) if one.version >= used.get(one.kind, 0)
        )
        return ReleasePage(cursor=Cursor(epoch=epoch, seq=seq), items=items)

    def record(self, tx: Tx, school_id: str, reports: tuple[ReleaseReport, ...], now: int) -> None:
        """Keep what a school says became of its releases."""
        changed = [store.save_report(tx, school_id, said, now) for said in reports[: len(KINDS)]]
        if any(changed):
            tx.signal(ReleaseReported(school_id))

    def changed_since(self, tx: Tx, seq: int) -> tuple[int, list[str]]:
        """The number of the last change, and the schools whose offer changed after `seq`: for
        hub processes that did not see the signal."""
        last = store.last_seq(tx)
        return last, (store.schools_in(tx, RINGS) if last > seq else [])

    def ring_changed(self, tx: Tx, school_id: str) -> None:
        """A school was moved to another ring: it hears what that one is offered."""
        ring, seq = store.school_ring(tx, school_id)
        if seq or store.last_seq(tx):
            store.advance(tx, (ring,))
            tx.signal(ReleaseNews(frozenset((school_id,))))
