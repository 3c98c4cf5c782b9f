"""People as the school's administration works with them: the verbs that ask for rights.

Loaders and lists use `People.roster` inside their own unit of work; every verb here checks the
asker, runs one unit, and leaves its line in the audit log.
"""

from kit import audit
from kit.card import Card, Entry, Weight
from kit.clock import Clock
from kit.db import Database, Tx
from kit.i18n import LANGUAGES, _
from kit.problem import Conflict, Invalid, NotFound
from kit.signin.service import SignIn
from node.people.access import (
    OFFICE,
    as_now,
    is_on_staff,
    require_care,
    require_role,
    require_staff,
    with_role,
)
from node.people.invitations.service import Invitations
from node.people.invitations.silence import Silence
from node.people.lists.importing import Imports
from node.people.model import (
    Access,
    Asker,
    GroupLine,
    NewPerson,
    PeopleAct,
    PeoplePage,
    PersonView,
    Role,
    StaffLine,
    StaffOfGroup,
)
from node.people.office.classes import Classes, check_class
from node.people.office.roles import Roles
from node.people.office.views import unchanged, view
from node.people.roster import family_store, group_store, store, waiting
from node.people.roster.verbs import Roster
from protocol.directory import normalise

PAGE = 50


class People:
    """Who is at the school. `secret`: what the codes of invitations are made of."""

    def __init__(
        self, db: Database, clock: Clock, signin: SignIn, secret: bytes, public_url: str
    ) -> None:
        self._db = db
        self._clock = clock
        self._signin = signin
        self.roster = Roster(clock, signin)
        self.classes = Classes(db, clock, self.roster)
        self.invitations = Invitations(db, clock, signin, secret, public_url)
        self.silence = Silence(db)
        self.roles = Roles(db, clock, self.roster, self.invitations)
        self.imports = Imports(db, clock, self.roster, self.roles)

    # The front page ---------------------------------------------------------------------------

    def cards(self, tx: Tx, asker: Asker, now: int) -> list[Card]:
        """For whoever keeps the lists: an empty school, guardians who never signed in, and what
        waits for an administrator."""
        if not asker.roles & set(OFFICE):
            return []
        waits = self._waiting_cards(tx) if asker.is_administrator else []
        return [*waits, *self._list_cards(tx)]

    def _waiting_cards(self, tx: Tx) -> list[Card]:
        count = waiting.count(tx)
        if not count:
            return []
        return [
            Card(
                "people.waiting",
                _("승인을 기다리는 역할과 부서"),
                "shield",
                href="/admin/people/waiting",
                weight=Weight.TASK,
                count=count,
                action=_("살펴보기"),
                live="people.access_changed",
            )
        ]

    def _list_cards(self, tx: Tx) -> list[Card]:
        if not family_store.has_students(tx):
            return [
                Card(
                    "people.empty",
                    _("학교 명단이 비어 있습니다"),
                    "users",
                    href="/admin/import",
                    weight=Weight.URGENT,
                    text=_("학급, 교직원, 학생, 보호자 명단을 올리면 시작할 수 있습니다."),
                    action=_("명단 올리기"),
                )
            ]
        silent, guardians = self.silence.counted(tx)
        if not silent:
            return []
        return [
            Card(
                "people.silent",
                _("아직 로그인하지 않은 보호자"),
                "mail",
                href="/admin/invitations",
                weight=Weight.QUIET,
                count=silent,
                action=_("초대장 인쇄"),
                entries=(Entry(f"{silent} / {guardians}", "/admin/invitations"),),
                live="people.families_changed",
            )
        ]

    # Looking ----------------------------------------------------------------------------------

    async def search(
        self, asker: Asker, prefix: str, kind: str, cursor: str, closed: bool = False
    ) -> PeoplePage:
        """People whose name begins with `prefix`, however it is spaced, a page of 50."""
        require_role(asker, *OFFICE)
        name, _sep, last = cursor.rpartition("~")  # a name may hold one, an id never does
        after = (name, last)
        key = normalise(prefix)

        def look(tx: Tx) -> PeoplePage:
            found = store.people(tx, key, kind, closed, after, PAGE + 1)
            more = len(found) > PAGE
            found = found[:PAGE]
            further = f"{found[-1].name}~{found[-1].id}" if more else ""
            return PeoplePage(found, further)

        return await self._db.read(look)

    async def person(self, asker: Asker, person_id: str) -> PersonView:
        """All of a person. Raises NotFound."""
        require_role(asker, *OFFICE)
        return await self._db.read(lambda tx: view(tx, self.invitations, person_id))

    async def own(self, asker: Asker) -> PersonView:
        """What the school keeps of the asker."""
        return await self._db.read(lambda tx: view(tx, self.invitations, asker.id))

    async def staff(self, asker: Asker) -> list[StaffLine]:
        """Everybody on the staff, for choices."""
        require_staff(asker)
        return await self._db.read(store.all_staff)

    async def groups(self, asker: Asker) -> list[GroupLine]:
        require_role(asker, *OFFICE)
        return await self._db.read(group_store.groups)

    async def group(self, asker: Asker, group_id: str) -> tuple[GroupLine, list[StaffLine]]:
        """A group and who is in it. Raises NotFound."""
        require_role(asker, *OFFICE)

        def look(tx: Tx) -> tuple[GroupLine, list[StaffLine]]:
            found = group_store.group(tx, group_id)
            if found is None:
                raise NotFound()
            return found, group_store.group_members(tx, group_id)

        return await self._db.read(look)

    # Persons ----------------------------------------------------------------------------------

    async def add_staff(
        self, asker: Asker, person: NewPerson, position: str, department: str, duty: str = ""
    ) -> str:
        """A new member of staff; their id."""
        require_role(asker, *OFFICE)
        _check_name(person.name)

        def work(tx: Tx, asker: Asker) -> str:
            person_id = self.roster.add_staff(
                tx, person, position, department, duty, roles=(Role.TEACHER,)
            )
            if not asker.is_administrator:
                self.roles.tell(tx, asker, Access.JOINED, [person_id], gained=[department])
            self._note(tx, asker, PeopleAct.ADD, person_id, name=person.name, kind="staff")
            return person_id

        return await self._db.write(with_role(asker, OFFICE, work))

    async def add_student(self, asker: Asker, person: NewPerson, class_id: str, number: int) -> str:
        """전입: a student comes to a class; their id. Raises NumberTaken, NotFound."""
        require_role(asker, *OFFICE)
        _check_name(person.name)

        def work(tx: Tx, asker: Asker) -> str:
            check_class(tx, class_id)
            student_id = self.roster.add_student(tx, person, class_id, number)
            self.roster.families_changed(tx, "transfer-in", [student_id])
            self._note(tx, asker, PeopleAct.ADD, student_id, name=person.name, kind="student")
            return student_id

        return await self._db.write(with_role(asker, OFFICE, work))

    async def add_guardian(
        self, asker: Asker, person: NewPerson, student_id: str, relation: str, may_sign: bool
    ) -> str:
        """A new guardian of a student; their id."""
        require_role(asker, *OFFICE)
        _check_name(person.name)

        def work(tx: Tx, asker: Asker) -> str:
            if family_store.open_enrolment(tx, student_id) is None:
                raise NotFound()
            guardian_id = self.roster.add_person(tx, person)
            self.roster.add_guardianship(tx, guardian_id, student_id, relation, may_sign=may_sign)
            self.roster.families_changed(tx, "guardian", [guardian_id])
            self._note(tx, asker, PeopleAct.ADD, guardian_id, name=person.name, kind="guardian")
            return guardian_id

        return await self._db.write(with_role(asker, OFFICE, work))

    async def change_contact(
        self,
        asker: Asker,
        person_id: str,
        *,
        phone: str,
        email: str,
        language: str,
        has_phone: bool = True,
        seen: str = "",
    ) -> None:
        """One's own contact, or anybody's for the office. Raises NotFound, Invalid,
        Forbidden (a guarded account), ChangedMeanwhile (as every change of a person that says
        which version was `seen`)."""
        if person_id != asker.id:
            require_role(asker, *OFFICE)
        if language not in LANGUAGES:
            raise Invalid({"language": _("고를 수 없는 언어입니다.")})
        if email and ("@" not in email or len(email) > 200):
            raise Invalid({"email": _("전자우편 주소를 확인해 주세요.")})
        if len(phone) > 30:
            raise Invalid({"phone": _("전화번호를 확인해 주세요.")})

        def work(tx: Tx) -> None:
            unchanged(tx, self.invitations, person_id, "contact", seen)
            if person_id != asker.id:
                keeper = as_now(tx, asker)
                require_role(keeper, *OFFICE)
                require_care(tx, keeper, person_id)
            store.set_contact(tx, person_id, phone, email, language, has_phone)
            self.roster.person_changed(tx, person_id)
            self._note(tx, asker, PeopleAct.CHANGE, person_id)

        await self._db.write(work)

    # Students and guardians -------------------------------------------------------------------

    async def move_student(
        self, asker: Asker, student_id: str, class_id: str, number: int, seen: str = ""
    ) -> None:
        """Another class or number. Raises NotFound, NumberTaken."""
        require_role(asker, *OFFICE)

        def work(tx: Tx, asker: Asker) -> None:
            check_class(tx, class_id)
            if not family_store.enrolments(tx, student_id):
                raise NotFound()
            unchanged(tx, self.invitations, student_id, "place", seen)
            self.roster.enrol(tx, student_id, class_id, number)
            self.roster.families_changed(tx, "move", [student_id])
            self._note(tx, asker, PeopleAct.MOVE, student_id, number=number)

        await self._db.write(with_role(asker, OFFICE, work))

    async def transfer_out(self, asker: Asker, student_id: str) -> None:
        """전출. Raises NotFound when the student has no place."""
        require_role(asker, *OFFICE)

        def work(tx: Tx, asker: Asker) -> None:
            if family_store.open_enrolment(tx, student_id) is None:
                raise NotFound()
            self.roster.transfer_out(tx, student_id)
            self.roster.families_changed(tx, "transfer-out", [student_id])
            self._note(tx, asker, PeopleAct.LEAVE, student_id)

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
        """The rights of a guardian for one child (친권, 열람 제한). Raises NotFound."""
        require_role(asker, *OFFICE)

        def work(tx: Tx, asker: Asker) -> None:
            if store.person(tx, guardian_id) is None or not family_store.enrolments(tx, student_id):
                raise NotFound()
            unchanged(tx, self.invitations, guardian_id, student_id, seen)
            rights = {"may_read": may_read, "may_sign": may_sign}
            self.roster.add_guardianship(tx, guardian_id, student_id, relation, **rights)
            self.roster.families_changed(tx, "rights", [guardian_id])
            self._note(tx, asker, PeopleAct.TIE, guardian_id, student=student_id, **rights)

        await self._db.write(with_role(asker, OFFICE, work))

    async def end_guardianship(self, asker: Asker, guardian_id: str, student_id: str) -> None:
        """The guardian's rights for this child end with this commit. Raises NotFound."""
        require_role(asker, *OFFICE)

        def work(tx: Tx, asker: Asker) -> None:
            if not self.roster.end_guardianship(tx, guardian_id, student_id):
                raise NotFound()
            self.roster.families_changed(tx, "guardianship-ended", [guardian_id])
            self._note(tx, asker, PeopleAct.UNTIE, guardian_id, student=student_id)

        await self._db.write(with_role(asker, OFFICE, work))

    # Groups -----------------------------------------------------------------------------------

    async def add_group(self, asker: Asker, name: str, kind: str) -> str:
        """A group; its id. Raises Conflict when the name is taken, Invalid."""
        require_role(asker, *OFFICE)
        _check_name(name)

        def work(tx: Tx, asker: Asker) -> str:
            group_id = self.roster.add_group(tx, name.strip(), kind)
            if not group_id:
                raise Conflict()
            self._note(tx, asker, PeopleAct.GROUP, group_id, name=name)
            return group_id

        return await self._db.write(with_role(asker, OFFICE, work))

    async def set_member(self, asker: Asker, group_id: str, person_id: str, member: bool) -> None:
        """Put somebody into a group or take them out. Raises NotFound, StaffOfGroup: like a
        department, a group of staff opens papers, and is an administrator's to give."""
        require_role(asker, *OFFICE)

        def work(tx: Tx, asker: Asker) -> None:
            if group_store.group(tx, group_id) is None or store.person(tx, person_id) is None:
                raise NotFound()
            if member and not asker.is_administrator and is_on_staff(tx, person_id):
                raise StaffOfGroup()
            self.roster.set_member(tx, group_id, person_id, member)
            self.roster.families_changed(tx, "group", [person_id])
            self._note(tx, asker, PeopleAct.GROUP, group_id, person=person_id, member=member)

        await self._db.write(with_role(asker, OFFICE, work))

    # Accounts ---------------------------------------------------------------------------------

    async def make_administrator(self, name: str, login: str, password: str) -> str:
        """The first start's administrator, with a password to be changed; their id."""
        hashed = await self._signin.hash_password(password)

        def work(tx: Tx) -> str:
            person_id = self.roster.add_staff(
                tx,
                NewPerson(name=name),
                "정보부장",
                "정보부",
                "학교 서버 관리",
                roles=(Role.ADMINISTRATOR, Role.TEACHER),
            )
            self.roster.add_account(tx, person_id, login, hashed, temporary=True)
            audit.record(
                tx,
                self._clock,
                actor="cli",
                actor_name="madang-node",
                action=PeopleAct.ADMINISTRATOR,
                subject=person_id,
            )
            return person_id

        return await self._db.write(work)

    # Inside -----------------------------------------------------------------------------------

    def _note(
        self, tx: Tx, asker: Asker, action: PeopleAct, subject: str, **detail: object
    ) -> None:
        audit.record(
            tx,
            self._clock,
            actor=asker.id,
            actor_name=asker.name,
            action=action,
            subject=subject,
            detail=detail,
        )


def _check_name(name: str) -> None:
    if not name.strip() or len(name) > 80:
        raise Invalid({"name": _("이름을 확인해 주세요.")})
