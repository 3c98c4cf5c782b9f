"""More classes, children, guardians and teachers than the demo's school has, by the roster's verbs."""

import random
from collections import defaultdict

import msgspec
from aiohttp import web

from kit.clock import DAY
from kit.db import Tx
from node.people.agreements import SIGNING
from node.people.model import NewPerson, Role
from node.people.web import PEOPLE
from scripts.demo_content import names
from scripts.years import earlier
from scripts.years.scale import SMALLEST_ROOMS, Scale

GRADES = range(1, 7)
CLASS_SIZE = 25
FIRST_NUMBER = 5_000
"""Of those who are added: beyond all of the demo's, so that their logins are new."""


class Signer(msgspec.Struct, frozen=True):
    """A guardian of a child who may read."""

    id: str
    name: str
    relation: str
    signs: bool
    """With an account, an agreement and the right to sign."""


class Pupil(msgspec.Struct, frozen=True):
    """A child with the place it has now."""

    id: str
    name: str
    grade: int
    room: int
    guardians: tuple[Signer, ...]


class Crowd(msgspec.Struct, frozen=True):
    """Everybody whom letters address or who writes them."""

    year: int
    pupils: tuple[Pupil, ...]
    classes: dict[tuple[int, int, int], str]
    """(year, grade, number) → class id."""
    homerooms: dict[tuple[int, int], str]
    """(grade, number) → who has the class now."""
    staff: tuple[str, ...]
    writers: tuple[str, ...]
    """Heads and the office: whoever writes to more than one class."""
    principal: str

    def of_year(self, year: int) -> list[Pupil]:
        """Who was at the school then."""
        back = self.year - year
        return [pupil for pupil in self.pupils if pupil.grade > back]


class Growth:
    """Lets the demo's school grow, in units of the product's own."""

    def __init__(
        self, app: web.Application, rng: random.Random, scale: Scale, hashed: str, now: int
    ) -> None:
        self._people = app[PEOPLE]
        self._rng = rng
        self._scale = scale
        self._hashed = hashed
        self._now = now
        self._year = 0
        self._number = FIRST_NUMBER
        self._free: list[str] = []

    def run(self, tx: Tx) -> None:
        self._year = int(tx.value("SELECT year FROM people_year WHERE is_current = 1"))
        self._teachers(tx)
        waiting = self._children(tx)
        self._guardians(tx, waiting)
        self._earlier_years(tx)
        self._everybody_was_here(tx)

    def _teachers(self, tx: Tx) -> None:
        missing = self._scale.staff - int(tx.value("SELECT count(*) FROM people_v_staff"))
        for serial in range(max(missing, 0)):
            person = NewPerson(
                name=names.adult(self._rng),
                phone=f"031-000-{9000 + serial}",
                email=f"t{FIRST_NUMBER + serial}@hanbit.example.kr",
                import_key=f"staff:L{serial:04}",
            )
            grade = GRADES[serial % len(GRADES)]
            added = self._people.roster.add_staff(
                tx, person, "교사", f"{grade}학년부", "학급 운영", [Role.TEACHER],
                since_on=f"{self._year - 3}-03-01",
            )  # fmt: skip
            self._free.append(added)
            self._account(tx, added, f"t{FIRST_NUMBER + serial}")

    def _children(self, tx: Tx) -> list[str]:
        """Those who are new; each still without guardians."""
        roster, added = self._people.roster, []
        for grade in GRADES:
            for room in range(SMALLEST_ROOMS + 1, self._scale.rooms + 1):
                teacher = self._free.pop(0) if self._free else None
                class_id = roster.add_class(tx, self._year, grade, room, teacher)
                for number in range(1, CLASS_SIZE + 1):
                    name = names.surname(self._rng) + names.child_given(self._rng, avoid=set())
                    key = f"student:L{grade}{room:02}{number:02}"
                    person = NewPerson(name=name, import_key=key)
                    added.append(roster.add_student(tx, person, class_id, number))
        return added

    def _guardians(self, tx: Tx, children: list[str]) -> None:
        """Two for most, one for as many as keeps the count."""
        known = int(tx.value("SELECT count(DISTINCT guardian_id) FROM people_v_child"))
        wanted = max(self._scale.guardians - known, 0)
        alone = 2 * len(children) - wanted
        for place, child in enumerate(children):
            self._guardian(tx, child, "모")
            if place >= alone:
                self._guardian(tx, child, "부")

    def _guardian(self, tx: Tx, child: str, relation: str) -> None:
        number, self._number = self._number, self._number + 1
        comes = self._rng.random() < 0.93
        if relation == "모":
            name, language = names.mother(self._rng), "ko"
        else:
            name, language = names.surname(self._rng) + self._rng.choice(names.PARENT_MEN), "ko"
        person = NewPerson(
            name=name,
            phone=f"010-{number // 10_000 + 1:04}-{number % 10_000:04}",
            email=f"fam{number}@example.com" if comes and self._rng.random() < 0.55 else "",
            language=language,
            import_key=f"guardian:L{number}",
        )
        added = self._people.roster.add_person(tx, person)
        self._people.roster.add_guardianship(tx, added, child, relation)
        if comes:
            self._account(tx, added, f"fam{number}")
            self._people.invitations.agree(tx, added, SIGNING.version)

    def _account(self, tx: Tx, person: str, login: str) -> None:
        self._people.roster.add_account(tx, person, login, self._hashed)
        earlier.accounts_of(self._people.roster.signin).start_session(
            tx, person, device="Android Chrome", address="127.0.0.1"
        )

    def _earlier_years(self, tx: Tx) -> None:
        """The classes of the years before, with those who were in them and are here still."""
        for back in range(1, self._scale.years):
            year = self._year - back
            tx.execute("INSERT INTO people_year (year, is_current) VALUES (?, 0)", (year,))
            for grade in GRADES:
                for room in range(1, self._scale.rooms + 1):
                    made = f"{year}{grade}{room:02}".ljust(20, "0")
                    tx.execute(
                        "INSERT INTO people_class (id, year, grade, number, homeroom_id)"
                        " VALUES (?, ?, ?, ?, NULL)",
                        (made, year, grade, room),
                    )
                    tx.execute(
                        "INSERT INTO people_enrolment (student_id, class_id, number, from_on,"
                        " until_on) SELECT s.student_id, ?, s.number, ?, ? FROM people_v_student s"
                        " WHERE s.grade = ? AND s.class_number = ?",
                        (made, f"{year}-03-01", f"{year + 1}-02-28", grade + back, room),
                    )

    def _everybody_was_here(self, tx: Tx) -> None:
        """No signature lies before the agreement it rests on."""
        since = self._now - (self._scale.years + 1) * 365 * DAY
        tx.execute("UPDATE people_agreement SET agreed_at = ?", (since,))
        tx.execute("UPDATE people_person SET created_at = ?", (since,))


