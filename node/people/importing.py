"""Lists into people, all or nothing. A dry run is the same unit of work, undone at its end.

Keys make it idempotent: the same list read twice changes nothing; a changed line changes what it
names. Whoever is missing from a list stays as they are: leaving is a decision, not a gap in a file.
"""

import asyncio
import enum
import unicodedata
from collections.abc import Callable, Mapping

import msgspec

from kit import audit
from kit.clock import MINUTE, Clock, local_date
from kit.clock import school_year as school_year_of
from kit.db import Database, Tx
from kit.i18n import _
from kit.ids import new_id
from kit.problem import NotFound
from node.people import lists, store, waiting
from node.people.access import OFFICE, as_now, require_not_oneself, require_role
from node.people.lists import Fault, Kind, Row, Sheet
from node.people.model import (
    GIVEN_AT_ONCE,
    Access,
    Asker,
    LastAdministrator,
    Listed,
    NewPerson,
    NotOneself,
    NumberTaken,
    Part,
    Role,
    StaffPost,
)
from node.people.roles import Outcome, Roles
from node.people.roster import Roster

KEPT_FOR = 30 * MINUTE
MOST_KEPT = 4
MOST_FAULTS = 500

ROLES = {
    "관리자": Role.ADMINISTRATOR,
    "교장": Role.PRINCIPAL,
    "교감": Role.VICE_PRINCIPAL,
    "부장": Role.HEAD,
    "교사": Role.TEACHER,
    "행정": Role.OFFICE,
    "행정실": Role.OFFICE,
}


LISTED = frozenset(ROLES.values())
"""Of all other roles a list says nothing: whoever holds one keeps it."""


class Act(enum.StrEnum):
    IMPORT = "people:list:import"


class Tally(msgspec.Struct):
    """What a list does: how many it adds, changes, leaves as they are."""

    list: Kind
    added: int = 0
    changed: int = 0
    unchanged: int = 0


class Report(msgspec.Struct, frozen=True):
    """What came (or would come) of an import. With faults nothing was changed. `unread`: headings
    of columns that the lists have and nobody reads. `waiting`: changes that wait for an administrator
    (node.people.roles)."""

    tallies: list[Tally]
    faults: list[Fault]
    applied: bool
    unread: dict[Kind, tuple[str, ...]] = {}
    waiting: int = 0


class Pending(msgspec.Struct, frozen=True):
    """Lists looked at and waiting for a yes."""

    id: str
    owner: str
    until: int
    files: dict[Kind, bytes]
    report: Report


class _Undo(Exception):
    """Ends a dry run's unit so that nothing of it stays."""


class Imports:
    """Reads lists into the roster."""

    def __init__(self, db: Database, clock: Clock, roster: Roster, roles: Roles) -> None:
        self._db = db
        self._clock = clock
        self._roster = roster
        self._roles = roles
        self._pending: dict[str, Pending] = {}

    # Pages: look first, then say yes ----------------------------------------------------------

    async def preview(self, asker: Asker, files: Mapping[Kind, bytes]) -> Pending:
        """A dry run, kept for half an hour so that it can be confirmed."""
        require_role(asker, *OFFICE)
        report = await self.run(files, dry_run=True, actor=asker)
        now = self._clock.now()
        live = [one for one in self._pending.values() if one.until > now]
        self._pending = {one.id: one for one in live[-(MOST_KEPT - 1) :]}
        pending = Pending(new_id(), asker.id, now + KEPT_FOR, dict(files), report)
        self._pending[pending.id] = pending
        return pending

    async def confirm(self, asker: Asker, pending_id: str) -> Report:
        """Apply what was previewed. Raises NotFound when it was too long ago."""
        require_role(asker, *OFFICE)
        pending = self._pending.get(pending_id)
        if pending is None or pending.owner != asker.id or pending.until <= self._clock.now():
            raise NotFound()
        report = await self.run(pending.files, dry_run=False, actor=asker)
        if report.applied:
            self._pending.pop(pending_id, None)  # pressed twice, the other was faster
        return report

    # The work ---------------------------------------------------------------------------------

    async def run(
        self,
        files: Mapping[Kind, bytes],
        *,
        dry_run: bool,
        actor: Asker | None = None,
        year: int | None = None,
    ) -> Report:
        """Read the lists in one unit of work. `year` defaults to the current school year."""
        given = [(kind, files[kind]) for kind in Kind if kind in files]
        sheets = [await asyncio.to_thread(lists.read, kind, content) for kind, content in given]
        unread = {sheet.kind: sheet.unread for sheet in sheets if sheet.unread}
        wanted = year or school_year_of(local_date(self._clock.now()))
        reading: list[_Reading] = []

        def work(tx: Tx) -> Report:
            keeper = None if actor is None else as_now(tx, actor)
            if keeper is not None:
                require_role(keeper, *OFFICE)
            reader = _Reading(tx, self._roster, self._roles, wanted, keeper)
            reading.append(reader)
            reader.read(sheets)
            if dry_run or reader.faults:
                raise _Undo
            self._roster.families_changed(tx, "import")
            reader.tell()
            audit.record(
                tx,
                self._clock,
                actor=actor.id if actor else "cli",
                actor_name=actor.name if actor else "madang-node",
                action=Act.IMPORT,
                subject=str(wanted),
                detail={str(one.list): one.added + one.changed for one in reader.tallies},
            )
            return Report(
                reader.tallies, [], applied=True, unread=unread, waiting=len(reader.waiting)
            )

        try:
            return await self._db.write(work)
        except _Undo:
            read = reading[-1]
            faults, waiting = read.faults[:MOST_FAULTS], len(read.waiting)
            return Report(read.tallies, faults, applied=False, unread=unread, waiting=waiting)


