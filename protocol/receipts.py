"""A receipt: what a guardian keeps, and what proves itself without asking anybody.

It holds the signed record, its place in the school's log, the signed head that log had, and, when
the school belongs to a province, the hub's attestation of the school's key and its witness of the
head. `verify` needs no network; a trust anchor (fingerprint of the hub's or the school's key, got
some other way) turns "nobody altered this" into "this school said this".

Version 2 is for records whose key was followed by another before the head was signed: it carries all
keys from the record's to the head's, each with what shows that it followed. Where one key signed both,
version 1 says it all.
"""

import zlib
from collections.abc import Callable
from enum import StrEnum
from itertools import pairwise
from typing import Annotated, ClassVar

import msgspec

from protocol.attestation import (
    EndedKey,
    Ending,
    KeyAttestation,
    KeyEnd,
    verify_attestation,
    verify_end,
)
from protocol.encoding import crockford, from_crockford
from protocol.errors import BadSignature, InvalidProof, MalformedMessage, ProtocolError
from protocol.heads import SignedTreeHead, Witness, verify_head, verify_witness
from protocol.identity import SchoolId, fingerprint, key_id, public_key
from protocol.merkle import verify_inclusion
from protocol.message import Count, Message, Sha256, decode, encode, version_of
from protocol.records import (
    ApprovalV1,
    ConsentV1,
    ConsentV4,
    PasskeyChange,
    PasskeyV1,
    Record,
    SignedRecord,
    check_passkey,
    check_signature,
    is_by_passkey,
    read_record,
    record_leaf,
)
from protocol.rotation import SignedRotation, verify_rotation
from protocol.signing import MAX_SKEW_MS

FILE_SUFFIX = ".madang-receipt.json"
QR_PREFIX = "MADANGR1:"
QR_LIMIT = 4296
"""Letters: QR version 40 with low error correction, the largest there is. A receipt of a short form
has 2,500, with a province's word and a long form 4,000."""
MAX_BYTES = 512 * 1024
"""Of a receipt's file."""


class NamedPasskey(msgspec.Struct, frozen=True, kw_only=True):
    """The record by which the school's log named the passkey that signed, with its place in the same log."""

    record: SignedRecord
    leaf_index: Count
    inclusion: tuple[Sha256, ...]


class ReceiptV1(Message, frozen=True, kw_only=True):
    """Everything to verify one record offline. `key`: the school's Ed25519 public key, base64url."""

    school_id: SchoolId
    key: str
    record: SignedRecord
    leaf_index: Count
    inclusion: tuple[Sha256, ...]
    head: SignedTreeHead
    attestation: KeyAttestation | None = None
    witness: Witness | None = None
    passkey: NamedPasskey | msgspec.UnsetType | None = msgspec.UNSET
    """Not there where no passkey signed, and in receipts of schools whose log did not name it."""

    @property
    def keys(self) -> "tuple[KeyProof, ...]":
        """The one key, as version 2 has it."""
        return (KeyProof(key=self.key, attestation=self.attestation),)


