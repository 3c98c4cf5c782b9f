"""Students and those whose children they are: who comes, moves and leaves, and what a guardian may."""

import msgspec

from kit import audit
from kit.clock import Clock
from kit.db import Database, Tx
from kit.problem import NotFound
from node.people import telephone
from node.people.access import OFFICE, require_role, with_role
from node.people.invitations.service import Invitations
from node.people.model import (
    Asker,
    GuardianshipEnded,
    NewPerson,
    PeopleAct,
    check_name,
)
from node.people.office.classes import check_class
from node.people.office.views import unchanged
from node.people.roster import family_store, store
from node.people.roster.verbs import Roster


class Families:
    """What the office does with students and guardians."""

    def __init__(
        self, db: Database, clock: Clock, roster: Roster, invitations: Invitations
    ) -> None:
        self._db = db
        self._clock = clock
        self._roster = roster
        self._invitations = invitations

    async def add_student(self, asker: Asker, person: NewPerson, class_id: str, number: int) -> str:
        """전입: a student comes to a class; their id. Raises NumberTaken, NotFound."""
        require_role(asker, *OFFICE)
        check_name(person.name)

        def work(tx: Tx, asker: Asker) -> str:
            check_class(tx, class_id)
            student_id = self._roster.add_student(tx, person, class_id, number)
            self._roster.families_changed(tx, "transfer-in", [student_id])
            audit.record(
                tx, self._clock, asker, PeopleAct.ADD, student_id, name=person.name, kind="student"
            )
            return student_id

        return await self._db.write(with_role(asker, OFFICE, work))

    async def add_guardian(
        self, asker: Asker, person: NewPerson, student_id: str, relation: str, may_sign: bool
    ) -> str:
        """A new guardian of a student; their id. Raises Invalid, NotFound."""
        require_role(asker, *OFFICE)
        check_name(person.name)
        person = msgspec.structs.replace(person, phone=telephone.checked(person.phone))

        def work(tx: Tx, asker: Asker) -> str:
            if family_store.open_enrolment(tx, student_id) is None:
                raise NotFound()
            guardian_id = self._roster.add_person(tx, person)
            self._roster.add_guardianship(tx, guardian_id, student_id, relation, may_sign=may_sign)
            self._roster.families_changed(tx, "guardian", [guardian_id])
            audit.record(
                tx,
                self._clock,
                asker,
                PeopleAct.ADD,
                guardian_id,
                name=person.name,
                kind="guardian",
            )
            return guardian_id

        return await self._db.write(with_role(asker, OFFICE, work))

    async def move_student(
        self, asker: Asker, student_id: str, class_id: str, number: int, seen: str = ""
    ) -> None:
        """Another class or number. Raises NotFound, NumberTaken."""
        require_role(asker, *OFFICE)

        def work(tx: Tx, asker: Asker) -> None:
            check_class(tx, class_id)
            if not family_store.enrolments(tx, student_id):
                raise NotFound()
            unchanged(tx, self._invitations, student_id, "place", seen)
            self._roster.enrol(tx, student_id, class_id, number)
            self._roster.families_changed(tx, "move", [student_id])
            audit.record(tx, self._clock, asker, PeopleAct.MOVE, student_id, number=number)

        await self._db.write(with_role(asker, OFFICE, work))

    async def transfer_out(self, asker: Asker, student_id: str) -> None:
        """전출. Raises NotFound when the student has no place."""
        require_role(asker, *OFFICE)

        def work(tx: Tx, asker: Asker) -> None:
            if family_store.open_enrolment(tx, student_id) is None:
                raise NotFound()
            self._roster.transfer_out(tx, student_id)
            self._roster.families_changed(tx, "transfer-out", [student_id])
            audit.record(tx, self._clock, asker, PeopleAct.LEAVE, student_id)

        await self._db.write(with_role(asker, OFFICE, work))

    async def set_rights(
        self,
        asker: Asker,
        guardian_id: str,
        student_id: str,
        *,
        relation: str,
        may_read: bool,
        may_sign: bool,
        seen: str = "",
    ) -> None:
        """The rights of a guardian for one child (친권, 열람 제한). Raises NotFound; GuardianshipEnded,
        for a page that was open meanwhile does not begin it anew."""
        require_role(asker, *OFFICE)

        def work(tx: Tx, asker: Asker) -> None:
            if store.person(tx, guardian_id) is None or not family_store.enrolments(tx, student_id):
                raise NotFound()
            ties = family_store.children(tx, guardian_id)
            if any(one.person_id == student_id and one.until_on for one in ties):
                raise GuardianshipEnded()
            unchanged(tx, self._invitations, guardian_id, student_id, seen)
            rights = {"may_read": may_read, "may_sign": may_sign}
            self._roster.add_guardianship(tx, guardian_id, student_id, relation, **rights)
            self._roster.families_changed(tx, "rights", [guardian_id])
            audit.record(
                tx, self._clock, asker, PeopleAct.TIE, guardian_id, student=student_id, **rights
            )

        await self._db.write(with_role(asker, OFFICE, work))

    async def end_guardianship(self, asker: Asker, guardian_id: str, student_id: str) -> None:
        """The guardian's rights for this child end with this commit. Raises NotFound."""
        require_role(asker, *OFFICE)

        def work(tx: Tx, asker: Asker) -> None:
            if not self._roster.end_guardianship(tx, guardian_id, student_id):
                raise NotFound()
            self._roster.families_changed(tx, "guardianship-ended", [guardian_id])
            audit.record(tx, self._clock, asker, PeopleAct.UNTIE, guardian_id, student=student_id)

        await self._db.write(with_role(asker, OFFICE, work))
