"""Records and receipts: they prove themselves, and nothing altered passes."""

import hashlib
import json
from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from protocol import errors
from protocol.attestation import Ending, attest, verify_attestation
from protocol.canonical import canonical_bytes
from protocol.heads import sign_witness
from protocol.receipts import (
    MAX_BYTES,
    Outcome,
    Receipt,
    Trust,
    TrustAnchor,
    from_file,
    from_qr_text,
    to_file,
    to_qr_text,
    verify,
)
from protocol.records import (
    Answer,
    ConsentV1,
    ConsentV2,
    SignatureKind,
    SignedRecord,
    record_hash,
    sign_record,
    verify_record,
)
from protocol.rotation import sign_rotation, verify_rotation
from tests.protocol.cast import (
    APPROVAL,
    APPROVAL_V2,
    ATTESTATION,
    AUDIT_HEAD,
    CONSENT,
    CONSENT_V2,
    HUB,
    NEXT,
    NEXT_ATTESTATION,
    NODE,
    NOW,
    OTHER_SCHOOL,
    RECEIPT,
    RECEIPT_V2,
    ROTATION,
    SCHOOL,
    SIGNED,
    SIGNED_APPROVAL,
    SIGNED_APPROVAL_V2,
    SIGNED_AUDIT_HEAD,
    SIGNED_V2,
    STRANGER,
    end_of,
    head_of,
)

KEY = NODE.public.signing_bytes
words = st.text(max_size=30)


@given(
    title=words,
    answers=st.lists(st.tuples(words, words, words), max_size=4),
    at=st.integers(0, 2**53 - 1),
    kind=st.sampled_from(SignatureKind),
)
def test_any_consent_is_signed_and_read_back(
    title: str, answers: list[tuple[str, str, str]], at: int, kind: SignatureKind
) -> None:
    consent = msgspec.structs.replace(
        CONSENT,
        title=title,
        answers=tuple(Answer(field=f, label=label, answer=a) for f, label, a in answers),
        signed_at=at,
        signature_kind=kind,
    )
    signed = sign_record(NODE, consent)
    again = msgspec.json.decode(msgspec.json.encode(signed), type=SignedRecord)
    assert verify_record(again, KEY) == consent


def test_an_approval_is_signed_and_read_back() -> None:
    assert verify_record(SIGNED_APPROVAL, KEY) == APPROVAL
    assert verify_record(SIGNED_APPROVAL_V2, KEY) == APPROVAL_V2
    assert record_hash(SIGNED) != record_hash(SIGNED_APPROVAL)


def test_the_head_of_the_audit_log_is_signed_and_read_back() -> None:
    assert verify_record(SIGNED_AUDIT_HEAD, KEY) == AUDIT_HEAD


def test_a_consent_of_each_version_is_read_as_what_it_was_signed_as() -> None:
    first, second = verify_record(SIGNED, KEY), verify_record(SIGNED_V2, KEY)
    assert (type(first), type(second)) == (ConsentV1, ConsentV2)
    assert first == CONSENT
    assert second == CONSENT_V2
    assert isinstance(second, ConsentV1)  # who asks for a consent gets either version


def test_a_consent_says_what_could_be_chosen_and_what_was_said_of_personal_data() -> None:
    said = json.loads(SIGNED_V2.text)
    assert said["answers"][0]["options"] == ["참가", "불참"]
    assert said["privacy"].keys() == {"purpose", "items", "retention", "refusal"}
    assert said["attachments"] == [{"name": "일정표.pdf", "sha256": "ab" * 32}]


def test_the_longest_form_with_the_longest_answers_still_gives_a_receipt() -> None:
    answers = tuple(
        Answer(field=f"f{n}", label="질" * 300, answer="답" * 2000, options=("가" * 300,))
        for n in range(30)
    )
    consent = msgspec.structs.replace(CONSENT_V2, answers=answers)
    receipt = changed(record=sign_record(NODE, consent))
    assert from_file(to_file(receipt)) == receipt


