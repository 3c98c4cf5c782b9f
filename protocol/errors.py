"""The one tree of errors of this room: a stable code, an English message, details to translate with.

ProtocolError
 ├─ MalformedMessage       not the JSON or struct it should be
 │   └─ UnknownVersion     a newer (or invented) version of a message or record
 ├─ InvalidSchoolId
 ├─ InvalidKey             a key or its fingerprint is not what it should be
 ├─ SignatureRefused       an HTTP message signature does not hold
 │   ├─ MissingSignature   no (or half a) signature in the headers
 │   ├─ MissingComponent   something that must be covered is not
 │   ├─ DuplicatedHeader   a header that must be single comes twice
 │   ├─ WrongTag           signed for another application or profile version
 │   ├─ UnknownKey         nobody we know signs with this key
 │   ├─ StaleMessage       clocks differ by more than allowed (`skew_ms`)
 │   ├─ BodyMismatch       the body is not the one that was signed
 │   ├─ CounterReplayed    the counter was used before (`last`, `given`)
 │   ├─ CounterAhead       the counter lies too far ahead of the clock (`given`, `now`)
 │   └─ BadSignature       altered, re-targeted or signed by another key
 ├─ InvitationRefused
 │   ├─ MistypedCode       a group of the code is wrong (`group`)
 │   ├─ InvitationExpired
 │   └─ ProofMismatch      made with another secret, or altered
 ├─ RecordRefused          a signed record or receipt does not hold
 └─ LogRefused
     ├─ InvalidProof       inclusion or consistency does not follow
     ├─ ConsistencyMissing a proof from an earlier size is needed (`from_size`)
     └─ LogForked          two heads that cannot belong to one append-only log
"""

from typing import ClassVar


class ProtocolError(Exception):
    """Base of all errors here. `code` is stable; `details` are values for a translated message."""

    code: ClassVar[str] = "protocol"

    def __init__(self, message: str, **details: str | int) -> None:
        super().__init__(message)
        self.message = message
        self.details: dict[str, str | int] = details


class MalformedMessage(ProtocolError):
    """The bytes are not the message they should be."""

    code = "protocol.malformed"


class UnknownVersion(MalformedMessage):
    """The message has a version this software does not know (`found`, `known`)."""

    code = "protocol.unknown_version"


class InvalidSchoolId(ProtocolError):
    """The text is not the id of a school."""

    code = "protocol.invalid_school_id"


class InvalidKey(ProtocolError):
    """A key, seed or fingerprint has the wrong form or does not match."""

    code = "protocol.invalid_key"


class SignatureRefused(ProtocolError):
    """Base of all reasons to refuse a signed request or response."""

    code = "signature.refused"


class MissingSignature(SignatureRefused):
    """Signature or Signature-Input is absent."""

    code = "signature.missing"


class MissingComponent(SignatureRefused):
    """The signature does not cover what the profile demands (`component`)."""

    code = "signature.missing_component"


class DuplicatedHeader(SignatureRefused):
    """A header that must be single comes more than once (`header`)."""

    code = "signature.duplicated_header"


class WrongTag(SignatureRefused):
    """The signature was made for another purpose (`found`, `expected`)."""

    code = "signature.wrong_tag"


class UnknownKey(SignatureRefused):
    """The key id is not known to the verifier (`key_id`)."""

    code = "signature.unknown_key"


class StaleMessage(SignatureRefused):
    """Sender's and receiver's clocks differ too much; `skew_ms` > 0: the sender is ahead."""

    code = "signature.stale"

    def __init__(self, message: str, *, skew_ms: int) -> None:
        super().__init__(message, skew_ms=skew_ms)
        self.skew_ms = skew_ms


class BodyMismatch(SignatureRefused):
    """The body is not the one whose digest was signed."""

    code = "signature.body_mismatch"


class CounterReplayed(SignatureRefused):
    """The counter is not above the last one accepted (`last`, `given`)."""

    code = "signature.replayed"

    def __init__(self, message: str, *, last: int, given: int) -> None:
        super().__init__(message, last=last, given=given)
        self.last = last
        self.given = given


class CounterAhead(SignatureRefused):
    """The counter lies too far ahead of the receiver's clock (`given`, `now`)."""

    code = "signature.counter_ahead"


class BadSignature(SignatureRefused):
    """The signature does not verify."""

    code = "signature.bad"


class InvitationRefused(ProtocolError):
    """Base of what can be wrong with an invitation or an enrolment."""

    code = "invitation.refused"


class MistypedCode(InvitationRefused):
    """A typed code is wrong in its `group` (1-based; 0 when the length is wrong)."""

    code = "invitation.mistyped"

    def __init__(self, message: str, *, group: int) -> None:
        super().__init__(message, group=group)
        self.group = group


class InvitationExpired(InvitationRefused):
    """The invitation's time is over (`expired_at`)."""

    code = "invitation.expired"


class ProofMismatch(InvitationRefused):
    """The proof was not made with this invitation, or the message was altered."""

    code = "invitation.proof_mismatch"


class RecordRefused(ProtocolError):
    """A signed record does not hold."""

    code = "record.refused"


class LogRefused(ProtocolError):
    """Base of what can be wrong with a Merkle log."""

    code = "log.refused"


class InvalidProof(LogRefused):
    """An inclusion or consistency proof does not lead to the given root."""

    code = "log.invalid_proof"


class ConsistencyMissing(LogRefused):
    """A consistency proof from `from_size` is needed before this head can be accepted."""

    code = "log.consistency_missing"

    def __init__(self, message: str, *, from_size: int) -> None:
        super().__init__(message, from_size=from_size)
        self.from_size = from_size


class LogForked(LogRefused):
    """The head contradicts one seen before: the past was rewritten."""

    code = "log.forked"
