"""How this school joins its province: invitation → request → grant, safe to repeat at any point.

The request is kept before it is sent. When the connection breaks after the hub answered, the same
request goes again and the hub gives the same grant; nothing is half-enrolled on either side.
"""

import os
from pathlib import Path

import msgspec
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from kit.clock import MINUTE, Clock
from kit.db import Database, Tx
from kit.outbox import publish
from node.federation import store
from node.federation.hub import ClockSkew, HubLine, HubRefusal, NotGenuine, pinned_to
from node.federation.model import (
    AlreadyJoined,
    ClockOff,
    CodeMistyped,
    CodeUnreadable,
    HubAddressNeeded,
    HubNotGenuine,
    HubRefused,
    HubUnreachable,
    Membership,
    OtherSchool,
    StandingChanged,
    SyncFailed,
)
from protocol.enrolment import (
    ENROL_PATH,
    IDENTITY_PATH,
    EnrolmentRequest,
    HubIdentity,
    Invitation,
    check_hub,
    derive,
    from_qr_text,
    open_grant,
    parse_code,
    prove_request,
)
from protocol.errors import MistypedCode, ProtocolError
from protocol.identity import KeyPair, SchoolId, SchoolKind
from protocol.message import decode, encode
from protocol.signing import held_counter, next_counter

FAR_FUTURE = 2**53 - 1


class School(msgspec.Struct, frozen=True):
    """Who joins."""

    id: SchoolId
    name: str
    kind: SchoolKind
    software: str


def read_invitation(text: str, hub_url: str | None, school_id: SchoolId) -> Invitation:
    """The invitation from its QR text, or from a typed code and the hub's address.

    Raises CodeUnreadable, CodeMistyped, HubAddressNeeded, OtherSchool.
    """
    text = text.strip()
    try:
        if text.upper().startswith("MADANG1:"):
            invitation = from_qr_text(text)
        else:
            code = parse_code(text)
            if not hub_url:
                raise HubAddressNeeded()
            invitation = Invitation(
                code=code, school_id=school_id, expires_at=FAR_FUTURE, hub_urls=(hub_url,)
            )
    except MistypedCode as error:
        if error.group:
            raise CodeMistyped(group=error.group) from error
        raise CodeUnreadable() from error
    if invitation.school_id != school_id:
        raise OtherSchool(invited=invitation.school_id, own=school_id)
    if hub_url:
        invitation = msgspec.structs.replace(invitation, hub_urls=(hub_url,))
    return invitation


def certificate_request(school_id: SchoolId, keys_folder: Path) -> str:
    """A request for this node's certificate (PEM); its P-256 key is made once, mode 0600."""
    place = keys_folder / "tls.key"
    if not place.exists():
        fresh = ec.generate_private_key(ec.SECP256R1()).private_bytes(
            serialization.Encoding.PEM,
            serialization.PrivateFormat.PKCS8,
            serialization.NoEncryption(),
        )
        descriptor = os.open(place, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with os.fdopen(descriptor, "wb") as out:
            out.write(fresh)
            out.flush()
            os.fsync(out.fileno())
    key = serialization.load_pem_private_key(place.read_bytes(), None)
    if not isinstance(key, ec.EllipticCurvePrivateKey):
        raise CodeUnreadable()
    subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, school_id.lower())])
    request = x509.CertificateSigningRequestBuilder().subject_name(subject)
    return request.sign(key, hashes.SHA256()).public_bytes(serialization.Encoding.PEM).decode()


class Joining:
    """The steps of joining, each of which may be repeated."""

    def __init__(
        self, db: Database, clock: Clock, keys: KeyPair, keys_folder: Path, school: School
    ) -> None:
        self._db = db
        self._clock = clock
        self._keys = keys
        self._keys_folder = keys_folder
        self._school = school

    async def join(self, invitation: Invitation) -> Membership:
        """Join the inviting province. Raises a JoinProblem that says what to do next."""
        held = await self._db.read(store.membership)
        if held is not None and held.standing != "revoked":
            raise AlreadyJoined(hub=held.grant.hub.name)
        request = await self._request(invitation)
        raw, grant_url = await self._send(invitation, request)
        try:
            grant = open_grant(raw, request, invitation)
        except ProtocolError as error:
            raise HubNotGenuine() from error
        if not grant.hub.urls:
            hub = msgspec.structs.replace(grant.hub, urls=(grant_url,))
            grant = msgspec.structs.replace(grant, hub=hub)
        now = self._clock.now()

        def keep(tx: Tx) -> Membership:
            store.save_membership(tx, grant, now)
            publish(tx, StandingChanged("active", ""), now)
            membership = store.membership(tx)
            assert membership is not None
            return membership

        return await self._db.write(keep)

    async def _request(self, invitation: Invitation) -> EnrolmentRequest:
        """The request of an earlier, interrupted attempt with this invitation, or a new one."""
        begun = await self._db.read(store.enrolment)
        if begun is not None and begun.invitation.code == invitation.code:
            earlier = decode(begun.request_json.encode(), EnrolmentRequest)
            request = msgspec.structs.replace(earlier, sent_at=self._clock.now(), proof="")
        else:
            key = derive(invitation.code)
            request = EnrolmentRequest(
                invitation_id=key.id,
                school_id=self._school.id,
                school_name=self._school.name,
                school_kind=self._school.kind,
                keys=self._keys.public,
                csr_pem=certificate_request(self._school.id, self._keys_folder),
                software=self._school.software,
                sent_at=self._clock.now(),
            )
        request = prove_request(request, derive(invitation.code))
        text = encode(request).decode()
        now = self._clock.now()
        await self._db.write(lambda tx: store.save_enrolment(tx, invitation, text, now))
        return request

    async def _send(self, invitation: Invitation, request: EnrolmentRequest) -> tuple[bytes, str]:
        failure: Exception | None = None
        for url in invitation.hub_urls:
            line = HubLine(
                url, pinned_to(invitation.tls_fingerprint), self._keys, None, self._clock
            )
            try:
                identity = decode(await line.get_unsigned(IDENTITY_PATH), HubIdentity)
                check_hub(identity, invitation)
                line.expect(identity.keys)
                answer = await line.call("POST", ENROL_PATH, encode(request), self.take_counter)
                return answer, url
            except (NotGenuine, ProtocolError) as error:
                raise HubNotGenuine() from error
            except HubRefusal as error:
                raise HubRefused(reason=error.detail or error.code or error.status) from error
            except ClockSkew as error:
                raise ClockOff(minutes=max(1, abs(error.skew_ms) // MINUTE)) from error
            except SyncFailed as error:
                failure = error
            finally:
                await line.close()
        raise HubUnreachable(url=", ".join(invitation.hub_urls)) from failure

    async def take_counter(self) -> int:
        """The next counter, durable before it is used."""
        now = self._clock.now()

        def take(tx: Tx) -> int:
            counter = next_counter(store.last_counter(tx), now)
            store.save_counter(tx, counter)
            return counter

        return await self._db.write(take)

    def raise_counter(self, tx: Tx, following: int) -> None:
        """The next counter is at least `following`, as the hub said."""
        last = held_counter(store.last_counter(tx), self._clock.now())
        store.save_counter(tx, max(last, following - 1))