@given(data=st.data())
def test_a_flipped_bit_in_a_signed_record_is_refused(data: st.DataObject) -> None:
    raw = bytearray(msgspec.json.encode(SIGNED))
    place = data.draw(st.integers(0, len(raw) * 8 - 1))
    raw[place // 8] ^= 1 << place % 8
    with pytest.raises((msgspec.DecodeError, UnicodeDecodeError, errors.ProtocolError)):
        verify_record(msgspec.json.decode(raw, type=SignedRecord), KEY)


def test_a_record_of_another_key_is_refused() -> None:
    with pytest.raises(errors.RecordRefused):
        verify_record(sign_record(STRANGER, CONSENT), KEY)
    forged = msgspec.structs.replace(sign_record(STRANGER, CONSENT), key_id=NODE.key_id)
    with pytest.raises(errors.RecordRefused):
        verify_record(forged, KEY)


def resigned(fields: Any) -> SignedRecord:
    text = canonical_bytes(fields)
    return SignedRecord(
        text=text.decode(), key_id=NODE.key_id, signature=NODE.sign("record.v1", text)
    )


def test_fields_of_a_later_release_pass_and_stay_signed() -> None:
    signed = resigned({**json.loads(SIGNED.text), "added_later": {"x": 1}})
    assert verify_record(signed, KEY) == CONSENT
    stripped = msgspec.structs.replace(signed, text=SIGNED.text)
    with pytest.raises(errors.RecordRefused):
        verify_record(stripped, KEY)


def test_an_unknown_kind_of_record_is_refused_by_name() -> None:
    with pytest.raises(errors.UnknownVersion) as refused:
        verify_record(resigned({**json.loads(SIGNED.text), "type": "consent.v9"}), KEY)
    assert refused.value.details["found"] == "consent.v9"


@pytest.mark.parametrize("fields", [[], {}, {"type": 1}, {"type": "consent.v1"}, "text"])
def test_a_signed_text_that_is_no_record_is_refused(fields: Any) -> None:
    with pytest.raises(errors.MalformedMessage):
        verify_record(resigned(fields), KEY)


# Receipts -------------------------------------------------------------------------------------

PROVINCE = TrustAnchor(hub=HUB.public.fingerprint)


def changed(**fields: Any) -> Receipt:
    return msgspec.structs.replace(RECEIPT, **fields)


def failed(receipt: Receipt, anchor: TrustAnchor | None = None) -> list[str]:
    result = verify(receipt, anchor)
    assert (result.record is None) is not result.valid
    if not result.valid:
        assert result.trust is Trust.NONE
    return [check.code for check in result.checks if check.outcome is Outcome.FAILED]


def test_a_receipt_verifies_offline_up_to_the_province() -> None:
    result = verify(RECEIPT, PROVINCE)
    assert result.valid
    assert result.trust is Trust.PROVINCE
    assert isinstance(result.record, ConsentV1)
    assert result.record.child_name == "김하늘"
    assert all(check.outcome is Outcome.PASSED for check in result.checks)
    assert verify(RECEIPT).trust is Trust.UNANCHORED
    assert verify(RECEIPT, TrustAnchor(school=NODE.public.fingerprint)).trust is Trust.SCHOOL


def test_a_school_that_never_joined_gives_receipts_on_its_own_word() -> None:
    alone = changed(attestation=None, witness=None)
    result = verify(alone)
    assert result.valid
    assert result.trust is Trust.SELF_ASSERTED
    assert [check.code for check in result.checks if check.outcome is Outcome.ABSENT] == [
        "attestation",
        "witness",
    ]
    assert verify(alone, TrustAnchor(school=NODE.public.fingerprint)).trust is Trust.SCHOOL
    assert failed(alone, PROVINCE) == ["hub_anchor"]


def test_a_receipt_survives_file_and_qr_code() -> None:
    assert from_file(to_file(RECEIPT)) == RECEIPT
    text = to_qr_text(changed(attestation=None, witness=None))
    assert text is not None
    assert from_qr_text(text.lower()) == changed(attestation=None, witness=None)
    long = "".join(hashlib.sha256(bytes([i])).hexdigest() for i in range(60))
    huge = sign_record(NODE, msgspec.structs.replace(CONSENT, title=long))
    assert to_qr_text(changed(record=huge)) is None


@pytest.mark.parametrize(
    ("fields", "codes"),
    [
        ({"record": SIGNED_APPROVAL}, ["inclusion"]),
        ({"leaf_index": 2}, ["inclusion"]),
        ({"inclusion": ()}, ["inclusion"]),
        ({"head": head_of(4)}, ["inclusion", "witness"]),
        ({"head": head_of(7, keys=STRANGER)}, ["head"]),
        ({"school_id": OTHER_SCHOOL}, ["record", "head", "attestation"]),
        ({"key": STRANGER.public.signing}, ["record", "head", "attestation"]),
        ({"attestation": None}, ["witness"]),
    ],
)
def test_a_receipt_put_together_wrongly_names_what_does_not_fit(
    fields: dict[str, Any], codes: list[str]
) -> None:
    assert failed(changed(**fields)) == codes


# Keys that followed one another ---------------------------------------------------------------


def later(*, first: dict[str, Any] | None = None, last: dict[str, Any] | None = None) -> Receipt:
    """The receipt of version 2 with parts of its first and last key changed."""
    keys = (
        msgspec.structs.replace(RECEIPT_V2.keys[0], **(first or {})),
        msgspec.structs.replace(RECEIPT_V2.keys[1], **(last or {})),
    )
    return msgspec.structs.replace(RECEIPT_V2, keys=keys)


def test_a_record_of_an_earlier_key_verifies_in_a_log_signed_by_the_next() -> None:
    result = verify(RECEIPT_V2, PROVINCE)
    assert result.valid
    assert result.trust is Trust.PROVINCE
    assert all(check.outcome is Outcome.PASSED for check in result.checks)
    assert result.ended is not None
    assert (result.ended.ended_at, result.ended.ending) == (NOW + 2_000, Ending.ROTATED)
    for keys in (NODE, NEXT):
        known = TrustAnchor(school=keys.public.fingerprint)
        assert verify(RECEIPT_V2, known).trust is Trust.SCHOOL
    assert from_file(to_file(RECEIPT_V2)) == RECEIPT_V2


def test_the_keys_of_a_school_without_a_province_follow_by_its_own_word() -> None:
    alone = later(first={"attestation": None, "end": None}, last={"attestation": None})
    result = verify(msgspec.structs.replace(alone, witness=None))
    assert result.valid
    assert result.trust is Trust.SELF_ASSERTED


def test_a_key_from_before_the_school_joined_is_named_by_the_one_the_province_knows() -> None:
    result = verify(later(first={"attestation": None, "end": None}), PROVINCE)
    assert (result.valid, result.trust) == (True, Trust.PROVINCE)


@pytest.mark.parametrize(
    ("first", "last", "codes"),
    [
        ({}, {"rotation": None}, ["succession"]),
        ({}, {"rotation": sign_rotation(STRANGER, NEXT, school_id=SCHOOL, at=NOW)}, ["succession"]),
        ({}, {"rotation": sign_rotation(NODE, STRANGER, school_id=SCHOOL, at=NOW)}, ["succession"]),
        (
            {},
            {"rotation": sign_rotation(NODE, NEXT, school_id=OTHER_SCHOOL, at=NOW)},
            ["succession"],
        ),
        (
            {},
            {"rotation": msgspec.structs.replace(ROTATION, old_signature=ROTATION.new_signature)},
            ["succession"],
        ),
        (
            {},
            {"rotation": msgspec.structs.replace(ROTATION, new_signature=ROTATION.old_signature)},
            ["succession"],
        ),
        ({}, {"attestation": ATTESTATION}, ["attestation"]),
        ({"end": end_of(NEXT, Ending.ROTATED)}, {}, ["attestation"]),
        ({"end": end_of(NODE, Ending.ROTATED, hub=STRANGER)}, {}, ["attestation"]),
        ({"key": STRANGER.public.signing}, {}, ["record", "succession", "attestation"]),
        ({}, {"key": STRANGER.public.signing}, ["head", "succession", "attestation"]),
    ],
)
def test_keys_that_do_not_follow_are_named(
    first: dict[str, Any], last: dict[str, Any], codes: list[str]
) -> None:
    assert failed(later(first=first, last=last)) == codes


def test_a_revoked_key_vouches_for_what_it_signed_before_and_for_nothing_after() -> None:
    before = later(first={"end": end_of(NODE, Ending.REVOKED, at=NOW + 1)})
    result = verify(before, PROVINCE)
    assert (result.valid, result.trust) == (True, Trust.PROVINCE)
    assert result.ended is not None
    assert result.ended.ending is Ending.REVOKED
    after = later(first={"end": end_of(NODE, Ending.REVOKED, at=NOW - 100_000)})
    assert failed(after, PROVINCE) == ["hub_anchor"]
    own_word = verify(after)
    assert (own_word.valid, own_word.trust) == (True, Trust.SELF_ASSERTED)


@pytest.mark.parametrize("first", [{}, {"end": None}, {"end": end_of(NODE, Ending.REVOKED)}])
def test_a_school_that_went_to_another_province_is_vouched_for_by_both(
    first: dict[str, Any],
) -> None:
    moved = later(first=first, last={"attestation": attest(STRANGER, NEXT_ATTESTATION.attested)})
    seen_there = sign_witness(STRANGER, RECEIPT_V2.head.head, seen_at=NOW + 3_000)
    for receipt in (moved, msgspec.structs.replace(moved, witness=seen_there)):
        for hub in (HUB, STRANGER):
            result = verify(receipt, TrustAnchor(hub=hub.public.fingerprint))
            assert (result.valid, result.trust) == (True, Trust.PROVINCE), result.checks
        assert failed(receipt, TrustAnchor(hub=NODE.public.fingerprint)) == ["hub_anchor"]
    alone = later(first={**first, "attestation": None, "end": None})
    assert failed(msgspec.structs.replace(alone, witness=seen_there)) == ["witness"]


def test_a_rotation_that_one_side_did_not_sign_is_refused() -> None:
    assert verify_rotation(ROTATION).keys == NEXT.public
    with pytest.raises(errors.BadSignature):
        verify_rotation(sign_rotation(NODE, NODE, school_id=SCHOOL, at=NOW))
    changed_at = msgspec.structs.replace(ROTATION.rotation, rotated_at=NOW)
    with pytest.raises(errors.BadSignature):
        verify_rotation(msgspec.structs.replace(ROTATION, rotation=changed_at))


def test_a_receipt_of_a_false_hub_does_not_pass_the_anchor() -> None:
    assert failed(RECEIPT, TrustAnchor(hub=STRANGER.public.fingerprint)) == ["hub_anchor"]
    assert failed(RECEIPT, TrustAnchor(school=STRANGER.public.fingerprint)) == ["school_anchor"]
    assert failed(RECEIPT, TrustAnchor(hub="no fingerprint")) == ["hub_anchor"]


def test_an_attestation_speaks_only_for_what_its_hub_signed() -> None:
    forged = msgspec.structs.replace(ATTESTATION, hub_key=STRANGER.public.signing)
    with pytest.raises(errors.BadSignature):
        verify_attestation(forged)


@given(data=st.data())
def test_a_flipped_bit_never_makes_a_receipt_say_something_else(data: st.DataObject) -> None:
    raw = bytearray(to_file(RECEIPT))
    place = data.draw(st.integers(0, len(raw) * 8 - 1))
    raw[place // 8] ^= 1 << place % 8
    try:
        receipt = from_file(bytes(raw))
    except errors.MalformedMessage:
        return
    result = verify(receipt, PROVINCE)
    if result.valid:
        # Only white space, or the name of an optional part, can have been hit.
        assert result.record == CONSENT
        assert (receipt.record, receipt.head, receipt.keys) == (SIGNED, RECEIPT.head, RECEIPT.keys)


def test_a_damaged_file_or_qr_code_is_a_typed_error() -> None:
    text = to_qr_text(changed(attestation=None, witness=None))
    assert text is not None
    for broken in (text[:-8], text[:60], "MADANGR1:", "MADANG1:000", text.replace(text[40], "*")):
        with pytest.raises(errors.MalformedMessage):
            from_qr_text(broken)
    for raw in (b"", b"[]", b"{}", b'{"v":1}', b"x" * (MAX_BYTES + 1)):
        with pytest.raises(errors.MalformedMessage):
            from_file(raw)
    with pytest.raises(errors.UnknownVersion):
        from_file(to_file(RECEIPT).replace(b'"v": 1', b'"v": 3'))
