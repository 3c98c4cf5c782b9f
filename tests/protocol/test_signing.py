"""Signed requests and responses: what holds, and everything that must be refused."""

import contextlib
from datetime import UTC, datetime
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from http_message_signatures import HTTPMessageSigner, MappingKeyResolver, algorithms
from hypothesis import assume, given
from hypothesis import strategies as st
from multidict import CIMultiDict

from protocol import errors
from protocol.signing import (
    MAX_COUNTER_AHEAD_MS,
    MAX_SKEW_MS,
    TAG,
    VerifiedRequest,
    check_counter,
    held_counter,
    known_keys,
    next_counter,
    sign_request,
    sign_response,
    verify_request,
    verify_response,
)
from tests.protocol.cast import HUB, NODE, NOW, STRANGER, URL

KNOWN = known_keys(NODE.public, HUB.public)
BODY = '{"v":1,"말":"안녕"}'.encode()


def signed(**changes: Any) -> dict[str, str]:
    values = {"method": "POST", "url": URL, "body": BODY, "counter": 7, "now": NOW, **changes}
    return sign_request(NODE, **values)


def verify(headers: Any, **changes: Any) -> VerifiedRequest:
    values = {
        "method": "POST",
        "url": URL,
        "body": BODY,
        "resolve_key": KNOWN,
        "now": NOW,
        **changes,
    }
    return verify_request(headers=headers, **values)


paths = st.text("abcXYZ019-._~/", max_size=20).map(lambda text: "/" + text.lstrip("/"))


@given(
    method=st.sampled_from(["GET", "POST", "PUT", "DELETE"]),
    path=paths,
    query=st.text("abc=&019", max_size=12),
    body=st.binary(max_size=200),
    counter=st.integers(1, 9_999_999_999_999_999),
    skew=st.integers(-MAX_SKEW_MS, MAX_SKEW_MS),
)
def test_a_signed_request_verifies_and_says_what_was_covered(
    method: str, path: str, query: str, body: bytes, counter: int, skew: int
) -> None:
    url = f"https://hub.example.invalid:8701{path}?{query}"
    headers = signed(method=method, url=url, body=body, counter=counter)
    found = verify(headers, method=method, url=url, body=body, now=NOW + skew)
    assert (found.method, found.target_uri, found.body) == (method, url, body)
    assert found.authority == "hub.example.invalid:8701"
    assert (found.counter, found.key_id, found.created_at) == (counter, NODE.key_id, NOW)


