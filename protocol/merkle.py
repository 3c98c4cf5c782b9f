"""RFC 6962 section 2: Merkle tree hash, inclusion and consistency proofs, over SHA-256.

Verification follows RFC 9162 sections 2.1.3.2 and 2.1.4.2. `Frontier` is what an append needs;
proofs are made from the leaf hashes through a function that fetches ranges of them.
"""

import hashlib
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from protocol.errors import InvalidProof

EMPTY_ROOT = hashlib.sha256(b"").digest()

SubtreeHash = Callable[[int, int], bytes]
"""(start, end) → root of the leaves start ≤ i < end; a store may answer full subtrees from a cache."""


def leaf_hash(entry: bytes) -> bytes:
    """MTH of one entry: SHA-256(0x00 || entry)."""
    return hashlib.sha256(b"\x00" + entry).digest()


def node_hash(left: bytes, right: bytes) -> bytes:
    """Hash of an inner node: SHA-256(0x01 || left || right)."""
    return hashlib.sha256(b"\x01" + left + right).digest()


def split_point(size: int) -> int:
    """The largest power of two smaller than `size` (size ≥ 2)."""
    return 1 << ((size - 1).bit_length() - 1)


@dataclass(frozen=True, slots=True)
class Frontier:
    """The roots of the full subtrees a log of `size` leaves is made of, left (largest) to right.

    Everything an append needs, at most 64 hashes. Immutable: `append` gives the next one.
    """

    size: int = 0
    peaks: tuple[bytes, ...] = ()

    def __post_init__(self) -> None:
        if self.size < 0 or len(self.peaks) != self.size.bit_count():
            raise InvalidProof("a frontier has one hash for each set bit of its size")

    def append(self, leaf: bytes) -> "Frontier":
        """The frontier with one more leaf hash."""
        peaks = list(self.peaks)
        carry, size = leaf, self.size
        while size & 1:
            carry = node_hash(peaks.pop(), carry)
            size >>= 1
        return Frontier(self.size + 1, (*peaks, carry))

    @property
    def root(self) -> bytes:
        """The tree hash of the log."""
        if not self.peaks:
            return EMPTY_ROOT
        root = self.peaks[-1]
        for peak in reversed(self.peaks[:-1]):
            root = node_hash(peak, root)
        return root

    def to_bytes(self) -> bytes:
        """For a column: the peaks, 32 bytes each (the size is kept beside it)."""
        return b"".join(self.peaks)

    @classmethod
    def from_bytes(cls, size: int, raw: bytes) -> "Frontier":
        """Inverse of `to_bytes`. Raises InvalidProof."""
        if len(raw) % 32:
            raise InvalidProof("a frontier is made of hashes of 32 bytes")
        return cls(size, tuple(raw[i : i + 32] for i in range(0, len(raw), 32)))


def tree_root(leaves: Sequence[bytes]) -> bytes:
    """Tree hash of leaf hashes, as RFC 6962 defines it (recursively); `Frontier` gives the same."""
    return subtree_of(leaves)(0, len(leaves)) if leaves else EMPTY_ROOT


def subtree_of(leaves: Sequence[bytes]) -> SubtreeHash:
    """SubtreeHash over leaf hashes held in memory."""

    def root(start: int, end: int) -> bytes:
        if end - start == 1:
            return leaves[start]
        middle = start + split_point(end - start)
        return node_hash(root(start, middle), root(middle, end))

    return root


def inclusion_proof(index: int, size: int, subtree: SubtreeHash) -> list[bytes]:
    """PATH(index, D[size]) of RFC 6962 section 2.1.1. Raises InvalidProof when index is outside."""
    if not 0 <= index < size:
        raise InvalidProof(f"leaf {index} is not in a tree of {size}")
    path: list[bytes] = []
    start, end = 0, size
    while end - start > 1:
        middle = start + split_point(end - start)
        if index < middle:
            path.append(subtree(middle, end))
            end = middle
        else:
            path.append(subtree(start, middle))
            start = middle
    return path[::-1]


def consistency_proof(old: int, new: int, subtree: SubtreeHash) -> list[bytes]:
    """PROOF(old, D[new]) of RFC 6962 section 2.1.2; empty when the sizes are equal or old is 0."""
    if not 0 <= old <= new:
        raise InvalidProof(f"no consistency from {old} to {new}")
    if old in (0, new):
        return []
    path: list[bytes] = []
    start, end, whole = 0, new, True
    while end != old:
        middle = start + split_point(end - start)
        if old <= middle:
            path.append(subtree(middle, end))
            end = middle
        else:
            path.append(subtree(start, middle))
            start, whole = middle, False
    if not whole:
        path.append(subtree(start, end))
    return path[::-1]


def verify_inclusion(
    leaf: bytes, index: int, size: int, proof: Sequence[bytes], root: bytes
) -> None:
    """Whether the leaf hash is leaf `index` of the tree (RFC 9162 section 2.1.3.2). Raises InvalidProof."""
    if not 0 <= index < size:
        raise InvalidProof(f"leaf {index} is not in a tree of {size}")
    position, last, computed = index, size - 1, leaf
    for step in proof:
        if last == 0:
            raise InvalidProof("the inclusion proof is too long")
        if position & 1 or position == last:
            computed = node_hash(step, computed)
            while not position & 1 and position:
                position, last = position >> 1, last >> 1
        else:
            computed = node_hash(computed, step)
        position, last = position >> 1, last >> 1
    if last != 0 or computed != root:
        raise InvalidProof("the inclusion proof does not lead to the root")


def verify_consistency(
    old: int, new: int, old_root: bytes, new_root: bytes, proof: Sequence[bytes]
) -> None:
    """Whether the old tree is the beginning of the new one (RFC 9162 section 2.1.4.2).

    Raises InvalidProof. The empty tree is the beginning of every tree.
    """
    if not 0 <= old <= new:
        raise InvalidProof(f"no consistency from {old} to {new}")
    if old in (0, new):
        fits = old_root == (EMPTY_ROOT if old == 0 else new_root) and not proof
        if not fits or (new == 0 and new_root != EMPTY_ROOT):
            raise InvalidProof("the heads contradict each other")
        return
    path = list(proof) if old & (old - 1) else [old_root, *proof]
    if not path:
        raise InvalidProof("the consistency proof is empty")
    position, last = old - 1, new - 1
    while position & 1:
        position, last = position >> 1, last >> 1
    from_old = from_new = path[0]
    for step in path[1:]:
        if last == 0:
            raise InvalidProof("the consistency proof is too long")
        if position & 1 or position == last:
            from_old, from_new = node_hash(step, from_old), node_hash(step, from_new)
            while not position & 1 and position:
                position, last = position >> 1, last >> 1
        else:
            from_new = node_hash(from_new, step)
        position, last = position >> 1, last >> 1
    if last != 0 or from_old != old_root or from_new != new_root:
        raise InvalidProof("the consistency proof does not lead to the roots")
