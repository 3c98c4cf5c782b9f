"""The ledger: append inside the caller's unit, prove to whoever asks, check against oneself."""

from collections.abc import Iterable

import msgspec
from msgspec import UNSET, UnsetType

from kit.clock import Clock
from kit.db import Database, Tx, encode
from kit.problem import NotFound
from kit.verified import save as save_verified
from kit.verified import verified
from node.keys import Keyring
from node.ledger import checking, disposal_store, passkey_store, store
from node.ledger.model import (
    Disposed,
    LedgerFault,
    LedgerKey,
    LostHistory,
    ReceiptNotMade,
    RecordDisposed,
)
from protocol.attestation import KeyAttestation, KeyEnd
from protocol.errors import InvalidProof, ProtocolError
from protocol.heads import (
    ConsistencyProof,
    SignedTreeHead,
    TreeHead,
    Witness,
    sign_head,
)
from protocol.identity import KeyPair, SchoolId
from protocol.merkle import consistency_proof, inclusion_proof
from protocol.receipts import KeyProof, NamedPasskey, Receipt, ReceiptV1, ReceiptV2
from protocol.records import (
    ConsentV4,
    DisposalV1,
    Record,
    SignedRecord,
    read_record,
    record_hash,
    record_leaf,
    sign_record,
)
from protocol.rotation import SignedRotation


class LedgerBroken(Exception):
    """The daily check found faults; the message counts them, the administrator's page lists them."""


