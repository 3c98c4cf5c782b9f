"""A consent signed by passkey proves itself offline; whatever is changed in it is found out."""

import json
from collections.abc import Iterator
from typing import Any

import pytest

from protocol.assertions import Algorithm
from protocol.encoding import from_base64url, to_base64url
from protocol.errors import BadSignature, MalformedMessage, ProtocolError
from protocol.records import (
    ConsentV4,
    SignedRecord,
    check_passkey,
    is_by_passkey,
    read_record,
    sign_record,
)
from tests.protocol import cast
from tests.protocol.passkeys import signed_by_passkey
from tests.protocol.test_receipts import resigned

OTHER_KEY = cast.BY_PASSKEY[Algorithm.EDDSA].passkey


def with_passkey(**fields: Any) -> SignedRecord:
    """The consent by passkey with other words in what the passkey signed, signed by the school anew."""
    said = json.loads(cast.SIGNED_V4.text)
    said["passkey"] = {**said["passkey"], **fields}
    return resigned(said)


def with_record(**fields: Any) -> SignedRecord:
    """The consent by passkey otherwise than the passkey signed it, signed by the school anew."""
    return resigned({**json.loads(cast.SIGNED_V4.text), **fields})


def by_device(**how: Any) -> SignedRecord:
    return sign_record(cast.NODE, signed_by_passkey(cast.CONSENT_V4, **how))


def with_a_wrong_passkey() -> Iterator[SignedRecord]:
    """What a school could sign that has the keys to its log, but not the guardian's device."""
    consent = json.loads(cast.SIGNED_V4.text)
    answers = consent["answers"]
    yield with_record(text_hash="6e" * 32)
    yield with_record(answers=[{**answers[0], "answer": "불참"}, *answers[1:]])
    yield with_record(answers=answers[:1])
    yield with_record(child_name="김바다")
    yield with_record(signed_at=consent["signed_at"] + 1)
    yield with_record(supersedes=None)
    yield with_record(added_later="x")
    yield with_record(passkey=None)
    yield with_record(passkey=False)
    yield with_record(signature_kind="typed")
    yield with_record(type="consent.v3")
    yield from (with_record(type=kind, passkey=None) for kind in ("consent.v1", "consent.v2"))
    yield by_device(flags=0x01)
    yield by_device(flags=0x04)
    yield by_device(type="webauthn.create")
    yield by_device(origin="https://elsewhere.example")
    yield by_device(origin="http://hanbit.school.example")
    yield by_device(origin="https://hanbit.school.example/")
    yield by_device(rp_id="elsewhere.example")
    yield by_device(crossOrigin=True)
    yield by_device(challenge=to_base64url(b"\x01" * 32))
    yield by_device(challenge=None)
    assert OTHER_KEY is not None
    yield with_passkey(public_key=OTHER_KEY.public_key)
    yield with_passkey(algorithm="EdDSA", public_key=OTHER_KEY.public_key)
    yield with_passkey(algorithm="RS256")
    yield with_passkey(algorithm="none")
    yield with_passkey(rp_id="school.example")
    yield with_passkey(added_at=-1)
    signed = json.loads(cast.SIGNED_V4.text)["passkey"]
    for name in ("public_key", "authenticator_data", "client_data", "signature"):
        raw = from_base64url(signed[name])
        yield with_passkey(**{name: to_base64url(raw[:-1] + bytes([raw[-1] ^ 1]))})
        yield with_passkey(**{name: to_base64url(raw + b"\x00")})
        yield with_passkey(**{name: to_base64url(raw[:20])})
        yield with_passkey(**{name: signed[name] + "="})
        yield with_passkey(**{name: ""})
        yield with_passkey(**{name: 7})
    yield with_passkey(
        client_data=to_base64url(b"\xef\xbb\xbf" + from_base64url(signed["client_data"]))
    )
    yield with_passkey(signature=to_base64url(bytes(64)))


@pytest.mark.parametrize("algorithm", Algorithm)
def test_what_a_passkey_of_each_algorithm_signed_holds(algorithm: Algorithm) -> None:
    signed = cast.SIGNED_BY_PASSKEY[algorithm]
    assert is_by_passkey(signed)
    check_passkey(signed)


@pytest.mark.parametrize("place", range(len(list(with_a_wrong_passkey()))))
def test_what_the_passkey_did_not_sign_is_found_out_though_the_school_signed_it(place: int) -> None:
    wrong = list(with_a_wrong_passkey())[place]
    said = json.loads(wrong.text)
    if (
        said["type"] == "consent.v3"
    ):  # a field of later releases, of which that version says nothing
        assert said["signature_kind"] == "passkey"
    assert is_by_passkey(wrong)
    with pytest.raises(ProtocolError):
        check_passkey(wrong)


def test_the_name_of_the_key_is_the_schools_word_and_not_the_passkeys() -> None:
    check_passkey(with_passkey(name="다른 이름"))


def test_a_page_below_the_site_and_one_on_this_machine_may_sign() -> None:
    check_passkey(by_device(origin="https://portal.hanbit.school.example:8443"))
    check_passkey(by_device(rp_id="hanbit.localhost", origin="http://hanbit.localhost:8711"))


def test_a_consent_signed_otherwise_says_nothing_of_a_passkey() -> None:
    typed = resigned(
        {**json.loads(cast.SIGNED_V4.text), "signature_kind": "typed", "passkey": None}
    )
    assert not is_by_passkey(typed)
    assert isinstance(read_record(typed), ConsentV4)
    for signed in (cast.SIGNED, cast.SIGNED_V2, cast.SIGNED_V3, cast.SIGNED_RETRACTION):
        assert not is_by_passkey(signed)
    with pytest.raises(BadSignature):
        check_passkey(typed)


def test_a_text_that_is_no_record_is_refused_as_such() -> None:
    with pytest.raises(MalformedMessage):
        is_by_passkey(SignedRecord(text="{", key_id=cast.NODE.key_id, signature=""))
