"""A school's own rows are believed because of one signed root, and are small beside a province's file."""

import zlib

import pytest

from protocol.errors import InvalidProof, MalformedMessage
from protocol.message import encode
from protocol.parcels import Parcel, ParcelAnswer, ParcelTree, pack, read_answer, tree_of, unpack

MONTH = "2026-12"


def parcel(school: str, dish: str = "쌀밥") -> Parcel:
    return Parcel(
        school=school,
        kind="meals",
        key=MONTH,
        headings=("MLSV_YMD", "DDISH_NM"),
        rows=(("20261202", dish),),
    )


def province(count: int) -> tuple[ParcelTree, list[ParcelAnswer]]:
    root, answers = tree_of([pack(parcel(f"{one:07}")) for one in range(count)])
    return ParcelTree(root=root, schools=count), answers


def read(answer: ParcelAnswer, tree: ParcelTree, school: str) -> Parcel:
    return read_answer(encode(answer), tree, school, "meals", MONTH)


@pytest.mark.parametrize("count", [1, 2, 3, 7, 64, 65])
def test_each_school_finds_its_own_rows_below_the_root(count: int) -> None:
    tree, answers = province(count)
    for at, answer in enumerate(answers):
        assert read(answer, tree, f"{at:07}") == parcel(f"{at:07}")


def test_another_schools_rows_and_changed_rows_are_refused() -> None:
    tree, answers = province(5)
    with pytest.raises(InvalidProof):
        read(answers[3], tree, "0000002")
    changed = ParcelAnswer(position=2, proof=answers[2].proof, packed=pack(parcel("0000002", "떡")))
    with pytest.raises(InvalidProof):
        read(changed, tree, "0000002")
    with pytest.raises(InvalidProof):
        read_answer(encode(answers[2]), tree, "0000002", "meals", "2027-01")


def test_what_is_no_parcel_or_unpacks_without_end_is_refused() -> None:
    for packed in (b"", b"no zlib", zlib.compress(b"\0" * 8_000_000), pack(parcel("1")) + b"more"):
        with pytest.raises(MalformedMessage):
            unpack(packed)


def test_the_way_to_the_root_of_a_large_province_is_thirteen_hashes() -> None:
    tree, answers = province(4_700)
    assert max(len(one.proof) for one in answers) == 13
    assert read(answers[4_699], tree, "0004699").rows