class Ledger:
    """One school's append-only log."""

    def __init__(self, db: Database, clock: Clock, keyring: Keyring, school_id: SchoolId) -> None:
        self._db = db
        self._clock = clock
        self._keyring = keyring
        self._school_id = school_id

    # Keys -------------------------------------------------------------------------------------

    def begin(self, tx: Tx, attestation: KeyAttestation | None = None) -> str:
        """The id of the key in force. A log that has none yet begins with the node's first key, for
        which `attestation` is the hub's word."""
        found = store.key_in_force(tx)
        if found is not None:
            return found
        public = self._keyring.first.public
        store.add_key(tx, public.key_id, public.signing, self._clock.now(), attestation=attestation)
        return public.key_id

    def signer(self, tx: Tx) -> KeyPair:
        """The pair that signs at this moment. Raises KeysDoNotFit."""
        found = store.key_in_force(tx)
        return self._keyring.first if found is None else self._keyring.pair(found)

    def keys(self, tx: Tx) -> list[LedgerKey]:
        """The school's keys, the first one first; the last one signs."""
        known = store.keys(tx)
        if known:
            return known
        first, now = self._keyring.first.public, self._clock.now()
        return [LedgerKey(first.key_id, first.signing, 0, now, None, None, None, None)]

    def succeed(
        self,
        tx: Tx,
        statement: SignedRotation,
        attestation: KeyAttestation | None,
        endings: Iterable[KeyEnd] = (),
    ) -> None:
        """From the next record on the new key of the statement signs."""
        self.begin(tx)
        public = statement.rotation.keys
        store.add_key(
            tx,
            public.key_id,
            public.signing,
            self._clock.now(),
            attestation=attestation,
            rotation=statement,
        )
        for ending in endings:
            store.save_ending(tx, ending.ended.key, ending)

    def attested(self, tx: Tx, attestation: KeyAttestation) -> None:
        """The hub's word for the school's key: receipts carry it from now on."""
        self.begin(tx)
        store.save_attestation(tx, attestation.attested.keys.signing, attestation)

    # Records ----------------------------------------------------------------------------------

    def append(self, tx: Tx, record: Record) -> tuple[int, str]:
        """Sign and append in the caller's unit; (position, hash of the record's text)."""
        signed = sign_record(self._keyring.pair(self.begin(tx)), record)
        position = store.append(tx, signed, record_leaf(signed), self._clock.now())
        return position, record_hash(signed)

    def record(self, tx: Tx, position: int) -> SignedRecord:
        """A record as it was signed. Raises NotFound, RecordDisposed."""
        found = store.record(tx, position)
        if found is None:
            raise NotFound()
        if not found.text:
            raise RecordDisposed()
        return found

    def head(self, tx: Tx) -> SignedTreeHead:
        """The log as it stands, signed."""
        return sign_head(self.signer(tx), self._head(tx))

    def _head(self, tx: Tx) -> TreeHead:
        held = store.frontier(tx)
        return TreeHead(
            school_id=self._school_id,
            size=held.size,
            root=held.root.hex(),
            at=self._clock.now(),
        )

    def _holds(self, tx: Tx, head: TreeHead) -> bool:
        """Whether the log's first `head.size` records hash to the head's root."""
        root = store.root(tx, head.size)
        return head.school_id == self._school_id and root == bytes.fromhex(head.root)

    def consistency(self, tx: Tx, from_size: int, to_size: int) -> ConsistencyProof:
        """That the log of `to_size` begins with the one of `from_size`."""
        hashes = consistency_proof(from_size, to_size, store.subtrees(tx))
        return ConsistencyProof(
            from_size=from_size, to_size=to_size, hashes=tuple(one.hex() for one in hashes)
        )

    def witnessed(self, tx: Tx, witness: Witness) -> bool:
        """Keep the hub's countersignature (already verified) of the last head it accepted; whether
        this log holds that head.

        One that it does not hold is of a history lost in a restore: kept as such and in no receipt.
        The hub accepts only what continues the last head it accepted, until an officer restarts the
        log; so its word on a head of ours settles every history lost before.
        """
        head = witness.head
        if not self._holds(tx, head):
            store.save_lost(tx, head.size, head.root, encode(witness), self._clock.now())
            return False
        store.save_witness(tx, head.size, head.root, encode(witness))
        store.settle_lost(tx, self._clock.now())
        return True

    def lost(self, tx: Tx) -> list[LostHistory]:
        """Histories that the hub has seen and this log does not have; the last found first."""
        return store.lost(tx)

    def receipt(self, tx: Tx, position: int) -> Receipt:
        """What a guardian keeps: the record with its proof, in a head the hub has seen if there is
        one. Raises NotFound, RecordDisposed, ReceiptNotMade."""
        signed = self.record(tx, position)
        try:
            record = read_record(signed)
            head, witness = self._head_of(tx, position)
            path = inclusion_proof(position, head.size, store.subtrees(tx))
            named = self._passkey(tx, position, record, head)
        except (ProtocolError, LookupError) as error:
            raise ReceiptNotMade(number=position) from error
        inclusion = tuple(one.hex() for one in path)
        keys = self._keys_from(tx, signed.key_id)
        if len(keys) == 1 and keys[0].end is None:
            return ReceiptV1(
                school_id=self._school_id,
                key=keys[0].key,
                record=signed,
                leaf_index=position,
                inclusion=inclusion,
                head=sign_head(self.signer(tx), head),
                attestation=keys[0].attestation,
                witness=witness,
                passkey=named,
            )
        return ReceiptV2(
            school_id=self._school_id,
            keys=keys,
            record=signed,
            leaf_index=position,
            inclusion=inclusion,
            head=sign_head(self.signer(tx), head),
            witness=witness,
            passkey=named,
        )

    def _passkey(
        self, tx: Tx, position: int, record: Record, head: TreeHead
    ) -> NamedPasskey | UnsetType:
        """The record that named the passkey by which another was signed."""
        if not isinstance(record, ConsentV4) or record.passkey is None:
            return UNSET
        found = passkey_store.naming(
            tx, record.guardian_id, record.passkey.public_key, position, record.signed_at
        )
        if found is None:
            return UNSET
        path = inclusion_proof(found, head.size, store.subtrees(tx))
        return NamedPasskey(
            record=self.record(tx, found),
            leaf_index=found,
            inclusion=tuple(one.hex() for one in path),
        )

    def _keys_from(self, tx: Tx, key_id: str) -> tuple[KeyProof, ...]:
        """The keys from the one that signed a record to the one that signs now."""
        known = self.keys(tx)
        place = next((n for n, one in enumerate(known) if one.key_id == key_id), len(known) - 1)
        return tuple(
            KeyProof(
                key=one.signing,
                attestation=one.attestation,
                end=one.ending,
                rotation=one.rotation if n else None,
            )
            for n, one in enumerate(known[place:])
        )

    def _head_of(self, tx: Tx, position: int) -> tuple[TreeHead, Witness | None]:
        """The head a record's receipt stands in: the earliest that the hub has seen, else today's.

        Only one that the log holds is ever signed. Raises InvalidProof when it does not even hold
        today's: its frontier and its hashes contradict each other.
        """
        seen = store.witness_from(tx, position + 1)
        witness = msgspec.json.decode(seen, type=Witness) if seen is not None else None
        if witness is not None and self._holds(tx, witness.head):
            return witness.head, witness
        head = self._head(tx)
        if not self._holds(tx, head):
            raise InvalidProof("the log does not hold its own head")
        return head, None

    # Checks -----------------------------------------------------------------------------------

    def check(self, tx: Tx) -> list[LedgerFault]:
        """Recompute everything from the records within this unit; what does not fit, the first
        hundred faults."""
        return checking.check(tx, self.keys(tx))

    async def check_all(
        self, db: Database, told: checking.HowFar | None = None
    ) -> list[LedgerFault]:
        """The same over a database of the caller's (Database.apart), a batch in a read."""
        return await checking.check_all(db, self.keys, told)

    async def check_now(self) -> None:
        """The daily job: what is new, and a part of the rest. Raises LedgerBroken, so that the job's
        row and the hub hear of it."""
        kept = await self._db.read(lambda tx: verified(tx, checking.NAME))
        async with self._db.apart() as apart:
            faults, so_far = await checking.check_night(apart, self.keys, kept)
        if faults:
            raise LedgerBroken(
                f"{len(faults)} faults, first: {faults[0].code} {faults[0].position}"
            )
        now = self._clock.now()
        await self._db.write(lambda tx: save_verified(tx, checking.NAME, so_far, now))


