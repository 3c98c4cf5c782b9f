"""School years and their classes: which are open, who is in each, who keeps it."""

from kit import audit
from kit.clock import Clock, local_date
from kit.clock import school_year as school_year_of
from kit.db import Database, Tx
from kit.i18n import _
from kit.problem import Invalid, NotFound
from kit.seen import check_seen
from kit.wording import class_words
from node.people import audience
from node.people.access import (
    OFFICE,
    is_on_staff,
    require_keeper,
    require_not_oneself,
    require_role,
    with_role,
)
from node.people.model import (
    Asker,
    ClassChoice,
    ClassLine,
    ClassMember,
    NoYear,
    PeopleAct,
    Role,
)
from node.people.roster import class_store
from node.people.roster.verbs import Roster


def check_class(tx: Tx, class_id: str) -> None:
    """Raises NotFound."""
    if not class_store.has_class(tx, class_id):
        raise NotFound()


class Classes:
    """What the office does with classes, and an administrator with years."""

    def __init__(self, db: Database, clock: Clock, roster: Roster) -> None:
        self._db = db
        self._clock = clock
        self._roster = roster

    async def lines(self, asker: Asker) -> list[ClassLine]:
        """All of the current year, with how many are in each."""
        require_role(asker, *OFFICE)
        return await self._db.read(class_store.classes)

    async def choices(self, asker: Asker) -> list[ClassChoice]:
        """The classes by name alone, for choices."""
        require_role(asker, *OFFICE)
        return await self._db.read(audience.classes)

    async def years(self, asker: Asker) -> tuple[int | None, int]:
        """(the year that is open here, the year the calendar says)."""
        require_role(asker, *OFFICE)
        present = school_year_of(local_date(self._clock.now()))
        return await self._db.read(class_store.current_year), present

    async def members(self, asker: Asker, class_id: str) -> tuple[ClassLine, list[ClassMember]]:
        """A class with its children and guardians: for the office and its homeroom teacher.
        Raises NotFound."""
        require_keeper(asker, class_id)
        now = self._clock.now()

        def look(tx: Tx) -> tuple[ClassLine, list[ClassMember]]:
            found = class_store.class_line(tx, class_id)
            if found is None:
                raise NotFound()
            return found, class_store.class_members(tx, class_id, now)

        return await self._db.read(look)

    def current_year(self, tx: Tx) -> int:
        """The school year everybody's class belongs to. Raises NoYear."""
        year = class_store.current_year(tx)
        if year is None:
            raise NoYear()
        return year

    async def open_year(self, asker: Asker, year: int) -> None:
        """Make a school year the current one."""
        require_role(asker, Role.ADMINISTRATOR)
        present = school_year_of(local_date(self._clock.now()))
        if abs(year - present) > 1:
            raise Invalid({"year": _("올해와 다음 학년도만 열 수 있습니다.")})

        def work(tx: Tx, asker: Asker) -> None:
            self._roster.open_year(tx, year)
            self._roster.families_changed(tx, "year")
            audit.record(tx, self._clock, asker, PeopleAct.YEAR, str(year))

        await self._db.write(with_role(asker, (Role.ADMINISTRATOR,), work))

    async def add(self, asker: Asker, grade: int, number: int) -> str:
        """A class of the current year; its id. Raises NoYear, Invalid."""
        require_role(asker, *OFFICE)
        if not (0 <= grade <= 6 and 1 <= number <= 40):
            raise Invalid({"grade": _("학년은 6, 반은 40까지 쓸 수 있습니다.")})

        def work(tx: Tx, asker: Asker) -> str:
            class_id = self._roster.add_class(tx, self.current_year(tx), grade, number)
            audit.record(
                tx, self._clock, asker, PeopleAct.CLASS, class_id, name=class_words(grade, number)
            )
            return class_id

        return await self._db.write(with_role(asker, OFFICE, work))

    async def set_homeroom(
        self, asker: Asker, class_id: str, person_id: str | None, seen: str = ""
    ) -> None:
        """Who is the homeroom teacher of a class. Raises NotFound, NotOneself."""
        require_role(asker, *OFFICE)

        def work(tx: Tx, asker: Asker) -> None:
            check_class(tx, class_id)
            if person_id is not None and not is_on_staff(tx, person_id):
                raise NotFound()
            held = class_store.homeroom(tx, class_id)
            check_seen(seen, held)
            require_not_oneself(asker, person_id, held)
            self._roster.set_homeroom(tx, class_id, person_id)
            audit.record(
                tx, self._clock, asker, PeopleAct.CLASS, class_id, homeroom=person_id or ""
            )

        await self._db.write(with_role(asker, OFFICE, work))
