"""Whose a passkey is stands in the log before anything is signed by it.

A receipt then shows that the school did not invent the key afterwards. Whoever adds, loses or is relieved
of a passkey is told of by kit.signin (`PasskeysChanged`); passkeys of earlier builds are named in the hour
after the update, as known by then.
"""

from collections.abc import Sequence
from functools import partial

from msgspec import structs

from kit.clock import Clock
from kit.db import Database, Tx
from kit.signin.model import Passkey, PasskeyRefused, PasskeysChanged
from kit.signin.passkeys import Passkeys, public_of
from node.ground import School
from node.ledger import passkey_store as store
from node.ledger.service import Ledger
from protocol.records import PasskeyChange, PasskeyV1, read_record

BATCH = 50


class NamedPasskeys:
    """Has the log follow the passkeys of the school's accounts."""

    def __init__(
        self, db: Database, clock: Clock, ledger: Ledger, passkeys: Passkeys, school: School
    ) -> None:
        self._db = db
        self._clock = clock
        self._ledger = ledger
        self._passkeys = passkeys
        self._school = school

    def heard(self, tx: Tx, event: PasskeysChanged) -> None:
        """Name what an account has more, and what it has no more."""
        self._follow(tx, event.account_id, PasskeyChange.ADDED)

    async def name_all(self) -> int:
        """Hourly: name those that no event told of, as builds before this one published none; how many
        accounts had some."""
        done, after = 0, ""
        while True:
            accounts, unnamed = await self._db.read(partial(self._looked_at, after=after))
            if not accounts:
                return done
            for account_id in unnamed:
                follow = partial(self._follow, account_id=account_id, how=PasskeyChange.KNOWN)
                await self._db.write(follow)
            done, after = done + len(unnamed), accounts[-1]

    def _looked_at(self, tx: Tx, after: str) -> tuple[Sequence[str], Sequence[str]]:
        """The next accounts with passkeys, and those of them that the log does not have as they are."""
        accounts = self._passkeys.accounts(tx, after, BATCH)
        return accounts, [
            one
            for one in accounts
            if {key.credential_id for key in self._passkeys.of(tx, one)}
            != {key.credential_id for key in store.standing(tx, one)}
        ]

    def _follow(self, tx: Tx, account_id: str, how: PasskeyChange) -> None:
        there = {one.credential_id: one for one in self._passkeys.of(tx, account_id)}
        named = {one.credential_id: one for one in store.standing(tx, account_id)}
        for credential_id in named.keys() - there.keys():
            self._take_back(tx, named[credential_id].position)
        for credential_id in sorted(there.keys() - named.keys()):
            self._name(tx, there[credential_id], how)

    def _name(self, tx: Tx, passkey: Passkey, how: PasskeyChange) -> None:
        try:
            algorithm, public_key = public_of(passkey)
        except PasskeyRefused:
            return  # it signs in, and nothing is signed by it that others could verify
        now = self._clock.now()
        record = PasskeyV1(
            school_id=self._school.id,
            school_name=self._school.name,
            person_id=passkey.account_id,
            person_name=store.name_of(tx, passkey.account_id),
            change=how,
            name=passkey.name,
            algorithm=algorithm,
            public_key=public_key,
            added_at=passkey.created_at,
            at=now,
        )
        position, _hash = self._ledger.append(tx, record)
        store.add(tx, position, passkey.account_id, passkey.credential_id, public_key, now)

    def _take_back(self, tx: Tx, named: int) -> None:
        record = read_record(self._ledger.record(tx, named))
        assert isinstance(record, PasskeyV1)
        gone = structs.replace(record, change=PasskeyChange.REMOVED, at=self._clock.now())
        position, _hash = self._ledger.append(tx, gone)
        store.removed(tx, named, position)
