"""The words of people: ids, roles, askers, audiences, children."""

import enum
from typing import NewType

import msgspec

from kit.event import Event
from kit.i18n import _
from kit.naming import composed
from kit.problem import OUTSIDE, Help, Invalid, Problem, Way
from kit.seen import seen_of
from kit.wording import class_words

PersonId = NewType("PersonId", str)
StudentId = NewType("StudentId", str)
ClassId = NewType("ClassId", str)
GroupId = NewType("GroupId", str)


class Kind(enum.StrEnum):
    """What somebody is at this school; one person may be several."""

    GUARDIAN = "guardian"
    STUDENT = "student"
    STAFF = "staff"


class Role(enum.StrEnum):
    """What a member of staff may do beyond reading."""

    ADMINISTRATOR = "administrator"  # 정보부장: runs the node
    PRINCIPAL = "principal"  # 교장
    VICE_PRINCIPAL = "vice_principal"  # 교감
    HEAD = "head"  # 부장교사
    TEACHER = "teacher"
    OFFICE = "office"  # 행정실
    PRIVACY_OFFICER = "privacy_officer"  # 개인정보 보호책임자 (개인정보 보호법 제31조)
    NUTRITION = "nutrition"  # 영양교사: keeps the meals


GIVEN_AT_ONCE = frozenset({Role.TEACHER})
"""Roles that anybody who keeps the lists gives; all others are the administrators' to give."""
GUARDED = frozenset(
    {Role.ADMINISTRATOR, Role.PRINCIPAL, Role.VICE_PRINCIPAL, Role.HEAD, Role.PRIVACY_OFFICER}
)
"""Whoever holds one: their letters, sign-in, contact and leaving are the administrators' alone, or
whoever keeps the lists could take over an account that decides more than theirs."""
APPROVERS = frozenset({Role.PRINCIPAL, Role.VICE_PRINCIPAL})

LABELS = {
    Kind.GUARDIAN: _("보호자"),
    Kind.STUDENT: _("학생"),
    Kind.STAFF: _("교직원"),
}


class Child(msgspec.Struct, frozen=True):
    """A student as their guardian has them: this year's class and the guardian's rights."""

    student_id: str
    name: str
    class_id: str
    grade: int
    class_number: int
    number: int
    relation: str
    may_sign: bool

    @property
    def class_name(self) -> str:
        return class_words(self.grade, self.class_number)


STAFFS_HELP = Help(
    repair=_("계속되면 우리 학교의 마당 관리자에게 알려 주세요."),
    rights=_("필요하면 우리 학교의 마당 관리자에게 권한을 요청해 주세요."),
)
ADMINISTRATORS_HELP = Help(
    repair=_("계속되면 ‘관리 → 시스템 상태’에서 점검 결과를 확인해 주세요."),
    rights=_("‘구성원’에서 누구에게 권한이 있는지 확인할 수 있습니다."),
    href="/admin/system",
    action=_("점검 결과 보기"),
)


class Asker(msgspec.Struct, frozen=True):
    """Who asks: everything that any rule of access needs, loaded once for a request.

    `keys` are the audience keys of `people_v_key`, as JSON text for json_each. `classes` are the
    ids of the classes of which the asker is the homeroom teacher, `pupils` those of the students there.
    """

    id: str
    name: str
    label: str
    kinds: frozenset[Kind]
    roles: frozenset[Role]
    keys: str
    children: tuple[Child, ...] = ()
    classes: frozenset[str] = frozenset()
    pupils: frozenset[str] = frozenset()
    position: str = ""
    language: str = ""  # none chosen: the school's

    @property
    def help(self) -> Help:
        """To whom they turn: nobody is sent to themselves."""
        if self.is_administrator:
            return ADMINISTRATORS_HELP
        return STAFFS_HELP if self.is_staff else OUTSIDE["school"]

    @property
    def reads(self) -> str:
        """The keys by which the asker reads: their own and `pupil_keys`. JSON text, as `keys`."""
        if not self.pupils:
            return self.keys
        own = msgspec.json.decode(self.keys, type=list[str])
        return msgspec.json.encode(sorted({*own, *self.pupil_keys})).decode()

    @property
    def pupil_keys(self) -> list[str]:
        """The keys of the students of their class, one by one: the homeroom teacher reads what goes to
        these families alone, and is not one of those to whom it goes."""
        kinds = (Kind.GUARDIAN, Kind.STUDENT)
        return sorted(Audience(kind, Scope.CHILD, one).key for kind in kinds for one in self.pupils)

    @property
    def is_staff(self) -> bool:
        return Kind.STAFF in self.kinds

    @property
    def own(self) -> frozenset[str]:
        """Whose data are theirs to see without being noted: their own and their children's."""
        return frozenset((self.id, *(child.student_id for child in self.children)))

    @property
    def is_guardian(self) -> bool:
        return Kind.GUARDIAN in self.kinds

    @property
    def is_administrator(self) -> bool:
        return Role.ADMINISTRATOR in self.roles

    @property
    def is_approver(self) -> bool:
        return bool(self.roles & APPROVERS)