def crowd(tx: Tx) -> Crowd:
    """Who is at the school, as its views say."""
    guardians: dict[str, list[Signer]] = defaultdict(list)
    for child, person, name, relation, signs in tx.rows(
        "SELECT c.student_id, c.guardian_id, p.name, c.relation, c.may_sign AND EXISTS"
        " (SELECT 1 FROM people_v_agreement a WHERE a.person_id = c.guardian_id)"
        " FROM people_v_child c JOIN people_v_person p ON p.id = c.guardian_id"
        " ORDER BY p.name, p.id"
    ):
        guardians[child].append(Signer(person, name, relation, bool(signs)))
    pupils = [
        Pupil(child, name, grade, room, tuple(guardians[child]))
        for child, name, grade, room in tx.rows(
            "SELECT student_id, name, grade, class_number FROM people_v_student"
            " ORDER BY grade, class_number, number"
        )
    ]
    classes = {
        (year, grade, number): class_id
        for class_id, year, grade, number in tx.rows(
            "SELECT id, year, grade, number FROM people_class"
        )
    }
    homerooms = {
        (grade, number): teacher
        for grade, number, teacher in tx.rows(
            "SELECT grade, number, homeroom_id FROM people_v_class"
        )
    }
    heads = tx.rows(
        "SELECT DISTINCT person_id FROM people_v_role WHERE role IN ('head', 'office')"
        " ORDER BY person_id"
    )
    return Crowd(
        year=int(tx.value("SELECT year FROM people_year WHERE is_current = 1")),
        pupils=tuple(pupils),
        classes=classes,
        homerooms={room: teacher for room, teacher in homerooms.items() if teacher},
        staff=tuple(one for (one,) in tx.rows("SELECT person_id FROM people_v_staff ORDER BY 1")),
        writers=tuple(one for (one,) in heads),
        principal=str(
            tx.value("SELECT person_id FROM people_v_role WHERE role = 'principal' LIMIT 1")
        ),
    )
