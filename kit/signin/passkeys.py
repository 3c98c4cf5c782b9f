"""Passkeys (WebAuthn): a device's key instead of a password, and instead of a drawn signature. The
library verifies; what it says is kept by `kit.signin.service`, in the unit that looks whether the account
is still the same.

Challenges are ours, used once, five minutes old at most: random where one signs in, the digest of what
is signed where one signs. `webauthn` is imported when used: it is
heavy, and an idle node need not carry it.
"""

from urllib.parse import urlsplit

import msgspec

from kit.clock import MINUTE, Clock
from kit.db import Database, Tx
from kit.ids import new_id
from kit.signin import store
from kit.signin.model import Account, Passkey, PasskeyRefused
from protocol.assertions import Algorithm, Assertion, verify_assertion
from protocol.errors import ProtocolError

NOBODY = ""  # the account of a challenge to sign in: it is not known yet


class Ceremony(msgspec.Struct, frozen=True):
    """What the browser is given. `options` is JSON for navigator.credentials."""

    id: str
    options: str


class Used(msgspec.Struct, frozen=True):
    """A passkey that answered rightly: its account as it was then, and how often the device says
    that it signed (0: it does not count)."""

    account: Account
    credential_id: str
    sign_count: int


class SignedByPasskey(msgspec.Struct, frozen=True):
    """What a passkey of an account signed: a digest, as `challenge`; `assertion` proves it to others."""

    used: Used
    challenge: bytes
    assertion: Assertion


class _Response(msgspec.Struct):
    clientDataJSON: str
    authenticatorData: str
    signature: str


class _Answered(msgspec.Struct):
    response: _Response


class _CredentialId(msgspec.Struct):
    id: str


class Passkeys:
    """Registration and verification of passkeys for one site."""

    def __init__(self, db: Database, clock: Clock, *, site_name: str) -> None:
        self._db = db
        self._clock = clock
        self._site_name = site_name
        self._origin = self._rp_id = ""

    def serve_at(self, origin: str) -> None:
        """The address of the pages where passkeys are used from now on."""
        self._origin = origin
        self._rp_id = urlsplit(origin).hostname or "localhost"

    async def begin_registration(self, account: Account) -> Ceremony:
        from webauthn import generate_registration_options, options_to_json
        from webauthn.helpers import base64url_to_bytes, bytes_to_base64url
        from webauthn.helpers.structs import (
            AuthenticatorSelectionCriteria,
            PublicKeyCredentialDescriptor,
            ResidentKeyRequirement,
            UserVerificationRequirement,
        )

        known = await self._db.read(lambda tx: store.passkeys(tx, account.account_id))
        options = generate_registration_options(
            rp_id=self._rp_id,
            rp_name=self._site_name,
            user_id=account.account_id.encode(),
            user_name=account.login,
            authenticator_selection=AuthenticatorSelectionCriteria(
                resident_key=ResidentKeyRequirement.REQUIRED,
                user_verification=UserVerificationRequirement.PREFERRED,
            ),
            exclude_credentials=[
                PublicKeyCredentialDescriptor(id=base64url_to_bytes(one.credential_id))
                for one in known
            ],
        )
        challenge = bytes_to_base64url(options.challenge)
        return await self._keep(account.account_id, challenge, options_to_json(options))

    async def registered(
        self, account_id: str, ceremony_id: str, credential: str, name: str
    ) -> Passkey:
        """The new passkey, not kept yet. Raises PasskeyRefused."""
        from webauthn import verify_registration_response
        from webauthn.helpers import base64url_to_bytes, bytes_to_base64url
        from webauthn.helpers.exceptions import WebAuthnException

        challenge = await self._take(ceremony_id, account_id)
        try:
            verified = verify_registration_response(
                credential=credential,
                expected_challenge=base64url_to_bytes(challenge),
                expected_rp_id=self._rp_id,
                expected_origin=self._origin,
            )
        except (WebAuthnException, ValueError, KeyError) as error:
            raise PasskeyRefused() from error
        return Passkey(
            credential_id=bytes_to_base64url(verified.credential_id),
            account_id=account_id,
            public_key=bytes_to_base64url(verified.credential_public_key),
            sign_count=verified.sign_count,
            name=name[:60],
            created_at=self._clock.now(),
            last_used_at=None,
        )

    async def begin_sign_in(self) -> Ceremony:
        from webauthn import generate_authentication_options, options_to_json
        from webauthn.helpers import bytes_to_base64url

        options = generate_authentication_options(rp_id=self._rp_id)
        challenge = bytes_to_base64url(options.challenge)
        return await self._keep(NOBODY, challenge, options_to_json(options))

    async def verify(self, ceremony_id: str, credential: str) -> Used:
        """The passkey that answered, its use not kept yet. Raises PasskeyRefused."""
        challenge = await self._take(ceremony_id, NOBODY)
        return (await self._answered(challenge, credential))[0]

    async def has(self, account_id: str) -> bool:
        """Whether an account has a passkey."""
        return bool(await self._db.glance(lambda tx: store.passkeys(tx, account_id)))

    def of(self, tx: Tx, account_id: str) -> list[Passkey]:
        """An account's passkeys, the first one first."""
        return store.passkeys(tx, account_id)

    def accounts(self, tx: Tx, after: str, limit: int) -> list[str]:
        """Accounts that have some, those behind `after`."""
        return store.accounts_with_passkeys(tx, after, limit)

    async def begin_signing(self, account_id: str, digest: bytes) -> Ceremony:
        """Ask the account's passkeys to sign a digest (32 bytes), for a user whom the device verifies."""
        from webauthn import generate_authentication_options, options_to_json
        from webauthn.helpers import base64url_to_bytes, bytes_to_base64url
        from webauthn.helpers.structs import (
            PublicKeyCredentialDescriptor,
            UserVerificationRequirement,
        )

        known = await self._db.read(lambda tx: store.passkeys(tx, account_id))
        options = generate_authentication_options(
            rp_id=self._rp_id,
            challenge=digest,
            allow_credentials=[
                PublicKeyCredentialDescriptor(id=base64url_to_bytes(one.credential_id))
                for one in known
            ],
            user_verification=UserVerificationRequirement.REQUIRED,
        )
        return await self._keep(account_id, bytes_to_base64url(digest), options_to_json(options))

    async def signed(self, account_id: str, ceremony_id: str, credential: str) -> SignedByPasskey:
        """What a passkey of the account signed, its use not kept yet. Raises PasskeyRefused."""
        from webauthn.helpers import base64url_to_bytes

        challenge = await self._take(ceremony_id, account_id)
        used, passkey = await self._answered(challenge, credential, is_signing=True)
        if passkey.account_id != account_id:
            raise PasskeyRefused()
        assertion, digest = (
            _assertion(passkey, credential, self._rp_id),
            base64url_to_bytes(challenge),
        )
        try:  # what others could not verify later is no proof
            verify_assertion(assertion, digest)
        except ProtocolError as error:
            raise PasskeyRefused() from error
        return SignedByPasskey(used, digest, assertion)

    async def _answered(
        self, challenge: str, credential: str, *, is_signing: bool = False
    ) -> tuple[Used, Passkey]:
        """Raises PasskeyRefused."""
        from webauthn import verify_authentication_response
        from webauthn.helpers import base64url_to_bytes
        from webauthn.helpers.exceptions import WebAuthnException

        try:
            named = msgspec.json.decode(credential, type=_CredentialId).id
        except msgspec.DecodeError as error:
            raise PasskeyRefused() from error
        found = await self._db.read(lambda tx: _passkey(tx, named))
        if found is None:
            raise PasskeyRefused()
        passkey, account = found
        try:
            verified = verify_authentication_response(
                credential=credential,
                expected_challenge=base64url_to_bytes(challenge),
                expected_rp_id=self._rp_id,
                expected_origin=self._origin,
                credential_public_key=base64url_to_bytes(passkey.public_key),
                credential_current_sign_count=passkey.sign_count,
                require_user_verification=is_signing,
            )
        except (WebAuthnException, ValueError, KeyError) as error:
            raise PasskeyRefused() from error
        return Used(account, passkey.credential_id, verified.new_sign_count), passkey

    async def _keep(self, account_id: str, challenge: str, options: str) -> Ceremony:
        ceremony = Ceremony(new_id(), options)
        now = self._clock.now()
        await self._db.write(
            lambda tx: store.add_challenge(
                tx, ceremony.id, account_id, challenge, now, now + 5 * MINUTE
            )
        )
        return ceremony

    async def _take(self, ceremony_id: str, account_id: str) -> str:
        now = self._clock.now()

        def take(tx: Tx) -> str | None:
            return store.take_challenge(tx, ceremony_id, account_id, now)

        challenge = await self._db.write(take)
        if challenge is None:
            raise PasskeyRefused()
        return challenge