class Scope(enum.StrEnum):
    """How far an audience reaches within guardians, students or staff."""

    SCHOOL = "school"
    GRADE = "grade"
    CLASS = "class"
    GROUP = "group"
    DEPARTMENT = "department"
    ROLE = "role"
    PERSON = "person"  # one member of staff
    CHILD = "child"  # a chosen child, and their guardians


class Audience(msgspec.Struct, frozen=True):
    """Whom something is for. Its `key` is what `people_v_key` gives to those who belong to it."""

    kind: Kind
    scope: Scope = Scope.SCHOOL
    of: str = ""  # grade number, class id, group id, department name, role, person or student id

    @property
    def key(self) -> str:
        plural = {Kind.GUARDIAN: "guardians", Kind.STUDENT: "students", Kind.STAFF: "staff"}
        if self.scope is Scope.SCHOOL:
            return plural[self.kind]
        return f"{plural[self.kind]}/{self.scope.value}:{self.of}"


class Choice(msgspec.Struct, frozen=True):
    """An audience to choose: its key, and its words as a school would print them (of roles and of the
    whole staff a msgid)."""

    key: str
    label: str


class PeopleChanged(msgspec.Struct, frozen=True):
    """Signal of a unit that touched people: whoever keeps askers in memory forgets them."""


class PersonClosed(Event, frozen=True, tag="people.person_closed"):
    """Somebody left the school; their rights ended with the transaction."""

    person_id: str


class StaffChanged(Event, frozen=True, tag="people.staff_changed"):
    """A member of staff came, changed or left: the directory follows."""

    person_id: str


class Access(enum.StrEnum):
    """What of somebody's access changed."""

    ROLES = "roles"
    DEPARTMENT = "department"
    SIGN_IN = "sign_in"  # password, second factor and passkeys were reset
    JOINED = "joined"  # somebody new on the staff, brought by no administrator
    WAITS = "waits"  # a change that an administrator has to decide


class AccessChanged(Event, frozen=True, tag="people.access_changed"):
    """Somebody's access changed, or is to: they and the administrators are told. `by` is the name of
    who did it; `gained` and `lost` are roles or departments; `others`: of how many more it is said."""

    what: Access
    person_id: str
    name: str
    by: str
    gained: tuple[str, ...] = ()
    lost: tuple[str, ...] = ()
    others: int = 0


class FamiliesChanged(Event, frozen=True, tag="people.families_changed"):
    """Enrolments, guardianships or groups changed (import, rollover, transfer): audiences follow.

    `people`: the students and guardians whose audience keys may be others now; a student stands for
    their guardians too. None: everybody (a new school year, or an event of an earlier release).
    """

    reason: str
    people: tuple[str, ...] | None = None


class NotAtSchool(Problem):
    code = "not-at-school"
    status = 403
    text = _(
        "이 계정은 현재 학교 구성원과 연결되어 있지 않습니다. 학교에 문의해 주세요. 서명한 "
        "동의서의 제출 확인서는 ‘제출 내역’에서 계속 볼 수 있습니다."
    )
    way = Way("/receipts", _("제출 내역"))


class LastAdministrator(Problem):
    code = "last-administrator"
    status = 409
    text = _("마지막 관리자입니다. 다른 사람에게 관리자 역할을 부여한 뒤에 변경해 주세요.")


