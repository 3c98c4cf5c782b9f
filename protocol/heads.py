"""Signed tree heads: what a node says its log is, what the hub saw, and how a fork is found out."""

from typing import Annotated

import msgspec

from protocol.canonical import canonical_bytes
from protocol.errors import BadSignature, ConsistencyMissing, InvalidProof, LogForked
from protocol.identity import KeyId, KeyPair, SchoolId, key_id, signature_holds
from protocol.merkle import verify_consistency
from protocol.message import Count, Millis, Sha256

HEAD_CONTEXT = "tree-head.v1"
WITNESS_CONTEXT = "witness.v1"


class TreeHead(msgspec.Struct, frozen=True, kw_only=True):
    """State of a school's log: `size` leaves hash to `root` (RFC 6962 tree hash)."""

    school_id: SchoolId
    size: Count
    root: Sha256
    at: Millis


class SignedTreeHead(msgspec.Struct, frozen=True, kw_only=True):
    """A head with the node's signature over its canonical text."""

    head: TreeHead
    key_id: KeyId
    signature: str


class Witness(msgspec.Struct, frozen=True, kw_only=True):
    """The hub's word that it saw this head and that it continues all it had seen before."""

    head: TreeHead
    seen_at: Millis
    key_id: KeyId
    signature: str


class ConsistencyProof(msgspec.Struct, frozen=True, kw_only=True):
    """RFC 6962 proof that the tree of `to_size` leaves begins with that of `from_size`."""

    from_size: Count
    to_size: Count
    hashes: Annotated[tuple[Sha256, ...], msgspec.Meta(max_length=64)]


def sign_head(keys: KeyPair, head: TreeHead) -> SignedTreeHead:
    """The head, signed by its node."""
    signature = keys.sign(HEAD_CONTEXT, canonical_bytes(head))
    return SignedTreeHead(head=head, key_id=keys.key_id, signature=signature)


def verify_head(signed: SignedTreeHead, public_bytes: bytes) -> TreeHead:
    """The head, if this key signed it. Raises BadSignature."""
    holds = signed.key_id == key_id(public_bytes) and signature_holds(
        public_bytes, HEAD_CONTEXT, canonical_bytes(signed.head), signed.signature
    )
    if not holds:
        raise BadSignature("the tree head was not signed by this key")
    return signed.head


def sign_witness(keys: KeyPair, head: TreeHead, *, seen_at: int) -> Witness:
    """The hub's countersignature; give it only after `check_successor`."""
    signature = keys.sign(WITNESS_CONTEXT, _witness_text(head, seen_at))
    return Witness(head=head, seen_at=seen_at, key_id=keys.key_id, signature=signature)


def verify_witness(witness: Witness, public_bytes: bytes) -> TreeHead:
    """The witnessed head, if the hub with this key signed it. Raises BadSignature."""
    holds = witness.key_id == key_id(public_bytes) and signature_holds(
        public_bytes,
        WITNESS_CONTEXT,
        _witness_text(witness.head, witness.seen_at),
        witness.signature,
    )
    if not holds:
        raise BadSignature("the witness was not signed by this key")
    return witness.head


def check_successor(
    seen: TreeHead | None, new: TreeHead, proof: ConsistencyProof | None = None
) -> None:
    """Whether `new` continues the log of which `seen` was the last head accepted.

    Raises LogForked (other root at the same size, smaller log, or a proof that does not follow) and
    ConsistencyMissing (grown, but without a proof from `seen.size`). An empty or unseen log needs none.
    A head seen before with the same size and root is fine.
    """
    if seen is None or seen.size == 0:
        return
    if new.school_id != seen.school_id:
        raise LogForked("the head belongs to another school")
    if new.size < seen.size:
        raise LogForked(
            f"the log shrank from {seen.size} to {new.size}", seen_size=seen.size, size=new.size
        )
    if new.size == seen.size:
        if new.root != seen.root:
            raise LogForked(f"two roots for size {new.size}", seen_size=seen.size, size=new.size)
        return
    if proof is None or proof.from_size != seen.size or proof.to_size != new.size:
        raise ConsistencyMissing(f"a proof from size {seen.size} is needed", from_size=seen.size)
    try:
        verify_consistency(
            seen.size,
            new.size,
            bytes.fromhex(seen.root),
            bytes.fromhex(new.root),
            [bytes.fromhex(text) for text in proof.hashes],
        )
    except InvalidProof as error:
        raise LogForked(
            f"the log of size {new.size} does not begin with the one of size {seen.size}",
            seen_size=seen.size,
            size=new.size,
        ) from error


def _witness_text(head: TreeHead, seen_at: int) -> bytes:
    return canonical_bytes({"head": head, "seen_at": seen_at})