class KeyProof(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """A key of the school (Ed25519, base64url), the hub's word for it and on its end, and the statement
    by which it followed the key before it in the receipt."""

    key: str
    attestation: KeyAttestation | None = None
    end: KeyEnd | None = None
    rotation: SignedRotation | None = None


class ReceiptV2(Message, frozen=True, kw_only=True):
    """The same for a school that exchanged its keys: the first key signed the record, the last the head."""

    VERSION: ClassVar[int] = 2
    v: int = 2
    school_id: SchoolId
    keys: Annotated[tuple[KeyProof, ...], msgspec.Meta(min_length=1, max_length=100)]
    record: SignedRecord
    leaf_index: Count
    inclusion: tuple[Sha256, ...]
    head: SignedTreeHead
    witness: Witness | None = None
    passkey: NamedPasskey | msgspec.UnsetType | None = msgspec.UNSET


Receipt = ReceiptV1 | ReceiptV2


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
    """The result: `valid` when no check failed; `record` only then.

    `ended`: until when, and why no longer, the key that signed the record was the school's.
    """

    valid: bool
    trust: Trust
    checks: tuple[Check, ...]
    record: Record | None = None
    ended: EndedKey | None = None


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
    return _decode(raw)


def to_qr_text(receipt: Receipt) -> str | None:
    """Compact form for a QR code: Crockford base 32 of the deflated JSON; None when it does not fit. The
    file alone shows that the log named a passkey: a second path would not fit beside the first."""
    receipt = msgspec.structs.replace(receipt, passkey=msgspec.UNSET)
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
    return _decode(raw)


def _decode(raw: bytes) -> Receipt:
    if version_of(raw) == ReceiptV2.VERSION:
        return decode(raw, ReceiptV2)
    return decode(raw, ReceiptV1)


def verify(receipt: Receipt, anchor: TrustAnchor | None = None) -> Verification:
    """Every check that can be made offline, in the order a reader would ask. Raises nothing."""
    anchor = anchor or TrustAnchor()
    attestation = _check_attestation(receipt)
    vouched = attestation.outcome is Outcome.PASSED
    checks = [
        _run("record", "the school's key signed exactly this record", _check_record, receipt),
        *_check_passkey(receipt),
        _run("inclusion", "the record is in the school's log", _check_inclusion, receipt),
        _run("head", "the school's key signed the state of its log", _check_head, receipt),
        *_check_succession(receipt),
        attestation,
        _check_witness(receipt),
        *_check_anchor(receipt, anchor),
    ]
    valid = all(check.outcome is not Outcome.FAILED for check in checks)
    end = receipt.keys[0].end
    return Verification(
        valid=valid,
        trust=_trust(anchor, vouched) if valid else Trust.NONE,
        checks=tuple(checks),
        record=read_record(receipt.record) if valid else None,
        ended=end.ended if valid and end is not None else None,
    )


def _check_record(receipt: Receipt) -> None:
    check_signature(receipt.record, public_key(receipt.keys[0].key))
    if read_record(receipt.record).school_id != receipt.school_id:
        raise MalformedMessage("the record belongs to another school than the receipt says")


def _check_passkey(receipt: Receipt) -> list[Check]:
    """Two checks where the record says that the guardian signed by passkey."""
    try:
        if not is_by_passkey(receipt.record):
            return []
    except ProtocolError:
        return []  # the record's own check says so
    words = "the guardian's passkey signed exactly this text and these answers"
    signed = _run("passkey", words, lambda one: check_passkey(one.record), receipt)
    return [signed, _check_named(receipt)]


def _check_named(receipt: Receipt) -> Check:
    """Whether the log named the passkey before; a receipt that does not show it is no wrong one."""
    if not isinstance(receipt.passkey, NamedPasskey):
        return Check(
            code="passkey_named",
            outcome=Outcome.ABSENT,
            words="nothing here shows that the school's log named this passkey before it signed: whose it"
            " is, is the school's own word",
        )
    words = "the school's log named the passkey as the guardian's before it signed"
    return _run("passkey_named", words, _named, receipt)


def _named(receipt: Receipt) -> None:
    found = receipt.passkey
    assert isinstance(found, NamedPasskey)
    record, consent = read_record(found.record), read_record(receipt.record)
    if not isinstance(record, PasskeyV1) or record.change is PasskeyChange.REMOVED:
        raise InvalidProof("the record names no passkey")
    if not isinstance(consent, ConsentV4) or consent.passkey is None:
        raise InvalidProof("no passkey signed the consent")
    named = (record.school_id, record.person_id, record.algorithm, record.public_key)
    signed = (
        receipt.school_id,
        consent.guardian_id,
        consent.passkey.algorithm,
        consent.passkey.public_key,
    )
    if named != signed:
        raise InvalidProof("the record names another passkey, or another person's")
    if found.leaf_index >= receipt.leaf_index or record.at > consent.signed_at:
        raise InvalidProof("the passkey was named after it had signed")
    verify_inclusion(
        record_leaf(found.record),
        found.leaf_index,
        receipt.head.head.size,
        [bytes.fromhex(text) for text in found.inclusion],
        bytes.fromhex(receipt.head.head.root),
    )


def _check_inclusion(receipt: Receipt) -> None:
    verify_inclusion(
        record_leaf(receipt.record),
        receipt.leaf_index,
        receipt.head.head.size,
        [bytes.fromhex(text) for text in receipt.inclusion],
        bytes.fromhex(receipt.head.head.root),
    )


def _check_head(receipt: Receipt) -> None:
    head = verify_head(receipt.head, public_key(receipt.keys[-1].key))
    if head.school_id != receipt.school_id:
        raise InvalidProof("the head belongs to another school's log")


def _check_succession(receipt: Receipt) -> list[Check]:
    """One check where the school exchanged its keys, none where one key signed both."""
    if len(receipt.keys) == 1:
        return []
    words = "each of the school's keys named the one that followed it"
    return [_run("succession", words, _succeeded, receipt)]


def _succeeded(receipt: Receipt) -> None:
    for before, after in pairwise(receipt.keys):
        if after.rotation is None:
            raise BadSignature("nothing shows which key this one followed")
        stated = verify_rotation(after.rotation)
        if (stated.school_id, stated.old_key, stated.keys.signing) != (
            receipt.school_id,
            before.key,
            after.key,
        ):
            raise BadSignature("the rotation speaks of another school or key")


def _check_attestation(receipt: Receipt) -> Check:
    """Of the record's key; where the school had joined no province then, of one that followed it."""
    if not _hub_keys(receipt):
        return Check(
            code="attestation",
            outcome=Outcome.ABSENT,
            words="no province vouches for the school's key: it is the school's own word",
        )
    check = _run("attestation", "a province's hub vouches for the school's key", _attested, receipt)
    if check.outcome is Outcome.PASSED and _is_after_revocation(receipt):
        return Check(
            code="attestation",
            outcome=Outcome.ABSENT,
            words="the province had revoked the school's key before the record was signed: it is the"
            " school's own word",
        )
    return check


def _hub_keys(receipt: Receipt) -> tuple[str, ...]:
    """The hubs that vouch for the keys, each by its own: more than one where a school went from one
    province to another."""
    vouchers = (one.attestation.hub_key for one in receipt.keys if one.attestation is not None)
    return tuple(dict.fromkeys(vouchers))


def _attested(receipt: Receipt) -> None:
    for one in receipt.keys:
        if one.attestation is not None:
            attested = verify_attestation(one.attestation)
            if (attested.school_id, attested.keys.signing) != (receipt.school_id, one.key):
                raise BadSignature("the hub vouches for another school or key")
        if one.end is not None:
            ended = verify_end(one.end)
            if (ended.school_id, ended.key) != (receipt.school_id, one.key):
                raise BadSignature("the hub ended another school's key, or another key")
            vouchers = _hub_keys(receipt) if one.attestation is None else (one.attestation.hub_key,)
            if one.end.hub_key not in vouchers:
                raise BadSignature("another hub than the one that vouches for a key ended it")


def _signed_at(record: Record) -> int:
    if isinstance(record, ConsentV1):
        return record.signed_at
    return record.decided_at if isinstance(record, ApprovalV1) else record.at


def _is_after_revocation(receipt: Receipt) -> bool:
    """Whether the record says it was signed when its key was revoked already. A key that another
    one followed is different: what the school signed before it heard of it, the new key took over."""
    end = receipt.keys[0].end
    if end is None or end.ended.ending is not Ending.REVOKED:
        return False
    try:
        record = read_record(receipt.record)
    except ProtocolError:
        return False  # the record's own check says so
    return _signed_at(record) > end.ended.ended_at + MAX_SKEW_MS


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
    hubs = [public_key(one) for one in _hub_keys(receipt)]
    if not hubs:
        raise BadSignature("a witness without the hub's attestation cannot be checked")
    seen_by = next((one for one in hubs if key_id(one) == receipt.witness.key_id), hubs[0])
    witnessed = verify_witness(receipt.witness, seen_by)
    if witnessed != receipt.head.head:
        raise InvalidProof("the hub saw another state of the log")


def _check_anchor(receipt: Receipt, anchor: TrustAnchor) -> list[Check]:
    """One check for each anchor given: a wrong key is a fault, an unattested one of a hub too."""
    checks = []
    if anchor.school is not None:
        same = any(_same_fingerprint(anchor.school, one.key) for one in receipt.keys)
        checks.append(_said("school_anchor", "the key is the school's known key", same))
    if anchor.hub is not None:
        late = _is_after_revocation(receipt)
        same = any(_same_fingerprint(anchor.hub, one) for one in _hub_keys(receipt)) and not late
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


def _trust(anchor: TrustAnchor, vouched: bool) -> Trust:
    if anchor.hub is not None:
        return Trust.PROVINCE
    if anchor.school is not None:
        return Trust.SCHOOL
    return Trust.UNANCHORED if vouched else Trust.SELF_ASSERTED


def _run(code: str, words: str, step: Callable[[Receipt], None], receipt: Receipt) -> Check:
    try:
        step(receipt)
    except ProtocolError as error:
        return Check(code=code, outcome=Outcome.FAILED, words=f"not so: {words} ({error.message})")
    return Check(code=code, outcome=Outcome.PASSED, words=words)
