"""Officers' accounts: add, change, disable, let back in. Every act is audited."""

import secrets

from hub.officers import store
from hub.officers.access import known, require_role, with_role
from hub.officers.model import (
    LastAdministrator,
    NameMissing,
    Officer,
    OfficerAct,
    OfficerLine,
    OfficersChanged,
    Role,
)
from kit import audit
from kit.clock import Clock
from kit.db import Database, Tx
from kit.ids import new_id
from kit.naming import composed
from kit.outbox import publish
from kit.problem import NotFound
from kit.signin.service import SignIn
from kit.typed import whole
from protocol.encoding import crockford


def temporary_password() -> str:
    """80 random bits that can be read out: `7K3MX-…`, to be changed at the first sign-in."""
    text = crockford(secrets.token_bytes(10)).lower()
    return "-".join(text[i : i + 4] for i in range(0, len(text), 4))


class Officers:
    """Who may enter the console."""

    def __init__(self, db: Database, clock: Clock, signin: SignIn) -> None:
        self._db = db
        self._clock = clock
        self._signin = signin

    async def lines(self, asker: Officer) -> list[OfficerLine]:
        require_role(asker, Role.ADMINISTRATOR)
        return await self._db.read(store.lines)

    async def add(
        self, asker: Officer, login: str, name: str, role: Role, password: str | None = None
    ) -> tuple[str, str]:
        """A new account: (id, password). A password given by the caller lasts, one made here is
        temporary. Raises NameMissing, BadLogin, LoginTaken, WeakPassword."""
        require_role(asker, Role.ADMINISTRATOR)
        if not composed(name):
            raise NameMissing()
        chosen = password or temporary_password()
        hashed = await self._signin.hash_password(chosen, login)
        officer = Officer(new_id(), whole("name", composed(name), 100), role)

        def unit(tx: Tx, asker: Officer) -> None:
            store.add(tx, officer, self._clock.now())
            self._signin.accounts.create(
                tx, officer.id, login.strip().lower(), hashed, temporary=password is None
            )
            self._changed(tx, asker, OfficerAct.ADD, officer.id, name=officer.name, role=role.value)

        await self._db.write(with_role(asker, (Role.ADMINISTRATOR,), unit))
        return officer.id, chosen

    async def set_role(self, asker: Officer, officer_id: str, role: Role) -> None:
        """Raises LastAdministrator."""

        def unit(tx: Tx, asker: Officer) -> None:
            officer = known(tx, officer_id)
            store.set_role(tx, officer_id, role)
            self._someone_left(tx)
            self._changed(
                tx,
                asker,
                OfficerAct.ROLE,
                officer_id,
                name=officer.name,
                was=officer.role,
                now=role,
            )

        await self._db.write(with_role(asker, (Role.ADMINISTRATOR,), unit))

    async def disable(self, asker: Officer, officer_id: str) -> None:
        """No entry any more, at once. Raises LastAdministrator."""

        def unit(tx: Tx, asker: Officer) -> None:
            officer = known(tx, officer_id)
            store.set_disabled(tx, officer_id, self._clock.now())
            self._someone_left(tx)
            self._signin.accounts.end_sessions(tx, officer_id)
            self._changed(tx, asker, OfficerAct.DISABLE, officer_id, name=officer.name)

        await self._db.write(with_role(asker, (Role.ADMINISTRATOR,), unit))

    async def enable(self, asker: Officer, officer_id: str) -> None:

        def unit(tx: Tx, asker: Officer) -> None:
            found = store.officer(tx, officer_id)
            if found is None:
                raise NotFound()
            store.set_disabled(tx, officer_id, None)
            self._changed(tx, asker, OfficerAct.ENABLE, officer_id, name=found[0].name)

        await self._db.write(with_role(asker, (Role.ADMINISTRATOR,), unit))

    async def reset_password(self, asker: Officer, officer_id: str) -> str:
        """A temporary password in place of a forgotten one; passkeys and sessions end, the second
        factor stays."""
        require_role(asker, Role.ADMINISTRATOR)
        fresh = temporary_password()
        hashed = await self._signin.hash_password(fresh)

        def unit(tx: Tx, asker: Officer) -> None:
            officer = known(tx, officer_id)
            self._signin.accounts.reset_password(tx, officer_id, hashed, temporary=True)
            self._changed(tx, asker, OfficerAct.RESET, officer_id, name=officer.name)

        await self._db.write(with_role(asker, (Role.ADMINISTRATOR,), unit))
        return fresh

    async def reset_second_factor(self, asker: Officer, officer_id: str) -> None:
        """For whoever lost their telephone: passkeys and sessions end, and they enrol another at the
        next sign-in."""

        def unit(tx: Tx, asker: Officer) -> None:
            officer = known(tx, officer_id)
            self._signin.accounts.reset_second_factor(tx, officer_id)
            self._changed(tx, asker, OfficerAct.RESET_FACTOR, officer_id, name=officer.name)

        await self._db.write(with_role(asker, (Role.ADMINISTRATOR,), unit))

    def _someone_left(self, tx: Tx) -> None:
        if store.administrators(tx) == 0:
            raise LastAdministrator()

    def _changed(
        self, tx: Tx, asker: Officer, act: OfficerAct, officer_id: str, **detail: object
    ) -> None:
        audit.record(tx, self._clock, asker, act, officer_id, **detail)
        publish(tx, OfficersChanged(officer_id), self._clock.now())
