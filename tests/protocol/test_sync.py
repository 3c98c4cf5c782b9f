"""The conversation: versions, lost, repeated and reordered parts, the directory, Korean search keys."""

import json
from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from protocol import errors
from protocol.directory import (
    Cursor,
    DirectoryDelta,
    Increment,
    Op,
    Step,
    apply_increments,
    initial_consonants,
    normalise,
    plan_delta,
    remove,
    share_digest,
    upsert,
)
from protocol.message import decode, encode
from protocol.official import NoticeAck
from protocol.sync import Down, SequencedNotice, Up, advance, fresh_items, latest_acks
from tests.protocol.cast import DELTA, DOWN, NOTICE, STAFF, UP

DIGEST = "00" * 32


def test_up_and_down_come_back_as_they_went() -> None:
    assert decode(encode(UP), Up) == UP
    assert decode(encode(DOWN), Down) == DOWN


def test_unknown_fields_pass_and_unknown_versions_are_named() -> None:
    fields = json.loads(encode(UP))
    fields["added_later"] = [1]
    fields["state"]["added_later"] = {"x": 1}
    assert decode(json.dumps(fields).encode(), Up) == UP
    with pytest.raises(errors.UnknownVersion) as refused:
        decode(b'{"v":2,"entirely":"different"}', Up)
    assert refused.value.details == {"found": 2, "known": 1, "name": "Up"}


@pytest.mark.parametrize(
    "raw",
    [
        b"",
        b"null",
        b"[]",
        b"{}",
        b'{"v":"1"}',
        b'{"v":true}',
        b'{"v":1.0}',
        b'{"v":1}',
        b'{"v":1,"sent_at":"now"}',
        b'{"v":1,"epoch":"\xff"}',
        b"[" * 100_000,
    ],
)
def test_what_is_no_message_is_a_typed_error(raw: bytes) -> None:
    with pytest.raises(errors.MalformedMessage):
        decode(raw, Up)


@given(raw=st.binary(max_size=60))
def test_noise_is_always_a_typed_error(raw: bytes) -> None:
    with pytest.raises(errors.MalformedMessage):
        decode(raw, Down)


# Directory ------------------------------------------------------------------------------------


def person(seq: int, number: int, name: str = "이도윤") -> Increment:
    return upsert(seq, msgspec.structs.replace(STAFF, id=f"staff{number}", name=name))


def delta(from_seq: int, *entries: Increment, **changes: Any) -> DirectoryDelta:
    last = entries[-1].seq if entries else from_seq
    values = {
        "epoch": "e",
        "from_seq": from_seq,
        "to_seq": last,
        "digest": DIGEST,
        "entries": entries,
        **changes,
    }
    return DirectoryDelta(**values)


@given(
    log=st.lists(st.tuples(st.booleans(), st.integers(0, 5)), max_size=20),
    sends=st.lists(st.tuples(st.integers(0, 20), st.integers(0, 20)), max_size=12),
)
def test_lost_repeated_and_reordered_deltas_end_in_the_same_share(
    log: list[tuple[bool, int]], sends: list[tuple[int, int]]
) -> None:
    increments = tuple(
        person(seq, number, f"이름{seq}") if add else remove(seq, f"staff{number}")
        for seq, (add, number) in enumerate(log, start=1)
    )
    wanted = apply_increments({}, increments)
    share: dict[str, Increment] = {}
    held: Cursor | None = Cursor(epoch="e")
    for low, high in [*sends, (0, len(log))]:
        start, end = min(low, len(log)), min(max(low, high), len(log))
        one = delta(start, *increments[start:end], to_seq=end)
        step, fresh = plan_delta(held, one)
        if step is Step.APPLY:
            share = apply_increments(share, fresh)
            held = advance(held, Cursor(epoch="e", seq=one.to_seq))
        assert share == apply_increments({}, increments[: held.seq if held else 0])
    assert share == wanted
    hashes = [one.hash for one in share.values() if one.hash]
    assert share_digest(hashes) == share_digest(reversed(hashes))


