"""Enrolment: request → grant, whole or not at all, and the same answer to the same request.

Nothing about an invitation is told to whoever does not know its code: the proof is checked before
anything else is. Then comes the signature (and with it the clocks), then, in one transaction, the
rules of the province and all effects: key, certificate, standing, the invitation's use, the grant.
"""

from collections.abc import Callable
from dataclasses import dataclass
from urllib.parse import urlsplit

import msgspec
from multidict import CIMultiDictProxy

from hub.schools import store
from hub.schools.authority import Authority, read_request
from hub.schools.model import (
    AlreadyEnrolled,
    CertificateLine,
    ClockAhead,
    ClockOff,
    CodeExpired,
    CodeRevoked,
    CodeUsed,
    EnrolmentUnreadable,
    InvitationLine,
    KeyEnded,
    KeyLine,
    KeyTaken,
    KeyWrong,
    OtherName,
    OtherSchoolsCode,
    School,
    SchoolAct,
    SchoolEnrolled,
    SchoolRevoked,
    SignatureWrong,
    State,
    UnknownVersion,
    WrongCode,
)
from hub.schools.service import Identity, Province
from kit import audit
from kit.clock import HOUR, MINUTE, Clock, local
from kit.db import Database, Tx
from kit.naming import compared
from kit.outbox import publish
from kit.schema import get_meta
from kit.signin import attempts
from kit.signin.attempts import count, network
from protocol import errors
from protocol.attestation import Attested, EndedKey, Ending, KeyEnd, attest, attest_end
from protocol.enrolment import (
    EnrolmentGrant,
    EnrolmentRequest,
    SyncSettings,
    open_request,
    prove_grant,
    subject_digest,
)
from protocol.identity import KeyPair, PublicKeys, SchoolId, server_name
from protocol.message import decode
from protocol.signing import known_keys, verify_request


@dataclass(frozen=True)
class Asked:
    """The HTTP request of an enrolment, as far as its signature covers it."""

    method: str
    url: str
    headers: CIMultiDictProxy[str]
    body: bytes
    address: str


LONGEST_HOLD_MS = 55_000  # below the minute after which many routers drop a silent line


class Enrolment:
    """Takes schools in."""

    def __init__(
        self,
        db: Database,
        clock: Clock,
        keys: KeyPair,
        authority: Authority,
        province: Province,
        identity: Identity,
        tuf_root: Callable[[], str | None],
    ) -> None:
        self._db = db
        self._clock = clock
        self._keys = keys
        self._authority = authority
        self._province = province
        self._identity = identity
        self._tuf_root = tuf_root

    async def enrol(self, asked: Asked) -> EnrolmentGrant:
        """The grant of a request that proves it knows an invitation.

        Raises an EnrolmentRefused that says what is wrong, or TooMany (wrong codes from the same
        address); then nothing was kept.
        """
        stated, now = _read(asked.body), self._clock.now()
        typed = count(attempts.CODE, "enrolment", network(asked.address))

        def find(tx: Tx) -> bytes | None:
            wanted = stated.invitation_id[:64]
            return attempts.look_up(tx, (typed,), now, lambda: store.invitation_secret(tx, wanted))

        secret = await self._db.write(find)
        if secret is None:
            raise WrongCode()
        request = _proved(asked.body, secret)
        check_signature(asked, request.keys, self._clock.now())
        grant = await self._db.write(lambda tx: self._take_in(tx, request))
        return prove_grant(grant, secret)

    def _take_in(self, tx: Tx, request: EnrolmentRequest) -> EnrolmentGrant:
        """Every rule and every effect, in one unit of work."""
        now = self._clock.now()
        invitation = store.invitation(tx, request.invitation_id)
        if invitation is None:
            raise WrongCode()
        if request.school_id != invitation.school_id:
            raise OtherSchoolsCode(invited=invitation.school_id, asked=request.school_id)
        school = store.school(tx, invitation.school_id)
        assert school is not None
        digest = subject_digest(request)
        if invitation.used_at is not None:
            return self._same_again(tx, invitation, request, digest)
        self._check_open(invitation, now)
        self._check_school(tx, school, request)
        name = server_name(request.school_id, self._province.domain)
        csr = read_request(request.csr_pem, (request.school_id.lower(), name))
        issued = self._authority.issue(csr, name)
        grant = self._grant(tx, request, digest, name, issued.pem, now)
        line = CertificateLine(issued.serial, name, now, issued.expires_at)
        store.save_certificate(tx, request.school_id, line)
        store.save_key(tx, request.school_id, request.keys, now)
        store.set_enrolled(tx, request.school_id, now)
        store.use_invitation(tx, invitation.id, digest, grant, now)
        audit.record(
            tx,
            self._clock,
            audit.Actor(request.school_id, school.name),
            SchoolAct.ENROL,
            request.school_id,
            invitation=invitation.id,
            key=request.keys.fingerprint,
        )
        publish(tx, SchoolEnrolled(request.school_id), now)
        return grant

    def _same_again(
        self, tx: Tx, invitation: InvitationLine, request: EnrolmentRequest, digest: str
    ) -> EnrolmentGrant:
        """A used invitation answers the request that used it (its answer was lost), no other."""
        given = store.given_grant(tx, invitation.id)
        if given is None or given[0] != digest:
            raise CodeUsed(at=_words(invitation.used_at or 0))
        school = store.school(tx, invitation.school_id)
        if school is None or school.state is State.REVOKED:
            raise SchoolRevoked()
        key = store.key(tx, request.keys.key_id)
        if key is None or key.ended_at is not None:
            raise KeyEnded()
        return given[1]

    def _check_open(self, invitation: InvitationLine, now: int) -> None:
        if invitation.revoked_at is not None:
            raise CodeRevoked()
        if now >= invitation.expires_at:
            raise CodeExpired(at=_words(invitation.expires_at))

    def _check_school(self, tx: Tx, school: School, request: EnrolmentRequest) -> None:
        if school.state in (State.ACTIVE, State.SUSPENDED):
            raise AlreadyEnrolled()
        if (compared(request.school_name), request.school_kind) != (
            compared(school.name),
            school.kind,
        ):
            raise OtherName(
                invited=f"{school.name} ({school.kind.value})",
                asked=f"{request.school_name[:100]} ({request.school_kind.value})",
            )
        known = store.key(tx, request.keys.key_id)
        if known is not None and known.school_id == request.school_id:
            raise KeyEnded()
        if known is not None or request.keys.signing == self._keys.public.signing:
            raise KeyTaken()

    def _grant(
        self, tx: Tx, request: EnrolmentRequest, digest: str, name: str, pem: str, now: int
    ) -> EnrolmentGrant:
        hub = self._identity()
        ended = store.keys_of(tx, request.school_id)
        attested = Attested(
            school_id=SchoolId(request.school_id),
            school_name=request.school_name,
            keys=request.keys,
            issued_at=now,
            province=self._province.province,
        )
        return EnrolmentGrant(
            school_id=request.school_id,
            request=digest,
            server_name=name,
            certificate_pem=pem,
            hub=hub,
            attestation=attest(self._keys, attested),
            epoch=get_meta(tx, "epoch") or "",
            issued_at=now,
            ended=tuple(self._end(line) for line in ended) or msgspec.UNSET,
            tuf_root=self._tuf_root(),
            sync=SyncSettings(
                interval_ms=self._province.sync_interval_ms,
                # Held nearly until the next would be due: one sync an interval, and news at once.
                wait_ms=min(self._province.sync_interval_ms, LONGEST_HOLD_MS),
            ),
        )

    def _end(self, line: KeyLine) -> KeyEnd:
        """The hub's word that an earlier key of the school is ended."""
        ended = EndedKey(
            school_id=SchoolId(line.school_id),
            key=line.signing,
            ended_at=line.ended_at or 0,
            ending=Ending(line.ending),
            province=self._province.province,
        )
        return attest_end(self._keys, ended)


