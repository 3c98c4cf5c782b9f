"""How this school joins its province: invitation → request → grant, safe to repeat at any point.

The request is kept before it is sent. When the connection breaks after the hub answered, the same
request goes again and the hub gives the same grant; nothing is half-enrolled on either side.
"""

import asyncio

import msgspec

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
    KeyEnded,
    Membership,
    OtherSchool,
    StandingChanged,
    SyncFailed,
)
from node.federation.rotation import Rotating
from node.ground import School
from node.ledger.service import Ledger
from protocol.enrolment import (
    ENROL_PATH,
    IDENTITY_PATH,
    EnrolmentGrant,
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
from protocol.identity import KeyPair, SchoolId
from protocol.message import decode, encode
from protocol.rotation import SignedRotation
from protocol.signing import held_counter, next_counter

FAR_FUTURE = 2**53 - 1


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


class Joining:
    """The steps of joining, each of which may be repeated."""

    def __init__(
        self, db: Database, clock: Clock, rotating: Rotating, ledger: Ledger, school: School
    ) -> None:
        self._db = db
        self._clock = clock
        self._rotating = rotating
        self._ledger = ledger
        self._school = school

    async def join(self, invitation: Invitation) -> Membership:
        """Join the inviting province. Raises a JoinProblem that says what to do next.

        A key that the hub ended, by revoking the school's membership or because another one followed
        it, never joins again: then with new keys.
        """
        held = await self._db.read(store.membership)
        if held is not None and held.standing != "revoked":
            raise AlreadyJoined(hub=held.grant.hub.name)
        if held is not None:
            await self._rotating.begin()
        try:
            return await self._join(invitation)
        except KeyEnded:
            if await self._db.read(store.rotation) is not None:
                await self._rotating.discard()
            await self._rotating.begin()
        return await self._join(invitation)

    async def _join(self, invitation: Invitation) -> Membership:
        pair = await self._rotating.pair()
        request = await self._request(invitation, pair)
        raw, grant_url = await self._send(invitation, request, pair)
        try:
            grant = open_grant(raw, request, invitation)
        except ProtocolError as error:
            raise HubNotGenuine() from error
        if not grant.hub.urls:
            hub = msgspec.structs.replace(grant.hub, urls=(grant_url,))
            grant = msgspec.structs.replace(grant, hub=hub)
        begun = await self._db.read(store.rotation)
        if begun is None:
            await self._db.write(lambda tx: self._keep(tx, grant, None))
        else:
            statement = begun.statement
            await self._rotating.exchange(statement, lambda tx: self._keep(tx, grant, statement))
        membership = await self._db.read(store.membership)
        assert membership is not None
        return membership

    def _keep(self, tx: Tx, grant: EnrolmentGrant, statement: SignedRotation | None) -> None:
        """Everything a grant brings."""
        store.save_membership(tx, grant, self._clock.now())
        if statement is None:
            self._ledger.attested(tx, grant.attestation)
        else:
            endings = () if grant.ended is msgspec.UNSET else grant.ended
            self._ledger.succeed(tx, statement, grant.attestation, endings)
        publish(tx, StandingChanged("active", ""), self._clock.now())

    async def _request(self, invitation: Invitation, pair: KeyPair) -> EnrolmentRequest:
        """The request of an earlier, interrupted attempt with this invitation, or a new one."""
        begun = await self._db.read(store.enrolment)
        earlier = None
        if begun is not None and begun.invitation.code == invitation.code:
            earlier = decode(begun.request_json.encode(), EnrolmentRequest)
        if earlier is not None and earlier.keys == pair.public:
            request = msgspec.structs.replace(earlier, sent_at=self._clock.now(), proof="")
        else:
            key = derive(invitation.code)
            csr_pem = await asyncio.to_thread(
                self._rotating.certificate_request,
                following=await self._db.read(store.rotation) is not None,
            )
            request = EnrolmentRequest(
                invitation_id=key.id,
                school_id=self._school.id,
                school_name=self._school.name,
                school_kind=self._school.kind,
                keys=pair.public,
                csr_pem=csr_pem,
                software=self._school.software,
                sent_at=self._clock.now(),
            )
        request = prove_request(request, derive(invitation.code))
        text = encode(request).decode()
        now = self._clock.now()
        await self._db.write(lambda tx: store.save_enrolment(tx, invitation, text, now))
        return request

    async def _send(
        self, invitation: Invitation, request: EnrolmentRequest, pair: KeyPair
    ) -> tuple[bytes, str]:
        failure: Exception | None = None
        for url in invitation.hub_urls:
            line = HubLine(url, pinned_to(invitation.tls_fingerprint), pair, None, self._clock)
            try:
                identity = decode(await line.get_unsigned(IDENTITY_PATH), HubIdentity)
                check_hub(identity, invitation)
                line.expect(identity.keys)
                answer = await line.call("POST", ENROL_PATH, encode(request), self.take_counter)
                return answer, url
            except (NotGenuine, ProtocolError) as error:
                raise HubNotGenuine() from error
            except HubRefusal as error:
                refused = KeyEnded if error.signed and error.code == KeyEnded.code else HubRefused
                raise refused(reason=error.detail or error.code or error.status) from error
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