def _passkey(tx: Tx, credential_id: str) -> tuple[Passkey, Account] | None:
    passkey = store.passkey(tx, credential_id)
    account = None if passkey is None else store.account(tx, passkey.account_id)
    return None if passkey is None or account is None else (passkey, account)


def public_of(passkey: Passkey) -> tuple[Algorithm, str]:
    """Its algorithm and public key as browsers and other programs read it (SPKI, base64url). Raises
    PasskeyRefused for a key of another algorithm."""
    from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
    from webauthn.helpers import (
        base64url_to_bytes,
        bytes_to_base64url,
        decode_credential_public_key,
        decoded_public_key_to_cryptography,
    )
    from webauthn.helpers.cose import COSEAlgorithmIdentifier

    cose = decode_credential_public_key(base64url_to_bytes(passkey.public_key))
    algorithm = {
        COSEAlgorithmIdentifier.ECDSA_SHA_256: Algorithm.ES256,
        COSEAlgorithmIdentifier.EDDSA: Algorithm.EDDSA,
        COSEAlgorithmIdentifier.RSASSA_PKCS1_v1_5_SHA_256: Algorithm.RS256,
    }.get(cose.alg)
    if algorithm is None:
        raise PasskeyRefused()
    key = decoded_public_key_to_cryptography(cose).public_bytes(
        Encoding.DER, PublicFormat.SubjectPublicKeyInfo
    )
    return algorithm, bytes_to_base64url(key)


def _assertion(passkey: Passkey, credential: str, rp_id: str) -> Assertion:
    """What the device signed, in the form in which browsers and other programs verify it. Raises
    PasskeyRefused for a key of another algorithm."""
    from cryptography.hazmat.primitives.asymmetric.utils import decode_dss_signature
    from webauthn.helpers import base64url_to_bytes, bytes_to_base64url

    said = msgspec.json.decode(credential, type=_Answered).response
    algorithm, public_key = public_of(passkey)
    signature = base64url_to_bytes(said.signature)
    if algorithm is Algorithm.ES256:
        r, s = decode_dss_signature(signature)
        signature = r.to_bytes(32) + s.to_bytes(32)
    return Assertion(
        name=passkey.name,
        added_at=passkey.created_at,
        algorithm=algorithm,
        public_key=public_key,
        rp_id=rp_id,
        authenticator_data=bytes_to_base64url(base64url_to_bytes(said.authenticatorData)),
        client_data=bytes_to_base64url(base64url_to_bytes(said.clientDataJSON)),
        signature=bytes_to_base64url(signature),
    )
