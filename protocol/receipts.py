"""A receipt: what a guardian keeps, and what proves itself without asking anybody.

It holds the signed record, its place in the school's log, the signed head that log had, and, when
the school belongs to a province, the hub's attestation of the school's key and its witness of the
head. `verify` needs no network; a trust anchor (fingerprint of the hub's or the school's key, got
some other way) turns "nobody altered this" into "this school said this".
"""

import zlib
from collections.abc import Callable
from enum import StrEnum

import msgspec

from protocol.attestation import KeyAttestation, verify_attestation
from protocol.encoding import crockford, from_crockford
from protocol.errors import BadSignature, InvalidProof, MalformedMessage, ProtocolError
from protocol.heads import SignedTreeHead, Witness, verify_head, verify_witness
from protocol.identity import SchoolId, fingerprint, public_key
from protocol.merkle import verify_inclusion
from protocol.message import Count, Message, Sha256, decode, encode
from protocol.records import (
    Record,
    SignedRecord,
    check_signature,
    read_record,
    record_leaf,
)

FILE_SUFFIX = ".madang-receipt.json"
MEDIA_TYPE = "application/vnd.madang.receipt+json"
QR_PREFIX = "MADANGR1:"
QR_LIMIT = 2300
"""Letters: QR version 29 with low error correction, 33 with medium."""
MAX_BYTES = 512 * 1024
"""Of a receipt's file."""


class Receipt(Message, frozen=True, kw_only=True):
    """Everything to verify one record offline. `key`: the school's Ed25519 public key, base64url."""

    school_id: SchoolId
    key: str
    record: SignedRecord
    leaf_index: Count
    inclusion: tuple[Sha256, ...]
    head: SignedTreeHead
    attestation: KeyAttestation | None = None
    witness: Witness | None = None


class Outcome(StrEnum):
    """Of one check. ABSENT: the receipt carries nothing to check; no fault by itself."""

    PASSED = "passed"
    FAILED = "failed"
    ABSENT = "absent"


class Trust(StrEnum):
    """How far the school's key is known to be the school's.

    NONE: the receipt does not hold. SELF_ASSERTED: consistent in itself, the key is the school's own
    word. UNANCHORED: a hub vouches for the key, but no anchor says which hub. SCHOOL: the key is the
    anchor's. PROVINCE: the hub of the anchor vouches for the key.
    """

    NONE = "none"
    SELF_ASSERTED = "self_asserted"
    UNANCHORED = "unanchored"
    SCHOOL = "school"
    PROVINCE = "province"


class Check(msgspec.Struct, frozen=True, kw_only=True):
    """One step of a verification: a stable code (`record`, `inclusion`, …) and plain English words."""

    code: str
    outcome: Outcome
    words: str


class Verification(msgspec.Struct, frozen=True, kw_only=True):
    """The result: `valid` when no check failed; `record` only then."""

    valid: bool
    trust: Trust
    checks: tuple[Check, ...]
    record: Record | None = None


class TrustAnchor(msgspec.Struct, frozen=True, kw_only=True):
    """Fingerprints (as `identity.fingerprint` writes them) the verifier got from elsewhere."""

    hub: str | None = None
    school: str | None = None


def to_file(receipt: Receipt) -> bytes:
    """The file form: indented JSON, one receipt."""
    return msgspec.json.format(encode(receipt), indent=2)


def from_file(raw: bytes) -> Receipt:
    """Inverse of `to_file`, still unverified. Raises UnknownVersion, MalformedMessage."""
    if len(raw) > MAX_BYTES:
        raise MalformedMessage("too large for a receipt")
    return decode(raw, Receipt)


def to_qr_text(receipt: Receipt) -> str | None:
    """Compact form for a QR code: Crockford base 32 of the deflated JSON; None when it does not fit."""
    text = QR_PREFIX + crockford(zlib.compress(encode(receipt), 9))
    return text if len(text) <= QR_LIMIT else None


def from_qr_text(text: str) -> Receipt:
    """Inverse of `to_qr_text`, still unverified. Raises UnknownVersion, MalformedMessage."""
    joined = "".join(text.split()).upper()
    if not joined.startswith(QR_PREFIX):
        raise MalformedMessage(f"a receipt's QR code begins with {QR_PREFIX}")
    inflater = zlib.decompressobj()
    try:
        raw = inflater.decompress(from_crockford(joined.removeprefix(QR_PREFIX)), MAX_BYTES)
    except zlib.error as error:
        raise MalformedMessage(f"the receipt's QR code is damaged: {error}") from error
    if not inflater.eof:
        raise MalformedMessage("the receipt's QR code is incomplete or too large")
    return decode(raw, Receipt)


