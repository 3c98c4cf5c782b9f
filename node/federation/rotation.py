"""How this school exchanges its keys: statement → hub's answer → database → files, safe at any point.

The new pair and both keys' statement are kept before anything is sent; the old pair goes on being used
until the hub has accepted the new one. What was accepted comes into force by one commit of the database;
then the new files take the place of the old ones, or at the next start (`Keyring.settle`). The request
is signed by the new key, so a lost answer is asked for again whatever became of the old one.
"""

import asyncio
from collections.abc import Callable

import msgspec

from kit.clock import Clock
from kit.db import Database, Tx
from node.federation import store
from node.federation.hub import HubLine
from node.federation.model import Membership, SyncFailed
from node.keys import Keyring
from node.ledger.service import Ledger
from protocol.attestation import verify_attestation
from protocol.enrolment import EnrolmentGrant
from protocol.errors import ProtocolError
from protocol.identity import KeyPair, SchoolId, key_id, public_key
from protocol.message import decode, encode
from protocol.rotation import (
    KEYS_PATH,
    RotationGrant,
    RotationRequest,
    SignedRotation,
    sign_rotation,
)


class Rotating:
    """The steps of an exchange, each of which may be repeated."""

    def __init__(
        self, db: Database, clock: Clock, keyring: Keyring, ledger: Ledger, school_id: SchoolId
    ) -> None:
        self._db = db
        self._clock = clock
        self._keyring = keyring
        self._ledger = ledger
        self._school_id = school_id
        self._running: set[asyncio.Task[None]] = set()

    async def begin(self) -> SignedRotation:
        """Keys that are to follow, and both keys' statement: those begun before, or new ones."""
        begun = await self._db.read(store.rotation)
        if begun is not None:
            return begun.statement
        new = await asyncio.to_thread(self._keyring.make_next)
        now = self._clock.now()

        def keep(tx: Tx) -> SignedRotation:
            begun = store.rotation(tx)  # of another process
            if begun is not None:
                return begun.statement
            old = self._ledger.signer(tx)
            statement = sign_rotation(old, new, school_id=self._school_id, at=now)
            store.save_rotation(tx, statement, now)
            return statement

        return await self._db.write(keep)

    async def discard(self) -> None:
        """The keys that were to follow cannot; the old ones stay as they are."""
        await self._db.write(store.forget_rotation)
        await asyncio.to_thread(self._keyring.discard_next)

    async def pair(self) -> KeyPair:
        """Who speaks to a hub that is to accept us: the pair that is to follow, else the one in force."""

        def find(tx: Tx) -> KeyPair:
            begun = store.rotation(tx)
            if begun is None:
                return self._ledger.signer(tx)
            return self._keyring.pair(begun.statement.rotation.keys.key_id)

        return await self._db.read(find)

    async def ask(
        self,
        line: HubLine,
        membership: Membership,
        statement: SignedRotation,
        *,
        following: bool = True,
    ) -> RotationGrant:
        """The hub's answer; `line` speaks with the new keys, which are still to follow or (not
        `following`) in force already. Raises SyncFailed, HubRefusal, ClockSkew."""
        csr_pem = await asyncio.to_thread(self.certificate_request, following=following)
        request = encode(RotationRequest(statement=statement, csr_pem=csr_pem))
        answer = await line.call("POST", KEYS_PATH, request, self._no_counter)
        try:
            grant = decode(answer, RotationGrant)
            attested = verify_attestation(grant.attestation)
        except ProtocolError as error:
            raise SyncFailed(f"the hub's answer cannot be read: {error.message}") from error
        hub_key = membership.grant.hub.keys.signing
        said = (grant.attestation.hub_key, attested.school_id, attested.keys)
        if said != (hub_key, self._school_id, statement.rotation.keys):
            raise SyncFailed("the hub vouches for other keys than those that are to follow")
        return grant

    def certificate_request(self, *, following: bool) -> str:
        """For the school's certificate (PEM)."""
        return self._keyring.certificate_request(self._school_id.lower(), following=following)

    async def _no_counter(self) -> int:
        # The first request of a key; the same again has the same effect, which is none.
        return self._clock.now()

    def follow(
        self,
        tx: Tx,
        statement: SignedRotation,
        membership: Membership | None = None,
        grant: RotationGrant | None = None,
    ) -> None:
        """The new keys are in force: by the hub's grant, or by the school's own word alone."""
        if membership is not None and grant is not None:
            store.save_grant(tx, _with_keys(membership.grant, grant))
            self._ledger.succeed(tx, statement, grant.attestation, (grant.ended,))
        else:
            self._ledger.succeed(tx, statement, None)

    def vouched_again(self, tx: Tx, membership: Membership, grant: RotationGrant) -> None:
        """The hub had forgotten the keys in force, and has accepted them anew."""
        store.save_grant(tx, _with_keys(membership.grant, grant))
        self._ledger.attested(tx, grant.attestation)

    async def exchange(self, statement: SignedRotation, unit: Callable[[Tx], None]) -> None:
        """Run the unit by which the new keys come into force, then let the files follow.

        Goes on to its end when whoever waits is cancelled. Where another process was faster, only
        the files are looked after.
        """
        task = asyncio.create_task(self._exchange(statement, unit), name="federation:exchange")
        self._running.add(task)
        task.add_done_callback(self._running.discard)
        await asyncio.shield(task)

    async def _exchange(self, statement: SignedRotation, unit: Callable[[Tx], None]) -> None:
        old_id = key_id(public_key(statement.rotation.old_key))

        def come_into_force(tx: Tx) -> str:
            if self._ledger.begin(tx) == old_id:
                unit(tx)
                store.forget_rotation(tx)
            return self._ledger.begin(tx)

        held = await asyncio.to_thread(self._keyring.lock)
        try:
            in_force = await self._db.write(come_into_force)
            await asyncio.to_thread(self._keyring.place, in_force)
        finally:
            self._keyring.unlock(held)

    async def close(self) -> None:
        """Return when no exchange is under way any more."""
        await asyncio.gather(*self._running, return_exceptions=True)


def _with_keys(held: EnrolmentGrant, grant: RotationGrant) -> EnrolmentGrant:
    """The school's grant with what the hub says of its new keys."""
    return msgspec.structs.replace(
        held, attestation=grant.attestation, certificate_pem=grant.certificate_pem
    )