class _Reading:
    """One import within its unit of work."""

    def __init__(
        self, tx: Tx, roster: Roster, roles: Roles, year: int, actor: Asker | None
    ) -> None:
        self.tx = tx
        self.roster = roster
        self.roles = roles
        self.year = year
        self.actor = actor
        self.waiting: list[str] = []  # whose changes wait for an administrator
        self.joined: list[str] = []  # who is new on the staff
        self.tallies: list[Tally] = []
        self.faults: list[Fault] = []
        self._classes: dict[tuple[int, int], str] = {}
        self._kind = Kind.CLASSES
        self._keys: dict[str, str] | None = None  # casefolded → as it is; read when it is needed
        self._said: dict[str, tuple[int, NewPerson]] = {}  # guardian → their first line

    def read(self, sheets: list[Sheet]) -> None:
        if store.current_year(self.tx) != self.year:
            self.roster.open_year(self.tx, self.year)
        by_kind = {sheet.kind: sheet for sheet in sheets}
        steps: list[tuple[Kind, Callable[[Row], str]]] = [
            (Kind.STAFF, self._staff),
            (Kind.CLASSES, self._class),
            (Kind.STUDENTS, self._student),
            (Kind.GUARDIANS, self._guardian),
        ]
        for kind, step in steps:
            sheet = by_kind.get(kind)
            if sheet is not None:
                self._sheet(sheet, step)

    def tell(self) -> None:
        """Tell what came of the lists for administrators to know or decide."""
        decides = self.actor is None or self.actor.is_administrator
        if self.joined and not decides:
            self.roles.tell(self.tx, self.actor, Access.JOINED, self.joined)
        if self.waiting:
            self.roles.tell(self.tx, self.actor, Access.WAITS, list(dict.fromkeys(self.waiting)))

    def _ask(self, person_id: str, part: Part, value: str) -> bool:
        """Change a part of somebody, or let it wait; whether anything is other than before."""
        outcome = self.roles.ask(self.tx, self.actor, person_id, part, value)
        if outcome is Outcome.WAITS:
            self.waiting.append(person_id)
        return outcome is not Outcome.UNCHANGED

    def _sheet(self, sheet: Sheet, step: Callable[[Row], str]) -> None:
        self._kind = sheet.kind
        self.faults += sheet.faults
        tally = Tally(sheet.kind)
        self.tallies.append(tally)
        seen: dict[str, tuple[int, str]] = {}
        if sheet.kind is Kind.STUDENTS:
            self._make_room(sheet)
        for row in sheet.rows:
            key = _row_key(sheet.kind, row)
            line, before = seen.setdefault(key.casefold(), (row.line, key))
            if line != row.line:
                same = _("%(line)s번째 줄과 같은 사람입니다.")
                nearly = _("번호가 %(line)s번째 줄과 대소문자만 다릅니다.")
                self._fault(row, same if key == before else nearly, line=line)
                continue
            match step(row):
                case "added":
                    tally.added += 1
                case "changed":
                    tally.changed += 1
                case "unchanged":
                    tally.unchanged += 1

    def _fault(self, row: Row, reason: str, column: str = "", **params: object) -> str:
        self.faults.append(Fault(self._kind, row.line, column, reason, params))
        return "faulty"

    def _make_room(self, sheet: Sheet) -> None:
        """Numbers that swap within a list must not collide half-way: those who are in the list
        give their old number up first."""
        for row in sheet.rows:
            known = store.person_of_key(self.tx, f"student:{row.values['key']}")
            place = store.open_enrolment(self.tx, known.id) if known is not None else None
            if known is not None and place is not None:
                store.renumber(self.tx, known.id, place[0], -place[1])

    def _class_id(self, grade: int, number: int) -> str | None:
        known = self._classes.get((grade, number))
        if known is None:
            found = store.class_of(self.tx, self.year, grade, number)
            if found is None:
                return None
            known = self._classes[grade, number] = found[0]
        return known

    def _class(self, row: Row) -> str:
        grade, number = row.number("grade"), row.number("class_number")
        if not (0 <= grade <= 6 and 1 <= number <= 40):
            return self._fault(row, _("학년은 6, 반은 40까지 쓸 수 있습니다."))
        homeroom_id = None
        if row.values["homeroom"]:
            teacher = store.person_of_key(self.tx, f"staff:{row.values['homeroom']}")
            if teacher is None:
                return self._fault(
                    row,
                    _("교직원번호 ‘%(key)s’이(가) 교직원 명단에 없습니다."),
                    "담임교직원번호",
                    key=row.values["homeroom"],
                )
            homeroom_id = teacher.id
        known = store.class_of(self.tx, self.year, grade, number)
        try:
            require_not_oneself(self.actor, homeroom_id, None if known is None else known[1])
        except NotOneself:
            return self._fault(row, NotOneself.text, "담임교직원번호")
        self.roster.add_class(self.tx, self.year, grade, number, homeroom_id)
        if known is None:
            return "added"
        return "changed" if homeroom_id not in (None, known[1]) else "unchanged"

    def _staff(self, row: Row) -> str:
        values = row.values
        roles = self._roles(row)
        if roles is None:
            return "faulty"
        person = _person(values, f"staff:{values['key']}")
        known = store.person_of_key(self.tx, person.import_key or "")
        if known is None:
            return self._lookalike(row, person.import_key or "") or self._newcomer(
                person, values, roles
            )
        if known.closed_at is not None:
            return self._fault(row, _("학교를 떠난 사람의 번호입니다. 새 번호를 주세요."))
        changed = self._update(known, person)
        changed = self._post(known.id, values) or changed
        if values["roles"]:
            wanted = roles | (set(store.roles(self.tx, known.id)) - LISTED)
            try:
                changed = self._ask(known.id, Part.ROLES, waiting.roles_value(wanted)) or changed
            except LastAdministrator:
                return self._fault(row, LastAdministrator.text, "역할")
        return "changed" if changed else "unchanged"

    def _newcomer(self, person: NewPerson, values: dict[str, str], roles: frozenset[Role]) -> str:
        """Somebody new on the staff, without a role that is not given at once."""
        person_id = self.roster.add_staff(
            self.tx,
            person,
            values["position"],
            values["department"],
            values["duty"],
            roles=roles & GIVEN_AT_ONCE,
        )
        self.joined.append(person_id)
        self._ask(person_id, Part.ROLES, waiting.roles_value(roles))
        return "added"

    def _post(self, person_id: str, values: dict[str, str]) -> bool:
        """Take over position and duty, and the department where it may change."""
        held = store.staff_post(self.tx, person_id)
        position, duty = values["position"], values["duty"]
        if held is None or held.until_on is not None:  # comes (back) to the staff
            post = StaffPost(position, values["department"], duty, self.roster.today(), None)
            self.roster.put_staff(self.tx, person_id, post)
            self.joined.append(person_id)
            return True
        changed = (held.position, held.duty) != (position, duty)
        if changed:
            kept = msgspec.structs.replace(held, position=position, duty=duty)
            self.roster.put_staff(self.tx, person_id, kept)
        return self._ask(person_id, Part.DEPARTMENT, values["department"]) or changed

    def _roles(self, row: Row) -> frozenset[Role] | None:
        """The roles of a line; without any, a teacher. None: one of them is unknown."""
        found = []
        for word in row.values["roles"].replace(";", ",").replace("/", ",").split(","):
            word = word.strip()
            if not word:
                continue
            role = ROLES.get(word)
            if role is None:
                self._fault(row, _("‘%(role)s’ 역할을 모릅니다."), "역할", role=word)
                return None
            found.append(role)
        return frozenset(found) or frozenset({Role.TEACHER})

    def _student(self, row: Row) -> str:
        values = row.values
        class_id = self._class_id(row.number("grade"), row.number("class_number"))
        if class_id is None:
            return self._fault(
                row,
                _("%(grade)s학년 %(number)s반이 학급 명단에 없습니다."),
                "반",
                grade=values["grade"],
                number=values["class_number"],
            )
        person = _person(values, f"student:{values['key']}")
        known = store.person_of_key(self.tx, person.import_key or "")
        number = row.number("number")
        try:
            if known is None:
                if fault := self._lookalike(row, person.import_key or ""):
                    return fault
                self.roster.add_student(self.tx, person, class_id, number)
                return "added"
            if known.closed_at is not None:
                return self._fault(row, _("학교를 떠난 사람의 번호입니다. 새 번호를 주세요."))
            changed = self._update(known, person)
            place = store.open_enrolment(self.tx, known.id)
            self.roster.enrol(self.tx, known.id, class_id, number)
            moved = place is None or (place[0], -place[1]) != (class_id, number)
            return "changed" if changed or moved else "unchanged"
        except NumberTaken:
            return self._fault(
                row, _("그 반에는 이미 %(number)s번 학생이 있습니다."), "번호", number=number
            )

    def _guardian(self, row: Row) -> str:
        values = row.values
        student = store.person_of_key(self.tx, f"student:{values['student']}")
        if student is None or student.closed_at is not None:
            return self._fault(
                row,
                _("학생관리번호 ‘%(key)s’이(가) 학생 명단에 없습니다."),
                "학생관리번호",
                key=values["student"],
            )
        person = _person(values, _guardian_key(values))
        known = self._known_guardian(row, person, student.id)
        if isinstance(known, str):
            return known
        changed = self._update_guardian(row, known, person) if known is not None else False
        if changed is None:
            return "faulty"
        guardian_id = known.id if known is not None else self.roster.add_person(self.tx, person)
        self._said.setdefault(guardian_id, (row.line, person))
        rights = (
            values["relation"],
            int(lists.is_yes(values["may_read"])),
            int(lists.is_yes(values["may_sign"])),
        )
        if store.guardianship(self.tx, guardian_id, student.id) == rights:
            return "changed" if changed else "unchanged"
        self.roster.add_guardianship(
            self.tx,
            guardian_id,
            student.id,
            rights[0],
            may_read=bool(rights[1]),
            may_sign=bool(rights[2]),
        )
        return "added" if known is None else "changed"

    def _known_guardian(self, row: Row, person: NewPerson, student_id: str) -> Listed | str | None:
        """Who the guardian of a line is, if the school knows them; else the line's fault.

        A telephone number changes: whoever is the child's only guardian of that name and relation
        is meant, whatever the number, so that nobody is there twice.
        """
        twins = [
            one
            for one in store.open_guardians(self.tx, student_id)
            if _bare(one.name) == _bare(person.name)
            and _relation(one.relation) == _relation(row.values["relation"])
        ]
        named = store.person_of_key(self.tx, person.import_key or "")
        if len(twins) > 1 and named is None:
            return self._fault(
                row,
                _(
                    "이 학생에게는 이름과 관계가 같은 보호자가 둘 이상 있습니다. 구성원 화면에서 한"
                    " 사람만 남기고 다시 올려 주세요."
                ),
                "보호자이름",
            )
        twin = twins[0] if len(twins) == 1 else None
        known = (named or twin) if row.values["key"] else (twin or named)
        if known is None:
            return self._lookalike(row, person.import_key or "") or None
        if known.closed_at is not None:
            return self._fault(row, _("학교를 떠난 사람의 번호입니다. 새 번호를 주세요."))
        if row.values["key"] and twin is not None:
            renamed = named is None and not _is_derived(twin.import_key)
            if renamed or known.id != twin.id:
                return self._fault(
                    row,
                    _("이 학생에게는 이름과 관계가 같은 보호자가 다른 번호로 이미 있습니다."),
                    "보호자번호",
                )
        return known

    def _update_guardian(self, row: Row, known: Listed, person: NewPerson) -> bool | None:
        """Take over what changed, the key too. What one list says of a guardian in two lines (for
        two children) must agree; the first line gives the name. None: it does not."""
        line, said = self._said.get(known.id, (row.line, person))
        if _contradict(said, person):
            reason = _("%(line)s번째 줄과 같은 보호자인데 전화나 전자우편이 다릅니다.")
            self._fault(row, reason, "전화", line=line)
            return None
        changed = self._update(known, msgspec.structs.replace(person, name=said.name))
        key = person.import_key or ""
        tells_more = bool(row.values["key"] or row.values["phone"]) and key != known.import_key
        is_free = tells_more and store.person_of_key(self.tx, key) is None
        if is_free and _is_derived(known.import_key):
            store.set_import_key(self.tx, known.id, key)
            changed = True
        return changed

    def _lookalike(self, row: Row, import_key: str) -> str:
        """Refuse a new number that differs from a known one in case only: "" or the fault."""
        if self._keys is None:
            self._keys = {key.casefold(): key for key in store.import_keys(self.tx)}
        known = self._keys.get(import_key.casefold())
        if known is None or known == import_key:
            return ""
        return self._fault(
            row,
            _("이미 있는 번호 ‘%(key)s’와(과) 대소문자만 다릅니다."),
            key=known.split(":", 1)[1],
        )

    def _update(self, known: Listed, person: NewPerson) -> bool:
        """Take over a changed name or contact; an empty cell leaves what is known."""
        fresh = (person.name, person.phone or known.phone, person.email or known.email)
        if fresh == (known.name, known.phone, known.email):
            return False
        return self._ask(known.id, Part.CONTACT, waiting.contact_value(*fresh))


