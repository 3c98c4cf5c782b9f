"""Schools' logs as the hub sees them: each head must continue the last one accepted."""

import msgspec

from hub.schools.model import SchoolKey
from hub.sync import store
from hub.sync.model import Accepted, LogForkFound, SyncAct
from kit import audit
from kit.clock import Clock
from kit.db import Tx
from kit.ids import new_id
from kit.outbox import publish
from protocol.errors import ConsistencyMissing, LogForked
from protocol.heads import (
    ConsistencyProof,
    SignedTreeHead,
    Witness,
    check_successor,
    sign_witness,
    verify_head,
)
from protocol.identity import KeyPair
from protocol.sync import Up


class LogOutcome(msgspec.Struct, frozen=True):
    """What became of a head. `news`: the node should hear of it at once."""

    accepted_size: int | None = None
    consistency_from: int | None = None
    witness: Witness | None = None
    refused: str = ""
    news: bool = False


class Logs:
    """Accepts heads and countersigns them, or refuses and keeps the evidence."""

    def __init__(self, clock: Clock, keys: KeyPair) -> None:
        self._clock = clock
        self._keys = keys

    def take_over(self, tx: Tx, school: SchoolKey, up: Up) -> LogOutcome:
        """Judge the head of a sync. One that is refused is evidence each time; the officers are told
        of the first until they settle it. Raises BadSignature when the school did not sign it."""
        seen = store.accepted(tx, school.school_id)
        size = seen.size if seen is not None else None
        if up.head is None:
            return LogOutcome(size)
        head = up.head.head
        if seen is not None and (head.size, head.root) == (seen.size, seen.root):
            # Nothing is concluded from it, so its signature is not worth verifying again; the
            # witness goes along because the answer that brought it may have been lost.
            return LogOutcome(size, witness=seen.witness)
        verify_head(up.head, school.signing_key)
        try:
            if head.school_id != school.school_id:
                raise LogForked("the head belongs to another school")
            check_successor(seen.witness.head if seen is not None else None, head, up.consistency)
        except ConsistencyMissing:
            return LogOutcome(size, consistency_from=size, news=True)
        except LogForked as error:
            new = self._refuse(tx, school, seen, up.head, up.consistency, error)
            witness = seen.witness if seen is not None else None
            return LogOutcome(size, witness=witness, refused=error.code, news=new)
        now = self._clock.now()
        witness = sign_witness(self._keys, head, seen_at=now)
        store.accept(tx, school.school_id, up.head, witness, now)
        return LogOutcome(head.size, witness=witness, news=True)

    def _refuse(
        self,
        tx: Tx,
        school: SchoolKey,
        seen: Accepted | None,
        given: SignedTreeHead,
        proof: ConsistencyProof | None,
        error: LogForked,
    ) -> bool:
        now = self._clock.now()
        fork_id = new_id()
        story = store.open_story(tx, school.school_id)
        new = store.keep_fork(
            tx,
            fork_id,
            story or fork_id,
            school.school_id,
            given,
            proof,
            error.code,
            error.message,
            now,
        )
        if story is None:
            publish(tx, LogForkFound(school.school_id, fork_id), now)
            audit.record(
                tx,
                self._clock,
                audit.Actor(school.school_id, school.school_id),
                SyncAct.FORK_FOUND,
                school.school_id,
                seen=seen.size if seen is not None else 0,
                given=given.head.size,
                evidence=fork_id,
            )
        return new