class NoGuardian(Problem):
    code = "no-guardian"
    status = 409
    text = _(
        "이 학교에 다니는 자녀가 없어 보호자로 남을 수 없습니다. 학교를 떠나는 사람은 "
        "퇴직·전출로 처리해 주세요."
    )


class GuardianshipEnded(Problem):
    code = "guardianship-ended"
    status = 409
    text = _(
        "그사이 보호자 관계가 종료되어 권한을 변경하지 않았습니다. 다시 연결하려면 보호자 명단의 ‘열람’ "
        "칸에 Y를 입력해 올려 주세요."
    )


class NotOneself(Problem):
    code = "not-oneself"
    status = 403
    text = _("자신에게는 역할이나 담임을 지정할 수 없습니다. 다른 관리자에게 요청해 주세요.")


class StaffOfGroup(Problem):
    code = "staff-of-group"
    status = 403
    text = _(
        "교직원을 모임에 추가하면 그 모임의 글과 드라이브 파일을 볼 수 있게 되므로 "
        "관리자만 추가할 수 있습니다."
    )


class NoYear(Problem):
    code = "no-school-year"
    status = 409
    text = _("먼저 학년도를 만들어 주세요.")


class NumberTaken(Problem):
    code = "number-taken"
    status = 409
    field = "number"
    text = _("그 반에는 이미 %(number)s번 학생이 있습니다.")


class NewPerson(msgspec.Struct, frozen=True, kw_only=True):
    """Somebody to be added. `import_key` names them in lists (see docs/how-to/run-a-school.md)."""

    name: str
    phone: str = ""
    email: str = ""
    language: str = ""  # none chosen: the school's
    has_phone: bool = True
    import_key: str | None = None


def check_name(name: str) -> None:
    """Raises Invalid unless somebody or a group may be called so."""
    if not composed(name) or len(name) > 80:
        raise Invalid({"name": _("이름을 확인해 주세요.")})


class Listed(msgspec.Struct, frozen=True):
    """Somebody whom a list names, as the roster has them. `relation` is a guardian's to the child
    of the line."""

    id: str
    name: str
    phone: str
    email: str
    closed_at: int | None
    import_key: str | None
    relation: str = ""


class PersonLine(msgspec.Struct, frozen=True):
    """A person in the administrator's list. `kinds` is text such as `staff guardian`."""

    id: str
    name: str
    kinds: str
    note: str
    login: str | None
    last_sign_in_at: int | None
    closed_at: int | None


class PeoplePage(msgspec.Struct, frozen=True):
    """A page of people by name; `cursor` is empty on the last one."""

    people: list[PersonLine]
    cursor: str


class StaffPost(msgspec.Struct, frozen=True):
    """What somebody is on the staff."""

    position: str
    department: str
    duty: str
    since_on: str
    until_on: str | None
    extension: str = ""
    """Of the telephone at the school."""


class Enrolment(msgspec.Struct, frozen=True):
    """A student's place in a class of a year."""

    class_id: str
    year: int
    grade: int
    class_number: int
    number: int
    from_on: str
    until_on: str | None


class Tie(msgspec.Struct, frozen=True):
    """A guardianship seen from one side: `person_id`/`name` are the other side."""

    person_id: str
    name: str
    relation: str
    may_read: bool
    may_sign: bool
    until_on: str | None


class PeopleAct(enum.StrEnum):
    """What the audit log says of people."""

    ADD = "people:person:add"
    CHANGE = "people:person:change"
    MOVE = "people:student:move"
    LEAVE = "people:student:leave"
    TIE = "people:guardianship:set"
    UNTIE = "people:guardianship:end"
    CLASS = "people:class:change"
    GROUP = "people:group:change"
    YEAR = "people:year:open"
    ADMINISTRATOR = "people:administrator:make"


class PersonPart(enum.StrEnum):
    """What of a person a list or form may change only with an administrator's yes."""

    ROLES = "roles"
    DEPARTMENT = "department"
    CONTACT = "contact"


PART_LABELS = {
    PersonPart.ROLES: _("역할"),
    PersonPart.DEPARTMENT: _("부서"),
    PersonPart.CONTACT: _("이름과 연락처"),
}


