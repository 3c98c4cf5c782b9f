"""School ids, keys, fingerprints and the texts they travel as."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from protocol.encoding import crockford, from_base64url, from_crockford, to_base64url
from protocol.errors import InvalidKey, InvalidSchoolId, MalformedMessage
from protocol.identity import (
    KeyPair,
    PublicKeys,
    fingerprint,
    neis_code,
    parse_school_id,
    server_name,
    signature_holds,
)
from tests.protocol.cast import NODE, SCHOOL, STRANGER


def test_a_school_id_is_its_code_at_neis_or_that_of_a_kindergarten() -> None:
    assert parse_school_id(" j107530101 ") == "J107530101"
    assert parse_school_id("k123456") == "K123456"


def test_a_kindergarten_has_no_code_at_neis_whatever_its_own_ends_with() -> None:
    assert neis_code(parse_school_id("J107530101")) == "7530101"
    assert neis_code(parse_school_id("K7530101")) == ""


@pytest.mark.parametrize(
    "text", ["", "J10", "J1075301010", "J10753010", "107530101", "J20753010X", "K", "K１２３４"]
)
def test_what_is_no_school_id_is_refused(text: str) -> None:
    with pytest.raises(InvalidSchoolId):
        parse_school_id(text)


def test_a_school_has_one_dns_name() -> None:
    assert server_name(SCHOOL, "madang.invalid") == "j107530101.madang.invalid"
    for domain in ("", "Madang.invalid", "a..b", "-a.b", "a b", "x" * 300):
        with pytest.raises(InvalidSchoolId):
            server_name(SCHOOL, domain)


def test_a_key_file_brings_back_the_same_keys_and_is_never_printed() -> None:
    keys = KeyPair.generate()
    again = KeyPair.from_bytes(keys.to_bytes())
    assert again == keys
    assert again.public == keys.public
    assert keys.signing_seed.hex() not in repr(keys)
    assert repr(keys) == "KeyPair()"
    for size in (0, 32, 63, 65):
        with pytest.raises(InvalidKey):
            KeyPair.from_bytes(bytes(size))


def test_a_fingerprint_is_eight_groups_and_differs_between_keys() -> None:
    groups = NODE.public.fingerprint.split("-")
    assert [len(group) for group in groups] == [4] * 8
    assert "".join(groups) == NODE.key_id == NODE.public.key_id
    assert fingerprint(STRANGER.public.signing_bytes) != NODE.public.fingerprint


def test_a_signature_holds_only_for_its_key_context_and_payload() -> None:
    signature = NODE.sign("a.v1", b"payload")
    key = NODE.public.signing_bytes
    assert signature_holds(key, "a.v1", b"payload", signature)
    assert not signature_holds(key, "b.v1", b"payload", signature)
    assert not signature_holds(key, "a.v1", b"payloae", signature)
    assert not signature_holds(STRANGER.public.signing_bytes, "a.v1", b"payload", signature)
    assert not signature_holds(key, "a.v1", b"payload", signature + "A")
    assert not signature_holds(key, "a.v1", b"payload", "")


@given(place=st.integers(0, 86 * 8 - 1))
def test_a_flipped_bit_in_a_signature_never_holds(place: int) -> None:
    raw = bytearray(NODE.sign("a.v1", b"payload").encode())
    raw[place // 8] ^= 1 << place % 8
    text = raw.decode("latin-1")
    assert not signature_holds(NODE.public.signing_bytes, "a.v1", b"payload", text)


@given(raw=st.binary(max_size=80))
def test_bytes_survive_both_texts(raw: bytes) -> None:
    assert from_base64url(to_base64url(raw)) == raw
    assert from_crockford(crockford(raw)) == raw
    handwritten = crockford(raw).lower().replace("0", "o").replace("1", "l")
    assert from_crockford(handwritten) == raw


@pytest.mark.parametrize("text", ["A", "AB", "AA==", "A+AA", "가나", "AAA A"])
def test_base64url_has_one_text_for_each_value(text: str) -> None:
    with pytest.raises(InvalidKey):
        from_base64url(text)


@pytest.mark.parametrize("text", ["0", "01", "U0", "가", "000"])
def test_base_32_has_one_text_for_each_value(text: str) -> None:
    with pytest.raises(MalformedMessage):
        from_crockford(text)


@pytest.mark.parametrize("text", ["", "AAAA", "!" * 43])
def test_a_public_key_of_the_wrong_form_is_refused(text: str) -> None:
    with pytest.raises(InvalidKey):
        PublicKeys(signing=text, sealing=NODE.public.sealing).check()
