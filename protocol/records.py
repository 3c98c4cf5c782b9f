"""What is signed for years: a consent, its retraction, whose a passkey is, an approval, a draw, the disposal of
records, the head of the audit log;
its text and signature.

The text is what counts: it is kept and passed on as it is, so that fields of later releases stay
under the signature. 전자서명법 3조 gives no presumption of genuineness: a record therefore holds the
hash of the exact text shown, the questions with their options, the answers, what was said of personal
data, who, for whom, when and how it was signed. Each version has all fields of the one before; an
earlier one is read and verified for ever.
"""

import functools
import hashlib
from collections.abc import Iterable
from enum import StrEnum
from typing import Annotated

import msgspec

from protocol.assertions import Algorithm, Assertion, Bytes, verify_assertion
from protocol.canonical import as_struct, canonical_bytes, parse_canonical
from protocol.errors import BadSignature, MalformedMessage, RecordRefused, UnknownVersion
from protocol.identity import KeyId, KeyPair, SchoolId, key_id, signature_holds
from protocol.merkle import leaf_hash
from protocol.message import Count, Millis, Sha256

CONTEXT = "record.v1"
MAX_TEXT = 128 * 1024
"""Characters: thirty answers as long as a form takes them, with their questions and options."""

Name = Annotated[str, msgspec.Meta(max_length=200)]


class SignatureKind(StrEnum):
    """How a person signed: a typed and confirmed name, a drawing, or a passkey over the record. None is
    a 공동인증.

    PAPER: on a slip that the school keeps; a member of staff entered it (`entered_by`).
    """

    TYPED = "typed"
    DRAWN = "drawn"
    PAPER = "paper"
    PASSKEY = "passkey"


