"""A device with passkeys, as far as a server meets it: it answers challenges (WebAuthn, "none")."""

import hashlib
import json
import secrets
from typing import Any

import cbor2
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from webauthn.helpers import bytes_to_base64url

from kit.signin.passkeys import Ceremony

HERE, VERIFIED, ATTESTED = 0x01, 0x04, 0x40


class Authenticator:
    """One key for one site; `counts`: it says how often it signed; `verifies`: it asks its user for a
    finger or a number."""

    def __init__(
        self, origin: str, rp_id: str = "localhost", *, counts: bool = True, verifies: bool = True
    ) -> None:
        self._origin = origin
        self._rp = hashlib.sha256(rp_id.encode()).digest()
        self._key = ec.generate_private_key(ec.SECP256R1())
        self._counts = counts
        self._verifies = verifies
        self._signed = 0
        self.id = secrets.token_bytes(16)

    def register(self, ceremony: Ceremony) -> str:
        """The answer to a challenge to make a key."""
        numbers = self._key.public_key().public_numbers()
        public = {
            1: 2,
            3: -7,
            -1: 1,
            -2: numbers.x.to_bytes(32, "big"),
            -3: numbers.y.to_bytes(32, "big"),
        }
        made = bytes(16) + len(self.id).to_bytes(2, "big") + self.id + cbor2.dumps(public)
        attested = {"fmt": "none", "attStmt": {}, "authData": self._data(ATTESTED) + made}
        return self._answer(
            clientDataJSON=self._client_data("webauthn.create", ceremony),
            attestationObject=cbor2.dumps(attested),
        )

    def sign(self, ceremony: Ceremony) -> str:
        """The answer to a challenge to sign in."""
        self._signed += self._counts
        client, data = self._client_data("webauthn.get", ceremony), self._data(0)
        signed = data + hashlib.sha256(client).digest()
        return self._answer(
            clientDataJSON=client,
            authenticatorData=data,
            signature=self._key.sign(signed, ec.ECDSA(hashes.SHA256())),
        )

    def _data(self, more: int) -> bytes:
        flags = HERE | more | (VERIFIED if self._verifies else 0)
        return self._rp + bytes([flags]) + self._signed.to_bytes(4, "big")

    def _client_data(self, kind: str, ceremony: Ceremony) -> bytes:
        challenge = json.loads(ceremony.options)["challenge"]
        said = {"type": kind, "challenge": challenge, "origin": self._origin}
        return json.dumps(said).encode()

    def _answer(self, **response: bytes) -> str:
        named = bytes_to_base64url(self.id)
        answer: dict[str, Any] = {"id": named, "rawId": named, "type": "public-key"}
        answer["response"] = {name: bytes_to_base64url(value) for name, value in response.items()}
        return json.dumps(answer)