class Origins:
    """The addresses this hub is known by: a signature's target is built from them alone."""

    def __init__(self, urls: tuple[str, ...]) -> None:
        self._by_authority = {urlsplit(url).netloc: url for url in urls}
        self._first = urls[0]

    def url(self, host: str, raw_path: str) -> str:
        """The request's address: a Host header can choose among our origins, not invent one."""
        return self._by_authority.get(host, self._first) + raw_path


def check_signature(asked: Asked, keys: PublicKeys, now: int) -> None:
    """Whether the keys that a request names signed it. Raises ClockOff, SignatureWrong."""
    try:
        verify_request(
            method=asked.method,
            url=asked.url,
            headers=asked.headers.items(),
            body=asked.body,
            resolve_key=known_keys(keys),
            now=now,
        )
    except errors.StaleMessage as error:
        raise _clock_off(error.skew_ms, now) from error
    except errors.SignatureRefused as error:
        raise SignatureWrong(reason=error.code) from error


def _clock_off(skew_ms: int, now: int) -> ClockOff:
    """The refusal that says by how much a node's clock is off; `skew_ms` > 0: it is ahead."""
    hours, rest = divmod(abs(skew_ms), HOUR)
    kind = ClockAhead if skew_ms > 0 else ClockOff
    return kind(hours=hours, minutes=rest // MINUTE, now=_words(now))


def _read(raw: bytes) -> EnrolmentRequest:
    """The request, not yet proved. Raises EnrolmentUnreadable, UnknownVersion, KeyWrong."""
    try:
        request = decode(raw, EnrolmentRequest)
        request.keys.check()
    except errors.UnknownVersion as error:
        raise UnknownVersion(found=error.details.get("found", "?")) from error
    except errors.MalformedMessage as error:
        raise EnrolmentUnreadable(reason=error.message[:200]) from error
    except errors.InvalidKey as error:
        raise KeyWrong() from error
    return request


def _proved(raw: bytes, secret: bytes) -> EnrolmentRequest:
    try:
        return open_request(raw, secret)
    except errors.ProofMismatch as error:
        raise WrongCode() from error
    except errors.ProtocolError as error:
        raise EnrolmentUnreadable(reason=error.message[:200]) from error


def _words(at: int) -> str:
    return local(at).strftime("%Y. %m. %d. %H:%M")