def _person(values: dict[str, str], key: str) -> NewPerson:
    phone = values.get("phone", "")
    return NewPerson(
        name=values["name"],
        phone=phone,
        email=values.get("email", ""),
        has_phone=bool(phone) or key.startswith(("student:", "staff:")),
        import_key=key,
    )


def _bare(name: str) -> str:
    """A name to compare: composed (older lists came from a Mac as they were), without spaces."""
    return "".join(unicodedata.normalize("NFC", name).split())


_RELATIONS = {
    **dict.fromkeys(("아버지", "아빠", "父"), "부"),
    **dict.fromkeys(("어머니", "엄마", "母"), "모"),
}


def _relation(text: str) -> str:
    bare = _bare(text)
    return _RELATIONS.get(bare, bare)


def _guardian_key(values: dict[str, str]) -> str:
    """Siblings' guardians are one person by number, else by telephone and name."""
    if values["key"]:
        return f"guardian:{values['key']}"
    return f"guardian:{values['phone'] or values['student']}/{_bare(values['name'])}"


def _contradict(one: NewPerson, other: NewPerson) -> bool:
    """Whether two lines give one person two telephones or two addresses."""
    pairs = ((one.phone, other.phone), (one.email, other.email))
    return any(first and second and first != second for first, second in pairs)


def _is_derived(import_key: str | None) -> bool:
    """Whether a guardian is known by no number of the school's yet."""
    return import_key is None or "/" in import_key


def _row_key(kind: Kind, row: Row) -> str:
    values = row.values
    if kind is Kind.CLASSES:
        return f"{values['grade']}-{values['class_number']}"
    if kind is Kind.GUARDIANS:
        who = values["key"] or f"{_bare(values['name'])}/{_relation(values['relation'])}"
        return f"{values['student']} {who}"
    return values["key"]
