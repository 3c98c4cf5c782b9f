"""The audit log's head as a record of the ledger, whose head the hub keeps.

Whoever has the database can rewrite the audit log from any entry on, or cut off its end, so that its
chain holds in itself. What the ledger says of it cannot be changed with it: the hub refuses a ledger
that does not continue what it saw. A record is written when the log has grown, at most one an hour.
"""

from functools import partial

from kit import audit
from kit.audit import AuditFault, Head
from kit.clock import Clock
from kit.db import Database, Tx
from node.ledger import store
from node.ledger.service import Ledger
from protocol.identity import SchoolId
from protocol.records import AuditHeadV1


class AuditHeads:
    """Keeps the audit log's heads in the ledger and checks the log against them."""

    def __init__(self, db: Database, clock: Clock, ledger: Ledger, school_id: SchoolId) -> None:
        self._db = db
        self._clock = clock
        self._ledger = ledger
        self._school_id = school_id

    async def keep(self) -> None:
        """Hourly: record how far the audit log has come, if it has."""

        def work(tx: Tx) -> None:
            newest = audit.head(tx)
            last = store.last_audit_head(tx)
            if newest is None or newest.hash == audit.GENESIS:
                return
            if last is None or last.seq < newest.seq:
                head = AuditHeadV1(
                    school_id=self._school_id,
                    seq=newest.seq,
                    hash=newest.hash,
                    at=self._clock.now(),
                )
                self._ledger.append(tx, head)

        await self._db.write(work)

    async def check(self, db: Database) -> list[AuditFault]:
        """What is wrong with the audit log, in itself and by what the ledger says of it, read over a
        database of the caller's (Database.apart)."""
        kept: list[Head] = []
        after = -1
        while found := await db.read(partial(store.audit_heads, after=after)):
            kept += [Head(record.seq, record.hash) for _position, record in found]
            after = found[-1][0]
        return await audit.check(db, kept)

    async def check_now(self) -> None:
        """The daily job. Raises audit.AuditBroken."""
        async with self._db.apart() as apart:
            audit.require_whole(await self.check(apart))