def test_a_gap_or_another_life_of_the_database_asks_for_the_whole_share() -> None:
    five = delta(4, person(5, 1))
    assert plan_delta(None, five) == (Step.RESEND, ())
    assert plan_delta(Cursor(epoch="e", seq=3), five) == (Step.RESEND, ())
    assert plan_delta(Cursor(epoch="earlier", seq=4), five) == (Step.RESEND, ())
    assert plan_delta(Cursor(epoch="e", seq=4), five)[0] is Step.APPLY
    assert plan_delta(Cursor(epoch="e", seq=5), five) == (Step.NOTHING, ())


def test_a_whole_share_replaces_what_was_held_unless_it_is_older() -> None:
    whole = delta(0, person(9, 1), full=True)
    for held in (None, Cursor(epoch="earlier", seq=40), Cursor(epoch="e", seq=9)):
        assert plan_delta(held, whole) == (Step.APPLY, whole.entries)
    assert plan_delta(Cursor(epoch="e", seq=10), whole) == (Step.NOTHING, ())
    left = apply_increments({"staff2": person(1, 2)}, whole.entries, full=True)
    assert set(left) == {"staff1"}


@pytest.mark.parametrize(
    "entries",
    [
        (person(2, 1), person(1, 2)),
        (person(1, 1), person(1, 2)),
        (Increment(seq=1, op=Op.UPSERT, id="x"),),
        (Increment(seq=1, op=Op.REMOVE, id=STAFF.id, entry=STAFF, hash=DIGEST),),
        (Increment(seq=1, op=Op.UPSERT, id="x", entry=STAFF, hash=DIGEST),),
    ],
)
def test_a_delta_that_contradicts_itself_is_refused(entries: tuple[Increment, ...]) -> None:
    with pytest.raises(errors.MalformedMessage):
        plan_delta(Cursor(epoch="e"), delta(0, *entries, to_seq=5))


def test_the_directory_has_no_place_for_a_student() -> None:
    raw = encode(UP).replace(b'"kind":"staff"', b'"kind":"student"')
    with pytest.raises(errors.MalformedMessage):
        decode(raw, Up)
    assert all(one.entry is not None for one in DELTA.entries)


# Streams --------------------------------------------------------------------------------------


@given(pages=st.lists(st.tuples(st.integers(0, 9), st.integers(0, 9)), max_size=10))
def test_each_item_of_a_stream_is_taken_over_once_and_in_order(
    pages: list[tuple[int, int]],
) -> None:
    stream = [SequencedNotice(seq=seq, notice=NOTICE) for seq in range(1, 10)]
    held: Cursor | None = None
    taken: list[int] = []
    for low, high in [*pages, (0, 9)]:
        floor = held.seq if held else 0
        start, end = min(low, floor), max(low, high)
        cursor = Cursor(epoch="hub", seq=end)
        page = [one for one in stream if start < one.seq <= end]
        taken += [one.seq for one in fresh_items(held, cursor, reversed(page))]
        held = advance(held, cursor)
    assert taken == list(range(1, 10))


def test_a_hub_restored_from_a_backup_starts_its_stream_again() -> None:
    item = SequencedNotice(seq=3, notice=NOTICE)
    held, given_cursor = Cursor(epoch="old", seq=90), Cursor(epoch="new", seq=3)
    assert fresh_items(held, given_cursor, [item]) == [item]
    assert advance(held, given_cursor) == given_cursor


def test_the_latest_ack_of_a_notice_holds() -> None:
    one, two, old = (
        NoticeAck(notice_id="n", revision=revision, received_at=1, read=read)
        for revision, read in ((2, 1), (2, 5), (1, 9))
    )
    assert latest_acks([one, two, old]) == {"n": two}


# Korean search keys ---------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "initials"),
    [
        ("김하늘", "ㄱㅎㄴ"),
        ("새솔 중학교", "ㅅㅅㅈㅎㄱ"),
        ("ㄱㅎ", "ㄱㅎ"),
        ("빵Ab1", "ㅃab1"),
        ("\u1100\u1161\u11a8", "ㄱ"),
        ("힣가", "ㅎㄱ"),
        ("", ""),
    ],
)
def test_initial_consonants_are_those_one_types(text: str, initials: str) -> None:
    assert initial_consonants(text) == initials


def test_decomposed_and_spaced_names_have_the_same_search_key() -> None:
    assert normalise("김 하늘") == normalise("\u1100\u1175\u11b7하늘") == "김하늘"
    assert normalise("ＡＢＣ") == "abc"