class Answer(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """One field of the form as it was shown: its id, exact label, and the answer in words."""

    field: Name
    label: str
    answer: str
    options: tuple[str, ...] = ()
    """What there was to choose from, in the order shown; empty where the answer is typed. Since
    consent.v2, like `hint`."""
    hint: str = ""
    """What stood beside the question to explain it."""


class Privacy(msgspec.Struct, frozen=True, kw_only=True):
    """What the form said of the personal data it collects (개인정보 보호법 15조 2항)."""

    purpose: str
    items: str
    retention: str
    refusal: str
    """The right to refuse, and what refusing leads to."""


class Attachment(msgspec.Struct, frozen=True, kw_only=True):
    """A file that belonged to the text: its name as shown, SHA-256 of its bytes."""

    name: Annotated[str, msgspec.Meta(max_length=300)]
    sha256: Sha256


class ConsentV1(msgspec.Struct, frozen=True, kw_only=True, tag_field="type", tag="consent.v1"):
    """A guardian's answer to a form for one child. People by opaque ids and the names shown."""

    school_id: SchoolId
    school_name: Name
    form_id: Name
    newsletter_id: Name
    title: str
    text_hash: Sha256
    """SHA-256 of the exact text that was shown (UTF-8)."""
    answers: tuple[Answer, ...]
    child_id: Name
    child_name: Name
    guardian_id: Name
    guardian_name: Name
    relation: Name
    signed_at: Millis
    signature_kind: SignatureKind
    signature_name: Name
    """The name as typed or, for a drawing, the name that stood beside it."""
    drawing_hash: Sha256 | None = None
    """SHA-256 of the drawing's bytes, when drawn."""
    legal_basis: str
    agreement_version: Name
    """Version of the agreement by which the guardian accepts such signatures."""
    supersedes: Sha256 | None = None
    """`record_hash` of the answer this one changes."""
    entered_by: Name = ""
    """Who of the staff entered a paper slip; empty when the guardian signed here."""


class ConsentV2(ConsentV1, frozen=True, kw_only=True, tag_field="type", tag="consent.v2"):
    """The same with everything else that stood on the form; each answer has its options."""

    privacy: Privacy | None = None
    """None when the form collects no personal data."""
    attachments: tuple[Attachment, ...] = ()
    """The letter's files, in the order shown."""
    both_guardians: bool = False
    """Whether each guardian answers, and this answer is one of several for the child."""


class ConsentV3(ConsentV2, frozen=True, kw_only=True, tag_field="type", tag="consent.v3"):
    """The same with what a paper slip looked like."""

    scan: Attachment | None = None
    """Of the slip that was entered, where the school kept one."""


class ConsentV4(ConsentV3, frozen=True, kw_only=True, tag_field="type", tag="consent.v4"):
    """The same with the guardian's own signature over all of it, where they signed by passkey."""

    passkey: Assertion | None = None
    """Over `passkey_challenge` of the record."""


class RetractionV1(
    msgspec.Struct, frozen=True, kw_only=True, tag_field="type", tag="retraction.v1"
):
    """A guardian takes a consent back (동의 철회, 개인정보 보호법 37조). The consent's own record stays;
    what the school did by it until then stays lawful."""

    school_id: SchoolId
    school_name: Name
    form_id: Name
    newsletter_id: Name
    title: str
    child_id: Name
    child_name: Name
    guardian_id: Name
    guardian_name: Name
    relation: Name
    retracts: Sha256
    """`record_hash` of the consent that holds no more."""
    effect: str
    """What was said of the effect before it was pressed."""
    at: Millis


class ApprovalV1(msgspec.Struct, frozen=True, kw_only=True, tag_field="type", tag="approval.v1"):
    """A decision of a member of staff on a document (결재)."""

    school_id: SchoolId
    school_name: Name
    document_kind: Name
    document_id: Name
    title: str
    text_hash: Sha256
    decision: Name
    """approved, rejected, delegated (전결), by_deputy (대결)."""
    approver_id: Name
    approver_name: Name
    position: Name
    step: int
    decided_at: Millis
    comment: str = ""
    supersedes: Sha256 | None = None


class ApprovalV2(ApprovalV1, frozen=True, kw_only=True, tag_field="type", tag="approval.v2"):
    """The same with the files of the document that was decided on."""

    attachments: tuple[Attachment, ...] = ()


class AuditHeadV1(msgspec.Struct, frozen=True, kw_only=True, tag_field="type", tag="audit-head.v1"):
    """How far the school's audit log had come: the number and hash of its newest entry."""

    school_id: SchoolId
    seq: Count
    hash: Sha256
    at: Millis


class PasskeyChange(StrEnum):
    """KNOWN: it was there before the log named passkeys."""

    ADDED = "added"
    KNOWN = "known"
    REMOVED = "removed"


class PasskeyV1(msgspec.Struct, frozen=True, kw_only=True, tag_field="type", tag="passkey.v1"):
    """The school says whose a passkey is from now on, or is no more: before anything is signed by it."""

    school_id: SchoolId
    school_name: Name
    person_id: Name
    person_name: Name
    change: PasskeyChange
    name: Name
    """As the account calls the device."""
    algorithm: Algorithm
    public_key: Bytes
    """SubjectPublicKeyInfo, DER, as in an assertion."""
    added_at: Millis
    at: Millis


class DrawSeedV1(msgspec.Struct, frozen=True, kw_only=True, tag_field="type", tag="draw-seed.v1"):
    """The school promises by which seed it will draw (protocol.draw), before anybody signs up."""

    school_id: SchoolId
    school_name: Name
    signup_id: Name
    title: str
    seed_hash: Sha256
    at: Millis


class DrawV1(msgspec.Struct, frozen=True, kw_only=True, tag_field="type", tag="draw.v1"):
    """What was drawn: the promised seed, among which list, to which outcome. No names of families."""

    school_id: SchoolId
    school_name: Name
    signup_id: Name
    title: str
    commitment: Sha256
    """`record_hash` of the promise."""
    seed: Sha256
    """32 random bytes, hexadecimal as a hash is."""
    list_hash: Sha256
    entries: Count
    outcome_hash: Sha256
    at: Millis


class DisposalV1(msgspec.Struct, frozen=True, kw_only=True, tag_field="type", tag="disposal.v1"):
    """The school disposes of records whose period of retention is over (기록물 폐기): what the log holds of them
    goes, their leaf hashes stay, and with them everything that is proven by the log. Names nobody but who
    approved it. Whoever holds a receipt of such a record can prove it as before."""

    school_id: SchoolId
    school_name: Name
    title: str
    """Of the form whose consents go."""
    closed_in: Count
    """The year in which the last thing happened to it; the period begins with the next."""
    retention_years: Count
    count: Count
    list_hash: Sha256
    """`disposal_hash` of what goes."""
    approved_by_id: Name
    approved_by_name: Name
    approved_at: Millis
    at: Millis


Record = (
    ConsentV1
    | ConsentV2
    | ConsentV3
    | ConsentV4
    | RetractionV1
    | ApprovalV1
    | ApprovalV2
    | AuditHeadV1
    | PasskeyV1
    | DrawSeedV1
    | DrawV1
    | DisposalV1
)
_KINDS: dict[str, type[Record]] = {
    "consent.v1": ConsentV1,
    "consent.v2": ConsentV2,
    "consent.v3": ConsentV3,
    "consent.v4": ConsentV4,
    "retraction.v1": RetractionV1,
    "approval.v1": ApprovalV1,
    "approval.v2": ApprovalV2,
    "audit-head.v1": AuditHeadV1,
    "passkey.v1": PasskeyV1,
    "draw-seed.v1": DrawSeedV1,
    "draw.v1": DrawV1,
    "disposal.v1": DisposalV1,
}


class SignedRecord(msgspec.Struct, frozen=True, kw_only=True):
    """Canonical text of a record with the school's signature. Its canonical JSON is the log's leaf."""

    text: Annotated[str, msgspec.Meta(max_length=MAX_TEXT)]
    key_id: KeyId
    signature: str


def sign_record(keys: KeyPair, record: Record) -> SignedRecord:
    """The record as canonical text, signed by the school."""
    text = canonical_bytes(record)
    return SignedRecord(text=text.decode(), key_id=keys.key_id, signature=keys.sign(CONTEXT, text))


def verify_record(signed: SignedRecord, public_bytes: bytes) -> Record:
    """The record, if this key signed its text. Raises RecordRefused, MalformedMessage, UnknownVersion."""
    check_signature(signed, public_bytes)
    return read_record(signed)


def check_signature(signed: SignedRecord, public_bytes: bytes) -> None:
    """Raises RecordRefused unless this key signed this text."""
    holds = signed.key_id == key_id(public_bytes) and signature_holds(
        public_bytes, CONTEXT, signed.text.encode(), signed.signature
    )
    if not holds:
        raise RecordRefused("the record was altered, or signed by another key")


@functools.lru_cache(maxsize=64)
def read_record(signed: SignedRecord) -> Record:
    """The record in the text, its signature unchecked. Raises UnknownVersion, MalformedMessage.

    The latest are kept: whoever shows a receipt reads its record at each of the checks.
    """
    text = signed.text.encode()
    fields = parse_canonical(text)
    kind = fields.get("type") if isinstance(fields, dict) else None
    if not isinstance(kind, str):
        raise MalformedMessage("the record does not say its type")
    if kind not in _KINDS:
        raise UnknownVersion(
            f"records of type {kind!r} are not known here", found=kind, known=", ".join(_KINDS)
        )
    return as_struct(fields, _KINDS[kind])


def record_hash(signed: SignedRecord) -> str:
    """SHA-256 of the record's canonical text, hexadecimal: what `supersedes` refers to."""
    return hashlib.sha256(signed.text.encode()).hexdigest()


def record_leaf(signed: SignedRecord) -> bytes:
    """RFC 6962 leaf hash of the record (32 bytes): over the canonical JSON of the SignedRecord."""
    return leaf_hash(canonical_bytes(signed))


def disposal_hash(listed: Iterable[tuple[int, bytes]]) -> str:
    """What a disposal says of its list, hexadecimal: SHA-256 over a line for each record that goes, by its place
    in the log, `place SP leaf-hash LF`. `listed`: (place, leaf hash) in order."""
    lines = hashlib.sha256()
    for position, leaf in listed:
        lines.update(f"{position} {leaf.hex()}\n".encode())
    return lines.hexdigest()


# What a guardian signs by passkey ------------------------------------------------------------------------


def passkey_challenge(text: bytes) -> bytes:
    """What a passkey signs of a consent (32 bytes): SHA-256 of its canonical text with `passkey` null.
    Raises MalformedMessage."""
    fields = parse_canonical(text)
    return hashlib.sha256(canonical_bytes({**fields, "passkey": None})).digest()


def is_by_passkey(signed: SignedRecord) -> bool:
    """Whether the text is a consent that says a passkey signed it. Raises MalformedMessage."""
    fields = parse_canonical(signed.text.encode())
    kind = fields.get("type") if isinstance(fields, dict) else None
    if not isinstance(kind, str) or not issubclass(_KINDS.get(kind, AuditHeadV1), ConsentV1):
        return False
    says = fields.get("signature_kind") == SignatureKind.PASSKEY
    return says or (kind == "consent.v4" and fields.get("passkey") is not None)


def check_passkey(signed: SignedRecord) -> None:
    """Of such a consent: raises BadSignature, InvalidKey, MalformedMessage unless the passkey that it
    names signed it."""
    text = signed.text.encode()
    fields = parse_canonical(text)
    kinds = (fields.get("type"), fields.get("signature_kind"))
    if kinds != ("consent.v4", SignatureKind.PASSKEY) or fields.get("passkey") is None:
        raise BadSignature("the record does not hold what a passkey signed")
    verify_assertion(as_struct(fields["passkey"], Assertion), passkey_challenge(text))
