"""What is said with the hub about keys: those that are to follow, and those it has forgotten."""

import logging
from collections.abc import Awaitable, Callable

from kit import audit
from kit.clock import Clock
from kit.db import Database, Tx
from node.federation import store
from node.federation.hub import ClockSkew, HubRefusal, clock_failed, line_to
from node.federation.model import FederationAct, Membership, SyncFailed
from node.federation.rotation import Rotating
from node.keys import KeysDoNotFit
from node.ledger.service import Ledger
from node.people.access import COMMAND_LINE
from protocol.rotation import RotationGrant, SignedRotation

log = logging.getLogger(__name__)

Stands = Callable[[str, str], Awaitable[None]]
"""The school stands otherwise with its province from now on: (standing, reason)."""


class KeyTalk:
    """Before each sync, and where the hub does not know who speaks."""

    def __init__(
        self, db: Database, clock: Clock, rotating: Rotating, ledger: Ledger, stands: Stands
    ) -> None:
        self._db = db
        self._clock = clock
        self._rotating = rotating
        self._ledger = ledger
        self._stands = stands

    def follow(
        self,
        tx: Tx,
        statement: SignedRotation,
        membership: Membership | None = None,
        grant: RotationGrant | None = None,
    ) -> None:
        """In the unit by which the new keys come into force: by the hub's grant, or by the school's
        own word alone."""
        self._rotating.follow(tx, statement, membership, grant)
        keys = statement.rotation.keys
        audit.record(tx, self._clock, COMMAND_LINE, FederationAct.ROTATE, keys.fingerprint)

    async def exchange(self, membership: Membership) -> None:
        """Have the keys accepted that are to follow, before anything else is said with the old ones:
        their answer may have been lost. A hub that cannot or will not now is asked again later.

        Raises SyncFailed when it is out of reach or has ended the school's keys.
        """
        begun = await self._db.read(store.rotation)
        if begun is None or membership.standing == "revoked":
            return  # keys that are to follow revoked ones are to join, which the hub knows as that
        statement = begun.statement
        try:
            line = line_to(self._clock, membership, await self._rotating.pair())
            try:
                grant = await self._rotating.ask(line, membership, statement)
            finally:
                await line.close()
        except KeysDoNotFit:
            log.exception("the keys that were to follow are lost")
            await self._rotating.discard()
            return
        except ClockSkew as error:
            raise clock_failed(error) from error
        except HubRefusal as error:
            await self._refused(error)
            return
        await self._rotating.exchange(
            statement, lambda tx: self.follow(tx, statement, membership, grant)
        )

    async def tell_again(self) -> None:
        """The hub came back from a backup that does not know the keys in force, but the ones they
        followed: both keys' statement tells it once more. Raises SyncFailed."""
        membership, pair, keys = await self._db.read(
            lambda tx: (store.membership(tx), self._ledger.signer(tx), self._ledger.keys(tx))
        )
        statement = keys[-1].rotation
        if membership is None or statement is None:
            return
        line = line_to(self._clock, membership, pair)
        try:
            grant = await self._rotating.ask(line, membership, statement, following=False)
        except (HubRefusal, ClockSkew) as error:
            log.warning("the hub knows no key of this school", extra={"reason": str(error)})
            return
        finally:
            await line.close()
        await self._db.write(lambda tx: self._rotating.vouched_again(tx, membership, grant))

    async def _refused(self, error: HubRefusal) -> None:
        reason = error.detail or error.code or str(error.status)
        log.warning("the hub did not accept the new keys", extra={"reason": reason})
        await self._db.write(lambda tx: store.set_rotation_error(tx, reason[:500]))
        if error.signed and error.code in ("school-revoked", "key-ended"):
            await self._rotating.discard()
            await self._stands("revoked", error.detail)
            raise SyncFailed(f"the hub refused: {reason}")
