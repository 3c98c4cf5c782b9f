"""The draw: fair, the same for everybody who recomputes it, and no entry can be changed unnoticed."""

import hashlib
from collections.abc import Callable

import msgspec
import pytest
from msgspec.structs import replace

from protocol.draw import (
    DrawCourse,
    DrawEntry,
    DrawFileV1,
    DrawList,
    draw,
    draw_file,
    list_hash,
    outcome_hash,
    read_draw_file,
    read_list,
    seed_hash,
    text_of,
    verify_draw,
)
from protocol.errors import MalformedMessage
from protocol.heads import TreeHead, sign_head
from protocol.merkle import inclusion_proof, subtree_of, tree_root
from protocol.receipts import ReceiptV1, TrustAnchor
from protocol.records import DrawV1, SignedRecord, record_leaf, sign_record
from tests.protocol import cast

DRAWS = 1_000
ENTRIES = 20
PLACES = 8
# The value that a chi-square with so many degrees of freedom passes once in a hundred times.
CHI_SQUARE_1_PERCENT = {1: 6.635, 19: 36.191}


def seed_of(number: int) -> str:
    """Fixed seeds: the same draws whenever the test runs."""
    return hashlib.sha256(f"fairness {number}".encode()).hexdigest()


def listed(*children: int, places: int = PLACES) -> DrawList:
    """One course, and entries of so many children each."""
    return DrawList(
        signup_id="fair",
        courses=(DrawCourse(id="c", name="코딩", places=places),),
        entries=tuple(
            DrawEntry(number=f"{100_000 + 7 * place}", course="c", children=many)
            for place, many in enumerate(children)
        ),
    )


def chi_square(found: list[int], expected: float) -> float:
    return sum((one - expected) ** 2 / expected for one in found)


def test_everybody_is_drawn_first_as_often_as_anybody_else() -> None:
    text = text_of(listed(*[1] * ENTRIES))
    first = dict.fromkeys((one.number for one in read_list(text).entries), 0)
    for number in range(DRAWS):
        first[draw(seed_of(number), text)[0].number] += 1
    found = chi_square(list(first.values()), DRAWS / ENTRIES)
    assert found < CHI_SQUARE_1_PERCENT[ENTRIES - 1]


def test_everybody_gets_a_place_as_often_as_anybody_else() -> None:
    """Eight of twenty have one in each draw, so that the sum is smaller than of as many tosses: by
    (n - k) / (n - 1), which the statistic is divided by."""
    text = text_of(listed(*[1] * ENTRIES))
    places = dict.fromkeys((one.number for one in read_list(text).entries), 0)
    for number in range(DRAWS):
        for one in draw(seed_of(number), text):
            places[one.number] += one.waits == 0
    found = chi_square(list(places.values()), DRAWS * PLACES / ENTRIES)
    assert found * (ENTRIES - 1) / (ENTRIES - PLACES) < CHI_SQUARE_1_PERCENT[ENTRIES - 1]


def test_siblings_who_stay_together_have_their_turn_as_early_as_an_only_child() -> None:
    text = text_of(listed(2, 3, *[1] * (ENTRIES - 2)))
    units = {one.number for one in read_list(text).entries if one.children > 1}
    firsts = sum(draw(seed_of(number), text)[0].number in units for number in range(DRAWS))
    expected = DRAWS * 2 / ENTRIES
    found = chi_square([firsts], expected) + chi_square([DRAWS - firsts], DRAWS - expected)
    assert found < CHI_SQUARE_1_PERCENT[1]


@pytest.mark.parametrize("number", range(40))
def test_siblings_get_places_together_or_wait_together_and_no_place_is_given_twice(
    number: int,
) -> None:
    among = listed(2, 1, 3, 1, 2, 1, 1, 2, places=6)
    children = {one.number: one.children for one in among.entries}
    drawn = draw(seed_of(number), text_of(among))
    taken = sum(children[one.number] for one in drawn if one.waits == 0)
    assert taken <= 6
    waiting = [one for one in drawn if one.waits]
    assert [one.waits for one in waiting] == list(range(1, len(waiting) + 1))
    assert all(children[one.number] > 6 - taken for one in waiting)


def test_each_course_has_its_own_places() -> None:
    waits = {one.number: one.waits for one in draw(cast.SEED, cast.DRAW_TEXT)}
    assert sorted((waits["611953"], waits["746773"])) == [0, 1]


def test_the_list_says_the_same_whatever_order_the_entries_come_in() -> None:
    turned = replace(cast.DRAW_LIST, entries=cast.DRAW_LIST.entries[::-1])
    assert text_of(turned) == cast.DRAW_TEXT


# Found out ----------------------------------------------------------------------------------------


