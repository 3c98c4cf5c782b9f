"""What programs keep at folders and files: Windows its attributes, others what they like. Kept as it
was sent, and read by nobody here."""

from collections.abc import Mapping, Sequence

from kit.clock import Clock
from kit.db import Database, Tx
from node.drive.model import Right, TooManyProperties
from node.drive.tree import property_store
from node.drive.tree.held import Terms, require
from node.drive.tree.rights import reach
from node.people.access import of_now
from node.people.model import Asker

MOST = 100  # of one item
LONGEST = 16 * 1024  # characters of one


class Properties:
    """Keeps them."""

    def __init__(self, db: Database, clock: Clock) -> None:
        self._db = db
        self._clock = clock

    async def of(self, asker: Asker, item_id: str) -> Mapping[str, str]:
        """By name as {namespace}name the element. Raises NotFound."""

        def unit(tx: Tx) -> Mapping[str, str]:
            reach(tx, asker, item_id)
            return property_store.of(tx, [item_id]).get(item_id, {})

        return await self._db.read(unit)

    async def change(
        self,
        asker: Asker,
        item_id: str,
        changes: Sequence[tuple[str, str | None]],
        terms: Terms,
    ) -> None:
        """Set (an element) or remove (None) by name, in this order; all or none. Raises NotFound,
        Forbidden, Locked, PreconditionFailed, TooManyProperties."""

        def unit(tx: Tx, asker: Asker) -> None:
            reach(tx, asker, item_id, Right.EDIT)
            require(tx, terms, asker, [item_id], self._clock.now(), subject=item_id)
            for name, xml in changes:
                if xml is None:
                    property_store.remove(tx, item_id, name)
                elif len(xml) > LONGEST:
                    raise TooManyProperties()
                else:
                    property_store.put(tx, item_id, name, xml)
            if property_store.count(tx, item_id) > MOST:
                raise TooManyProperties()

        await self._db.write(of_now(asker, unit))
