"""Invitation, request and grant: typed by hand or scanned, proven by both sides, safe to repeat."""

import json

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from protocol import errors
from protocol.encoding import ALPHABET
from protocol.enrolment import (
    EnrolmentRequest,
    Invitation,
    check_expiry,
    check_hub,
    derive,
    format_code,
    from_qr_text,
    open_grant,
    open_request,
    parse_code,
    prove_grant,
    prove_request,
    subject_digest,
    to_qr_text,
)
from protocol.message import encode
from tests.protocol.cast import (
    CODE,
    GRANT,
    IDENTITY,
    INVITATION,
    NOW,
    OTHER_SCHOOL,
    REQUEST,
    STRANGER,
)

secrets = st.binary(min_size=13, max_size=13)
OTHER_CODE = format_code(bytes(13))
KEY = derive(CODE).key


@given(secret=secrets)
def test_a_code_is_read_however_it_is_typed(secret: bytes) -> None:
    code = format_code(secret)
    assert len(code) == 29
    handwritten = code.lower().replace("0", "o").replace("1", "i").replace("-", " ")
    assert parse_code(f" {handwritten}\n") == parse_code(code.replace("-", "")) == code
    assert derive(handwritten) == derive(code)


@given(secret=secrets, place=st.integers(0, 24), letter=st.sampled_from(ALPHABET))
def test_one_wrong_letter_is_found_in_its_group(secret: bytes, place: int, letter: str) -> None:
    letters = list(format_code(secret).replace("-", ""))
    if letters[place] == letter:
        return
    letters[place] = letter
    with pytest.raises(errors.MistypedCode) as refused:
        parse_code("".join(letters))
    assert refused.value.group == place // 5 + 1


@given(secret=secrets, place=st.integers(0, 24).filter(lambda place: place % 5 < 3))
def test_two_swapped_letters_are_found(secret: bytes, place: int) -> None:
    letters = list(format_code(secret).replace("-", ""))
    if letters[place] == letters[place + 1]:
        return
    letters[place], letters[place + 1] = letters[place + 1], letters[place]
    with pytest.raises(errors.MistypedCode):
        parse_code("".join(letters))


@given(secret=secrets, one=st.integers(0, 4), two=st.integers(0, 4))
def test_swapped_groups_are_found(secret: bytes, one: int, two: int) -> None:
    groups = format_code(secret).split("-")
    if groups[one] == groups[two]:
        return
    groups[one], groups[two] = groups[two], groups[one]
    with pytest.raises(errors.MistypedCode):
        parse_code("-".join(groups))


@pytest.mark.parametrize("typed", ["", "ABC", CODE[:-1], CODE + "0", CODE.replace("0", "U"), "가"])
def test_what_is_no_code_is_refused(typed: str) -> None:
    with pytest.raises(errors.MistypedCode):
        derive(typed)


def test_the_hub_can_find_an_invitation_without_keeping_its_secret() -> None:
    assert derive(CODE) == derive(CODE)
    assert derive(CODE).id != derive(OTHER_CODE).id
    assert derive(CODE).key != derive(OTHER_CODE).key


@given(
    secret=secrets,
    urls=st.lists(st.text("abc:/.-0123", max_size=40), max_size=3),
    tls=st.none() | st.binary(min_size=32, max_size=32),
    pinned=st.booleans(),
)
def test_an_invitation_survives_its_qr_code(
    secret: bytes, urls: list[str], tls: bytes | None, pinned: bool
) -> None:
    invitation = Invitation(
        code=format_code(secret),
        school_id=OTHER_SCHOOL,
        expires_at=NOW,
        hub_urls=tuple(urls),
        tls_fingerprint=tls.hex() if tls else None,
        hub_fingerprint=STRANGER.public.fingerprint if pinned else None,
    )
    text = to_qr_text(invitation)
    assert from_qr_text(text) == from_qr_text(f"\n {text.lower()} ") == invitation


@given(data=st.data())
def test_an_altered_qr_code_is_refused(data: st.DataObject) -> None:
    text = to_qr_text(INVITATION)
    place = data.draw(st.integers(0, len(text) - 1))
    letter = data.draw(st.sampled_from(ALPHABET))
    if text[place] == letter:
        return
    with pytest.raises(errors.MistypedCode):
        from_qr_text(text[:place] + letter + text[place + 1 :])


def test_an_invitation_ends() -> None:
    check_expiry(NOW + 1, NOW)
    with pytest.raises(errors.InvitationExpired):
        check_expiry(NOW, NOW)