def logged(*records: SignedRecord) -> list[ReceiptV1]:
    """Receipts of a log that holds these records alone."""
    leaves = [record_leaf(one) for one in records]
    root = tree_root(leaves).hex()
    head = sign_head(
        cast.NODE, TreeHead(school_id=cast.SCHOOL, size=len(leaves), root=root, at=cast.NOW)
    )
    return [
        ReceiptV1(
            school_id=cast.SCHOOL,
            key=cast.NODE.public.signing,
            record=record,
            leaf_index=place,
            inclusion=tuple(
                one.hex() for one in inclusion_proof(place, len(leaves), subtree_of(leaves))
            ),
            head=head,
        )
        for place, record in enumerate(records)
    ]


def file_of(
    text: str = cast.DRAW_TEXT, record: DrawV1 = cast.DRAW, *, late: bool = False
) -> DrawFileV1:
    """The file of a draw. `late`: the seed came into the log behind it."""
    signed = sign_record(cast.NODE, record)
    if late:
        drawn, commitment = logged(signed, cast.SIGNED_DRAW_SEED)
    else:
        commitment, drawn = logged(cast.SIGNED_DRAW_SEED, signed)
    return read_draw_file(draw_file(text, commitment, drawn))


def failing(file: DrawFileV1) -> list[str]:
    found = verify_draw(file)
    assert not found.valid
    assert found.outcome == ()
    return [one.code for one in found.checks if not one.holds]


def test_whoever_has_the_file_comes_to_the_same_outcome() -> None:
    school = cast.NODE.public.fingerprint
    found = verify_draw(file_of(), TrustAnchor(school=school))
    assert found.valid
    assert found.outcome == draw(cast.SEED, cast.DRAW_TEXT)
    assert found.record == cast.DRAW


Change = Callable[[DrawList], DrawList]


def with_entry(place: int, **changed: object) -> Change:
    def change(among: DrawList) -> DrawList:
        entries = list(among.entries)
        entries[place] = replace(entries[place], **changed)
        return replace(among, entries=tuple(entries))

    return change


@pytest.mark.parametrize(
    "change",
    [
        *(with_entry(place, number="999999") for place in range(len(cast.DRAW_LIST.entries))),
        *(with_entry(place, children=4) for place in range(len(cast.DRAW_LIST.entries))),
        with_entry(0, course="cour0000000000000002"),
        lambda among: replace(among, entries=among.entries[1:]),
        lambda among: replace(
            among, entries=(*among.entries, replace(among.entries[0], number="888888"))
        ),
        lambda among: replace(
            among, courses=(replace(among.courses[0], places=4), *among.courses[1:])
        ),
    ],
)
def test_any_changed_entry_is_found_out(change: Change) -> None:
    text = text_of(change(cast.DRAW_LIST))
    assert "entries" in failing(file_of(text))
    redrawn = replace(
        cast.DRAW, list_hash=list_hash(text), outcome_hash=outcome_hash(draw(cast.SEED, text))
    )
    assert list_hash(text) != cast.DRAW.list_hash  # what a family kept of the log names the first
    assert verify_draw(file_of(text, redrawn)).record != cast.DRAW


def test_another_seed_than_the_promised_one_is_found_out() -> None:
    seed = "00" * 32
    other = replace(cast.DRAW, seed=seed, outcome_hash=outcome_hash(draw(seed, cast.DRAW_TEXT)))
    assert failing(file_of(record=other)) == ["seed"]
    assert seed_hash(seed) != seed_hash(cast.SEED)


def test_a_seed_promised_after_the_draw_is_found_out() -> None:
    assert failing(file_of(late=True)) == ["before"]


def test_another_outcome_is_found_out() -> None:
    drawn = draw(cast.SEED, cast.DRAW_TEXT)
    other = replace(cast.DRAW, outcome_hash=outcome_hash(drawn[::-1]))
    assert failing(file_of(record=other)) == ["outcome"]


def test_a_record_that_another_key_signed_is_found_out() -> None:
    file = file_of()
    drawn = msgspec.json.decode(bytes(file.drawn))
    drawn["record"]["text"] = drawn["record"]["text"].replace("방과후", "방과뒤")
    assert failing(replace(file, drawn=msgspec.Raw(msgspec.json.encode(drawn)))) == ["signed"]


def test_a_list_with_a_number_twice_is_no_list() -> None:
    twice = replace(cast.DRAW_LIST, entries=(cast.DRAW_LIST.entries[0],) * 2)
    with pytest.raises(MalformedMessage):
        draw(cast.SEED, text_of(twice))


def test_a_consents_receipts_are_no_draw() -> None:
    raw = msgspec.Raw(msgspec.json.encode(cast.RECEIPT))
    with pytest.raises(MalformedMessage):
        verify_draw(DrawFileV1(entries=cast.DRAW_TEXT, commitment=raw, drawn=raw))