@given(name=st.sampled_from(["Content-Digest", "Signature-Input", "Signature"]), data=st.data())
def test_a_flipped_bit_in_a_signed_header_is_refused(name: str, data: st.DataObject) -> None:
    headers = signed()
    raw = bytearray(headers[name].encode())
    place = data.draw(st.integers(0, len(raw) * 8 - 1))
    raw[place // 8] ^= 1 << place % 8
    with pytest.raises(errors.SignatureRefused):
        verify({**headers, name: raw.decode("latin-1")})


@given(place=st.integers(0, len(BODY) * 8 - 1))
def test_a_flipped_bit_in_the_body_is_refused(place: int) -> None:
    body = bytearray(BODY)
    body[place // 8] ^= 1 << place % 8
    with pytest.raises(errors.BodyMismatch):
        verify(signed(), body=bytes(body))


@pytest.mark.parametrize(
    "elsewhere",
    [
        {"method": "PUT"},
        {"url": URL.replace("hub.", "evil.")},
        {"url": URL.replace("8701", "8702")},
        {"url": URL.replace("https", "http")},
        {"url": URL.replace("/sync", "/enrol")},
        {"url": URL.replace("since=3", "since=4")},
        {"url": "no url at all"},
    ],
)
def test_a_request_sent_to_another_target_is_refused(elsewhere: dict[str, str]) -> None:
    with pytest.raises(errors.BadSignature):
        verify(signed(), **elsewhere)


def test_a_body_swapped_with_its_digest_is_refused() -> None:
    other = signed(body=b"other")
    with pytest.raises(errors.BadSignature):
        verify({**signed(), "Content-Digest": other["Content-Digest"]}, body=b"other")


def test_an_empty_body_is_covered_too() -> None:
    headers = signed(method="GET", body=b"")
    assert "Content-Digest" in headers
    assert verify(headers, method="GET", body=b"").body == b""
    with pytest.raises(errors.BodyMismatch):
        verify(headers, method="GET", body=b"x")


@pytest.mark.parametrize(("offset", "ahead"), [(91_000, False), (-91_000, True), (10**7, False)])
def test_a_request_of_another_time_is_refused_and_told_the_skew(offset: int, ahead: bool) -> None:
    with pytest.raises(errors.StaleMessage) as refused:
        verify(signed(), now=NOW + offset)
    assert refused.value.skew_ms == -offset
    assert ("ahead" in refused.value.message) is ahead
    assert refused.value.details["skew_ms"] == -offset


def test_a_stale_request_with_a_bad_signature_learns_nothing_about_our_clock() -> None:
    with pytest.raises(errors.BadSignature):
        verify(signed(), now=NOW + 10**7, url=URL + "0")


def test_a_replayed_request_is_refused_by_its_counter() -> None:
    found = verify(signed(counter=7))
    check_counter(6, found.counter, NOW)
    for last in (7, 8):
        with pytest.raises(errors.CounterReplayed) as refused:
            check_counter(last, found.counter, NOW)
        assert (refused.value.last, refused.value.given) == (last, 7)


@given(last=st.integers(0, 2**50), now=st.integers(0, 2**50))
def test_the_next_counter_always_passes(last: int, now: int) -> None:
    assume(last != now + MAX_COUNTER_AHEAD_MS - 1)  # passes a millisecond later
    check_counter(last, next_counter(last, now), now)


@given(sent=st.integers(1, 10**16 - 1), later=st.integers(1, MAX_COUNTER_AHEAD_MS))
def test_no_counter_shuts_out_those_to_come(sent: int, later: int) -> None:
    """One who copied the key sends the largest; the school, who knows nothing of it, goes on."""
    last = 0
    with contextlib.suppress(errors.CounterAhead):
        check_counter(last, sent, NOW)
        last = sent
    after = NOW + MAX_COUNTER_AHEAD_MS + later
    check_counter(last, next_counter(NOW, after), after)


def test_a_counter_that_was_stored_before_there_was_a_limit_binds_nobody() -> None:
    assert held_counter(2**53 - 1, NOW) == 0
    check_counter(2**53 - 1, next_counter(NOW - 60_000, NOW), NOW)
    assert next_counter(2**53 - 1, NOW) == NOW


def test_an_unknown_key_is_named() -> None:
    headers = sign_request(STRANGER, method="POST", url=URL, body=BODY, counter=1, now=NOW)
    with pytest.raises(errors.UnknownKey) as refused:
        verify(headers)
    assert refused.value.details["key_id"] == STRANGER.key_id


def test_a_key_id_of_somebody_else_does_not_help() -> None:
    headers = sign_request(STRANGER, method="POST", url=URL, body=BODY, counter=1, now=NOW)
    changed = headers["Signature-Input"].replace(STRANGER.key_id, NODE.key_id)
    with pytest.raises(errors.BadSignature):
        verify({**headers, "Signature-Input": changed})


@pytest.mark.parametrize("gone", ["Signature", "Signature-Input"])
def test_an_unsigned_request_is_refused(gone: str) -> None:
    headers = signed()
    del headers[gone]
    with pytest.raises(errors.MissingSignature):
        verify(headers)


@pytest.mark.parametrize("name", ["Signature", "Signature-Input", "Content-Digest", "Host"])
def test_a_doubled_header_is_refused(name: str) -> None:
    headers = CIMultiDict({"Host": "hub.example.invalid:8701", **signed()})
    headers.add(name.lower(), headers[name])
    with pytest.raises(errors.DuplicatedHeader) as refused:
        verify(headers)
    assert refused.value.details["header"] == name.lower()


def library_signed(**changes: Any) -> dict[str, str]:
    """Signed by the same key through the library, but not as the profile says."""

    class Message:
        method = "POST"
        url = URL
        headers: dict[str, str]

    message = Message()
    message.headers = {}
    private = Ed25519PrivateKey.from_private_bytes(NODE.signing_seed)
    keys = MappingKeyResolver(public_keys={}, private_keys={NODE.key_id: private})
    values: dict[str, Any] = {
        "key_id": NODE.key_id,
        "created": datetime.fromtimestamp(NOW // 1000, tz=UTC),
        "nonce": "7",
        "label": "madang",
        "tag": TAG,
        "include_alg": False,
        "covered_component_ids": ("@method", "@authority", "@target-uri"),
        "body": BODY,
        **changes,
    }
    signer = HTTPMessageSigner(signature_algorithm=algorithms.ED25519, key_resolver=keys)
    signer.sign(message, **values)
    return message.headers


def test_another_signer_that_keeps_to_the_profile_is_accepted() -> None:
    assert verify(library_signed()).counter == 7


@pytest.mark.parametrize(
    ("changes", "component"),
    [
        ({"covered_component_ids": ("@method",)}, '"@authority"'),
        ({"covered_component_ids": ("@method", "@authority")}, '"@target-uri"'),
        ({"body": None}, '"content-digest"'),
        ({"nonce": None}, "nonce"),
        ({"nonce": "seven"}, "nonce"),
        ({"nonce": "-7"}, "nonce"),
    ],
)
def test_a_signature_that_covers_too_little_is_refused(
    changes: dict[str, Any], component: str
) -> None:
    with pytest.raises(errors.MissingComponent) as refused:
        verify(library_signed(**changes))
    assert refused.value.details["component"] == component


def test_a_signature_for_another_purpose_is_refused() -> None:
    for tag in (None, "madang-v2"):
        with pytest.raises(errors.WrongTag):
            verify(library_signed(tag=tag))


@pytest.mark.parametrize("changes", [{"include_alg": True}, {"label": "other"}])
def test_a_signature_outside_the_profile_is_refused(changes: dict[str, Any]) -> None:
    with pytest.raises(errors.BadSignature):
        verify(library_signed(**changes))


# Responses ------------------------------------------------------------------------------------

REQUEST_SIGNATURE = signed()["Signature"]


def answer(**changes: Any) -> dict[str, str]:
    values = {"status": 200, "body": BODY, "request_signature": REQUEST_SIGNATURE, "now": NOW}
    return sign_response(HUB, **{**values, **changes})


def check_answer(headers: Any, **changes: Any) -> int:
    values = {
        "status": 200,
        "body": BODY,
        "request_signature": REQUEST_SIGNATURE,
        "resolve_key": KNOWN,
        "now": NOW,
        **changes,
    }
    return verify_response(headers=headers, **values).status


@given(status=st.integers(200, 599), body=st.binary(max_size=100))
def test_a_signed_response_verifies(status: int, body: bytes) -> None:
    assert check_answer(answer(status=status, body=body), status=status, body=body) == status


@given(name=st.sampled_from(["Content-Digest", "Signature-Input", "Signature"]), data=st.data())
def test_a_flipped_bit_in_a_response_is_refused(name: str, data: st.DataObject) -> None:
    headers = answer()
    raw = bytearray(headers[name].encode())
    place = data.draw(st.integers(0, len(raw) * 8 - 1))
    raw[place // 8] ^= 1 << place % 8
    with pytest.raises(errors.SignatureRefused):
        check_answer({**headers, name: raw.decode("latin-1")})


@pytest.mark.parametrize(
    ("changes", "refusal"),
    [
        ({"status": 403}, errors.BadSignature),
        ({"body": b"other"}, errors.BodyMismatch),
        ({"request_signature": signed(counter=8)["Signature"]}, errors.BadSignature),
        ({"now": NOW + 100_000}, errors.StaleMessage),
        ({"resolve_key": known_keys(NODE.public)}, errors.UnknownKey),
    ],
)
def test_a_response_that_is_not_the_answer_is_refused(
    changes: dict[str, Any], refusal: type[errors.SignatureRefused]
) -> None:
    with pytest.raises(refusal):
        check_answer(answer(), **changes)


def test_a_request_is_no_response_and_a_response_no_request() -> None:
    with pytest.raises(errors.SignatureRefused):
        check_answer(signed())
    with pytest.raises(errors.SignatureRefused):
        verify(answer())


@pytest.mark.parametrize("broken", ["", "madang", "other=:AAAA:", "madang=:A:", "x" * 5000])
def test_a_signature_one_cannot_bind_to_is_a_typed_error(broken: str) -> None:
    with pytest.raises(errors.BadSignature):
        answer(request_signature=broken)
