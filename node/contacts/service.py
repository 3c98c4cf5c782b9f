"""The rules of contacts: everybody sees those that are for them, the administrator writes them.

found = await contacts.of(asker)
contact_id = await contacts.write(asker, None, WrittenContact("행정실", "증명서", "031-000-0100"))
"""

from msgspec.structs import replace

from kit import audit
from kit.clock import Clock
from kit.db import Database, Tx
from kit.i18n import _
from kit.ids import new_id
from kit.outbox import publish
from kit.problem import Invalid, NotFound
from kit.typed import one_line
from node.contacts import store
from node.contacts.model import (
    LONGEST_NAME,
    LONGEST_TEXT,
    MOST,
    Contact,
    ContactsAct,
    ContactsChanged,
    TooManyContacts,
    WrittenContact,
    is_telephone,
)
from node.people.access import require_role, with_role
from node.people.model import Asker, Kind, Role

WHO = (Role.ADMINISTRATOR,)


class Contacts:
    """The slice's face."""

    def __init__(self, db: Database, clock: Clock) -> None:
        self._db = db
        self._clock = clock

    async def of(self, asker: Asker) -> list[Contact]:
        """Those that the asker may see, in their order."""
        found = await self._db.read(store.contacts)
        return [one for one in found if may_see(asker, one)]

    def for_family(self, tx: Tx, asker: Asker) -> tuple[Contact, ...]:
        """Those that a guardian or a student may see as such, in their order; none for others."""
        if not (asker.is_guardian or Kind.STUDENT in asker.kinds):
            return ()
        return tuple(one for one in store.contacts(tx) if is_for_family(asker, one))

    async def one(self, asker: Asker, contact_id: str) -> Contact:
        """One to be written over. Raises NotFound, Forbidden."""
        require_role(asker, *WHO)
        return await self._db.read(lambda tx: _known(tx, contact_id))

    async def write(self, asker: Asker, contact_id: str | None, written: WrittenContact) -> str:
        """A new one (None), or one over; its id. Raises NotFound, Forbidden, Invalid, TooManyContacts;
        publishes ContactsChanged."""
        require_role(asker, *WHO)
        written = _checked(written)

        def unit(tx: Tx, now: Asker) -> str:
            there = store.contacts(tx)
            if contact_id is None:
                if len(there) >= MOST:
                    raise TooManyContacts()
                one_id, position = new_id(), max((one.position for one in there), default=0) + 1
            else:
                one_id, position = contact_id, _known(tx, contact_id).position
            store.put(
                tx,
                Contact(
                    one_id,
                    written.name,
                    written.about,
                    written.telephone,
                    written.hours,
                    written.for_guardians,
                    written.for_students,
                    position,
                ),
            )
            self._changed(tx, now, ContactsAct.WRITE, one_id, written.name)
            return one_id

        return await self._db.write(with_role(asker, WHO, unit))

    async def up(self, asker: Asker, contact_id: str) -> None:
        """One place further up. Raises NotFound, Forbidden; publishes ContactsChanged."""

        def unit(tx: Tx, now: Asker) -> None:
            one, there = _known(tx, contact_id), store.contacts(tx)
            at = [it.id for it in there].index(one.id)
            if at:
                above = there[at - 1]
                store.put(tx, replace(one, position=above.position))
                store.put(tx, replace(above, position=one.position))
                self._changed(tx, now, ContactsAct.WRITE, one.id, one.name)

        await self._db.write(with_role(asker, WHO, unit))

    async def remove(self, asker: Asker, contact_id: str) -> None:
        """Raises NotFound, Forbidden; publishes ContactsChanged."""

        def unit(tx: Tx, now: Asker) -> None:
            one = _known(tx, contact_id)
            store.remove(tx, contact_id)
            self._changed(tx, now, ContactsAct.REMOVE, contact_id, one.name)

        await self._db.write(with_role(asker, WHO, unit))

    def _changed(self, tx: Tx, asker: Asker, act: ContactsAct, contact_id: str, name: str) -> None:
        audit.record(tx, self._clock, asker, act, contact_id, name=name)
        publish(tx, ContactsChanged(contact_id), self._clock.now())


def may_see(asker: Asker, one: Contact) -> bool:
    """Staff see all; families what is for them."""
    return asker.is_staff or is_for_family(asker, one)


def is_for_family(asker: Asker, one: Contact) -> bool:
    """Whether somebody may see it as a guardian, or as a student."""
    return (asker.is_guardian and one.for_guardians) or (
        Kind.STUDENT in asker.kinds and one.for_students
    )


def _known(tx: Tx, contact_id: str) -> Contact:
    found = store.contact(tx, contact_id)
    if found is None:
        raise NotFound()
    return found


def _checked(written: WrittenContact) -> WrittenContact:
    """Raises Invalid, TooLong."""
    written = replace(
        written,
        name=one_line("name", written.name, LONGEST_NAME),
        about=one_line("about", written.about, LONGEST_TEXT),
        telephone=" ".join(written.telephone.split()),
        hours=one_line("hours", written.hours, LONGEST_TEXT),
    )
    wrong = {}
    if not written.name:
        wrong["name"] = _("부서나 장소를 입력해 주세요. 예: 보건실")
    if not is_telephone(written.telephone):
        wrong["telephone"] = _("전화번호를 숫자와 ‘-’로 입력해 주세요. 예: 031-000-0101, 117")
    if wrong:
        raise Invalid(wrong)
    return written