class WaitingChange(msgspec.Struct, frozen=True):
    """A change that waits for an administrator. `value` as in people_waiting_change."""

    id: str
    person_id: str
    part: PersonPart
    value: str
    brought_by: str
    brought_by_name: str
    brought_at: int

    @property
    def label(self) -> str:
        return PART_LABELS[self.part]

    @property
    def words(self) -> list[str]:
        """The value as people read it; roles as msgids."""
        return words_of(self.part, self.value)


class ChangeToDecide(msgspec.Struct, frozen=True):
    """A waiting change with whom it is about and what holds now."""

    change: WaitingChange
    name: str
    login: str
    held: list[str]


def words_of(part: PersonPart, value: str) -> list[str]:
    """The parts of a value of a person; roles as msgids."""
    if part is PersonPart.ROLES:
        return [ROLE_LABELS[Role(role)] for role in value.split(",") if role]
    if part is PersonPart.CONTACT:
        return [text for text in msgspec.json.decode(value, type=list[str]) if text]
    return [value]


class PersonView(msgspec.Struct, frozen=True):
    """All the administration knows of a person. `is_guarded`: see GUARDED."""

    id: str
    name: str
    phone: str
    email: str
    language: str
    has_phone: bool
    import_key: str | None
    closed_at: int | None
    login: str | None
    last_sign_in_at: int | None
    invited_until: int | None
    staff: StaffPost | None
    roles: tuple[Role, ...]
    enrolments: tuple[Enrolment, ...]
    children: tuple[Tie, ...]
    guardians: tuple[Tie, ...]
    groups: tuple[str, ...]
    agreed_at: int | None
    waiting: tuple[WaitingChange, ...] = ()
    is_guarded: bool = False

    @property
    def seen(self) -> dict[str, str]:
        """The version guard of each form of the person's page (kit.seen)."""
        post, place = self.staff, self.enrolments[0] if self.enrolments else None
        return {
            "contact": seen_of(self.phone, self.email, self.language, self.has_phone),
            "post": seen_of(post and (post.position, post.department, post.duty, post.extension)),
            "roles": seen_of(self.roles),
            "place": seen_of(place and (place.class_id, place.number)),
        } | {
            one.person_id: seen_of(one.relation, one.may_read, one.may_sign)
            for one in self.children
        }


class ClassChoice(msgspec.Struct, frozen=True):
    """A class of the current year in a choice list."""

    id: str
    grade: int
    number: int

    @property
    def name(self) -> str:
        return class_words(self.grade, self.number)


class ClassLine(msgspec.Struct, frozen=True):
    """A class of the current year. `silent`: guardians who never signed in."""

    id: str
    grade: int
    number: int
    homeroom_id: str | None
    homeroom: str | None
    students: int
    guardians: int
    accounts: int
    silent: int

    @property
    def name(self) -> str:
        return class_words(self.grade, self.number)

    @property
    def seen(self) -> str:
        """The version guard of who is the homeroom teacher."""
        return seen_of(self.homeroom_id)


class ClassMember(msgspec.Struct, frozen=True):
    """A guardian line of a class list; guardian fields are None for a child without guardians."""

    student_id: str
    student: str
    number: int
    guardian_id: str | None
    guardian: str | None
    relation: str | None
    may_sign: bool | None
    has_phone: bool | None
    login: str | None
    last_sign_in_at: int | None
    invited_until: int | None


class GroupLine(msgspec.Struct, frozen=True):
    id: str
    name: str
    kind: str
    members: int


class StaffLine(msgspec.Struct, frozen=True):
    """A member of staff in a choice list."""

    id: str
    name: str
    position: str


ROLE_LABELS = {
    Role.ADMINISTRATOR: _("시스템 관리자"),
    Role.PRINCIPAL: _("교장"),
    Role.VICE_PRINCIPAL: _("교감"),
    Role.HEAD: _("부장교사"),
    Role.TEACHER: _("교사"),
    Role.OFFICE: _("행정실"),
    Role.PRIVACY_OFFICER: _("개인정보 보호책임자"),
    Role.NUTRITION: _("영양교사"),
}
