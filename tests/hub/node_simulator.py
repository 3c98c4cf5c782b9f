"""A school's node as the hub meets it: joins and talks by the real protocol, over real HTTPS.

    node = NodeSimulator("J107530101", "한빛초등학교", SchoolKind.ELEMENTARY, clock)
    grant = await node.join(invitation)          # TLS pinned to the invitation's fingerprint
    answer = await node.call("POST", "/v1/sync", encode(up))

Faults are parameters: a clock of its own, fields of the request changed, the same request again.
"""

import ssl
from typing import Any

import aiohttp
import msgspec
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from kit.clock import Clock
from protocol.enrolment import (
    ENROL_PATH,
    IDENTITY_PATH,
    EnrolmentGrant,
    EnrolmentRequest,
    HubIdentity,
    Invitation,
    check_hub,
    derive,
    open_grant,
    prove_request,
)
from protocol.identity import KeyPair, PublicKeys, SchoolId, SchoolKind
from protocol.message import decode, encode
from protocol.rotation import KEYS_PATH, RotationGrant, RotationRequest, sign_rotation
from protocol.signing import known_keys, next_counter, sign_request, verify_response


class Refused(Exception):
    """The hub said no, and its signature says that it was the hub."""

    def __init__(self, status: int, code: str, detail: str) -> None:
        super().__init__(f"{status} {code}: {detail}")
        self.status = status
        self.code = code
        self.detail = detail


class NodeSimulator:
    """One school's server."""

    def __init__(self, school_id: str, name: str, kind: SchoolKind, clock: Clock) -> None:
        self.school_id = SchoolId(school_id)
        self.name = name
        self.kind = kind
        self.clock = clock
        self.keys = KeyPair.generate()
        self.tls_key = ec.generate_private_key(ec.SECP256R1())
        self.hub: PublicKeys | None = None
        self.url = ""
        self.tls: ssl.SSLContext | aiohttp.Fingerprint | bool = True
        self._counter = 0

    # Joining ----------------------------------------------------------------------------------

    def csr_pem(self, name: str | None = None) -> str:
        """A certificate request, of the school id in small letters unless said otherwise."""
        common = name if name is not None else self.school_id.lower()
        subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, common)])
        request = x509.CertificateSigningRequestBuilder().subject_name(subject)
        made = request.sign(self.tls_key, hashes.SHA256())
        return made.public_bytes(serialization.Encoding.PEM).decode()

    def request(self, invitation: Invitation, **changes: Any) -> EnrolmentRequest:
        """The request for an invitation, with some fields changed before it is proved."""
        key = derive(invitation.code)
        plain = EnrolmentRequest(
            invitation_id=key.id,
            school_id=self.school_id,
            school_name=self.name,
            school_kind=self.kind,
            keys=self.keys.public,
            csr_pem=self.csr_pem(),
            software="madang simulator",
            sent_at=self.clock.now(),
        )
        return prove_request(msgspec.structs.replace(plain, **changes), key)

    async def meet(self, invitation: Invitation) -> HubIdentity:
        """Who answers at the invitation's address, over TLS pinned to its fingerprint."""
        self.url = invitation.hub_urls[0].rstrip("/")
        assert invitation.tls_fingerprint is not None
        self.tls = aiohttp.Fingerprint(bytes.fromhex(invitation.tls_fingerprint))
        answer = await self._exchange("GET", IDENTITY_PATH, b"", {})
        identity = decode(answer[2], HubIdentity)
        check_hub(identity, invitation)
        self.hub = identity.keys
        return identity

    async def ask(self, request: EnrolmentRequest) -> bytes:
        """Send a request as it is; the verified bytes of the grant. Raises Refused."""
        return await self.call("POST", ENROL_PATH, encode(request))

    async def join(self, invitation: Invitation) -> EnrolmentGrant:
        """Meet the hub, ask, believe the grant only once it is proved; trust the CA from then on."""
        await self.meet(invitation)
        request = self.request(invitation)
        grant = open_grant(await self.ask(request), request, invitation)
        self.tls = ssl.create_default_context(cadata="\n".join(grant.hub.ca_chain_pem))
        return grant

    # Exchanging its keys ----------------------------------------------------------------------

    def rotation(self, new: KeyPair, old: KeyPair | None = None) -> RotationRequest:
        """The request to let `new` follow the present keys (or `old`)."""
        statement = sign_rotation(
            old or self.keys, new, school_id=self.school_id, at=self.clock.now()
        )
        return RotationRequest(statement=statement, csr_pem=self.csr_pem())

    async def rotate(self, request: RotationRequest, new: KeyPair) -> RotationGrant:
        """Send it, signed by the new key. Raises Refused."""
        return decode(await self.call("POST", KEYS_PATH, encode(request), keys=new), RotationGrant)

    # Talking ----------------------------------------------------------------------------------

    async def call(
        self, method: str, path: str, body: bytes = b"", *, keys: KeyPair | None = None
    ) -> bytes:
        """The verified body of a signed request's answer. Raises Refused."""
        assert self.hub is not None, "meet the hub first"
        self._counter = next_counter(self._counter, self.clock.now())
        signed = sign_request(
            keys or self.keys,
            method=method,
            url=self.url + path,
            body=body,
            counter=self._counter,
            now=self.clock.now(),
        )
        status, headers, answer = await self._exchange(method, path, body, signed)
        verify_response(
            status=status,
            headers=headers,
            body=answer,
            request_signature=signed["Signature"],
            resolve_key=known_keys(self.hub),
            now=self.clock.now(),
            max_skew_ms=10**12,  # the hub's word on our clock must reach us although it is off
        )
        if status != 200:
            problem = msgspec.json.decode(answer)
            raise Refused(status, problem["title"], problem["detail"])
        return answer

    async def call_unsigned(self, path: str) -> bytes:
        """A public document of the api listener. Raises Refused."""
        status, _headers, answer = await self._exchange("GET", path, b"", {})
        if status != 200:
            raise Refused(status, "unsigned", answer.decode()[:200])
        return answer

    async def _exchange(
        self, method: str, path: str, body: bytes, headers: dict[str, str]
    ) -> tuple[int, list[tuple[str, str]], bytes]:
        connector = aiohttp.TCPConnector(ssl=self.tls)
        async with (
            aiohttp.ClientSession(connector=connector) as session,
            session.request(
                method,
                self.url + path,
                data=body,
                headers={"Content-Type": "application/json", **headers},
            ) as response,
        ):
            return response.status, list(response.headers.items()), await response.read()
