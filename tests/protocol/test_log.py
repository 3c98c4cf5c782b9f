"""The Merkle log: proofs for every size, altered proofs refused, forks found out."""

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from protocol import errors
from protocol.heads import (
    ConsistencyProof,
    SignedTreeHead,
    TreeHead,
    check_successor,
    verify_head,
    verify_witness,
)
from protocol.merkle import (
    Frontier,
    consistency_proof,
    inclusion_proof,
    leaf_hash,
    subtree_of,
    tree_root,
    verify_consistency,
    verify_inclusion,
)
from tests.protocol.cast import (
    HEAD,
    HUB,
    LEAVES,
    NODE,
    OTHER_SCHOOL,
    STRANGER,
    WITNESS,
    head_of,
    proof_of,
)

MANY = [leaf_hash(bytes([i])) for i in range(70)]
ROOTS = [tree_root(MANY[:size]) for size in range(71)]
SUBTREE = subtree_of(MANY)


def test_every_leaf_of_every_small_tree_proves_its_place_and_no_other() -> None:
    for size in range(1, 35):
        for index in range(size):
            proof = inclusion_proof(index, size, SUBTREE)
            verify_inclusion(MANY[index], index, size, proof, ROOTS[size])
            for other in range(size):
                if other != index:
                    with pytest.raises(errors.InvalidProof):
                        verify_inclusion(MANY[index], other, size, proof, ROOTS[size])


def test_every_small_tree_is_the_beginning_of_every_larger_one() -> None:
    for new in range(35):
        for old in range(new + 1):
            proof = consistency_proof(old, new, SUBTREE)
            verify_consistency(old, new, ROOTS[old], ROOTS[new], proof)


@given(leaves=st.lists(st.binary(min_size=32, max_size=32), max_size=80))
def test_a_frontier_gives_the_root_of_the_definition(leaves: list[bytes]) -> None:
    frontier = Frontier()
    for leaf in leaves:
        frontier = frontier.append(leaf)
    again = Frontier.from_bytes(frontier.size, frontier.to_bytes())
    assert again == frontier
    assert frontier.root == tree_root(leaves)


@given(size=st.integers(1, 70), data=st.data())
def test_a_flipped_bit_in_an_inclusion_proof_is_refused(size: int, data: st.DataObject) -> None:
    index = data.draw(st.integers(0, size - 1))
    parts = [MANY[index], ROOTS[size], *inclusion_proof(index, size, SUBTREE)]
    place = data.draw(st.integers(0, len(parts) * 256 - 1))
    leaf, root, *proof = flipped(parts, place)
    with pytest.raises(errors.InvalidProof):
        verify_inclusion(leaf, index, size, proof, root)


@given(old=st.integers(1, 70), new=st.integers(1, 70), data=st.data())
def test_a_flipped_bit_in_a_consistency_proof_is_refused(
    old: int, new: int, data: st.DataObject
) -> None:
    old, new = sorted((old, new))
    parts = [ROOTS[old], ROOTS[new], *consistency_proof(old, new, SUBTREE)]
    place = data.draw(st.integers(0, len(parts) * 256 - 1))
    old_root, new_root, *proof = flipped(parts, place)
    with pytest.raises(errors.InvalidProof):
        verify_consistency(old, new, old_root, new_root, proof)


@given(size=st.integers(2, 70), data=st.data())
def test_a_proof_too_short_or_too_long_is_refused(size: int, data: st.DataObject) -> None:
    index = data.draw(st.integers(0, size - 1))
    proof = inclusion_proof(index, size, SUBTREE)
    old = data.draw(st.integers(1, size - 1))
    follows = consistency_proof(old, size, SUBTREE)
    for changed in (proof[:-1], proof[1:], [*proof, MANY[0]], []):
        with pytest.raises(errors.InvalidProof):
            verify_inclusion(MANY[index], index, size, changed, ROOTS[size])
    for changed in (follows[:-1], follows[1:], [*follows, MANY[0]], []):
        with pytest.raises(errors.InvalidProof):
            verify_consistency(old, size, ROOTS[old], ROOTS[size], changed)


def flipped(parts: list[bytes], place: int) -> list[bytes]:
    raw = bytearray(b"".join(parts))
    raw[place // 8] ^= 1 << place % 8
    return [bytes(raw[i : i + 32]) for i in range(0, len(raw), 32)]


# Heads ----------------------------------------------------------------------------------------


def test_a_head_and_a_witness_hold_for_their_signers_only() -> None:
    assert verify_head(HEAD, NODE.public.signing_bytes) == HEAD.head
    assert verify_witness(WITNESS, HUB.public.signing_bytes) == HEAD.head
    with pytest.raises(errors.BadSignature):
        verify_head(HEAD, STRANGER.public.signing_bytes)
    with pytest.raises(errors.BadSignature):
        verify_witness(WITNESS, NODE.public.signing_bytes)


@given(data=st.data())
def test_a_flipped_bit_in_a_signed_head_is_refused(data: st.DataObject) -> None:
    raw = bytearray(msgspec.json.encode(HEAD))
    place = data.draw(st.integers(0, len(raw) * 8 - 1))
    raw[place // 8] ^= 1 << place % 8
    with pytest.raises((msgspec.DecodeError, UnicodeDecodeError, errors.BadSignature)):
        verify_head(msgspec.json.decode(raw, type=SignedTreeHead), NODE.public.signing_bytes)


def test_a_log_that_grew_is_accepted_with_its_proof() -> None:
    whole = len(LEAVES)
    for size in range(1, whole):
        check_successor(head_of(size).head, HEAD.head, proof_of(size, whole))
    check_successor(None, HEAD.head)
    check_successor(head_of(0).head, HEAD.head)


def test_the_same_head_again_is_fine_and_an_unproved_one_asks_for_its_proof() -> None:
    check_successor(HEAD.head, head_of(len(LEAVES), at=HEAD.head.at + 5).head)
    for proof in (None, proof_of(3, len(LEAVES)), proof_of(2, 4)):
        with pytest.raises(errors.ConsistencyMissing) as refused:
            check_successor(head_of(2).head, HEAD.head, proof)
        assert refused.value.from_size == 2


def test_a_school_that_rewrites_its_past_is_found_out() -> None:
    whole = len(LEAVES)
    rewritten = [leaf_hash(b"rewritten"), *LEAVES[1:]]
    forked = msgspec.structs.replace(HEAD.head, root=tree_root(rewritten).hex())
    hashes = consistency_proof(3, whole, subtree_of(rewritten))
    proof = ConsistencyProof(from_size=3, to_size=whole, hashes=tuple(one.hex() for one in hashes))
    attempts: list[tuple[TreeHead, TreeHead, ConsistencyProof | None]] = [
        (HEAD.head, forked, None),
        (HEAD.head, head_of(3).head, None),
        (head_of(3).head, forked, proof),
        (head_of(3).head, forked, proof_of(3, whole)),
        (HEAD.head, msgspec.structs.replace(HEAD.head, school_id=OTHER_SCHOOL), None),
    ]
    for seen, new, given_proof in attempts:
        with pytest.raises(errors.LogForked):
            check_successor(seen, new, given_proof)