def test_the_hub_opens_a_request_made_with_its_invitation() -> None:
    assert open_request(encode(REQUEST), KEY) == REQUEST


def test_a_request_made_with_another_invitation_is_refused() -> None:
    for raw, key in (
        (encode(REQUEST), derive(OTHER_CODE).key),
        (encode(prove_request(REQUEST, derive(OTHER_CODE))), KEY),
        (encode(msgspec.structs.replace(REQUEST, proof="")), KEY),
        (encode(msgspec.structs.replace(REQUEST, proof="가" * 64)), KEY),
    ):
        with pytest.raises(errors.ProofMismatch):
            open_request(raw, key)


@given(data=st.data())
def test_a_flipped_bit_in_a_request_is_refused(data: st.DataObject) -> None:
    raw = bytearray(encode(REQUEST))
    place = data.draw(st.integers(0, len(raw) * 8 - 1))
    raw[place // 8] ^= 1 << place % 8
    with pytest.raises(errors.ProtocolError):
        open_request(bytes(raw), KEY)


@given(data=st.data())
def test_a_flipped_bit_in_a_grant_is_refused(data: st.DataObject) -> None:
    raw = bytearray(encode(GRANT))
    place = data.draw(st.integers(0, len(raw) * 8 - 1))
    raw[place // 8] ^= 1 << place % 8
    with pytest.raises(errors.ProtocolError):
        open_grant(bytes(raw), REQUEST, INVITATION)


def test_an_unknown_field_that_is_no_utf_8_is_a_typed_error() -> None:
    raw = encode(REQUEST).replace(b'"v":1', b'"v":1,"x":"\xe5"')
    with pytest.raises(errors.MalformedMessage):
        open_request(raw, KEY)


def test_fields_of_a_later_release_are_covered_by_the_proof() -> None:
    class Later(EnrolmentRequest, frozen=True, kw_only=True):
        added: str

    later = Later(**{**msgspec.structs.asdict(REQUEST), "added": "x", "proof": ""})
    raw = encode(prove_request(later, derive(CODE)))
    assert msgspec.structs.replace(open_request(raw, KEY), proof="") == msgspec.structs.replace(
        REQUEST, proof=""
    )
    fields = json.loads(raw)
    fields["added"] = "y"
    with pytest.raises(errors.ProofMismatch):
        open_request(json.dumps(fields).encode(), KEY)


def test_a_repeated_request_is_known_as_the_same() -> None:
    later = prove_request(msgspec.structs.replace(REQUEST, sent_at=NOW + 60_000), derive(CODE))
    assert subject_digest(later) == subject_digest(REQUEST)
    other = msgspec.structs.replace(REQUEST, keys=STRANGER.public)
    assert subject_digest(other) != subject_digest(REQUEST)
    assert open_grant(encode(GRANT), later, INVITATION) == GRANT
    with pytest.raises(errors.ProofMismatch):
        open_grant(encode(GRANT), other, INVITATION)


def test_a_grant_of_a_hub_that_did_not_invite_is_refused() -> None:
    false_hub = msgspec.structs.replace(
        GRANT, hub=msgspec.structs.replace(IDENTITY, keys=STRANGER.public)
    )
    for grant in (
        prove_grant(false_hub, derive(OTHER_CODE).key),
        prove_grant(false_hub, KEY),
        prove_grant(msgspec.structs.replace(GRANT, school_id=OTHER_SCHOOL), KEY),
    ):
        with pytest.raises(errors.ProofMismatch):
            open_grant(encode(grant), REQUEST, INVITATION)


def test_a_typed_code_without_fingerprints_still_proves_the_hub() -> None:
    typed = msgspec.structs.replace(INVITATION, tls_fingerprint=None, hub_fingerprint=None)
    assert open_grant(encode(GRANT), REQUEST, typed) == GRANT
    with pytest.raises(errors.ProofMismatch):
        open_grant(encode(prove_grant(GRANT, derive(OTHER_CODE).key)), REQUEST, typed)


def test_a_hub_is_held_against_both_fingerprints_of_the_invitation() -> None:
    check_hub(IDENTITY, INVITATION)
    for other in (
        msgspec.structs.replace(IDENTITY, keys=STRANGER.public),
        msgspec.structs.replace(IDENTITY, tls_fingerprint="ef" * 32),
    ):
        with pytest.raises(errors.ProofMismatch):
            check_hub(other, INVITATION)