def verify(receipt: Receipt, anchor: TrustAnchor | None = None) -> Verification:
    """Every check that can be made offline, in the order a reader would ask. Raises nothing."""
    anchor = anchor or TrustAnchor()
    checks = [
        _run("record", "the school's key signed exactly this record", _check_record, receipt),
        _run("inclusion", "the record is in the school's log", _check_inclusion, receipt),
        _run("head", "the school's key signed the state of its log", _check_head, receipt),
        _check_attestation(receipt),
        _check_witness(receipt),
        *_check_anchor(receipt, anchor),
    ]
    valid = all(check.outcome is not Outcome.FAILED for check in checks)
    return Verification(
        valid=valid,
        trust=_trust(receipt, anchor) if valid else Trust.NONE,
        checks=tuple(checks),
        record=read_record(receipt.record) if valid else None,
    )


def _check_record(receipt: Receipt) -> None:
    check_signature(receipt.record, public_key(receipt.key))
    if read_record(receipt.record).school_id != receipt.school_id:
        raise MalformedMessage("the record belongs to another school than the receipt says")


def _check_inclusion(receipt: Receipt) -> None:
    verify_inclusion(
        record_leaf(receipt.record),
        receipt.leaf_index,
        receipt.head.head.size,
        [bytes.fromhex(text) for text in receipt.inclusion],
        bytes.fromhex(receipt.head.head.root),
    )


def _check_head(receipt: Receipt) -> None:
    head = verify_head(receipt.head, public_key(receipt.key))
    if head.school_id != receipt.school_id:
        raise InvalidProof("the head belongs to another school's log")


def _check_attestation(receipt: Receipt) -> Check:
    if receipt.attestation is None:
        return Check(
            code="attestation",
            outcome=Outcome.ABSENT,
            words="no province vouches for the school's key: it is the school's own word",
        )
    return _run("attestation", "a province's hub vouches for the school's key", _attested, receipt)


def _attested(receipt: Receipt) -> None:
    assert receipt.attestation is not None
    attested = verify_attestation(receipt.attestation)
    if (attested.school_id, attested.keys.signing) != (receipt.school_id, receipt.key):
        raise BadSignature("the hub vouches for another school or key")


def _check_witness(receipt: Receipt) -> Check:
    if receipt.witness is None:
        return Check(
            code="witness",
            outcome=Outcome.ABSENT,
            words="no hub has confirmed this state of the log in the receipt",
        )
    return _run("witness", "the hub saw this state of the log", _witnessed, receipt)


def _witnessed(receipt: Receipt) -> None:
    assert receipt.witness is not None
    if receipt.attestation is None:
        raise BadSignature("a witness without the hub's attestation cannot be checked")
    witnessed = verify_witness(receipt.witness, public_key(receipt.attestation.hub_key))
    if witnessed != receipt.head.head:
        raise InvalidProof("the hub saw another state of the log")


def _check_anchor(receipt: Receipt, anchor: TrustAnchor) -> list[Check]:
    """One check for each anchor given: a wrong key is a fault, an unattested one of a hub too."""
    checks = []
    if anchor.school is not None:
        same = _same_fingerprint(anchor.school, receipt.key)
        checks.append(_said("school_anchor", "the key is the school's known key", same))
    if anchor.hub is not None:
        same = receipt.attestation is not None and _same_fingerprint(
            anchor.hub, receipt.attestation.hub_key
        )
        checks.append(_said("hub_anchor", "the hub is the province's known hub", same))
    return checks


def _same_fingerprint(expected: str, key: str) -> bool:
    try:
        return from_crockford(expected) == from_crockford(fingerprint(public_key(key)))
    except ProtocolError:
        return False


def _said(code: str, words: str, holds: bool) -> Check:
    if holds:
        return Check(code=code, outcome=Outcome.PASSED, words=words)
    return Check(code=code, outcome=Outcome.FAILED, words=f"not so: {words}")


def _trust(receipt: Receipt, anchor: TrustAnchor) -> Trust:
    if anchor.hub is not None:
        return Trust.PROVINCE
    if anchor.school is not None:
        return Trust.SCHOOL
    return Trust.UNANCHORED if receipt.attestation is not None else Trust.SELF_ASSERTED


def _run(code: str, words: str, step: Callable[[Receipt], None], receipt: Receipt) -> Check:
    try:
        step(receipt)
    except ProtocolError as error:
        return Check(code=code, outcome=Outcome.FAILED, words=f"not so: {words} ({error.message})")
    return Check(code=code, outcome=Outcome.PASSED, words=words)
