"""App passwords for the drive: one for each computer that opens it as a network folder."""

from kit import audit
from kit.clock import Clock
from kit.db import Database, Tx
from kit.problem import NotFound
from kit.signin import apps
from kit.signin.apps import AppPassword
from node.drive.dav.answering import DOOR
from node.drive.model import DriveAct
from node.people.access import of_now, require_staff
from node.people.model import Asker


class Programs:
    """Makes and ends them."""

    def __init__(self, db: Database, clock: Clock) -> None:
        self._db = db
        self._clock = clock

    async def passwords(self, asker: Asker) -> list[AppPassword]:
        """Raises NotFound."""
        require_staff(asker)
        return await self._db.read(lambda tx: apps.listed(tx, asker.id, DOOR))

    async def make_password(self, asker: Asker, name: str) -> str:
        """A password for one computer, told once. Raises NotFound, TooManyAppPasswords."""

        def unit(tx: Tx, asker: Asker) -> str:
            require_staff(asker)
            secret = apps.make(tx, asker.id, DOOR, name, self._clock.now())
            audit.record(tx, self._clock, asker, DriveAct.APP_PASSWORD, asker.id)
            return secret

        return await self._db.write(of_now(asker, unit))

    async def remove_password(self, asker: Asker, password_id: str) -> None:
        """From the commit on nobody comes in by it. Raises NotFound."""

        def unit(tx: Tx, asker: Asker) -> None:
            if apps.remove(tx, asker.id, DOOR, password_id) is None:
                raise NotFound()

        await self._db.write(of_now(asker, unit))
