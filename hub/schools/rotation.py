"""A school exchanges its keys: one statement, whole or not at all, and the same answer to it again.

The old key must be in force and say itself which one follows; the new one signs the request. From the
same unit on only the new key speaks for the school.
"""

from hub.schools import store
from hub.schools.authority import Authority, read_request
from hub.schools.enrolment import Asked, check_signature
from hub.schools.model import (
    CertificateLine,
    KeyEnded,
    KeyRotated,
    KeyTaken,
    KeyUnknown,
    RotationUnreadable,
    RotationWrong,
    SchoolAct,
    SchoolRevoked,
    SchoolSuspended,
    State,
)
from hub.schools.service import Province
from kit import audit
from kit.clock import Clock
from kit.db import Database, Tx
from kit.outbox import publish
from protocol import errors
from protocol.attestation import Attested, EndedKey, Ending, attest, attest_end
from protocol.identity import KeyPair, SchoolId, key_id, public_key, server_name
from protocol.message import decode
from protocol.rotation import Rotation, RotationGrant, RotationRequest, verify_rotation


class Rotations:
    """Takes new keys in the place of old ones."""

    def __init__(
        self, db: Database, clock: Clock, keys: KeyPair, authority: Authority, province: Province
    ) -> None:
        self._db = db
        self._clock = clock
        self._keys = keys
        self._authority = authority
        self._province = province

    async def rotate(self, asked: Asked) -> RotationGrant:
        """The grant for a statement of both keys. Raises an EnrolmentRefused; then nothing was kept."""
        request, rotation = _read(asked.body)
        check_signature(asked, rotation.keys, self._clock.now())
        return await self._db.write(lambda tx: self._take(tx, request, rotation))

    def _take(self, tx: Tx, request: RotationRequest, rotation: Rotation) -> RotationGrant:
        """Every rule and every effect, in one unit of work."""
        old_id, new_id = key_id(public_key(rotation.old_key)), rotation.keys.key_id
        old, new = store.key(tx, old_id), store.key(tx, new_id)
        if old is None or old.school_id != rotation.school_id:
            raise KeyUnknown()
        school = store.school(tx, old.school_id)
        assert school is not None
        if school.state is State.REVOKED:
            raise SchoolRevoked()
        given = store.rotation_grant(tx, old_id, new_id)
        if given is not None and new is not None and new.ended_at is None:
            return given
        if old.ended_at is not None:
            raise KeyEnded()
        if school.state is not State.ACTIVE:
            raise SchoolSuspended()
        if new is not None or rotation.keys.signing == self._keys.public.signing:
            raise KeyTaken()
        grant = self._exchange(tx, request, rotation, school.name)
        audit.record(
            tx,
            self._clock,
            audit.Actor(old.school_id, school.name),
            SchoolAct.ROTATE,
            old.school_id,
            was=old.fingerprint,
            key=rotation.keys.fingerprint,
        )
        publish(tx, KeyRotated(old.school_id), self._clock.now())
        return grant

    def _exchange(
        self, tx: Tx, request: RotationRequest, rotation: Rotation, school_name: str
    ) -> RotationGrant:
        now = self._clock.now()
        school_id = SchoolId(rotation.school_id)
        name = server_name(school_id, self._province.domain)
        csr = read_request(request.csr_pem, (school_id.lower(), name))
        issued = self._authority.issue(csr, name)
        attested = Attested(
            school_id=school_id,
            school_name=school_name,
            keys=rotation.keys,
            issued_at=now,
            province=self._province.province,
        )
        ended = EndedKey(
            school_id=school_id,
            key=rotation.old_key,
            ended_at=now,
            ending=Ending.ROTATED,
            province=self._province.province,
        )
        grant = RotationGrant(
            school_id=school_id,
            certificate_pem=issued.pem,
            attestation=attest(self._keys, attested),
            ended=attest_end(self._keys, ended),
        )
        line = CertificateLine(issued.serial, name, now, issued.expires_at)
        store.save_certificate(tx, school_id, line)
        store.save_key(tx, school_id, rotation.keys, now)
        store.save_rotation(tx, rotation, request.statement, grant)
        return grant


def _read(raw: bytes) -> tuple[RotationRequest, Rotation]:
    """The request and its statement, signed by both keys. Raises RotationUnreadable, RotationWrong."""
    try:
        request = decode(raw, RotationRequest)
    except errors.MalformedMessage as error:
        raise RotationUnreadable(reason=error.message[:200]) from error
    try:
        return request, verify_rotation(request.statement)
    except (errors.BadSignature, errors.InvalidKey) as error:
        raise RotationWrong(reason=error.message[:200]) from error
