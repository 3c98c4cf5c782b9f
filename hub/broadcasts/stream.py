"""What schools hear of notices: each its own, from its cursor on; and what they say back."""

from collections.abc import Sequence

from hub.broadcasts import deliveries
from hub.broadcasts.model import NoticeAnswered
from kit.db import Tx
from protocol.directory import Cursor
from protocol.official import NoticeAck
from protocol.sync import NoticePage, latest_acks

STREAM_PAGE = 50  # notices in one answer to a node
FAR = 100  # numbers after which a node that none of them concerns hears how far the stream is


class NoticeStream:
    """The end of the conversation with the nodes that carries notices; it acts in its units."""

    def behind(self, tx: Tx, school_id: str, held: Cursor | None, epoch: str) -> bool:
        """Whether a node with this cursor has something to hear."""
        last = deliveries.last_seq(tx)
        if held is None or held.epoch != epoch or held.seq > last or last - held.seq > FAR:
            return True
        return deliveries.has_news(tx, school_id, held.seq)

    def page(
        self, tx: Tx, school_id: str, held: Cursor | None, epoch: str, limit: int = STREAM_PAGE
    ) -> NoticePage:
        """The school's notices after its cursor; all of them for a cursor of another life."""
        start, last = 0, deliveries.last_seq(tx)
        if held is not None and held.epoch == epoch and held.seq <= last:
            start = held.seq
        items = deliveries.news(tx, school_id, start, limit + 1)
        more = len(items) > limit
        items = items[:limit]
        seq = items[-1].seq if more else last
        return NoticePage(cursor=Cursor(epoch=epoch, seq=seq), items=tuple(items), more=more)

    def take_acks(self, tx: Tx, school_id: str, acks: Sequence[NoticeAck]) -> int:
        """Keep what a school says became of its notices; how many of these words are new."""
        changed = deliveries.take_acks(tx, school_id, latest_acks(acks).values())
        if changed:
            tx.signal(NoticeAnswered(school_id))
        return len(changed)

    def file_for(self, tx: Tx, school_id: str, sha256: str) -> str | None:
        """Media type of a file of a notice addressed to this school, else None."""
        return deliveries.file_for(tx, school_id, sha256)

    def addressed_since(self, tx: Tx, seq: int) -> tuple[int, list[str]]:
        """The last number that schools may hear of, and who is to hear of what came after `seq`."""
        last = deliveries.last_seq(tx)
        return last, (deliveries.addressed_since(tx, seq, last) if last > seq else [])
