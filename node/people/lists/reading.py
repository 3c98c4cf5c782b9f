"""Lines of lists into people, within the caller's unit.

A line says what becomes of somebody: added, changed, unchanged, or what is wrong with it. Nothing
here knows whether the unit holds a whole list on trial (node.people.lists.trial) or a portion of one
(node.people.lists.importing).
"""

from collections.abc import Sequence

import msgspec

from kit.db import Tx
from kit.i18n import _
from kit.naming import compared, squeezed
from node.people.access import require_not_oneself
from node.people.lists.cells import is_yes
from node.people.lists.columns import Fault, Kind, Row
from node.people.lists.placing import Place, Seat, in_turn
from node.people.model import (
    GIVEN_AT_ONCE,
    Asker,
    LastAdministrator,
    Listed,
    NewPerson,
    NotOneself,
    NumberTaken,
    PersonPart,
    Role,
    StaffPost,
)
from node.people.office.roles import RequestOutcome, Roles
from node.people.roster import class_store, family_store, store, waiting
from node.people.roster.verbs import Roster

ROLES = {
    "관리자": Role.ADMINISTRATOR,
    "교장": Role.PRINCIPAL,
    "교감": Role.VICE_PRINCIPAL,
    "부장": Role.HEAD,
    "교사": Role.TEACHER,
    "행정": Role.OFFICE,
    "행정실": Role.OFFICE,
    "영양": Role.NUTRITION,
    "영양교사": Role.NUTRITION,
}

LISTED = frozenset(ROLES.values())
"""Of all other roles a list says nothing: whoever holds one keeps it."""


CALLED = "called"
"""A field that no list has: what the list's first line of the same guardian calls them."""


class Tally(msgspec.Struct):
    """What a list does: how many it adds, changes, leaves as they are."""

    list: Kind
    added: int = 0
    changed: int = 0
    unchanged: int = 0

    def count(self, outcome: str) -> None:
        """Count a line's outcome; one that is faulty counts nowhere."""
        match outcome:
            case "added":
                self.added += 1
            case "changed":
                self.changed += 1
            case "unchanged":
                self.unchanged += 1


