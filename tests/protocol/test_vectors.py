"""The golden vectors: the code still writes them, and they suffice without the code."""

import base64
import hashlib
import hmac
import json
import re
from typing import Any

import msgspec
import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey

from protocol import enrolment, receipts, rotation, signing, sync
from protocol.attestation import verify_end
from protocol.identity import PublicKeys
from protocol.message import decode
from tests.protocol import cast
from tests.protocol.make_vectors import FOLDER, text_of, vectors

NAMES = sorted(vectors())


def load(name: str) -> dict[str, Any]:
    value: dict[str, Any] = json.loads((FOLDER / name).read_text(encoding="utf-8"))
    return value


def unpadded(text: str) -> bytes:
    return base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))


@pytest.mark.parametrize("name", NAMES)
def test_the_code_writes_the_committed_vectors(name: str) -> None:
    assert (FOLDER / name).read_text(encoding="utf-8") == text_of(vectors()[name])


def test_no_vector_is_left_over() -> None:
    assert sorted(path.name for path in FOLDER.glob("*.json")) == NAMES


@pytest.mark.parametrize("name", NAMES)
def test_signatures_hmacs_and_hashes_hold_without_our_code(name: str) -> None:
    vector = load(name)
    for fact in vector.get("signatures", []):
        key = Ed25519PublicKey.from_public_bytes(unpadded(fact["public_key"]))
        key.verify(unpadded(fact["signature"]), fact["signed"].encode())
    for fact in vector.get("hmacs", []):
        digest = hmac.new(bytes.fromhex(fact["key"]), fact["text"].encode(), hashlib.sha256)
        assert digest.hexdigest() == fact["hmac_sha256"]
    for fact in vector.get("hashes", []):
        assert hashlib.sha256(fact["text"].encode()).hexdigest() == fact["sha256"]


def test_keys_and_fingerprints_follow_from_the_seeds_without_our_code() -> None:
    alphabet = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
    for one in load("identity.json")["keys"]:
        signing_key = Ed25519PrivateKey.from_private_bytes(bytes.fromhex(one["signing_seed"]))
        sealing_key = X25519PrivateKey.from_private_bytes(bytes.fromhex(one["sealing_seed"]))
        raw = signing_key.public_key().public_bytes_raw()
        assert unpadded(one["public"]["signing"]) == raw
        assert unpadded(one["public"]["sealing"]) == sealing_key.public_key().public_bytes_raw()
        number = int.from_bytes(hashlib.sha256(raw).digest()[:20])
        letters = "".join(alphabet[number >> shift & 31] for shift in range(155, -1, -5))
        assert one["key_id"] == letters
        assert one["fingerprint"] == "-".join(re.findall("....", letters))


def test_the_invitation_key_follows_from_the_code_without_our_code() -> None:
    vector = load("invitation.json")
    secret = "".join(group[:4] for group in vector["code"].split("-")).encode()
    one = hashlib.blake2b(secret, digest_size=10, person=b"madang-inv-id")
    two = hashlib.blake2b(secret, digest_size=32, person=b"madang-inv-key")
    assert vector["derived"] == {"id": one.hexdigest(), "key": two.hexdigest()}


def test_the_log_hashes_by_rfc_6962_without_our_code() -> None:
    vector = load("log.json")
    leaves = [bytes.fromhex(text) for text in vector["leaves"]]

    def tree(part: list[bytes]) -> bytes:
        if len(part) == 1:
            return part[0]
        half = 1
        while half * 2 < len(part):
            half *= 2
        return hashlib.sha256(b"\x01" + tree(part[:half]) + tree(part[half:])).digest()

    for size in range(1, len(leaves) + 1):
        assert tree(leaves[:size]).hex() == vector["roots"][size]
    signed = json.dumps(
        load("receipt.json")["receipt"]["record"],
        ensure_ascii=False,
        separators=(",", ":"),
        sort_keys=True,
    )
    assert hashlib.sha256(b"\0" + signed.encode()).digest() == leaves[cast.LEAF_INDEX]


def test_the_code_reads_the_committed_messages() -> None:
    messages = load("sync.json")
    assert decode(json.dumps(messages["up"]).encode(), sync.Up) == cast.UP
    assert decode(json.dumps(messages["down"]).encode(), sync.Down) == cast.DOWN
    joined = load("enrolment.json")
    request = enrolment.open_request(
        json.dumps(joined["request"]).encode(), enrolment.derive(joined["code"]).key
    )
    grant = json.dumps(joined["grant"]).encode()
    assert enrolment.open_grant(grant, request, cast.INVITATION) == cast.GRANT
    rotated = load("rotation.json")
    asked = decode(json.dumps(rotated["request"]).encode(), rotation.RotationRequest)
    assert asked == cast.ROTATION_REQUEST
    assert rotation.verify_rotation(asked.statement).keys == cast.NEXT.public
    granted = decode(json.dumps(rotated["grant"]).encode(), rotation.RotationGrant)
    assert granted == cast.ROTATION_GRANT
    assert verify_end(granted.ended).key == cast.NODE.public.signing
    invited = load("invitation.json")
    assert enrolment.from_qr_text(invited["qr_text"]) == cast.INVITATION


def test_the_committed_request_response_and_receipt_verify() -> None:
    vector, keys = load("http.json"), load("identity.json")["keys"]
    node, hub = (msgspec.convert(one["public"], PublicKeys) for one in keys)
    request, response = vector["request"], vector["response"]
    verified = signing.verify_request(
        method=request["method"],
        url=request["url"],
        headers=request["headers"],
        body=request["body"].encode(),
        resolve_key=signing.known_keys(node),
        now=request["now"],
    )
    assert (verified.key_id, verified.counter) == (node.key_id, request["counter"])
    answered = signing.verify_response(
        status=response["status"],
        headers=response["headers"],
        body=response["body"].encode(),
        request_signature=verified.signature,
        resolve_key=signing.known_keys(hub),
        now=response["now"],
    )
    assert answered.status == 200
    kept = load("receipt.json")
    result = receipts.verify(
        receipts.from_file(json.dumps(kept["receipt"]).encode()),
        receipts.TrustAnchor(hub=kept["hub_fingerprint"], school=kept["school_fingerprint"]),
    )
    assert result.valid
    assert result.trust is receipts.Trust.PROVINCE
    later = load("receipt_v2.json")
    anchor = receipts.TrustAnchor(hub=later["hub_fingerprint"])
    result = receipts.verify(receipts.from_file(json.dumps(later["receipt"]).encode()), anchor)
    assert (result.valid, result.trust) == (True, receipts.Trust.PROVINCE)
