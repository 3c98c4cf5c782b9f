"""A school's own rows of what 나이스 has of all schools: asked for by the school, vouched for by one root.

A month of meals of a whole province is too large for each school to carry. The signed list
(`protocol.supplies`) has the root of a Merkle tree over the parcels of all schools, in the order of
their codes; a school fetches its own parcel with the hashes that lead to that root.

    GET /v1/parcels/<root>/<code>     ParcelAnswer; 404: the file says nothing of that school
"""

import functools
import zlib
from collections.abc import Sequence

from protocol.errors import InvalidProof, MalformedMessage
from protocol.merkle import (
    inclusion_proof,
    leaf_hash,
    node_hash,
    split_point,
    verify_inclusion,
)
from protocol.message import Count, Message, Sha256, decode, encode

PARCEL_PATH = "/v1/parcels/"
LARGEST_PARCEL = 4 * 1024 * 1024  # bytes, unpacked
LARGEST_ANSWER = 2 * 1024 * 1024  # bytes


class ParcelTree(Message, frozen=True, kw_only=True):
    """What the signed list says of a file: the root over the parcels of so many schools."""

    root: Sha256
    schools: Count


class Parcel(Message, frozen=True, kw_only=True):
    """A school's rows. `school`: its code at 나이스, seven digits; `kind` and `key` as the supply has them."""

    school: str
    kind: str
    key: str
    headings: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]


class ParcelAnswer(Message, frozen=True, kw_only=True):
    """A parcel as it travels: its bytes, compressed (zlib), and its way to the root."""

    position: Count
    proof: tuple[Sha256, ...]
    packed: bytes


def tree_of(packed: Sequence[bytes]) -> tuple[str, list[ParcelAnswer]]:
    """The root over parcels in the order of their schools, and each with its way to it."""
    leaves = [leaf_hash(one) for one in packed]

    @functools.cache  # each way to the root passes the same subtrees
    def subtree(start: int, end: int) -> bytes:
        if end - start == 1:
            return leaves[start]
        middle = start + split_point(end - start)
        return node_hash(subtree(start, middle), subtree(middle, end))

    answers = [
        ParcelAnswer(
            position=at,
            proof=tuple(one.hex() for one in inclusion_proof(at, len(leaves), subtree)),
            packed=content,
        )
        for at, content in enumerate(packed)
    ]
    return subtree(0, len(leaves)).hex(), answers


def pack(parcel: Parcel) -> bytes:
    return zlib.compress(encode(parcel), 9)


def unpack(packed: bytes) -> Parcel:
    """Raises MalformedMessage, UnknownVersion."""
    opened = zlib.decompressobj()
    try:
        raw = opened.decompress(packed, LARGEST_PARCEL)
    except zlib.error as error:
        raise MalformedMessage(f"a parcel that cannot be unpacked: {error}") from error
    if not opened.eof or opened.unused_data:
        raise MalformedMessage("a parcel is too large, or not whole")
    return decode(raw, Parcel)


def read_tree(content: str) -> ParcelTree:
    """Raises MalformedMessage, UnknownVersion."""
    return decode(content.encode(), ParcelTree)


def read_answer(raw: bytes, tree: ParcelTree, school: str, kind: str, key: str) -> Parcel:
    """The parcel in an answer, once the root vouches for it. Raises MalformedMessage, UnknownVersion,
    InvalidProof."""
    answer = decode(raw, ParcelAnswer)
    verify_inclusion(
        leaf_hash(answer.packed),
        answer.position,
        tree.schools,
        [bytes.fromhex(one) for one in answer.proof],
        bytes.fromhex(tree.root),
    )
    parcel = unpack(answer.packed)
    if (parcel.school, parcel.kind, parcel.key) != (school, kind, key):
        raise InvalidProof("the parcel is another school's, or of another month")
    if any(len(row) != len(parcel.headings) for row in parcel.rows):
        raise MalformedMessage("a row of the parcel does not fit its headings")
    if any("\x00" in cell for row in (parcel.headings, *parcel.rows) for cell in row):
        raise MalformedMessage("a cell of the parcel holds what no text may")
    return parcel