class LedgerDisposing:
    """Records whose period of retention is over: the log says that they go, then their texts and signatures do.

        disposing.plan(tx, id, positions)              # in portions
        place = disposing.close(tx, id, record)        # the log says so: from then on nothing is added to the list
        disposing.erase(tx, id, positions)             # in portions

    A leaf's hash stays, and so do the tree, all roots, heads and proofs. Whoever holds a receipt proves the record by
    it as before; the log's own check takes the hash that stayed for the leaf's, and holds each list against the record
    that names its hash. A text that went without such a record is a fault. Who may, and what is due, those ask
    whose records they are.
    """

    def __init__(self, db: Database, clock: Clock, ledger: Ledger) -> None:
        self._db = db
        self._clock = clock
        self._ledger = ledger

    plan = staticmethod(disposal_store.add)
    listed = staticmethod(disposal_store.listed)
    give_up = staticmethod(disposal_store.give_up)
    erase = staticmethod(disposal_store.erase)

    def close(self, tx: Tx, list_id: str, record: DisposalV1) -> int:
        """Append the record that says what goes; its place."""
        position, _digest = self._ledger.append(tx, record)
        disposal_store.close(tx, list_id, position, self._clock.now())
        return position

    def proof(self, tx: Tx, position: int) -> Receipt:
        """A disposal's record with its proof. Raises NotFound, ReceiptNotMade."""
        return self._ledger.receipt(tx, position)

    async def of(self, receipt: Receipt) -> Disposed | None:
        """By what the record of a receipt went here, for whoever holds the receipt; None: it did not."""
        leaf = record_leaf(receipt.record)
        return await self._db.read(lambda tx: disposal_store.disposed(tx, receipt.leaf_index, leaf))
