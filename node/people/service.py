"""People as the school's administration works with them: the verbs that ask for rights.

Loaders and lists use `People.roster` inside their own unit of work; every verb here checks the
asker, runs one unit, and leaves its line in the audit log.
"""

import msgspec

from kit import audit
from kit.card import Card, Entry, Weight
from kit.clock import Clock
from kit.db import Database, Tx
from kit.i18n import LANGUAGES, _
from kit.problem import Invalid
from kit.signin.service import SignIn
from node.current import CurrentSettings
from node.people import telephone
from node.people.access import (
    COMMAND_LINE,
    OFFICE,
    of_now,
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
    NewPerson,
    PeopleAct,
    PeoplePage,
    PersonView,
    Role,
    StaffLine,
    check_name,
)
from node.people.office.classes import Classes
from node.people.office.families import Families
from node.people.office.groups import Groups
from node.people.office.roles import Roles
from node.people.office.views import unchanged, view
from node.people.roster import family_store, store, waiting
from node.people.roster.verbs import Roster
from protocol.directory import search_key

PAGE = 50


class People:
    """Who is at the school. `secret`: what the codes of invitations are made of."""

    def __init__(
        self,
        db: Database,
        clock: Clock,
        signin: SignIn,
        secret: bytes,
        settings: CurrentSettings,
    ) -> None:
        self._db = db
        self._clock = clock
        self._signin = signin
        self.roster = Roster(clock, signin)
        self.classes = Classes(db, clock, self.roster)
        self.groups = Groups(db, clock, self.roster)
        self.invitations = Invitations(db, clock, signin, secret, settings)
        self.families = Families(db, clock, self.roster, self.invitations)
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
                _("승인 대기 중인 역할과 부서"),
                "shield",
                href="/admin/people/waiting",
                weight=Weight.TASK,
                count=count,
                action=_("미리 확인"),
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
                counted=_("%(count)s명"),
                action=_("초대장 인쇄"),
                entries=(
                    Entry(
                        "",
                        "/admin/invitations",
                        counted=_("보호자 %(of)s명 가운데 %(count)s명"),
                        count=silent,
                        of=guardians,
                    ),
                ),
                live="people.families_changed",
            )
        ]

    # Looking ----------------------------------------------------------------------------------

    async def search(
        self, asker: Asker, typed: str, kind: str, cursor: str, closed: bool = False
    ) -> PeoplePage:
        """People whose name begins with what was typed, then those who have it within their name or as
        초성, however it is spaced, a page of 50."""
        require_role(asker, *OFFICE)
        key = search_key(typed)
        by_part = cursor.startswith("~")
        # A name may hold one, an id never does.
        name, _sep, last = cursor.removeprefix("~").rpartition("~")
        after = (name, last)

        def look(tx: Tx) -> PeoplePage:
            found = [] if by_part else store.people(tx, key, kind, closed, after, PAGE + 1)
            if len(found) > PAGE:
                return PeoplePage(found[:PAGE], f"{found[PAGE - 1].name}~{found[PAGE - 1].id}")
            if not key:
                return PeoplePage(found, "")
            room = PAGE - len(found)
            begun = after if by_part else ("", "")
            others = store.people_by_part(tx, key, kind, closed, begun, room + 1)
            lines = [*found, *(line for line, _part in others[:room])]
            if len(others) <= room:
                return PeoplePage(lines, "")
            line, part = others[room - 1] if room else (None, "")
            return PeoplePage(lines, f"~{part}~{line.id if line else ''}")

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

    # Persons ----------------------------------------------------------------------------------

    async def add_staff(
        self, asker: Asker, person: NewPerson, position: str, department: str, duty: str = ""
    ) -> str:
        """A new member of staff; their id. Raises Invalid."""
        require_role(asker, *OFFICE)
        check_name(person.name)
        person = msgspec.structs.replace(person, phone=telephone.checked(person.phone))

        def work(tx: Tx, asker: Asker) -> str:
            person_id = self.roster.add_staff(
                tx, person, position, department, duty, roles=(Role.TEACHER,)
            )
            if not asker.is_administrator:
                self.roles.tell(tx, asker, Access.JOINED, [person_id], gained=[department])
            audit.record(
                tx, self._clock, asker, PeopleAct.ADD, person_id, name=person.name, kind="staff"
            )
            return person_id

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
        if language and language not in LANGUAGES:
            raise Invalid({"language": _("선택할 수 없는 언어입니다.")})
        if email and ("@" not in email or len(email) > 200):
            raise Invalid({"email": _("이메일 주소를 확인해 주세요.")})

        def work(tx: Tx, asker: Asker) -> None:
            found = store.person(tx, person_id)
            known = "" if found is None else str(found[1])  # may be older than the check
            number = known if phone == known else telephone.checked(phone)
            unchanged(tx, self.invitations, person_id, "contact", seen)
            if person_id != asker.id:
                require_role(asker, *OFFICE)
                require_care(tx, asker, person_id)
            store.set_contact(tx, person_id, number, email, language, has_phone)
            self.roster.person_changed(tx, person_id)
            audit.record(tx, self._clock, asker, PeopleAct.CHANGE, person_id)

        await self._db.write(of_now(asker, work))

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
            audit.record(tx, self._clock, COMMAND_LINE, PeopleAct.ADMINISTRATOR, person_id)
            return person_id

        return await self._db.write(work)
