"""Verbs on people within the caller's unit: for the service, for lists, for loaders.

Everything here is synchronous and asks nobody: rights are the caller's to check. Whoever changes
families calls `families_changed` once at the end of the unit.

    def load(tx: Tx) -> None:
        roster.open_year(tx, 2026)
        room = roster.add_class(tx, 2026, 3, 2, homeroom_id=teacher)
        child = roster.add_student(tx, NewPerson(name="이지우"), room, number=7)
        roster.add_guardianship(tx, guardian, child, "모")
        roster.families_changed(tx, "import", [child])
"""

from collections.abc import Iterable

from kit.clock import Clock, local_date
from kit.db import Tx
from kit.ids import new_id
from kit.outbox import publish
from kit.signin.service import SignIn
from node.people.model import (
    FamiliesChanged,
    NewPerson,
    NumberTaken,
    PeopleChanged,
    PersonClosed,
    Role,
    StaffChanged,
    StaffPost,
)
from node.people.roster import class_store, family_store, group_store, store

CHANGED = PeopleChanged()


class Roster:
    """Adds, moves and closes people."""

    def __init__(self, clock: Clock, signin: SignIn) -> None:
        self._clock = clock
        self.signin = signin

    def today(self) -> str:
        return local_date(self._clock.now()).isoformat()

    # Years, classes, groups -------------------------------------------------------------------

    def open_year(self, tx: Tx, year: int) -> None:
        """Make a school year the current one; everybody's class is looked up in it from now on."""
        class_store.set_current_year(tx, year)
        self._changed(tx)

    def turn_year(self, tx: Tx, year: int) -> None:
        """Open a school year whose classes hold their students already: their places in other years
        end with it."""
        family_store.end_enrolments_besides(tx, year, self.today())
        self.open_year(tx, year)

    def add_class(
        self, tx: Tx, year: int, grade: int, number: int, homeroom_id: str | None = None
    ) -> str:
        """A class of a year, there already or new; its id."""
        known = class_store.class_of(tx, year, grade, number)
        if known is not None:
            if homeroom_id is not None and homeroom_id != known[1]:
                self.set_homeroom(tx, known[0], homeroom_id)
            return known[0]
        class_id = new_id()
        class_store.add_class(tx, class_id, year, grade, number, homeroom_id)
        self._changed(tx)
        return class_id

    def set_homeroom(self, tx: Tx, class_id: str, person_id: str | None) -> None:
        class_store.set_homeroom(tx, class_id, person_id)
        self._changed(tx)

    def add_group(self, tx: Tx, name: str, kind: str, members: Iterable[str] = ()) -> str:
        """A group (부서, 방과후, 운영위원회 …); its id, or "" when the name is taken."""
        group_id = new_id()
        if not group_store.add_group(tx, group_id, name, kind):
            return ""
        for person_id in members:
            group_store.add_member(tx, group_id, person_id)
        self._changed(tx)
        return group_id

    def set_member(self, tx: Tx, group_id: str, person_id: str, member: bool) -> None:
        """Put somebody into a group or take them out; both may be repeated."""
        if member:
            group_store.add_member(tx, group_id, person_id)
        else:
            group_store.remove_member(tx, group_id, person_id)
        self._changed(tx)

    # Persons ----------------------------------------------------------------------------------

    def add_person(self, tx: Tx, person: NewPerson) -> str:
        """Somebody who is nothing at the school yet; their id."""
        person_id = new_id()
        store.add_person(tx, person_id, person, self._clock.now())
        self._changed(tx)
        return person_id

    def add_staff(
        self,
        tx: Tx,
        person: NewPerson,
        position: str,
        department: str,
        duty: str = "",
        roles: Iterable[Role] = (),
        since_on: str | None = None,
        extension: str = "",
    ) -> str:
        """A new member of staff; their id."""
        person_id = self.add_person(tx, person)
        post = StaffPost(position, department, duty, since_on or self.today(), None, extension)
        self.put_staff(tx, person_id, post)
        store.set_roles(tx, person_id, roles)
        return person_id

    def put_staff(self, tx: Tx, person_id: str, post: StaffPost) -> None:
        """Make somebody staff, or change what they are on the staff."""
        store.put_staff(tx, person_id, post)
        publish(tx, StaffChanged(person_id), self._clock.now())
        self._changed(tx)

    def person_changed(self, tx: Tx, person_id: str) -> None:
        """Name or contact changed: the directory follows where they are staff."""
        if store.staff_post(tx, person_id) is not None:
            publish(tx, StaffChanged(person_id), self._clock.now())
        self._changed(tx)

    def set_roles(self, tx: Tx, person_id: str, roles: Iterable[Role]) -> None:
        store.set_roles(tx, person_id, roles)
        publish(tx, StaffChanged(person_id), self._clock.now())
        self._changed(tx)

    def leave_staff(self, tx: Tx, person_id: str, on: str | None = None) -> None:
        """The post, its roles, homeroom classes and groups end; a guardian stays a guardian."""
        group_store.leave_groups(tx, person_id)
        if store.end_staff(tx, person_id, on or self.today()):
            publish(tx, StaffChanged(person_id), self._clock.now())
        self._changed(tx)

    def add_student(
        self, tx: Tx, person: NewPerson, class_id: str, number: int, from_on: str | None = None
    ) -> str:
        """A new student in a class; their id. Raises NumberTaken."""
        student_id = self.add_person(tx, person)
        self.enrol(tx, student_id, class_id, number, from_on)
        return student_id

    def enrol(
        self, tx: Tx, student_id: str, class_id: str, number: int, from_on: str | None = None
    ) -> None:
        """Put a student into a class; their place elsewhere ends. In a class of a year that is not
        open, only a place of that year does: the others end when it opens (`turn_year`). Raises
        NumberTaken."""
        holder = family_store.number_holder(tx, class_id, number)
        if holder is not None and holder != student_id:
            raise NumberTaken(number=number)
        found = class_store.year_of_class(tx, class_id)
        assert found is not None
        year, is_current = found
        held = family_store.place(tx, student_id, year)
        if held is not None and held[0] == class_id:
            family_store.renumber(tx, student_id, class_id, number)
        else:
            day = from_on or self.today()
            if is_current:
                family_store.end_enrolments(tx, student_id, day)
            else:
                family_store.end_enrolments_of(tx, student_id, year, day)
            family_store.enrol(tx, student_id, class_id, number, day)
        self._changed(tx)

    def transfer_out(self, tx: Tx, student_id: str, on: str | None = None) -> None:
        """전출: the student's place ends, and with it what their guardians see through them."""
        family_store.end_enrolments(tx, student_id, on or self.today())
        group_store.leave_groups(tx, student_id)
        self._changed(tx)

    def add_guardianship(
        self,
        tx: Tx,
        guardian_id: str,
        student_id: str,
        relation: str,
        *,
        may_read: bool = True,
        may_sign: bool = True,
    ) -> None:
        """Tie a guardian to a child, or change the rights of the tie."""
        family_store.put_guardianship(tx, guardian_id, student_id, relation, may_read, may_sign)
        self._changed(tx)

    def end_guardianship(
        self, tx: Tx, guardian_id: str, student_id: str, on: str | None = None
    ) -> bool:
        """The guardian's rights for this child end with the unit; whether there were any."""
        ended = family_store.end_guardianships(tx, guardian_id, student_id, on or self.today())
        self._changed(tx)
        return bool(ended)

    def add_account(
        self, tx: Tx, person_id: str, login: str, password_hash: str, *, temporary: bool = False
    ) -> None:
        """A login with a password hashed before. Raises BadLogin, LoginTaken."""
        self.signin.accounts.create(tx, person_id, login, password_hash, temporary=temporary)

    def close(self, tx: Tx, person_id: str, on: str | None = None) -> None:
        """Somebody leaves for good: posts, places and ties end, sessions end, sign-in ends."""
        day = on or self.today()
        store.end_staff(tx, person_id, day)
        family_store.end_enrolments(tx, person_id, day)
        family_store.end_guardianships(tx, person_id, "", day)
        family_store.end_guardianships(tx, "", person_id, day)
        group_store.leave_groups(tx, person_id)
        store.set_closed(tx, person_id, self._clock.now())
        self.signin.accounts.close(tx, person_id)
        publish(tx, PersonClosed(person_id), self._clock.now())
        self._changed(tx)

    def families_changed(self, tx: Tx, reason: str, people: Iterable[str] | None = None) -> None:
        """Tell the others, once a unit, that enrolments, guardianships or groups changed: of which
        students and guardians (a student stands for their guardians too); None: of everybody."""
        named = None if people is None else tuple(sorted(set(people)))
        publish(tx, FamiliesChanged(reason, named), self._clock.now())
        self._changed(tx)

    def _changed(self, tx: Tx) -> None:
        if CHANGED not in tx.signals:
            tx.signal(CHANGED)