class ListReading:
    """Reads lines for a school year. `keys`: `alike` → as it is, of every number by which a list may
    name somebody; empty where numbers that look alike were looked for before."""

    def __init__(
        self,
        tx: Tx,
        roster: Roster,
        roles: Roles,
        year: int,
        actor: Asker | None,
        keys: dict[str, str],
    ) -> None:
        self.tx = tx
        self.roster = roster
        self.roles = roles
        self.year = year
        self.actor = actor
        self.faults: list[Fault] = []
        self.waiting: list[str] = []  # whose changes wait for an administrator
        self.joined: list[str] = []  # who is new on the staff
        self.concerned: set[str] = set()  # whose audience keys may be others now
        self.said: dict[str, tuple[int, NewPerson]] = {}  # guardian → their first line
        self.named: dict[int, str] = {}  # line of a guardian → whom it names
        self._classes: dict[tuple[int, int], str] = {}
        self._keys = keys

    def line(self, kind: Kind, row: Row) -> str:
        """Take over a line that is no student's: `added`, `changed`, `unchanged` or `faulty`."""
        match kind:
            case Kind.STAFF:
                return self._staff(row)
            case Kind.CLASSES:
                return self._class(row)
            case Kind.GUARDIANS:
                return self._guardian(row)
            case Kind.STUDENTS:
                raise ValueError("students move together: see students()")

    def moves(self, rows: Sequence[Row]) -> list[Seat]:
        """Where the students of some lines stand and where they go; without those of no class."""
        found = []
        for row in rows:
            class_id = self._class_id(row.number("grade"), row.number("class_number"))
            known = store.person_of_key(self.tx, f"student:{row.values['key']}")
            if class_id is not None:
                here = None if known is None else family_store.place(self.tx, known.id, self.year)
                found.append(Seat(row.line, here, (class_id, row.number("number"))))
        return found

    def students(self, rows: Sequence[Row]) -> list[str]:
        """Take over lines of students, in turn (node.people.lists.placing); the outcome of each. Whoever
        finds their place taken stays where they are."""
        by_line = {row.line: row for row in rows}
        outcomes: list[str] = []
        moves = self.moves(rows)
        for group in in_turn(moves):
            if len(group) > 1:
                outcomes += self._ring([(one, by_line[one.line]) for one in group])
            else:
                outcomes.append(self._student(by_line[group[0].line], group[0].here))
        placed = {one.line for one in moves}
        return outcomes + [self._student(row, None) for row in rows if row.line not in placed]

    def students_on_trial(self, rows: Sequence[Row]) -> list[str]:
        """The same where nothing stays: all who move give their places up first, so that nobody is
        blamed for a place that only another faulty line holds."""
        moves = self.moves(rows)
        here = {move.line: move.here for move in moves}
        self._give_up(rows, moves)
        return [self._student(row, here.get(row.line)) for row in rows]

    def _give_up(self, rows: Sequence[Row], moves: Sequence[Seat]) -> None:
        """Numbers that swap must not collide half-way: those who move hold none meanwhile."""
        by_line = {row.line: row for row in rows}
        for move in moves:
            if move.here not in (None, move.there):
                self._renumber(by_line[move.line], move.here[0], -move.here[1])

    def _ring(self, members: Sequence[tuple[Seat, Row]]) -> list[str]:
        self._give_up([row for _move, row in members], [move for move, _row in members])
        outcomes = []
        for move, row in members:
            outcome = self._student(row, move.here)
            if outcome == "faulty" and move.here is not None:
                self._renumber(row, *move.here)
            outcomes.append(outcome)
        return outcomes

    def _renumber(self, row: Row, class_id: str, number: int) -> None:
        known = store.person_of_key(self.tx, f"student:{row.values['key']}")
        if known is not None:
            family_store.renumber(self.tx, known.id, class_id, number)

    def _ask(self, person_id: str, part: PersonPart, value: str) -> bool:
        """Change a part of somebody, or let it wait; whether anything is other than before."""
        outcome = self.roles.ask(self.tx, self.actor, person_id, part, value)
        if outcome is RequestOutcome.WAITS:
            self.waiting.append(person_id)
        elif outcome is RequestOutcome.CHANGED and part is not PersonPart.CONTACT:
            self.concerned.add(person_id)
        return outcome is not RequestOutcome.UNCHANGED

    def _fault(self, kind: Kind, row: Row, reason: str, column: str = "", **params: object) -> str:
        self.faults.append(Fault(kind, row.line, column, reason, params))
        return "faulty"

    def _unknown(self, row: Row, who: str, key: str, reason: str) -> str:
        """The fault of a line that names nobody: a spreadsheet may have dropped a zero."""
        kind, column = (
            (Kind.CLASSES, "담임교직원번호") if who == "staff" else (Kind.GUARDIANS, "학생관리번호")
        )
        known = self._keys.get(alike(f"{who}:{key}"))
        if known is None or known == f"{who}:{key}":
            return self._fault(kind, row, reason, column, key=key)
        reason = _("‘%(key)s’: 명단에는 ‘%(known)s’로 있습니다. 같은 번호로 맞춰 주세요.")
        return self._fault(kind, row, reason, column, key=key, known=known.partition(":")[2])

    def _class_id(self, grade: int, number: int) -> str | None:
        known = self._classes.get((grade, number))
        if known is None:
            found = class_store.class_of(self.tx, self.year, grade, number)
            if found is None:
                return None
            known = self._classes[grade, number] = found[0]
        return known

    def _class(self, row: Row) -> str:
        grade, number = row.number("grade"), row.number("class_number")
        if not (0 <= grade <= 6 and 1 <= number <= 40):
            return self._fault(Kind.CLASSES, row, _("학년은 6, 반은 40까지 쓸 수 있습니다."))
        homeroom_id = None
        if row.values["homeroom"]:
            teacher = store.person_of_key(self.tx, f"staff:{row.values['homeroom']}")
            if teacher is None:
                reason = _(
                    "‘%(key)s’: 교직원 명단에 없는 번호입니다. 번호를 확인하거나 교직원 명단을 함께 올려"
                    " 주세요."
                )
                return self._unknown(row, "staff", row.values["homeroom"], reason)
            homeroom_id = teacher.id
        known = class_store.class_of(self.tx, self.year, grade, number)
        try:
            require_not_oneself(self.actor, homeroom_id, None if known is None else known[1])
        except NotOneself:
            return self._fault(Kind.CLASSES, row, NotOneself.text, "담임교직원번호")
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
            return self._lookalike(Kind.STAFF, row, person.import_key or "") or self._newcomer(
                person, values, roles
            )
        if known.closed_at is not None:
            return self._fault(
                Kind.STAFF, row, _("학교를 떠난 사람의 번호입니다. 새 번호를 입력해 주세요.")
            )
        changed = False
        if values["roles"]:
            wanted = roles | (set(store.roles(self.tx, known.id)) - LISTED)
            try:
                changed = self._ask(known.id, PersonPart.ROLES, waiting.roles_value(wanted))
            except LastAdministrator:
                return self._fault(Kind.STAFF, row, LastAdministrator.text, "역할")
        changed = self._update(known, person) or changed
        changed = self._post(known.id, values) or changed
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
            extension=values["extension"],
        )
        self.joined.append(person_id)
        self.concerned.add(person_id)
        self._ask(person_id, PersonPart.ROLES, waiting.roles_value(roles))
        return "added"

    def _post(self, person_id: str, values: dict[str, str]) -> bool:
        """Take over position, duty and an extension, and the department where it may change."""
        held = store.staff_post(self.tx, person_id)
        position, duty, extension = values["position"], values["duty"], values["extension"]
        if held is None or held.until_on is not None:  # comes (back) to the staff
            today = self.roster.today()
            post = StaffPost(position, values["department"], duty, today, None, extension)
            self.roster.put_staff(self.tx, person_id, post)
            self.joined.append(person_id)
            self.concerned.add(person_id)
            return True
        kept = msgspec.structs.replace(
            held, position=position, duty=duty, extension=extension or held.extension
        )
        changed = kept != held
        if changed:
            self.roster.put_staff(self.tx, person_id, kept)
        return self._ask(person_id, PersonPart.DEPARTMENT, values["department"]) or changed

    def _roles(self, row: Row) -> frozenset[Role] | None:
        """The roles of a line; without any, a teacher. None: one of them is unknown."""
        found = []
        for word in row.values["roles"].replace(";", ",").replace("/", ",").split(","):
            word = word.strip()
            if not word:
                continue
            role = ROLES.get(word)
            if role is None:
                self._fault(
                    Kind.STAFF,
                    row,
                    _(
                        "‘%(role)s’: 없는 역할입니다. 관리자, 교장, 교감, 부장, 교사, "
                        "행정에서 골라 입력해 주세요."
                    ),
                    "역할",
                    role=word,
                )
                return None
            found.append(role)
        return frozenset(found) or frozenset({Role.TEACHER})

    def _student(self, row: Row, here: Place | None) -> str:
        """Take over a student, who stood `here`. A line at fault changes nothing."""
        values = row.values
        class_id = self._class_id(row.number("grade"), row.number("class_number"))
        if class_id is None:
            return self._fault(
                Kind.STUDENTS,
                row,
                _("%(grade)s학년 %(number)s반: 없는 학급입니다. 학급 명단을 함께 올려 주세요."),
                "반",
                grade=values["grade"],
                number=values["class_number"],
            )
        person = _person(values, f"student:{values['key']}")
        known = store.person_of_key(self.tx, person.import_key or "")
        number = row.number("number")
        if known is not None and known.closed_at is not None:
            return self._fault(
                Kind.STUDENTS, row, _("학교를 떠난 사람의 번호입니다. 새 번호를 입력해 주세요.")
            )
        if known is None and (
            fault := self._lookalike(Kind.STUDENTS, row, person.import_key or "")
        ):
            return fault
        holder = family_store.number_holder(self.tx, class_id, number)
        if holder is not None and (known is None or holder != known.id):
            return self._fault(Kind.STUDENTS, row, NumberTaken.text, "번호", number=number)
        if known is None:
            self.concerned.add(self.roster.add_student(self.tx, person, class_id, number))
            return "added"
        changed = self._update(known, person)
        if here != (class_id, number):
            self.roster.enrol(self.tx, known.id, class_id, number)
            self.concerned.add(known.id)
            changed = True
        return "changed" if changed else "unchanged"

    def _guardian(self, row: Row) -> str:
        values = row.values
        student = store.person_of_key(self.tx, f"student:{values['student']}")
        if student is None or student.closed_at is not None:
            reason = _(
                "‘%(key)s’: 학생 명단에 없는 번호입니다. 번호를 확인하거나 학생 명단을 함께 올려 주세요."
            )
            return self._unknown(row, "student", values["student"], reason)
        person = _person(values, _guardian_key(values))
        known = self._known_guardian(row, person, student.id)
        if isinstance(known, str):
            return known
        if not values["may_read"] and self._was_ended(row, known, student.id):
            return self._fault(
                Kind.GUARDIANS,
                row,
                _(
                    "학교에서 이 학생과의 보호자 관계를 종료했습니다. 다시 연결하려면 ‘열람’ 칸에 Y를 입력해"
                    " 주세요."
                ),
                "열람",
            )
        changed = self._update_guardian(row, known, person) if known is not None else False
        if changed is None:
            return "faulty"
        guardian_id = known.id if known is not None else self.roster.add_person(self.tx, person)
        self.said.setdefault(guardian_id, (row.line, person))
        self.named[row.line] = guardian_id
        held = family_store.guardianship(self.tx, guardian_id, student.id)
        rights = (
            values["relation"],
            _right(values["may_read"], True if held is None else bool(held[1])),
            _right(values["may_sign"], True if held is None else bool(held[2])),
        )
        if held == rights:
            return "changed" if changed else "unchanged"
        self.roster.add_guardianship(
            self.tx,
            guardian_id,
            student.id,
            rights[0],
            may_read=rights[1],
            may_sign=rights[2],
        )
        self.concerned.add(guardian_id)
        return "added" if known is None else "changed"

    def _known_guardian(self, row: Row, person: NewPerson, student_id: str) -> Listed | str | None:
        """Who the guardian of a line is, if the school knows them; else the line's fault.

        A telephone number changes: whoever is the child's only guardian of that name and relation
        is meant, whatever the number, so that nobody is there twice.
        """
        twins = [
            one for one in family_store.open_guardians(self.tx, student_id) if _is_called(one, row)
        ]
        named = store.person_of_key(self.tx, person.import_key or "")
        if len(twins) > 1 and named is None:
            return self._fault(
                Kind.GUARDIANS,
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
            return self._lookalike(Kind.GUARDIANS, row, person.import_key or "") or None
        if known.closed_at is not None:
            return self._fault(
                Kind.GUARDIANS, row, _("학교를 떠난 사람의 번호입니다. 새 번호를 입력해 주세요.")
            )
        if row.values["key"] and twin is not None:
            renamed = named is None and not _is_derived(twin.import_key)
            if renamed or known.id != twin.id:
                return self._fault(
                    Kind.GUARDIANS,
                    row,
                    _(
                        "이 학생에게 이름과 관계가 같은 보호자가 다른 번호로 이미 등록되어 "
                        "있습니다."
                    ),
                    "보호자번호",
                )
        return known

    def _was_ended(self, row: Row, known: Listed | None, student_id: str) -> bool:
        """Whether the office ended what the line would begin anew: the guardianship of whoever it
        names, or of their namesake in the same relation where it names nobody the school knows."""
        former = family_store.former_guardians(self.tx, student_id)
        if known is not None:
            return any(one.id == known.id for one in former)
        return any(_is_called(one, row) for one in former)

    def _update_guardian(self, row: Row, known: Listed, person: NewPerson) -> bool | None:
        """Take over what changed, the key too. What one list says of a guardian in two lines (for
        two children) must agree; the first line gives the name. None: it does not."""
        line, said = self.said.get(known.id, (row.line, person))
        if _contradict(said, person):
            reason = _(
                "%(line)s번째 줄과 같은 보호자인데 전화나 이메일이 다릅니다. 하나로 맞춰 주세요."
            )
            self._fault(Kind.GUARDIANS, row, reason, "보호자전화", line=line)
            return None
        name = row.values.get(CALLED, said.name)
        changed = self._update(known, msgspec.structs.replace(person, name=name))
        key = person.import_key or ""
        tells_more = bool(row.values["key"] or row.values["phone"]) and key != known.import_key
        is_free = tells_more and store.person_of_key(self.tx, key) is None
        if is_free and _is_derived(known.import_key):
            store.set_import_key(self.tx, known.id, key)
            changed = True
        return changed

    def _lookalike(self, kind: Kind, row: Row, import_key: str) -> str:
        """Refuse a new number that only looks other than a known one: "" or the fault."""
        known = self._keys.setdefault(alike(import_key), import_key)
        if known == import_key:
            return ""
        return self._fault(
            kind,
            row,
            _("이미 있는 번호 ‘%(key)s’: 대소문자나 앞자리 0만 다릅니다. 같은 번호로 맞춰 주세요."),
            key=known.partition(":")[2],
        )

    def _update(self, known: Listed, person: NewPerson) -> bool:
        """Take over a changed name or contact; an empty cell leaves what is known."""
        fresh = (person.name, person.phone or known.phone, person.email or known.email)
        if fresh == (known.name, known.phone, known.email):
            return False
        return self._ask(known.id, PersonPart.CONTACT, waiting.contact_value(*fresh))


def _person(values: dict[str, str], key: str) -> NewPerson:
    phone = values.get("phone", "")
    return NewPerson(
        name=values["name"],
        phone=phone,
        email=values.get("email", ""),
        has_phone=bool(phone) or key.startswith(("student:", "staff:")),
        import_key=key,
    )


_RELATIONS = {
    **dict.fromkeys(("아버지", "아빠", "父"), "부"),
    **dict.fromkeys(("어머니", "엄마", "母"), "모"),
}


def _relation(text: str) -> str:
    bare = squeezed(text)
    return _RELATIONS.get(bare, bare)


def _is_called(one: Listed, row: Row) -> bool:
    """Whether a line names a guardian so, in the same relation."""
    said = row.values
    return compared(one.name) == compared(said["name"]) and _relation(one.relation) == _relation(
        said["relation"]
    )


def _right(cell: str, held: bool) -> bool:
    """A right as a line says it; an empty cell leaves what is known."""
    return is_yes(cell) if cell else held


def _guardian_key(values: dict[str, str]) -> str:
    """Siblings' guardians are one person by number, else by telephone and name."""
    if values["key"]:
        return f"guardian:{values['key']}"
    return f"guardian:{values['phone'] or values['student']}/{squeezed(values['name'])}"


def _contradict(one: NewPerson, other: NewPerson) -> bool:
    """Whether two lines give one person two telephones or two addresses."""
    pairs = ((one.phone, other.phone), (one.email, other.email))
    return any(first and second and first != second for first, second in pairs)


def _is_derived(import_key: str | None) -> bool:
    """Whether a guardian is known by no number of the school's yet."""
    return import_key is None or "/" in import_key


def alike(key: str) -> str:
    """What is left of a number when a hand changes its case and a spreadsheet drops its zeros."""
    prefix, colon, number = key.rpartition(":")
    return prefix + colon + number.casefold().lstrip("0")


def row_key(kind: Kind, row: Row) -> str:
    values = row.values
    if kind is Kind.CLASSES:
        return f"{values['grade']}-{values['class_number']}"
    if kind is Kind.GUARDIANS:
        who = values["key"] or f"{squeezed(values['name'])}/{_relation(values['relation'])}"
        return f"{values['student']} {who}"
    return values["key"]
